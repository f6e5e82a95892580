// Generated from wit/reducer-0.2.0 by `cargo xtask bindings`. Do not edit.

#[used]
#[doc(hidden)]
static __FORCE_SECTION_REF: fn() = super::super::super::__link_custom_section_describing_imports;
#[repr(u8)]
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
pub enum Level {
    Debug,
    Info,
    Warn,
    Error,
}
impl ::core::fmt::Debug for Level {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        match self {
            Level::Debug => f.debug_tuple("Level::Debug").finish(),
            Level::Info => f.debug_tuple("Level::Info").finish(),
            Level::Warn => f.debug_tuple("Level::Warn").finish(),
            Level::Error => f.debug_tuple("Level::Error").finish(),
        }
    }
}
impl Level {
    #[doc(hidden)]
    pub unsafe fn _lift(val: u8) -> Level {
        if !cfg!(debug_assertions) {
            return unsafe { ::core::mem::transmute(val) };
        }
        match val {
            0 => Level::Debug,
            1 => Level::Info,
            2 => Level::Warn,
            3 => Level::Error,
            _ => panic!("invalid enum discriminant"),
        }
    }
}
#[allow(unused_unsafe, clippy::all)]
#[allow(async_fn_in_trait)]
pub fn log(level: Level, text: &str) -> () {
    unsafe {
        let vec0 = text;
        let ptr0 = vec0.as_ptr().cast::<u8>();
        let len0 = vec0.len();
        #[cfg(target_arch = "wasm32")]
        #[link(wasm_import_module = "foldline:reducer/host@0.2.0")]
        unsafe extern "C" {
            #[link_name = "log"]
            fn wit_import1(_: i32, _: *mut u8, _: usize);
        }
        #[cfg(not(target_arch = "wasm32"))]
        unsafe extern "C" fn wit_import1(_: i32, _: *mut u8, _: usize) {
            unreachable!()
        }
        wit_import1(level.clone() as i32, ptr0.cast_mut(), len0);
    }
}
#[allow(unused_unsafe, clippy::all)]
/// The reason of the trap that comes next, such as a panic's message; at most once in an instance's life.
#[allow(async_fn_in_trait)]
pub fn fail(text: &str) -> () {
    unsafe {
        let vec0 = text;
        let ptr0 = vec0.as_ptr().cast::<u8>();
        let len0 = vec0.len();
        #[cfg(target_arch = "wasm32")]
        #[link(wasm_import_module = "foldline:reducer/host@0.2.0")]
        unsafe extern "C" {
            #[link_name = "fail"]
            fn wit_import1(_: *mut u8, _: usize);
        }
        #[cfg(not(target_arch = "wasm32"))]
        unsafe extern "C" fn wit_import1(_: *mut u8, _: usize) {
            unreachable!()
        }
        wit_import1(ptr0.cast_mut(), len0);
    }
}
