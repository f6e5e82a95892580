//! Open cells: what rows collect before it is final, as plain aggregates, chained row by row.
//!
//! A row has a cell for each open pane or session. Cells are numbered separately from rows, so that a batch is applied to
//! them column by column as to any other rows, and freed cells are reused. Nearly all rows have few cells, and a search
//! walks along them; a row with many has an index.

use std::sync::Arc;

use super::crowded::{Crowded, WALK_MAX};
use super::encoding::{encode_behind_length, take_behind_length};
use crate::aggregate::any::contribute;
use crate::aggregate::contributed::{Contributed, Rows};
use crate::aggregate::prefetch::prefetch;
use crate::aggregate::registry::AnyPlainColumn;
use crate::column::Column;
use crate::slots::ABSENT;
use crate::slots::growth::{fill_to, make_room, room_after_eviction};
use crate::slots::marks::Marks;
use crate::slots::renumbering::Renumbering;
use crate::work;

/// What a cell collects for: a pane or a session.
pub(super) trait Ordered: Copy {
    /// Returns its order among those of its row, all of which differ.
    fn order(self) -> i64;
}

/// The cells of all rows. `T` is what a cell collects for.
#[derive(Clone, Debug)]
pub(super) struct Open<T> {
    /// The first cell of each row; [`ABSENT`] = none.
    heads: Vec<u32>,
    cells: Vec<Cell<T>>,
    /// The index of rows with many cells.
    crowded: Crowded,
    free: Vec<u32>,
    columns: Vec<AnyPlainColumn>,
    /// Marks that are never read: the rows of changed cells are dirty instead.
    untracked: Marks,
}

#[derive(Clone, Copy, Debug)]
struct Cell<T> {
    of: T,
    next: u32,
}

/// A gap in a row's chain: between two consecutive cells, or [`ABSENT`] at an end of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CellGap {
    /// The last cell at or before the order that was sought.
    pub(super) before: u32,
    /// The first cell beyond it.
    pub(super) after: u32,
}

/// How many cells a search examines before it uses the row's index.
const FIRST_CELLS: usize = 2;

impl<T: Ordered> Open<T> {
    /// Returns no cells, for rows with these columns.
    pub(super) fn new(columns: Vec<AnyPlainColumn>) -> Self {
        let mut untracked = Marks::default();
        untracked.track_nothing();
        let crowded = Crowded::default();
        Self { heads: Vec::new(), cells: Vec::new(), crowded, free: Vec::new(), columns, untracked }
    }

    /// Adds rows without cells.
    pub(super) fn grow_to(&mut self, rows: usize) {
        fill_to(&mut self.heads, rows, || ABSENT);
    }

    /// Returns the gap in a row's chain after all cells up to `order`.
    #[inline]
    pub(super) fn seek(&mut self, slot: u32, order: i64) -> CellGap {
        let mut gap = CellGap { before: ABSENT, after: self.heads[slot as usize] };
        for walked in 0..WALK_MAX {
            // Even in a crowded row, most searches end at the first cell.
            if walked == FIRST_CELLS && self.crowded.has(slot) {
                break;
            }
            match self.cells.get(gap.after as usize) {
                Some(cell) if cell.of.order() <= order => {
                    work::step();
                    gap = CellGap { before: gap.after, after: cell.next };
                }
                _ => return gap,
            }
        }
        self.seek_far(slot, order)
    }

    #[cold]
    fn seek_far(&mut self, slot: u32, order: i64) -> CellGap {
        if !self.crowded.has(slot) {
            let cells = self.of_row(slot).inspect(|_| work::step());
            let ordered: Vec<_> = cells.map(|cell| (self.of(cell).order(), cell)).collect();
            self.crowded.add_row(slot, ordered);
        }
        let before = self.crowded.last_up_to(slot, order).expect("a search walked past cells of the row");
        CellGap { before, after: self.cells[before as usize].next }
    }

    /// Returns what a cell collects for.
    pub(super) fn of(&self, cell: u32) -> T {
        self.cells[cell as usize].of
    }

    /// Changes what a cell of a row collects for; its order between its neighbours must not change.
    pub(super) fn set(&mut self, slot: u32, cell: u32, of: T) {
        let before = std::mem::replace(&mut self.cells[cell as usize].of, of);
        if before.order() != of.order() {
            self.crowded.remove(slot, before.order());
            self.crowded.insert(slot, of.order(), cell);
        }
    }

