//! What the estimator needs to know of all registers, updated with each change of a register.

/// The histogram of the registers' ranks, reduced to what the estimator uses.
///
/// Ertl's estimator uses only the number of empty registers, the number of saturated ones, and the sum of 2^-rank over
/// the rest. Scaled, this sum is exact in 64 bits: with q = 64 - precision, a register of rank 1..=q adds 2^(q - rank),
/// and 2^precision of them add at most 2^63. So three integers replace a histogram of up to 62, change with a register
/// in either direction without rounding, and depend on the set of registers alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Sum of 2^(q - rank) over registers of rank 1..=q.
    pub(super) weight: u64,
    /// Registers of rank 0.
    pub(super) empty: u32,
    /// Registers of rank q + 1: every bit of the hash was zero.
    pub(super) saturated: u32,
}

impl Tally {
    /// Returns the tally of 2^precision empty registers.
    pub(super) fn new(precision: u8) -> Self {
        Self { weight: 0, empty: 1 << precision, saturated: 0 }
    }

    /// Returns the tally of given registers.
    pub(super) fn of(precision: u8, ranks: &[u8]) -> Self {
        let mut histogram = [0u32; 64];
        for &rank in ranks {
            histogram[usize::from(rank & 63)] += 1;
        }
        let q = 64 - usize::from(precision);
        let weight = (1..=q).map(|rank| u64::from(histogram[rank]) << (q - rank)).sum();
        Self { weight, empty: histogram[0], saturated: histogram[q + 1] }
    }

    /// Accounts for one register that rises from rank `old` to `new`.
    #[inline]
    pub(super) fn raise(&mut self, precision: u8, old: u8, new: u8) {
        debug_assert!(old < new, "a register goes from {old} up to {new}");
        self.replace(precision, old, new);
    }

    /// Accounts for one register that changes from rank `old` to `new`, up or down.
    #[inline]
    pub(super) fn replace(&mut self, precision: u8, old: u8, new: u8) {
        let q = 64 - precision;
        debug_assert!(old.max(new) <= q + 1, "a register goes from {old} to {new}");
        // Subtract first: 2^precision registers of rank 1 and one more would overflow.
        match old {
            0 => self.empty -= 1,
            _ if old > q => self.saturated -= 1,
            _ => self.weight -= 1 << (q - old),
        }
        match new {
            0 => self.empty += 1,
            _ if new > q => self.saturated += 1,
            _ => self.weight += 1 << (q - new),
        }
    }
}
