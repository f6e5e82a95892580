// Generated from wit/reducer-0.1.0 by `cargo xtask bindings`. Do not edit.

#[used]
#[doc(hidden)]
static __FORCE_SECTION_REF: fn() = super::super::super::super::__link_custom_section_describing_imports;
use super::super::super::super::_rt;
pub type Batch = super::super::super::super::foldline::reducer::types::Batch;
pub type Column = super::super::super::super::foldline::reducer::types::Column;
pub type Rejected = super::super::super::super::foldline::reducer::types::Rejected;
/// A message per source row, topic, key and value; source-rows never falls. topics: indexes into the description's relay
/// topics. keys, values: texts or blobs; null = a message without one.
#[derive(Clone, PartialEq)]
pub struct Relayed {
    pub source_rows: _rt::Vec<u32>,
    pub topics: _rt::Vec<u32>,
    pub keys: Column,
    pub values: Column,
    pub rejected: _rt::Vec<Rejected>,
}
impl ::core::fmt::Debug for Relayed {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("Relayed")
            .field("source-rows", &self.source_rows)
            .field("topics", &self.topics)
            .field("keys", &self.keys)
            .field("values", &self.values)
            .field("rejected", &self.rejected)
            .finish()
    }
}
#[doc(hidden)]
#[allow(non_snake_case, unused_unsafe)]
pub unsafe fn _export_relay_cabi<T_: Guest>(
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
            T_::relay(super::super::super::super::foldline::reducer::types::Batch {
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
                let Relayed {
                    source_rows: source_rows34,
                    topics: topics34,
                    keys: keys34,
                    values: values34,
                    rejected: rejected34,
                } = e;
                let vec35 = <_ as Into<_rt::Vec<_>>>::into(source_rows34)
                    .into_boxed_slice();
                let ptr35 = vec35.as_ptr().cast::<u8>();
                let len35 = vec35.len();
                ::core::mem::forget(vec35);
                *ptr33.add(2 * ::core::mem::size_of::<*const u8>()).cast::<usize>() = len35;
                *ptr33.add(::core::mem::size_of::<*const u8>()).cast::<*mut u8>() = ptr35
                    .cast_mut();
                let vec36 = <_ as Into<_rt::Vec<_>>>::into(topics34).into_boxed_slice();
                let ptr36 = vec36.as_ptr().cast::<u8>();
                let len36 = vec36.len();
                ::core::mem::forget(vec36);
                *ptr33.add(4 * ::core::mem::size_of::<*const u8>()).cast::<usize>() = len36;
                *ptr33.add(3 * ::core::mem::size_of::<*const u8>()).cast::<*mut u8>() = ptr36
                    .cast_mut();
                let super::super::super::super::foldline::reducer::types::Column {
                    values: values37,
                    validity: validity37,
                } = keys34;
                use super::super::super::super::foldline::reducer::types::Values as V48;
                match values37 {
                    V48::Booleans(e) => {
                        *ptr33
                            .add(5 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (0i32) as u8;
                        let vec38 = <_ as Into<_rt::Vec<_>>>::into(e).into_boxed_slice();
                        let ptr38 = vec38.as_ptr().cast::<u8>();
                        let len38 = vec38.len();
                        ::core::mem::forget(vec38);
                        *ptr33
                            .add(7 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len38;
                        *ptr33
                            .add(6 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr38.cast_mut();
                    }
                    V48::Ints(e) => {
                        *ptr33
                            .add(5 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (1i32) as u8;
                        let vec39 = <_ as Into<_rt::Vec<_>>>::into(e).into_boxed_slice();
                        let ptr39 = vec39.as_ptr().cast::<u8>();
                        let len39 = vec39.len();
                        ::core::mem::forget(vec39);
                        *ptr33
                            .add(7 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len39;
                        *ptr33
                            .add(6 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr39.cast_mut();
                    }
                    V48::Floats(e) => {
                        *ptr33
                            .add(5 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (2i32) as u8;
                        let vec40 = <_ as Into<_rt::Vec<_>>>::into(e).into_boxed_slice();
                        let ptr40 = vec40.as_ptr().cast::<u8>();
                        let len40 = vec40.len();
                        ::core::mem::forget(vec40);
                        *ptr33
                            .add(7 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len40;
                        *ptr33
                            .add(6 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr40.cast_mut();
                    }
                    V48::Times(e) => {
                        *ptr33
                            .add(5 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (3i32) as u8;
                        let vec41 = <_ as Into<_rt::Vec<_>>>::into(e).into_boxed_slice();
                        let ptr41 = vec41.as_ptr().cast::<u8>();
                        let len41 = vec41.len();
                        ::core::mem::forget(vec41);
                        *ptr33
                            .add(7 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len41;
                        *ptr33
                            .add(6 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr41.cast_mut();
                    }
                    V48::Texts(e) => {
                        *ptr33
                            .add(5 * ::core::mem::size_of::<*const u8>())
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
                        *ptr33
                            .add(7 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len43;
                        *ptr33
                            .add(6 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr43.cast_mut();
                        let vec44 = <_ as Into<_rt::Vec<_>>>::into(data42)
                            .into_boxed_slice();
                        let ptr44 = vec44.as_ptr().cast::<u8>();
                        let len44 = vec44.len();
                        ::core::mem::forget(vec44);
                        *ptr33
                            .add(9 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len44;
                        *ptr33
                            .add(8 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr44.cast_mut();
                    }
                    V48::Blobs(e) => {
                        *ptr33
                            .add(5 * ::core::mem::size_of::<*const u8>())
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
                        *ptr33
                            .add(7 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len46;
                        *ptr33
                            .add(6 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr46.cast_mut();
                        let vec47 = <_ as Into<_rt::Vec<_>>>::into(data45)
                            .into_boxed_slice();
                        let ptr47 = vec47.as_ptr().cast::<u8>();
                        let len47 = vec47.len();
                        ::core::mem::forget(vec47);
                        *ptr33
                            .add(9 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len47;
                        *ptr33
                            .add(8 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr47.cast_mut();
                    }
                }
                match validity37 {
                    Some(e) => {
                        *ptr33
                            .add(10 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (1i32) as u8;
                        let vec49 = <_ as Into<_rt::Vec<_>>>::into(e).into_boxed_slice();
                        let ptr49 = vec49.as_ptr().cast::<u8>();
                        let len49 = vec49.len();
                        ::core::mem::forget(vec49);
                        *ptr33
                            .add(12 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len49;
                        *ptr33
                            .add(11 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr49.cast_mut();
                    }
                    None => {
                        *ptr33
                            .add(10 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (0i32) as u8;
                    }
                };
                let super::super::super::super::foldline::reducer::types::Column {
                    values: values50,
                    validity: validity50,
                } = values34;
                use super::super::super::super::foldline::reducer::types::Values as V61;
                match values50 {
                    V61::Booleans(e) => {
                        *ptr33
                            .add(13 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (0i32) as u8;
                        let vec51 = <_ as Into<_rt::Vec<_>>>::into(e).into_boxed_slice();
                        let ptr51 = vec51.as_ptr().cast::<u8>();
                        let len51 = vec51.len();
                        ::core::mem::forget(vec51);
                        *ptr33
                            .add(15 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len51;
                        *ptr33
                            .add(14 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr51.cast_mut();
                    }
                    V61::Ints(e) => {
                        *ptr33
                            .add(13 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (1i32) as u8;
                        let vec52 = <_ as Into<_rt::Vec<_>>>::into(e).into_boxed_slice();
                        let ptr52 = vec52.as_ptr().cast::<u8>();
                        let len52 = vec52.len();
                        ::core::mem::forget(vec52);
                        *ptr33
                            .add(15 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len52;
                        *ptr33
                            .add(14 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr52.cast_mut();
                    }
                    V61::Floats(e) => {
                        *ptr33
                            .add(13 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (2i32) as u8;
                        let vec53 = <_ as Into<_rt::Vec<_>>>::into(e).into_boxed_slice();
                        let ptr53 = vec53.as_ptr().cast::<u8>();
                        let len53 = vec53.len();
                        ::core::mem::forget(vec53);
                        *ptr33
                            .add(15 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len53;
                        *ptr33
                            .add(14 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr53.cast_mut();
                    }
                    V61::Times(e) => {
                        *ptr33
                            .add(13 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (3i32) as u8;
                        let vec54 = <_ as Into<_rt::Vec<_>>>::into(e).into_boxed_slice();
                        let ptr54 = vec54.as_ptr().cast::<u8>();
                        let len54 = vec54.len();
                        ::core::mem::forget(vec54);
                        *ptr33
                            .add(15 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len54;
                        *ptr33
                            .add(14 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr54.cast_mut();
                    }
                    V61::Texts(e) => {
                        *ptr33
                            .add(13 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (4i32) as u8;
                        let super::super::super::super::foldline::reducer::types::BytesColumn {
                            offsets: offsets55,
                            data: data55,
                        } = e;
                        let vec56 = <_ as Into<_rt::Vec<_>>>::into(offsets55)
                            .into_boxed_slice();
                        let ptr56 = vec56.as_ptr().cast::<u8>();
                        let len56 = vec56.len();
                        ::core::mem::forget(vec56);
                        *ptr33
                            .add(15 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len56;
                        *ptr33
                            .add(14 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr56.cast_mut();
                        let vec57 = <_ as Into<_rt::Vec<_>>>::into(data55)
                            .into_boxed_slice();
                        let ptr57 = vec57.as_ptr().cast::<u8>();
                        let len57 = vec57.len();
                        ::core::mem::forget(vec57);
                        *ptr33
                            .add(17 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len57;
                        *ptr33
                            .add(16 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr57.cast_mut();
                    }
                    V61::Blobs(e) => {
                        *ptr33
                            .add(13 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (5i32) as u8;
                        let super::super::super::super::foldline::reducer::types::BytesColumn {
                            offsets: offsets58,
                            data: data58,
                        } = e;
                        let vec59 = <_ as Into<_rt::Vec<_>>>::into(offsets58)
                            .into_boxed_slice();
                        let ptr59 = vec59.as_ptr().cast::<u8>();
                        let len59 = vec59.len();
                        ::core::mem::forget(vec59);
                        *ptr33
                            .add(15 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len59;
                        *ptr33
                            .add(14 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr59.cast_mut();
                        let vec60 = <_ as Into<_rt::Vec<_>>>::into(data58)
                            .into_boxed_slice();
                        let ptr60 = vec60.as_ptr().cast::<u8>();
                        let len60 = vec60.len();
                        ::core::mem::forget(vec60);
                        *ptr33
                            .add(17 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len60;
                        *ptr33
                            .add(16 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr60.cast_mut();
                    }
                }
                match validity50 {
                    Some(e) => {
                        *ptr33
                            .add(18 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (1i32) as u8;
                        let vec62 = <_ as Into<_rt::Vec<_>>>::into(e).into_boxed_slice();
                        let ptr62 = vec62.as_ptr().cast::<u8>();
                        let len62 = vec62.len();
                        ::core::mem::forget(vec62);
                        *ptr33
                            .add(20 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len62;
                        *ptr33
                            .add(19 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr62.cast_mut();
                    }
                    None => {
                        *ptr33
                            .add(18 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (0i32) as u8;
                    }
                };
                let vec65 = rejected34;
                let len65 = vec65.len();
                let layout65 = _rt::alloc::Layout::from_size_align(
                        vec65.len() * (3 * ::core::mem::size_of::<*const u8>()),
                        ::core::mem::size_of::<*const u8>(),
                    )
                    .unwrap();
                let (result65, _cleanup65) = crate::abi::Cleanup::new(layout65);
                if let Some(cleanup) = _cleanup65 {
                    cleanup.forget();
                }
                for (i, e) in vec65.into_iter().enumerate() {
                    let base = result65
                        .add(i * (3 * ::core::mem::size_of::<*const u8>()));
                    {
                        let super::super::super::super::foldline::reducer::types::Rejected {
                            row: row63,
                            reason: reason63,
                        } = e;
                        *base.add(0).cast::<i32>() = _rt::as_i32(row63);
                        let vec64 = (reason63.into_bytes()).into_boxed_slice();
                        let ptr64 = vec64.as_ptr().cast::<u8>();
                        let len64 = vec64.len();
                        ::core::mem::forget(vec64);
                        *base
                            .add(2 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len64;
                        *base
                            .add(::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr64.cast_mut();
                    }
                }
                *ptr33.add(22 * ::core::mem::size_of::<*const u8>()).cast::<usize>() = len65;
                *ptr33.add(21 * ::core::mem::size_of::<*const u8>()).cast::<*mut u8>() = result65;
            }
            Err(e) => {
                *ptr33.add(0).cast::<u8>() = (1i32) as u8;
                let vec66 = (e.into_bytes()).into_boxed_slice();
                let ptr66 = vec66.as_ptr().cast::<u8>();
                let len66 = vec66.len();
                ::core::mem::forget(vec66);
                *ptr33.add(2 * ::core::mem::size_of::<*const u8>()).cast::<usize>() = len66;
                *ptr33.add(::core::mem::size_of::<*const u8>()).cast::<*mut u8>() = ptr66
                    .cast_mut();
            }
        };
        ptr33
    }
}
#[doc(hidden)]
#[allow(non_snake_case)]
pub unsafe fn __post_return_relay<T_: Guest>(arg0: *mut u8) {
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
                let base3 = l1;
                let len3 = l2;
                _rt::cabi_dealloc(base3, len3 * 4, 4);
                let l4 = *arg0
                    .add(3 * ::core::mem::size_of::<*const u8>())
                    .cast::<*mut u8>();
                let l5 = *arg0
                    .add(4 * ::core::mem::size_of::<*const u8>())
                    .cast::<usize>();
                let base6 = l4;
                let len6 = l5;
                _rt::cabi_dealloc(base6, len6 * 4, 4);
                let l7 = i32::from(
                    *arg0.add(5 * ::core::mem::size_of::<*const u8>()).cast::<u8>(),
                );
                match l7 {
                    0 => {
                        let l8 = *arg0
                            .add(6 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>();
                        let l9 = *arg0
                            .add(7 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        let base10 = l8;
                        let len10 = l9;
                        _rt::cabi_dealloc(base10, len10 * 1, 1);
                    }
                    1 => {
                        let l11 = *arg0
                            .add(6 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>();
                        let l12 = *arg0
                            .add(7 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        let base13 = l11;
                        let len13 = l12;
                        _rt::cabi_dealloc(base13, len13 * 8, 8);
                    }
                    2 => {
                        let l14 = *arg0
                            .add(6 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>();
                        let l15 = *arg0
                            .add(7 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        let base16 = l14;
                        let len16 = l15;
                        _rt::cabi_dealloc(base16, len16 * 8, 8);
                    }
                    3 => {
                        let l17 = *arg0
                            .add(6 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>();
                        let l18 = *arg0
                            .add(7 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        let base19 = l17;
                        let len19 = l18;
                        _rt::cabi_dealloc(base19, len19 * 8, 8);
                    }
                    4 => {
                        let l20 = *arg0
                            .add(6 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>();
                        let l21 = *arg0
                            .add(7 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        let base22 = l20;
                        let len22 = l21;
                        _rt::cabi_dealloc(base22, len22 * 4, 4);
                        let l23 = *arg0
                            .add(8 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>();
                        let l24 = *arg0
                            .add(9 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        let base25 = l23;
                        let len25 = l24;
                        _rt::cabi_dealloc(base25, len25 * 1, 1);
                    }
                    _ => {
                        let l26 = *arg0
                            .add(6 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>();
                        let l27 = *arg0
                            .add(7 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        let base28 = l26;
                        let len28 = l27;
                        _rt::cabi_dealloc(base28, len28 * 4, 4);
                        let l29 = *arg0
                            .add(8 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>();
                        let l30 = *arg0
                            .add(9 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        let base31 = l29;
                        let len31 = l30;
                        _rt::cabi_dealloc(base31, len31 * 1, 1);
                    }
                }
                let l32 = i32::from(
                    *arg0.add(10 * ::core::mem::size_of::<*const u8>()).cast::<u8>(),
                );
                match l32 {
                    0 => {}
                    _ => {
                        let l33 = *arg0
                            .add(11 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>();
                        let l34 = *arg0
                            .add(12 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        let base35 = l33;
                        let len35 = l34;
                        _rt::cabi_dealloc(base35, len35 * 1, 1);
                    }
                }
                let l36 = i32::from(
                    *arg0.add(13 * ::core::mem::size_of::<*const u8>()).cast::<u8>(),
                );
                match l36 {
                    0 => {
                        let l37 = *arg0
                            .add(14 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>();
                        let l38 = *arg0
                            .add(15 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        let base39 = l37;
                        let len39 = l38;
                        _rt::cabi_dealloc(base39, len39 * 1, 1);
                    }
                    1 => {
                        let l40 = *arg0
                            .add(14 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>();
                        let l41 = *arg0
                            .add(15 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        let base42 = l40;
                        let len42 = l41;
                        _rt::cabi_dealloc(base42, len42 * 8, 8);
                    }
                    2 => {
                        let l43 = *arg0
                            .add(14 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>();
                        let l44 = *arg0
                            .add(15 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        let base45 = l43;
                        let len45 = l44;
                        _rt::cabi_dealloc(base45, len45 * 8, 8);
                    }
                    3 => {
                        let l46 = *arg0
                            .add(14 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>();
                        let l47 = *arg0
                            .add(15 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        let base48 = l46;
                        let len48 = l47;
                        _rt::cabi_dealloc(base48, len48 * 8, 8);
                    }
                    4 => {
                        let l49 = *arg0
                            .add(14 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>();
                        let l50 = *arg0
                            .add(15 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        let base51 = l49;
                        let len51 = l50;
                        _rt::cabi_dealloc(base51, len51 * 4, 4);
                        let l52 = *arg0
                            .add(16 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>();
                        let l53 = *arg0
                            .add(17 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        let base54 = l52;
                        let len54 = l53;
                        _rt::cabi_dealloc(base54, len54 * 1, 1);
                    }
                    _ => {
                        let l55 = *arg0
                            .add(14 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>();
                        let l56 = *arg0
                            .add(15 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        let base57 = l55;
                        let len57 = l56;
                        _rt::cabi_dealloc(base57, len57 * 4, 4);
                        let l58 = *arg0
                            .add(16 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>();
                        let l59 = *arg0
                            .add(17 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        let base60 = l58;
                        let len60 = l59;
                        _rt::cabi_dealloc(base60, len60 * 1, 1);
                    }
                }
                let l61 = i32::from(
                    *arg0.add(18 * ::core::mem::size_of::<*const u8>()).cast::<u8>(),
                );
                match l61 {
                    0 => {}
                    _ => {
                        let l62 = *arg0
                            .add(19 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>();
                        let l63 = *arg0
                            .add(20 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        let base64 = l62;
                        let len64 = l63;
                        _rt::cabi_dealloc(base64, len64 * 1, 1);
                    }
                }
                let l65 = *arg0
                    .add(21 * ::core::mem::size_of::<*const u8>())
                    .cast::<*mut u8>();
                let l66 = *arg0
                    .add(22 * ::core::mem::size_of::<*const u8>())
                    .cast::<usize>();
                let base69 = l65;
                let len69 = l66;
                for i in 0..len69 {
                    let base = base69.add(i * (3 * ::core::mem::size_of::<*const u8>()));
                    {
                        let l67 = *base
                            .add(::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>();
                        let l68 = *base
                            .add(2 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        _rt::cabi_dealloc(l67, l68, 1);
                    }
                }
                _rt::cabi_dealloc(
                    base69,
                    len69 * (3 * ::core::mem::size_of::<*const u8>()),
                    ::core::mem::size_of::<*const u8>(),
                );
            }
            _ => {
                let l70 = *arg0
                    .add(::core::mem::size_of::<*const u8>())
                    .cast::<*mut u8>();
                let l71 = *arg0
                    .add(2 * ::core::mem::size_of::<*const u8>())
                    .cast::<usize>();
                _rt::cabi_dealloc(l70, l71, 1);
            }
        }
    }
}
pub trait Guest {
    /// A pure function of the batch, row by row, with the same inputs as `extract`. An error is handled as there.
    #[allow(async_fn_in_trait)]
    fn relay(batch: Batch) -> Result<Relayed, _rt::String>;
}
#[doc(hidden)]
#[macro_export]
macro_rules! __export_foldline_reducer_relay_0_1_0_cabi {
    ($ty:ident with_types_in $($path_to_types:tt)*) => {
        const _ : () = { #[unsafe (export_name = "foldline:reducer/relay@0.1.0#relay")]
        unsafe extern "C" fn export_relay(arg0 : i32, arg1 : i32, arg2 : * mut u8, arg3 :
        usize, arg4 : * mut u8, arg5 : usize,) -> * mut u8 { unsafe {
        $($path_to_types)*:: _export_relay_cabi::<$ty > (arg0, arg1, arg2, arg3, arg4,
        arg5) } } #[unsafe (export_name =
        "cabi_post_foldline:reducer/relay@0.1.0#relay")] unsafe extern "C" fn
        _post_return_relay(arg0 : * mut u8,) { unsafe { $($path_to_types)*::
        __post_return_relay::<$ty > (arg0) } } };
    };
}
#[doc(hidden)]
pub use __export_foldline_reducer_relay_0_1_0_cabi;
#[cfg_attr(target_pointer_width = "64", repr(align(8)))]
#[cfg_attr(target_pointer_width = "32", repr(align(4)))]
struct _RetArea(
    [::core::mem::MaybeUninit<u8>; 23 * ::core::mem::size_of::<*const u8>()],
);
static mut _RET_AREA: _RetArea = _RetArea(
    [::core::mem::MaybeUninit::uninit(); 23 * ::core::mem::size_of::<*const u8>()],
);
