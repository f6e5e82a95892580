//! Keys of rows: their parts, their canonical bytes, and their texts, which are the ids of documents.
//!
//! Equal keys have equal bytes, and bytes sort as their keys do. A key of one part is that part's bytes; of several, the
//! parts' bytes stand one after the other:
//!
//! | part | bytes |
//! |---|---|
//! | text | its UTF-8; unless it is the last part, a 0 byte is written 0, 255, and 0, 1 ends it |
//! | int, time | 8 bytes, big end first, the sign bit flipped |
//! | boolean | 1 byte: 0 or 1 |
//!
//! The text of a key of several parts joins them by `/`; `%` and `/` within a part are written `%25` and `%2F`.

mod part;
mod text;
mod key_type;
mod columns;

pub(crate) use self::columns::CanonicalKeys;
pub use self::columns::KeyColumns;
pub use self::key_type::{KEY_BYTES_MAX, KEY_PARTS_MAX, KeyType};
pub use self::part::canonical;
pub(crate) use self::part::{append_canonical, int, of_int};

#[cfg(test)]
mod tests;
