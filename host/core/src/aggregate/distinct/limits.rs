//! The limits of sketches, and the size at which their form changes.

/// The byte that marks a sparse sketch in an encoding.
pub(super) const FORM_SPARSE: u8 = 0;

/// The byte that marks a dense sketch in an encoding.
pub(super) const FORM_DENSE: u8 = 1;

/// The lowest precision, 16 registers: below, the estimator's theory does not hold.
pub const PRECISION_MIN: u8 = 4;

/// The highest precision: 256 KiB per row, for an error of 0.2 %.
pub const PRECISION_MAX: u8 = 18;

/// The precision at which sparse sketches hold items: the highest that leaves room for the rank in 32 bits.
///
/// Two of 100 items share an index once in 6,800 sketches, two of 1,000 once in 67.
pub(super) const SPARSE_PRECISION: u8 = 25;

/// Returns the most different indexes that a sparse sketch holds: as many as fit a table of four-byte places that is three
/// quarters full and takes no more memory than the registers. Lower precisions have lower limits.
#[inline]
pub(super) fn sparse_len_max(precision: u8) -> usize {
    3 << (precision - 4)
}
