//! The limits of sketches, and where their form changes.

/// The byte that says in an encoding that a sketch is sparse.
pub(super) const FORM_SPARSE: u8 = 0;

/// The byte that says in an encoding that a sketch is dense.
pub(super) const FORM_DENSE: u8 = 1;

/// Below 16 registers the estimator's theory does not hold.
pub const PRECISION_MIN: u8 = 4;

/// 256 KiB a row, for an error of 0.2 %.
pub const PRECISION_MAX: u8 = 18;

/// The precision at which sparse sketches hold items: as high as leaves room for the rank in 32 bits.
///
/// Two of 100 items share an index once in 6,800 sketches, two of 1,000 once in 67.
pub(super) const SPARSE_PRECISION: u8 = 25;

/// Returns how many different indexes a sparse sketch holds at most: those that a table of four-byte places, filled to
/// three quarters, has room for in the memory of the registers. Lower precisions have lower limits.
#[inline]
pub(super) fn sparse_len_max(precision: u8) -> usize {
    3 << (precision - 4)
}