    /// Adds an empty cell to a row, in the gap that [`Open::seek`] returned for it.
    pub(super) fn insert(&mut self, slot: u32, of: T, gap: CellGap) -> u32 {
        let CellGap { before, after: next } = gap;
        let cell = self.free.pop().unwrap_or_else(|| {
            let cell = u32::try_from(self.cells.len()).expect("memory ends before 2^32 cells");
            make_room(&mut self.cells, 1);
            self.cells.push(Cell { of, next });
            cell
        });
        self.cells[cell as usize] = Cell { of, next };
        self.link(slot, before, cell);
        self.crowded.insert(slot, of.order(), cell);
        cell
    }

    /// Removes a cell from its row. Its values stay until [`Open::free`].
    pub(super) fn unlink(&mut self, slot: u32, cell: u32) {
        let Cell { of, next } = self.cells[cell as usize];
        let before = match of.order().checked_sub(1) {
            // Usually it is the first cell of the row.
            Some(earlier) if self.heads[slot as usize] != cell => self.seek(slot, earlier).before,
            _ => ABSENT,
        };
        self.link(slot, before, next);
        self.crowded.remove(slot, of.order());
    }

    /// Links a cell after another one of its row, or as the first.
    fn link(&mut self, slot: u32, before: u32, cell: u32) {
        match before {
            ABSENT => self.heads[slot as usize] = cell,
            before => self.cells[before as usize].next = cell,
        }
    }

    /// Removes all cells beyond `order` from a row, and adds them to `taken` in their order. Their values stay until
    /// [`Open::free`]. Returns the last cell that the row keeps.
    pub(super) fn split_off(&mut self, slot: u32, order: i64, taken: &mut Vec<u32>) -> Option<u32> {
        let CellGap { before, after } = self.seek(slot, order);
        self.link(slot, before, ABSENT);
        self.crowded.split_off(slot, order);
        let mut at = after;
        while let Some(cell) = self.cells.get(at as usize) {
            taken.push(at);
            at = cell.next;
        }
        Some(before).filter(|&before| before != ABSENT)
    }

    /// Prefetches a row's first cell.
    #[inline]
    pub(super) fn prefetch(&self, slot: u32) {
        prefetch(&self.cells, self.heads[slot as usize] as usize);
    }

    /// Returns a row's first cell, or [`ABSENT`], and prefetches it and its values.
    #[inline]
    pub(super) fn approach(&self, slot: u32) -> u32 {
        self.approached(self.heads[slot as usize])
    }

    /// Returns the cell that follows another one, or [`ABSENT`], and prefetches it and its values.
    #[inline]
    pub(super) fn approach_next(&self, cell: u32) -> u32 {
        self.approached(self.cells.get(cell as usize).map_or(ABSENT, |cell| cell.next))
    }

    fn approached(&self, cell: u32) -> u32 {
        if cell != ABSENT {
            prefetch(&self.cells, cell as usize);
            self.prefetch_values(cell);
        }
        cell
    }

    /// Prefetches a cell's values.
    #[inline]
    pub(super) fn prefetch_values(&self, cell: u32) {
        self.columns.iter().for_each(|column| column.prefetch(cell));
    }

    /// Empties a cell that no row holds any more, and makes it reusable.
    pub(super) fn free(&mut self, cell: u32) {
        self.columns.iter_mut().for_each(|column| column.empty(cell));
        self.free.push(cell);
    }

    /// Makes a cell reusable that no row holds any more, and whose values are empty.
    pub(super) fn take_back(&mut self, cell: u32) {
        self.free.push(cell);
    }

    /// Returns the number of cells that rows hold.
    pub(super) fn len(&self) -> usize {
        self.cells.len() - self.free.len()
    }

    /// Returns a row's cells, in their order.
    pub(super) fn of_row(&self, slot: u32) -> impl Iterator<Item = u32> + Clone {
        let first = Some(self.heads[slot as usize]).filter(|&cell| cell != ABSENT);
        std::iter::successors(first, |&cell| {
            Some(self.cells[cell as usize].next).filter(|&next| next != ABSENT)
        })
    }

    /// Returns whether a row has no cells.
    pub(super) fn is_empty(&self, slot: u32) -> bool {
        self.heads[slot as usize] == ABSENT
    }

    /// Applies contributions to cells: `contributed.slots` holds the cell of each.
    pub(super) fn apply(&mut self, contributed: Contributed<'_, impl Rows>, values: &[Arc<Column>]) {
        self.grow_columns();
        contribute(&mut self.columns, contributed, values, &mut self.untracked);
    }

    /// Makes columns and marks as long as there are cells.
    fn grow_columns(&mut self) {
        self.untracked.grow_to(self.cells.len());
        self.columns.iter_mut().for_each(|column| column.grow_to(self.cells.len()));
    }

    /// Merges cell `from` into cell `into`, and frees it.
    pub(super) fn merge(&mut self, from: u32, into: u32) {
        self.columns.iter_mut().for_each(|column| column.merge(from, into));
        self.free(from);
    }

