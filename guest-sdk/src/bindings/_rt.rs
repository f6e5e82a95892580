// Generated from wit/reducer-0.1.0 by `cargo xtask bindings`. Do not edit.

pub use alloc_crate::vec::Vec;
pub use alloc_crate::string::String;
#[cfg(target_arch = "wasm32")]
pub fn run_ctors_once() {
    crate::abi::run_ctors_once();
}
pub unsafe fn invalid_enum_discriminant<T>() -> T {
    if cfg!(debug_assertions) {
        panic!("invalid enum discriminant")
    } else {
        unsafe { core::hint::unreachable_unchecked() }
    }
}
pub unsafe fn cabi_dealloc(ptr: *mut u8, size: usize, align: usize) {
    if size == 0 {
        return;
    }
    unsafe {
        let layout = alloc::Layout::from_size_align_unchecked(size, align);
        alloc::dealloc(ptr, layout);
    }
}
pub fn as_i32<T: AsI32>(t: T) -> i32 {
    t.as_i32()
}
pub trait AsI32 {
    fn as_i32(self) -> i32;
}
impl<'a, T: Copy + AsI32> AsI32 for &'a T {
    fn as_i32(self) -> i32 {
        (*self).as_i32()
    }
}
impl AsI32 for i32 {
    #[inline]
    fn as_i32(self) -> i32 {
        self as i32
    }
}
impl AsI32 for u32 {
    #[inline]
    fn as_i32(self) -> i32 {
        self as i32
    }
}
impl AsI32 for i16 {
    #[inline]
    fn as_i32(self) -> i32 {
        self as i32
    }
}
impl AsI32 for u16 {
    #[inline]
    fn as_i32(self) -> i32 {
        self as i32
    }
}
impl AsI32 for i8 {
    #[inline]
    fn as_i32(self) -> i32 {
        self as i32
    }
}
impl AsI32 for u8 {
    #[inline]
    fn as_i32(self) -> i32 {
        self as i32
    }
}
impl AsI32 for char {
    #[inline]
    fn as_i32(self) -> i32 {
        self as i32
    }
}
impl AsI32 for usize {
    #[inline]
    fn as_i32(self) -> i32 {
        self as i32
    }
}
pub use alloc_crate::alloc;
pub fn as_i64<T: AsI64>(t: T) -> i64 {
    t.as_i64()
}
pub trait AsI64 {
    fn as_i64(self) -> i64;
}
impl<'a, T: Copy + AsI64> AsI64 for &'a T {
    fn as_i64(self) -> i64 {
        (*self).as_i64()
    }
}
impl AsI64 for i64 {
    #[inline]
    fn as_i64(self) -> i64 {
        self as i64
    }
}
impl AsI64 for u64 {
    #[inline]
    fn as_i64(self) -> i64 {
        self as i64
    }
}
extern crate alloc as alloc_crate;
