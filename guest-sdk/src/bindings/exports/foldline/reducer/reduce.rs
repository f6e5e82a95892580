// Generated from wit/reducer-0.1.0 by `cargo xtask bindings`. Do not edit.

#[used]
#[doc(hidden)]
static __FORCE_SECTION_REF: fn() = super::super::super::super::__link_custom_section_describing_imports;
use super::super::super::super::_rt;
pub type Batch = super::super::super::super::foldline::reducer::types::Batch;
pub type Extracted = super::super::super::super::foldline::reducer::types::Extracted;
pub type Rows = super::super::super::super::foldline::reducer::types::Rows;
pub type Projected = super::super::super::super::foldline::reducer::types::Projected;
#[doc(hidden)]
#[allow(non_snake_case, unused_unsafe)]
pub unsafe fn _export_extract_cabi<T_: Guest>(
    arg0: i32,
    arg1: i32,
    arg2: *mut u8,
    arg3: usize,
    arg4: *mut u8,
    arg5: usize,
) -> *mut u8 {
    unsafe {
        #[cfg(target_arch = "wasm32")] _rt::run_ctors_once();
        let result32 = {
            let len0 = arg3;
            let base31 = arg4;
            let len31 = arg5;
            let mut result31 = _rt::Vec::with_capacity(len31);
            for i in 0..len31 {
                let base = base31.add(i * (8 * ::core::mem::size_of::<*const u8>()));
                let e31 = {
                    let l1 = i32::from(*base.add(0).cast::<u8>());
                    use super::super::super::super::foldline::reducer::types::Values as V26;
                    let v26 = match l1 {
                        0 => {
                            let e26 = {
                                let l2 = *base
                                    .add(::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l3 = *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let len4 = l3;
                                <_ as From<
                                    _rt::Vec<_>,
                                >>::from(_rt::Vec::from_raw_parts(l2.cast(), len4, len4))
                            };
                            V26::Booleans(e26)
                        }
                        1 => {
                            let e26 = {
                                let l5 = *base
                                    .add(::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l6 = *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let len7 = l6;
                                <_ as From<
                                    _rt::Vec<_>,
                                >>::from(_rt::Vec::from_raw_parts(l5.cast(), len7, len7))
                            };
                            V26::Ints(e26)
                        }
                        2 => {
                            let e26 = {
                                let l8 = *base
                                    .add(::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l9 = *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let len10 = l9;
                                <_ as From<
                                    _rt::Vec<_>,
                                >>::from(_rt::Vec::from_raw_parts(l8.cast(), len10, len10))
                            };
                            V26::Floats(e26)
                        }
                        3 => {
                            let e26 = {
                                let l11 = *base
                                    .add(::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l12 = *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let len13 = l12;
                                <_ as From<
                                    _rt::Vec<_>,
                                >>::from(_rt::Vec::from_raw_parts(l11.cast(), len13, len13))
                            };
                            V26::Times(e26)
                        }
                        4 => {
                            let e26 = {
                                let l14 = *base
                                    .add(::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l15 = *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let len16 = l15;
                                let l17 = *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l18 = *base
                                    .add(4 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let len19 = l18;
                                super::super::super::super::foldline::reducer::types::BytesColumn {
                                    offsets: <_ as From<
                                        _rt::Vec<_>,
                                    >>::from(
                                        _rt::Vec::from_raw_parts(l14.cast(), len16, len16),
                                    ),
                                    data: <_ as From<
                                        _rt::Vec<_>,
                                    >>::from(_rt::Vec::from_raw_parts(l17.cast(), len19, len19)),
                                }
                            };
                            V26::Texts(e26)
                        }
                        n => {
                            debug_assert_eq!(n, 5, "invalid enum discriminant");
                            let e26 = {
                                let l20 = *base
                                    .add(::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l21 = *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let len22 = l21;
                                let l23 = *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l24 = *base
                                    .add(4 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let len25 = l24;
                                super::super::super::super::foldline::reducer::types::BytesColumn {
                                    offsets: <_ as From<
                                        _rt::Vec<_>,
                                    >>::from(
                                        _rt::Vec::from_raw_parts(l20.cast(), len22, len22),
                                    ),
                                    data: <_ as From<
                                        _rt::Vec<_>,
                                    >>::from(_rt::Vec::from_raw_parts(l23.cast(), len25, len25)),
                                }
                            };
                            V26::Blobs(e26)
                        }
                    };
                    let l27 = i32::from(
                        *base.add(5 * ::core::mem::size_of::<*const u8>()).cast::<u8>(),
                    );
                    super::super::super::super::foldline::reducer::types::Column {
                        values: v26,
                        validity: match l27 {
                            0 => None,
                            1 => {
                                let e = {
                                    let l28 = *base
                                        .add(6 * ::core::mem::size_of::<*const u8>())
                                        .cast::<*mut u8>();
                                    let l29 = *base
                                        .add(7 * ::core::mem::size_of::<*const u8>())
                                        .cast::<usize>();
                                    let len30 = l29;
                                    <_ as From<
                                        _rt::Vec<_>,
                                    >>::from(_rt::Vec::from_raw_parts(l28.cast(), len30, len30))
                                };
                                Some(e)
                            }
                            _ => _rt::invalid_enum_discriminant(),
                        },
                    }
                };
                result31.push(e31);
            }
            _rt::cabi_dealloc(
                base31,
                len31 * (8 * ::core::mem::size_of::<*const u8>()),
                ::core::mem::size_of::<*const u8>(),
            );
            T_::extract(super::super::super::super::foldline::reducer::types::Batch {
                input: arg0 as u32,
                rows: arg1 as u32,
                times: <_ as From<
                    _rt::Vec<_>,
                >>::from(_rt::Vec::from_raw_parts(arg2.cast(), len0, len0)),
                columns: result31,
            })
        };
        let ptr33 = (&raw mut _RET_AREA.0).cast::<u8>();
        match result32 {
            Ok(e) => {
                *ptr33.add(0).cast::<u8>() = (0i32) as u8;
                let super::super::super::super::foldline::reducer::types::Extracted {
                    contributions: contributions34,
                    rejected: rejected34,
                } = e;
                let vec64 = contributions34;
                let len64 = vec64.len();
                let layout64 = _rt::alloc::Layout::from_size_align(
                        vec64.len() * (13 * ::core::mem::size_of::<*const u8>()),
                        ::core::mem::size_of::<*const u8>(),
                    )
                    .unwrap();
                let (result64, _cleanup64) = crate::abi::Cleanup::new(layout64);
                if let Some(cleanup) = _cleanup64 {
                    cleanup.forget();
                }
                for (i, e) in vec64.into_iter().enumerate() {
                    let base = result64
                        .add(i * (13 * ::core::mem::size_of::<*const u8>()));
                    {
                        let super::super::super::super::foldline::reducer::types::Contributions {
                            table: table35,
                            source_rows: source_rows35,
                            keys: keys35,
                            values: values35,
                        } = e;
                        *base.add(0).cast::<i32>() = _rt::as_i32(table35);
                        let vec36 = <_ as Into<_rt::Vec<_>>>::into(source_rows35)
                            .into_boxed_slice();
                        let ptr36 = vec36.as_ptr().cast::<u8>();
                        let len36 = vec36.len();
                        ::core::mem::forget(vec36);
                        *base
                            .add(2 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len36;
                        *base
                            .add(::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr36.cast_mut();
                        let super::super::super::super::foldline::reducer::types::Column {
                            values: values37,
                            validity: validity37,
                        } = keys35;
                        use super::super::super::super::foldline::reducer::types::Values as V48;
                        match values37 {
                            V48::Booleans(e) => {
                                *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (0i32) as u8;
                                let vec38 = <_ as Into<_rt::Vec<_>>>::into(e)
                                    .into_boxed_slice();
                                let ptr38 = vec38.as_ptr().cast::<u8>();
                                let len38 = vec38.len();
                                ::core::mem::forget(vec38);
                                *base
                                    .add(5 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>() = len38;
                                *base
                                    .add(4 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>() = ptr38.cast_mut();
                            }
                            V48::Ints(e) => {
                                *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (1i32) as u8;
                                let vec39 = <_ as Into<_rt::Vec<_>>>::into(e)
                                    .into_boxed_slice();
                                let ptr39 = vec39.as_ptr().cast::<u8>();
                                let len39 = vec39.len();
                                ::core::mem::forget(vec39);
                                *base
                                    .add(5 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>() = len39;
                                *base
                                    .add(4 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>() = ptr39.cast_mut();
                            }
                            V48::Floats(e) => {
                                *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (2i32) as u8;
                                let vec40 = <_ as Into<_rt::Vec<_>>>::into(e)
                                    .into_boxed_slice();
                                let ptr40 = vec40.as_ptr().cast::<u8>();
                                let len40 = vec40.len();
                                ::core::mem::forget(vec40);
                                *base
                                    .add(5 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>() = len40;
                                *base
                                    .add(4 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>() = ptr40.cast_mut();
                            }
                            V48::Times(e) => {
                                *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (3i32) as u8;
                                let vec41 = <_ as Into<_rt::Vec<_>>>::into(e)
                                    .into_boxed_slice();
                                let ptr41 = vec41.as_ptr().cast::<u8>();
                                let len41 = vec41.len();
                                ::core::mem::forget(vec41);
                                *base
                                    .add(5 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>() = len41;
                                *base
                                    .add(4 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>() = ptr41.cast_mut();
                            }
                            V48::Texts(e) => {
                                *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (4i32) as u8;
                                let super::super::super::super::foldline::reducer::types::BytesColumn {
                                    offsets: offsets42,
                                    data: data42,
                                } = e;
                                let vec43 = <_ as Into<_rt::Vec<_>>>::into(offsets42)
                                    .into_boxed_slice();
                                let ptr43 = vec43.as_ptr().cast::<u8>();
                                let len43 = vec43.len();
                                ::core::mem::forget(vec43);
                                *base
                                    .add(5 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>() = len43;
                                *base
                                    .add(4 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>() = ptr43.cast_mut();
                                let vec44 = <_ as Into<_rt::Vec<_>>>::into(data42)
                                    .into_boxed_slice();
                                let ptr44 = vec44.as_ptr().cast::<u8>();
                                let len44 = vec44.len();
                                ::core::mem::forget(vec44);
                                *base
                                    .add(7 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>() = len44;
                                *base
                                    .add(6 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>() = ptr44.cast_mut();
                            }
                            V48::Blobs(e) => {
                                *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (5i32) as u8;
                                let super::super::super::super::foldline::reducer::types::BytesColumn {
                                    offsets: offsets45,
                                    data: data45,
                                } = e;
                                let vec46 = <_ as Into<_rt::Vec<_>>>::into(offsets45)
                                    .into_boxed_slice();
                                let ptr46 = vec46.as_ptr().cast::<u8>();
                                let len46 = vec46.len();
                                ::core::mem::forget(vec46);
                                *base
                                    .add(5 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>() = len46;
                                *base
                                    .add(4 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>() = ptr46.cast_mut();
                                let vec47 = <_ as Into<_rt::Vec<_>>>::into(data45)
                                    .into_boxed_slice();
                                let ptr47 = vec47.as_ptr().cast::<u8>();
                                let len47 = vec47.len();
                                ::core::mem::forget(vec47);
                                *base
                                    .add(7 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>() = len47;
                                *base
                                    .add(6 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>() = ptr47.cast_mut();
                            }
                        }
                        match validity37 {
                            Some(e) => {
                                *base
                                    .add(8 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (1i32) as u8;
                                let vec49 = <_ as Into<_rt::Vec<_>>>::into(e)
                                    .into_boxed_slice();
                                let ptr49 = vec49.as_ptr().cast::<u8>();
                                let len49 = vec49.len();
                                ::core::mem::forget(vec49);
                                *base
                                    .add(10 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>() = len49;
                                *base
                                    .add(9 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>() = ptr49.cast_mut();
                            }
                            None => {
                                *base
                                    .add(8 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (0i32) as u8;
                            }
                        };
                        let vec63 = values35;
                        let len63 = vec63.len();
                        let layout63 = _rt::alloc::Layout::from_size_align(
                                vec63.len() * (8 * ::core::mem::size_of::<*const u8>()),
                                ::core::mem::size_of::<*const u8>(),
                            )
                            .unwrap();
                        let (result63, _cleanup63) = crate::abi::Cleanup::new(layout63);
                        if let Some(cleanup) = _cleanup63 {
                            cleanup.forget();
                        }
                        for (i, e) in vec63.into_iter().enumerate() {
                            let base = result63
                                .add(i * (8 * ::core::mem::size_of::<*const u8>()));
                            {
                                let super::super::super::super::foldline::reducer::types::Column {
                                    values: values50,
                                    validity: validity50,
                                } = e;
                                use super::super::super::super::foldline::reducer::types::Values as V61;
                                match values50 {
                                    V61::Booleans(e) => {
                                        *base.add(0).cast::<u8>() = (0i32) as u8;
                                        let vec51 = <_ as Into<_rt::Vec<_>>>::into(e)
                                            .into_boxed_slice();
                                        let ptr51 = vec51.as_ptr().cast::<u8>();
                                        let len51 = vec51.len();
                                        ::core::mem::forget(vec51);
                                        *base
                                            .add(2 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>() = len51;
                                        *base
                                            .add(::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>() = ptr51.cast_mut();
                                    }
                                    V61::Ints(e) => {
                                        *base.add(0).cast::<u8>() = (1i32) as u8;
                                        let vec52 = <_ as Into<_rt::Vec<_>>>::into(e)
                                            .into_boxed_slice();
                                        let ptr52 = vec52.as_ptr().cast::<u8>();
                                        let len52 = vec52.len();
                                        ::core::mem::forget(vec52);
                                        *base
                                            .add(2 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>() = len52;
                                        *base
                                            .add(::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>() = ptr52.cast_mut();
                                    }
                                    V61::Floats(e) => {
                                        *base.add(0).cast::<u8>() = (2i32) as u8;
                                        let vec53 = <_ as Into<_rt::Vec<_>>>::into(e)
                                            .into_boxed_slice();
                                        let ptr53 = vec53.as_ptr().cast::<u8>();
                                        let len53 = vec53.len();
                                        ::core::mem::forget(vec53);
                                        *base
                                            .add(2 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>() = len53;
                                        *base
                                            .add(::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>() = ptr53.cast_mut();
                                    }
                                    V61::Times(e) => {
                                        *base.add(0).cast::<u8>() = (3i32) as u8;
                                        let vec54 = <_ as Into<_rt::Vec<_>>>::into(e)
                                            .into_boxed_slice();
                                        let ptr54 = vec54.as_ptr().cast::<u8>();
                                        let len54 = vec54.len();
                                        ::core::mem::forget(vec54);
                                        *base
                                            .add(2 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>() = len54;
                                        *base
                                            .add(::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>() = ptr54.cast_mut();
                                    }
                                    V61::Texts(e) => {
                                        *base.add(0).cast::<u8>() = (4i32) as u8;
                                        let super::super::super::super::foldline::reducer::types::BytesColumn {
                                            offsets: offsets55,
                                            data: data55,
                                        } = e;
                                        let vec56 = <_ as Into<_rt::Vec<_>>>::into(offsets55)
                                            .into_boxed_slice();
                                        let ptr56 = vec56.as_ptr().cast::<u8>();
                                        let len56 = vec56.len();
                                        ::core::mem::forget(vec56);
                                        *base
                                            .add(2 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>() = len56;
                                        *base
                                            .add(::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>() = ptr56.cast_mut();
                                        let vec57 = <_ as Into<_rt::Vec<_>>>::into(data55)
                                            .into_boxed_slice();
                                        let ptr57 = vec57.as_ptr().cast::<u8>();
                                        let len57 = vec57.len();
                                        ::core::mem::forget(vec57);
                                        *base
                                            .add(4 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>() = len57;
                                        *base
                                            .add(3 * ::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>() = ptr57.cast_mut();
                                    }
                                    V61::Blobs(e) => {
                                        *base.add(0).cast::<u8>() = (5i32) as u8;
                                        let super::super::super::super::foldline::reducer::types::BytesColumn {
                                            offsets: offsets58,
                                            data: data58,
                                        } = e;
                                        let vec59 = <_ as Into<_rt::Vec<_>>>::into(offsets58)
                                            .into_boxed_slice();
                                        let ptr59 = vec59.as_ptr().cast::<u8>();
                                        let len59 = vec59.len();
                                        ::core::mem::forget(vec59);
                                        *base
                                            .add(2 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>() = len59;
                                        *base
                                            .add(::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>() = ptr59.cast_mut();
                                        let vec60 = <_ as Into<_rt::Vec<_>>>::into(data58)
                                            .into_boxed_slice();
                                        let ptr60 = vec60.as_ptr().cast::<u8>();
                                        let len60 = vec60.len();
                                        ::core::mem::forget(vec60);
                                        *base
                                            .add(4 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>() = len60;
                                        *base
                                            .add(3 * ::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>() = ptr60.cast_mut();
                                    }
                                }
                                match validity50 {
                                    Some(e) => {
                                        *base
                                            .add(5 * ::core::mem::size_of::<*const u8>())
                                            .cast::<u8>() = (1i32) as u8;
                                        let vec62 = <_ as Into<_rt::Vec<_>>>::into(e)
                                            .into_boxed_slice();
                                        let ptr62 = vec62.as_ptr().cast::<u8>();
                                        let len62 = vec62.len();
                                        ::core::mem::forget(vec62);
                                        *base
                                            .add(7 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>() = len62;
                                        *base
                                            .add(6 * ::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>() = ptr62.cast_mut();
                                    }
                                    None => {
                                        *base
                                            .add(5 * ::core::mem::size_of::<*const u8>())
                                            .cast::<u8>() = (0i32) as u8;
                                    }
                                };
                            }
                        }
                        *base
                            .add(12 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len63;
                        *base
                            .add(11 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = result63;
                    }
                }
                *ptr33.add(2 * ::core::mem::size_of::<*const u8>()).cast::<usize>() = len64;
                *ptr33.add(::core::mem::size_of::<*const u8>()).cast::<*mut u8>() = result64;
                let vec67 = rejected34;
                let len67 = vec67.len();
                let layout67 = _rt::alloc::Layout::from_size_align(
                        vec67.len() * (3 * ::core::mem::size_of::<*const u8>()),
                        ::core::mem::size_of::<*const u8>(),
                    )
                    .unwrap();
                let (result67, _cleanup67) = crate::abi::Cleanup::new(layout67);
                if let Some(cleanup) = _cleanup67 {
                    cleanup.forget();
                }
                for (i, e) in vec67.into_iter().enumerate() {
                    let base = result67
                        .add(i * (3 * ::core::mem::size_of::<*const u8>()));
                    {
                        let super::super::super::super::foldline::reducer::types::Rejected {
                            row: row65,
                            reason: reason65,
                        } = e;
                        *base.add(0).cast::<i32>() = _rt::as_i32(row65);
                        let vec66 = (reason65.into_bytes()).into_boxed_slice();
                        let ptr66 = vec66.as_ptr().cast::<u8>();
                        let len66 = vec66.len();
                        ::core::mem::forget(vec66);
                        *base
                            .add(2 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len66;
                        *base
                            .add(::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr66.cast_mut();
                    }
                }
                *ptr33.add(4 * ::core::mem::size_of::<*const u8>()).cast::<usize>() = len67;
                *ptr33.add(3 * ::core::mem::size_of::<*const u8>()).cast::<*mut u8>() = result67;
            }
            Err(e) => {
                *ptr33.add(0).cast::<u8>() = (1i32) as u8;
                let vec68 = (e.into_bytes()).into_boxed_slice();
                let ptr68 = vec68.as_ptr().cast::<u8>();
                let len68 = vec68.len();
                ::core::mem::forget(vec68);
                *ptr33.add(2 * ::core::mem::size_of::<*const u8>()).cast::<usize>() = len68;
                *ptr33.add(::core::mem::size_of::<*const u8>()).cast::<*mut u8>() = ptr68
                    .cast_mut();
            }
        };
        ptr33
    }
}
#[doc(hidden)]
#[allow(non_snake_case)]
pub unsafe fn __post_return_extract<T_: Guest>(arg0: *mut u8) {
    unsafe {
        let l0 = i32::from(*arg0.add(0).cast::<u8>());
        match l0 {
            0 => {
                let l1 = *arg0
                    .add(::core::mem::size_of::<*const u8>())
                    .cast::<*mut u8>();
                let l2 = *arg0
                    .add(2 * ::core::mem::size_of::<*const u8>())
                    .cast::<usize>();
                let base67 = l1;
                let len67 = l2;
                for i in 0..len67 {
                    let base = base67
                        .add(i * (13 * ::core::mem::size_of::<*const u8>()));
                    {
                        let l3 = *base
                            .add(::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>();
                        let l4 = *base
                            .add(2 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        let base5 = l3;
                        let len5 = l4;
                        _rt::cabi_dealloc(base5, len5 * 4, 4);
                        let l6 = i32::from(
                            *base
                                .add(3 * ::core::mem::size_of::<*const u8>())
                                .cast::<u8>(),
                        );
                        match l6 {
                            0 => {
                                let l7 = *base
                                    .add(4 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l8 = *base
                                    .add(5 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let base9 = l7;
                                let len9 = l8;
                                _rt::cabi_dealloc(base9, len9 * 1, 1);
                            }
                            1 => {
                                let l10 = *base
                                    .add(4 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l11 = *base
                                    .add(5 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let base12 = l10;
                                let len12 = l11;
                                _rt::cabi_dealloc(base12, len12 * 8, 8);
                            }
                            2 => {
                                let l13 = *base
                                    .add(4 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l14 = *base
                                    .add(5 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let base15 = l13;
                                let len15 = l14;
                                _rt::cabi_dealloc(base15, len15 * 8, 8);
                            }
                            3 => {
                                let l16 = *base
                                    .add(4 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l17 = *base
                                    .add(5 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let base18 = l16;
                                let len18 = l17;
                                _rt::cabi_dealloc(base18, len18 * 8, 8);
                            }
                            4 => {
                                let l19 = *base
                                    .add(4 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l20 = *base
                                    .add(5 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let base21 = l19;
                                let len21 = l20;
                                _rt::cabi_dealloc(base21, len21 * 4, 4);
                                let l22 = *base
                                    .add(6 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l23 = *base
                                    .add(7 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let base24 = l22;
                                let len24 = l23;
                                _rt::cabi_dealloc(base24, len24 * 1, 1);
                            }
                            _ => {
                                let l25 = *base
                                    .add(4 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l26 = *base
                                    .add(5 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let base27 = l25;
                                let len27 = l26;
                                _rt::cabi_dealloc(base27, len27 * 4, 4);
                                let l28 = *base
                                    .add(6 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l29 = *base
                                    .add(7 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let base30 = l28;
                                let len30 = l29;
                                _rt::cabi_dealloc(base30, len30 * 1, 1);
                            }
                        }
                        let l31 = i32::from(
                            *base
                                .add(8 * ::core::mem::size_of::<*const u8>())
                                .cast::<u8>(),
                        );
                        match l31 {
                            0 => {}
                            _ => {
                                let l32 = *base
                                    .add(9 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l33 = *base
                                    .add(10 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let base34 = l32;
                                let len34 = l33;
                                _rt::cabi_dealloc(base34, len34 * 1, 1);
                            }
                        }
                        let l35 = *base
                            .add(11 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>();
                        let l36 = *base
                            .add(12 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        let base66 = l35;
                        let len66 = l36;
                        for i in 0..len66 {
                            let base = base66
                                .add(i * (8 * ::core::mem::size_of::<*const u8>()));
                            {
                                let l37 = i32::from(*base.add(0).cast::<u8>());
                                match l37 {
                                    0 => {
                                        let l38 = *base
                                            .add(::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>();
                                        let l39 = *base
                                            .add(2 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        let base40 = l38;
                                        let len40 = l39;
                                        _rt::cabi_dealloc(base40, len40 * 1, 1);
                                    }
                                    1 => {
                                        let l41 = *base
                                            .add(::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>();
                                        let l42 = *base
                                            .add(2 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        let base43 = l41;
                                        let len43 = l42;
                                        _rt::cabi_dealloc(base43, len43 * 8, 8);
                                    }
                                    2 => {
                                        let l44 = *base
                                            .add(::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>();
                                        let l45 = *base
                                            .add(2 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        let base46 = l44;
                                        let len46 = l45;
                                        _rt::cabi_dealloc(base46, len46 * 8, 8);
                                    }
                                    3 => {
                                        let l47 = *base
                                            .add(::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>();
                                        let l48 = *base
                                            .add(2 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        let base49 = l47;
                                        let len49 = l48;
                                        _rt::cabi_dealloc(base49, len49 * 8, 8);
                                    }
                                    4 => {
                                        let l50 = *base
                                            .add(::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>();
                                        let l51 = *base
                                            .add(2 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        let base52 = l50;
                                        let len52 = l51;
                                        _rt::cabi_dealloc(base52, len52 * 4, 4);
                                        let l53 = *base
                                            .add(3 * ::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>();
                                        let l54 = *base
                                            .add(4 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        let base55 = l53;
                                        let len55 = l54;
                                        _rt::cabi_dealloc(base55, len55 * 1, 1);
                                    }
                                    _ => {
                                        let l56 = *base
                                            .add(::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>();
                                        let l57 = *base
                                            .add(2 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        let base58 = l56;
                                        let len58 = l57;
                                        _rt::cabi_dealloc(base58, len58 * 4, 4);
                                        let l59 = *base
                                            .add(3 * ::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>();
                                        let l60 = *base
                                            .add(4 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        let base61 = l59;
                                        let len61 = l60;
                                        _rt::cabi_dealloc(base61, len61 * 1, 1);
                                    }
                                }
                                let l62 = i32::from(
                                    *base
                                        .add(5 * ::core::mem::size_of::<*const u8>())
                                        .cast::<u8>(),
                                );
                                match l62 {
                                    0 => {}
                                    _ => {
                                        let l63 = *base
                                            .add(6 * ::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>();
                                        let l64 = *base
                                            .add(7 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        let base65 = l63;
                                        let len65 = l64;
                                        _rt::cabi_dealloc(base65, len65 * 1, 1);
                                    }
                                }
                            }
                        }
                        _rt::cabi_dealloc(
                            base66,
                            len66 * (8 * ::core::mem::size_of::<*const u8>()),
                            ::core::mem::size_of::<*const u8>(),
                        );
                    }
                }
                _rt::cabi_dealloc(
                    base67,
                    len67 * (13 * ::core::mem::size_of::<*const u8>()),
                    ::core::mem::size_of::<*const u8>(),
                );
                let l68 = *arg0
                    .add(3 * ::core::mem::size_of::<*const u8>())
                    .cast::<*mut u8>();
                let l69 = *arg0
                    .add(4 * ::core::mem::size_of::<*const u8>())
                    .cast::<usize>();
                let base72 = l68;
                let len72 = l69;
                for i in 0..len72 {
                    let base = base72.add(i * (3 * ::core::mem::size_of::<*const u8>()));
                    {
                        let l70 = *base
                            .add(::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>();
                        let l71 = *base
                            .add(2 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        _rt::cabi_dealloc(l70, l71, 1);
                    }
                }
                _rt::cabi_dealloc(
                    base72,
                    len72 * (3 * ::core::mem::size_of::<*const u8>()),
                    ::core::mem::size_of::<*const u8>(),
                );
            }
            _ => {
                let l73 = *arg0
                    .add(::core::mem::size_of::<*const u8>())
                    .cast::<*mut u8>();
                let l74 = *arg0
                    .add(2 * ::core::mem::size_of::<*const u8>())
                    .cast::<usize>();
                _rt::cabi_dealloc(l73, l74, 1);
            }
        }
    }
}
#[doc(hidden)]
#[allow(non_snake_case, unused_unsafe)]
pub unsafe fn _export_project_cabi<T_: Guest>(arg0: *mut u8) -> *mut u8 {
    unsafe {
        #[cfg(target_arch = "wasm32")] _rt::run_ctors_once();
        let result108 = {
            let l0 = *arg0.add(0).cast::<i32>();
            let l1 = *arg0.add(4).cast::<i32>();
            let l2 = i32::from(*arg0.add(8).cast::<u8>());
            use super::super::super::super::foldline::reducer::types::Values as V27;
            let v27 = match l2 {
                0 => {
                    let e27 = {
                        let l3 = *arg0
                            .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>();
                        let l4 = *arg0
                            .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        let len5 = l4;
                        <_ as From<
                            _rt::Vec<_>,
                        >>::from(_rt::Vec::from_raw_parts(l3.cast(), len5, len5))
                    };
                    V27::Booleans(e27)
                }
                1 => {
                    let e27 = {
                        let l6 = *arg0
                            .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>();
                        let l7 = *arg0
                            .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        let len8 = l7;
                        <_ as From<
                            _rt::Vec<_>,
                        >>::from(_rt::Vec::from_raw_parts(l6.cast(), len8, len8))
                    };
                    V27::Ints(e27)
                }
                2 => {
                    let e27 = {
                        let l9 = *arg0
                            .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>();
                        let l10 = *arg0
                            .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        let len11 = l10;
                        <_ as From<
                            _rt::Vec<_>,
                        >>::from(_rt::Vec::from_raw_parts(l9.cast(), len11, len11))
                    };
                    V27::Floats(e27)
                }
                3 => {
                    let e27 = {
                        let l12 = *arg0
                            .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>();
                        let l13 = *arg0
                            .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        let len14 = l13;
                        <_ as From<
                            _rt::Vec<_>,
                        >>::from(_rt::Vec::from_raw_parts(l12.cast(), len14, len14))
                    };
                    V27::Times(e27)
                }
                4 => {
                    let e27 = {
                        let l15 = *arg0
                            .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>();
                        let l16 = *arg0
                            .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        let len17 = l16;
                        let l18 = *arg0
                            .add(8 + 3 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>();
                        let l19 = *arg0
                            .add(8 + 4 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        let len20 = l19;
                        super::super::super::super::foldline::reducer::types::BytesColumn {
                            offsets: <_ as From<
                                _rt::Vec<_>,
                            >>::from(_rt::Vec::from_raw_parts(l15.cast(), len17, len17)),
                            data: <_ as From<
                                _rt::Vec<_>,
                            >>::from(_rt::Vec::from_raw_parts(l18.cast(), len20, len20)),
                        }
                    };
                    V27::Texts(e27)
                }
                n => {
                    debug_assert_eq!(n, 5, "invalid enum discriminant");
                    let e27 = {
                        let l21 = *arg0
                            .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>();
                        let l22 = *arg0
                            .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        let len23 = l22;
                        let l24 = *arg0
                            .add(8 + 3 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>();
                        let l25 = *arg0
                            .add(8 + 4 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        let len26 = l25;
                        super::super::super::super::foldline::reducer::types::BytesColumn {
                            offsets: <_ as From<
                                _rt::Vec<_>,
                            >>::from(_rt::Vec::from_raw_parts(l21.cast(), len23, len23)),
                            data: <_ as From<
                                _rt::Vec<_>,
                            >>::from(_rt::Vec::from_raw_parts(l24.cast(), len26, len26)),
                        }
                    };
                    V27::Blobs(e27)
                }
            };
            let l28 = i32::from(
                *arg0.add(8 + 5 * ::core::mem::size_of::<*const u8>()).cast::<u8>(),
            );
            let l32 = *arg0
                .add(8 + 8 * ::core::mem::size_of::<*const u8>())
                .cast::<*mut u8>();
            let l33 = *arg0
                .add(8 + 9 * ::core::mem::size_of::<*const u8>())
                .cast::<usize>();
            let len34 = l33;
            let l35 = *arg0
                .add(8 + 10 * ::core::mem::size_of::<*const u8>())
                .cast::<*mut u8>();
            let l36 = *arg0
                .add(8 + 11 * ::core::mem::size_of::<*const u8>())
                .cast::<usize>();
            let len37 = l36;
            let l38 = *arg0
                .add(8 + 12 * ::core::mem::size_of::<*const u8>())
                .cast::<*mut u8>();
            let l39 = *arg0
                .add(8 + 13 * ::core::mem::size_of::<*const u8>())
                .cast::<usize>();
            let base70 = l38;
            let len70 = l39;
            let mut result70 = _rt::Vec::with_capacity(len70);
            for i in 0..len70 {
                let base = base70.add(i * (8 * ::core::mem::size_of::<*const u8>()));
                let e70 = {
                    let l40 = i32::from(*base.add(0).cast::<u8>());
                    use super::super::super::super::foldline::reducer::types::Values as V65;
                    let v65 = match l40 {
                        0 => {
                            let e65 = {
                                let l41 = *base
                                    .add(::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l42 = *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let len43 = l42;
                                <_ as From<
                                    _rt::Vec<_>,
                                >>::from(_rt::Vec::from_raw_parts(l41.cast(), len43, len43))
                            };
                            V65::Booleans(e65)
                        }
                        1 => {
                            let e65 = {
                                let l44 = *base
                                    .add(::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l45 = *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let len46 = l45;
                                <_ as From<
                                    _rt::Vec<_>,
                                >>::from(_rt::Vec::from_raw_parts(l44.cast(), len46, len46))
                            };
                            V65::Ints(e65)
                        }
                        2 => {
                            let e65 = {
                                let l47 = *base
                                    .add(::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l48 = *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let len49 = l48;
                                <_ as From<
                                    _rt::Vec<_>,
                                >>::from(_rt::Vec::from_raw_parts(l47.cast(), len49, len49))
                            };
                            V65::Floats(e65)
                        }
                        3 => {
                            let e65 = {
                                let l50 = *base
                                    .add(::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l51 = *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let len52 = l51;
                                <_ as From<
                                    _rt::Vec<_>,
                                >>::from(_rt::Vec::from_raw_parts(l50.cast(), len52, len52))
                            };
                            V65::Times(e65)
                        }
                        4 => {
                            let e65 = {
                                let l53 = *base
                                    .add(::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l54 = *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let len55 = l54;
                                let l56 = *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l57 = *base
                                    .add(4 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let len58 = l57;
                                super::super::super::super::foldline::reducer::types::BytesColumn {
                                    offsets: <_ as From<
                                        _rt::Vec<_>,
                                    >>::from(
                                        _rt::Vec::from_raw_parts(l53.cast(), len55, len55),
                                    ),
                                    data: <_ as From<
                                        _rt::Vec<_>,
                                    >>::from(_rt::Vec::from_raw_parts(l56.cast(), len58, len58)),
                                }
                            };
                            V65::Texts(e65)
                        }
                        n => {
                            debug_assert_eq!(n, 5, "invalid enum discriminant");
                            let e65 = {
                                let l59 = *base
                                    .add(::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l60 = *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let len61 = l60;
                                let l62 = *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l63 = *base
                                    .add(4 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let len64 = l63;
                                super::super::super::super::foldline::reducer::types::BytesColumn {
                                    offsets: <_ as From<
                                        _rt::Vec<_>,
                                    >>::from(
                                        _rt::Vec::from_raw_parts(l59.cast(), len61, len61),
                                    ),
                                    data: <_ as From<
                                        _rt::Vec<_>,
                                    >>::from(_rt::Vec::from_raw_parts(l62.cast(), len64, len64)),
                                }
                            };
                            V65::Blobs(e65)
                        }
                    };
                    let l66 = i32::from(
                        *base.add(5 * ::core::mem::size_of::<*const u8>()).cast::<u8>(),
                    );
                    super::super::super::super::foldline::reducer::types::Column {
                        values: v65,
                        validity: match l66 {
                            0 => None,
                            1 => {
                                let e = {
                                    let l67 = *base
                                        .add(6 * ::core::mem::size_of::<*const u8>())
                                        .cast::<*mut u8>();
                                    let l68 = *base
                                        .add(7 * ::core::mem::size_of::<*const u8>())
                                        .cast::<usize>();
                                    let len69 = l68;
                                    <_ as From<
                                        _rt::Vec<_>,
                                    >>::from(_rt::Vec::from_raw_parts(l67.cast(), len69, len69))
                                };
                                Some(e)
                            }
                            _ => _rt::invalid_enum_discriminant(),
                        },
                    }
                };
                result70.push(e70);
            }
            _rt::cabi_dealloc(
                base70,
                len70 * (8 * ::core::mem::size_of::<*const u8>()),
                ::core::mem::size_of::<*const u8>(),
            );
            let l71 = *arg0
                .add(8 + 14 * ::core::mem::size_of::<*const u8>())
                .cast::<*mut u8>();
            let l72 = *arg0
                .add(8 + 15 * ::core::mem::size_of::<*const u8>())
                .cast::<usize>();
            let base107 = l71;
            let len107 = l72;
            let mut result107 = _rt::Vec::with_capacity(len107);
            for i in 0..len107 {
                let base = base107.add(i * (3 * ::core::mem::size_of::<*const u8>()));
                let e107 = {
                    let l73 = *base.add(0).cast::<i32>();
                    let l74 = *base
                        .add(::core::mem::size_of::<*const u8>())
                        .cast::<*mut u8>();
                    let l75 = *base
                        .add(2 * ::core::mem::size_of::<*const u8>())
                        .cast::<usize>();
                    let base106 = l74;
                    let len106 = l75;
                    let mut result106 = _rt::Vec::with_capacity(len106);
                    for i in 0..len106 {
                        let base = base106
                            .add(i * (8 * ::core::mem::size_of::<*const u8>()));
                        let e106 = {
                            let l76 = i32::from(*base.add(0).cast::<u8>());
                            use super::super::super::super::foldline::reducer::types::Values as V101;
                            let v101 = match l76 {
                                0 => {
                                    let e101 = {
                                        let l77 = *base
                                            .add(::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>();
                                        let l78 = *base
                                            .add(2 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        let len79 = l78;
                                        <_ as From<
                                            _rt::Vec<_>,
                                        >>::from(_rt::Vec::from_raw_parts(l77.cast(), len79, len79))
                                    };
                                    V101::Booleans(e101)
                                }
                                1 => {
                                    let e101 = {
                                        let l80 = *base
                                            .add(::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>();
                                        let l81 = *base
                                            .add(2 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        let len82 = l81;
                                        <_ as From<
                                            _rt::Vec<_>,
                                        >>::from(_rt::Vec::from_raw_parts(l80.cast(), len82, len82))
                                    };
                                    V101::Ints(e101)
                                }
                                2 => {
                                    let e101 = {
                                        let l83 = *base
                                            .add(::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>();
                                        let l84 = *base
                                            .add(2 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        let len85 = l84;
                                        <_ as From<
                                            _rt::Vec<_>,
                                        >>::from(_rt::Vec::from_raw_parts(l83.cast(), len85, len85))
                                    };
                                    V101::Floats(e101)
                                }
                                3 => {
                                    let e101 = {
                                        let l86 = *base
                                            .add(::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>();
                                        let l87 = *base
                                            .add(2 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        let len88 = l87;
                                        <_ as From<
                                            _rt::Vec<_>,
                                        >>::from(_rt::Vec::from_raw_parts(l86.cast(), len88, len88))
                                    };
                                    V101::Times(e101)
                                }
                                4 => {
                                    let e101 = {
                                        let l89 = *base
                                            .add(::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>();
                                        let l90 = *base
                                            .add(2 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        let len91 = l90;
                                        let l92 = *base
                                            .add(3 * ::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>();
                                        let l93 = *base
                                            .add(4 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        let len94 = l93;
                                        super::super::super::super::foldline::reducer::types::BytesColumn {
                                            offsets: <_ as From<
                                                _rt::Vec<_>,
                                            >>::from(
                                                _rt::Vec::from_raw_parts(l89.cast(), len91, len91),
                                            ),
                                            data: <_ as From<
                                                _rt::Vec<_>,
                                            >>::from(_rt::Vec::from_raw_parts(l92.cast(), len94, len94)),
                                        }
                                    };
                                    V101::Texts(e101)
                                }
                                n => {
                                    debug_assert_eq!(n, 5, "invalid enum discriminant");
                                    let e101 = {
                                        let l95 = *base
                                            .add(::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>();
                                        let l96 = *base
                                            .add(2 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        let len97 = l96;
                                        let l98 = *base
                                            .add(3 * ::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>();
                                        let l99 = *base
                                            .add(4 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        let len100 = l99;
                                        super::super::super::super::foldline::reducer::types::BytesColumn {
                                            offsets: <_ as From<
                                                _rt::Vec<_>,
                                            >>::from(
                                                _rt::Vec::from_raw_parts(l95.cast(), len97, len97),
                                            ),
                                            data: <_ as From<
                                                _rt::Vec<_>,
                                            >>::from(
                                                _rt::Vec::from_raw_parts(l98.cast(), len100, len100),
                                            ),
                                        }
                                    };
                                    V101::Blobs(e101)
                                }
                            };
                            let l102 = i32::from(
                                *base
                                    .add(5 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>(),
                            );
                            super::super::super::super::foldline::reducer::types::Column {
                                values: v101,
                                validity: match l102 {
                                    0 => None,
                                    1 => {
                                        let e = {
                                            let l103 = *base
                                                .add(6 * ::core::mem::size_of::<*const u8>())
                                                .cast::<*mut u8>();
                                            let l104 = *base
                                                .add(7 * ::core::mem::size_of::<*const u8>())
                                                .cast::<usize>();
                                            let len105 = l104;
                                            <_ as From<
                                                _rt::Vec<_>,
                                            >>::from(
                                                _rt::Vec::from_raw_parts(l103.cast(), len105, len105),
                                            )
                                        };
                                        Some(e)
                                    }
                                    _ => _rt::invalid_enum_discriminant(),
                                },
                            }
                        };
                        result106.push(e106);
                    }
                    _rt::cabi_dealloc(
                        base106,
                        len106 * (8 * ::core::mem::size_of::<*const u8>()),
                        ::core::mem::size_of::<*const u8>(),
                    );
                    super::super::super::super::foldline::reducer::types::Referenced {
                        aggregate: l73 as u32,
                        columns: result106,
                    }
                };
                result107.push(e107);
            }
            _rt::cabi_dealloc(
                base107,
                len107 * (3 * ::core::mem::size_of::<*const u8>()),
                ::core::mem::size_of::<*const u8>(),
            );
            T_::project(super::super::super::super::foldline::reducer::types::Rows {
                table: l0 as u32,
                count: l1 as u32,
                keys: super::super::super::super::foldline::reducer::types::Column {
                    values: v27,
                    validity: match l28 {
                        0 => None,
                        1 => {
                            let e = {
                                let l29 = *arg0
                                    .add(8 + 6 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l30 = *arg0
                                    .add(8 + 7 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let len31 = l30;
                                <_ as From<
                                    _rt::Vec<_>,
                                >>::from(_rt::Vec::from_raw_parts(l29.cast(), len31, len31))
                            };
                            Some(e)
                        }
                        _ => _rt::invalid_enum_discriminant(),
                    },
                },
                window_starts: <_ as From<
                    _rt::Vec<_>,
                >>::from(_rt::Vec::from_raw_parts(l32.cast(), len34, len34)),
                window_ends: <_ as From<
                    _rt::Vec<_>,
                >>::from(_rt::Vec::from_raw_parts(l35.cast(), len37, len37)),
                results: result70,
                references: result107,
            })
        };
        _rt::cabi_dealloc(
            arg0,
            8 + 16 * ::core::mem::size_of::<*const u8>(),
            ::core::mem::size_of::<*const u8>(),
        );
        let ptr109 = (&raw mut _RET_AREA.0).cast::<u8>();
        match result108 {
            Ok(e) => {
                *ptr109.add(0).cast::<u8>() = (0i32) as u8;
                let super::super::super::super::foldline::reducer::types::Projected {
                    documents: documents110,
                    member_rows: member_rows110,
                    sets: sets110,
                    members: members110,
                    scores: scores110,
                } = e;
                let super::super::super::super::foldline::reducer::types::Column {
                    values: values111,
                    validity: validity111,
                } = documents110;
                use super::super::super::super::foldline::reducer::types::Values as V122;
                match values111 {
                    V122::Booleans(e) => {
                        *ptr109.add(::core::mem::size_of::<*const u8>()).cast::<u8>() = (0i32)
                            as u8;
                        let vec112 = <_ as Into<_rt::Vec<_>>>::into(e)
                            .into_boxed_slice();
                        let ptr112 = vec112.as_ptr().cast::<u8>();
                        let len112 = vec112.len();
                        ::core::mem::forget(vec112);
                        *ptr109
                            .add(3 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len112;
                        *ptr109
                            .add(2 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr112.cast_mut();
                    }
                    V122::Ints(e) => {
                        *ptr109.add(::core::mem::size_of::<*const u8>()).cast::<u8>() = (1i32)
                            as u8;
                        let vec113 = <_ as Into<_rt::Vec<_>>>::into(e)
                            .into_boxed_slice();
                        let ptr113 = vec113.as_ptr().cast::<u8>();
                        let len113 = vec113.len();
                        ::core::mem::forget(vec113);
                        *ptr109
                            .add(3 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len113;
                        *ptr109
                            .add(2 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr113.cast_mut();
                    }
                    V122::Floats(e) => {
                        *ptr109.add(::core::mem::size_of::<*const u8>()).cast::<u8>() = (2i32)
                            as u8;
                        let vec114 = <_ as Into<_rt::Vec<_>>>::into(e)
                            .into_boxed_slice();
                        let ptr114 = vec114.as_ptr().cast::<u8>();
                        let len114 = vec114.len();
                        ::core::mem::forget(vec114);
                        *ptr109
                            .add(3 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len114;
                        *ptr109
                            .add(2 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr114.cast_mut();
                    }
                    V122::Times(e) => {
                        *ptr109.add(::core::mem::size_of::<*const u8>()).cast::<u8>() = (3i32)
                            as u8;
                        let vec115 = <_ as Into<_rt::Vec<_>>>::into(e)
                            .into_boxed_slice();
                        let ptr115 = vec115.as_ptr().cast::<u8>();
                        let len115 = vec115.len();
                        ::core::mem::forget(vec115);
                        *ptr109
                            .add(3 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len115;
                        *ptr109
                            .add(2 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr115.cast_mut();
                    }
                    V122::Texts(e) => {
                        *ptr109.add(::core::mem::size_of::<*const u8>()).cast::<u8>() = (4i32)
                            as u8;
                        let super::super::super::super::foldline::reducer::types::BytesColumn {
                            offsets: offsets116,
                            data: data116,
                        } = e;
                        let vec117 = <_ as Into<_rt::Vec<_>>>::into(offsets116)
                            .into_boxed_slice();
                        let ptr117 = vec117.as_ptr().cast::<u8>();
                        let len117 = vec117.len();
                        ::core::mem::forget(vec117);
                        *ptr109
                            .add(3 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len117;
                        *ptr109
                            .add(2 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr117.cast_mut();
                        let vec118 = <_ as Into<_rt::Vec<_>>>::into(data116)
                            .into_boxed_slice();
                        let ptr118 = vec118.as_ptr().cast::<u8>();
                        let len118 = vec118.len();
                        ::core::mem::forget(vec118);
                        *ptr109
                            .add(5 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len118;
                        *ptr109
                            .add(4 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr118.cast_mut();
                    }
                    V122::Blobs(e) => {
                        *ptr109.add(::core::mem::size_of::<*const u8>()).cast::<u8>() = (5i32)
                            as u8;
                        let super::super::super::super::foldline::reducer::types::BytesColumn {
                            offsets: offsets119,
                            data: data119,
                        } = e;
                        let vec120 = <_ as Into<_rt::Vec<_>>>::into(offsets119)
                            .into_boxed_slice();
                        let ptr120 = vec120.as_ptr().cast::<u8>();
                        let len120 = vec120.len();
                        ::core::mem::forget(vec120);
                        *ptr109
                            .add(3 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len120;
                        *ptr109
                            .add(2 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr120.cast_mut();
                        let vec121 = <_ as Into<_rt::Vec<_>>>::into(data119)
                            .into_boxed_slice();
                        let ptr121 = vec121.as_ptr().cast::<u8>();
                        let len121 = vec121.len();
                        ::core::mem::forget(vec121);
                        *ptr109
                            .add(5 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len121;
                        *ptr109
                            .add(4 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr121.cast_mut();
                    }
                }
                match validity111 {
                    Some(e) => {
                        *ptr109
                            .add(6 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (1i32) as u8;
                        let vec123 = <_ as Into<_rt::Vec<_>>>::into(e)
                            .into_boxed_slice();
                        let ptr123 = vec123.as_ptr().cast::<u8>();
                        let len123 = vec123.len();
                        ::core::mem::forget(vec123);
                        *ptr109
                            .add(8 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len123;
                        *ptr109
                            .add(7 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr123.cast_mut();
                    }
                    None => {
                        *ptr109
                            .add(6 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (0i32) as u8;
                    }
                };
                let vec124 = <_ as Into<_rt::Vec<_>>>::into(member_rows110)
                    .into_boxed_slice();
                let ptr124 = vec124.as_ptr().cast::<u8>();
                let len124 = vec124.len();
                ::core::mem::forget(vec124);
                *ptr109.add(10 * ::core::mem::size_of::<*const u8>()).cast::<usize>() = len124;
                *ptr109.add(9 * ::core::mem::size_of::<*const u8>()).cast::<*mut u8>() = ptr124
                    .cast_mut();
                let super::super::super::super::foldline::reducer::types::BytesColumn {
                    offsets: offsets125,
                    data: data125,
                } = sets110;
                let vec126 = <_ as Into<_rt::Vec<_>>>::into(offsets125)
                    .into_boxed_slice();
                let ptr126 = vec126.as_ptr().cast::<u8>();
                let len126 = vec126.len();
                ::core::mem::forget(vec126);
                *ptr109.add(12 * ::core::mem::size_of::<*const u8>()).cast::<usize>() = len126;
                *ptr109
                    .add(11 * ::core::mem::size_of::<*const u8>())
                    .cast::<*mut u8>() = ptr126.cast_mut();
                let vec127 = <_ as Into<_rt::Vec<_>>>::into(data125).into_boxed_slice();
                let ptr127 = vec127.as_ptr().cast::<u8>();
                let len127 = vec127.len();
                ::core::mem::forget(vec127);
                *ptr109.add(14 * ::core::mem::size_of::<*const u8>()).cast::<usize>() = len127;
                *ptr109
                    .add(13 * ::core::mem::size_of::<*const u8>())
                    .cast::<*mut u8>() = ptr127.cast_mut();
                let super::super::super::super::foldline::reducer::types::BytesColumn {
                    offsets: offsets128,
                    data: data128,
                } = members110;
                let vec129 = <_ as Into<_rt::Vec<_>>>::into(offsets128)
                    .into_boxed_slice();
                let ptr129 = vec129.as_ptr().cast::<u8>();
                let len129 = vec129.len();
                ::core::mem::forget(vec129);
                *ptr109.add(16 * ::core::mem::size_of::<*const u8>()).cast::<usize>() = len129;
                *ptr109
                    .add(15 * ::core::mem::size_of::<*const u8>())
                    .cast::<*mut u8>() = ptr129.cast_mut();
                let vec130 = <_ as Into<_rt::Vec<_>>>::into(data128).into_boxed_slice();
                let ptr130 = vec130.as_ptr().cast::<u8>();
                let len130 = vec130.len();
                ::core::mem::forget(vec130);
                *ptr109.add(18 * ::core::mem::size_of::<*const u8>()).cast::<usize>() = len130;
                *ptr109
                    .add(17 * ::core::mem::size_of::<*const u8>())
                    .cast::<*mut u8>() = ptr130.cast_mut();
                let vec131 = <_ as Into<_rt::Vec<_>>>::into(scores110)
                    .into_boxed_slice();
                let ptr131 = vec131.as_ptr().cast::<u8>();
                let len131 = vec131.len();
                ::core::mem::forget(vec131);
                *ptr109.add(20 * ::core::mem::size_of::<*const u8>()).cast::<usize>() = len131;
                *ptr109
                    .add(19 * ::core::mem::size_of::<*const u8>())
                    .cast::<*mut u8>() = ptr131.cast_mut();
            }
            Err(e) => {
                *ptr109.add(0).cast::<u8>() = (1i32) as u8;
                let vec132 = (e.into_bytes()).into_boxed_slice();
                let ptr132 = vec132.as_ptr().cast::<u8>();
                let len132 = vec132.len();
                ::core::mem::forget(vec132);
                *ptr109.add(2 * ::core::mem::size_of::<*const u8>()).cast::<usize>() = len132;
                *ptr109.add(::core::mem::size_of::<*const u8>()).cast::<*mut u8>() = ptr132
                    .cast_mut();
            }
        };
        ptr109
    }
}
#[doc(hidden)]
#[allow(non_snake_case)]
pub unsafe fn __post_return_project<T_: Guest>(arg0: *mut u8) {
    unsafe {
        let l0 = i32::from(*arg0.add(0).cast::<u8>());
        match l0 {
            0 => {
                let l1 = i32::from(
                    *arg0.add(::core::mem::size_of::<*const u8>()).cast::<u8>(),
                );
                match l1 {
                    0 => {
                        let l2 = *arg0
                            .add(2 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>();
                        let l3 = *arg0
                            .add(3 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        let base4 = l2;
                        let len4 = l3;
                        _rt::cabi_dealloc(base4, len4 * 1, 1);
                    }
                    1 => {
                        let l5 = *arg0
                            .add(2 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>();
                        let l6 = *arg0
                            .add(3 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        let base7 = l5;
                        let len7 = l6;
                        _rt::cabi_dealloc(base7, len7 * 8, 8);
                    }
                    2 => {
                        let l8 = *arg0
                            .add(2 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>();
                        let l9 = *arg0
                            .add(3 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        let base10 = l8;
                        let len10 = l9;
                        _rt::cabi_dealloc(base10, len10 * 8, 8);
                    }
                    3 => {
                        let l11 = *arg0
                            .add(2 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>();
                        let l12 = *arg0
                            .add(3 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        let base13 = l11;
                        let len13 = l12;
                        _rt::cabi_dealloc(base13, len13 * 8, 8);
                    }
                    4 => {
                        let l14 = *arg0
                            .add(2 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>();
                        let l15 = *arg0
                            .add(3 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        let base16 = l14;
                        let len16 = l15;
                        _rt::cabi_dealloc(base16, len16 * 4, 4);
                        let l17 = *arg0
                            .add(4 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>();
                        let l18 = *arg0
                            .add(5 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        let base19 = l17;
                        let len19 = l18;
                        _rt::cabi_dealloc(base19, len19 * 1, 1);
                    }
                    _ => {
                        let l20 = *arg0
                            .add(2 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>();
                        let l21 = *arg0
                            .add(3 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        let base22 = l20;
                        let len22 = l21;
                        _rt::cabi_dealloc(base22, len22 * 4, 4);
                        let l23 = *arg0
                            .add(4 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>();
                        let l24 = *arg0
                            .add(5 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        let base25 = l23;
                        let len25 = l24;
                        _rt::cabi_dealloc(base25, len25 * 1, 1);
                    }
                }
                let l26 = i32::from(
                    *arg0.add(6 * ::core::mem::size_of::<*const u8>()).cast::<u8>(),
                );
                match l26 {
                    0 => {}
                    _ => {
                        let l27 = *arg0
                            .add(7 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>();
                        let l28 = *arg0
                            .add(8 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        let base29 = l27;
                        let len29 = l28;
                        _rt::cabi_dealloc(base29, len29 * 1, 1);
                    }
                }
                let l30 = *arg0
                    .add(9 * ::core::mem::size_of::<*const u8>())
                    .cast::<*mut u8>();
                let l31 = *arg0
                    .add(10 * ::core::mem::size_of::<*const u8>())
                    .cast::<usize>();
                let base32 = l30;
                let len32 = l31;
                _rt::cabi_dealloc(base32, len32 * 4, 4);
                let l33 = *arg0
                    .add(11 * ::core::mem::size_of::<*const u8>())
                    .cast::<*mut u8>();
                let l34 = *arg0
                    .add(12 * ::core::mem::size_of::<*const u8>())
                    .cast::<usize>();
                let base35 = l33;
                let len35 = l34;
                _rt::cabi_dealloc(base35, len35 * 4, 4);
                let l36 = *arg0
                    .add(13 * ::core::mem::size_of::<*const u8>())
                    .cast::<*mut u8>();
                let l37 = *arg0
                    .add(14 * ::core::mem::size_of::<*const u8>())
                    .cast::<usize>();
                let base38 = l36;
                let len38 = l37;
                _rt::cabi_dealloc(base38, len38 * 1, 1);
                let l39 = *arg0
                    .add(15 * ::core::mem::size_of::<*const u8>())
                    .cast::<*mut u8>();
                let l40 = *arg0
                    .add(16 * ::core::mem::size_of::<*const u8>())
                    .cast::<usize>();
                let base41 = l39;
                let len41 = l40;
                _rt::cabi_dealloc(base41, len41 * 4, 4);
                let l42 = *arg0
                    .add(17 * ::core::mem::size_of::<*const u8>())
                    .cast::<*mut u8>();
                let l43 = *arg0
                    .add(18 * ::core::mem::size_of::<*const u8>())
                    .cast::<usize>();
                let base44 = l42;
                let len44 = l43;
                _rt::cabi_dealloc(base44, len44 * 1, 1);
                let l45 = *arg0
                    .add(19 * ::core::mem::size_of::<*const u8>())
                    .cast::<*mut u8>();
                let l46 = *arg0
                    .add(20 * ::core::mem::size_of::<*const u8>())
                    .cast::<usize>();
                let base47 = l45;
                let len47 = l46;
                _rt::cabi_dealloc(base47, len47 * 8, 8);
            }
            _ => {
                let l48 = *arg0
                    .add(::core::mem::size_of::<*const u8>())
                    .cast::<*mut u8>();
                let l49 = *arg0
                    .add(2 * ::core::mem::size_of::<*const u8>())
                    .cast::<usize>();
                _rt::cabi_dealloc(l48, l49, 1);
            }
        }
    }
}
pub trait Guest {
    /// A pure function of the batch, row by row: the host may cut a batch anywhere. A bad record is `rejected`; an error
    /// is handled like a trap: retried in halves until the guilty rows are found.
    #[allow(async_fn_in_trait)]
    fn extract(batch: Batch) -> Result<Extracted, _rt::String>;
    /// A pure function of the rows, of the projected table only. An error is handled as above.
    #[allow(async_fn_in_trait)]
    fn project(rows: Rows) -> Result<Projected, _rt::String>;
}
#[doc(hidden)]
#[macro_export]
macro_rules! __export_foldline_reducer_reduce_0_1_0_cabi {
    ($ty:ident with_types_in $($path_to_types:tt)*) => {
        const _ : () = { #[unsafe (export_name =
        "foldline:reducer/reduce@0.1.0#extract")] unsafe extern "C" fn
        export_extract(arg0 : i32, arg1 : i32, arg2 : * mut u8, arg3 : usize, arg4 : *
        mut u8, arg5 : usize,) -> * mut u8 { unsafe { $($path_to_types)*::
        _export_extract_cabi::<$ty > (arg0, arg1, arg2, arg3, arg4, arg5) } } #[unsafe
        (export_name = "cabi_post_foldline:reducer/reduce@0.1.0#extract")] unsafe extern
        "C" fn _post_return_extract(arg0 : * mut u8,) { unsafe { $($path_to_types)*::
        __post_return_extract::<$ty > (arg0) } } #[unsafe (export_name =
        "foldline:reducer/reduce@0.1.0#project")] unsafe extern "C" fn
        export_project(arg0 : * mut u8,) -> * mut u8 { unsafe { $($path_to_types)*::
        _export_project_cabi::<$ty > (arg0) } } #[unsafe (export_name =
        "cabi_post_foldline:reducer/reduce@0.1.0#project")] unsafe extern "C" fn
        _post_return_project(arg0 : * mut u8,) { unsafe { $($path_to_types)*::
        __post_return_project::<$ty > (arg0) } } };
    };
}
#[doc(hidden)]
pub use __export_foldline_reducer_reduce_0_1_0_cabi;
#[cfg_attr(target_pointer_width = "64", repr(align(8)))]
#[cfg_attr(target_pointer_width = "32", repr(align(4)))]
struct _RetArea(
    [::core::mem::MaybeUninit<u8>; 21 * ::core::mem::size_of::<*const u8>()],
);
static mut _RET_AREA: _RetArea = _RetArea(
    [::core::mem::MaybeUninit::uninit(); 21 * ::core::mem::size_of::<*const u8>()],
);