    /// Returns the values of all cells, a column for each aggregate.
    pub(super) fn columns(&self) -> &[AnyPlainColumn] {
        &self.columns
    }

    /// Returns one aggregate's values of all cells.
    pub(super) fn column_mut(&mut self, at: usize) -> &mut AnyPlainColumn {
        &mut self.columns[at]
    }

    /// Appends the encoding of a cell's values, each preceded by its length.
    pub(super) fn encode(&self, cell: u32, out: &mut Vec<u8>) {
        for column in &self.columns {
            encode_behind_length(out, |out| column.encode(cell, out));
        }
    }

    /// Returns the length of that encoding.
    pub(super) fn encoded_len(&self, cell: u32) -> usize {
        self.columns.iter().map(|column| 4 + column.encoded_len(cell)).sum()
    }

    /// Decodes what [`Open::encode`] wrote into an empty cell.
    pub(super) fn decode(&mut self, cell: u32, rest: &mut &[u8]) -> Result<(), String> {
        self.grow_columns();
        for column in &mut self.columns {
            column.set_encoded(cell, take_behind_length(rest)?)?;
        }
        Ok(())
    }

    /// Drops the rows from `rows` on, and frees their cells.
    pub(super) fn truncate(&mut self, rows: usize) {
        self.grow_columns();
        for head in self.heads.split_off(rows.min(self.heads.len())) {
            let mut at = head;
            while let Some(cell) = self.cells.get(at as usize) {
                let next = cell.next;
                self.free(at);
                at = next;
            }
        }
        self.crowded.truncate(rows);
    }

    /// Moves rows to their new slots. Free cells, and cells of dropped rows, are dropped. `apart` are cells that stay without
    /// being in a row's chain. Returns the new numbers of cells.
    pub(super) fn compact(&mut self, rows: &Renumbering, apart: impl Iterator<Item = u32>) -> Renumbering {
        self.grow_columns();
        let mut stays = vec![false; self.cells.len()];
        apart.for_each(|cell| stays[cell as usize] = true);
        rows.staying().flat_map(|slot| self.of_row(slot)).for_each(|cell| stays[cell as usize] = true);
        let cells = Renumbering::keeping(self.cells.len(), |cell| stays[cell as usize]);
        let moved = |cell: u32| cells.new_slot(cell).unwrap_or(ABSENT);
        rows.compact(&mut self.heads, |_| ());
        self.heads.iter_mut().for_each(|head| *head = moved(*head));
        cells.compact(&mut self.cells, |_| ());
        self.cells.iter_mut().for_each(|cell| cell.next = moved(cell.next));
        self.free = Vec::new();
        self.crowded.compact(rows, &cells);
        self.columns.iter_mut().for_each(|column| column.compact(&cells));
        self.untracked.compact(&cells);
        cells
    }

    /// Returns how many cells are in use.
    pub(super) fn cells_len(&self) -> usize {
        self.cells.len() - self.free.len()
    }

    /// Returns the memory that a row and some cells of it hold outside themselves, in bytes.
    pub(super) fn outside_bytes_of(&self, slot: u32, cells: impl Iterator<Item = u32> + Clone) -> usize {
        let of_column =
            |column: &AnyPlainColumn| cells.clone().map(|cell| column.outside_bytes_of(cell)).sum::<usize>();
        self.crowded.bytes_of(slot) + self.columns.iter().map(of_column).sum::<usize>()
    }

    /// Returns the memory that all cells hold outside themselves, in bytes.
    pub(super) fn outside_bytes(&self) -> usize {
        self.crowded.bytes() + self.columns.iter().map(AnyPlainColumn::outside_bytes).sum::<usize>()
    }

    /// Returns the memory that [`Open::compact`] leaves for this many rows and cells, not counting what cells hold outside.
    pub(super) fn compact_bytes(&self, rows: usize, cells: usize) -> usize {
        let columns: usize = self.columns.iter().map(|column| column.compact_bytes(cells)).sum();
        let own = room_after_eviction(rows) * 4 + room_after_eviction(cells) * size_of::<Cell<T>>();
        columns + own + self.untracked.compact_bytes(cells)
    }

    /// Returns the memory held, in bytes.
    pub(super) fn heap_bytes(&self) -> usize {
        let columns: usize = self.columns.iter().map(AnyPlainColumn::heap_bytes).sum();
        let own = self.heads.capacity() * 4 + self.cells.capacity() * size_of::<Cell<T>>();
        columns + own + self.crowded.bytes() + self.free.capacity() * 4 + self.untracked.heap_bytes()
    }
}
