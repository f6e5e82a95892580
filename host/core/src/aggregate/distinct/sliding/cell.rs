//! What is kept for each register: where its list lies, how long the list is, and which register follows in the bucket.

use super::entry::Entry;

/// Ends a bucket's chain. Register numbers have up to 18 bits.
pub(super) const NO_REGISTER: u32 = (1 << NEXT_BITS) - 1;

const NEXT_BITS: u32 = 19;

/// Eight bytes, within one cache line.
///
/// A list of one entry is held here, and most lists are that short while registers outnumber items. A longer list lies in
/// [`Blocks`](super::blocks::Blocks). Its length is 61 at most, because ranks fall from entry to entry.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cell {
    /// The only entry, or the start of a longer list.
    pub(super) list: Entry,
    /// `len << 19 | next`.
    meta: u32,
}

impl Cell {
    pub(super) const EMPTY: Self = Self { list: Entry(0), meta: NO_REGISTER };

    /// Returns where a list of more than one entry begins.
    #[inline]
    pub(super) fn at(&self) -> usize {
        self.list.0 as usize
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        (self.meta >> NEXT_BITS) as usize
    }

    #[inline]
    pub(super) fn set_len(&mut self, len: usize) {
        self.meta = (len as u32) << NEXT_BITS | self.next();
    }

    /// Returns the next register of the same bucket, or [`NO_REGISTER`].
    #[inline]
    pub(super) fn next(&self) -> u32 {
        self.meta & NO_REGISTER
    }

    #[inline]
    pub(super) fn set_next(&mut self, next: u32) {
        self.meta = self.meta & !NO_REGISTER | next;
    }
}
