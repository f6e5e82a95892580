// Generated from wit/reducer-0.1.0 by `cargo xtask bindings`. Do not edit.

#[used]
#[doc(hidden)]
static __FORCE_SECTION_REF: fn() = super::super::super::super::__link_custom_section_describing_imports;
use super::super::super::super::_rt;
pub type Description = super::super::super::super::foldline::reducer::types::Description;
#[doc(hidden)]
#[allow(non_snake_case, unused_unsafe)]
pub unsafe fn _export_describe_cabi<T_: Guest>() -> *mut u8 {
    unsafe {
        #[cfg(target_arch = "wasm32")] _rt::run_ctors_once();
        let result0 = { T_::describe() };
        let ptr1 = (&raw mut _RET_AREA.0).cast::<u8>();
        let super::super::super::super::foldline::reducer::types::Description {
            name: name2,
            version: version2,
            sdk: sdk2,
            inputs: inputs2,
            tables: tables2,
            document: document2,
            relay_topics: relay_topics2,
        } = result0;
        let vec3 = (name2.into_bytes()).into_boxed_slice();
        let ptr3 = vec3.as_ptr().cast::<u8>();
        let len3 = vec3.len();
        ::core::mem::forget(vec3);
        *ptr1.add(::core::mem::size_of::<*const u8>()).cast::<usize>() = len3;
        *ptr1.add(0).cast::<*mut u8>() = ptr3.cast_mut();
        let vec4 = (version2.into_bytes()).into_boxed_slice();
        let ptr4 = vec4.as_ptr().cast::<u8>();
        let len4 = vec4.len();
        ::core::mem::forget(vec4);
        *ptr1.add(3 * ::core::mem::size_of::<*const u8>()).cast::<usize>() = len4;
        *ptr1.add(2 * ::core::mem::size_of::<*const u8>()).cast::<*mut u8>() = ptr4
            .cast_mut();
        let vec5 = (sdk2.into_bytes()).into_boxed_slice();
        let ptr5 = vec5.as_ptr().cast::<u8>();
        let len5 = vec5.len();
        ::core::mem::forget(vec5);
        *ptr1.add(5 * ::core::mem::size_of::<*const u8>()).cast::<usize>() = len5;
        *ptr1.add(4 * ::core::mem::size_of::<*const u8>()).cast::<*mut u8>() = ptr5
            .cast_mut();
        let vec16 = inputs2;
        let len16 = vec16.len();
        let layout16 = _rt::alloc::Layout::from_size_align(
                vec16.len() * (24 + 4 * ::core::mem::size_of::<*const u8>()),
                8,
            )
            .unwrap();
        let (result16, _cleanup16) = crate::abi::Cleanup::new(layout16);
        if let Some(cleanup) = _cleanup16 {
            cleanup.forget();
        }
        for (i, e) in vec16.into_iter().enumerate() {
            let base = result16.add(i * (24 + 4 * ::core::mem::size_of::<*const u8>()));
            {
                let super::super::super::super::foldline::reducer::types::Input {
                    topic: topic6,
                    fields: fields6,
                    event_time: event_time6,
                    out_of_orderness_ms: out_of_orderness_ms6,
                    changelog: changelog6,
                } = e;
                let vec7 = (topic6.into_bytes()).into_boxed_slice();
                let ptr7 = vec7.as_ptr().cast::<u8>();
                let len7 = vec7.len();
                ::core::mem::forget(vec7);
                *base.add(::core::mem::size_of::<*const u8>()).cast::<usize>() = len7;
                *base.add(0).cast::<*mut u8>() = ptr7.cast_mut();
                let vec15 = fields6;
                let len15 = vec15.len();
                let layout15 = _rt::alloc::Layout::from_size_align(
                        vec15.len() * (8 * ::core::mem::size_of::<*const u8>()),
                        ::core::mem::size_of::<*const u8>(),
                    )
                    .unwrap();
                let (result15, _cleanup15) = crate::abi::Cleanup::new(layout15);
                if let Some(cleanup) = _cleanup15 {
                    cleanup.forget();
                }
                for (i, e) in vec15.into_iter().enumerate() {
                    let base = result15
                        .add(i * (8 * ::core::mem::size_of::<*const u8>()));
                    {
                        let super::super::super::super::foldline::reducer::types::Field {
                            name: name8,
                            source: source8,
                            path: path8,
                            aliases: aliases8,
                            ty: ty8,
                            required: required8,
                        } = e;
                        let vec9 = (name8.into_bytes()).into_boxed_slice();
                        let ptr9 = vec9.as_ptr().cast::<u8>();
                        let len9 = vec9.len();
                        ::core::mem::forget(vec9);
                        *base.add(::core::mem::size_of::<*const u8>()).cast::<usize>() = len9;
                        *base.add(0).cast::<*mut u8>() = ptr9.cast_mut();
                        *base
                            .add(2 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (source8.clone() as i32) as u8;
                        let vec11 = path8;
                        let len11 = vec11.len();
                        let layout11 = _rt::alloc::Layout::from_size_align(
                                vec11.len() * (2 * ::core::mem::size_of::<*const u8>()),
                                ::core::mem::size_of::<*const u8>(),
                            )
                            .unwrap();
                        let (result11, _cleanup11) = crate::abi::Cleanup::new(layout11);
                        if let Some(cleanup) = _cleanup11 {
                            cleanup.forget();
                        }
                        for (i, e) in vec11.into_iter().enumerate() {
                            let base = result11
                                .add(i * (2 * ::core::mem::size_of::<*const u8>()));
                            {
                                let vec10 = (e.into_bytes()).into_boxed_slice();
                                let ptr10 = vec10.as_ptr().cast::<u8>();
                                let len10 = vec10.len();
                                ::core::mem::forget(vec10);
                                *base
                                    .add(::core::mem::size_of::<*const u8>())
                                    .cast::<usize>() = len10;
                                *base.add(0).cast::<*mut u8>() = ptr10.cast_mut();
                            }
                        }
                        *base
                            .add(4 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len11;
                        *base
                            .add(3 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = result11;
                        let vec13 = aliases8;
                        let len13 = vec13.len();
                        let layout13 = _rt::alloc::Layout::from_size_align(
                                vec13.len() * (2 * ::core::mem::size_of::<*const u8>()),
                                ::core::mem::size_of::<*const u8>(),
                            )
                            .unwrap();
                        let (result13, _cleanup13) = crate::abi::Cleanup::new(layout13);
                        if let Some(cleanup) = _cleanup13 {
                            cleanup.forget();
                        }
                        for (i, e) in vec13.into_iter().enumerate() {
                            let base = result13
                                .add(i * (2 * ::core::mem::size_of::<*const u8>()));
                            {
                                let vec12 = (e.into_bytes()).into_boxed_slice();
                                let ptr12 = vec12.as_ptr().cast::<u8>();
                                let len12 = vec12.len();
                                ::core::mem::forget(vec12);
                                *base
                                    .add(::core::mem::size_of::<*const u8>())
                                    .cast::<usize>() = len12;
                                *base.add(0).cast::<*mut u8>() = ptr12.cast_mut();
                            }
                        }
                        *base
                            .add(6 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len13;
                        *base
                            .add(5 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = result13;
                        use super::super::super::super::foldline::reducer::types::ValueType as V14;
                        match ty8 {
                            V14::Boolean => {
                                *base
                                    .add(7 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (0i32) as u8;
                            }
                            V14::Int => {
                                *base
                                    .add(7 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (1i32) as u8;
                            }
                            V14::Float => {
                                *base
                                    .add(7 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (2i32) as u8;
                            }
                            V14::Text => {
                                *base
                                    .add(7 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (3i32) as u8;
                            }
                            V14::Blob => {
                                *base
                                    .add(7 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (4i32) as u8;
                            }
                            V14::Time(e) => {
                                *base
                                    .add(7 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (5i32) as u8;
                                *base
                                    .add(1 + 7 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (e.clone() as i32) as u8;
                            }
                        }
                        *base
                            .add(2 + 7 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (match required8 {
                            true => 1,
                            false => 0,
                        }) as u8;
                    }
                }
                *base.add(3 * ::core::mem::size_of::<*const u8>()).cast::<usize>() = len15;
                *base.add(2 * ::core::mem::size_of::<*const u8>()).cast::<*mut u8>() = result15;
                match event_time6 {
                    Some(e) => {
                        *base
                            .add(4 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (1i32) as u8;
                        *base
                            .add(4 + 4 * ::core::mem::size_of::<*const u8>())
                            .cast::<i32>() = _rt::as_i32(e);
                    }
                    None => {
                        *base
                            .add(4 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (0i32) as u8;
                    }
                };
                *base.add(8 + 4 * ::core::mem::size_of::<*const u8>()).cast::<i64>() = _rt::as_i64(
                    out_of_orderness_ms6,
                );
                *base.add(16 + 4 * ::core::mem::size_of::<*const u8>()).cast::<u8>() = (match changelog6 {
                    true => 1,
                    false => 0,
                }) as u8;
            }
        }
        *ptr1.add(7 * ::core::mem::size_of::<*const u8>()).cast::<usize>() = len16;
        *ptr1.add(6 * ::core::mem::size_of::<*const u8>()).cast::<*mut u8>() = result16;
        let vec33 = tables2;
        let len33 = vec33.len();
        let layout33 = _rt::alloc::Layout::from_size_align(
                vec33.len() * (72 + 4 * ::core::mem::size_of::<*const u8>()),
                8,
            )
            .unwrap();
        let (result33, _cleanup33) = crate::abi::Cleanup::new(layout33);
        if let Some(cleanup) = _cleanup33 {
            cleanup.forget();
        }
        for (i, e) in vec33.into_iter().enumerate() {
            let base = result33.add(i * (72 + 4 * ::core::mem::size_of::<*const u8>()));
            {
                let super::super::super::super::foldline::reducer::types::Table {
                    name: name17,
                    key: key17,
                    aggregates: aggregates17,
                    window: window17,
                    keep: keep17,
                    when_empty: when_empty17,
                    allowed_lateness_ms: allowed_lateness_ms17,
                    projected: projected17,
                } = e;
                let vec18 = (name17.into_bytes()).into_boxed_slice();
                let ptr18 = vec18.as_ptr().cast::<u8>();
                let len18 = vec18.len();
                ::core::mem::forget(vec18);
                *base.add(::core::mem::size_of::<*const u8>()).cast::<usize>() = len18;
                *base.add(0).cast::<*mut u8>() = ptr18.cast_mut();
                use super::super::super::super::foldline::reducer::types::ValueType as V19;
                match key17 {
                    V19::Boolean => {
                        *base
                            .add(2 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (0i32) as u8;
                    }
                    V19::Int => {
                        *base
                            .add(2 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (1i32) as u8;
                    }
                    V19::Float => {
                        *base
                            .add(2 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (2i32) as u8;
                    }
                    V19::Text => {
                        *base
                            .add(2 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (3i32) as u8;
                    }
                    V19::Blob => {
                        *base
                            .add(2 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (4i32) as u8;
                    }
                    V19::Time(e) => {
                        *base
                            .add(2 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (5i32) as u8;
                        *base
                            .add(1 + 2 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (e.clone() as i32) as u8;
                    }
                }
                let vec29 = aggregates17;
                let len29 = vec29.len();
                let layout29 = _rt::alloc::Layout::from_size_align(
                        vec29.len() * (8 + 6 * ::core::mem::size_of::<*const u8>()),
                        ::core::mem::size_of::<*const u8>(),
                    )
                    .unwrap();
                let (result29, _cleanup29) = crate::abi::Cleanup::new(layout29);
                if let Some(cleanup) = _cleanup29 {
                    cleanup.forget();
                }
                for (i, e) in vec29.into_iter().enumerate() {
                    let base = result29
                        .add(i * (8 + 6 * ::core::mem::size_of::<*const u8>()));
                    {
                        let super::super::super::super::foldline::reducer::types::Aggregate {
                            name: name20,
                            kind: kind20,
                            refers_to: refers_to20,
                        } = e;
                        let vec21 = (name20.into_bytes()).into_boxed_slice();
                        let ptr21 = vec21.as_ptr().cast::<u8>();
                        let len21 = vec21.len();
                        ::core::mem::forget(vec21);
                        *base.add(::core::mem::size_of::<*const u8>()).cast::<usize>() = len21;
                        *base.add(0).cast::<*mut u8>() = ptr21.cast_mut();
                        use super::super::super::super::foldline::reducer::types::AggregateKind as V28;
                        match kind20 {
                            V28::Count => {
                                *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (0i32) as u8;
                            }
                            V28::Sum(e) => {
                                *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (1i32) as u8;
                                *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (_rt::as_i32(e)) as u8;
                            }
                            V28::Min(e) => {
                                *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (2i32) as u8;
                                use super::super::super::super::foldline::reducer::types::ValueType as V22;
                                match e {
                                    V22::Boolean => {
                                        *base
                                            .add(3 * ::core::mem::size_of::<*const u8>())
                                            .cast::<u8>() = (0i32) as u8;
                                    }
                                    V22::Int => {
                                        *base
                                            .add(3 * ::core::mem::size_of::<*const u8>())
                                            .cast::<u8>() = (1i32) as u8;
                                    }
                                    V22::Float => {
                                        *base
                                            .add(3 * ::core::mem::size_of::<*const u8>())
                                            .cast::<u8>() = (2i32) as u8;
                                    }
                                    V22::Text => {
                                        *base
                                            .add(3 * ::core::mem::size_of::<*const u8>())
                                            .cast::<u8>() = (3i32) as u8;
                                    }
                                    V22::Blob => {
                                        *base
                                            .add(3 * ::core::mem::size_of::<*const u8>())
                                            .cast::<u8>() = (4i32) as u8;
                                    }
                                    V22::Time(e) => {
                                        *base
                                            .add(3 * ::core::mem::size_of::<*const u8>())
                                            .cast::<u8>() = (5i32) as u8;
                                        *base
                                            .add(1 + 3 * ::core::mem::size_of::<*const u8>())
                                            .cast::<u8>() = (e.clone() as i32) as u8;
                                    }
                                }
                            }
                            V28::Max(e) => {
                                *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (3i32) as u8;
                                use super::super::super::super::foldline::reducer::types::ValueType as V23;
                                match e {
                                    V23::Boolean => {
                                        *base
                                            .add(3 * ::core::mem::size_of::<*const u8>())
                                            .cast::<u8>() = (0i32) as u8;
                                    }
                                    V23::Int => {
                                        *base
                                            .add(3 * ::core::mem::size_of::<*const u8>())
                                            .cast::<u8>() = (1i32) as u8;
                                    }
                                    V23::Float => {
                                        *base
                                            .add(3 * ::core::mem::size_of::<*const u8>())
                                            .cast::<u8>() = (2i32) as u8;
                                    }
                                    V23::Text => {
                                        *base
                                            .add(3 * ::core::mem::size_of::<*const u8>())
                                            .cast::<u8>() = (3i32) as u8;
                                    }
                                    V23::Blob => {
                                        *base
                                            .add(3 * ::core::mem::size_of::<*const u8>())
                                            .cast::<u8>() = (4i32) as u8;
                                    }
                                    V23::Time(e) => {
                                        *base
                                            .add(3 * ::core::mem::size_of::<*const u8>())
                                            .cast::<u8>() = (5i32) as u8;
                                        *base
                                            .add(1 + 3 * ::core::mem::size_of::<*const u8>())
                                            .cast::<u8>() = (e.clone() as i32) as u8;
                                    }
                                }
                            }
                            V28::First(e) => {
                                *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (4i32) as u8;
                                use super::super::super::super::foldline::reducer::types::ValueType as V24;
                                match e {
                                    V24::Boolean => {
                                        *base
                                            .add(3 * ::core::mem::size_of::<*const u8>())
                                            .cast::<u8>() = (0i32) as u8;
                                    }
                                    V24::Int => {
                                        *base
                                            .add(3 * ::core::mem::size_of::<*const u8>())
                                            .cast::<u8>() = (1i32) as u8;
                                    }
                                    V24::Float => {
                                        *base
                                            .add(3 * ::core::mem::size_of::<*const u8>())
                                            .cast::<u8>() = (2i32) as u8;
                                    }
                                    V24::Text => {
                                        *base
                                            .add(3 * ::core::mem::size_of::<*const u8>())
                                            .cast::<u8>() = (3i32) as u8;
                                    }
                                    V24::Blob => {
                                        *base
                                            .add(3 * ::core::mem::size_of::<*const u8>())
                                            .cast::<u8>() = (4i32) as u8;
                                    }
                                    V24::Time(e) => {
                                        *base
                                            .add(3 * ::core::mem::size_of::<*const u8>())
                                            .cast::<u8>() = (5i32) as u8;
                                        *base
                                            .add(1 + 3 * ::core::mem::size_of::<*const u8>())
                                            .cast::<u8>() = (e.clone() as i32) as u8;
                                    }
                                }
                            }
                            V28::Last(e) => {
                                *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (5i32) as u8;
                                use super::super::super::super::foldline::reducer::types::ValueType as V25;
                                match e {
                                    V25::Boolean => {
                                        *base
                                            .add(3 * ::core::mem::size_of::<*const u8>())
                                            .cast::<u8>() = (0i32) as u8;
                                    }
                                    V25::Int => {
                                        *base
                                            .add(3 * ::core::mem::size_of::<*const u8>())
                                            .cast::<u8>() = (1i32) as u8;
                                    }
                                    V25::Float => {
                                        *base
                                            .add(3 * ::core::mem::size_of::<*const u8>())
                                            .cast::<u8>() = (2i32) as u8;
                                    }
                                    V25::Text => {
                                        *base
                                            .add(3 * ::core::mem::size_of::<*const u8>())
                                            .cast::<u8>() = (3i32) as u8;
                                    }
                                    V25::Blob => {
                                        *base
                                            .add(3 * ::core::mem::size_of::<*const u8>())
                                            .cast::<u8>() = (4i32) as u8;
                                    }
                                    V25::Time(e) => {
                                        *base
                                            .add(3 * ::core::mem::size_of::<*const u8>())
                                            .cast::<u8>() = (5i32) as u8;
                                        *base
                                            .add(1 + 3 * ::core::mem::size_of::<*const u8>())
                                            .cast::<u8>() = (e.clone() as i32) as u8;
                                    }
                                }
                            }
                            V28::Distinct(e) => {
                                *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (6i32) as u8;
                                *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (_rt::as_i32(e)) as u8;
                            }
                            V28::TopK(e) => {
                                *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (7i32) as u8;
                                *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<i32>() = _rt::as_i32(e);
                            }
                            V28::Quantiles(e) => {
                                *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (8i32) as u8;
                                let super::super::super::super::foldline::reducer::types::QuantileSpec {
                                    relative_error_millionths: relative_error_millionths26,
                                    at: at26,
                                } = e;
                                *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<i32>() = _rt::as_i32(relative_error_millionths26);
                                let vec27 = <_ as Into<_rt::Vec<_>>>::into(at26)
                                    .into_boxed_slice();
                                let ptr27 = vec27.as_ptr().cast::<u8>();
                                let len27 = vec27.len();
                                ::core::mem::forget(vec27);
                                *base
                                    .add(5 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>() = len27;
                                *base
                                    .add(4 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>() = ptr27.cast_mut();
                            }
                            V28::Fold => {
                                *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (9i32) as u8;
                            }
                        }
                        match refers_to20 {
                            Some(e) => {
                                *base
                                    .add(6 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (1i32) as u8;
                                *base
                                    .add(4 + 6 * ::core::mem::size_of::<*const u8>())
                                    .cast::<i32>() = _rt::as_i32(e);
                            }
                            None => {
                                *base
                                    .add(6 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (0i32) as u8;
                            }
                        };
                    }
                }
                *base.add(4 * ::core::mem::size_of::<*const u8>()).cast::<usize>() = len29;
                *base.add(3 * ::core::mem::size_of::<*const u8>()).cast::<*mut u8>() = result29;
                use super::super::super::super::foldline::reducer::types::Window as V31;
                match window17 {
                    V31::Unbounded => {
                        *base
                            .add(8 + 4 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (0i32) as u8;
                    }
                    V31::Tumbling(e) => {
                        *base
                            .add(8 + 4 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (1i32) as u8;
                        *base
                            .add(16 + 4 * ::core::mem::size_of::<*const u8>())
                            .cast::<i64>() = _rt::as_i64(e);
                    }
                    V31::Sliding(e) => {
                        *base
                            .add(8 + 4 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (2i32) as u8;
                        let super::super::super::super::foldline::reducer::types::Sliding {
                            size_ms: size_ms30,
                            slide_ms: slide_ms30,
                        } = e;
                        *base
                            .add(16 + 4 * ::core::mem::size_of::<*const u8>())
                            .cast::<i64>() = _rt::as_i64(size_ms30);
                        *base
                            .add(24 + 4 * ::core::mem::size_of::<*const u8>())
                            .cast::<i64>() = _rt::as_i64(slide_ms30);
                    }
                    V31::Session(e) => {
                        *base
                            .add(8 + 4 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (3i32) as u8;
                        *base
                            .add(16 + 4 * ::core::mem::size_of::<*const u8>())
                            .cast::<i64>() = _rt::as_i64(e);
                    }
                }
                use super::super::super::super::foldline::reducer::types::Keep as V32;
                match keep17 {
                    V32::Latest => {
                        *base
                            .add(32 + 4 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (0i32) as u8;
                    }
                    V32::Every(e) => {
                        *base
                            .add(32 + 4 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (1i32) as u8;
                        *base
                            .add(40 + 4 * ::core::mem::size_of::<*const u8>())
                            .cast::<i64>() = _rt::as_i64(e);
                    }
                }
                *base.add(48 + 4 * ::core::mem::size_of::<*const u8>()).cast::<u8>() = (when_empty17
                    .clone() as i32) as u8;
                *base.add(56 + 4 * ::core::mem::size_of::<*const u8>()).cast::<i64>() = _rt::as_i64(
                    allowed_lateness_ms17,
                );
                *base.add(64 + 4 * ::core::mem::size_of::<*const u8>()).cast::<u8>() = (match projected17 {
                    true => 1,
                    false => 0,
                }) as u8;
            }
        }
        *ptr1.add(9 * ::core::mem::size_of::<*const u8>()).cast::<usize>() = len33;
        *ptr1.add(8 * ::core::mem::size_of::<*const u8>()).cast::<*mut u8>() = result33;
        let vec37 = document2;
        let len37 = vec37.len();
        let layout37 = _rt::alloc::Layout::from_size_align(
                vec37.len() * (3 * ::core::mem::size_of::<*const u8>()),
                ::core::mem::size_of::<*const u8>(),
            )
            .unwrap();
        let (result37, _cleanup37) = crate::abi::Cleanup::new(layout37);
        if let Some(cleanup) = _cleanup37 {
            cleanup.forget();
        }
        for (i, e) in vec37.into_iter().enumerate() {
            let base = result37.add(i * (3 * ::core::mem::size_of::<*const u8>()));
            {
                let super::super::super::super::foldline::reducer::types::OutputField {
                    name: name34,
                    ty: ty34,
                    sortable: sortable34,
                } = e;
                let vec35 = (name34.into_bytes()).into_boxed_slice();
                let ptr35 = vec35.as_ptr().cast::<u8>();
                let len35 = vec35.len();
                ::core::mem::forget(vec35);
                *base.add(::core::mem::size_of::<*const u8>()).cast::<usize>() = len35;
                *base.add(0).cast::<*mut u8>() = ptr35.cast_mut();
                use super::super::super::super::foldline::reducer::types::ValueType as V36;
                match ty34 {
                    V36::Boolean => {
                        *base
                            .add(2 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (0i32) as u8;
                    }
                    V36::Int => {
                        *base
                            .add(2 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (1i32) as u8;
                    }
                    V36::Float => {
                        *base
                            .add(2 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (2i32) as u8;
                    }
                    V36::Text => {
                        *base
                            .add(2 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (3i32) as u8;
                    }
                    V36::Blob => {
                        *base
                            .add(2 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (4i32) as u8;
                    }
                    V36::Time(e) => {
                        *base
                            .add(2 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (5i32) as u8;
                        *base
                            .add(1 + 2 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (e.clone() as i32) as u8;
                    }
                }
                *base.add(2 + 2 * ::core::mem::size_of::<*const u8>()).cast::<u8>() = (match sortable34 {
                    true => 1,
                    false => 0,
                }) as u8;
            }
        }
        *ptr1.add(11 * ::core::mem::size_of::<*const u8>()).cast::<usize>() = len37;
        *ptr1.add(10 * ::core::mem::size_of::<*const u8>()).cast::<*mut u8>() = result37;
        let vec39 = relay_topics2;
        let len39 = vec39.len();
        let layout39 = _rt::alloc::Layout::from_size_align(
                vec39.len() * (2 * ::core::mem::size_of::<*const u8>()),
                ::core::mem::size_of::<*const u8>(),
            )
            .unwrap();
        let (result39, _cleanup39) = crate::abi::Cleanup::new(layout39);
        if let Some(cleanup) = _cleanup39 {
            cleanup.forget();
        }
        for (i, e) in vec39.into_iter().enumerate() {
            let base = result39.add(i * (2 * ::core::mem::size_of::<*const u8>()));
            {
                let vec38 = (e.into_bytes()).into_boxed_slice();
                let ptr38 = vec38.as_ptr().cast::<u8>();
                let len38 = vec38.len();
                ::core::mem::forget(vec38);
                *base.add(::core::mem::size_of::<*const u8>()).cast::<usize>() = len38;
                *base.add(0).cast::<*mut u8>() = ptr38.cast_mut();
            }
        }
        *ptr1.add(13 * ::core::mem::size_of::<*const u8>()).cast::<usize>() = len39;
        *ptr1.add(12 * ::core::mem::size_of::<*const u8>()).cast::<*mut u8>() = result39;
        ptr1
    }
}
#[doc(hidden)]
#[allow(non_snake_case)]
pub unsafe fn __post_return_describe<T_: Guest>(arg0: *mut u8) {
    unsafe {
        let l0 = *arg0.add(0).cast::<*mut u8>();
        let l1 = *arg0.add(::core::mem::size_of::<*const u8>()).cast::<usize>();
        _rt::cabi_dealloc(l0, l1, 1);
        let l2 = *arg0.add(2 * ::core::mem::size_of::<*const u8>()).cast::<*mut u8>();
        let l3 = *arg0.add(3 * ::core::mem::size_of::<*const u8>()).cast::<usize>();
        _rt::cabi_dealloc(l2, l3, 1);
        let l4 = *arg0.add(4 * ::core::mem::size_of::<*const u8>()).cast::<*mut u8>();
        let l5 = *arg0.add(5 * ::core::mem::size_of::<*const u8>()).cast::<usize>();
        _rt::cabi_dealloc(l4, l5, 1);
        let l6 = *arg0.add(6 * ::core::mem::size_of::<*const u8>()).cast::<*mut u8>();
        let l7 = *arg0.add(7 * ::core::mem::size_of::<*const u8>()).cast::<usize>();
        let base25 = l6;
        let len25 = l7;
        for i in 0..len25 {
            let base = base25.add(i * (24 + 4 * ::core::mem::size_of::<*const u8>()));
            {
                let l8 = *base.add(0).cast::<*mut u8>();
                let l9 = *base.add(::core::mem::size_of::<*const u8>()).cast::<usize>();
                _rt::cabi_dealloc(l8, l9, 1);
                let l10 = *base
                    .add(2 * ::core::mem::size_of::<*const u8>())
                    .cast::<*mut u8>();
                let l11 = *base
                    .add(3 * ::core::mem::size_of::<*const u8>())
                    .cast::<usize>();
                let base24 = l10;
                let len24 = l11;
                for i in 0..len24 {
                    let base = base24.add(i * (8 * ::core::mem::size_of::<*const u8>()));
                    {
                        let l12 = *base.add(0).cast::<*mut u8>();
                        let l13 = *base
                            .add(::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        _rt::cabi_dealloc(l12, l13, 1);
                        let l14 = *base
                            .add(3 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>();
                        let l15 = *base
                            .add(4 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        let base18 = l14;
                        let len18 = l15;
                        for i in 0..len18 {
                            let base = base18
                                .add(i * (2 * ::core::mem::size_of::<*const u8>()));
                            {
                                let l16 = *base.add(0).cast::<*mut u8>();
                                let l17 = *base
                                    .add(::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                _rt::cabi_dealloc(l16, l17, 1);
                            }
                        }
                        _rt::cabi_dealloc(
                            base18,
                            len18 * (2 * ::core::mem::size_of::<*const u8>()),
                            ::core::mem::size_of::<*const u8>(),
                        );
                        let l19 = *base
                            .add(5 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>();
                        let l20 = *base
                            .add(6 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        let base23 = l19;
                        let len23 = l20;
                        for i in 0..len23 {
                            let base = base23
                                .add(i * (2 * ::core::mem::size_of::<*const u8>()));
                            {
                                let l21 = *base.add(0).cast::<*mut u8>();
                                let l22 = *base
                                    .add(::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                _rt::cabi_dealloc(l21, l22, 1);
                            }
                        }
                        _rt::cabi_dealloc(
                            base23,
                            len23 * (2 * ::core::mem::size_of::<*const u8>()),
                            ::core::mem::size_of::<*const u8>(),
                        );
                    }
                }
                _rt::cabi_dealloc(
                    base24,
                    len24 * (8 * ::core::mem::size_of::<*const u8>()),
                    ::core::mem::size_of::<*const u8>(),
                );
            }
        }
        _rt::cabi_dealloc(
            base25,
            len25 * (24 + 4 * ::core::mem::size_of::<*const u8>()),
            8,
        );
        let l26 = *arg0.add(8 * ::core::mem::size_of::<*const u8>()).cast::<*mut u8>();
        let l27 = *arg0.add(9 * ::core::mem::size_of::<*const u8>()).cast::<usize>();
        let base39 = l26;
        let len39 = l27;
        for i in 0..len39 {
            let base = base39.add(i * (72 + 4 * ::core::mem::size_of::<*const u8>()));
            {
                let l28 = *base.add(0).cast::<*mut u8>();
                let l29 = *base.add(::core::mem::size_of::<*const u8>()).cast::<usize>();
                _rt::cabi_dealloc(l28, l29, 1);
                let l30 = *base
                    .add(3 * ::core::mem::size_of::<*const u8>())
                    .cast::<*mut u8>();
                let l31 = *base
                    .add(4 * ::core::mem::size_of::<*const u8>())
                    .cast::<usize>();
                let base38 = l30;
                let len38 = l31;
                for i in 0..len38 {
                    let base = base38
                        .add(i * (8 + 6 * ::core::mem::size_of::<*const u8>()));
                    {
                        let l32 = *base.add(0).cast::<*mut u8>();
                        let l33 = *base
                            .add(::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        _rt::cabi_dealloc(l32, l33, 1);
                        let l34 = i32::from(
                            *base
                                .add(2 * ::core::mem::size_of::<*const u8>())
                                .cast::<u8>(),
                        );
                        match l34 {
                            0 => {}
                            1 => {}
                            2 => {}
                            3 => {}
                            4 => {}
                            5 => {}
                            6 => {}
                            7 => {}
                            8 => {
                                let l35 = *base
                                    .add(4 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l36 = *base
                                    .add(5 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let base37 = l35;
                                let len37 = l36;
                                _rt::cabi_dealloc(base37, len37 * 8, 8);
                            }
                            _ => {}
                        }
                    }
                }
                _rt::cabi_dealloc(
                    base38,
                    len38 * (8 + 6 * ::core::mem::size_of::<*const u8>()),
                    ::core::mem::size_of::<*const u8>(),
                );
            }
        }
        _rt::cabi_dealloc(
            base39,
            len39 * (72 + 4 * ::core::mem::size_of::<*const u8>()),
            8,
        );
        let l40 = *arg0.add(10 * ::core::mem::size_of::<*const u8>()).cast::<*mut u8>();
        let l41 = *arg0.add(11 * ::core::mem::size_of::<*const u8>()).cast::<usize>();
        let base44 = l40;
        let len44 = l41;
        for i in 0..len44 {
            let base = base44.add(i * (3 * ::core::mem::size_of::<*const u8>()));
            {
                let l42 = *base.add(0).cast::<*mut u8>();
                let l43 = *base.add(::core::mem::size_of::<*const u8>()).cast::<usize>();
                _rt::cabi_dealloc(l42, l43, 1);
            }
        }
        _rt::cabi_dealloc(
            base44,
            len44 * (3 * ::core::mem::size_of::<*const u8>()),
            ::core::mem::size_of::<*const u8>(),
        );
        let l45 = *arg0.add(12 * ::core::mem::size_of::<*const u8>()).cast::<*mut u8>();
        let l46 = *arg0.add(13 * ::core::mem::size_of::<*const u8>()).cast::<usize>();
        let base49 = l45;
        let len49 = l46;
        for i in 0..len49 {
            let base = base49.add(i * (2 * ::core::mem::size_of::<*const u8>()));
            {
                let l47 = *base.add(0).cast::<*mut u8>();
                let l48 = *base.add(::core::mem::size_of::<*const u8>()).cast::<usize>();
                _rt::cabi_dealloc(l47, l48, 1);
            }
        }
        _rt::cabi_dealloc(
            base49,
            len49 * (2 * ::core::mem::size_of::<*const u8>()),
            ::core::mem::size_of::<*const u8>(),
        );
    }
}
pub trait Guest {
    /// Always the same answer.
    #[allow(async_fn_in_trait)]
    fn describe() -> Description;
}
#[doc(hidden)]
#[macro_export]
macro_rules! __export_foldline_reducer_manifest_0_1_0_cabi {
    ($ty:ident with_types_in $($path_to_types:tt)*) => {
        const _ : () = { #[unsafe (export_name =
        "foldline:reducer/manifest@0.1.0#describe")] unsafe extern "C" fn
        export_describe() -> * mut u8 { unsafe { $($path_to_types)*::
        _export_describe_cabi::<$ty > () } } #[unsafe (export_name =
        "cabi_post_foldline:reducer/manifest@0.1.0#describe")] unsafe extern "C" fn
        _post_return_describe(arg0 : * mut u8,) { unsafe { $($path_to_types)*::
        __post_return_describe::<$ty > (arg0) } } };
    };
}
#[doc(hidden)]
pub use __export_foldline_reducer_manifest_0_1_0_cabi;
#[cfg_attr(target_pointer_width = "64", repr(align(8)))]
#[cfg_attr(target_pointer_width = "32", repr(align(4)))]
struct _RetArea(
    [::core::mem::MaybeUninit<u8>; 14 * ::core::mem::size_of::<*const u8>()],
);
static mut _RET_AREA: _RetArea = _RetArea(
    [::core::mem::MaybeUninit::uninit(); 14 * ::core::mem::size_of::<*const u8>()],
);
