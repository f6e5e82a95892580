//! A small window: a log of the items' places, in the order of panes, each where it was seen last.

use super::log::{entry, gone, index_of, is_gone, pane_of, rank_of};
use super::places::Places;

/// Up to this capacity a log is searched entry by entry: 128 bytes take no longer than a table, which would be a second
/// allocation in rows of a handful of items.
const SCANNED_MAX: usize = 16;

/// Entries in the order of panes, for each index those that no later one's rank reaches: nearly always one.
///
/// An item that is seen again leaves a gap behind and goes to the end, so that the panes that leave are at the front.
/// When the log is full, gaps are closed, and it gets room for half as many entries more as it then holds.
#[derive(Clone, Debug, Default)]
pub(super) struct SparseWindow {
    log: Vec<u64>,
    places: Places,
    /// What the entries' panes are counted from.
    base: i64,
    /// Position of the first entry: what is before it is gone.
    start: u32,
    /// Entries that are not gone.
    len: u32,
    /// Different indexes among them.
    indexes: u32,
}

impl SparseWindow {
    /// Returns the number of different indexes.
    #[inline]
    pub(super) fn indexes(&self) -> usize {
        self.indexes as usize
    }

    /// Returns the number of entries.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.len as usize
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Returns all (pane, index, rank), in rising order of panes.
    pub(super) fn iter(&self) -> impl Iterator<Item = (i64, u32, u8)> {
        let held = self.held().iter().filter(|&&entry| !is_gone(entry));
        held.map(|&entry| (self.pane(entry), index_of(entry), rank_of(entry)))
    }

    /// Returns the oldest pane that has an entry.
    pub(super) fn oldest(&self) -> Option<i64> {
        self.held().first().map(|&entry| self.pane(entry))
    }

    /// Returns the newest pane, which always has an entry.
    pub(super) fn newest(&self) -> Option<i64> {
        self.held().last().map(|&entry| self.pane(entry))
    }

    /// Prepares for entries of `pane`, which is less than 2^32 panes after the oldest.
    pub(super) fn open(&mut self, pane: i64) {
        if self.is_empty() {
            self.base = pane;
        } else if pane - self.base > i64::from(u32::MAX) {
            self.rebuild();
        }
    }

    /// Adds an item of the newest pane, which has no other of the same index; unless that makes more than `len_max`
    /// indexes: then returns false.
    #[inline]
    pub(super) fn add(&mut self, pane: i64, index: u32, rank: u8, len_max: usize) -> bool {
        if self.find(index, |_| true).is_some() {
            while let Some(position) = self.find(index, |entry| rank_of(entry) <= rank) {
                self.remove(position);
            }
        } else if self.indexes() == len_max {
            return false;
        } else {
            self.indexes += 1;
        }
        if self.log.len() == self.log.capacity() {
            self.rebuild();
        }
        self.log.push(entry((pane - self.base) as u32, index, rank));
        self.len += 1;
        if !self.places.is_none() {
            self.places.insert(&self.log, self.log.len() - 1);
        }
        true
    }

    /// Drops the entries of panes before `first`, and the gaps at the front.
    pub(super) fn expire(&mut self, first: i64) {
        while let Some(&entry) = self.held().first() {
            if !is_gone(entry) {
                if self.pane(entry) >= first {
                    break;
                }
                self.remove(self.start as usize);
                if self.find(index_of(entry), |_| true).is_none() {
                    self.indexes -= 1;
                }
            }
            self.start += 1;
        }
        if self.is_empty() {
            *self = Self::default();
        } else if self.log.capacity() > SCANNED_MAX && self.len() * 4 < self.log.capacity() {
            self.rebuild();
        }
    }

    /// Returns the bytes held outside the value itself.
    pub(super) fn heap_bytes(&self) -> usize {
        self.log.capacity() * size_of::<u64>() + self.places.heap_bytes()
    }

    /// Returns the log without what left at its front.
    #[inline]
    fn held(&self) -> &[u64] {
        &self.log[self.start as usize..]
    }

    #[inline]
    fn pane(&self, entry: u64) -> i64 {
        self.base + i64::from(pane_of(entry))
    }

    /// Returns the position of an entry of this index for which `is_sought` is true.
    #[inline]
    fn find(&self, index: u32, is_sought: impl Fn(u64) -> bool) -> Option<usize> {
        if !self.places.is_none() {
            return self.places.find(&self.log, index, is_sought);
        }
        let sought = |&entry: &u64| index_of(entry) == index && !is_gone(entry) && is_sought(entry);
        self.held().iter().position(sought).map(|position| self.start as usize + position)
    }

    /// Leaves a gap where an entry is.
    fn remove(&mut self, position: usize) {
        if !self.places.is_none() {
            self.places.remove(&self.log, position);
        }
        self.log[position] = gone(self.log[position]);
        self.len -= 1;
    }

    /// Counts again what is followed: entries, indexes, places.
    #[cfg(test)]
    pub(super) fn check(&self) {
        let mut indexes: Vec<u32> = self.iter().map(|(_, index, _)| index).collect();
        assert_eq!(self.len(), indexes.len());
        indexes.sort_unstable();
        indexes.dedup();
        assert_eq!(self.indexes(), indexes.len());
        assert_eq!(self.places.is_none(), self.log.capacity() <= SCANNED_MAX);
        for (position, &entry) in self.log.iter().enumerate().filter(|&(_, &entry)| !is_gone(entry)) {
            assert_eq!(self.find(index_of(entry), |found| found == entry), Some(position));
        }
        assert!(self.held().first().is_none_or(|&entry| !is_gone(entry)));
        assert!(self.held().last().is_none_or(|&entry| !is_gone(entry)));
    }

    /// Closes the gaps, counts panes from the oldest, and makes room in proportion to what is left.
    ///
    /// Called when as many entries were added, or dropped, as half of those that are copied now: a constant cost for
    /// each.
    #[cold]
    fn rebuild(&mut self) {
        let len = self.len();
        let capacity = (len + 1).max(len + len / 2).next_multiple_of(4);
        let held = self.held().iter().filter(|&&entry| !is_gone(entry));
        let older = held.clone().next().map_or(0, |&entry| pane_of(entry));
        let mut log = Vec::with_capacity(capacity);
        log.extend(held.map(|&held| entry(pane_of(held) - older, index_of(held), rank_of(held))));
        self.log = log;
        self.base += i64::from(older);
        self.start = 0;
        self.places = Places::default();
        if self.log.capacity() > SCANNED_MAX {
            self.places = Places::with_room(self.log.capacity());
            (0..len).for_each(|position| self.places.insert(&self.log, position));
        }
    }
}
