//! One possible future maximum of a register: the pane in which it was seen, and the rank.

/// Bits that hold the rank, which is 61 at most.
const RANK_BITS: u32 = 6;

/// Ordinals count modulo 2^26, far more than the panes of any window.
pub(super) const ORDINAL_MASK: u32 = u32::MAX >> RANK_BITS;

/// `ordinal << 6 | rank`, where the ordinal is that of a pane in [`Panes`](super::panes::Panes).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Entry(pub(super) u32);

impl Entry {
    #[inline]
    pub(super) fn new(ordinal: u32, rank: u8) -> Self {
        Self(ordinal << RANK_BITS | u32::from(rank))
    }

    #[inline]
    pub(super) fn ordinal(self) -> u32 {
        self.0 >> RANK_BITS
    }

    #[inline]
    pub(super) fn rank(self) -> u8 {
        (self.0 & ((1 << RANK_BITS) - 1)) as u8
    }
}
