//! Kinds and columns of any aggregate. Each method determines the kind once, and calls that kind's own code.

use std::sync::Arc;

use super::column::plain::PlainColumn;
use super::column::sliding::SlidingColumn;
use super::contract::Codec;
use super::contributed::{Contributed, Rows};
use super::kind::Kind;
use super::registry::{
    AggregateKind, AnyPlainColumn, AnySlidingColumn, any_column, with_column, with_kind,
    with_windows_and_panes,
};
use super::sliding::form::Sliding;
use super::value::Value;
use crate::column::{Column, ValueType, Values};
use crate::slots::marks::Marks;
use crate::slots::renumbering::Renumbering;

impl AggregateKind {
    /// Returns the name used in messages and documentation.
    ///
    /// ```
    /// assert_eq!(foldline_core::description::AggregateKind::Distinct(14).name(), "Distinct");
    /// ```
    pub fn name(&self) -> &'static str {
        with_kind!(self, K(_parameters) => K::NAME, unsupported => "fold")
    }

    /// Returns how many columns of values its contributions have. A `TopK` has two: ids, and values.
    pub fn columns(&self) -> usize {
        with_kind!(self, K(_parameters) => K::COLUMNS, unsupported => 1)
    }

    /// Checks the parameters of a declaration.
    ///
    /// # Errors
    /// Says which parameters are allowed.
    pub fn check(&self) -> Result<(), String> {
        with_kind!(
            self,
            K(parameters) => K::new(parameters).map(drop),
            unsupported => Err(format!("{} is not supported yet", self.name()))
        )
    }

    /// Returns the type of its results.
    pub fn result_type(&self) -> ValueType {
        with_kind!(self, K(parameters) => K::result_type(parameters), unsupported => ValueType::Blob)
    }

    /// Checks the type of the `nth` of its columns of contributions.
    ///
    /// # Errors
    /// Describes the mistake in words that fit after the aggregate's name.
    pub fn check_type(&self, nth: usize, values: &Values) -> Result<(), String> {
        let wanted = with_kind!(
            self,
            K(parameters) => K::check_type(parameters, nth, values),
            unsupported => return Err(format!("is a {}, which is not supported yet", self.name()))
        );
        wanted.map_err(|wanted| format!("has {} where {wanted} are expected", values.type_name()))
    }

    /// Looks for contributions that cannot be applied, and calls `refuse` with the row and the reason of each.
    pub(crate) fn check_contributions(&self, columns: &[Arc<Column>], refuse: &mut dyn FnMut(usize, String)) {
        with_kind!(self, K(parameters) => K::check_contributions(parameters, columns, refuse), unsupported => {});
    }
}

/// Implements what plain and sliding columns have in common.
macro_rules! any_columns {
    ($any:ident) => {
        impl $any {
            /// Prefetches a slot's value.
            #[inline]
            pub(crate) fn prefetch(&self, slot: u32) {
                with_column!($any, self, column => column.cells.prefetch(slot));
            }

            /// Adds empty values until there are `rows`.
            pub(crate) fn grow_to(&mut self, rows: usize) {
                with_column!($any, self, column => column.grow_to(rows));
            }

            /// Returns the results of some rows, as modules receive them.
            pub(crate) fn results(&self, slots: &[u32]) -> Column {
                with_column!($any, self, column => column.results(slots))
            }

            /// Appends the canonical encoding of one value.
            pub(crate) fn encode(&self, slot: u32, out: &mut Vec<u8>) {
                with_column!($any, self, column => column.cells.at(slot).encode(out));
            }

            /// Returns the length of one value's encoding.
            pub(crate) fn encoded_len(&self, slot: u32) -> usize {
                with_column!($any, self, column => column.cells.at(slot).encoded_len())
            }

            /// Replaces one value by an encoded one.
            pub(crate) fn set_encoded(&mut self, slot: u32, bytes: &[u8]) -> Result<(), String> {
                with_column!($any, self, column => column.set_encoded(slot, bytes))
            }

            /// Drops the values of all slots from `rows` on.
            pub(crate) fn truncate(&mut self, rows: usize) {
                with_column!($any, self, column => column.cells.truncate(rows));
            }

            /// Moves values to their new slots.
            pub(crate) fn compact(&mut self, renumbering: &Renumbering) {
                with_column!($any, self, column => column.cells.compact(renumbering));
            }

            /// Returns the memory that compaction to `rows` values leaves, not counting what they hold outside.
            pub(crate) fn compact_bytes(&self, rows: usize) -> usize {
                with_column!($any, self, column => column.cells.compact_bytes(rows))
            }

            /// Returns the memory held, in bytes.
            pub(crate) fn heap_bytes(&self) -> usize {
                with_column!($any, self, column => column.cells.heap_bytes())
            }

            /// Returns the memory that one value holds outside itself, in bytes.
            pub(crate) fn outside_bytes_of(&self, slot: u32) -> usize {
                with_column!($any, self, column => column.cells.at(slot).heap_bytes())
            }

            /// Returns the memory that all values hold outside themselves, in bytes.
            pub(crate) fn outside_bytes(&self) -> usize {
                with_column!($any, self, column => column.cells.outside_bytes())
            }
        }
    };
}

