//! The registers of a large sketch, a byte each.

use super::super::prefetch::prefetch;
use super::limits::{SPARSE_PRECISION, sparse_len_max};
use super::place::{lower, rank_max};
use super::tally::Tally;

/// The largest rank seen in each register, and the tally of all.
#[derive(Clone, Debug)]
pub(super) struct Dense {
    tally: Tally,
    ranks: Box<[u8]>,
}

impl Dense {
    /// Returns 2^precision empty registers.
    pub(super) fn new(precision: u8) -> Self {
        Self { tally: Tally::new(precision), ranks: vec![0; 1 << precision].into_boxed_slice() }
    }

    pub(super) fn ranks(&self) -> &[u8] {
        &self.ranks
    }

    pub(super) fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Raises a register to at least `rank`; returns whether that changed it.
    #[inline]
    pub(super) fn raise(&mut self, index: u32, rank: u8) -> bool {
        let precision = self.precision();
        let held = &mut self.ranks[index as usize];
        if rank <= *held {
            return false;
        }
        self.tally.raise(precision, *held, rank);
        *held = rank;
        true
    }

    /// Raises the register of an item whose index and rank are given at precision `from`, which is not lower than this one.
    #[inline]
    pub(super) fn raise_from(&mut self, from: u8, index: u32, rank: u8) -> bool {
        let (index, rank) = lower(index, rank, from - self.precision());
        self.raise(index, rank)
    }

    #[inline]
    pub(super) fn prefetch(&self, index: u32) {
        prefetch(&self.ranks, index as usize);
    }

    /// Keeps the larger rank of each register. The precision of `other` is not lower than this one.
    pub(super) fn merge(&mut self, other: &Self) {
        if other.precision() == self.precision() {
            for (rank, &other) in self.ranks.iter_mut().zip(&other.ranks) {
                *rank = (*rank).max(other);
            }
            self.tally = Tally::of(self.precision(), &self.ranks);
            return;
        }
        for (index, &rank) in other.ranks.iter().enumerate().filter(|&(_, &rank)| rank > 0) {
            self.raise_from(other.precision(), index as u32, rank);
        }
    }

    /// Returns the registers that the same items would have set at `precision`, which is not higher than this one.
    pub(super) fn lowered(&self, precision: u8) -> Self {
        if precision == self.precision() {
            return self.clone();
        }
        let mut lowered = Self::new(precision);
        lowered.merge(self);
        lowered
    }

    /// Reads a byte for each register.
    pub(super) fn decode(ranks: &[u8], precision: u8) -> Result<Self, String> {
        if ranks.len() != 1 << precision {
            return Err(format!("a dense sketch of precision {precision} has {} registers", ranks.len()));
        }
        if let Some(rank) = ranks.iter().find(|&&rank| rank > rank_max(precision)) {
            return Err(format!("a dense sketch of precision {precision} has rank {rank}"));
        }
        let indexes: u64 = ranks.iter().map(|&rank| indexes_max(rank, precision)).sum();
        if indexes <= sparse_len_max(precision) as u64 {
            return Err(format!(
                "a dense sketch of precision {precision} has room for {indexes} indexes only"
            ));
        }
        Ok(Self { tally: Tally::of(precision, ranks), ranks: ranks.into() })
    }

    #[inline]
    fn precision(&self) -> u8 {
        self.ranks.len().ilog2() as u8
    }
}

/// Returns how many indexes of a sparse sketch could have led to a register of this rank: those whose bits after the
/// register's index begin with fewer than `rank` zeros.
fn indexes_max(rank: u8, precision: u8) -> u64 {
    let all = 1u64 << (SPARSE_PRECISION - precision);
    all - (all >> rank)
}
