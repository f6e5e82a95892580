//! Rows without windows: each holds everything that was ever contributed to it.

use std::sync::Arc;

use super::encoding::{encode_behind_length, take_behind_length};
use super::size::Size;
use crate::aggregate::any::contribute;
use crate::aggregate::contributed::{Contributed, Rows};
use crate::aggregate::registry::AnyPlainColumn;
use crate::column::Column;
use crate::description::TableSpec;
use crate::slots::marks::Marks;
use crate::slots::renumbering::Renumbering;

/// The rows of a table without windows.
#[derive(Clone, Debug)]
pub(super) struct PlainRows {
    columns: Vec<AnyPlainColumn>,
}

impl PlainRows {
    /// Returns the rows, none yet, of a declared table.
    pub(super) fn new(spec: &TableSpec) -> Result<Self, String> {
        let columns = spec.aggregates.iter().map(|aggregate| AnyPlainColumn::new(&aggregate.kind));
        Ok(Self { columns: columns.collect::<Result<_, _>>()? })
    }

    /// Adds empty rows.
    pub(super) fn grow_to(&mut self, rows: usize) {
        self.columns.iter_mut().for_each(|column| column.grow_to(rows));
    }

    /// Adds contributions to their rows and notes what they change.
    pub(super) fn apply(
        &mut self,
        contributed: Contributed<'_, impl Rows>,
        values: &[Arc<Column>],
        marks: &mut Marks,
    ) {
        contribute(&mut self.columns, contributed, values, marks);
    }

    /// Returns the results of some rows, a column for each aggregate.
    pub(super) fn results(&self, slots: &[u32]) -> Vec<Column> {
        self.columns.iter().map(|column| column.results(slots)).collect()
    }

    /// Returns the results of some aggregates of some rows, a column each.
    pub(super) fn results_of(&self, aggregates: &[usize], slots: &[u32]) -> Vec<Column> {
        aggregates.iter().map(|&aggregate| self.columns[aggregate].results(slots)).collect()
    }

    /// Appends a row's values, each preceded by its length.
    pub(super) fn encode(&self, slot: u32, out: &mut Vec<u8>) {
        for column in &self.columns {
            encode_behind_length(out, |out| column.encode(slot, out));
        }
    }

    /// Returns the length of that encoding.
    pub(super) fn encoded_len(&self, slot: u32) -> usize {
        self.columns.iter().map(|column| 4 + column.encoded_len(slot)).sum()
    }

    /// Reads what [`PlainRows::encode`] wrote as the row with the number `rows`.
    pub(super) fn push_encoded(&mut self, rows: usize, rest: &mut &[u8]) -> Result<(), String> {
        self.columns.iter_mut().try_for_each(|column| {
            let value = take_behind_length(rest)?;
            column.grow_to(rows);
            column.push_encoded(value)
        })
    }

    /// Drops the rows from `rows` on.
    pub(super) fn truncate(&mut self, rows: usize) {
        self.columns.iter_mut().for_each(|column| column.truncate(rows));
    }

    /// Moves rows to their new slots.
    pub(super) fn compact(&mut self, renumbering: &Renumbering) {
        self.columns.iter_mut().for_each(|column| column.compact(renumbering));
    }

    /// Returns the size of all rows.
    pub(super) fn size(&self) -> Size {
        let outside_bytes = self.columns.iter().map(AnyPlainColumn::outside_bytes).sum();
        Size { cells: 0, outside_bytes }
    }

    /// Returns the size of one row.
    pub(super) fn size_of(&self, slot: u32) -> Size {
        let outside_bytes = self.columns.iter().map(|column| column.outside_bytes_of(slot)).sum();
        Size { cells: 0, outside_bytes }
    }

    /// Returns the memory that [`PlainRows::compact`] leaves for this many rows, not counting what they hold outside.
    pub(super) fn compact_bytes(&self, rows: usize) -> usize {
        self.columns.iter().map(|column| column.compact_bytes(rows)).sum()
    }

    /// Returns the memory held, in bytes.
    pub(super) fn heap_bytes(&self) -> usize {
        self.columns.iter().map(AnyPlainColumn::heap_bytes).sum()
    }

    /// Returns the columns.
    #[cfg(test)]
    pub(super) fn columns(&self) -> &[AnyPlainColumn] {
        &self.columns
    }
}
