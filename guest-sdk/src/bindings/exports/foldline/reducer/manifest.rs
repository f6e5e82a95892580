// Generated from wit/reducer-0.2.0 by `cargo xtask bindings`. Do not edit.

#[used]
#[doc(hidden)]
static __FORCE_SECTION_REF: fn() = super::super::super::super::__link_custom_section_describing_imports;
use super::super::super::super::_rt;
pub type Description = super::super::super::super::foldline::reducer::types::Description;
pub type Parameter = super::super::super::super::foldline::reducer::types::Parameter;
pub type Scalar = super::super::super::super::foldline::reducer::types::Scalar;
#[doc(hidden)]
#[allow(non_snake_case, unused_unsafe)]
pub unsafe fn _export_parameters_cabi<T_: Guest>() -> *mut u8 {
    unsafe {
        #[cfg(target_arch = "wasm32")] _rt::run_ctors_once();
        let result0 = { T_::parameters() };
        let ptr1 = (&raw mut _RET_AREA.0).cast::<u8>();
        let vec7 = result0;
        let len7 = vec7.len();
        let layout7 = _rt::alloc::Layout::from_size_align(
                vec7.len() * (8 + 6 * ::core::mem::size_of::<*const u8>()),
                8,
            )
            .unwrap();
        let (result7, _cleanup7) = crate::abi::Cleanup::new(layout7);
        if let Some(cleanup) = _cleanup7 {
            cleanup.forget();
        }
        for (i, e) in vec7.into_iter().enumerate() {
            let base = result7.add(i * (8 + 6 * ::core::mem::size_of::<*const u8>()));
            {
                let super::super::super::super::foldline::reducer::types::Parameter {
                    name: name2,
                    explanation: explanation2,
                    fallback: fallback2,
                } = e;
                let vec3 = (name2.into_bytes()).into_boxed_slice();
                let ptr3 = vec3.as_ptr().cast::<u8>();
                let len3 = vec3.len();
                ::core::mem::forget(vec3);
                *base.add(::core::mem::size_of::<*const u8>()).cast::<usize>() = len3;
                *base.add(0).cast::<*mut u8>() = ptr3.cast_mut();
                let vec4 = (explanation2.into_bytes()).into_boxed_slice();
                let ptr4 = vec4.as_ptr().cast::<u8>();
                let len4 = vec4.len();
                ::core::mem::forget(vec4);
                *base.add(3 * ::core::mem::size_of::<*const u8>()).cast::<usize>() = len4;
                *base.add(2 * ::core::mem::size_of::<*const u8>()).cast::<*mut u8>() = ptr4
                    .cast_mut();
                use super::super::super::super::foldline::reducer::types::Scalar as V6;
                match fallback2 {
                    V6::Boolean(e) => {
                        *base
                            .add(4 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (0i32) as u8;
                        *base
                            .add(8 + 4 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (match e {
                            true => 1,
                            false => 0,
                        }) as u8;
                    }
                    V6::Int(e) => {
                        *base
                            .add(4 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (1i32) as u8;
                        *base
                            .add(8 + 4 * ::core::mem::size_of::<*const u8>())
                            .cast::<i64>() = _rt::as_i64(e);
                    }
                    V6::Float(e) => {
                        *base
                            .add(4 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (2i32) as u8;
                        *base
                            .add(8 + 4 * ::core::mem::size_of::<*const u8>())
                            .cast::<f64>() = _rt::as_f64(e);
                    }
                    V6::Text(e) => {
                        *base
                            .add(4 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (3i32) as u8;
                        let vec5 = (e.into_bytes()).into_boxed_slice();
                        let ptr5 = vec5.as_ptr().cast::<u8>();
                        let len5 = vec5.len();
                        ::core::mem::forget(vec5);
                        *base
                            .add(8 + 5 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len5;
                        *base
                            .add(8 + 4 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr5.cast_mut();
                    }
                    V6::Time(e) => {
                        *base
                            .add(4 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (4i32) as u8;
                        *base
                            .add(8 + 4 * ::core::mem::size_of::<*const u8>())
                            .cast::<i64>() = _rt::as_i64(e);
                    }
                }
            }
        }
        *ptr1.add(::core::mem::size_of::<*const u8>()).cast::<usize>() = len7;
        *ptr1.add(0).cast::<*mut u8>() = result7;
        ptr1
    }
}
#[doc(hidden)]
#[allow(non_snake_case)]
pub unsafe fn __post_return_parameters<T_: Guest>(arg0: *mut u8) {
    unsafe {
        let l0 = *arg0.add(0).cast::<*mut u8>();
        let l1 = *arg0.add(::core::mem::size_of::<*const u8>()).cast::<usize>();
        let base9 = l0;
        let len9 = l1;
        for i in 0..len9 {
            let base = base9.add(i * (8 + 6 * ::core::mem::size_of::<*const u8>()));
            {
                let l2 = *base.add(0).cast::<*mut u8>();
                let l3 = *base.add(::core::mem::size_of::<*const u8>()).cast::<usize>();
                _rt::cabi_dealloc(l2, l3, 1);
                let l4 = *base
                    .add(2 * ::core::mem::size_of::<*const u8>())
                    .cast::<*mut u8>();
                let l5 = *base
                    .add(3 * ::core::mem::size_of::<*const u8>())
                    .cast::<usize>();
                _rt::cabi_dealloc(l4, l5, 1);
                let l6 = i32::from(
                    *base.add(4 * ::core::mem::size_of::<*const u8>()).cast::<u8>(),
                );
                match l6 {
                    0 => {}
                    1 => {}
                    2 => {}
                    3 => {
                        let l7 = *base
                            .add(8 + 4 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>();
                        let l8 = *base
                            .add(8 + 5 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        _rt::cabi_dealloc(l7, l8, 1);
                    }
                    _ => {}
                }
            }
        }
        _rt::cabi_dealloc(
            base9,
            len9 * (8 + 6 * ::core::mem::size_of::<*const u8>()),
            8,
        );
    }
}
#[doc(hidden)]
#[allow(non_snake_case, unused_unsafe)]
pub unsafe fn _export_configure_cabi<T_: Guest>(arg0: *mut u8, arg1: usize) -> *mut u8 {
    unsafe {
        #[cfg(target_arch = "wasm32")] _rt::run_ctors_once();
        let result10 = {
            let base9 = arg0;
            let len9 = arg1;
            let mut result9 = _rt::Vec::with_capacity(len9);
            for i in 0..len9 {
                let base = base9.add(i * (8 + 2 * ::core::mem::size_of::<*const u8>()));
                let e9 = {
                    let l0 = i32::from(*base.add(0).cast::<u8>());
                    use super::super::super::super::foldline::reducer::types::Scalar as V8;
                    let v8 = match l0 {
                        0 => {
                            let e8 = {
                                let l1 = i32::from(*base.add(8).cast::<u8>());
                                _rt::bool_lift(l1 as u8)
                            };
                            V8::Boolean(e8)
                        }
                        1 => {
                            let e8 = {
                                let l2 = *base.add(8).cast::<i64>();
                                l2
                            };
                            V8::Int(e8)
                        }
                        2 => {
                            let e8 = {
                                let l3 = *base.add(8).cast::<f64>();
                                l3
                            };
                            V8::Float(e8)
                        }
                        3 => {
                            let e8 = {
                                let l4 = *base.add(8).cast::<*mut u8>();
                                let l5 = *base
                                    .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let len6 = l5;
                                let bytes6 = _rt::Vec::from_raw_parts(
                                    l4.cast(),
                                    len6,
                                    len6,
                                );
                                _rt::string_lift(bytes6)
                            };
                            V8::Text(e8)
                        }
                        n => {
                            debug_assert_eq!(n, 4, "invalid enum discriminant");
                            let e8 = {
                                let l7 = *base.add(8).cast::<i64>();
                                l7
                            };
                            V8::Time(e8)
                        }
                    };
                    v8
                };
                result9.push(e9);
            }
            _rt::cabi_dealloc(
                base9,
                len9 * (8 + 2 * ::core::mem::size_of::<*const u8>()),
                8,
            );
            T_::configure(result9)
        };
        let ptr11 = (&raw mut _RET_AREA.0).cast::<u8>();
        match result10 {
            Ok(_) => {
                *ptr11.add(0).cast::<u8>() = (0i32) as u8;
            }
            Err(e) => {
                *ptr11.add(0).cast::<u8>() = (1i32) as u8;
                let vec12 = (e.into_bytes()).into_boxed_slice();
                let ptr12 = vec12.as_ptr().cast::<u8>();
                let len12 = vec12.len();
                ::core::mem::forget(vec12);
                *ptr11.add(2 * ::core::mem::size_of::<*const u8>()).cast::<usize>() = len12;
                *ptr11.add(::core::mem::size_of::<*const u8>()).cast::<*mut u8>() = ptr12
                    .cast_mut();
            }
        };
        ptr11
    }
}
#[doc(hidden)]
#[allow(non_snake_case)]
pub unsafe fn __post_return_configure<T_: Guest>(arg0: *mut u8) {
    unsafe {
        let l0 = i32::from(*arg0.add(0).cast::<u8>());
        match l0 {
            0 => {}
            _ => {
                let l1 = *arg0
                    .add(::core::mem::size_of::<*const u8>())
                    .cast::<*mut u8>();
                let l2 = *arg0
                    .add(2 * ::core::mem::size_of::<*const u8>())
                    .cast::<usize>();
                _rt::cabi_dealloc(l1, l2, 1);
            }
        }
    }
}
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
            projections: projections2,
            relay_topics: relay_topics2,
            settings: settings2,
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
        let vec56 = inputs2;
        let len56 = vec56.len();
        let layout56 = _rt::alloc::Layout::from_size_align(
                vec56.len() * (24 + 16 * ::core::mem::size_of::<*const u8>()),
                8,
            )
            .unwrap();
        let (result56, _cleanup56) = crate::abi::Cleanup::new(layout56);
        if let Some(cleanup) = _cleanup56 {
            cleanup.forget();
        }
        for (i, e) in vec56.into_iter().enumerate() {
            let base = result56.add(i * (24 + 16 * ::core::mem::size_of::<*const u8>()));
            {
                let super::super::super::super::foldline::reducer::types::Input {
                    topic: topic6,
                    when: when6,
                    lists: lists6,
                    fields: fields6,
                    event_time: event_time6,
                    out_of_orderness_ms: out_of_orderness_ms6,
                    changelog: changelog6,
                    untimed: untimed6,
                    settings: settings6,
                } = e;
                let vec7 = (topic6.into_bytes()).into_boxed_slice();
                let ptr7 = vec7.as_ptr().cast::<u8>();
                let len7 = vec7.len();
                ::core::mem::forget(vec7);
                *base.add(::core::mem::size_of::<*const u8>()).cast::<usize>() = len7;
                *base.add(0).cast::<*mut u8>() = ptr7.cast_mut();
                match when6 {
                    Some(e) => {
                        *base
                            .add(2 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (1i32) as u8;
                        let super::super::super::super::foldline::reducer::types::Selector {
                            source: source8,
                            texts: texts8,
                        } = e;
                        use super::super::super::super::foldline::reducer::types::FieldSource as V18;
                        match source8 {
                            V18::Value(e) => {
                                *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (0i32) as u8;
                                let vec10 = e;
                                let len10 = vec10.len();
                                let layout10 = _rt::alloc::Layout::from_size_align(
                                        vec10.len() * (2 * ::core::mem::size_of::<*const u8>()),
                                        ::core::mem::size_of::<*const u8>(),
                                    )
                                    .unwrap();
                                let (result10, _cleanup10) = crate::abi::Cleanup::new(
                                    layout10,
                                );
                                if let Some(cleanup) = _cleanup10 {
                                    cleanup.forget();
                                }
                                for (i, e) in vec10.into_iter().enumerate() {
                                    let base = result10
                                        .add(i * (2 * ::core::mem::size_of::<*const u8>()));
                                    {
                                        let vec9 = (e.into_bytes()).into_boxed_slice();
                                        let ptr9 = vec9.as_ptr().cast::<u8>();
                                        let len9 = vec9.len();
                                        ::core::mem::forget(vec9);
                                        *base
                                            .add(::core::mem::size_of::<*const u8>())
                                            .cast::<usize>() = len9;
                                        *base.add(0).cast::<*mut u8>() = ptr9.cast_mut();
                                    }
                                }
                                *base
                                    .add(5 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>() = len10;
                                *base
                                    .add(4 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>() = result10;
                            }
                            V18::Key => {
                                *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (1i32) as u8;
                            }
                            V18::Header(e) => {
                                *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (2i32) as u8;
                                let vec11 = (e.into_bytes()).into_boxed_slice();
                                let ptr11 = vec11.as_ptr().cast::<u8>();
                                let len11 = vec11.len();
                                ::core::mem::forget(vec11);
                                *base
                                    .add(5 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>() = len11;
                                *base
                                    .add(4 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>() = ptr11.cast_mut();
                            }
                            V18::Raw => {
                                *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (3i32) as u8;
                            }
                            V18::Partition => {
                                *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (4i32) as u8;
                            }
                            V18::Offset => {
                                *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (5i32) as u8;
                            }
                            V18::Timestamp => {
                                *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (6i32) as u8;
                            }
                            V18::Other(e) => {
                                *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (7i32) as u8;
                                let super::super::super::super::foldline::reducer::types::Extension {
                                    name: name12,
                                    settings: settings12,
                                } = e;
                                let vec13 = (name12.into_bytes()).into_boxed_slice();
                                let ptr13 = vec13.as_ptr().cast::<u8>();
                                let len13 = vec13.len();
                                ::core::mem::forget(vec13);
                                *base
                                    .add(5 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>() = len13;
                                *base
                                    .add(4 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>() = ptr13.cast_mut();
                                let vec17 = settings12;
                                let len17 = vec17.len();
                                let layout17 = _rt::alloc::Layout::from_size_align(
                                        vec17.len() * (4 * ::core::mem::size_of::<*const u8>()),
                                        ::core::mem::size_of::<*const u8>(),
                                    )
                                    .unwrap();
                                let (result17, _cleanup17) = crate::abi::Cleanup::new(
                                    layout17,
                                );
                                if let Some(cleanup) = _cleanup17 {
                                    cleanup.forget();
                                }
                                for (i, e) in vec17.into_iter().enumerate() {
                                    let base = result17
                                        .add(i * (4 * ::core::mem::size_of::<*const u8>()));
                                    {
                                        let super::super::super::super::foldline::reducer::types::Setting {
                                            name: name14,
                                            value: value14,
                                        } = e;
                                        let vec15 = (name14.into_bytes()).into_boxed_slice();
                                        let ptr15 = vec15.as_ptr().cast::<u8>();
                                        let len15 = vec15.len();
                                        ::core::mem::forget(vec15);
                                        *base
                                            .add(::core::mem::size_of::<*const u8>())
                                            .cast::<usize>() = len15;
                                        *base.add(0).cast::<*mut u8>() = ptr15.cast_mut();
                                        let vec16 = (value14.into_bytes()).into_boxed_slice();
                                        let ptr16 = vec16.as_ptr().cast::<u8>();
                                        let len16 = vec16.len();
                                        ::core::mem::forget(vec16);
                                        *base
                                            .add(3 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>() = len16;
                                        *base
                                            .add(2 * ::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>() = ptr16.cast_mut();
                                    }
                                }
                                *base
                                    .add(7 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>() = len17;
                                *base
                                    .add(6 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>() = result17;
                            }
                        }
                        let vec20 = texts8;
                        let len20 = vec20.len();
                        let layout20 = _rt::alloc::Layout::from_size_align(
                                vec20.len() * (2 * ::core::mem::size_of::<*const u8>()),
                                ::core::mem::size_of::<*const u8>(),
                            )
                            .unwrap();
                        let (result20, _cleanup20) = crate::abi::Cleanup::new(layout20);
                        if let Some(cleanup) = _cleanup20 {
                            cleanup.forget();
                        }
                        for (i, e) in vec20.into_iter().enumerate() {
                            let base = result20
                                .add(i * (2 * ::core::mem::size_of::<*const u8>()));
                            {
                                let vec19 = (e.into_bytes()).into_boxed_slice();
                                let ptr19 = vec19.as_ptr().cast::<u8>();
                                let len19 = vec19.len();
                                ::core::mem::forget(vec19);
                                *base
                                    .add(::core::mem::size_of::<*const u8>())
                                    .cast::<usize>() = len19;
                                *base.add(0).cast::<*mut u8>() = ptr19.cast_mut();
                            }
                        }
                        *base
                            .add(9 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len20;
                        *base
                            .add(8 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = result20;
                    }
                    None => {
                        *base
                            .add(2 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (0i32) as u8;
                    }
                };
                let vec23 = lists6;
                let len23 = vec23.len();
                let layout23 = _rt::alloc::Layout::from_size_align(
                        vec23.len() * (2 * ::core::mem::size_of::<*const u8>()),
                        ::core::mem::size_of::<*const u8>(),
                    )
                    .unwrap();
                let (result23, _cleanup23) = crate::abi::Cleanup::new(layout23);
                if let Some(cleanup) = _cleanup23 {
                    cleanup.forget();
                }
                for (i, e) in vec23.into_iter().enumerate() {
                    let base = result23
                        .add(i * (2 * ::core::mem::size_of::<*const u8>()));
                    {
                        let vec22 = e;
                        let len22 = vec22.len();
                        let layout22 = _rt::alloc::Layout::from_size_align(
                                vec22.len() * (2 * ::core::mem::size_of::<*const u8>()),
                                ::core::mem::size_of::<*const u8>(),
                            )
                            .unwrap();
                        let (result22, _cleanup22) = crate::abi::Cleanup::new(layout22);
                        if let Some(cleanup) = _cleanup22 {
                            cleanup.forget();
                        }
                        for (i, e) in vec22.into_iter().enumerate() {
                            let base = result22
                                .add(i * (2 * ::core::mem::size_of::<*const u8>()));
                            {
                                let vec21 = (e.into_bytes()).into_boxed_slice();
                                let ptr21 = vec21.as_ptr().cast::<u8>();
                                let len21 = vec21.len();
                                ::core::mem::forget(vec21);
                                *base
                                    .add(::core::mem::size_of::<*const u8>())
                                    .cast::<usize>() = len21;
                                *base.add(0).cast::<*mut u8>() = ptr21.cast_mut();
                            }
                        }
                        *base.add(::core::mem::size_of::<*const u8>()).cast::<usize>() = len22;
                        *base.add(0).cast::<*mut u8>() = result22;
                    }
                }
                *base.add(11 * ::core::mem::size_of::<*const u8>()).cast::<usize>() = len23;
                *base.add(10 * ::core::mem::size_of::<*const u8>()).cast::<*mut u8>() = result23;
                let vec51 = fields6;
                let len51 = vec51.len();
                let layout51 = _rt::alloc::Layout::from_size_align(
                        vec51.len() * (8 + 17 * ::core::mem::size_of::<*const u8>()),
                        ::core::mem::size_of::<*const u8>(),
                    )
                    .unwrap();
                let (result51, _cleanup51) = crate::abi::Cleanup::new(layout51);
                if let Some(cleanup) = _cleanup51 {
                    cleanup.forget();
                }
                for (i, e) in vec51.into_iter().enumerate() {
                    let base = result51
                        .add(i * (8 + 17 * ::core::mem::size_of::<*const u8>()));
                    {
                        let super::super::super::super::foldline::reducer::types::Field {
                            name: name24,
                            in_list: in_list24,
                            source: source24,
                            aliases: aliases24,
                            ty: ty24,
                            required: required24,
                            settings: settings24,
                        } = e;
                        let vec25 = (name24.into_bytes()).into_boxed_slice();
                        let ptr25 = vec25.as_ptr().cast::<u8>();
                        let len25 = vec25.len();
                        ::core::mem::forget(vec25);
                        *base.add(::core::mem::size_of::<*const u8>()).cast::<usize>() = len25;
                        *base.add(0).cast::<*mut u8>() = ptr25.cast_mut();
                        match in_list24 {
                            Some(e) => {
                                *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (1i32) as u8;
                                *base
                                    .add(4 + 2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<i32>() = _rt::as_i32(e);
                            }
                            None => {
                                *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (0i32) as u8;
                            }
                        };
                        use super::super::super::super::foldline::reducer::types::FieldSource as V35;
                        match source24 {
                            V35::Value(e) => {
                                *base
                                    .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (0i32) as u8;
                                let vec27 = e;
                                let len27 = vec27.len();
                                let layout27 = _rt::alloc::Layout::from_size_align(
                                        vec27.len() * (2 * ::core::mem::size_of::<*const u8>()),
                                        ::core::mem::size_of::<*const u8>(),
                                    )
                                    .unwrap();
                                let (result27, _cleanup27) = crate::abi::Cleanup::new(
                                    layout27,
                                );
                                if let Some(cleanup) = _cleanup27 {
                                    cleanup.forget();
                                }
                                for (i, e) in vec27.into_iter().enumerate() {
                                    let base = result27
                                        .add(i * (2 * ::core::mem::size_of::<*const u8>()));
                                    {
                                        let vec26 = (e.into_bytes()).into_boxed_slice();
                                        let ptr26 = vec26.as_ptr().cast::<u8>();
                                        let len26 = vec26.len();
                                        ::core::mem::forget(vec26);
                                        *base
                                            .add(::core::mem::size_of::<*const u8>())
                                            .cast::<usize>() = len26;
                                        *base.add(0).cast::<*mut u8>() = ptr26.cast_mut();
                                    }
                                }
                                *base
                                    .add(8 + 4 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>() = len27;
                                *base
                                    .add(8 + 3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>() = result27;
                            }
                            V35::Key => {
                                *base
                                    .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (1i32) as u8;
                            }
                            V35::Header(e) => {
                                *base
                                    .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (2i32) as u8;
                                let vec28 = (e.into_bytes()).into_boxed_slice();
                                let ptr28 = vec28.as_ptr().cast::<u8>();
                                let len28 = vec28.len();
                                ::core::mem::forget(vec28);
                                *base
                                    .add(8 + 4 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>() = len28;
                                *base
                                    .add(8 + 3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>() = ptr28.cast_mut();
                            }
                            V35::Raw => {
                                *base
                                    .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (3i32) as u8;
                            }
                            V35::Partition => {
                                *base
                                    .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (4i32) as u8;
                            }
                            V35::Offset => {
                                *base
                                    .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (5i32) as u8;
                            }
                            V35::Timestamp => {
                                *base
                                    .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (6i32) as u8;
                            }
                            V35::Other(e) => {
                                *base
                                    .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (7i32) as u8;
                                let super::super::super::super::foldline::reducer::types::Extension {
                                    name: name29,
                                    settings: settings29,
                                } = e;
                                let vec30 = (name29.into_bytes()).into_boxed_slice();
                                let ptr30 = vec30.as_ptr().cast::<u8>();
                                let len30 = vec30.len();
                                ::core::mem::forget(vec30);
                                *base
                                    .add(8 + 4 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>() = len30;
                                *base
                                    .add(8 + 3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>() = ptr30.cast_mut();
                                let vec34 = settings29;
                                let len34 = vec34.len();
                                let layout34 = _rt::alloc::Layout::from_size_align(
                                        vec34.len() * (4 * ::core::mem::size_of::<*const u8>()),
                                        ::core::mem::size_of::<*const u8>(),
                                    )
                                    .unwrap();
                                let (result34, _cleanup34) = crate::abi::Cleanup::new(
                                    layout34,
                                );
                                if let Some(cleanup) = _cleanup34 {
                                    cleanup.forget();
                                }
                                for (i, e) in vec34.into_iter().enumerate() {
                                    let base = result34
                                        .add(i * (4 * ::core::mem::size_of::<*const u8>()));
                                    {
                                        let super::super::super::super::foldline::reducer::types::Setting {
                                            name: name31,
                                            value: value31,
                                        } = e;
                                        let vec32 = (name31.into_bytes()).into_boxed_slice();
                                        let ptr32 = vec32.as_ptr().cast::<u8>();
                                        let len32 = vec32.len();
                                        ::core::mem::forget(vec32);
                                        *base
                                            .add(::core::mem::size_of::<*const u8>())
                                            .cast::<usize>() = len32;
                                        *base.add(0).cast::<*mut u8>() = ptr32.cast_mut();
                                        let vec33 = (value31.into_bytes()).into_boxed_slice();
                                        let ptr33 = vec33.as_ptr().cast::<u8>();
                                        let len33 = vec33.len();
                                        ::core::mem::forget(vec33);
                                        *base
                                            .add(3 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>() = len33;
                                        *base
                                            .add(2 * ::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>() = ptr33.cast_mut();
                                    }
                                }
                                *base
                                    .add(8 + 6 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>() = len34;
                                *base
                                    .add(8 + 5 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>() = result34;
                            }
                        }
                        let vec37 = aliases24;
                        let len37 = vec37.len();
                        let layout37 = _rt::alloc::Layout::from_size_align(
                                vec37.len() * (2 * ::core::mem::size_of::<*const u8>()),
                                ::core::mem::size_of::<*const u8>(),
                            )
                            .unwrap();
                        let (result37, _cleanup37) = crate::abi::Cleanup::new(layout37);
                        if let Some(cleanup) = _cleanup37 {
                            cleanup.forget();
                        }
                        for (i, e) in vec37.into_iter().enumerate() {
                            let base = result37
                                .add(i * (2 * ::core::mem::size_of::<*const u8>()));
                            {
                                let vec36 = (e.into_bytes()).into_boxed_slice();
                                let ptr36 = vec36.as_ptr().cast::<u8>();
                                let len36 = vec36.len();
                                ::core::mem::forget(vec36);
                                *base
                                    .add(::core::mem::size_of::<*const u8>())
                                    .cast::<usize>() = len36;
                                *base.add(0).cast::<*mut u8>() = ptr36.cast_mut();
                            }
                        }
                        *base
                            .add(8 + 8 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len37;
                        *base
                            .add(8 + 7 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = result37;
                        use super::super::super::super::foldline::reducer::types::FieldType as V46;
                        match ty24 {
                            V46::Boolean => {
                                *base
                                    .add(8 + 9 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (0i32) as u8;
                            }
                            V46::Int => {
                                *base
                                    .add(8 + 9 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (1i32) as u8;
                            }
                            V46::Float => {
                                *base
                                    .add(8 + 9 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (2i32) as u8;
                            }
                            V46::Text => {
                                *base
                                    .add(8 + 9 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (3i32) as u8;
                            }
                            V46::Blob => {
                                *base
                                    .add(8 + 9 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (4i32) as u8;
                            }
                            V46::Time(e) => {
                                *base
                                    .add(8 + 9 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (5i32) as u8;
                                *base
                                    .add(8 + 10 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (e.clone() as i32) as u8;
                            }
                            V46::Decimal(e) => {
                                *base
                                    .add(8 + 9 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (6i32) as u8;
                                *base
                                    .add(8 + 10 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (_rt::as_i32(e)) as u8;
                            }
                            V46::Choice(e) => {
                                *base
                                    .add(8 + 9 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (7i32) as u8;
                                let vec39 = e;
                                let len39 = vec39.len();
                                let layout39 = _rt::alloc::Layout::from_size_align(
                                        vec39.len() * (2 * ::core::mem::size_of::<*const u8>()),
                                        ::core::mem::size_of::<*const u8>(),
                                    )
                                    .unwrap();
                                let (result39, _cleanup39) = crate::abi::Cleanup::new(
                                    layout39,
                                );
                                if let Some(cleanup) = _cleanup39 {
                                    cleanup.forget();
                                }
                                for (i, e) in vec39.into_iter().enumerate() {
                                    let base = result39
                                        .add(i * (2 * ::core::mem::size_of::<*const u8>()));
                                    {
                                        let vec38 = (e.into_bytes()).into_boxed_slice();
                                        let ptr38 = vec38.as_ptr().cast::<u8>();
                                        let len38 = vec38.len();
                                        ::core::mem::forget(vec38);
                                        *base
                                            .add(::core::mem::size_of::<*const u8>())
                                            .cast::<usize>() = len38;
                                        *base.add(0).cast::<*mut u8>() = ptr38.cast_mut();
                                    }
                                }
                                *base
                                    .add(8 + 11 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>() = len39;
                                *base
                                    .add(8 + 10 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>() = result39;
                            }
                            V46::Json => {
                                *base
                                    .add(8 + 9 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (8i32) as u8;
                            }
                            V46::Other(e) => {
                                *base
                                    .add(8 + 9 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (9i32) as u8;
                                let super::super::super::super::foldline::reducer::types::Extension {
                                    name: name40,
                                    settings: settings40,
                                } = e;
                                let vec41 = (name40.into_bytes()).into_boxed_slice();
                                let ptr41 = vec41.as_ptr().cast::<u8>();
                                let len41 = vec41.len();
                                ::core::mem::forget(vec41);
                                *base
                                    .add(8 + 11 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>() = len41;
                                *base
                                    .add(8 + 10 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>() = ptr41.cast_mut();
                                let vec45 = settings40;
                                let len45 = vec45.len();
                                let layout45 = _rt::alloc::Layout::from_size_align(
                                        vec45.len() * (4 * ::core::mem::size_of::<*const u8>()),
                                        ::core::mem::size_of::<*const u8>(),
                                    )
                                    .unwrap();
                                let (result45, _cleanup45) = crate::abi::Cleanup::new(
                                    layout45,
                                );
                                if let Some(cleanup) = _cleanup45 {
                                    cleanup.forget();
                                }
                                for (i, e) in vec45.into_iter().enumerate() {
                                    let base = result45
                                        .add(i * (4 * ::core::mem::size_of::<*const u8>()));
                                    {
                                        let super::super::super::super::foldline::reducer::types::Setting {
                                            name: name42,
                                            value: value42,
                                        } = e;
                                        let vec43 = (name42.into_bytes()).into_boxed_slice();
                                        let ptr43 = vec43.as_ptr().cast::<u8>();
                                        let len43 = vec43.len();
                                        ::core::mem::forget(vec43);
                                        *base
                                            .add(::core::mem::size_of::<*const u8>())
                                            .cast::<usize>() = len43;
                                        *base.add(0).cast::<*mut u8>() = ptr43.cast_mut();
                                        let vec44 = (value42.into_bytes()).into_boxed_slice();
                                        let ptr44 = vec44.as_ptr().cast::<u8>();
                                        let len44 = vec44.len();
                                        ::core::mem::forget(vec44);
                                        *base
                                            .add(3 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>() = len44;
                                        *base
                                            .add(2 * ::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>() = ptr44.cast_mut();
                                    }
                                }
                                *base
                                    .add(8 + 13 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>() = len45;
                                *base
                                    .add(8 + 12 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>() = result45;
                            }
                        }
                        *base
                            .add(8 + 14 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (match required24 {
                            true => 1,
                            false => 0,
                        }) as u8;
                        let vec50 = settings24;
                        let len50 = vec50.len();
                        let layout50 = _rt::alloc::Layout::from_size_align(
                                vec50.len() * (4 * ::core::mem::size_of::<*const u8>()),
                                ::core::mem::size_of::<*const u8>(),
                            )
                            .unwrap();
                        let (result50, _cleanup50) = crate::abi::Cleanup::new(layout50);
                        if let Some(cleanup) = _cleanup50 {
                            cleanup.forget();
                        }
                        for (i, e) in vec50.into_iter().enumerate() {
                            let base = result50
                                .add(i * (4 * ::core::mem::size_of::<*const u8>()));
                            {
                                let super::super::super::super::foldline::reducer::types::Setting {
                                    name: name47,
                                    value: value47,
                                } = e;
                                let vec48 = (name47.into_bytes()).into_boxed_slice();
                                let ptr48 = vec48.as_ptr().cast::<u8>();
                                let len48 = vec48.len();
                                ::core::mem::forget(vec48);
                                *base
                                    .add(::core::mem::size_of::<*const u8>())
                                    .cast::<usize>() = len48;
                                *base.add(0).cast::<*mut u8>() = ptr48.cast_mut();
                                let vec49 = (value47.into_bytes()).into_boxed_slice();
                                let ptr49 = vec49.as_ptr().cast::<u8>();
                                let len49 = vec49.len();
                                ::core::mem::forget(vec49);
                                *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>() = len49;
                                *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>() = ptr49.cast_mut();
                            }
                        }
                        *base
                            .add(8 + 16 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len50;
                        *base
                            .add(8 + 15 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = result50;
                    }
                }
                *base.add(13 * ::core::mem::size_of::<*const u8>()).cast::<usize>() = len51;
                *base.add(12 * ::core::mem::size_of::<*const u8>()).cast::<*mut u8>() = result51;
                match event_time6 {
                    Some(e) => {
                        *base
                            .add(14 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (1i32) as u8;
                        *base
                            .add(4 + 14 * ::core::mem::size_of::<*const u8>())
                            .cast::<i32>() = _rt::as_i32(e);
                    }
                    None => {
                        *base
                            .add(14 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (0i32) as u8;
                    }
                };
                *base.add(8 + 14 * ::core::mem::size_of::<*const u8>()).cast::<i64>() = _rt::as_i64(
                    out_of_orderness_ms6,
                );
                *base.add(16 + 14 * ::core::mem::size_of::<*const u8>()).cast::<u8>() = (match changelog6 {
                    true => 1,
                    false => 0,
                }) as u8;
                *base.add(17 + 14 * ::core::mem::size_of::<*const u8>()).cast::<u8>() = (match untimed6 {
                    true => 1,
                    false => 0,
                }) as u8;
                let vec55 = settings6;
                let len55 = vec55.len();
                let layout55 = _rt::alloc::Layout::from_size_align(
                        vec55.len() * (4 * ::core::mem::size_of::<*const u8>()),
                        ::core::mem::size_of::<*const u8>(),
                    )
                    .unwrap();
                let (result55, _cleanup55) = crate::abi::Cleanup::new(layout55);
                if let Some(cleanup) = _cleanup55 {
                    cleanup.forget();
                }
                for (i, e) in vec55.into_iter().enumerate() {
                    let base = result55
                        .add(i * (4 * ::core::mem::size_of::<*const u8>()));
                    {
                        let super::super::super::super::foldline::reducer::types::Setting {
                            name: name52,
                            value: value52,
                        } = e;
                        let vec53 = (name52.into_bytes()).into_boxed_slice();
                        let ptr53 = vec53.as_ptr().cast::<u8>();
                        let len53 = vec53.len();
                        ::core::mem::forget(vec53);
                        *base.add(::core::mem::size_of::<*const u8>()).cast::<usize>() = len53;
                        *base.add(0).cast::<*mut u8>() = ptr53.cast_mut();
                        let vec54 = (value52.into_bytes()).into_boxed_slice();
                        let ptr54 = vec54.as_ptr().cast::<u8>();
                        let len54 = vec54.len();
                        ::core::mem::forget(vec54);
                        *base
                            .add(3 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len54;
                        *base
                            .add(2 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr54.cast_mut();
                    }
                }
                *base
                    .add(16 + 16 * ::core::mem::size_of::<*const u8>())
                    .cast::<usize>() = len55;
                *base
                    .add(16 + 15 * ::core::mem::size_of::<*const u8>())
                    .cast::<*mut u8>() = result55;
            }
        }
        *ptr1.add(7 * ::core::mem::size_of::<*const u8>()).cast::<usize>() = len56;
        *ptr1.add(6 * ::core::mem::size_of::<*const u8>()).cast::<*mut u8>() = result56;
        let vec92 = tables2;
        let len92 = vec92.len();
        let layout92 = _rt::alloc::Layout::from_size_align(
                vec92.len() * (64 + 12 * ::core::mem::size_of::<*const u8>()),
                8,
            )
            .unwrap();
        let (result92, _cleanup92) = crate::abi::Cleanup::new(layout92);
        if let Some(cleanup) = _cleanup92 {
            cleanup.forget();
        }
        for (i, e) in vec92.into_iter().enumerate() {
            let base = result92.add(i * (64 + 12 * ::core::mem::size_of::<*const u8>()));
            {
                let super::super::super::super::foldline::reducer::types::Table {
                    name: name57,
                    key: key57,
                    aggregates: aggregates57,
                    window: window57,
                    keep: keep57,
                    when_empty: when_empty57,
                    emit: emit57,
                    allowed_lateness_ms: allowed_lateness_ms57,
                    retain_ms: retain_ms57,
                    ends: ends57,
                    settings: settings57,
                } = e;
                let vec58 = (name57.into_bytes()).into_boxed_slice();
                let ptr58 = vec58.as_ptr().cast::<u8>();
                let len58 = vec58.len();
                ::core::mem::forget(vec58);
                *base.add(::core::mem::size_of::<*const u8>()).cast::<usize>() = len58;
                *base.add(0).cast::<*mut u8>() = ptr58.cast_mut();
                let vec59 = key57;
                let len59 = vec59.len();
                let layout59 = _rt::alloc::Layout::from_size_align(vec59.len() * 1, 1)
                    .unwrap();
                let (result59, _cleanup59) = crate::abi::Cleanup::new(layout59);
                if let Some(cleanup) = _cleanup59 {
                    cleanup.forget();
                }
                for (i, e) in vec59.into_iter().enumerate() {
                    let base = result59.add(i * 1);
                    {
                        *base.add(0).cast::<u8>() = (e.clone() as i32) as u8;
                    }
                }
                *base.add(3 * ::core::mem::size_of::<*const u8>()).cast::<usize>() = len59;
                *base.add(2 * ::core::mem::size_of::<*const u8>()).cast::<*mut u8>() = result59;
                let vec78 = aggregates57;
                let len78 = vec78.len();
                let layout78 = _rt::alloc::Layout::from_size_align(
                        vec78.len() * (12 * ::core::mem::size_of::<*const u8>()),
                        ::core::mem::size_of::<*const u8>(),
                    )
                    .unwrap();
                let (result78, _cleanup78) = crate::abi::Cleanup::new(layout78);
                if let Some(cleanup) = _cleanup78 {
                    cleanup.forget();
                }
                for (i, e) in vec78.into_iter().enumerate() {
                    let base = result78
                        .add(i * (12 * ::core::mem::size_of::<*const u8>()));
                    {
                        let super::super::super::super::foldline::reducer::types::Aggregate {
                            name: name60,
                            kind: kind60,
                            settings: settings60,
                        } = e;
                        let vec61 = (name60.into_bytes()).into_boxed_slice();
                        let ptr61 = vec61.as_ptr().cast::<u8>();
                        let len61 = vec61.len();
                        ::core::mem::forget(vec61);
                        *base.add(::core::mem::size_of::<*const u8>()).cast::<usize>() = len61;
                        *base.add(0).cast::<*mut u8>() = ptr61.cast_mut();
                        use super::super::super::super::foldline::reducer::types::AggregateKind as V73;
                        match kind60 {
                            V73::Count => {
                                *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (0i32) as u8;
                            }
                            V73::Sum(e) => {
                                *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (1i32) as u8;
                                *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (_rt::as_i32(e)) as u8;
                            }
                            V73::Min(e) => {
                                *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (2i32) as u8;
                                *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (e.clone() as i32) as u8;
                            }
                            V73::Max(e) => {
                                *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (3i32) as u8;
                                *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (e.clone() as i32) as u8;
                            }
                            V73::First(e) => {
                                *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (4i32) as u8;
                                *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (e.clone() as i32) as u8;
                            }
                            V73::Last(e) => {
                                *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (5i32) as u8;
                                *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (e.clone() as i32) as u8;
                            }
                            V73::LastOrNone(e) => {
                                *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (6i32) as u8;
                                *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (e.clone() as i32) as u8;
                            }
                            V73::Distinct(e) => {
                                *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (7i32) as u8;
                                *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (_rt::as_i32(e)) as u8;
                            }
                            V73::TopK(e) => {
                                *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (8i32) as u8;
                                *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<i32>() = _rt::as_i32(e);
                            }
                            V73::Quantiles(e) => {
                                *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (9i32) as u8;
                                let super::super::super::super::foldline::reducer::types::QuantileSpec {
                                    relative_error_millionths: relative_error_millionths62,
                                    at: at62,
                                } = e;
                                *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<i32>() = _rt::as_i32(relative_error_millionths62);
                                let vec63 = <_ as Into<_rt::Vec<_>>>::into(at62)
                                    .into_boxed_slice();
                                let ptr63 = vec63.as_ptr().cast::<u8>();
                                let len63 = vec63.len();
                                ::core::mem::forget(vec63);
                                *base
                                    .add(5 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>() = len63;
                                *base
                                    .add(4 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>() = ptr63.cast_mut();
                            }
                            V73::Fold(e) => {
                                *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (10i32) as u8;
                                let super::super::super::super::foldline::reducer::types::FoldSpec {
                                    values: values64,
                                    order: order64,
                                    state_bytes_max: state_bytes_max64,
                                } = e;
                                let vec65 = values64;
                                let len65 = vec65.len();
                                let layout65 = _rt::alloc::Layout::from_size_align(
                                        vec65.len() * 1,
                                        1,
                                    )
                                    .unwrap();
                                let (result65, _cleanup65) = crate::abi::Cleanup::new(
                                    layout65,
                                );
                                if let Some(cleanup) = _cleanup65 {
                                    cleanup.forget();
                                }
                                for (i, e) in vec65.into_iter().enumerate() {
                                    let base = result65.add(i * 1);
                                    {
                                        *base.add(0).cast::<u8>() = (e.clone() as i32) as u8;
                                    }
                                }
                                *base
                                    .add(4 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>() = len65;
                                *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>() = result65;
                                *base
                                    .add(5 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (order64.clone() as i32) as u8;
                                *base
                                    .add(4 + 5 * ::core::mem::size_of::<*const u8>())
                                    .cast::<i32>() = _rt::as_i32(state_bytes_max64);
                            }
                            V73::Other(e) => {
                                *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (11i32) as u8;
                                let super::super::super::super::foldline::reducer::types::CustomAggregate {
                                    name: name66,
                                    settings: settings66,
                                    contributions: contributions66,
                                    output: output66,
                                } = e;
                                let vec67 = (name66.into_bytes()).into_boxed_slice();
                                let ptr67 = vec67.as_ptr().cast::<u8>();
                                let len67 = vec67.len();
                                ::core::mem::forget(vec67);
                                *base
                                    .add(4 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>() = len67;
                                *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>() = ptr67.cast_mut();
                                let vec71 = settings66;
                                let len71 = vec71.len();
                                let layout71 = _rt::alloc::Layout::from_size_align(
                                        vec71.len() * (4 * ::core::mem::size_of::<*const u8>()),
                                        ::core::mem::size_of::<*const u8>(),
                                    )
                                    .unwrap();
                                let (result71, _cleanup71) = crate::abi::Cleanup::new(
                                    layout71,
                                );
                                if let Some(cleanup) = _cleanup71 {
                                    cleanup.forget();
                                }
                                for (i, e) in vec71.into_iter().enumerate() {
                                    let base = result71
                                        .add(i * (4 * ::core::mem::size_of::<*const u8>()));
                                    {
                                        let super::super::super::super::foldline::reducer::types::Setting {
                                            name: name68,
                                            value: value68,
                                        } = e;
                                        let vec69 = (name68.into_bytes()).into_boxed_slice();
                                        let ptr69 = vec69.as_ptr().cast::<u8>();
                                        let len69 = vec69.len();
                                        ::core::mem::forget(vec69);
                                        *base
                                            .add(::core::mem::size_of::<*const u8>())
                                            .cast::<usize>() = len69;
                                        *base.add(0).cast::<*mut u8>() = ptr69.cast_mut();
                                        let vec70 = (value68.into_bytes()).into_boxed_slice();
                                        let ptr70 = vec70.as_ptr().cast::<u8>();
                                        let len70 = vec70.len();
                                        ::core::mem::forget(vec70);
                                        *base
                                            .add(3 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>() = len70;
                                        *base
                                            .add(2 * ::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>() = ptr70.cast_mut();
                                    }
                                }
                                *base
                                    .add(6 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>() = len71;
                                *base
                                    .add(5 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>() = result71;
                                let vec72 = contributions66;
                                let len72 = vec72.len();
                                let layout72 = _rt::alloc::Layout::from_size_align(
                                        vec72.len() * 1,
                                        1,
                                    )
                                    .unwrap();
                                let (result72, _cleanup72) = crate::abi::Cleanup::new(
                                    layout72,
                                );
                                if let Some(cleanup) = _cleanup72 {
                                    cleanup.forget();
                                }
                                for (i, e) in vec72.into_iter().enumerate() {
                                    let base = result72.add(i * 1);
                                    {
                                        *base.add(0).cast::<u8>() = (e.clone() as i32) as u8;
                                    }
                                }
                                *base
                                    .add(8 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>() = len72;
                                *base
                                    .add(7 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>() = result72;
                                *base
                                    .add(9 * ::core::mem::size_of::<*const u8>())
                                    .cast::<u8>() = (output66.clone() as i32) as u8;
                            }
                        }
                        let vec77 = settings60;
                        let len77 = vec77.len();
                        let layout77 = _rt::alloc::Layout::from_size_align(
                                vec77.len() * (4 * ::core::mem::size_of::<*const u8>()),
                                ::core::mem::size_of::<*const u8>(),
                            )
                            .unwrap();
                        let (result77, _cleanup77) = crate::abi::Cleanup::new(layout77);
                        if let Some(cleanup) = _cleanup77 {
                            cleanup.forget();
                        }
                        for (i, e) in vec77.into_iter().enumerate() {
                            let base = result77
                                .add(i * (4 * ::core::mem::size_of::<*const u8>()));
                            {
                                let super::super::super::super::foldline::reducer::types::Setting {
                                    name: name74,
                                    value: value74,
                                } = e;
                                let vec75 = (name74.into_bytes()).into_boxed_slice();
                                let ptr75 = vec75.as_ptr().cast::<u8>();
                                let len75 = vec75.len();
                                ::core::mem::forget(vec75);
                                *base
                                    .add(::core::mem::size_of::<*const u8>())
                                    .cast::<usize>() = len75;
                                *base.add(0).cast::<*mut u8>() = ptr75.cast_mut();
                                let vec76 = (value74.into_bytes()).into_boxed_slice();
                                let ptr76 = vec76.as_ptr().cast::<u8>();
                                let len76 = vec76.len();
                                ::core::mem::forget(vec76);
                                *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>() = len76;
                                *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>() = ptr76.cast_mut();
                            }
                        }
                        *base
                            .add(11 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len77;
                        *base
                            .add(10 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = result77;
                    }
                }
                *base.add(5 * ::core::mem::size_of::<*const u8>()).cast::<usize>() = len78;
                *base.add(4 * ::core::mem::size_of::<*const u8>()).cast::<*mut u8>() = result78;
                use super::super::super::super::foldline::reducer::types::Window as V86;
                match window57 {
                    V86::Unbounded => {
                        *base
                            .add(6 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (0i32) as u8;
                    }
                    V86::Tumbling(e) => {
                        *base
                            .add(6 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (1i32) as u8;
                        *base
                            .add(8 + 6 * ::core::mem::size_of::<*const u8>())
                            .cast::<i64>() = _rt::as_i64(e);
                    }
                    V86::Sliding(e) => {
                        *base
                            .add(6 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (2i32) as u8;
                        let super::super::super::super::foldline::reducer::types::Sliding {
                            size_ms: size_ms79,
                            slide_ms: slide_ms79,
                        } = e;
                        *base
                            .add(8 + 6 * ::core::mem::size_of::<*const u8>())
                            .cast::<i64>() = _rt::as_i64(size_ms79);
                        *base
                            .add(16 + 6 * ::core::mem::size_of::<*const u8>())
                            .cast::<i64>() = _rt::as_i64(slide_ms79);
                    }
                    V86::Session(e) => {
                        *base
                            .add(6 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (3i32) as u8;
                        *base
                            .add(8 + 6 * ::core::mem::size_of::<*const u8>())
                            .cast::<i64>() = _rt::as_i64(e);
                    }
                    V86::Other(e) => {
                        *base
                            .add(6 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (4i32) as u8;
                        let super::super::super::super::foldline::reducer::types::Extension {
                            name: name80,
                            settings: settings80,
                        } = e;
                        let vec81 = (name80.into_bytes()).into_boxed_slice();
                        let ptr81 = vec81.as_ptr().cast::<u8>();
                        let len81 = vec81.len();
                        ::core::mem::forget(vec81);
                        *base
                            .add(8 + 7 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len81;
                        *base
                            .add(8 + 6 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr81.cast_mut();
                        let vec85 = settings80;
                        let len85 = vec85.len();
                        let layout85 = _rt::alloc::Layout::from_size_align(
                                vec85.len() * (4 * ::core::mem::size_of::<*const u8>()),
                                ::core::mem::size_of::<*const u8>(),
                            )
                            .unwrap();
                        let (result85, _cleanup85) = crate::abi::Cleanup::new(layout85);
                        if let Some(cleanup) = _cleanup85 {
                            cleanup.forget();
                        }
                        for (i, e) in vec85.into_iter().enumerate() {
                            let base = result85
                                .add(i * (4 * ::core::mem::size_of::<*const u8>()));
                            {
                                let super::super::super::super::foldline::reducer::types::Setting {
                                    name: name82,
                                    value: value82,
                                } = e;
                                let vec83 = (name82.into_bytes()).into_boxed_slice();
                                let ptr83 = vec83.as_ptr().cast::<u8>();
                                let len83 = vec83.len();
                                ::core::mem::forget(vec83);
                                *base
                                    .add(::core::mem::size_of::<*const u8>())
                                    .cast::<usize>() = len83;
                                *base.add(0).cast::<*mut u8>() = ptr83.cast_mut();
                                let vec84 = (value82.into_bytes()).into_boxed_slice();
                                let ptr84 = vec84.as_ptr().cast::<u8>();
                                let len84 = vec84.len();
                                ::core::mem::forget(vec84);
                                *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>() = len84;
                                *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>() = ptr84.cast_mut();
                            }
                        }
                        *base
                            .add(8 + 9 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len85;
                        *base
                            .add(8 + 8 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = result85;
                    }
                }
                use super::super::super::super::foldline::reducer::types::Keep as V87;
                match keep57 {
                    V87::Latest => {
                        *base
                            .add(8 + 10 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (0i32) as u8;
                    }
                    V87::Every(e) => {
                        *base
                            .add(8 + 10 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (1i32) as u8;
                        *base
                            .add(16 + 10 * ::core::mem::size_of::<*const u8>())
                            .cast::<i64>() = _rt::as_i64(e);
                    }
                }
                *base.add(24 + 10 * ::core::mem::size_of::<*const u8>()).cast::<u8>() = (when_empty57
                    .clone() as i32) as u8;
                *base.add(25 + 10 * ::core::mem::size_of::<*const u8>()).cast::<u8>() = (emit57
                    .clone() as i32) as u8;
                *base.add(32 + 10 * ::core::mem::size_of::<*const u8>()).cast::<i64>() = _rt::as_i64(
                    allowed_lateness_ms57,
                );
                match retain_ms57 {
                    Some(e) => {
                        *base
                            .add(40 + 10 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (1i32) as u8;
                        *base
                            .add(48 + 10 * ::core::mem::size_of::<*const u8>())
                            .cast::<i64>() = _rt::as_i64(e);
                    }
                    None => {
                        *base
                            .add(40 + 10 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (0i32) as u8;
                    }
                };
                *base.add(56 + 10 * ::core::mem::size_of::<*const u8>()).cast::<u8>() = (match ends57 {
                    true => 1,
                    false => 0,
                }) as u8;
                let vec91 = settings57;
                let len91 = vec91.len();
                let layout91 = _rt::alloc::Layout::from_size_align(
                        vec91.len() * (4 * ::core::mem::size_of::<*const u8>()),
                        ::core::mem::size_of::<*const u8>(),
                    )
                    .unwrap();
                let (result91, _cleanup91) = crate::abi::Cleanup::new(layout91);
                if let Some(cleanup) = _cleanup91 {
                    cleanup.forget();
                }
                for (i, e) in vec91.into_iter().enumerate() {
                    let base = result91
                        .add(i * (4 * ::core::mem::size_of::<*const u8>()));
                    {
                        let super::super::super::super::foldline::reducer::types::Setting {
                            name: name88,
                            value: value88,
                        } = e;
                        let vec89 = (name88.into_bytes()).into_boxed_slice();
                        let ptr89 = vec89.as_ptr().cast::<u8>();
                        let len89 = vec89.len();
                        ::core::mem::forget(vec89);
                        *base.add(::core::mem::size_of::<*const u8>()).cast::<usize>() = len89;
                        *base.add(0).cast::<*mut u8>() = ptr89.cast_mut();
                        let vec90 = (value88.into_bytes()).into_boxed_slice();
                        let ptr90 = vec90.as_ptr().cast::<u8>();
                        let len90 = vec90.len();
                        ::core::mem::forget(vec90);
                        *base
                            .add(3 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len90;
                        *base
                            .add(2 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr90.cast_mut();
                    }
                }
                *base
                    .add(56 + 12 * ::core::mem::size_of::<*const u8>())
                    .cast::<usize>() = len91;
                *base
                    .add(56 + 11 * ::core::mem::size_of::<*const u8>())
                    .cast::<*mut u8>() = result91;
            }
        }
        *ptr1.add(9 * ::core::mem::size_of::<*const u8>()).cast::<usize>() = len92;
        *ptr1.add(8 * ::core::mem::size_of::<*const u8>()).cast::<*mut u8>() = result92;
        let vec116 = projections2;
        let len116 = vec116.len();
        let layout116 = _rt::alloc::Layout::from_size_align(
                vec116.len() * (9 * ::core::mem::size_of::<*const u8>()),
                ::core::mem::size_of::<*const u8>(),
            )
            .unwrap();
        let (result116, _cleanup116) = crate::abi::Cleanup::new(layout116);
        if let Some(cleanup) = _cleanup116 {
            cleanup.forget();
        }
        for (i, e) in vec116.into_iter().enumerate() {
            let base = result116.add(i * (9 * ::core::mem::size_of::<*const u8>()));
            {
                let super::super::super::super::foldline::reducer::types::Projection {
                    name: name93,
                    table: table93,
                    references: references93,
                    document: document93,
                    settings: settings93,
                } = e;
                let vec94 = (name93.into_bytes()).into_boxed_slice();
                let ptr94 = vec94.as_ptr().cast::<u8>();
                let len94 = vec94.len();
                ::core::mem::forget(vec94);
                *base.add(::core::mem::size_of::<*const u8>()).cast::<usize>() = len94;
                *base.add(0).cast::<*mut u8>() = ptr94.cast_mut();
                *base.add(2 * ::core::mem::size_of::<*const u8>()).cast::<i32>() = _rt::as_i32(
                    table93,
                );
                let vec103 = references93;
                let len103 = vec103.len();
                let layout103 = _rt::alloc::Layout::from_size_align(
                        vec103.len() * (8 + 7 * ::core::mem::size_of::<*const u8>()),
                        ::core::mem::size_of::<*const u8>(),
                    )
                    .unwrap();
                let (result103, _cleanup103) = crate::abi::Cleanup::new(layout103);
                if let Some(cleanup) = _cleanup103 {
                    cleanup.forget();
                }
                for (i, e) in vec103.into_iter().enumerate() {
                    let base = result103
                        .add(i * (8 + 7 * ::core::mem::size_of::<*const u8>()));
                    {
                        let super::super::super::super::foldline::reducer::types::Reference {
                            holder: holder95,
                            via: via95,
                            table: table95,
                            columns: columns95,
                            settings: settings95,
                        } = e;
                        match holder95 {
                            Some(e) => {
                                *base.add(0).cast::<u8>() = (1i32) as u8;
                                *base.add(4).cast::<i32>() = _rt::as_i32(e);
                            }
                            None => {
                                *base.add(0).cast::<u8>() = (0i32) as u8;
                            }
                        };
                        let vec97 = via95;
                        let len97 = vec97.len();
                        let layout97 = _rt::alloc::Layout::from_size_align(
                                vec97.len() * 8,
                                4,
                            )
                            .unwrap();
                        let (result97, _cleanup97) = crate::abi::Cleanup::new(layout97);
                        if let Some(cleanup) = _cleanup97 {
                            cleanup.forget();
                        }
                        for (i, e) in vec97.into_iter().enumerate() {
                            let base = result97.add(i * 8);
                            {
                                use super::super::super::super::foldline::reducer::types::KeyPart as V96;
                                match e {
                                    V96::Key(e) => {
                                        *base.add(0).cast::<u8>() = (0i32) as u8;
                                        *base.add(4).cast::<i32>() = _rt::as_i32(e);
                                    }
                                    V96::Aggregate(e) => {
                                        *base.add(0).cast::<u8>() = (1i32) as u8;
                                        *base.add(4).cast::<i32>() = _rt::as_i32(e);
                                    }
                                }
                            }
                        }
                        *base
                            .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len97;
                        *base.add(8).cast::<*mut u8>() = result97;
                        *base
                            .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                            .cast::<i32>() = _rt::as_i32(table95);
                        let vec98 = <_ as Into<_rt::Vec<_>>>::into(columns95)
                            .into_boxed_slice();
                        let ptr98 = vec98.as_ptr().cast::<u8>();
                        let len98 = vec98.len();
                        ::core::mem::forget(vec98);
                        *base
                            .add(8 + 4 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len98;
                        *base
                            .add(8 + 3 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr98.cast_mut();
                        let vec102 = settings95;
                        let len102 = vec102.len();
                        let layout102 = _rt::alloc::Layout::from_size_align(
                                vec102.len() * (4 * ::core::mem::size_of::<*const u8>()),
                                ::core::mem::size_of::<*const u8>(),
                            )
                            .unwrap();
                        let (result102, _cleanup102) = crate::abi::Cleanup::new(
                            layout102,
                        );
                        if let Some(cleanup) = _cleanup102 {
                            cleanup.forget();
                        }
                        for (i, e) in vec102.into_iter().enumerate() {
                            let base = result102
                                .add(i * (4 * ::core::mem::size_of::<*const u8>()));
                            {
                                let super::super::super::super::foldline::reducer::types::Setting {
                                    name: name99,
                                    value: value99,
                                } = e;
                                let vec100 = (name99.into_bytes()).into_boxed_slice();
                                let ptr100 = vec100.as_ptr().cast::<u8>();
                                let len100 = vec100.len();
                                ::core::mem::forget(vec100);
                                *base
                                    .add(::core::mem::size_of::<*const u8>())
                                    .cast::<usize>() = len100;
                                *base.add(0).cast::<*mut u8>() = ptr100.cast_mut();
                                let vec101 = (value99.into_bytes()).into_boxed_slice();
                                let ptr101 = vec101.as_ptr().cast::<u8>();
                                let len101 = vec101.len();
                                ::core::mem::forget(vec101);
                                *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>() = len101;
                                *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>() = ptr101.cast_mut();
                            }
                        }
                        *base
                            .add(8 + 6 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len102;
                        *base
                            .add(8 + 5 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = result102;
                    }
                }
                *base.add(4 * ::core::mem::size_of::<*const u8>()).cast::<usize>() = len103;
                *base.add(3 * ::core::mem::size_of::<*const u8>()).cast::<*mut u8>() = result103;
                let vec111 = document93;
                let len111 = vec111.len();
                let layout111 = _rt::alloc::Layout::from_size_align(
                        vec111.len() * (5 * ::core::mem::size_of::<*const u8>()),
                        ::core::mem::size_of::<*const u8>(),
                    )
                    .unwrap();
                let (result111, _cleanup111) = crate::abi::Cleanup::new(layout111);
                if let Some(cleanup) = _cleanup111 {
                    cleanup.forget();
                }
                for (i, e) in vec111.into_iter().enumerate() {
                    let base = result111
                        .add(i * (5 * ::core::mem::size_of::<*const u8>()));
                    {
                        let super::super::super::super::foldline::reducer::types::OutputField {
                            path: path104,
                            ty: ty104,
                            sortable: sortable104,
                            searchable: searchable104,
                            settings: settings104,
                        } = e;
                        let vec106 = path104;
                        let len106 = vec106.len();
                        let layout106 = _rt::alloc::Layout::from_size_align(
                                vec106.len() * (2 * ::core::mem::size_of::<*const u8>()),
                                ::core::mem::size_of::<*const u8>(),
                            )
                            .unwrap();
                        let (result106, _cleanup106) = crate::abi::Cleanup::new(
                            layout106,
                        );
                        if let Some(cleanup) = _cleanup106 {
                            cleanup.forget();
                        }
                        for (i, e) in vec106.into_iter().enumerate() {
                            let base = result106
                                .add(i * (2 * ::core::mem::size_of::<*const u8>()));
                            {
                                let vec105 = (e.into_bytes()).into_boxed_slice();
                                let ptr105 = vec105.as_ptr().cast::<u8>();
                                let len105 = vec105.len();
                                ::core::mem::forget(vec105);
                                *base
                                    .add(::core::mem::size_of::<*const u8>())
                                    .cast::<usize>() = len105;
                                *base.add(0).cast::<*mut u8>() = ptr105.cast_mut();
                            }
                        }
                        *base.add(::core::mem::size_of::<*const u8>()).cast::<usize>() = len106;
                        *base.add(0).cast::<*mut u8>() = result106;
                        *base
                            .add(2 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (ty104.clone() as i32) as u8;
                        *base
                            .add(1 + 2 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (match sortable104 {
                            true => 1,
                            false => 0,
                        }) as u8;
                        *base
                            .add(2 + 2 * ::core::mem::size_of::<*const u8>())
                            .cast::<u8>() = (match searchable104 {
                            true => 1,
                            false => 0,
                        }) as u8;
                        let vec110 = settings104;
                        let len110 = vec110.len();
                        let layout110 = _rt::alloc::Layout::from_size_align(
                                vec110.len() * (4 * ::core::mem::size_of::<*const u8>()),
                                ::core::mem::size_of::<*const u8>(),
                            )
                            .unwrap();
                        let (result110, _cleanup110) = crate::abi::Cleanup::new(
                            layout110,
                        );
                        if let Some(cleanup) = _cleanup110 {
                            cleanup.forget();
                        }
                        for (i, e) in vec110.into_iter().enumerate() {
                            let base = result110
                                .add(i * (4 * ::core::mem::size_of::<*const u8>()));
                            {
                                let super::super::super::super::foldline::reducer::types::Setting {
                                    name: name107,
                                    value: value107,
                                } = e;
                                let vec108 = (name107.into_bytes()).into_boxed_slice();
                                let ptr108 = vec108.as_ptr().cast::<u8>();
                                let len108 = vec108.len();
                                ::core::mem::forget(vec108);
                                *base
                                    .add(::core::mem::size_of::<*const u8>())
                                    .cast::<usize>() = len108;
                                *base.add(0).cast::<*mut u8>() = ptr108.cast_mut();
                                let vec109 = (value107.into_bytes()).into_boxed_slice();
                                let ptr109 = vec109.as_ptr().cast::<u8>();
                                let len109 = vec109.len();
                                ::core::mem::forget(vec109);
                                *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>() = len109;
                                *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>() = ptr109.cast_mut();
                            }
                        }
                        *base
                            .add(4 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len110;
                        *base
                            .add(3 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = result110;
                    }
                }
                *base.add(6 * ::core::mem::size_of::<*const u8>()).cast::<usize>() = len111;
                *base.add(5 * ::core::mem::size_of::<*const u8>()).cast::<*mut u8>() = result111;
                let vec115 = settings93;
                let len115 = vec115.len();
                let layout115 = _rt::alloc::Layout::from_size_align(
                        vec115.len() * (4 * ::core::mem::size_of::<*const u8>()),
                        ::core::mem::size_of::<*const u8>(),
                    )
                    .unwrap();
                let (result115, _cleanup115) = crate::abi::Cleanup::new(layout115);
                if let Some(cleanup) = _cleanup115 {
                    cleanup.forget();
                }
                for (i, e) in vec115.into_iter().enumerate() {
                    let base = result115
                        .add(i * (4 * ::core::mem::size_of::<*const u8>()));
                    {
                        let super::super::super::super::foldline::reducer::types::Setting {
                            name: name112,
                            value: value112,
                        } = e;
                        let vec113 = (name112.into_bytes()).into_boxed_slice();
                        let ptr113 = vec113.as_ptr().cast::<u8>();
                        let len113 = vec113.len();
                        ::core::mem::forget(vec113);
                        *base.add(::core::mem::size_of::<*const u8>()).cast::<usize>() = len113;
                        *base.add(0).cast::<*mut u8>() = ptr113.cast_mut();
                        let vec114 = (value112.into_bytes()).into_boxed_slice();
                        let ptr114 = vec114.as_ptr().cast::<u8>();
                        let len114 = vec114.len();
                        ::core::mem::forget(vec114);
                        *base
                            .add(3 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>() = len114;
                        *base
                            .add(2 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>() = ptr114.cast_mut();
                    }
                }
                *base.add(8 * ::core::mem::size_of::<*const u8>()).cast::<usize>() = len115;
                *base.add(7 * ::core::mem::size_of::<*const u8>()).cast::<*mut u8>() = result115;
            }
        }
        *ptr1.add(11 * ::core::mem::size_of::<*const u8>()).cast::<usize>() = len116;
        *ptr1.add(10 * ::core::mem::size_of::<*const u8>()).cast::<*mut u8>() = result116;
        let vec118 = relay_topics2;
        let len118 = vec118.len();
        let layout118 = _rt::alloc::Layout::from_size_align(
                vec118.len() * (2 * ::core::mem::size_of::<*const u8>()),
                ::core::mem::size_of::<*const u8>(),
            )
            .unwrap();
        let (result118, _cleanup118) = crate::abi::Cleanup::new(layout118);
        if let Some(cleanup) = _cleanup118 {
            cleanup.forget();
        }
        for (i, e) in vec118.into_iter().enumerate() {
            let base = result118.add(i * (2 * ::core::mem::size_of::<*const u8>()));
            {
                let vec117 = (e.into_bytes()).into_boxed_slice();
                let ptr117 = vec117.as_ptr().cast::<u8>();
                let len117 = vec117.len();
                ::core::mem::forget(vec117);
                *base.add(::core::mem::size_of::<*const u8>()).cast::<usize>() = len117;
                *base.add(0).cast::<*mut u8>() = ptr117.cast_mut();
            }
        }
        *ptr1.add(13 * ::core::mem::size_of::<*const u8>()).cast::<usize>() = len118;
        *ptr1.add(12 * ::core::mem::size_of::<*const u8>()).cast::<*mut u8>() = result118;
        let vec122 = settings2;
        let len122 = vec122.len();
        let layout122 = _rt::alloc::Layout::from_size_align(
                vec122.len() * (4 * ::core::mem::size_of::<*const u8>()),
                ::core::mem::size_of::<*const u8>(),
            )
            .unwrap();
        let (result122, _cleanup122) = crate::abi::Cleanup::new(layout122);
        if let Some(cleanup) = _cleanup122 {
            cleanup.forget();
        }
        for (i, e) in vec122.into_iter().enumerate() {
            let base = result122.add(i * (4 * ::core::mem::size_of::<*const u8>()));
            {
                let super::super::super::super::foldline::reducer::types::Setting {
                    name: name119,
                    value: value119,
                } = e;
                let vec120 = (name119.into_bytes()).into_boxed_slice();
                let ptr120 = vec120.as_ptr().cast::<u8>();
                let len120 = vec120.len();
                ::core::mem::forget(vec120);
                *base.add(::core::mem::size_of::<*const u8>()).cast::<usize>() = len120;
                *base.add(0).cast::<*mut u8>() = ptr120.cast_mut();
                let vec121 = (value119.into_bytes()).into_boxed_slice();
                let ptr121 = vec121.as_ptr().cast::<u8>();
                let len121 = vec121.len();
                ::core::mem::forget(vec121);
                *base.add(3 * ::core::mem::size_of::<*const u8>()).cast::<usize>() = len121;
                *base.add(2 * ::core::mem::size_of::<*const u8>()).cast::<*mut u8>() = ptr121
                    .cast_mut();
            }
        }
        *ptr1.add(15 * ::core::mem::size_of::<*const u8>()).cast::<usize>() = len122;
        *ptr1.add(14 * ::core::mem::size_of::<*const u8>()).cast::<*mut u8>() = result122;
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
        let base97 = l6;
        let len97 = l7;
        for i in 0..len97 {
            let base = base97.add(i * (24 + 16 * ::core::mem::size_of::<*const u8>()));
            {
                let l8 = *base.add(0).cast::<*mut u8>();
                let l9 = *base.add(::core::mem::size_of::<*const u8>()).cast::<usize>();
                _rt::cabi_dealloc(l8, l9, 1);
                let l10 = i32::from(
                    *base.add(2 * ::core::mem::size_of::<*const u8>()).cast::<u8>(),
                );
                match l10 {
                    0 => {}
                    _ => {
                        let l11 = i32::from(
                            *base
                                .add(3 * ::core::mem::size_of::<*const u8>())
                                .cast::<u8>(),
                        );
                        match l11 {
                            0 => {
                                let l12 = *base
                                    .add(4 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l13 = *base
                                    .add(5 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let base16 = l12;
                                let len16 = l13;
                                for i in 0..len16 {
                                    let base = base16
                                        .add(i * (2 * ::core::mem::size_of::<*const u8>()));
                                    {
                                        let l14 = *base.add(0).cast::<*mut u8>();
                                        let l15 = *base
                                            .add(::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        _rt::cabi_dealloc(l14, l15, 1);
                                    }
                                }
                                _rt::cabi_dealloc(
                                    base16,
                                    len16 * (2 * ::core::mem::size_of::<*const u8>()),
                                    ::core::mem::size_of::<*const u8>(),
                                );
                            }
                            1 => {}
                            2 => {
                                let l17 = *base
                                    .add(4 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l18 = *base
                                    .add(5 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                _rt::cabi_dealloc(l17, l18, 1);
                            }
                            3 => {}
                            4 => {}
                            5 => {}
                            6 => {}
                            _ => {
                                let l19 = *base
                                    .add(4 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l20 = *base
                                    .add(5 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                _rt::cabi_dealloc(l19, l20, 1);
                                let l21 = *base
                                    .add(6 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l22 = *base
                                    .add(7 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let base27 = l21;
                                let len27 = l22;
                                for i in 0..len27 {
                                    let base = base27
                                        .add(i * (4 * ::core::mem::size_of::<*const u8>()));
                                    {
                                        let l23 = *base.add(0).cast::<*mut u8>();
                                        let l24 = *base
                                            .add(::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        _rt::cabi_dealloc(l23, l24, 1);
                                        let l25 = *base
                                            .add(2 * ::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>();
                                        let l26 = *base
                                            .add(3 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        _rt::cabi_dealloc(l25, l26, 1);
                                    }
                                }
                                _rt::cabi_dealloc(
                                    base27,
                                    len27 * (4 * ::core::mem::size_of::<*const u8>()),
                                    ::core::mem::size_of::<*const u8>(),
                                );
                            }
                        }
                        let l28 = *base
                            .add(8 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>();
                        let l29 = *base
                            .add(9 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        let base32 = l28;
                        let len32 = l29;
                        for i in 0..len32 {
                            let base = base32
                                .add(i * (2 * ::core::mem::size_of::<*const u8>()));
                            {
                                let l30 = *base.add(0).cast::<*mut u8>();
                                let l31 = *base
                                    .add(::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                _rt::cabi_dealloc(l30, l31, 1);
                            }
                        }
                        _rt::cabi_dealloc(
                            base32,
                            len32 * (2 * ::core::mem::size_of::<*const u8>()),
                            ::core::mem::size_of::<*const u8>(),
                        );
                    }
                }
                let l33 = *base
                    .add(10 * ::core::mem::size_of::<*const u8>())
                    .cast::<*mut u8>();
                let l34 = *base
                    .add(11 * ::core::mem::size_of::<*const u8>())
                    .cast::<usize>();
                let base40 = l33;
                let len40 = l34;
                for i in 0..len40 {
                    let base = base40.add(i * (2 * ::core::mem::size_of::<*const u8>()));
                    {
                        let l35 = *base.add(0).cast::<*mut u8>();
                        let l36 = *base
                            .add(::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        let base39 = l35;
                        let len39 = l36;
                        for i in 0..len39 {
                            let base = base39
                                .add(i * (2 * ::core::mem::size_of::<*const u8>()));
                            {
                                let l37 = *base.add(0).cast::<*mut u8>();
                                let l38 = *base
                                    .add(::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                _rt::cabi_dealloc(l37, l38, 1);
                            }
                        }
                        _rt::cabi_dealloc(
                            base39,
                            len39 * (2 * ::core::mem::size_of::<*const u8>()),
                            ::core::mem::size_of::<*const u8>(),
                        );
                    }
                }
                _rt::cabi_dealloc(
                    base40,
                    len40 * (2 * ::core::mem::size_of::<*const u8>()),
                    ::core::mem::size_of::<*const u8>(),
                );
                let l41 = *base
                    .add(12 * ::core::mem::size_of::<*const u8>())
                    .cast::<*mut u8>();
                let l42 = *base
                    .add(13 * ::core::mem::size_of::<*const u8>())
                    .cast::<usize>();
                let base89 = l41;
                let len89 = l42;
                for i in 0..len89 {
                    let base = base89
                        .add(i * (8 + 17 * ::core::mem::size_of::<*const u8>()));
                    {
                        let l43 = *base.add(0).cast::<*mut u8>();
                        let l44 = *base
                            .add(::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        _rt::cabi_dealloc(l43, l44, 1);
                        let l45 = i32::from(
                            *base
                                .add(8 + 2 * ::core::mem::size_of::<*const u8>())
                                .cast::<u8>(),
                        );
                        match l45 {
                            0 => {
                                let l46 = *base
                                    .add(8 + 3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l47 = *base
                                    .add(8 + 4 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let base50 = l46;
                                let len50 = l47;
                                for i in 0..len50 {
                                    let base = base50
                                        .add(i * (2 * ::core::mem::size_of::<*const u8>()));
                                    {
                                        let l48 = *base.add(0).cast::<*mut u8>();
                                        let l49 = *base
                                            .add(::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        _rt::cabi_dealloc(l48, l49, 1);
                                    }
                                }
                                _rt::cabi_dealloc(
                                    base50,
                                    len50 * (2 * ::core::mem::size_of::<*const u8>()),
                                    ::core::mem::size_of::<*const u8>(),
                                );
                            }
                            1 => {}
                            2 => {
                                let l51 = *base
                                    .add(8 + 3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l52 = *base
                                    .add(8 + 4 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                _rt::cabi_dealloc(l51, l52, 1);
                            }
                            3 => {}
                            4 => {}
                            5 => {}
                            6 => {}
                            _ => {
                                let l53 = *base
                                    .add(8 + 3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l54 = *base
                                    .add(8 + 4 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                _rt::cabi_dealloc(l53, l54, 1);
                                let l55 = *base
                                    .add(8 + 5 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l56 = *base
                                    .add(8 + 6 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let base61 = l55;
                                let len61 = l56;
                                for i in 0..len61 {
                                    let base = base61
                                        .add(i * (4 * ::core::mem::size_of::<*const u8>()));
                                    {
                                        let l57 = *base.add(0).cast::<*mut u8>();
                                        let l58 = *base
                                            .add(::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        _rt::cabi_dealloc(l57, l58, 1);
                                        let l59 = *base
                                            .add(2 * ::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>();
                                        let l60 = *base
                                            .add(3 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        _rt::cabi_dealloc(l59, l60, 1);
                                    }
                                }
                                _rt::cabi_dealloc(
                                    base61,
                                    len61 * (4 * ::core::mem::size_of::<*const u8>()),
                                    ::core::mem::size_of::<*const u8>(),
                                );
                            }
                        }
                        let l62 = *base
                            .add(8 + 7 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>();
                        let l63 = *base
                            .add(8 + 8 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        let base66 = l62;
                        let len66 = l63;
                        for i in 0..len66 {
                            let base = base66
                                .add(i * (2 * ::core::mem::size_of::<*const u8>()));
                            {
                                let l64 = *base.add(0).cast::<*mut u8>();
                                let l65 = *base
                                    .add(::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                _rt::cabi_dealloc(l64, l65, 1);
                            }
                        }
                        _rt::cabi_dealloc(
                            base66,
                            len66 * (2 * ::core::mem::size_of::<*const u8>()),
                            ::core::mem::size_of::<*const u8>(),
                        );
                        let l67 = i32::from(
                            *base
                                .add(8 + 9 * ::core::mem::size_of::<*const u8>())
                                .cast::<u8>(),
                        );
                        match l67 {
                            0 => {}
                            1 => {}
                            2 => {}
                            3 => {}
                            4 => {}
                            5 => {}
                            6 => {}
                            7 => {
                                let l68 = *base
                                    .add(8 + 10 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l69 = *base
                                    .add(8 + 11 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let base72 = l68;
                                let len72 = l69;
                                for i in 0..len72 {
                                    let base = base72
                                        .add(i * (2 * ::core::mem::size_of::<*const u8>()));
                                    {
                                        let l70 = *base.add(0).cast::<*mut u8>();
                                        let l71 = *base
                                            .add(::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        _rt::cabi_dealloc(l70, l71, 1);
                                    }
                                }
                                _rt::cabi_dealloc(
                                    base72,
                                    len72 * (2 * ::core::mem::size_of::<*const u8>()),
                                    ::core::mem::size_of::<*const u8>(),
                                );
                            }
                            8 => {}
                            _ => {
                                let l73 = *base
                                    .add(8 + 10 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l74 = *base
                                    .add(8 + 11 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                _rt::cabi_dealloc(l73, l74, 1);
                                let l75 = *base
                                    .add(8 + 12 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l76 = *base
                                    .add(8 + 13 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let base81 = l75;
                                let len81 = l76;
                                for i in 0..len81 {
                                    let base = base81
                                        .add(i * (4 * ::core::mem::size_of::<*const u8>()));
                                    {
                                        let l77 = *base.add(0).cast::<*mut u8>();
                                        let l78 = *base
                                            .add(::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        _rt::cabi_dealloc(l77, l78, 1);
                                        let l79 = *base
                                            .add(2 * ::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>();
                                        let l80 = *base
                                            .add(3 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        _rt::cabi_dealloc(l79, l80, 1);
                                    }
                                }
                                _rt::cabi_dealloc(
                                    base81,
                                    len81 * (4 * ::core::mem::size_of::<*const u8>()),
                                    ::core::mem::size_of::<*const u8>(),
                                );
                            }
                        }
                        let l82 = *base
                            .add(8 + 15 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>();
                        let l83 = *base
                            .add(8 + 16 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        let base88 = l82;
                        let len88 = l83;
                        for i in 0..len88 {
                            let base = base88
                                .add(i * (4 * ::core::mem::size_of::<*const u8>()));
                            {
                                let l84 = *base.add(0).cast::<*mut u8>();
                                let l85 = *base
                                    .add(::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                _rt::cabi_dealloc(l84, l85, 1);
                                let l86 = *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l87 = *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                _rt::cabi_dealloc(l86, l87, 1);
                            }
                        }
                        _rt::cabi_dealloc(
                            base88,
                            len88 * (4 * ::core::mem::size_of::<*const u8>()),
                            ::core::mem::size_of::<*const u8>(),
                        );
                    }
                }
                _rt::cabi_dealloc(
                    base89,
                    len89 * (8 + 17 * ::core::mem::size_of::<*const u8>()),
                    ::core::mem::size_of::<*const u8>(),
                );
                let l90 = *base
                    .add(16 + 15 * ::core::mem::size_of::<*const u8>())
                    .cast::<*mut u8>();
                let l91 = *base
                    .add(16 + 16 * ::core::mem::size_of::<*const u8>())
                    .cast::<usize>();
                let base96 = l90;
                let len96 = l91;
                for i in 0..len96 {
                    let base = base96.add(i * (4 * ::core::mem::size_of::<*const u8>()));
                    {
                        let l92 = *base.add(0).cast::<*mut u8>();
                        let l93 = *base
                            .add(::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        _rt::cabi_dealloc(l92, l93, 1);
                        let l94 = *base
                            .add(2 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>();
                        let l95 = *base
                            .add(3 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        _rt::cabi_dealloc(l94, l95, 1);
                    }
                }
                _rt::cabi_dealloc(
                    base96,
                    len96 * (4 * ::core::mem::size_of::<*const u8>()),
                    ::core::mem::size_of::<*const u8>(),
                );
            }
        }
        _rt::cabi_dealloc(
            base97,
            len97 * (24 + 16 * ::core::mem::size_of::<*const u8>()),
            8,
        );
        let l98 = *arg0.add(8 * ::core::mem::size_of::<*const u8>()).cast::<*mut u8>();
        let l99 = *arg0.add(9 * ::core::mem::size_of::<*const u8>()).cast::<usize>();
        let base153 = l98;
        let len153 = l99;
        for i in 0..len153 {
            let base = base153.add(i * (64 + 12 * ::core::mem::size_of::<*const u8>()));
            {
                let l100 = *base.add(0).cast::<*mut u8>();
                let l101 = *base
                    .add(::core::mem::size_of::<*const u8>())
                    .cast::<usize>();
                _rt::cabi_dealloc(l100, l101, 1);
                let l102 = *base
                    .add(2 * ::core::mem::size_of::<*const u8>())
                    .cast::<*mut u8>();
                let l103 = *base
                    .add(3 * ::core::mem::size_of::<*const u8>())
                    .cast::<usize>();
                let base104 = l102;
                let len104 = l103;
                _rt::cabi_dealloc(base104, len104 * 1, 1);
                let l105 = *base
                    .add(4 * ::core::mem::size_of::<*const u8>())
                    .cast::<*mut u8>();
                let l106 = *base
                    .add(5 * ::core::mem::size_of::<*const u8>())
                    .cast::<usize>();
                let base135 = l105;
                let len135 = l106;
                for i in 0..len135 {
                    let base = base135
                        .add(i * (12 * ::core::mem::size_of::<*const u8>()));
                    {
                        let l107 = *base.add(0).cast::<*mut u8>();
                        let l108 = *base
                            .add(::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        _rt::cabi_dealloc(l107, l108, 1);
                        let l109 = i32::from(
                            *base
                                .add(2 * ::core::mem::size_of::<*const u8>())
                                .cast::<u8>(),
                        );
                        match l109 {
                            0 => {}
                            1 => {}
                            2 => {}
                            3 => {}
                            4 => {}
                            5 => {}
                            6 => {}
                            7 => {}
                            8 => {}
                            9 => {
                                let l110 = *base
                                    .add(4 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l111 = *base
                                    .add(5 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let base112 = l110;
                                let len112 = l111;
                                _rt::cabi_dealloc(base112, len112 * 8, 8);
                            }
                            10 => {
                                let l113 = *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l114 = *base
                                    .add(4 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let base115 = l113;
                                let len115 = l114;
                                _rt::cabi_dealloc(base115, len115 * 1, 1);
                            }
                            _ => {
                                let l116 = *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l117 = *base
                                    .add(4 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                _rt::cabi_dealloc(l116, l117, 1);
                                let l118 = *base
                                    .add(5 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l119 = *base
                                    .add(6 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let base124 = l118;
                                let len124 = l119;
                                for i in 0..len124 {
                                    let base = base124
                                        .add(i * (4 * ::core::mem::size_of::<*const u8>()));
                                    {
                                        let l120 = *base.add(0).cast::<*mut u8>();
                                        let l121 = *base
                                            .add(::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        _rt::cabi_dealloc(l120, l121, 1);
                                        let l122 = *base
                                            .add(2 * ::core::mem::size_of::<*const u8>())
                                            .cast::<*mut u8>();
                                        let l123 = *base
                                            .add(3 * ::core::mem::size_of::<*const u8>())
                                            .cast::<usize>();
                                        _rt::cabi_dealloc(l122, l123, 1);
                                    }
                                }
                                _rt::cabi_dealloc(
                                    base124,
                                    len124 * (4 * ::core::mem::size_of::<*const u8>()),
                                    ::core::mem::size_of::<*const u8>(),
                                );
                                let l125 = *base
                                    .add(7 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l126 = *base
                                    .add(8 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                let base127 = l125;
                                let len127 = l126;
                                _rt::cabi_dealloc(base127, len127 * 1, 1);
                            }
                        }
                        let l128 = *base
                            .add(10 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>();
                        let l129 = *base
                            .add(11 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        let base134 = l128;
                        let len134 = l129;
                        for i in 0..len134 {
                            let base = base134
                                .add(i * (4 * ::core::mem::size_of::<*const u8>()));
                            {
                                let l130 = *base.add(0).cast::<*mut u8>();
                                let l131 = *base
                                    .add(::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                _rt::cabi_dealloc(l130, l131, 1);
                                let l132 = *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l133 = *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                _rt::cabi_dealloc(l132, l133, 1);
                            }
                        }
                        _rt::cabi_dealloc(
                            base134,
                            len134 * (4 * ::core::mem::size_of::<*const u8>()),
                            ::core::mem::size_of::<*const u8>(),
                        );
                    }
                }
                _rt::cabi_dealloc(
                    base135,
                    len135 * (12 * ::core::mem::size_of::<*const u8>()),
                    ::core::mem::size_of::<*const u8>(),
                );
                let l136 = i32::from(
                    *base.add(6 * ::core::mem::size_of::<*const u8>()).cast::<u8>(),
                );
                match l136 {
                    0 => {}
                    1 => {}
                    2 => {}
                    3 => {}
                    _ => {
                        let l137 = *base
                            .add(8 + 6 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>();
                        let l138 = *base
                            .add(8 + 7 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        _rt::cabi_dealloc(l137, l138, 1);
                        let l139 = *base
                            .add(8 + 8 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>();
                        let l140 = *base
                            .add(8 + 9 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        let base145 = l139;
                        let len145 = l140;
                        for i in 0..len145 {
                            let base = base145
                                .add(i * (4 * ::core::mem::size_of::<*const u8>()));
                            {
                                let l141 = *base.add(0).cast::<*mut u8>();
                                let l142 = *base
                                    .add(::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                _rt::cabi_dealloc(l141, l142, 1);
                                let l143 = *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l144 = *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                _rt::cabi_dealloc(l143, l144, 1);
                            }
                        }
                        _rt::cabi_dealloc(
                            base145,
                            len145 * (4 * ::core::mem::size_of::<*const u8>()),
                            ::core::mem::size_of::<*const u8>(),
                        );
                    }
                }
                let l146 = *base
                    .add(56 + 11 * ::core::mem::size_of::<*const u8>())
                    .cast::<*mut u8>();
                let l147 = *base
                    .add(56 + 12 * ::core::mem::size_of::<*const u8>())
                    .cast::<usize>();
                let base152 = l146;
                let len152 = l147;
                for i in 0..len152 {
                    let base = base152
                        .add(i * (4 * ::core::mem::size_of::<*const u8>()));
                    {
                        let l148 = *base.add(0).cast::<*mut u8>();
                        let l149 = *base
                            .add(::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        _rt::cabi_dealloc(l148, l149, 1);
                        let l150 = *base
                            .add(2 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>();
                        let l151 = *base
                            .add(3 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        _rt::cabi_dealloc(l150, l151, 1);
                    }
                }
                _rt::cabi_dealloc(
                    base152,
                    len152 * (4 * ::core::mem::size_of::<*const u8>()),
                    ::core::mem::size_of::<*const u8>(),
                );
            }
        }
        _rt::cabi_dealloc(
            base153,
            len153 * (64 + 12 * ::core::mem::size_of::<*const u8>()),
            8,
        );
        let l154 = *arg0.add(10 * ::core::mem::size_of::<*const u8>()).cast::<*mut u8>();
        let l155 = *arg0.add(11 * ::core::mem::size_of::<*const u8>()).cast::<usize>();
        let base196 = l154;
        let len196 = l155;
        for i in 0..len196 {
            let base = base196.add(i * (9 * ::core::mem::size_of::<*const u8>()));
            {
                let l156 = *base.add(0).cast::<*mut u8>();
                let l157 = *base
                    .add(::core::mem::size_of::<*const u8>())
                    .cast::<usize>();
                _rt::cabi_dealloc(l156, l157, 1);
                let l158 = *base
                    .add(3 * ::core::mem::size_of::<*const u8>())
                    .cast::<*mut u8>();
                let l159 = *base
                    .add(4 * ::core::mem::size_of::<*const u8>())
                    .cast::<usize>();
                let base173 = l158;
                let len173 = l159;
                for i in 0..len173 {
                    let base = base173
                        .add(i * (8 + 7 * ::core::mem::size_of::<*const u8>()));
                    {
                        let l160 = *base.add(8).cast::<*mut u8>();
                        let l161 = *base
                            .add(8 + 1 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        let base162 = l160;
                        let len162 = l161;
                        _rt::cabi_dealloc(base162, len162 * 8, 4);
                        let l163 = *base
                            .add(8 + 3 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>();
                        let l164 = *base
                            .add(8 + 4 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        let base165 = l163;
                        let len165 = l164;
                        _rt::cabi_dealloc(base165, len165 * 4, 4);
                        let l166 = *base
                            .add(8 + 5 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>();
                        let l167 = *base
                            .add(8 + 6 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        let base172 = l166;
                        let len172 = l167;
                        for i in 0..len172 {
                            let base = base172
                                .add(i * (4 * ::core::mem::size_of::<*const u8>()));
                            {
                                let l168 = *base.add(0).cast::<*mut u8>();
                                let l169 = *base
                                    .add(::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                _rt::cabi_dealloc(l168, l169, 1);
                                let l170 = *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l171 = *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                _rt::cabi_dealloc(l170, l171, 1);
                            }
                        }
                        _rt::cabi_dealloc(
                            base172,
                            len172 * (4 * ::core::mem::size_of::<*const u8>()),
                            ::core::mem::size_of::<*const u8>(),
                        );
                    }
                }
                _rt::cabi_dealloc(
                    base173,
                    len173 * (8 + 7 * ::core::mem::size_of::<*const u8>()),
                    ::core::mem::size_of::<*const u8>(),
                );
                let l174 = *base
                    .add(5 * ::core::mem::size_of::<*const u8>())
                    .cast::<*mut u8>();
                let l175 = *base
                    .add(6 * ::core::mem::size_of::<*const u8>())
                    .cast::<usize>();
                let base188 = l174;
                let len188 = l175;
                for i in 0..len188 {
                    let base = base188
                        .add(i * (5 * ::core::mem::size_of::<*const u8>()));
                    {
                        let l176 = *base.add(0).cast::<*mut u8>();
                        let l177 = *base
                            .add(::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        let base180 = l176;
                        let len180 = l177;
                        for i in 0..len180 {
                            let base = base180
                                .add(i * (2 * ::core::mem::size_of::<*const u8>()));
                            {
                                let l178 = *base.add(0).cast::<*mut u8>();
                                let l179 = *base
                                    .add(::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                _rt::cabi_dealloc(l178, l179, 1);
                            }
                        }
                        _rt::cabi_dealloc(
                            base180,
                            len180 * (2 * ::core::mem::size_of::<*const u8>()),
                            ::core::mem::size_of::<*const u8>(),
                        );
                        let l181 = *base
                            .add(3 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>();
                        let l182 = *base
                            .add(4 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        let base187 = l181;
                        let len187 = l182;
                        for i in 0..len187 {
                            let base = base187
                                .add(i * (4 * ::core::mem::size_of::<*const u8>()));
                            {
                                let l183 = *base.add(0).cast::<*mut u8>();
                                let l184 = *base
                                    .add(::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                _rt::cabi_dealloc(l183, l184, 1);
                                let l185 = *base
                                    .add(2 * ::core::mem::size_of::<*const u8>())
                                    .cast::<*mut u8>();
                                let l186 = *base
                                    .add(3 * ::core::mem::size_of::<*const u8>())
                                    .cast::<usize>();
                                _rt::cabi_dealloc(l185, l186, 1);
                            }
                        }
                        _rt::cabi_dealloc(
                            base187,
                            len187 * (4 * ::core::mem::size_of::<*const u8>()),
                            ::core::mem::size_of::<*const u8>(),
                        );
                    }
                }
                _rt::cabi_dealloc(
                    base188,
                    len188 * (5 * ::core::mem::size_of::<*const u8>()),
                    ::core::mem::size_of::<*const u8>(),
                );
                let l189 = *base
                    .add(7 * ::core::mem::size_of::<*const u8>())
                    .cast::<*mut u8>();
                let l190 = *base
                    .add(8 * ::core::mem::size_of::<*const u8>())
                    .cast::<usize>();
                let base195 = l189;
                let len195 = l190;
                for i in 0..len195 {
                    let base = base195
                        .add(i * (4 * ::core::mem::size_of::<*const u8>()));
                    {
                        let l191 = *base.add(0).cast::<*mut u8>();
                        let l192 = *base
                            .add(::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        _rt::cabi_dealloc(l191, l192, 1);
                        let l193 = *base
                            .add(2 * ::core::mem::size_of::<*const u8>())
                            .cast::<*mut u8>();
                        let l194 = *base
                            .add(3 * ::core::mem::size_of::<*const u8>())
                            .cast::<usize>();
                        _rt::cabi_dealloc(l193, l194, 1);
                    }
                }
                _rt::cabi_dealloc(
                    base195,
                    len195 * (4 * ::core::mem::size_of::<*const u8>()),
                    ::core::mem::size_of::<*const u8>(),
                );
            }
        }
        _rt::cabi_dealloc(
            base196,
            len196 * (9 * ::core::mem::size_of::<*const u8>()),
            ::core::mem::size_of::<*const u8>(),
        );
        let l197 = *arg0.add(12 * ::core::mem::size_of::<*const u8>()).cast::<*mut u8>();
        let l198 = *arg0.add(13 * ::core::mem::size_of::<*const u8>()).cast::<usize>();
        let base201 = l197;
        let len201 = l198;
        for i in 0..len201 {
            let base = base201.add(i * (2 * ::core::mem::size_of::<*const u8>()));
            {
                let l199 = *base.add(0).cast::<*mut u8>();
                let l200 = *base
                    .add(::core::mem::size_of::<*const u8>())
                    .cast::<usize>();
                _rt::cabi_dealloc(l199, l200, 1);
            }
        }
        _rt::cabi_dealloc(
            base201,
            len201 * (2 * ::core::mem::size_of::<*const u8>()),
            ::core::mem::size_of::<*const u8>(),
        );
        let l202 = *arg0.add(14 * ::core::mem::size_of::<*const u8>()).cast::<*mut u8>();
        let l203 = *arg0.add(15 * ::core::mem::size_of::<*const u8>()).cast::<usize>();
        let base208 = l202;
        let len208 = l203;
        for i in 0..len208 {
            let base = base208.add(i * (4 * ::core::mem::size_of::<*const u8>()));
            {
                let l204 = *base.add(0).cast::<*mut u8>();
                let l205 = *base
                    .add(::core::mem::size_of::<*const u8>())
                    .cast::<usize>();
                _rt::cabi_dealloc(l204, l205, 1);
                let l206 = *base
                    .add(2 * ::core::mem::size_of::<*const u8>())
                    .cast::<*mut u8>();
                let l207 = *base
                    .add(3 * ::core::mem::size_of::<*const u8>())
                    .cast::<usize>();
                _rt::cabi_dealloc(l206, l207, 1);
            }
        }
        _rt::cabi_dealloc(
            base208,
            len208 * (4 * ::core::mem::size_of::<*const u8>()),
            ::core::mem::size_of::<*const u8>(),
        );
    }
}
pub trait Guest {
    /// What operators may set. Always the same answer.
    #[allow(async_fn_in_trait)]
    fn parameters() -> _rt::Vec<Parameter>;
    /// Called once in an instance's life, before anything but `parameters`, even if there are none: a value for each of
    /// them, in their order, of the declared type. An error refuses the values, and is shown to whoever set them. The fallbacks are never refused.
    #[allow(async_fn_in_trait)]
    fn configure(values: _rt::Vec<Scalar>) -> Result<(), _rt::String>;
    /// A function of the configured values.
    #[allow(async_fn_in_trait)]
    fn describe() -> Description;
}
#[doc(hidden)]
#[macro_export]
macro_rules! __export_foldline_reducer_manifest_0_2_0_cabi {
    ($ty:ident with_types_in $($path_to_types:tt)*) => {
        const _ : () = { #[unsafe (export_name =
        "foldline:reducer/manifest@0.2.0#parameters")] unsafe extern "C" fn
        export_parameters() -> * mut u8 { unsafe { $($path_to_types)*::
        _export_parameters_cabi::<$ty > () } } #[unsafe (export_name =
        "cabi_post_foldline:reducer/manifest@0.2.0#parameters")] unsafe extern "C" fn
        _post_return_parameters(arg0 : * mut u8,) { unsafe { $($path_to_types)*::
        __post_return_parameters::<$ty > (arg0) } } #[unsafe (export_name =
        "foldline:reducer/manifest@0.2.0#configure")] unsafe extern "C" fn
        export_configure(arg0 : * mut u8, arg1 : usize,) -> * mut u8 { unsafe {
        $($path_to_types)*:: _export_configure_cabi::<$ty > (arg0, arg1) } } #[unsafe
        (export_name = "cabi_post_foldline:reducer/manifest@0.2.0#configure")] unsafe
        extern "C" fn _post_return_configure(arg0 : * mut u8,) { unsafe {
        $($path_to_types)*:: __post_return_configure::<$ty > (arg0) } } #[unsafe
        (export_name = "foldline:reducer/manifest@0.2.0#describe")] unsafe extern "C" fn
        export_describe() -> * mut u8 { unsafe { $($path_to_types)*::
        _export_describe_cabi::<$ty > () } } #[unsafe (export_name =
        "cabi_post_foldline:reducer/manifest@0.2.0#describe")] unsafe extern "C" fn
        _post_return_describe(arg0 : * mut u8,) { unsafe { $($path_to_types)*::
        __post_return_describe::<$ty > (arg0) } } };
    };
}
#[doc(hidden)]
pub use __export_foldline_reducer_manifest_0_2_0_cabi;
#[cfg_attr(target_pointer_width = "64", repr(align(8)))]
#[cfg_attr(target_pointer_width = "32", repr(align(4)))]
struct _RetArea(
    [::core::mem::MaybeUninit<u8>; 16 * ::core::mem::size_of::<*const u8>()],
);
static mut _RET_AREA: _RetArea = _RetArea(
    [::core::mem::MaybeUninit::uninit(); 16 * ::core::mem::size_of::<*const u8>()],
);
