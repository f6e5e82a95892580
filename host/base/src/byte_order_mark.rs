//! The mark that some editors put before UTF-8 text: no JSON may begin with it, and no editor shows it.

/// Its bytes.
pub const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// What is wrong with a text that has one.
pub const HAS_ONE: &str = "begins with a byte order mark (EF BB BF); write the file as UTF-8 without one";

/// Returns whether bytes begin with a mark.
pub fn begins_with_mark(bytes: &[u8]) -> bool {
    bytes.starts_with(BYTE_ORDER_MARK)
}
