//! The byte order mark that some editors put before UTF-8 text. JSON may not begin with it, and editors do not show it.

/// The bytes of the mark.
pub const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The message about a text that begins with a mark.
pub const HAS_ONE: &str = "begins with a byte order mark (EF BB BF); write the file as UTF-8 without one";

/// Returns whether bytes begin with the mark.
pub fn begins_with_mark(bytes: &[u8]) -> bool {
    bytes.starts_with(BYTE_ORDER_MARK)
}
