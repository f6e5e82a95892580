//! The keys of a batch in canonical form, without copying them. Loops are compiled for each type.

use super::packed::{INLINE_MAX, NOWHERE, Packed, pack, pack_window};
use crate::column::BytesColumn;
use crate::key;

/// A column of keys.
pub(super) trait Keys: Copy {
    /// Returns the number of keys.
    fn len(self) -> usize;

    /// Returns the packed form of a key. That of a long key has no place in an arena yet.
    fn packed(self, row: usize) -> Packed;

    /// Calls `f` with the canonical bytes of a key.
    fn with<R>(self, row: usize, f: impl FnOnce(&[u8]) -> R) -> R;
}

/// Runs `$body` with `$keys` bound to the [`Keys`] of some `KeyColumns`.
macro_rules! with_keys {
    ($columns:expr, $keys:ident => $body:expr) => {
        match $columns.canonical() {
            $crate::key::CanonicalKeys::Bytes(bytes) => {
                let $keys = bytes;
                $body
            }
            $crate::key::CanonicalKeys::Ints(values) => {
                let $keys = values;
                $body
            }
            $crate::key::CanonicalKeys::Bits(bits, len) => {
                let $keys = $crate::table::keys::Bits { bits, len };
                $body
            }
        }
    };
}
pub(super) use with_keys;

impl Keys for &BytesColumn {
    #[inline(always)]
    fn len(self) -> usize {
        BytesColumn::len(self)
    }

    #[inline(always)]
    fn packed(self, row: usize) -> Packed {
        let (window, len) = self.window(row);
        match window {
            _ if len > INLINE_MAX => NOWHERE,
            Some(window) => pack_window(window, len),
            // Near the end of the column, fewer than 16 bytes follow.
            None => pack(self.get(row)),
        }
    }

    #[inline(always)]
    fn with<R>(self, row: usize, f: impl FnOnce(&[u8]) -> R) -> R {
        f(self.get(row))
    }
}

impl Keys for &[i64] {
    #[inline(always)]
    fn len(self) -> usize {
        <[i64]>::len(self)
    }

    #[inline(always)]
    fn packed(self, row: usize) -> Packed {
        pack(&key::of_int(self[row]))
    }

    #[inline(always)]
    fn with<R>(self, row: usize, f: impl FnOnce(&[u8]) -> R) -> R {
        f(&key::of_int(self[row]))
    }
}

/// A bitmap, least significant bit first.
#[derive(Clone, Copy)]
pub(super) struct Bits<'a> {
    pub(super) bits: &'a [u8],
    pub(super) len: usize,
}

impl Keys for Bits<'_> {
    #[inline(always)]
    fn len(self) -> usize {
        self.len
    }

    #[inline(always)]
    fn packed(self, row: usize) -> Packed {
        self.with(row, pack)
    }

    #[inline(always)]
    fn with<R>(self, row: usize, f: impl FnOnce(&[u8]) -> R) -> R {
        f(&[self.bits[row / 8] >> (row % 8) & 1])
    }
}
