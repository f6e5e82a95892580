//! Sections of a module file that are not part of WebAssembly itself: the ABI version, and the length of the file.
//!
//! A component that is cut between two sections may still be valid, so a copy in progress can look complete. `foldline build`
//! therefore ends a module with its length, which is written last. Other tools do not write it.

/// The custom section that holds the version of the contract as text, such as `0.1.0`.
pub const ABI_SECTION: &str = "foldline:abi";

/// The start of a custom section (id 0) of 24 bytes: a name of 15 bytes. The file's length follows, 8 bytes, little-endian.
const HEAD: &[u8] = b"\0\x18\x0ffoldline:length";

const SECTION_BYTES: usize = HEAD.len() + size_of::<u64>();

/// Returns a module with its length appended.
///
/// ```
/// use foldline_base::artifact::{ends_with_length, with_length};
///
/// let module = with_length(b"\0asm\x0d\0\x01\0".to_vec());
/// assert!(ends_with_length(&module) && !ends_with_length(&module[..8]));
/// ```
pub fn with_length(mut wasm: Vec<u8>) -> Vec<u8> {
    let bytes = (wasm.len() + SECTION_BYTES) as u64;
    wasm.extend_from_slice(HEAD);
    wasm.extend_from_slice(&bytes.to_le_bytes());
    wasm
}

/// Returns whether a module ends with its length, which proves that nothing of it is missing.
pub fn ends_with_length(wasm: &[u8]) -> bool {
    let section = wasm.last_chunk::<SECTION_BYTES>();
    section.and_then(|section| section.strip_prefix(HEAD)) == Some(&(wasm.len() as u64).to_le_bytes()[..])
}

/// Returns a module without its length section, if it ends with one.
pub fn without_length(wasm: &[u8]) -> &[u8] {
    if ends_with_length(wasm) { &wasm[..wasm.len() - SECTION_BYTES] } else { wasm }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_ends_with_its_length_and_no_part_of_it_does() {
        let bare = b"\0asm\x0d\0\x01\0\0\x04\x03abc".to_vec();
        let whole = with_length(bare.clone());
        assert!(ends_with_length(&whole));
        assert_eq!(without_length(&whole), bare);
        for bytes in 0..whole.len() {
            assert!(!ends_with_length(&whole[..bytes]), "{bytes}");
        }
        // Another section after the length, and another one before it.
        assert!(!ends_with_length(&[&whole[..], b"\0\x01\0"].concat()));
        assert!(!ends_with_length(&[&bare[..], b"\0\x01\0", &whole[bare.len()..]].concat()));
        assert_eq!(without_length(&bare), bare);
    }
}
