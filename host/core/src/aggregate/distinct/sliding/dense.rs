//! A large window: for each register, the list of its possible future maxima.

use super::super::dense::Dense;
use super::super::limits::SPARSE_PRECISION;
use super::super::place::lower;
use super::super::sparse::Sparse;
use super::super::tally::Tally;
use super::blocks::Blocks;
use super::cell::{Cell, NO_REGISTER};
use super::entry::Entry;
use super::panes::Panes;
use crate::aggregate::prefetch::prefetch;

/// Items handled together in each phase: about as many cache misses as the processor can overlap.
const PHASE_ITEMS: usize = 64;

/// For each register, the entries whose rank no later entry reaches. From entry to entry, panes rise and ranks fall.
///
/// The first entry is the register's rank in the window; when its pane leaves, the next entry takes over. The tally follows
/// the first entries, so an estimate scans nothing.
#[derive(Clone, Debug)]
pub(super) struct DenseWindow {
    precision: u8,
    tally: Tally,
    cells: Box<[Cell]>,
    blocks: Blocks,
    panes: Panes,
    /// The number of registers that have a list.
    occupied: u32,
    /// The number of entries of all lists.
    entries: u32,
}

impl DenseWindow {
    /// Returns an empty window.
    pub(super) fn new(precision: u8) -> Self {
        Self {
            precision,
            tally: Tally::new(precision),
            cells: vec![Cell::EMPTY; 1 << precision].into_boxed_slice(),
            blocks: Blocks::default(),
            panes: Panes::default(),
            occupied: 0,
            entries: 0,
        }
    }

    pub(super) fn tally(&self) -> &Tally {
        &self.tally
    }

    pub(super) fn is_empty(&self) -> bool {
        self.occupied == 0
    }

    pub(super) fn registers(&self) -> usize {
        self.cells.len()
    }

    /// Returns the number of registers that have a list.
    pub(super) fn occupied(&self) -> usize {
        self.occupied as usize
    }

    /// Returns the number of entries of all lists.
    pub(super) fn len(&self) -> usize {
        self.entries as usize
    }

    /// Returns the oldest pane that has an entry.
    pub(super) fn oldest(&self) -> Option<i64> {
        self.panes.oldest()
    }

    /// Returns the newest pane, which always has an entry.
    pub(super) fn newest(&self) -> Option<i64> {
        self.panes.newest()
    }

    /// Returns the lists of all registers in their order, each as (pane, rank), oldest first.
    pub(super) fn lists(&self) -> impl Iterator<Item = impl ExactSizeIterator<Item = (i64, u8)>> {
        self.cells.iter().map(|cell| {
            let list = self.blocks.list(cell).iter();
            list.map(|entry| (self.panes.number(entry.ordinal()), entry.rank()))
        })
    }

    /// Makes `pane` the newest pane, to which items are added from now on.
    pub(super) fn open(&mut self, pane: i64) {
        if self.panes.newest() != Some(pane) {
            self.panes.push(pane);
        }
    }

    /// Adds the items of a sparse sketch to the newest pane.
    ///
    /// Works in phases, so that the cache misses of different items overlap.
    pub(super) fn add_sparse(&mut self, sketch: &Sparse) {
        let drop = SPARSE_PRECISION - self.precision;
        let mut items = sketch.iter().map(|(index, rank)| lower(index, rank, drop));
        let mut phase = [(0, 0); PHASE_ITEMS];
        loop {
            let mut len = 0;
            for (slot, item) in phase.iter_mut().zip(&mut items) {
                prefetch(&self.cells, item.0 as usize);
                *slot = item;
                len += 1;
            }
            if len > 1 {
                phase[..len].iter().for_each(|&(register, _)| self.prefetch_list(register));
            }
            phase[..len].iter().for_each(|&(register, rank)| self.add(register, rank));
            if len < PHASE_ITEMS {
                return;
            }
        }
    }

    /// Adds the registers of a dense sketch of the same precision to the newest pane.
    pub(super) fn add_dense(&mut self, sketch: &Dense) {
        for (register, &rank) in sketch.ranks().iter().enumerate().filter(|&(_, &rank)| rank > 0) {
            self.add(register as u32, rank);
        }
    }

