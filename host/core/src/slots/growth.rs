//! How the vectors of a table grow: by a quarter, where `Vec` would double.
//!
//! A table that was just shrunk to fit its memory must not hold twice as much after the next new key. The price is about a
//! hundred more bytes copied per new row; existing rows cost nothing.

/// The least room that a vector gets.
const ROOM_MIN: usize = 64;

/// Makes room for `more` values.
#[inline]
pub(crate) fn make_room<T>(values: &mut Vec<T>, more: usize) {
    if more > values.capacity() - values.len() {
        grow(values, more);
    }
}

/// Adds values until there are `len`.
pub(crate) fn fill_to<T>(values: &mut Vec<T>, len: usize, empty: impl FnMut() -> T) {
    make_room(values, len.saturating_sub(values.len()));
    values.resize_with(len, empty);
}

#[cold]
fn grow<T>(values: &mut Vec<T>, more: usize) {
    values.reserve_exact(more.max(values.capacity() / 4).max(ROOM_MIN));
}

/// Returns the capacity of a vector of `len` values after an eviction: a little more, or the next row would make it grow.
pub(crate) fn room_after_eviction(len: usize) -> usize {
    len + len / 16
}

/// Releases memory that is not needed.
pub(crate) fn release<T>(values: &mut Vec<T>) {
    values.shrink_to(room_after_eviction(values.len()));
}
