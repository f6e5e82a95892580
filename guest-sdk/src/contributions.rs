//! The contributions of a batch of events to a table, collected in columns.

use crate::bindings::foldline::reducer::types::Contributions as Collected;
use crate::error::Result;
use crate::table::Table;

/// Takes what events add to the rows of a table.
pub struct Contributions<T: Table> {
    columns: T::Columns,
    source_rows: Vec<u32>,
    row: u32,
}

impl<T: Table> Contributions<T> {
    /// Adds to one row, which is created if it does not exist: `out.add(Likes::key(post).users(user))`.
    ///
    /// Call it any number of times for an event, for the same row or for others.
    ///
    /// # Errors
    /// A count beyond 2^63 - 1; then nothing is added.
    #[inline]
    pub fn add(&mut self, contribution: T::Contribution<'_>) -> Result {
        let added = T::push(&mut self.columns, contribution);
        if added.is_err() {
            T::truncate(&mut self.columns, self.source_rows.len());
        } else {
            self.source_rows.push(self.row);
        }
        added
    }

    pub(crate) fn with_capacity(rows: usize) -> Self {
        Self { columns: T::columns(rows), source_rows: Vec::with_capacity(rows), row: 0 }
    }

    /// Runs `extract` for one row of the batch; if it fails, nothing of that row remains.
    #[inline]
    pub(crate) fn of_row(&mut self, row: u32, extract: impl FnOnce(&mut Self) -> Result) -> Result {
        let before = self.source_rows.len();
        self.row = row;
        let outcome = extract(self);
        if outcome.is_err() && self.source_rows.len() > before {
            self.source_rows.truncate(before);
            T::truncate(&mut self.columns, before);
        }
        outcome
    }

    pub(crate) fn finish(self) -> Option<Collected> {
        if self.source_rows.is_empty() {
            return None;
        }
        let (keys, values) = T::finish(self.columns);
        Some(Collected { table: 0, source_rows: self.source_rows, keys, values })
    }
}
