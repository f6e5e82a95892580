//! Texts from columns, without a second UTF-8 check.
//!
//! Checking every text again costs more than the rest of a simple `extract`. The host checks each text when it decodes a record,
//! and each result when it makes it. The contract guarantees this (`values.texts`).

/// Returns a value of a texts column as text.
///
/// In a module, every column comes from the host, which has checked it. In native tests, columns come from the test, so
/// they are checked here.
#[inline]
pub(crate) fn checked_by_host(bytes: &[u8]) -> &str {
    #[cfg(target_arch = "wasm32")]
    #[expect(unsafe_code, reason = "the host checked every single value of a texts column, see above")]
    // SAFETY: readers are made from the arguments of `extract` and `project` only. The contract makes the host
    // guarantee that every value of a texts column is valid UTF-8, and the host enforces it on both ways. A host that
    // broke its promise could harm this module's own memory only, which it owns anyway.
    unsafe {
        std::str::from_utf8_unchecked(bytes)
    }
    #[cfg(not(target_arch = "wasm32"))]
    std::str::from_utf8(bytes).expect("the testing harness fills texts columns from texts only")
}
