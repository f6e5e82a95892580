//! Crowded rows, which have many open cells: an index finds each cell without a walk along the others.

use std::collections::BTreeMap;

use crate::slots::renumbering::Renumbering;

/// The most cells that a search walks along. An index of fewer would cost more than it saves. Tests use few cells.
pub(super) const WALK_MAX: usize = if cfg!(test) { 2 } else { 32 };

/// With this many cells, a row is no longer crowded. It is well below [`WALK_MAX`], or single events could build and drop an
/// index.
const CALM: usize = WALK_MAX / 2;

/// The memory of an entry of 12 bytes in a tree whose nodes are half full.
const ENTRY_BYTES: usize = 32;

/// The cells of crowded rows, sorted.
#[derive(Clone, Debug, Default)]
pub(super) struct Crowded {
    rows: BTreeMap<u32, BTreeMap<i64, u32>>,
    entries: usize,
}

impl Crowded {
    /// Returns whether a row is crowded.
    pub(super) fn has(&self, slot: u32) -> bool {
        self.rows.contains_key(&slot)
    }

    /// Adds a row with its cells, each with its order.
    pub(super) fn add_row(&mut self, slot: u32, cells: Vec<(i64, u32)>) {
        self.entries += cells.len();
        self.rows.insert(slot, cells.into_iter().collect());
    }

    /// Returns the last cell of a crowded row whose order is at most `order`.
    pub(super) fn last_up_to(&self, slot: u32, order: i64) -> Option<u32> {
        self.rows[&slot].range(..=order).next_back().map(|(_, &cell)| cell)
    }

    /// Adds a cell if its row is crowded.
    pub(super) fn insert(&mut self, slot: u32, order: i64, cell: u32) {
        if let Some(cells) = self.rows.get_mut(&slot) {
            self.entries += usize::from(cells.insert(order, cell).is_none());
        }
    }

    /// Removes a cell if its row is crowded.
    pub(super) fn remove(&mut self, slot: u32, order: i64) {
        if let Some(cells) = self.rows.get_mut(&slot) {
            self.entries -= usize::from(cells.remove(&order).is_some());
            self.drop_if_calm(slot);
        }
    }

    /// Removes the cells beyond `order` if their row is crowded.
    pub(super) fn split_off(&mut self, slot: u32, order: i64) {
        if let Some(cells) = self.rows.get_mut(&slot) {
            if let Some(beyond) = order.checked_add(1) {
                self.entries -= cells.split_off(&beyond).len();
            }
            self.drop_if_calm(slot);
        }
    }

    fn drop_if_calm(&mut self, slot: u32) {
        if let Some(cells) = self.rows.get(&slot).filter(|cells| cells.len() <= CALM) {
            self.entries -= cells.len();
            self.rows.remove(&slot);
        }
    }

    /// Drops the rows from `rows` on.
    pub(super) fn truncate(&mut self, rows: usize) {
        let dropped = self.rows.split_off(&(rows as u32));
        self.entries -= dropped.values().map(BTreeMap::len).sum::<usize>();
    }

    /// Moves rows and cells to their new numbers.
    pub(super) fn compact(&mut self, rows: &Renumbering, cells: &Renumbering) {
        let moved = |(slot, mut row): (u32, BTreeMap<i64, u32>)| {
            let new_slot = rows.new_slot(slot)?;
            for cell in row.values_mut() {
                *cell = cells.new_slot(*cell).expect("the cells of a row that stays do, too");
            }
            Some((new_slot, row))
        };
        self.rows = std::mem::take(&mut self.rows).into_iter().filter_map(moved).collect();
        self.entries = self.rows.values().map(BTreeMap::len).sum();
    }

    /// Returns the approximate memory that a row takes here, in bytes.
    pub(super) fn bytes_of(&self, slot: u32) -> usize {
        self.rows.get(&slot).map_or(0, |cells| cells.len() * ENTRY_BYTES)
    }

    /// Returns the approximate memory held, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.entries * ENTRY_BYTES
    }
}
