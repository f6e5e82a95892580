//! The panes of a dense window, each with the bucket of registers to visit when it leaves.

use std::collections::VecDeque;

use super::cell::{Cell, NO_REGISTER};
use super::entry::ORDINAL_MASK;

/// Panes in rising order, counted by ordinals: a pane's ordinal is one more than that of the pane sealed before it,
/// however far apart their numbers are. Entries hold ordinals, so their pane is found without a search.
///
/// A register with a list is in one bucket: that of its oldest entry's pane, or of an earlier pane whose entry a newer item has
/// replaced. A register is moved only when its bucket's pane leaves, because moving costs two cache misses.
#[derive(Clone, Debug, Default)]
pub(super) struct Panes {
    panes: VecDeque<Pane>,
    /// The ordinal of the first pane.
    first: u32,
}

#[derive(Clone, Debug)]
struct Pane {
    number: i64,
    /// The first register of the bucket; each register names the next.
    bucket: u32,
    /// The number of registers whose current maximum is of this pane.
    leaders: u32,
}

impl Panes {
    /// Returns no panes; the first one will have this ordinal.
    #[cfg(test)]
    pub(super) fn from_ordinal(first: u32) -> Self {
        Self { panes: VecDeque::new(), first }
    }

    /// Returns the number of the first pane.
    pub(super) fn oldest(&self) -> Option<i64> {
        self.panes.front().map(|pane| pane.number)
    }

    /// Returns the number of the last pane.
    pub(super) fn newest(&self) -> Option<i64> {
        self.panes.back().map(|pane| pane.number)
    }

    /// Returns the ordinal of the last pane.
    #[inline]
    pub(super) fn newest_ordinal(&self) -> u32 {
        self.first.wrapping_add(self.panes.len() as u32).wrapping_sub(1) & ORDINAL_MASK
    }

    /// Returns the ordinal of the nth pane.
    #[inline]
    pub(super) fn nth(&self, nth: usize) -> u32 {
        self.first.wrapping_add(nth as u32) & ORDINAL_MASK
    }

    /// Returns the number of a pane.
    #[inline]
    pub(super) fn number(&self, ordinal: u32) -> i64 {
        self.panes[self.position(ordinal)].number
    }

    /// Appends a pane that is newer than all others.
    pub(super) fn push(&mut self, number: i64) {
        assert!(self.panes.len() < ORDINAL_MASK as usize, "a window holds less than 2^26 panes");
        if self.panes.len() == self.panes.capacity() {
            // By an eighth, not by doubling: 24 hours in panes of 10 seconds take 135 KiB.
            self.panes.reserve_exact(self.panes.len() / 8 + 4);
        }
        self.panes.push_back(Pane { number, bucket: NO_REGISTER, leaders: 0 });
    }

    /// Returns whether the first pane holds no register's maximum any more, or is before `first`.
    #[inline]
    pub(super) fn is_over(&self, first: i64) -> bool {
        self.panes.front().is_some_and(|pane| pane.leaders == 0 || pane.number < first)
    }

    /// Removes the first pane; returns its ordinal and the first register of its bucket.
    pub(super) fn pop(&mut self) -> Option<(u32, u32)> {
        let pane = self.panes.pop_front()?;
        let ordinal = self.first;
        self.first = (ordinal + 1) & ORDINAL_MASK;
        if self.panes.len() * 4 < self.panes.capacity() && self.panes.capacity() > 16 {
            self.panes.shrink_to(self.panes.len() * 2);
        }
        Some((ordinal, pane.bucket))
    }

    /// Puts a register into the bucket of a pane.
    #[inline]
    pub(super) fn put(&mut self, ordinal: u32, register: u32, cell: &mut Cell) {
        let position = self.position(ordinal);
        let pane = &mut self.panes[position];
        cell.set_next(pane.bucket);
        pane.bucket = register;
    }

    /// Counts a register whose current maximum is now of this pane.
    #[inline]
    pub(super) fn lead(&mut self, ordinal: u32) {
        let position = self.position(ordinal);
        self.panes[position].leaders += 1;
    }

    /// Counts a register whose current maximum was of this pane until now.
    #[inline]
    pub(super) fn follow(&mut self, ordinal: u32) {
        let position = self.position(ordinal);
        self.panes[position].leaders -= 1;
    }

    /// Returns the bytes held.
    pub(super) fn heap_bytes(&self) -> usize {
        self.panes.capacity() * size_of::<Pane>()
    }

    /// Checks that each register with a list is in one bucket, which is no newer than its oldest entry, and is counted by that
    /// entry's pane.
    #[cfg(test)]
    pub(super) fn check(&self, cells: &[Cell], oldest: &[Option<u32>]) {
        let mut seen = vec![false; cells.len()];
        for (position, pane) in self.panes.iter().enumerate() {
            let mut register = pane.bucket;
            while register != NO_REGISTER {
                let at = register as usize;
                assert!(!std::mem::replace(&mut seen[at], true), "register {at} is in two buckets");
                let ordinal = oldest[at].expect("a register in a bucket has a list");
                assert!(position <= self.position(ordinal), "register {at} is looked at too late");
                register = cells[at].next();
            }
            let leaders = oldest.iter().flatten().filter(|&&ordinal| self.position(ordinal) == position);
            assert_eq!(pane.leaders as usize, leaders.count(), "leaders of pane {}", pane.number);
        }
        assert!(seen.iter().zip(oldest).all(|(&seen, oldest)| seen == oldest.is_some()));
        assert!(self.panes.front().is_none_or(|pane| pane.leaders > 0), "the first pane has an entry");
    }

    #[inline]
    fn position(&self, ordinal: u32) -> usize {
        (ordinal.wrapping_sub(self.first) & ORDINAL_MASK) as usize
    }
}
