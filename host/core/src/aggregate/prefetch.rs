//! Prefetching: asks the processor for memory before it is needed, because rows take far more memory than caches hold.
//!
//! Measured on `Table::apply`, in ns per event with and without: `Count` over 1,000,000 keys 39 and 56; `Distinct(12)` over
//! 10,000 keys 48 and 69; `Distinct(14)` over 1,000,000 keys 66–104 and 141–216.

/// Hints that `values[index]` is about to be used; an index out of bounds does nothing.
#[inline(always)]
pub(crate) fn prefetch<T>(values: &[T], index: usize) {
    let Some(value) = values.get(index) else { return };
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        #[expect(unsafe_code, reason = "a hint changes no state; the address comes from a live reference")]
        // SAFETY: SSE is part of every x86_64, and a prefetch neither faults nor reads nor writes for the program.
        unsafe {
            _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(value).cast());
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = value;
}
