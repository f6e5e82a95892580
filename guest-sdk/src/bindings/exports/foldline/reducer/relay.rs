// Generated from wit/reducer-0.2.0 by `cargo xtask bindings`. Do not edit.

#[used]
#[doc(hidden)]
static __FORCE_SECTION_REF: fn() = super::super::super::super::__link_custom_section_describing_imports;
use super::super::super::super::_rt;
pub type Batch = super::super::super::super::foldline::reducer::types::Batch;
pub type Column = super::super::super::super::foldline::reducer::types::Column;
pub type Rejected = super::super::super::super::foldline::reducer::types::Rejected;
/// A header of messages: texts or blobs, null = a message without it. Names that begin with `foldline` are the host's.
#[derive(Clone, PartialEq)]
pub struct HeaderColumn {
    pub name: _rt::String,
    pub values: Column,
}
impl ::core::fmt::Debug for HeaderColumn {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("HeaderColumn")
            .field("name", &self.name)
            .field("values", &self.values)
            .finish()
    }
}
/// A message per source row, topic, key, value and headers; source-rows never falls. topics: indexes into the
/// description's relay topics. keys, values: texts or blobs; null = a message without one.
#[derive(Clone, PartialEq)]
pub struct Relayed {
    pub source_rows: _rt::Vec<u32>,
    pub topics: _rt::Vec<u32>,
    pub keys: Column,
    pub values: Column,
    pub headers: _rt::Vec<HeaderColumn>,
    pub rejected: _rt::Vec<Rejected>,
}
impl ::core::fmt::Debug for Relayed {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("Relayed")
            .field("source-rows", &self.source_rows)
            .field("topics", &self.topics)
            .field("keys", &self.keys)
            .field("values", &self.values)
            .field("headers", &self.headers)
            .field("rejected", &self.rejected)
            .finish()
    }
}
#[doc(hidden)]
#[allow(non_snake_case, unused_unsafe)]
pub unsafe fn _export_messages_cabi<T_: Guest>(
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
            T_::messages(super::super::super::super::foldline::reducer::types::Batch {
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
                let Relayed {
                    source_rows: source_rows38,
                    topics: topics38,
                    keys: keys38,
                    values: values38,
                    headers: headers38,
                    rejected: rejected38,
                } = e;
                let vec39 = <_ as Into<_rt::Vec<_>>>::into(source_rows38)
                    .into_boxed_slice();
                let ptr39 = vec39.as_ptr().cast::<u8>();
                let len39 = vec39.len();
                ::core::mem::forget(vec39);
                *ptr37.add(2 * ::core::mem::size_of::<*const u8>()).cast::<usize>() = len39;
                *ptr37.add(::core::mem::size_of::<*const u8>()).cast::<*mut u8>() = ptr39
                    .cast_mut();
                let vec40 = <_ as Into<_rt::Vec<_>>>::into(topics38).into_boxed_slice();
                let ptr40 = vec40.as_ptr().cast::<u8>();
                let len40 = vec40.len();
                ::core::mem::forget(vec40);
                *ptr37.add(4 * ::core::mem::size_of::<*const u8>()).cast::<usize>() = len40;
                *ptr37.add(3 * ::core::mem::size_of::<*const u8>()).cast::<*mut u8>() = ptr40
                    .cast_mut();
                let super::super::super::super::foldline::reducer::types::Column {
                    values: values41,
                    validity: validity41,
                } = keys38;
                use super::super::super::super::foldline::reducer::types::Values as V52;
                match values41 {
                    V52::Booleans(e) => {
                        *ptr37
                            .add(5 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (0i32) as u8;
                        let vec42 = <_ as Into<_rt::Vec<_>>>::into(e).into_boxed_slice();
                        let ptr42 = vec42.as_ptr().cast::<u8>();
                        let len42 = vec42.len();
                        ::core::mem::forget(vec42);
                        *ptr37
                            .add(7 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len42;
                        *ptr37
                            .add(6 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr42.cast_mut();
                    }
                    V52::Ints(e) => {
                        *ptr37
                            .add(5 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (1i32) as u8;
                        let vec43 = <_ as Into<_rt::Vec<_>>>::into(e).into_boxed_slice();
                        let ptr43 = vec43.as_ptr().cast::<u8>();
                        let len43 = vec43.len();
                        ::core::mem::forget(vec43);
                        *ptr37
                            .add(7 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len43;
                        *ptr37
                            .add(6 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr43.cast_mut();
                    }
                    V52::Floats(e) => {
                        *ptr37
                            .add(5 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (2i32) as u8;
                        let vec44 = <_ as Into<_rt::Vec<_>>>::into(e).into_boxed_slice();
                        let ptr44 = vec44.as_ptr().cast::<u8>();
                        let len44 = vec44.len();
                        ::core::mem::forget(vec44);
                        *ptr37
                            .add(7 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len44;
                        *ptr37
                            .add(6 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr44.cast_mut();
                    }
                    V52::Times(e) => {
                        *ptr37
                            .add(5 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (3i32) as u8;
                        let vec45 = <_ as Into<_rt::Vec<_>>>::into(e).into_boxed_slice();
                        let ptr45 = vec45.as_ptr().cast::<u8>();
                        let len45 = vec45.len();
                        ::core::mem::forget(vec45);
                        *ptr37
                            .add(7 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len45;
                        *ptr37
                            .add(6 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr45.cast_mut();
                    }
                    V52::Texts(e) => {
                        *ptr37
                            .add(5 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (4i32) as u8;
                        let super::super::super::super::foldline::reducer::types::BytesColumn {
                            offsets: offsets46,
                            data: data46,
                        } = e;
                        let vec47 = <_ as Into<_rt::Vec<_>>>::into(offsets46)
                            .into_boxed_slice();
                        let ptr47 = vec47.as_ptr().cast::<u8>();
                        let len47 = vec47.len();
                        ::core::mem::forget(vec47);
                        *ptr37
                            .add(7 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len47;
                        *ptr37
                            .add(6 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr47.cast_mut();
                        let vec48 = <_ as Into<_rt::Vec<_>>>::into(data46)
                            .into_boxed_slice();
                        let ptr48 = vec48.as_ptr().cast::<u8>();
                        let len48 = vec48.len();
                        ::core::mem::forget(vec48);
                        *ptr37
                            .add(9 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len48;
                        *ptr37
                            .add(8 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr48.cast_mut();
                    }
                    V52::Blobs(e) => {
                        *ptr37
                            .add(5 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (5i32) as u8;
                        let super::super::super::super::foldline::reducer::types::BytesColumn {
                            offsets: offsets49,
                            data: data49,
                        } = e;
                        let vec50 = <_ as Into<_rt::Vec<_>>>::into(offsets49)
                            .into_boxed_slice();
                        let ptr50 = vec50.as_ptr().cast::<u8>();
                        let len50 = vec50.len();
                        ::core::mem::forget(vec50);
                        *ptr37
                            .add(7 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len50;
                        *ptr37
                            .add(6 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr50.cast_mut();
                        let vec51 = <_ as Into<_rt::Vec<_>>>::into(data49)
                            .into_boxed_slice();
                        let ptr51 = vec51.as_ptr().cast::<u8>();
                        let len51 = vec51.len();
                        ::core::mem::forget(vec51);
                        *ptr37
                            .add(9 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len51;
                        *ptr37
                            .add(8 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr51.cast_mut();
                    }
                }
                match validity41 {
                    Some(e) => {
                        *ptr37
                            .add(10 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (1i32) as u8;
                        let vec53 = <_ as Into<_rt::Vec<_>>>::into(e).into_boxed_slice();
                        let ptr53 = vec53.as_ptr().cast::<u8>();
                        let len53 = vec53.len();
                        ::core::mem::forget(vec53);
                        *ptr37
                            .add(12 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len53;
                        *ptr37
                            .add(11 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr53.cast_mut();
                    }
                    None => {
                        *ptr37
                            .add(10 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (0i32) as u8;
                    }
                };
                let super::super::super::super::foldline::reducer::types::Column {
                    values: values54,
                    validity: validity54,
                } = values38;
                use super::super::super::super::foldline::reducer::types::Values as V65;
                match values54 {
                    V65::Booleans(e) => {
                        *ptr37
                            .add(13 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (0i32) as u8;
                        let vec55 = <_ as Into<_rt::Vec<_>>>::into(e).into_boxed_slice();
                        let ptr55 = vec55.as_ptr().cast::<u8>();
                        let len55 = vec55.len();
                        ::core::mem::forget(vec55);
                        *ptr37
                            .add(15 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len55;
                        *ptr37
                            .add(14 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr55.cast_mut();
                    }
                    V65::Ints(e) => {
                        *ptr37
                            .add(13 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (1i32) as u8;
                        let vec56 = <_ as Into<_rt::Vec<_>>>::into(e).into_boxed_slice();
                        let ptr56 = vec56.as_ptr().cast::<u8>();
                        let len56 = vec56.len();
                        ::core::mem::forget(vec56);
                        *ptr37
                            .add(15 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len56;
                        *ptr37
                            .add(14 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr56.cast_mut();
                    }
                    V65::Floats(e) => {
                        *ptr37
                            .add(13 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (2i32) as u8;
                        let vec57 = <_ as Into<_rt::Vec<_>>>::into(e).into_boxed_slice();
                        let ptr57 = vec57.as_ptr().cast::<u8>();
                        let len57 = vec57.len();
                        ::core::mem::forget(vec57);
                        *ptr37
                            .add(15 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len57;
                        *ptr37
                            .add(14 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr57.cast_mut();
                    }
                    V65::Times(e) => {
                        *ptr37
                            .add(13 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (3i32) as u8;
                        let vec58 = <_ as Into<_rt::Vec<_>>>::into(e).into_boxed_slice();
                        let ptr58 = vec58.as_ptr().cast::<u8>();
                        let len58 = vec58.len();
                        ::core::mem::forget(vec58);
                        *ptr37
                            .add(15 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len58;
                        *ptr37
                            .add(14 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr58.cast_mut();
                    }
                    V65::Texts(e) => {
                        *ptr37
                            .add(13 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (4i32) as u8;
                        let super::super::super::super::foldline::reducer::types::BytesColumn {
                            offsets: offsets59,
                            data: data59,
                        } = e;
                        let vec60 = <_ as Into<_rt::Vec<_>>>::into(offsets59)
                            .into_boxed_slice();
                        let ptr60 = vec60.as_ptr().cast::<u8>();
                        let len60 = vec60.len();
                        ::core::mem::forget(vec60);
                        *ptr37
                            .add(15 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len60;
                        *ptr37
                            .add(14 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr60.cast_mut();
                        let vec61 = <_ as Into<_rt::Vec<_>>>::into(data59)
                            .into_boxed_slice();
                        let ptr61 = vec61.as_ptr().cast::<u8>();
                        let len61 = vec61.len();
                        ::core::mem::forget(vec61);
                        *ptr37
                            .add(17 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len61;
                        *ptr37
                            .add(16 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr61.cast_mut();
                    }
                    V65::Blobs(e) => {
                        *ptr37
                            .add(13 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (5i32) as u8;
                        let super::super::super::super::foldline::reducer::types::BytesColumn {
                            offsets: offsets62,
                            data: data62,
                        } = e;
                        let vec63 = <_ as Into<_rt::Vec<_>>>::into(offsets62)
                            .into_boxed_slice();
                        let ptr63 = vec63.as_ptr().cast::<u8>();
                        let len63 = vec63.len();
                        ::core::mem::forget(vec63);
                        *ptr37
                            .add(15 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len63;
                        *ptr37
                            .add(14 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr63.cast_mut();
                        let vec64 = <_ as Into<_rt::Vec<_>>>::into(data62)
                            .into_boxed_slice();
                        let ptr64 = vec64.as_ptr().cast::<u8>();
                        let len64 = vec64.len();
                        ::core::mem::forget(vec64);
                        *ptr37
                            .add(17 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len64;
                        *ptr37
                            .add(16 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr64.cast_mut();
                    }
                }
                match validity54 {
                    Some(e) => {
                        *ptr37
                            .add(18 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (1i32) as u8;
                        let vec66 = <_ as Into<_rt::Vec<_>>>::into(e).into_boxed_slice();
                        let ptr66 = vec66.as_ptr().cast::<u8>();
                        let len66 = vec66.len();
                        ::core::mem::forget(vec66);
                        *ptr37
                            .add(20 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len66;
                        *ptr37
                            .add(19 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr66.cast_mut();
                    }
                    None => {
                        *ptr37
                            .add(18 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (0i32) as u8;
                    }
                };
                let vec82 = headers38;
                let len82 = vec82.len();
                let layout82 = _rt::alloc::Layout::from_size_align(
                        vec82.len() * (10 * ::core::mem::size_of::<*const u8>()),
                        ::core::mem::size_of::<*const u8>(),
                    )
                    .unwrap();
                let (result82, _cleanup82) = crate::abi::Cleanup::new(layout82);
                if let Some(cleanup) = _cleanup82 {
                    cleanup.forget();
                }
                for (i, e) in vec82.into_iter().enumerate() {
                    let base = result82
                        .add(i * (10 * ::core::mem::size_of::<*const u8>()));
                    {
                        let HeaderColumn { name: name67, values: values67 } = e;
                        let vec68 = (name67.into_bytes()).into_boxed_slice();
                        let ptr68 = vec68.as_ptr().cast::<u8>();
                        let len68 = vec68.len();
                        ::core::mem::forget(vec68);
                        *base.add(::core::mem::size_of::<*const u8>()).cast::<usize>() = len68;
                        *base.add(0).cast::<*mut u8>() = ptr68.cast_mut();
                        let super::super::super::super::foldline::reducer::types::Column {
                            values: values69,
                            validity: validity69,
                        } = values67;
                        use super::super::super::super::foldline::reducer::types::Values as V80;
                        match values69 {
                            V80::Booleans(e) => {
                                *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (0i32) as u8;
                                let vec70 = <_ as Into<_rt::Vec<_>>>::into(e)
                                    .into_boxed_slice();
                                let ptr70 = vec70.as_ptr().cast::<u8>();
                                let len70 = vec70.len();
                                ::core::mem::forget(vec70);
                                *base
                                    .add(4 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>() = len70;
                                *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>() = ptr70.cast_mut();
                            }
                            V80::Ints(e) => {
                                *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (1i32) as u8;
                                let vec71 = <_ as Into<_rt::Vec<_>>>::into(e)
                                    .into_boxed_slice();
                                let ptr71 = vec71.as_ptr().cast::<u8>();
                                let len71 = vec71.len();
                                ::core::mem::forget(vec71);
                                *base
                                    .add(4 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>() = len71;
                                *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>() = ptr71.cast_mut();
                            }
                            V80::Floats(e) => {
                                *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (2i32) as u8;
                                let vec72 = <_ as Into<_rt::Vec<_>>>::into(e)
                                    .into_boxed_slice();
                                let ptr72 = vec72.as_ptr().cast::<u8>();
                                let len72 = vec72.len();
                                ::core::mem::forget(vec72);
                                *base
                                    .add(4 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>() = len72;
                                *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>() = ptr72.cast_mut();
                            }
                            V80::Times(e) => {
                                *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (3i32) as u8;
                                let vec73 = <_ as Into<_rt::Vec<_>>>::into(e)
                                    .into_boxed_slice();
                                let ptr73 = vec73.as_ptr().cast::<u8>();
                                let len73 = vec73.len();
                                ::core::mem::forget(vec73);
                                *base
                                    .add(4 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>() = len73;
                                *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>() = ptr73.cast_mut();
                            }
                            V80::Texts(e) => {
                                *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (4i32) as u8;
                                let super::super::super::super::foldline::reducer::types::BytesColumn {
                                    offsets: offsets74,
                                    data: data74,
                                } = e;
                                let vec75 = <_ as Into<_rt::Vec<_>>>::into(offsets74)
                                    .into_boxed_slice();
                                let ptr75 = vec75.as_ptr().cast::<u8>();
                                let len75 = vec75.len();
                                ::core::mem::forget(vec75);
                                *base
                                    .add(4 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>() = len75;
                                *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>() = ptr75.cast_mut();
                                let vec76 = <_ as Into<_rt::Vec<_>>>::into(data74)
                                    .into_boxed_slice();
                                let ptr76 = vec76.as_ptr().cast::<u8>();
                                let len76 = vec76.len();
                                ::core::mem::forget(vec76);
                                *base
                                    .add(6 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>() = len76;
                                *base
                                    .add(5 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>() = ptr76.cast_mut();
                            }
                            V80::Blobs(e) => {
                                *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (5i32) as u8;
                                let super::super::super::super::foldline::reducer::types::BytesColumn {
                                    offsets: offsets77,
                                    data: data77,
                                } = e;
                                let vec78 = <_ as Into<_rt::Vec<_>>>::into(offsets77)
                                    .into_boxed_slice();
                                let ptr78 = vec78.as_ptr().cast::<u8>();
                                let len78 = vec78.len();
                                ::core::mem::forget(vec78);
                                *base
                                    .add(4 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>() = len78;
                                *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>() = ptr78.cast_mut();
                                let vec79 = <_ as Into<_rt::Vec<_>>>::into(data77)
                                    .into_boxed_slice();
                                let ptr79 = vec79.as_ptr().cast::<u8>();
                                let len79 = vec79.len();
                                ::core::mem::forget(vec79);
                                *base
                                    .add(6 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>() = len79;
                                *base
                                    .add(5 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>() = ptr79.cast_mut();
                            }
                        }
                        match validity69 {
                            Some(e) => {
                                *base
                                    .add(7 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (1i32) as u8;
                                let vec81 = <_ as Into<_rt::Vec<_>>>::into(e)
                                    .into_boxed_slice();
                                let ptr81 = vec81.as_ptr().cast::<u8>();
                                let len81 = vec81.len();
                                ::core::mem::forget(vec81);
                                *base
                                    .add(9 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>() = len81;
                                *base
                                    .add(8 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>() = ptr81.cast_mut();
                            }
                            None => {
                                *base
                                    .add(7 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (0i32) as u8;
                            }
                        };
                    }
                }
                *ptr37.add(22 * ::core::mem::size_of::<*const u8>()).cast::<usize>() = len82;
                *ptr37.add(21 * ::core::mem::size_of::<*const u8>()).cast::<*mut u8>() = result82;
                let vec85 = rejected38;
                let len85 = vec85.len();
                let layout85 = _rt::alloc::Layout::from_size_align(
                        vec85.len() * (3 * ::core::mem::size_of::<*const u8>()),
                        ::core::mem::size_of::<*const u8>(),
                    )
                    .unwrap();
                let (result85, _cleanup85) = crate::abi::Cleanup::new(layout85);
                if let Some(cleanup) = _cleanup85 {
                    cleanup.forget();
                }
                for (i, e) in vec85.into_iter().enumerate() {
                    let base = result85
                        .add(i * (3 * ::core::mem::size_of::<*const u8>()));
                    {
                        let super::super::super::super::foldline::reducer::types::Rejected {
                            row: row83,
                            reason: reason83,
                        } = e;
                        *base.add(0).cast::<i32>() = _rt::as_i32(row83);
                        let vec84 = (reason83.into_bytes()).into_boxed_slice();
                        let ptr84 = vec84.as_ptr().cast::<u8>();
                        let len84 = vec84.len();
                        ::core::mem::forget(vec84);
                        *base
                            .add(2 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len84;
                        *base
                            .add(::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr84.cast_mut();
                    }
                }
                *ptr37.add(24 * ::core::mem::size_of::<*const u8>()).cast::<usize>() = len85;
                *ptr37.add(23 * ::core::mem::size_of::<*const u8>()).cast::<*mut u8>() = result85;
            }
            Err(e) => {
                *ptr37.add(0).cast::<u8>() = (1i32) as u8;
                let vec86 = (e.into_bytes()).into_boxed_slice();
                let ptr86 = vec86.as_ptr().cast::<u8>();
                let len86 = vec86.len();
                ::core::mem::forget(vec86);
                *ptr37.add(2 * ::core::mem::size_of::<*const u8>()).cast::<usize>() = len86;
                *ptr37.add(::core::mem::size_of::<*const u8>()).cast::<*mut u8>() = ptr86
                    .cast_mut();
            }
        };
        ptr37
    }
}
#[doc(hidden)]
#[allow(non_snake_case)]
pub unsafe fn __post_return_messages<T_: Guest>(arg0: *mut u8) {
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
                let base98 = l65;
                let len98 = l66;
                for i in 0..len98 {
                    let base = base98
                        .add(i * (10 * ::core::mem::size_of::<*const u8>()));
                    {
                        let l67 = *base.add(0).cast::<*mut u8>();
                        let l68 = *base
                            .add(::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        _rt::cabi_dealloc(l67, l68, 1);
                        let l69 = i32::from(
                            *base
                                .add(2 * ::core::mem::size_of::<*const u8>())
                                .cast::<u8>(),
                        );
                        match l69 {
                            0 => {
                                let l70 = *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l71 = *base
                                    .add(4 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let base72 = l70;
                                let len72 = l71;
                                _rt::cabi_dealloc(base72, len72 * 1, 1);
                            }
                            1 => {
                                let l73 = *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l74 = *base
                                    .add(4 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let base75 = l73;
                                let len75 = l74;
                                _rt::cabi_dealloc(base75, len75 * 8, 8);
                            }
                            2 => {
                                let l76 = *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l77 = *base
                                    .add(4 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let base78 = l76;
                                let len78 = l77;
                                _rt::cabi_dealloc(base78, len78 * 8, 8);
                            }
                            3 => {
                                let l79 = *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l80 = *base
                                    .add(4 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let base81 = l79;
                                let len81 = l80;
                                _rt::cabi_dealloc(base81, len81 * 8, 8);
                            }
                            4 => {
                                let l82 = *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l83 = *base
                                    .add(4 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let base84 = l82;
                                let len84 = l83;
                                _rt::cabi_dealloc(base84, len84 * 4, 4);
                                let l85 = *base
                                    .add(5 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l86 = *base
                                    .add(6 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let base87 = l85;
                                let len87 = l86;
                                _rt::cabi_dealloc(base87, len87 * 1, 1);
                            }
                            _ => {
                                let l88 = *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l89 = *base
                                    .add(4 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let base90 = l88;
                                let len90 = l89;
                                _rt::cabi_dealloc(base90, len90 * 4, 4);
                                let l91 = *base
                                    .add(5 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l92 = *base
                                    .add(6 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let base93 = l91;
                                let len93 = l92;
                                _rt::cabi_dealloc(base93, len93 * 1, 1);
                            }
                        }
                        let l94 = i32::from(
                            *base
                                .add(7 * ::core::mem::size_of::<*const u8>())
                                .cast::<u8>(),
                        );
                        match l94 {
                            0 => {}
                            _ => {
                                let l95 = *base
                                    .add(8 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l96 = *base
                                    .add(9 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let base97 = l95;
                                let len97 = l96;
                                _rt::cabi_dealloc(base97, len97 * 1, 1);
                            }
                        }
                    }
                }
                _rt::cabi_dealloc(
                    base98,
                    len98 * (10 * ::core::mem::size_of::<*const u8>()),
                    ::core::mem::size_of::<*const u8>(),
                );
                let l99 = *arg0
                    .add(23 * ::core::mem::size_of::<*const u8>())
                    .cast::<*mut u8>();
                let l100 = *arg0
                    .add(24 * ::core::mem::size_of::<*const u8>())
                    .cast::<usize>();
                let base103 = l99;
                let len103 = l100;
                for i in 0..len103 {
                    let base = base103
                        .add(i * (3 * ::core::mem::size_of::<*const u8>()));
                    {
                        let l101 = *base
                            .add(::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>();
                        let l102 = *base
                            .add(2 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        _rt::cabi_dealloc(l101, l102, 1);
                    }
                }
                _rt::cabi_dealloc(
                    base103,
                    len103 * (3 * ::core::mem::size_of::<*const u8>()),
                    ::core::mem::size_of::<*const u8>(),
                );
            }
            _ => {
                let l104 = *arg0
                    .add(::core::mem::size_of::<*const u8>())
                    .cast::<*mut u8>();
                let l105 = *arg0
                    .add(2 * ::core::mem::size_of::<*const u8>())
                    .cast::<usize>();
                _rt::cabi_dealloc(l104, l105, 1);
            }
        }
    }
}
pub trait Guest {
    /// A pure function of the configured values and the batch, row by row, with the same inputs as `extract`. An error is
    /// handled as there.
    #[allow(async_fn_in_trait)]
    fn messages(batch: Batch) -> Result<Relayed, _rt::String>;
}
#[doc(hidden)]
#[macro_export]
macro_rules! __export_foldline_reducer_relay_0_2_0_cabi {
    ($ty:ident with_types_in $($path_to_types:tt)*) => {
        const _ : () = { #[unsafe (export_name =
        "foldline:reducer/relay@0.2.0#messages")] unsafe extern "C" fn
        export_messages(arg0 : i32, arg1 : i32, arg2 : * mut u8, arg3 : usize, arg4 : *
        mut u8, arg5 : usize, arg6 : * mut u8, arg7 : usize,) -> * mut u8 { unsafe {
        $($path_to_types)*:: _export_messages_cabi::<$ty > (arg0, arg1, arg2, arg3, arg4,
        arg5, arg6, arg7) } } #[unsafe (export_name =
        "cabi_post_foldline:reducer/relay@0.2.0#messages")] unsafe extern "C" fn
        _post_return_messages(arg0 : * mut u8,) { unsafe { $($path_to_types)*::
        __post_return_messages::<$ty > (arg0) } } };
    };
}
#[doc(hidden)]
pub use __export_foldline_reducer_relay_0_2_0_cabi;
#[cfg_attr(target_pointer_width = "64", repr(align(8)))]
#[cfg_attr(target_pointer_width = "32", repr(align(4)))]
struct _RetArea(
    [::core::mem::MaybeUninit<u8>; 25 * ::core::mem::size_of::<*const u8>()],
);
static mut _RET_AREA: _RetArea = _RetArea(
    [::core::mem::MaybeUninit::uninit(); 25 * ::core::mem::size_of::<*const u8>()],
);
