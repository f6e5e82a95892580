//! The place of an item in a sketch: the index of its register, and its rank there.
//!
//! At precision p, the index is the first p bits of the hash, and the rank is one more than the number of zeros that follow. So
//! the place at a lower precision follows from the place at a higher one, without the hash.

/// Returns the index and rank of an item.
#[inline]
pub(super) fn locate(hash: u64, precision: u8) -> (u32, u8) {
    let index = hash >> (64 - precision);
    // The guard bit ends the run of zeros at the end of the hash.
    let rest = hash << precision | 1 << (precision - 1);
    (index as u32, rest.leading_zeros() as u8 + 1)
}

/// Returns index and rank after the precision drops by `drop`. The last bits of the index then precede those of the rank: if
/// any of them is set, they alone give the new rank; otherwise the old rank continues the count.
#[inline]
pub(super) fn lower(index: u32, rank: u8, drop: u8) -> (u32, u8) {
    let low = index & ((1 << drop) - 1);
    let rank = if low == 0 { drop + rank } else { drop - low.ilog2() as u8 };
    (index >> drop, rank)
}

/// Returns the largest rank, which means that all bits after the index are zeros.
#[inline]
pub(super) fn rank_max(precision: u8) -> u8 {
    64 - precision + 1
}
