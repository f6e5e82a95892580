//! The memory of rows over windows, and how rows are dropped.

use super::{WindowRows, WindowState};
use crate::aggregate::registry::AnySlidingColumn;
use crate::slots::growth::room_after_eviction;
use crate::slots::renumbering::Renumbering;
use crate::table::size::Size;

impl WindowRows {
    /// Drops the rows from `rows` on.
    pub(in crate::table) fn truncate(&mut self, rows: usize) {
        self.states.truncate(rows);
        self.open.truncate(rows);
        self.calendar.truncate(rows);
        self.columns.iter_mut().for_each(|column| column.truncate(rows));
    }

    /// Moves rows to their new slots.
    pub(in crate::table) fn compact(&mut self, renumbering: &Renumbering) {
        renumbering.compact(&mut self.states, |_| ());
        self.cells = Vec::new();
        self.open.compact(renumbering, std::iter::empty());
        self.calendar.compact(renumbering);
        self.columns.iter_mut().for_each(|column| column.compact(renumbering));
    }

    /// Returns the size of all rows.
    pub(in crate::table) fn size(&self) -> Size {
        let columns: usize = self.columns.iter().map(AnySlidingColumn::outside_bytes).sum();
        Size { cells: self.open.cells_len(), outside_bytes: columns + self.open.outside_bytes() }
    }

    /// Returns the size of one row.
    pub(in crate::table) fn size_of(&self, slot: u32) -> Size {
        let columns: usize = self.columns.iter().map(|column| column.outside_bytes_of(slot)).sum();
        let cells = self.open.of_row(slot);
        let outside_bytes = columns + self.open.outside_bytes_of(slot, cells.clone());
        Size { cells: cells.count(), outside_bytes }
    }

    /// Returns the memory that [`WindowRows::compact`] leaves for this many rows and cells, not counting what they hold outside.
    pub(in crate::table) fn compact_bytes(&self, rows: usize, cells: usize) -> usize {
        let columns: usize = self.columns.iter().map(|column| column.compact_bytes(rows)).sum();
        let own = room_after_eviction(rows) * size_of::<WindowState>();
        columns + own + self.open.compact_bytes(rows, cells) + self.calendar.compact_bytes(rows)
    }

    /// Returns the memory held, in bytes.
    pub(in crate::table) fn heap_bytes(&self) -> usize {
        let columns: usize = self.columns.iter().map(AnySlidingColumn::heap_bytes).sum();
        let own = self.states.capacity() * size_of::<WindowState>() + self.cells.capacity() * 4;
        columns + own + self.open.heap_bytes() + self.calendar.heap_bytes()
    }
}
