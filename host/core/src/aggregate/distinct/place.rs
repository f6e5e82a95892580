//! Where an item falls in a sketch: the index of its register, and its rank there.
//!
//! At precision p, the index is the first p bits of the hash, and the rank one more than the zeros that follow. So the
//! place at a lower precision follows from the place at a higher one, without the hash.

/// Returns index and rank of an item.
#[inline]
pub(super) fn locate(hash: u64, precision: u8) -> (u32, u8) {
    let index = hash >> (64 - precision);
    // The guard bit ends the zeros where the hash ends.
    let rest = hash << precision | 1 << (precision - 1);
    (index as u32, rest.leading_zeros() as u8 + 1)
}

/// Returns index and rank when the precision drops by `drop`: the index's last bits then come before the rank's. They
/// decide if any of them is set; else the rank goes on counting where they end.
#[inline]
pub(super) fn lower(index: u32, rank: u8, drop: u8) -> (u32, u8) {
    let low = index & ((1 << drop) - 1);
    let rank = if low == 0 { drop + rank } else { drop - low.ilog2() as u8 };
    (index >> drop, rank)
}

/// Returns the largest rank: all bits after the index are zeros.
#[inline]
pub(super) fn rank_max(precision: u8) -> u8 {
    64 - precision + 1
}
