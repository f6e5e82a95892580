//! A column of one kind, in plain form.

use std::sync::Arc;

use crate::aggregate::cells::Cells;
use crate::aggregate::contract::Codec;
use crate::aggregate::contributed::{Contributed, Rows};
use crate::aggregate::kind::Kind;
use crate::column::{Column, ValueType};
use crate::slots::marks::Marks;

/// The values of one kind, by slot.
#[derive(Clone, Debug)]
pub(crate) struct PlainColumn<K: Kind> {
    kind: K,
    result_type: ValueType,
    /// By slot.
    pub(crate) cells: Cells<K::Value>,
}

impl<K: Kind> PlainColumn<K> {
    /// Returns a column without rows.
    pub(crate) fn new(parameters: &K::Parameters) -> Result<Self, String> {
        let kind = K::new(parameters)?;
        Ok(Self { kind, result_type: K::result_type(parameters), cells: Cells::default() })
    }

    /// Adds empty values until there are `rows`.
    pub(crate) fn grow_to(&mut self, rows: usize) {
        self.cells.grow_to(rows, || self.kind.empty());
    }

    /// Applies its own columns of contributions, which are the first ones of `values`, and notes the rows that they change.
    /// Returns the other columns.
    pub(crate) fn contribute<'a>(
        &mut self,
        contributed: Contributed<'_, impl Rows>,
        columns: &'a [Arc<Column>],
        marks: &mut Marks,
    ) -> &'a [Arc<Column>] {
        let (own, others) = columns.split_at(K::COLUMNS);
        // Where a reducer reads several topics, most columns of a batch are null as a whole.
        if own.first().is_some_and(|column| column.has_values()) {
            self.kind.contribute(&mut self.cells, contributed, own, marks);
        }
        others
    }

    /// Returns the results of some rows, as modules receive them.
    pub(crate) fn results(&self, slots: &[u32]) -> Column {
        let mut results = Column::empty(self.result_type);
        slots.iter().for_each(|&slot| self.kind.push_result(self.cells.at(slot), &mut results));
        results
    }

    /// Appends an encoded value.
    pub(crate) fn push_encoded(&mut self, bytes: &[u8]) -> Result<(), String> {
        let value = self.decode(bytes)?;
        self.cells.push(value);
        Ok(())
    }

    /// Replaces one value by an encoded one.
    pub(crate) fn set_encoded(&mut self, slot: u32, bytes: &[u8]) -> Result<(), String> {
        let value = self.decode(bytes)?;
        self.cells.replace(slot, value);
        Ok(())
    }

    fn decode(&self, bytes: &[u8]) -> Result<K::Value, String> {
        let value = K::Value::decode(bytes)?;
        self.kind.check_value(&value)?;
        Ok(value)
    }

    /// Takes a value, and leaves an empty one.
    pub(crate) fn take(&mut self, slot: u32) -> K::Value {
        self.cells.replace(slot, self.kind.empty())
    }
}