    /// Adds a rank seen in the newest pane to a register.
    #[inline]
    pub(super) fn add(&mut self, register: u32, rank: u8) {
        let newest = self.panes.newest_ordinal();
        let cell = &mut self.cells[register as usize];
        let list = self.blocks.list(cell);
        let len = list.len();
        let kept = list.iter().rposition(|entry| entry.rank() > rank).map_or(0, |last| last + 1);
        if kept == 0 {
            match list.first() {
                None => {
                    self.tally.raise(self.precision, 0, rank);
                    self.panes.lead(newest);
                    self.panes.put(newest, register, cell);
                    self.occupied += 1;
                }
                Some(&first) => {
                    self.tally.replace(self.precision, first.rank(), rank);
                    self.panes.follow(first.ordinal());
                    self.panes.lead(newest);
                }
            }
        } else if list[kept - 1].ordinal() == newest {
            // The same pane has already seen a higher rank.
            return;
        }
        self.blocks.cut_and_push(cell, kept, Entry::new(newest, rank));
        self.entries = self.entries + kept as u32 + 1 - len as u32;
    }

    /// Gives an empty register its list of (nth pane of the window, rank), oldest first.
    pub(super) fn restore(&mut self, register: u32, list: &[(usize, u8)]) {
        let entries = list.iter().map(|&(nth, rank)| Entry::new(self.panes.nth(nth), rank));
        let cell = &mut self.cells[register as usize];
        let Some(oldest) = self.blocks.fill(cell, entries) else { return };
        self.tally.raise(self.precision, 0, oldest.rank());
        self.panes.lead(oldest.ordinal());
        self.panes.put(oldest.ordinal(), register, cell);
        self.occupied += 1;
        self.entries += list.len() as u32;
    }

    /// Drops the entries of panes before `first`, and panes at the front that hold no register's maximum. Afterwards, the
    /// oldest pane has an entry.
    pub(super) fn expire(&mut self, first: i64) {
        while self.panes.is_over(first) {
            let Some((ordinal, mut register)) = self.panes.pop() else { break };
            while register != NO_REGISTER {
                let cell = &mut self.cells[register as usize];
                let next = cell.next();
                let list = self.blocks.list(cell);
                let oldest = list[0];
                if oldest.ordinal() != ordinal {
                    self.panes.put(oldest.ordinal(), register, cell);
                } else {
                    let heir = list.get(1).copied();
                    self.blocks.remove_oldest(cell);
                    self.entries -= 1;
                    self.tally.replace(self.precision, oldest.rank(), heir.map_or(0, Entry::rank));
                    match heir {
                        Some(heir) => {
                            self.panes.lead(heir.ordinal());
                            self.panes.put(heir.ordinal(), register, cell);
                        }
                        None => {
                            *cell = Cell::EMPTY;
                            self.occupied -= 1;
                        }
                    }
                }
                register = next;
            }
        }
        self.blocks.defragment(&mut self.cells);
    }

    /// Prefetches what adding an item needs.
    #[inline]
    pub(super) fn prefetch(&self, register: u32) {
        prefetch(&self.cells, register as usize);
    }

    /// Returns the bytes held outside the value itself.
    pub(super) fn heap_bytes(&self) -> usize {
        size_of_val(&*self.cells) + self.blocks.heap_bytes() + self.panes.heap_bytes()
    }

    /// Continues as if `panes` more panes had been sealed before and had left.
    #[cfg(test)]
    pub(super) fn skip_ordinals(&mut self, panes: u32) {
        let precision = self.precision;
        let lists: Vec<Vec<_>> = self.lists().map(Iterator::collect).collect();
        *self = Self::new(precision);
        self.panes = Panes::from_ordinal(panes);
        for (register, list) in lists.into_iter().enumerate() {
            for (pane, rank) in list {
                self.open(pane);
                self.add(register as u32, rank);
            }
        }
    }

    /// Recounts what is tracked: lists, entries, memory, leaders, buckets.
    #[cfg(test)]
    pub(super) fn check(&self) {
        let lists: Vec<&[Entry]> = self.cells.iter().map(|cell| self.blocks.list(cell)).collect();
        assert_eq!(self.occupied(), lists.iter().filter(|list| !list.is_empty()).count());
        assert_eq!(self.len(), lists.iter().map(|list| list.len()).sum::<usize>());
        self.blocks.check(&self.cells);
        let oldest = lists.iter().map(|list| list.first().map(|entry| entry.ordinal()));
        self.panes.check(&self.cells, &oldest.collect::<Vec<_>>());
    }

    #[inline]
    fn prefetch_list(&self, register: u32) {
        self.blocks.prefetch(&self.cells[register as usize]);
    }
}
