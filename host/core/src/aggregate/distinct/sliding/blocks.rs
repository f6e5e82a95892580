//! Where the lists of more than one entry lie: in blocks of one array. Freed blocks go to free lists by size.

use super::cell::Cell;
use super::entry::Entry;
use crate::aggregate::prefetch::prefetch;

/// The number of block sizes. A block's size is its list's length, rounded up to an even number. So a list of the usual three
/// to six entries wastes half an entry, and is copied only every second time that its length changes.
const CLASSES: usize = 31;

/// Ends a chain of free blocks.
const NO_BLOCK: u32 = u32::MAX;

/// The lists of a dense window's registers, each with the oldest entry first.
#[derive(Clone, Debug)]
pub(super) struct Blocks {
    entries: Vec<Entry>,
    /// For each size, the first free block. A free block's first entry names the next one.
    free: [u32; CLASSES],
    free_entries: usize,
}

impl Default for Blocks {
    fn default() -> Self {
        Self { entries: Vec::new(), free: [NO_BLOCK; CLASSES], free_entries: 0 }
    }
}

impl Blocks {
    /// Returns the list of a cell.
    #[inline]
    pub(super) fn list<'a>(&'a self, cell: &'a Cell) -> &'a [Entry] {
        match cell.len() {
            0 => &[],
            1 => std::slice::from_ref(&cell.list),
            len => &self.entries[cell.at()..cell.at() + len],
        }
    }

    /// Prefetches the newest end of a list.
    #[inline]
    pub(super) fn prefetch(&self, cell: &Cell) {
        if cell.len() > 1 {
            prefetch(&self.entries, cell.at() + cell.len() - 1);
        }
    }

    /// Keeps the oldest `kept` entries of a list, and appends one.
    #[inline]
    pub(super) fn cut_and_push(&mut self, cell: &mut Cell, kept: usize, entry: Entry) {
        let (old, new) = (capacity(cell.len()), capacity(kept + 1));
        if old != new {
            self.relocate(cell, 0, kept, new);
        }
        cell.set_len(kept + 1);
        if kept == 0 {
            cell.list = entry;
        } else {
            self.entries[cell.at() + kept] = entry;
        }
    }

    /// Gives an empty cell its list. Returns the oldest entry.
    pub(super) fn fill(
        &mut self,
        cell: &mut Cell,
        list: impl ExactSizeIterator<Item = Entry> + Clone,
    ) -> Option<Entry> {
        let oldest = list.clone().next()?;
        let len = list.len();
        cell.set_len(len);
        cell.list = oldest;
        if len > 1 {
            let at = self.take(capacity(len));
            self.entries[at..at + len].iter_mut().zip(list).for_each(|(place, entry)| *place = entry);
            cell.list = Entry(at as u32);
        }
        Some(oldest)
    }

    /// Removes the oldest entry of a list.
    #[inline]
    pub(super) fn remove_oldest(&mut self, cell: &mut Cell) {
        let len = cell.len();
        let (old, new) = (capacity(len), capacity(len - 1));
        if old != new {
            self.relocate(cell, 1, len - 1, new);
        } else if len > 1 {
            self.entries.copy_within(cell.at() + 1..cell.at() + len, cell.at());
        }
        cell.set_len(len - 1);
    }

    /// Copies all lists close together when more than a quarter of the memory is free, and releases that quarter.
    ///
    /// At least a twelfth as many entries were freed since the last time as are now copied and scanned, so each freed entry
    /// pays a constant cost.
    #[inline]
    pub(super) fn defragment(&mut self, cells: &mut [Cell]) {
        if self.free_entries > self.entries.len() / 4 + cells.len() / 8 {
            self.compact(cells);
        }
    }

    /// Returns the bytes held.
    pub(super) fn heap_bytes(&self) -> usize {
        self.entries.capacity() * size_of::<Entry>()
    }

    /// Checks that every entry is in one list's block or in one free block.
    #[cfg(test)]
    pub(super) fn check(&self, cells: &[Cell]) {
        let mut taken = vec![false; self.entries.len()];
        let mut take = |at: usize, capacity: usize| {
            for taken in &mut taken[at..at + capacity] {
                assert!(!std::mem::replace(taken, true), "two blocks overlap at {at}");
            }
        };
        cells.iter().filter(|cell| cell.len() > 1).for_each(|cell| take(cell.at(), capacity(cell.len())));
        let mut free_entries = 0;
        for (class, &first) in self.free.iter().enumerate() {
            let mut free = first;
            while free != NO_BLOCK {
                take(free as usize, 2 * (class + 1));
                free_entries += 2 * (class + 1);
                free = self.entries[free as usize].0;
            }
        }
        assert_eq!(free_entries, self.free_entries);
        assert!(taken.iter().all(|&taken| taken), "an entry is in no block");
    }

    /// Moves the `len` entries from `from` on to a block for a list of capacity `new`.
    fn relocate(&mut self, cell: &mut Cell, from: usize, len: usize, new: usize) {
        let (at, old) = (cell.at(), capacity(cell.len()));
        if old == 0 {
            let only = cell.list;
            let to = self.take(new);
            self.entries[to] = only;
            cell.list = Entry(to as u32);
        } else if new == 0 {
            cell.list = self.entries[at + from];
            self.give(at, old);
        } else {
            let to = self.take(new);
            self.entries.copy_within(at + from..at + from + len, to);
            cell.list = Entry(to as u32);
            self.give(at, old);
        }
    }

    /// Takes a free block, or a new one.
    #[inline]
    fn take(&mut self, capacity: usize) -> usize {
        let free = &mut self.free[class(capacity)];
        if *free == NO_BLOCK {
            return self.grow(capacity);
        }
        let at = *free as usize;
        *free = self.entries[at].0;
        self.free_entries -= capacity;
        at
    }

    #[cold]
    fn grow(&mut self, capacity: usize) -> usize {
        let at = self.entries.len();
        if at + capacity > self.entries.capacity() {
            // By an eighth, not by doubling: large windows would hold up to twice what they need.
            self.entries.reserve_exact((at / 8).max(capacity).max(16));
        }
        self.entries.resize(at + capacity, Entry::default());
        at
    }

    #[inline]
    fn give(&mut self, at: usize, capacity: usize) {
        let free = &mut self.free[class(capacity)];
        self.entries[at] = Entry(*free);
        *free = at as u32;
        self.free_entries += capacity;
    }

    #[cold]
    fn compact(&mut self, cells: &mut [Cell]) {
        let used = self.entries.len() - self.free_entries;
        let mut compact = Self::default();
        // Room for an eighth more, because lists keep changing their sizes.
        compact.entries.reserve_exact(used + used / 8);
        for cell in cells.iter_mut().filter(|cell| cell.len() > 1) {
            let at = compact.entries.len();
            compact.entries.extend_from_slice(self.list(cell));
            compact.entries.resize(at + capacity(cell.len()), Entry::default());
            cell.list = Entry(at as u32);
        }
        *self = compact;
    }
}

/// Returns the size of the block for a list of this length. A list of up to one entry needs no block.
#[inline]
fn capacity(len: usize) -> usize {
    if len <= 1 { 0 } else { (len + 1) & !1 }
}

#[inline]
fn class(capacity: usize) -> usize {
    capacity / 2 - 1
}
