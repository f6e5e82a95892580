//! An entry of a sparse window's log, in 64 bits.
//!
//! `pane << 32 | index << 6 | rank`, where the pane is counted from the log's base, so that numbers are ordered as panes are.
//! Rank 0 means that the entry is gone.

use super::super::sparse::{pack, unpack};

#[inline]
pub(super) fn entry(pane: u32, index: u32, rank: u8) -> u64 {
    u64::from(pane) << 32 | u64::from(pack(index, rank))
}

#[inline]
pub(super) fn pane_of(entry: u64) -> u32 {
    (entry >> 32) as u32
}

#[inline]
pub(super) fn index_of(entry: u64) -> u32 {
    unpack(entry as u32).0
}

#[inline]
pub(super) fn rank_of(entry: u64) -> u8 {
    unpack(entry as u32).1
}

/// Returns the entry, marked as gone.
#[inline]
pub(super) fn gone(entry: u64) -> u64 {
    entry & !u64::from(u32::MAX)
}

#[inline]
pub(super) fn is_gone(entry: u64) -> bool {
    entry as u32 == 0
}
