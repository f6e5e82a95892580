// Generated from wit/reducer-0.2.0 by `cargo xtask bindings`. Do not edit.

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
    arg6: *mut u8,
    arg7: usize,
) -> *mut u8 {
    unsafe {
        #[cfg(target_arch = "wasm32")] _rt::run_ctors_once();
        let result36 = {
            let len0 = arg3;
            let base4 = arg4;
            let len4 = arg5;
            let mut result4 = _rt::Vec::with_capacity(len4);
            for i in 0..len4 {
                let base = base4.add(i * (2 * ::core::mem::size_of::<*const u8>()));
                let e4 = {
                    let l1 = *base.add(0).cast::<*mut u8>();
                    let l2 = *base
                        .add(::core::mem::size_of::<*const u8>())
                        .cast::<usize>();
                    let len3 = l2;
                    <_ as From<
                        _rt::Vec<_>,
                    >>::from(_rt::Vec::from_raw_parts(l1.cast(), len3, len3))
                };
                result4.push(e4);
            }
            _rt::cabi_dealloc(
                base4,
                len4 * (2 * ::core::mem::size_of::<*const u8>()),
                ::core::mem::size_of::<*const u8>(),
            );
            let base35 = arg6;
            let len35 = arg7;
            let mut result35 = _rt::Vec::with_capacity(len35);
            for i in 0..len35 {
                let base = base35.add(i * (8 * ::core::mem::size_of::<*const u8>()));
                let e35 = {
                    let l5 = i32::from(*base.add(0).cast::<u8>());
                    use super::super::super::super::foldline::reducer::types::Values as V30;
                    let v30 = match l5 {
                        0 => {
                            let e30 = {
                                let l6 = *base
                                    .add(::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l7 = *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let len8 = l7;
                                <_ as From<
                                    _rt::Vec<_>,
                                >>::from(_rt::Vec::from_raw_parts(l6.cast(), len8, len8))
                            };
                            V30::Booleans(e30)
                        }
                        1 => {
                            let e30 = {
                                let l9 = *base
                                    .add(::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l10 = *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let len11 = l10;
                                <_ as From<
                                    _rt::Vec<_>,
                                >>::from(_rt::Vec::from_raw_parts(l9.cast(), len11, len11))
                            };
                            V30::Ints(e30)
                        }
                        2 => {
                            let e30 = {
                                let l12 = *base
                                    .add(::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l13 = *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let len14 = l13;
                                <_ as From<
                                    _rt::Vec<_>,
                                >>::from(_rt::Vec::from_raw_parts(l12.cast(), len14, len14))
                            };
                            V30::Floats(e30)
                        }
                        3 => {
                            let e30 = {
                                let l15 = *base
                                    .add(::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l16 = *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let len17 = l16;
                                <_ as From<
                                    _rt::Vec<_>,
                                >>::from(_rt::Vec::from_raw_parts(l15.cast(), len17, len17))
                            };
                            V30::Times(e30)
                        }
                        4 => {
                            let e30 = {
                                let l18 = *base
                                    .add(::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l19 = *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let len20 = l19;
                                let l21 = *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l22 = *base
                                    .add(4 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let len23 = l22;
                                super::super::super::super::foldline::reducer::types::BytesColumn {
                                    offsets: <_ as From<
                                        _rt::Vec<_>,
                                    >>::from(
                                        _rt::Vec::from_raw_parts(l18.cast(), len20, len20),
                                    ),
                                    data: <_ as From<
                                        _rt::Vec<_>,
                                    >>::from(_rt::Vec::from_raw_parts(l21.cast(), len23, len23)),
                                }
                            };
                            V30::Texts(e30)
                        }
                        n => {
                            debug_assert_eq!(n, 5, "invalid enum discriminant");
                            let e30 = {
                                let l24 = *base
                                    .add(::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l25 = *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let len26 = l25;
                                let l27 = *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l28 = *base
                                    .add(4 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let len29 = l28;
                                super::super::super::super::foldline::reducer::types::BytesColumn {
                                    offsets: <_ as From<
                                        _rt::Vec<_>,
                                    >>::from(
                                        _rt::Vec::from_raw_parts(l24.cast(), len26, len26),
                                    ),
                                    data: <_ as From<
                                        _rt::Vec<_>,
                                    >>::from(_rt::Vec::from_raw_parts(l27.cast(), len29, len29)),
                                }
                            };
                            V30::Blobs(e30)
                        }
                    };
                    let l31 = i32::from(
                        *base.add(5 * ::core::mem::size_of::<*const u8>()).cast::<u8>(),
                    );
                    super::super::super::super::foldline::reducer::types::Column {
                        values: v30,
                        validity: match l31 {
                            0 => None,
                            1 => {
                                let e = {
                                    let l32 = *base
                                        .add(6 * ::core::mem::size_of::<*const u8>())
                                        .cast::<*mut u8>();
                                    let l33 = *base
                                        .add(7 * ::core::mem::size_of::<*const u8>())
                                        .cast::<usize>();
                                    let len34 = l33;
                                    <_ as From<
                                        _rt::Vec<_>,
                                    >>::from(_rt::Vec::from_raw_parts(l32.cast(), len34, len34))
                                };
                                Some(e)
                            }
                            _ => _rt::invalid_enum_discriminant(),
                        },
                    }
                };
                result35.push(e35);
            }
            _rt::cabi_dealloc(
                base35,
                len35 * (8 * ::core::mem::size_of::<*const u8>()),
                ::core::mem::size_of::<*const u8>(),
            );
            T_::extract(super::super::super::super::foldline::reducer::types::Batch {
                input: arg0 as u32,
                rows: arg1 as u32,
                times: <_ as From<
                    _rt::Vec<_>,
                >>::from(_rt::Vec::from_raw_parts(arg2.cast(), len0, len0)),
                lists: result4,
                columns: result35,
            })
        };
        let ptr37 = (&raw mut _RET_AREA.0).cast::<u8>();
        match result36 {
            Ok(e) => {
                *ptr37.add(0).cast::<u8>() = (0i32) as u8;
                let super::super::super::super::foldline::reducer::types::Extracted {
                    contributions: contributions38,
                    rejected: rejected38,
                } = e;
                let vec80 = contributions38;
                let len80 = vec80.len();
                let layout80 = _rt::alloc::Layout::from_size_align(
                        vec80.len() * (10 * ::core::mem::size_of::<*const u8>()),
                        ::core::mem::size_of::<*const u8>(),
                    )
                    .unwrap();
                let (result80, _cleanup80) = crate::abi::Cleanup::new(layout80);
                if let Some(cleanup) = _cleanup80 {
                    cleanup.forget();
                }
                for (i, e) in vec80.into_iter().enumerate() {
                    let base = result80
                        .add(i * (10 * ::core::mem::size_of::<*const u8>()));
                    {
                        let super::super::super::super::foldline::reducer::types::Contributions {
                            table: table39,
                            source_rows: source_rows39,
                            keys: keys39,
                            values: values39,
                            ends: ends39,
                        } = e;
                        *base.add(0).cast::<i32>() = _rt::as_i32(table39);
                        let vec40 = <_ as Into<_rt::Vec<_>>>::into(source_rows39)
                            .into_boxed_slice();
                        let ptr40 = vec40.as_ptr().cast::<u8>();
                        let len40 = vec40.len();
                        ::core::mem::forget(vec40);
                        *base
                            .add(2 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len40;
                        *base
                            .add(::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr40.cast_mut();
                        let vec59 = keys39;
                        let len59 = vec59.len();
                        let layout59 = _rt::alloc::Layout::from_size_align(
                                vec59.len() * (8 + 8 * ::core::mem::size_of::<*const u8>()),
                                8,
                            )
                            .unwrap();
                        let (result59, _cleanup59) = crate::abi::Cleanup::new(layout59);
                        if let Some(cleanup) = _cleanup59 {
                            cleanup.forget();
                        }
                        for (i, e) in vec59.into_iter().enumerate() {
                            let base = result59
                                .add(i * (8 + 8 * ::core::mem::size_of::<*const u8>()));
                            {
                                use super::super::super::super::foldline::reducer::types::Contributed as V58;
                                match e {
                                    V58::Nulls => {
                                        *base.add(0).cast::<u8>() = (0i32) as u8;
                                    }
                                    V58::Same(e) => {
                                        *base.add(0).cast::<u8>() = (1i32) as u8;
                                        use super::super::super::super::foldline::reducer::types::Scalar as V42;
                                        match e {
                                            V42::Boolean(e) => {
                                                *base.add(8).cast::<u8>() = (0i32) as u8;
                                                *base.add(16).cast::<u8>() = (match e {
                                                    true => 1,
                                                    false => 0,
                                                }) as u8;
                                            }
                                            V42::Int(e) => {
                                                *base.add(8).cast::<u8>() = (1i32) as u8;
                                                *base.add(16).cast::<i64>() = _rt::as_i64(e);
                                            }
                                            V42::Float(e) => {
                                                *base.add(8).cast::<u8>() = (2i32) as u8;
                                                *base.add(16).cast::<f64>() = _rt::as_f64(e);
                                            }
                                            V42::Text(e) => {
                                                *base.add(8).cast::<u8>() = (3i32) as u8;
                                                let vec41 = (e.into_bytes()).into_boxed_slice();
                                                let ptr41 = vec41.as_ptr().cast::<u8>();
                                                let len41 = vec41.len();
                                                ::core::mem::forget(vec41);
                                                *base
                                                    .add(16 + 1 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<usize>() = len41;
                                                *base.add(16).cast::<*mut u8>() = ptr41.cast_mut();
                                            }
                                            V42::Time(e) => {
                                                *base.add(8).cast::<u8>() = (4i32) as u8;
                                                *base.add(16).cast::<i64>() = _rt::as_i64(e);
                                            }
                                        }
                                    }
                                    V58::Field(e) => {
                                        *base.add(0).cast::<u8>() = (2i32) as u8;
                                        *base.add(8).cast::<i32>() = _rt::as_i32(e);
                                    }
                                    V58::Picked(e) => {
                                        *base.add(0).cast::<u8>() = (3i32) as u8;
                                        let super::super::super::super::foldline::reducer::types::Picked {
                                            field: field43,
                                            rows: rows43,
                                        } = e;
                                        *base.add(8).cast::<i32>() = _rt::as_i32(field43);
                                        let vec44 = <_ as Into<_rt::Vec<_>>>::into(rows43)
                                            .into_boxed_slice();
                                        let ptr44 = vec44.as_ptr().cast::<u8>();
                                        let len44 = vec44.len();
                                        ::core::mem::forget(vec44);
                                        *base
                                            .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>() = len44;
                                        *base
                                            .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>() = ptr44.cast_mut();
                                    }
                                    V58::Column(e) => {
                                        *base.add(0).cast::<u8>() = (4i32) as u8;
                                        let super::super::super::super::foldline::reducer::types::Column {
                                            values: values45,
                                            validity: validity45,
                                        } = e;
                                        use super::super::super::super::foldline::reducer::types::Values as V56;
                                        match values45 {
                                            V56::Booleans(e) => {
                                                *base.add(8).cast::<u8>() = (0i32) as u8;
                                                let vec46 = <_ as Into<_rt::Vec<_>>>::into(e)
                                                    .into_boxed_slice();
                                                let ptr46 = vec46.as_ptr().cast::<u8>();
                                                let len46 = vec46.len();
                                                ::core::mem::forget(vec46);
                                                *base
                                                    .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<usize>() = len46;
                                                *base
                                                    .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<*mut u8>() = ptr46.cast_mut();
                                            }
                                            V56::Ints(e) => {
                                                *base.add(8).cast::<u8>() = (1i32) as u8;
                                                let vec47 = <_ as Into<_rt::Vec<_>>>::into(e)
                                                    .into_boxed_slice();
                                                let ptr47 = vec47.as_ptr().cast::<u8>();
                                                let len47 = vec47.len();
                                                ::core::mem::forget(vec47);
                                                *base
                                                    .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<usize>() = len47;
                                                *base
                                                    .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<*mut u8>() = ptr47.cast_mut();
                                            }
                                            V56::Floats(e) => {
                                                *base.add(8).cast::<u8>() = (2i32) as u8;
                                                let vec48 = <_ as Into<_rt::Vec<_>>>::into(e)
                                                    .into_boxed_slice();
                                                let ptr48 = vec48.as_ptr().cast::<u8>();
                                                let len48 = vec48.len();
                                                ::core::mem::forget(vec48);
                                                *base
                                                    .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<usize>() = len48;
                                                *base
                                                    .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<*mut u8>() = ptr48.cast_mut();
                                            }
                                            V56::Times(e) => {
                                                *base.add(8).cast::<u8>() = (3i32) as u8;
                                                let vec49 = <_ as Into<_rt::Vec<_>>>::into(e)
                                                    .into_boxed_slice();
                                                let ptr49 = vec49.as_ptr().cast::<u8>();
                                                let len49 = vec49.len();
                                                ::core::mem::forget(vec49);
                                                *base
                                                    .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<usize>() = len49;
                                                *base
                                                    .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<*mut u8>() = ptr49.cast_mut();
                                            }
                                            V56::Texts(e) => {
                                                *base.add(8).cast::<u8>() = (4i32) as u8;
                                                let super::super::super::super::foldline::reducer::types::BytesColumn {
                                                    offsets: offsets50,
                                                    data: data50,
                                                } = e;
                                                let vec51 = <_ as Into<_rt::Vec<_>>>::into(offsets50)
                                                    .into_boxed_slice();
                                                let ptr51 = vec51.as_ptr().cast::<u8>();
                                                let len51 = vec51.len();
                                                ::core::mem::forget(vec51);
                                                *base
                                                    .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<usize>() = len51;
                                                *base
                                                    .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<*mut u8>() = ptr51.cast_mut();
                                                let vec52 = <_ as Into<_rt::Vec<_>>>::into(data50)
                                                    .into_boxed_slice();
                                                let ptr52 = vec52.as_ptr().cast::<u8>();
                                                let len52 = vec52.len();
                                                ::core::mem::forget(vec52);
                                                *base
                                                    .add(8 + 4 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<usize>() = len52;
                                                *base
                                                    .add(8 + 3 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<*mut u8>() = ptr52.cast_mut();
                                            }
                                            V56::Blobs(e) => {
                                                *base.add(8).cast::<u8>() = (5i32) as u8;
                                                let super::super::super::super::foldline::reducer::types::BytesColumn {
                                                    offsets: offsets53,
                                                    data: data53,
                                                } = e;
                                                let vec54 = <_ as Into<_rt::Vec<_>>>::into(offsets53)
                                                    .into_boxed_slice();
                                                let ptr54 = vec54.as_ptr().cast::<u8>();
                                                let len54 = vec54.len();
                                                ::core::mem::forget(vec54);
                                                *base
                                                    .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<usize>() = len54;
                                                *base
                                                    .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<*mut u8>() = ptr54.cast_mut();
                                                let vec55 = <_ as Into<_rt::Vec<_>>>::into(data53)
                                                    .into_boxed_slice();
                                                let ptr55 = vec55.as_ptr().cast::<u8>();
                                                let len55 = vec55.len();
                                                ::core::mem::forget(vec55);
                                                *base
                                                    .add(8 + 4 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<usize>() = len55;
                                                *base
                                                    .add(8 + 3 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<*mut u8>() = ptr55.cast_mut();
                                            }
                                        }
                                        match validity45 {
                                            Some(e) => {
                                                *base
                                                    .add(8 + 5 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<u8>() = (1i32) as u8;
                                                let vec57 = <_ as Into<_rt::Vec<_>>>::into(e)
                                                    .into_boxed_slice();
                                                let ptr57 = vec57.as_ptr().cast::<u8>();
                                                let len57 = vec57.len();
                                                ::core::mem::forget(vec57);
                                                *base
                                                    .add(8 + 7 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<usize>() = len57;
                                                *base
                                                    .add(8 + 6 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<*mut u8>() = ptr57.cast_mut();
                                            }
                                            None => {
                                                *base
                                                    .add(8 + 5 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<u8>() = (0i32) as u8;
                                            }
                                        };
                                    }
                                }
                            }
                        }
                        *base
                            .add(4 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len59;
                        *base
                            .add(3 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = result59;
                        let vec78 = values39;
                        let len78 = vec78.len();
                        let layout78 = _rt::alloc::Layout::from_size_align(
                                vec78.len() * (8 + 8 * ::core::mem::size_of::<*const u8>()),
                                8,
                            )
                            .unwrap();
                        let (result78, _cleanup78) = crate::abi::Cleanup::new(layout78);
                        if let Some(cleanup) = _cleanup78 {
                            cleanup.forget();
                        }
                        for (i, e) in vec78.into_iter().enumerate() {
                            let base = result78
                                .add(i * (8 + 8 * ::core::mem::size_of::<*const u8>()));
                            {
                                use super::super::super::super::foldline::reducer::types::Contributed as V77;
                                match e {
                                    V77::Nulls => {
                                        *base.add(0).cast::<u8>() = (0i32) as u8;
                                    }
                                    V77::Same(e) => {
                                        *base.add(0).cast::<u8>() = (1i32) as u8;
                                        use super::super::super::super::foldline::reducer::types::Scalar as V61;
                                        match e {
                                            V61::Boolean(e) => {
                                                *base.add(8).cast::<u8>() = (0i32) as u8;
                                                *base.add(16).cast::<u8>() = (match e {
                                                    true => 1,
                                                    false => 0,
                                                }) as u8;
                                            }
                                            V61::Int(e) => {
                                                *base.add(8).cast::<u8>() = (1i32) as u8;
                                                *base.add(16).cast::<i64>() = _rt::as_i64(e);
                                            }
                                            V61::Float(e) => {
                                                *base.add(8).cast::<u8>() = (2i32) as u8;
                                                *base.add(16).cast::<f64>() = _rt::as_f64(e);
                                            }
                                            V61::Text(e) => {
                                                *base.add(8).cast::<u8>() = (3i32) as u8;
                                                let vec60 = (e.into_bytes()).into_boxed_slice();
                                                let ptr60 = vec60.as_ptr().cast::<u8>();
                                                let len60 = vec60.len();
                                                ::core::mem::forget(vec60);
                                                *base
                                                    .add(16 + 1 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<usize>() = len60;
                                                *base.add(16).cast::<*mut u8>() = ptr60.cast_mut();
                                            }
                                            V61::Time(e) => {
                                                *base.add(8).cast::<u8>() = (4i32) as u8;
                                                *base.add(16).cast::<i64>() = _rt::as_i64(e);
                                            }
                                        }
                                    }
                                    V77::Field(e) => {
                                        *base.add(0).cast::<u8>() = (2i32) as u8;
                                        *base.add(8).cast::<i32>() = _rt::as_i32(e);
                                    }
                                    V77::Picked(e) => {
                                        *base.add(0).cast::<u8>() = (3i32) as u8;
                                        let super::super::super::super::foldline::reducer::types::Picked {
                                            field: field62,
                                            rows: rows62,
                                        } = e;
                                        *base.add(8).cast::<i32>() = _rt::as_i32(field62);
                                        let vec63 = <_ as Into<_rt::Vec<_>>>::into(rows62)
                                            .into_boxed_slice();
                                        let ptr63 = vec63.as_ptr().cast::<u8>();
                                        let len63 = vec63.len();
                                        ::core::mem::forget(vec63);
                                        *base
                                            .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>() = len63;
                                        *base
                                            .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>() = ptr63.cast_mut();
                                    }
                                    V77::Column(e) => {
                                        *base.add(0).cast::<u8>() = (4i32) as u8;
                                        let super::super::super::super::foldline::reducer::types::Column {
                                            values: values64,
                                            validity: validity64,
                                        } = e;
                                        use super::super::super::super::foldline::reducer::types::Values as V75;
                                        match values64 {
                                            V75::Booleans(e) => {
                                                *base.add(8).cast::<u8>() = (0i32) as u8;
                                                let vec65 = <_ as Into<_rt::Vec<_>>>::into(e)
                                                    .into_boxed_slice();
                                                let ptr65 = vec65.as_ptr().cast::<u8>();
                                                let len65 = vec65.len();
                                                ::core::mem::forget(vec65);
                                                *base
                                                    .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<usize>() = len65;
                                                *base
                                                    .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<*mut u8>() = ptr65.cast_mut();
                                            }
                                            V75::Ints(e) => {
                                                *base.add(8).cast::<u8>() = (1i32) as u8;
                                                let vec66 = <_ as Into<_rt::Vec<_>>>::into(e)
                                                    .into_boxed_slice();
                                                let ptr66 = vec66.as_ptr().cast::<u8>();
                                                let len66 = vec66.len();
                                                ::core::mem::forget(vec66);
                                                *base
                                                    .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<usize>() = len66;
                                                *base
                                                    .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<*mut u8>() = ptr66.cast_mut();
                                            }
                                            V75::Floats(e) => {
                                                *base.add(8).cast::<u8>() = (2i32) as u8;
                                                let vec67 = <_ as Into<_rt::Vec<_>>>::into(e)
                                                    .into_boxed_slice();
                                                let ptr67 = vec67.as_ptr().cast::<u8>();
                                                let len67 = vec67.len();
                                                ::core::mem::forget(vec67);
                                                *base
                                                    .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<usize>() = len67;
                                                *base
                                                    .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<*mut u8>() = ptr67.cast_mut();
                                            }
                                            V75::Times(e) => {
                                                *base.add(8).cast::<u8>() = (3i32) as u8;
                                                let vec68 = <_ as Into<_rt::Vec<_>>>::into(e)
                                                    .into_boxed_slice();
                                                let ptr68 = vec68.as_ptr().cast::<u8>();
                                                let len68 = vec68.len();
                                                ::core::mem::forget(vec68);
                                                *base
                                                    .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<usize>() = len68;
                                                *base
                                                    .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<*mut u8>() = ptr68.cast_mut();
                                            }
                                            V75::Texts(e) => {
                                                *base.add(8).cast::<u8>() = (4i32) as u8;
                                                let super::super::super::super::foldline::reducer::types::BytesColumn {
                                                    offsets: offsets69,
                                                    data: data69,
                                                } = e;
                                                let vec70 = <_ as Into<_rt::Vec<_>>>::into(offsets69)
                                                    .into_boxed_slice();
                                                let ptr70 = vec70.as_ptr().cast::<u8>();
                                                let len70 = vec70.len();
                                                ::core::mem::forget(vec70);
                                                *base
                                                    .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<usize>() = len70;
                                                *base
                                                    .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<*mut u8>() = ptr70.cast_mut();
                                                let vec71 = <_ as Into<_rt::Vec<_>>>::into(data69)
                                                    .into_boxed_slice();
                                                let ptr71 = vec71.as_ptr().cast::<u8>();
                                                let len71 = vec71.len();
                                                ::core::mem::forget(vec71);
                                                *base
                                                    .add(8 + 4 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<usize>() = len71;
                                                *base
                                                    .add(8 + 3 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<*mut u8>() = ptr71.cast_mut();
                                            }
                                            V75::Blobs(e) => {
                                                *base.add(8).cast::<u8>() = (5i32) as u8;
                                                let super::super::super::super::foldline::reducer::types::BytesColumn {
                                                    offsets: offsets72,
                                                    data: data72,
                                                } = e;
                                                let vec73 = <_ as Into<_rt::Vec<_>>>::into(offsets72)
                                                    .into_boxed_slice();
                                                let ptr73 = vec73.as_ptr().cast::<u8>();
                                                let len73 = vec73.len();
                                                ::core::mem::forget(vec73);
                                                *base
                                                    .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<usize>() = len73;
                                                *base
                                                    .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<*mut u8>() = ptr73.cast_mut();
                                                let vec74 = <_ as Into<_rt::Vec<_>>>::into(data72)
                                                    .into_boxed_slice();
                                                let ptr74 = vec74.as_ptr().cast::<u8>();
                                                let len74 = vec74.len();
                                                ::core::mem::forget(vec74);
                                                *base
                                                    .add(8 + 4 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<usize>() = len74;
                                                *base
                                                    .add(8 + 3 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<*mut u8>() = ptr74.cast_mut();
                                            }
                                        }
                                        match validity64 {
                                            Some(e) => {
                                                *base
                                                    .add(8 + 5 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<u8>() = (1i32) as u8;
                                                let vec76 = <_ as Into<_rt::Vec<_>>>::into(e)
                                                    .into_boxed_slice();
                                                let ptr76 = vec76.as_ptr().cast::<u8>();
                                                let len76 = vec76.len();
                                                ::core::mem::forget(vec76);
                                                *base
                                                    .add(8 + 7 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<usize>() = len76;
                                                *base
                                                    .add(8 + 6 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<*mut u8>() = ptr76.cast_mut();
                                            }
                                            None => {
                                                *base
                                                    .add(8 + 5 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<u8>() = (0i32) as u8;
                                            }
                                        };
                                    }
                                }
                            }
                        }
                        *base
                            .add(6 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len78;
                        *base
                            .add(5 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = result78;
                        match ends39 {
                            Some(e) => {
                                *base
                                    .add(7 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (1i32) as u8;
                                let vec79 = <_ as Into<_rt::Vec<_>>>::into(e)
                                    .into_boxed_slice();
                                let ptr79 = vec79.as_ptr().cast::<u8>();
                                let len79 = vec79.len();
                                ::core::mem::forget(vec79);
                                *base
                                    .add(9 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>() = len79;
                                *base
                                    .add(8 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>() = ptr79.cast_mut();
                            }
                            None => {
                                *base
                                    .add(7 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (0i32) as u8;
                            }
                        };
                    }
                }
                *ptr37.add(2 * ::core::mem::size_of::<*const u8>()).cast::<usize>() = len80;
                *ptr37.add(::core::mem::size_of::<*const u8>()).cast::<*mut u8>() = result80;
                let vec83 = rejected38;
                let len83 = vec83.len();
                let layout83 = _rt::alloc::Layout::from_size_align(
                        vec83.len() * (3 * ::core::mem::size_of::<*const u8>()),
                        ::core::mem::size_of::<*const u8>(),
                    )
                    .unwrap();
                let (result83, _cleanup83) = crate::abi::Cleanup::new(layout83);
                if let Some(cleanup) = _cleanup83 {
                    cleanup.forget();
                }
                for (i, e) in vec83.into_iter().enumerate() {
                    let base = result83
                        .add(i * (3 * ::core::mem::size_of::<*const u8>()));
                    {
                        let super::super::super::super::foldline::reducer::types::Rejected {
                            row: row81,
                            reason: reason81,
                        } = e;
                        *base.add(0).cast::<i32>() = _rt::as_i32(row81);
                        let vec82 = (reason81.into_bytes()).into_boxed_slice();
                        let ptr82 = vec82.as_ptr().cast::<u8>();
                        let len82 = vec82.len();
                        ::core::mem::forget(vec82);
                        *base
                            .add(2 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len82;
                        *base
                            .add(::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr82.cast_mut();
                    }
                }
                *ptr37.add(4 * ::core::mem::size_of::<*const u8>()).cast::<usize>() = len83;
                *ptr37.add(3 * ::core::mem::size_of::<*const u8>()).cast::<*mut u8>() = result83;
            }
            Err(e) => {
                *ptr37.add(0).cast::<u8>() = (1i32) as u8;
                let vec84 = (e.into_bytes()).into_boxed_slice();
                let ptr84 = vec84.as_ptr().cast::<u8>();
                let len84 = vec84.len();
                ::core::mem::forget(vec84);
                *ptr37.add(2 * ::core::mem::size_of::<*const u8>()).cast::<usize>() = len84;
                *ptr37.add(::core::mem::size_of::<*const u8>()).cast::<*mut u8>() = ptr84
                    .cast_mut();
            }
        };
        ptr37
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
                let base88 = l1;
                let len88 = l2;
                for i in 0..len88 {
                    let base = base88
                        .add(i * (10 * ::core::mem::size_of::<*const u8>()));
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
                        let l6 = *base
                            .add(3 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>();
                        let l7 = *base
                            .add(4 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        let base44 = l6;
                        let len44 = l7;
                        for i in 0..len44 {
                            let base = base44
                                .add(i * (8 + 8 * ::core::mem::size_of::<*const u8>()));
                            {
                                let l8 = i32::from(*base.add(0).cast::<u8>());
                                match l8 {
                                    0 => {}
                                    1 => {
                                        let l9 = i32::from(*base.add(8).cast::<u8>());
                                        match l9 {
                                            0 => {}
                                            1 => {}
                                            2 => {}
                                            3 => {
                                                let l10 = *base.add(16).cast::<*mut u8>();
                                                let l11 = *base
                                                    .add(16 + 1 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<usize>();
                                                _rt::cabi_dealloc(l10, l11, 1);
                                            }
                                            _ => {}
                                        }
                                    }
                                    2 => {}
                                    3 => {
                                        let l12 = *base
                                            .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>();
                                        let l13 = *base
                                            .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        let base14 = l12;
                                        let len14 = l13;
                                        _rt::cabi_dealloc(base14, len14 * 4, 4);
                                    }
                                    _ => {
                                        let l15 = i32::from(*base.add(8).cast::<u8>());
                                        match l15 {
                                            0 => {
                                                let l16 = *base
                                                    .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<*mut u8>();
                                                let l17 = *base
                                                    .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<usize>();
                                                let base18 = l16;
                                                let len18 = l17;
                                                _rt::cabi_dealloc(base18, len18 * 1, 1);
                                            }
                                            1 => {
                                                let l19 = *base
                                                    .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<*mut u8>();
                                                let l20 = *base
                                                    .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<usize>();
                                                let base21 = l19;
                                                let len21 = l20;
                                                _rt::cabi_dealloc(base21, len21 * 8, 8);
                                            }
                                            2 => {
                                                let l22 = *base
                                                    .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<*mut u8>();
                                                let l23 = *base
                                                    .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<usize>();
                                                let base24 = l22;
                                                let len24 = l23;
                                                _rt::cabi_dealloc(base24, len24 * 8, 8);
                                            }
                                            3 => {
                                                let l25 = *base
                                                    .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<*mut u8>();
                                                let l26 = *base
                                                    .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<usize>();
                                                let base27 = l25;
                                                let len27 = l26;
                                                _rt::cabi_dealloc(base27, len27 * 8, 8);
                                            }
                                            4 => {
                                                let l28 = *base
                                                    .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<*mut u8>();
                                                let l29 = *base
                                                    .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<usize>();
                                                let base30 = l28;
                                                let len30 = l29;
                                                _rt::cabi_dealloc(base30, len30 * 4, 4);
                                                let l31 = *base
                                                    .add(8 + 3 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<*mut u8>();
                                                let l32 = *base
                                                    .add(8 + 4 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<usize>();
                                                let base33 = l31;
                                                let len33 = l32;
                                                _rt::cabi_dealloc(base33, len33 * 1, 1);
                                            }
                                            _ => {
                                                let l34 = *base
                                                    .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<*mut u8>();
                                                let l35 = *base
                                                    .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<usize>();
                                                let base36 = l34;
                                                let len36 = l35;
                                                _rt::cabi_dealloc(base36, len36 * 4, 4);
                                                let l37 = *base
                                                    .add(8 + 3 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<*mut u8>();
                                                let l38 = *base
                                                    .add(8 + 4 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<usize>();
                                                let base39 = l37;
                                                let len39 = l38;
                                                _rt::cabi_dealloc(base39, len39 * 1, 1);
                                            }
                                        }
                                        let l40 = i32::from(
                                            *base
                                                .add(8 + 5 * ::core::mem::size_of::<*const u8>())
                                                .cast::<u8>(),
                                        );
                                        match l40 {
                                            0 => {}
                                            _ => {
                                                let l41 = *base
                                                    .add(8 + 6 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<*mut u8>();
                                                let l42 = *base
                                                    .add(8 + 7 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<usize>();
                                                let base43 = l41;
                                                let len43 = l42;
                                                _rt::cabi_dealloc(base43, len43 * 1, 1);
                                            }
                                        }
                                    }
                                }
                            }
                        }
                        _rt::cabi_dealloc(
                            base44,
                            len44 * (8 + 8 * ::core::mem::size_of::<*const u8>()),
                            8,
                        );
                        let l45 = *base
                            .add(5 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>();
                        let l46 = *base
                            .add(6 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        let base83 = l45;
                        let len83 = l46;
                        for i in 0..len83 {
                            let base = base83
                                .add(i * (8 + 8 * ::core::mem::size_of::<*const u8>()));
                            {
                                let l47 = i32::from(*base.add(0).cast::<u8>());
                                match l47 {
                                    0 => {}
                                    1 => {
                                        let l48 = i32::from(*base.add(8).cast::<u8>());
                                        match l48 {
                                            0 => {}
                                            1 => {}
                                            2 => {}
                                            3 => {
                                                let l49 = *base.add(16).cast::<*mut u8>();
                                                let l50 = *base
                                                    .add(16 + 1 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<usize>();
                                                _rt::cabi_dealloc(l49, l50, 1);
                                            }
                                            _ => {}
                                        }
                                    }
                                    2 => {}
                                    3 => {
                                        let l51 = *base
                                            .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>();
                                        let l52 = *base
                                            .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        let base53 = l51;
                                        let len53 = l52;
                                        _rt::cabi_dealloc(base53, len53 * 4, 4);
                                    }
                                    _ => {
                                        let l54 = i32::from(*base.add(8).cast::<u8>());
                                        match l54 {
                                            0 => {
                                                let l55 = *base
                                                    .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<*mut u8>();
                                                let l56 = *base
                                                    .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<usize>();
                                                let base57 = l55;
                                                let len57 = l56;
                                                _rt::cabi_dealloc(base57, len57 * 1, 1);
                                            }
                                            1 => {
                                                let l58 = *base
                                                    .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<*mut u8>();
                                                let l59 = *base
                                                    .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<usize>();
                                                let base60 = l58;
                                                let len60 = l59;
                                                _rt::cabi_dealloc(base60, len60 * 8, 8);
                                            }
                                            2 => {
                                                let l61 = *base
                                                    .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<*mut u8>();
                                                let l62 = *base
                                                    .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<usize>();
                                                let base63 = l61;
                                                let len63 = l62;
                                                _rt::cabi_dealloc(base63, len63 * 8, 8);
                                            }
                                            3 => {
                                                let l64 = *base
                                                    .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<*mut u8>();
                                                let l65 = *base
                                                    .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<usize>();
                                                let base66 = l64;
                                                let len66 = l65;
                                                _rt::cabi_dealloc(base66, len66 * 8, 8);
                                            }
                                            4 => {
                                                let l67 = *base
                                                    .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<*mut u8>();
                                                let l68 = *base
                                                    .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<usize>();
                                                let base69 = l67;
                                                let len69 = l68;
                                                _rt::cabi_dealloc(base69, len69 * 4, 4);
                                                let l70 = *base
                                                    .add(8 + 3 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<*mut u8>();
                                                let l71 = *base
                                                    .add(8 + 4 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<usize>();
                                                let base72 = l70;
                                                let len72 = l71;
                                                _rt::cabi_dealloc(base72, len72 * 1, 1);
                                            }
                                            _ => {
                                                let l73 = *base
                                                    .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<*mut u8>();
                                                let l74 = *base
                                                    .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<usize>();
                                                let base75 = l73;
                                                let len75 = l74;
                                                _rt::cabi_dealloc(base75, len75 * 4, 4);
                                                let l76 = *base
                                                    .add(8 + 3 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<*mut u8>();
                                                let l77 = *base
                                                    .add(8 + 4 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<usize>();
                                                let base78 = l76;
                                                let len78 = l77;
                                                _rt::cabi_dealloc(base78, len78 * 1, 1);
                                            }
                                        }
                                        let l79 = i32::from(
                                            *base
                                                .add(8 + 5 * ::core::mem::size_of::<*const u8>())
                                                .cast::<u8>(),
                                        );
                                        match l79 {
                                            0 => {}
                                            _ => {
                                                let l80 = *base
                                                    .add(8 + 6 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<*mut u8>();
                                                let l81 = *base
                                                    .add(8 + 7 * ::core::mem::size_of::<*const u8>())
                                                    .cast::<usize>();
                                                let base82 = l80;
                                                let len82 = l81;
                                                _rt::cabi_dealloc(base82, len82 * 1, 1);
                                            }
                                        }
                                    }
                                }
                            }
                        }
                        _rt::cabi_dealloc(
                            base83,
                            len83 * (8 + 8 * ::core::mem::size_of::<*const u8>()),
                            8,
                        );
                        let l84 = i32::from(
                            *base
                                .add(7 * ::core::mem::size_of::<*const u8>())
                                .cast::<u8>(),
                        );
                        match l84 {
                            0 => {}
                            _ => {
                                let l85 = *base
                                    .add(8 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l86 = *base
                                    .add(9 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let base87 = l85;
                                let len87 = l86;
                                _rt::cabi_dealloc(base87, len87 * 1, 1);
                            }
                        }
                    }
                }
                _rt::cabi_dealloc(
                    base88,
                    len88 * (10 * ::core::mem::size_of::<*const u8>()),
                    ::core::mem::size_of::<*const u8>(),
                );
                let l89 = *arg0
                    .add(3 * ::core::mem::size_of::<*const u8>())
                    .cast::<*mut u8>();
                let l90 = *arg0
                    .add(4 * ::core::mem::size_of::<*const u8>())
                    .cast::<usize>();
                let base93 = l89;
                let len93 = l90;
                for i in 0..len93 {
                    let base = base93.add(i * (3 * ::core::mem::size_of::<*const u8>()));
                    {
                        let l91 = *base
                            .add(::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>();
                        let l92 = *base
                            .add(2 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        _rt::cabi_dealloc(l91, l92, 1);
                    }
                }
                _rt::cabi_dealloc(
                    base93,
                    len93 * (3 * ::core::mem::size_of::<*const u8>()),
                    ::core::mem::size_of::<*const u8>(),
                );
            }
            _ => {
                let l94 = *arg0
                    .add(::core::mem::size_of::<*const u8>())
                    .cast::<*mut u8>();
                let l95 = *arg0
                    .add(2 * ::core::mem::size_of::<*const u8>())
                    .cast::<usize>();
                _rt::cabi_dealloc(l94, l95, 1);
            }
        }
    }
}
#[doc(hidden)]
#[allow(non_snake_case, unused_unsafe)]
pub unsafe fn _export_project_cabi<T_: Guest>(
    arg0: i32,
    arg1: i32,
    arg2: *mut u8,
    arg3: usize,
    arg4: *mut u8,
    arg5: usize,
    arg6: *mut u8,
    arg7: usize,
    arg8: i32,
    arg9: *mut u8,
    arg10: usize,
    arg11: *mut u8,
    arg12: usize,
    arg13: *mut u8,
    arg14: usize,
) -> *mut u8 {
    unsafe {
        #[cfg(target_arch = "wasm32")] _rt::run_ctors_once();
        let result138 = {
            let base30 = arg2;
            let len30 = arg3;
            let mut result30 = _rt::Vec::with_capacity(len30);
            for i in 0..len30 {
                let base = base30.add(i * (8 * ::core::mem::size_of::<*const u8>()));
                let e30 = {
                    let l0 = i32::from(*base.add(0).cast::<u8>());
                    use super::super::super::super::foldline::reducer::types::Values as V25;
                    let v25 = match l0 {
                        0 => {
                            let e25 = {
                                let l1 = *base
                                    .add(::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l2 = *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let len3 = l2;
                                <_ as From<
                                    _rt::Vec<_>,
                                >>::from(_rt::Vec::from_raw_parts(l1.cast(), len3, len3))
                            };
                            V25::Booleans(e25)
                        }
                        1 => {
                            let e25 = {
                                let l4 = *base
                                    .add(::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l5 = *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let len6 = l5;
                                <_ as From<
                                    _rt::Vec<_>,
                                >>::from(_rt::Vec::from_raw_parts(l4.cast(), len6, len6))
                            };
                            V25::Ints(e25)
                        }
                        2 => {
                            let e25 = {
                                let l7 = *base
                                    .add(::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l8 = *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let len9 = l8;
                                <_ as From<
                                    _rt::Vec<_>,
                                >>::from(_rt::Vec::from_raw_parts(l7.cast(), len9, len9))
                            };
                            V25::Floats(e25)
                        }
                        3 => {
                            let e25 = {
                                let l10 = *base
                                    .add(::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l11 = *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let len12 = l11;
                                <_ as From<
                                    _rt::Vec<_>,
                                >>::from(_rt::Vec::from_raw_parts(l10.cast(), len12, len12))
                            };
                            V25::Times(e25)
                        }
                        4 => {
                            let e25 = {
                                let l13 = *base
                                    .add(::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l14 = *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let len15 = l14;
                                let l16 = *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l17 = *base
                                    .add(4 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let len18 = l17;
                                super::super::super::super::foldline::reducer::types::BytesColumn {
                                    offsets: <_ as From<
                                        _rt::Vec<_>,
                                    >>::from(
                                        _rt::Vec::from_raw_parts(l13.cast(), len15, len15),
                                    ),
                                    data: <_ as From<
                                        _rt::Vec<_>,
                                    >>::from(_rt::Vec::from_raw_parts(l16.cast(), len18, len18)),
                                }
                            };
                            V25::Texts(e25)
                        }
                        n => {
                            debug_assert_eq!(n, 5, "invalid enum discriminant");
                            let e25 = {
                                let l19 = *base
                                    .add(::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l20 = *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let len21 = l20;
                                let l22 = *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l23 = *base
                                    .add(4 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let len24 = l23;
                                super::super::super::super::foldline::reducer::types::BytesColumn {
                                    offsets: <_ as From<
                                        _rt::Vec<_>,
                                    >>::from(
                                        _rt::Vec::from_raw_parts(l19.cast(), len21, len21),
                                    ),
                                    data: <_ as From<
                                        _rt::Vec<_>,
                                    >>::from(_rt::Vec::from_raw_parts(l22.cast(), len24, len24)),
                                }
                            };
                            V25::Blobs(e25)
                        }
                    };
                    let l26 = i32::from(
                        *base.add(5 * ::core::mem::size_of::<*const u8>()).cast::<u8>(),
                    );
                    super::super::super::super::foldline::reducer::types::Column {
                        values: v25,
                        validity: match l26 {
                            0 => None,
                            1 => {
                                let e = {
                                    let l27 = *base
                                        .add(6 * ::core::mem::size_of::<*const u8>())
                                        .cast::<*mut u8>();
                                    let l28 = *base
                                        .add(7 * ::core::mem::size_of::<*const u8>())
                                        .cast::<usize>();
                                    let len29 = l28;
                                    <_ as From<
                                        _rt::Vec<_>,
                                    >>::from(_rt::Vec::from_raw_parts(l27.cast(), len29, len29))
                                };
                                Some(e)
                            }
                            _ => _rt::invalid_enum_discriminant(),
                        },
                    }
                };
                result30.push(e30);
            }
            _rt::cabi_dealloc(
                base30,
                len30 * (8 * ::core::mem::size_of::<*const u8>()),
                ::core::mem::size_of::<*const u8>(),
            );
            let len31 = arg5;
            let len32 = arg7;
            let base64 = arg11;
            let len64 = arg12;
            let mut result64 = _rt::Vec::with_capacity(len64);
            for i in 0..len64 {
                let base = base64.add(i * (8 * ::core::mem::size_of::<*const u8>()));
                let e64 = {
                    let l34 = i32::from(*base.add(0).cast::<u8>());
                    use super::super::super::super::foldline::reducer::types::Values as V59;
                    let v59 = match l34 {
                        0 => {
                            let e59 = {
                                let l35 = *base
                                    .add(::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l36 = *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let len37 = l36;
                                <_ as From<
                                    _rt::Vec<_>,
                                >>::from(_rt::Vec::from_raw_parts(l35.cast(), len37, len37))
                            };
                            V59::Booleans(e59)
                        }
                        1 => {
                            let e59 = {
                                let l38 = *base
                                    .add(::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l39 = *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let len40 = l39;
                                <_ as From<
                                    _rt::Vec<_>,
                                >>::from(_rt::Vec::from_raw_parts(l38.cast(), len40, len40))
                            };
                            V59::Ints(e59)
                        }
                        2 => {
                            let e59 = {
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
                            V59::Floats(e59)
                        }
                        3 => {
                            let e59 = {
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
                            V59::Times(e59)
                        }
                        4 => {
                            let e59 = {
                                let l47 = *base
                                    .add(::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l48 = *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let len49 = l48;
                                let l50 = *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l51 = *base
                                    .add(4 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let len52 = l51;
                                super::super::super::super::foldline::reducer::types::BytesColumn {
                                    offsets: <_ as From<
                                        _rt::Vec<_>,
                                    >>::from(
                                        _rt::Vec::from_raw_parts(l47.cast(), len49, len49),
                                    ),
                                    data: <_ as From<
                                        _rt::Vec<_>,
                                    >>::from(_rt::Vec::from_raw_parts(l50.cast(), len52, len52)),
                                }
                            };
                            V59::Texts(e59)
                        }
                        n => {
                            debug_assert_eq!(n, 5, "invalid enum discriminant");
                            let e59 = {
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
                            V59::Blobs(e59)
                        }
                    };
                    let l60 = i32::from(
                        *base.add(5 * ::core::mem::size_of::<*const u8>()).cast::<u8>(),
                    );
                    super::super::super::super::foldline::reducer::types::Column {
                        values: v59,
                        validity: match l60 {
                            0 => None,
                            1 => {
                                let e = {
                                    let l61 = *base
                                        .add(6 * ::core::mem::size_of::<*const u8>())
                                        .cast::<*mut u8>();
                                    let l62 = *base
                                        .add(7 * ::core::mem::size_of::<*const u8>())
                                        .cast::<usize>();
                                    let len63 = l62;
                                    <_ as From<
                                        _rt::Vec<_>,
                                    >>::from(_rt::Vec::from_raw_parts(l61.cast(), len63, len63))
                                };
                                Some(e)
                            }
                            _ => _rt::invalid_enum_discriminant(),
                        },
                    }
                };
                result64.push(e64);
            }
            _rt::cabi_dealloc(
                base64,
                len64 * (8 * ::core::mem::size_of::<*const u8>()),
                ::core::mem::size_of::<*const u8>(),
            );
            let base137 = arg13;
            let len137 = arg14;
            let mut result137 = _rt::Vec::with_capacity(len137);
            for i in 0..len137 {
                let base = base137.add(i * (8 * ::core::mem::size_of::<*const u8>()));
                let e137 = {
                    let l65 = *base.add(0).cast::<*mut u8>();
                    let l66 = *base
                        .add(::core::mem::size_of::<*const u8>())
                        .cast::<usize>();
                    let len67 = l66;
                    let l68 = *base
                        .add(2 * ::core::mem::size_of::<*const u8>())
                        .cast::<*mut u8>();
                    let l69 = *base
                        .add(3 * ::core::mem::size_of::<*const u8>())
                        .cast::<usize>();
                    let len70 = l69;
                    let l71 = *base
                        .add(4 * ::core::mem::size_of::<*const u8>())
                        .cast::<*mut u8>();
                    let l72 = *base
                        .add(5 * ::core::mem::size_of::<*const u8>())
                        .cast::<usize>();
                    let base103 = l71;
                    let len103 = l72;
                    let mut result103 = _rt::Vec::with_capacity(len103);
                    for i in 0..len103 {
                        let base = base103
                            .add(i * (8 * ::core::mem::size_of::<*const u8>()));
                        let e103 = {
                            let l73 = i32::from(*base.add(0).cast::<u8>());
                            use super::super::super::super::foldline::reducer::types::Values as V98;
                            let v98 = match l73 {
                                0 => {
                                    let e98 = {
                                        let l74 = *base
                                            .add(::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>();
                                        let l75 = *base
                                            .add(2 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        let len76 = l75;
                                        <_ as From<
                                            _rt::Vec<_>,
                                        >>::from(_rt::Vec::from_raw_parts(l74.cast(), len76, len76))
                                    };
                                    V98::Booleans(e98)
                                }
                                1 => {
                                    let e98 = {
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
                                    V98::Ints(e98)
                                }
                                2 => {
                                    let e98 = {
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
                                    V98::Floats(e98)
                                }
                                3 => {
                                    let e98 = {
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
                                    V98::Times(e98)
                                }
                                4 => {
                                    let e98 = {
                                        let l86 = *base
                                            .add(::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>();
                                        let l87 = *base
                                            .add(2 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        let len88 = l87;
                                        let l89 = *base
                                            .add(3 * ::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>();
                                        let l90 = *base
                                            .add(4 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        let len91 = l90;
                                        super::super::super::super::foldline::reducer::types::BytesColumn {
                                            offsets: <_ as From<
                                                _rt::Vec<_>,
                                            >>::from(
                                                _rt::Vec::from_raw_parts(l86.cast(), len88, len88),
                                            ),
                                            data: <_ as From<
                                                _rt::Vec<_>,
                                            >>::from(_rt::Vec::from_raw_parts(l89.cast(), len91, len91)),
                                        }
                                    };
                                    V98::Texts(e98)
                                }
                                n => {
                                    debug_assert_eq!(n, 5, "invalid enum discriminant");
                                    let e98 = {
                                        let l92 = *base
                                            .add(::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>();
                                        let l93 = *base
                                            .add(2 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        let len94 = l93;
                                        let l95 = *base
                                            .add(3 * ::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>();
                                        let l96 = *base
                                            .add(4 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        let len97 = l96;
                                        super::super::super::super::foldline::reducer::types::BytesColumn {
                                            offsets: <_ as From<
                                                _rt::Vec<_>,
                                            >>::from(
                                                _rt::Vec::from_raw_parts(l92.cast(), len94, len94),
                                            ),
                                            data: <_ as From<
                                                _rt::Vec<_>,
                                            >>::from(_rt::Vec::from_raw_parts(l95.cast(), len97, len97)),
                                        }
                                    };
                                    V98::Blobs(e98)
                                }
                            };
                            let l99 = i32::from(
                                *base
                                    .add(5 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>(),
                            );
                            super::super::super::super::foldline::reducer::types::Column {
                                values: v98,
                                validity: match l99 {
                                    0 => None,
                                    1 => {
                                        let e = {
                                            let l100 = *base
                                                .add(6 * ::core::mem::size_of::<*const u8>())
                                                .cast::<*mut u8>();
                                            let l101 = *base
                                                .add(7 * ::core::mem::size_of::<*const u8>())
                                                .cast::<usize>();
                                            let len102 = l101;
                                            <_ as From<
                                                _rt::Vec<_>,
                                            >>::from(
                                                _rt::Vec::from_raw_parts(l100.cast(), len102, len102),
                                            )
                                        };
                                        Some(e)
                                    }
                                    _ => _rt::invalid_enum_discriminant(),
                                },
                            }
                        };
                        result103.push(e103);
                    }
                    _rt::cabi_dealloc(
                        base103,
                        len103 * (8 * ::core::mem::size_of::<*const u8>()),
                        ::core::mem::size_of::<*const u8>(),
                    );
                    let l104 = *base
                        .add(6 * ::core::mem::size_of::<*const u8>())
                        .cast::<*mut u8>();
                    let l105 = *base
                        .add(7 * ::core::mem::size_of::<*const u8>())
                        .cast::<usize>();
                    let base136 = l104;
                    let len136 = l105;
                    let mut result136 = _rt::Vec::with_capacity(len136);
                    for i in 0..len136 {
                        let base = base136
                            .add(i * (8 * ::core::mem::size_of::<*const u8>()));
                        let e136 = {
                            let l106 = i32::from(*base.add(0).cast::<u8>());
                            use super::super::super::super::foldline::reducer::types::Values as V131;
                            let v131 = match l106 {
                                0 => {
                                    let e131 = {
                                        let l107 = *base
                                            .add(::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>();
                                        let l108 = *base
                                            .add(2 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        let len109 = l108;
                                        <_ as From<
                                            _rt::Vec<_>,
                                        >>::from(
                                            _rt::Vec::from_raw_parts(l107.cast(), len109, len109),
                                        )
                                    };
                                    V131::Booleans(e131)
                                }
                                1 => {
                                    let e131 = {
                                        let l110 = *base
                                            .add(::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>();
                                        let l111 = *base
                                            .add(2 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        let len112 = l111;
                                        <_ as From<
                                            _rt::Vec<_>,
                                        >>::from(
                                            _rt::Vec::from_raw_parts(l110.cast(), len112, len112),
                                        )
                                    };
                                    V131::Ints(e131)
                                }
                                2 => {
                                    let e131 = {
                                        let l113 = *base
                                            .add(::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>();
                                        let l114 = *base
                                            .add(2 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        let len115 = l114;
                                        <_ as From<
                                            _rt::Vec<_>,
                                        >>::from(
                                            _rt::Vec::from_raw_parts(l113.cast(), len115, len115),
                                        )
                                    };
                                    V131::Floats(e131)
                                }
                                3 => {
                                    let e131 = {
                                        let l116 = *base
                                            .add(::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>();
                                        let l117 = *base
                                            .add(2 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        let len118 = l117;
                                        <_ as From<
                                            _rt::Vec<_>,
                                        >>::from(
                                            _rt::Vec::from_raw_parts(l116.cast(), len118, len118),
                                        )
                                    };
                                    V131::Times(e131)
                                }
                                4 => {
                                    let e131 = {
                                        let l119 = *base
                                            .add(::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>();
                                        let l120 = *base
                                            .add(2 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        let len121 = l120;
                                        let l122 = *base
                                            .add(3 * ::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>();
                                        let l123 = *base
                                            .add(4 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        let len124 = l123;
                                        super::super::super::super::foldline::reducer::types::BytesColumn {
                                            offsets: <_ as From<
                                                _rt::Vec<_>,
                                            >>::from(
                                                _rt::Vec::from_raw_parts(l119.cast(), len121, len121),
                                            ),
                                            data: <_ as From<
                                                _rt::Vec<_>,
                                            >>::from(
                                                _rt::Vec::from_raw_parts(l122.cast(), len124, len124),
                                            ),
                                        }
                                    };
                                    V131::Texts(e131)
                                }
                                n => {
                                    debug_assert_eq!(n, 5, "invalid enum discriminant");
                                    let e131 = {
                                        let l125 = *base
                                            .add(::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>();
                                        let l126 = *base
                                            .add(2 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        let len127 = l126;
                                        let l128 = *base
                                            .add(3 * ::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>();
                                        let l129 = *base
                                            .add(4 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        let len130 = l129;
                                        super::super::super::super::foldline::reducer::types::BytesColumn {
                                            offsets: <_ as From<
                                                _rt::Vec<_>,
                                            >>::from(
                                                _rt::Vec::from_raw_parts(l125.cast(), len127, len127),
                                            ),
                                            data: <_ as From<
                                                _rt::Vec<_>,
                                            >>::from(
                                                _rt::Vec::from_raw_parts(l128.cast(), len130, len130),
                                            ),
                                        }
                                    };
                                    V131::Blobs(e131)
                                }
                            };
                            let l132 = i32::from(
                                *base
                                    .add(5 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>(),
                            );
                            super::super::super::super::foldline::reducer::types::Column {
                                values: v131,
                                validity: match l132 {
                                    0 => None,
                                    1 => {
                                        let e = {
                                            let l133 = *base
                                                .add(6 * ::core::mem::size_of::<*const u8>())
                                                .cast::<*mut u8>();
                                            let l134 = *base
                                                .add(7 * ::core::mem::size_of::<*const u8>())
                                                .cast::<usize>();
                                            let len135 = l134;
                                            <_ as From<
                                                _rt::Vec<_>,
                                            >>::from(
                                                _rt::Vec::from_raw_parts(l133.cast(), len135, len135),
                                            )
                                        };
                                        Some(e)
                                    }
                                    _ => _rt::invalid_enum_discriminant(),
                                },
                            }
                        };
                        result136.push(e136);
                    }
                    _rt::cabi_dealloc(
                        base136,
                        len136 * (8 * ::core::mem::size_of::<*const u8>()),
                        ::core::mem::size_of::<*const u8>(),
                    );
                    super::super::super::super::foldline::reducer::types::Referred {
                        picks: <_ as From<
                            _rt::Vec<_>,
                        >>::from(_rt::Vec::from_raw_parts(l65.cast(), len67, len67)),
                        known: <_ as From<
                            _rt::Vec<_>,
                        >>::from(_rt::Vec::from_raw_parts(l68.cast(), len70, len70)),
                        keys: result103,
                        columns: result136,
                    }
                };
                result137.push(e137);
            }
            _rt::cabi_dealloc(
                base137,
                len137 * (8 * ::core::mem::size_of::<*const u8>()),
                ::core::mem::size_of::<*const u8>(),
            );
            T_::project(super::super::super::super::foldline::reducer::types::Rows {
                projection: arg0 as u32,
                count: arg1 as u32,
                keys: result30,
                window_starts: <_ as From<
                    _rt::Vec<_>,
                >>::from(_rt::Vec::from_raw_parts(arg4.cast(), len31, len31)),
                window_ends: <_ as From<
                    _rt::Vec<_>,
                >>::from(_rt::Vec::from_raw_parts(arg6.cast(), len32, len32)),
                window_open: match arg8 {
                    0 => None,
                    1 => {
                        let e = {
                            let len33 = arg10;
                            <_ as From<
                                _rt::Vec<_>,
                            >>::from(_rt::Vec::from_raw_parts(arg9.cast(), len33, len33))
                        };
                        Some(e)
                    }
                    _ => _rt::invalid_enum_discriminant(),
                },
                results: result64,
                referred: result137,
            })
        };
        let ptr139 = (&raw mut _RET_AREA.0).cast::<u8>();
        match result138 {
            Ok(e) => {
                *ptr139.add(0).cast::<u8>() = (0i32) as u8;
                let super::super::super::super::foldline::reducer::types::Projected {
                    documents: documents140,
                    member_rows: member_rows140,
                    sets: sets140,
                    members: members140,
                    scores: scores140,
                } = e;
                let super::super::super::super::foldline::reducer::types::Column {
                    values: values141,
                    validity: validity141,
                } = documents140;
                use super::super::super::super::foldline::reducer::types::Values as V152;
                match values141 {
                    V152::Booleans(e) => {
                        *ptr139.add(::core::mem::size_of::<*const u8>()).cast::<u8>() = (0i32)
                            as u8;
                        let vec142 = <_ as Into<_rt::Vec<_>>>::into(e)
                            .into_boxed_slice();
                        let ptr142 = vec142.as_ptr().cast::<u8>();
                        let len142 = vec142.len();
                        ::core::mem::forget(vec142);
                        *ptr139
                            .add(3 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len142;
                        *ptr139
                            .add(2 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr142.cast_mut();
                    }
                    V152::Ints(e) => {
                        *ptr139.add(::core::mem::size_of::<*const u8>()).cast::<u8>() = (1i32)
                            as u8;
                        let vec143 = <_ as Into<_rt::Vec<_>>>::into(e)
                            .into_boxed_slice();
                        let ptr143 = vec143.as_ptr().cast::<u8>();
                        let len143 = vec143.len();
                        ::core::mem::forget(vec143);
                        *ptr139
                            .add(3 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len143;
                        *ptr139
                            .add(2 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr143.cast_mut();
                    }
                    V152::Floats(e) => {
                        *ptr139.add(::core::mem::size_of::<*const u8>()).cast::<u8>() = (2i32)
                            as u8;
                        let vec144 = <_ as Into<_rt::Vec<_>>>::into(e)
                            .into_boxed_slice();
                        let ptr144 = vec144.as_ptr().cast::<u8>();
                        let len144 = vec144.len();
                        ::core::mem::forget(vec144);
                        *ptr139
                            .add(3 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len144;
                        *ptr139
                            .add(2 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr144.cast_mut();
                    }
                    V152::Times(e) => {
                        *ptr139.add(::core::mem::size_of::<*const u8>()).cast::<u8>() = (3i32)
                            as u8;
                        let vec145 = <_ as Into<_rt::Vec<_>>>::into(e)
                            .into_boxed_slice();
                        let ptr145 = vec145.as_ptr().cast::<u8>();
                        let len145 = vec145.len();
                        ::core::mem::forget(vec145);
                        *ptr139
                            .add(3 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len145;
                        *ptr139
                            .add(2 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr145.cast_mut();
                    }
                    V152::Texts(e) => {
                        *ptr139.add(::core::mem::size_of::<*const u8>()).cast::<u8>() = (4i32)
                            as u8;
                        let super::super::super::super::foldline::reducer::types::BytesColumn {
                            offsets: offsets146,
                            data: data146,
                        } = e;
                        let vec147 = <_ as Into<_rt::Vec<_>>>::into(offsets146)
                            .into_boxed_slice();
                        let ptr147 = vec147.as_ptr().cast::<u8>();
                        let len147 = vec147.len();
                        ::core::mem::forget(vec147);
                        *ptr139
                            .add(3 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len147;
                        *ptr139
                            .add(2 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr147.cast_mut();
                        let vec148 = <_ as Into<_rt::Vec<_>>>::into(data146)
                            .into_boxed_slice();
                        let ptr148 = vec148.as_ptr().cast::<u8>();
                        let len148 = vec148.len();
                        ::core::mem::forget(vec148);
                        *ptr139
                            .add(5 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len148;
                        *ptr139
                            .add(4 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr148.cast_mut();
                    }
                    V152::Blobs(e) => {
                        *ptr139.add(::core::mem::size_of::<*const u8>()).cast::<u8>() = (5i32)
                            as u8;
                        let super::super::super::super::foldline::reducer::types::BytesColumn {
                            offsets: offsets149,
                            data: data149,
                        } = e;
                        let vec150 = <_ as Into<_rt::Vec<_>>>::into(offsets149)
                            .into_boxed_slice();
                        let ptr150 = vec150.as_ptr().cast::<u8>();
                        let len150 = vec150.len();
                        ::core::mem::forget(vec150);
                        *ptr139
                            .add(3 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len150;
                        *ptr139
                            .add(2 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr150.cast_mut();
                        let vec151 = <_ as Into<_rt::Vec<_>>>::into(data149)
                            .into_boxed_slice();
                        let ptr151 = vec151.as_ptr().cast::<u8>();
                        let len151 = vec151.len();
                        ::core::mem::forget(vec151);
                        *ptr139
                            .add(5 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len151;
                        *ptr139
                            .add(4 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr151.cast_mut();
                    }
                }
                match validity141 {
                    Some(e) => {
                        *ptr139
                            .add(6 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (1i32) as u8;
                        let vec153 = <_ as Into<_rt::Vec<_>>>::into(e)
                            .into_boxed_slice();
                        let ptr153 = vec153.as_ptr().cast::<u8>();
                        let len153 = vec153.len();
                        ::core::mem::forget(vec153);
                        *ptr139
                            .add(8 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len153;
                        *ptr139
                            .add(7 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr153.cast_mut();
                    }
                    None => {
                        *ptr139
                            .add(6 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (0i32) as u8;
                    }
                };
                let vec154 = <_ as Into<_rt::Vec<_>>>::into(member_rows140)
                    .into_boxed_slice();
                let ptr154 = vec154.as_ptr().cast::<u8>();
                let len154 = vec154.len();
                ::core::mem::forget(vec154);
                *ptr139.add(10 * ::core::mem::size_of::<*const u8>()).cast::<usize>() = len154;
                *ptr139.add(9 * ::core::mem::size_of::<*const u8>()).cast::<*mut u8>() = ptr154
                    .cast_mut();
                let super::super::super::super::foldline::reducer::types::BytesColumn {
                    offsets: offsets155,
                    data: data155,
                } = sets140;
                let vec156 = <_ as Into<_rt::Vec<_>>>::into(offsets155)
                    .into_boxed_slice();
                let ptr156 = vec156.as_ptr().cast::<u8>();
                let len156 = vec156.len();
                ::core::mem::forget(vec156);
                *ptr139.add(12 * ::core::mem::size_of::<*const u8>()).cast::<usize>() = len156;
                *ptr139
                    .add(11 * ::core::mem::size_of::<*const u8>())
                    .cast::<*mut u8>() = ptr156.cast_mut();
                let vec157 = <_ as Into<_rt::Vec<_>>>::into(data155).into_boxed_slice();
                let ptr157 = vec157.as_ptr().cast::<u8>();
                let len157 = vec157.len();
                ::core::mem::forget(vec157);
                *ptr139.add(14 * ::core::mem::size_of::<*const u8>()).cast::<usize>() = len157;
                *ptr139
                    .add(13 * ::core::mem::size_of::<*const u8>())
                    .cast::<*mut u8>() = ptr157.cast_mut();
                let super::super::super::super::foldline::reducer::types::BytesColumn {
                    offsets: offsets158,
                    data: data158,
                } = members140;
                let vec159 = <_ as Into<_rt::Vec<_>>>::into(offsets158)
                    .into_boxed_slice();
                let ptr159 = vec159.as_ptr().cast::<u8>();
                let len159 = vec159.len();
                ::core::mem::forget(vec159);
                *ptr139.add(16 * ::core::mem::size_of::<*const u8>()).cast::<usize>() = len159;
                *ptr139
                    .add(15 * ::core::mem::size_of::<*const u8>())
                    .cast::<*mut u8>() = ptr159.cast_mut();
                let vec160 = <_ as Into<_rt::Vec<_>>>::into(data158).into_boxed_slice();
                let ptr160 = vec160.as_ptr().cast::<u8>();
                let len160 = vec160.len();
                ::core::mem::forget(vec160);
                *ptr139.add(18 * ::core::mem::size_of::<*const u8>()).cast::<usize>() = len160;
                *ptr139
                    .add(17 * ::core::mem::size_of::<*const u8>())
                    .cast::<*mut u8>() = ptr160.cast_mut();
                let vec161 = <_ as Into<_rt::Vec<_>>>::into(scores140)
                    .into_boxed_slice();
                let ptr161 = vec161.as_ptr().cast::<u8>();
                let len161 = vec161.len();
                ::core::mem::forget(vec161);
                *ptr139.add(20 * ::core::mem::size_of::<*const u8>()).cast::<usize>() = len161;
                *ptr139
                    .add(19 * ::core::mem::size_of::<*const u8>())
                    .cast::<*mut u8>() = ptr161.cast_mut();
            }
            Err(e) => {
                *ptr139.add(0).cast::<u8>() = (1i32) as u8;
                let vec162 = (e.into_bytes()).into_boxed_slice();
                let ptr162 = vec162.as_ptr().cast::<u8>();
                let len162 = vec162.len();
                ::core::mem::forget(vec162);
                *ptr139.add(2 * ::core::mem::size_of::<*const u8>()).cast::<usize>() = len162;
                *ptr139.add(::core::mem::size_of::<*const u8>()).cast::<*mut u8>() = ptr162
                    .cast_mut();
            }
        };
        ptr139
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
    /// A pure function of the configured values and the batch, row by row: the host may cut a batch anywhere. A bad record
    /// is `rejected`; an error is handled like a trap: retried in halves until the poison rows are found.
    #[allow(async_fn_in_trait)]
    fn extract(batch: Batch) -> Result<Extracted, _rt::String>;
    /// A pure function of the configured values, the rows, and what they refer to. An error is handled as above.
    #[allow(async_fn_in_trait)]
    fn project(rows: Rows) -> Result<Projected, _rt::String>;
}
#[doc(hidden)]
#[macro_export]
macro_rules! __export_foldline_reducer_reduce_0_2_0_cabi {
    ($ty:ident with_types_in $($path_to_types:tt)*) => {
        const _ : () = { #[unsafe (export_name =
        "foldline:reducer/reduce@0.2.0#extract")] unsafe extern "C" fn
        export_extract(arg0 : i32, arg1 : i32, arg2 : * mut u8, arg3 : usize, arg4 : *
        mut u8, arg5 : usize, arg6 : * mut u8, arg7 : usize,) -> * mut u8 { unsafe {
        $($path_to_types)*:: _export_extract_cabi::<$ty > (arg0, arg1, arg2, arg3, arg4,
        arg5, arg6, arg7) } } #[unsafe (export_name =
        "cabi_post_foldline:reducer/reduce@0.2.0#extract")] unsafe extern "C" fn
        _post_return_extract(arg0 : * mut u8,) { unsafe { $($path_to_types)*::
        __post_return_extract::<$ty > (arg0) } } #[unsafe (export_name =
        "foldline:reducer/reduce@0.2.0#project")] unsafe extern "C" fn
        export_project(arg0 : i32, arg1 : i32, arg2 : * mut u8, arg3 : usize, arg4 : *
        mut u8, arg5 : usize, arg6 : * mut u8, arg7 : usize, arg8 : i32, arg9 : * mut u8,
        arg10 : usize, arg11 : * mut u8, arg12 : usize, arg13 : * mut u8, arg14 : usize,)
        -> * mut u8 { unsafe { $($path_to_types)*:: _export_project_cabi::<$ty > (arg0,
        arg1, arg2, arg3, arg4, arg5, arg6, arg7, arg8, arg9, arg10, arg11, arg12, arg13,
        arg14) } } #[unsafe (export_name =
        "cabi_post_foldline:reducer/reduce@0.2.0#project")] unsafe extern "C" fn
        _post_return_project(arg0 : * mut u8,) { unsafe { $($path_to_types)*::
        __post_return_project::<$ty > (arg0) } } };
    };
}
#[doc(hidden)]
pub use __export_foldline_reducer_reduce_0_2_0_cabi;
#[cfg_attr(target_pointer_width = "64", repr(align(8)))]
#[cfg_attr(target_pointer_width = "32", repr(align(4)))]
struct _RetArea(
    [::core::mem::MaybeUninit<u8>; 21 * ::core::mem::size_of::<*const u8>()],
);
static mut _RET_AREA: _RetArea = _RetArea(
    [::core::mem::MaybeUninit::uninit(); 21 * ::core::mem::size_of::<*const u8>()],
);
