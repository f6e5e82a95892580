//! The functions that the generated bindings call: memory for values that cross the border between host and module.
//!
//! The canonical ABI of the component model defines them. They are usually taken from a crate that also holds the generator
//! of the bindings; every guest would then compile that generator, which costs more than everything else in its build.

#![expect(unsafe_code, reason = "the canonical ABI passes memory as pointers and lengths")]

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::ptr::{self, NonNull};

/// Allocates or grows memory for what the host passes in. The host calls it before it passes lists or texts.
///
/// # Safety
/// As the canonical ABI says: `old_len` is 0, or `old_ptr` and `old_len` come from an earlier call with the same `align`;
/// `align` is a power of two; `new_len` rounded up to it does not exceed `isize::MAX`.
#[cfg(target_arch = "wasm32")]
#[unsafe(no_mangle)]
unsafe extern "C" fn cabi_realloc(old_ptr: *mut u8, old_len: usize, align: usize, new_len: usize) -> *mut u8 {
    if new_len == 0 {
        return ptr::without_provenance_mut(align);
    }
    // SAFETY: the lengths are not zero, and the caller keeps the rest of what these functions require (see above).
    let memory = unsafe {
        if old_len == 0 {
            alloc(Layout::from_size_align_unchecked(new_len, align))
        } else {
            std::alloc::realloc(old_ptr, Layout::from_size_align_unchecked(old_len, align), new_len)
        }
    };
    if memory.is_null() {
        // The module is at its memory limit. A message would need more memory.
        std::arch::wasm32::unreachable();
    }
    memory
}

/// Keeps a reference to `cabi_realloc`, which no Rust code calls, so that the linker finds and exports it.
pub(crate) fn maybe_link_cabi_realloc() {
    #[cfg(target_arch = "wasm32")]
    {
        #[used]
        static REFERENCE: unsafe extern "C" fn(*mut u8, usize, usize, usize) -> *mut u8 = cabi_realloc;
    }
}

/// Runs static constructors once, before the first call of an export.
///
/// A module that calls them itself is not changed by the linker, which would run them before each call.
#[cfg(target_arch = "wasm32")]
pub(crate) fn run_ctors_once() {
    use std::sync::atomic::{AtomicBool, Ordering};

    static RAN: AtomicBool = AtomicBool::new(false);
    unsafe extern "C" {
        fn __wasm_call_ctors();
    }
    if !RAN.swap(true, Ordering::Relaxed) {
        // SAFETY: the linker makes this function. It takes no arguments and is called once.
        unsafe { __wasm_call_ctors() }
    }
}

/// Memory that a value is written to before it crosses the border. Dropping it frees the memory.
pub(crate) struct Cleanup {
    memory: NonNull<u8>,
    layout: Layout,
}

impl Cleanup {
    /// Allocates memory. A layout without a size needs none: its pointer is null.
    pub(crate) fn new(layout: Layout) -> (*mut u8, Option<Self>) {
        if layout.size() == 0 {
            return (ptr::null_mut(), None);
        }
        // SAFETY: the size is not zero.
        let memory = unsafe { alloc(layout) };
        let Some(memory) = NonNull::new(memory) else { handle_alloc_error(layout) };
        (memory.as_ptr(), Some(Self { memory, layout }))
    }

    /// Leaves the memory to the owner of the pointer: results are freed after the host has read them.
    pub(crate) fn forget(self) {
        std::mem::forget(self);
    }
}

impl Drop for Cleanup {
    fn drop(&mut self) {
        // SAFETY: `new` allocated it with this layout, and nobody else frees it: `forget` runs no destructor.
        unsafe { dealloc(self.memory.as_ptr(), self.layout) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_aligned_and_freed_once_unless_it_is_handed_on() {
        let layout = Layout::from_size_align(24, 8).unwrap();
        let (freed, cleanup) = Cleanup::new(layout);
        assert_eq!(freed.addr() % layout.align(), 0);
        drop(cleanup);

        let (kept, cleanup) = Cleanup::new(layout);
        cleanup.unwrap().forget();
        // SAFETY: it was allocated with this layout, and `forget` left it.
        unsafe {
            kept.write_bytes(1, layout.size());
            dealloc(kept, layout);
        }
    }

    #[test]
    fn nothing_is_allocated_for_nothing() {
        let (memory, cleanup) = Cleanup::new(Layout::from_size_align(0, 4).unwrap());
        assert!(memory.is_null() && cleanup.is_none());
    }
}
