//! A small window: a log of its items in the order of panes, each at the pane where it was last seen.

use super::log::{entry, gone, index_of, is_gone, pane_of, rank_of};
use super::places::Places;

/// Up to this capacity, a log is searched entry by entry: reading 128 bytes takes no longer than a table, which would be a
/// second allocation in rows of a handful of items.
const SCANNED_MAX: usize = 16;

/// Entries in the order of panes. For each index they are those whose rank no later entry reaches: nearly always one.
///
/// An item that is seen again leaves a gap and goes to the end, so that leaving panes are always at the front. When the log
/// is full, its gaps are closed, and its capacity becomes one and a half times the entries that are left.
#[derive(Clone, Debug, Default)]
pub(super) struct SparseWindow {
    log: Vec<u64>,
    places: Places,
    /// The pane from which the entries' panes are counted.
    base: i64,
    /// The position of the first entry; everything before it is gone.
    start: u32,
    /// The number of entries that are not gone.
    len: u32,
    /// The number of different indexes among them.
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

    /// Adds an item of the newest pane, which has no other item of the same index. Returns false, without adding it, if that
    /// would make more than `len_max` indexes.
    #[inline]
    pub(super) fn add(&mut self, pane: i64, index: u32, rank: u8, len_max: usize) -> bool {
        let (is_held, mut place) = self.probe(index, rank);
        if !is_held {
            if self.indexes() == len_max {
                return false;
            }
            self.indexes += 1;
        }
        if self.log.len() == self.log.capacity() {
            self.rebuild();
            place = (!self.places.is_none()).then(|| self.places.room_for(index));
        }
        if let Some(place) = place {
            self.places.put(place, index, self.log.len());
        }
        self.log.push(entry((pane - self.base) as u32, index, rank));
        self.len += 1;
        true
    }

    /// Prefetches what adding an item needs.
    #[inline]
    pub(super) fn prefetch(&self, index: u32) {
        self.places.prefetch(index);
    }

    /// Drops the entries of panes before `first`, and the gaps at the front.
    pub(super) fn expire(&mut self, first: i64) {
        while let Some(&entry) = self.held().first() {
            if !is_gone(entry) {
                if self.pane(entry) >= first {
                    break;
                }
                // If every index has one entry, there is no need to search for others of this index.
                let is_last_of_index = self.len == self.indexes;
                self.log[self.start as usize] = gone(entry);
                self.len -= 1;
                if is_last_of_index || !self.probe(index_of(entry), 0).0 {
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

    /// Returns the log without the part at its front that is gone.
    #[inline]
    fn held(&self) -> &[u64] {
        &self.log[self.start as usize..]
    }

    #[inline]
    fn pane(&self, entry: u64) -> i64 {
        self.base + i64::from(pane_of(entry))
    }

    /// Turns the entries of an index whose rank is not above `rank` into gaps. Returns whether the index had any entry, and the
    /// place for its next one, if there is a table.
    #[inline]
    fn probe(&mut self, index: u32, rank: u8) -> (bool, Option<usize>) {
        let Self { log, places, start, len, .. } = self;
        let (mut is_held, end) = (false, log.len());
        let mut leaves_gap = |position: usize| {
            let entry = &mut log[position];
            if !is_gone(*entry) && index_of(*entry) == index {
                is_held = true;
                if rank_of(*entry) <= rank {
                    *entry = gone(*entry);
                    *len -= 1;
                }
            }
            is_gone(*entry)
        };
        let place = if places.is_none() {
            (*start as usize..end).for_each(|position| _ = leaves_gap(position));
            None
        } else {
            Some(places.probe(index, leaves_gap))
        };
        (is_held, place)
    }

    /// Recounts what is tracked: entries, indexes, places.
    #[cfg(test)]
    pub(super) fn check(&self) {
        let mut indexes: Vec<u32> = self.iter().map(|(_, index, _)| index).collect();
        assert_eq!(self.len(), indexes.len());
        indexes.sort_unstable();
        indexes.dedup();
        assert_eq!(self.indexes(), indexes.len());
        assert!(
            self.places.taken() <= self.log.len(),
            "there is a place for each entry since the log was made"
        );
        assert_eq!(self.places.is_none(), self.log.capacity() <= SCANNED_MAX);
        for (position, &entry) in self.log.iter().enumerate().filter(|&(_, &entry)| !is_gone(entry)) {
            let mut is_found = self.places.is_none();
            if !is_found {
                self.places.probe(index_of(entry), |met| {
                    is_found |= met == position;
                    false
                });
            }
            assert!(is_found, "no place leads to position {position}");
        }
        assert!(self.held().first().is_none_or(|&entry| !is_gone(entry)));
        assert!(self.held().last().is_none_or(|&entry| !is_gone(entry)));
    }

    /// Closes the gaps, counts panes from the oldest again, and makes room in proportion to what is left.
    ///
    /// It is called after at least half as many entries were added, or dropped, as it copies, so each of them pays a constant
    /// cost.
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
            for (position, &entry) in self.log.iter().enumerate() {
                let place = self.places.room_for(index_of(entry));
                self.places.put(place, index_of(entry), position);
            }
        }
    }
}