any_columns!(AnyPlainColumn);
any_columns!(AnySlidingColumn);

impl AnyPlainColumn {
    /// Returns a column without rows.
    ///
    /// # Errors
    /// Describes what is wrong with the declaration, or that it is not supported.
    pub(crate) fn new(kind: &AggregateKind) -> Result<Self, String> {
        Ok(any_column!(
            AnyPlainColumn,
            PlainColumn,
            kind,
            unsupported => return Err(format!("{} is not supported yet", kind.name()))
        ))
    }

    /// Applies its own columns of contributions, which are the first ones of `values`, and notes the rows that they change.
    /// Returns the columns of the aggregates that follow.
    fn contribute<'a>(
        &mut self,
        contributed: Contributed<'_, impl Rows>,
        columns: &'a [Arc<Column>],
        marks: &mut Marks,
    ) -> &'a [Arc<Column>] {
        with_column!(AnyPlainColumn, self, column => column.contribute(contributed, columns, marks))
    }

    /// Appends an encoded value.
    pub(crate) fn push_encoded(&mut self, bytes: &[u8]) -> Result<(), String> {
        with_column!(AnyPlainColumn, self, column => column.push_encoded(bytes))
    }

    /// Merges one value into another.
    pub(crate) fn merge(&mut self, from: u32, into: u32) {
        with_column!(AnyPlainColumn, self, column => column.cells.merge(from, into));
    }

    /// Empties one value.
    pub(crate) fn empty(&mut self, slot: u32) {
        with_column!(AnyPlainColumn, self, column => drop(column.take(slot)));
    }
}

/// Applies the columns of contributions of some aggregates, and notes the rows that they change.
pub(crate) fn contribute(
    aggregates: &mut [AnyPlainColumn],
    contributed: Contributed<'_, impl Rows>,
    columns: &[Arc<Column>],
    marks: &mut Marks,
) {
    let mut rest = columns;
    for (at, aggregate) in aggregates.iter_mut().enumerate() {
        marks.begin_column(at);
        rest = aggregate.contribute(contributed, rest, marks);
    }
    marks.end_columns();
}

impl AnySlidingColumn {
    /// Returns a column without rows.
    ///
    /// # Errors
    /// As [`AnyPlainColumn::new`].
    pub(crate) fn new(kind: &AggregateKind) -> Result<Self, String> {
        Ok(any_column!(
            AnySlidingColumn,
            SlidingColumn,
            kind,
            unsupported => return Err(format!("{} over windows is not supported yet", kind.name()))
        ))
    }

    /// Prefetches what sealing a cell's values will need of a slot's window.
    #[inline]
    pub(crate) fn prefetch_for(&self, slot: u32, panes: &AnyPlainColumn, cell: u32) {
        #[inline]
        fn prefetch_for<K: Kind>(windows: &SlidingColumn<K>, slot: u32, panes: &PlainColumn<K>, cell: u32) {
            K::prefetch_for(&windows.cells, slot, &panes.cells, cell);
        }
        with_windows_and_panes!((self, panes), windows, panes => prefetch_for(windows, slot, panes, cell));
    }

    /// Advances a row's window: drops panes before `first`, and seals the pane (number, cell of its values) that has
    /// ended, which empties the cell. Returns whether the result changed.
    pub(crate) fn slide(
        &mut self,
        slot: u32,
        first: i64,
        ended: Option<(i64, &mut AnyPlainColumn, u32)>,
    ) -> bool {
        match ended {
            None => with_column!(AnySlidingColumn, self, windows => windows.slide(slot, first, None)),
            Some((pane, panes, cell)) => with_windows_and_panes!(
                (self, panes), windows, panes => windows.slide(slot, first, Some((pane, panes.take(cell))))
            ),
        }
    }

    /// Returns the oldest pane of which anything is kept.
    pub(crate) fn oldest(&self, slot: u32) -> Option<i64> {
        with_column!(AnySlidingColumn, self, windows => windows.cells.at(slot).oldest())
    }

    /// Returns one row's result.
    pub(crate) fn result(&self, slot: u32) -> Option<Value> {
        self.results(&[slot]).get(0).map(Value::from)
    }
}

#[cfg(test)]
impl AnyPlainColumn {
    /// Returns the number of values, including those beyond the table's rows.
    pub(crate) fn values_len(&self) -> usize {
        with_column!(AnyPlainColumn, self, column => column.cells.len())
    }

    /// Returns the memory held, recounted value by value.
    pub(crate) fn heap_bytes_counted(&self) -> usize {
        with_column!(AnyPlainColumn, self, column => column.cells.heap_bytes_counted())
    }
}
