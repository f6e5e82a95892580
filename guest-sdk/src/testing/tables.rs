//! The tables of a harness.

use foldline_core::description::TableSpec;
use foldline_core::table::{NoColdRows, Table};

/// A table, and its closed windows, if each of them is kept.
pub(super) struct HarnessTable {
    pub(super) table: Table,
    pub(super) closed: Option<Table>,
}

impl HarnessTable {
    /// # Panics
    /// Panics when the table needs something that the harness does not support yet.
    pub(super) fn new(spec: &TableSpec) -> Self {
        let table = Table::new(spec).unwrap_or_else(|error| panic!("{error}"));
        Self { table, closed: Table::of_closed_windows(spec) }
    }

    /// Closes the windows that end at or before this time.
    pub(super) fn advance(&mut self, watermark_ms: i64) {
        let advance = |table: &mut Table| {
            let advanced = table.advance(watermark_ms, &mut NoColdRows);
            advanced.and_then(|()| table.catch_up(&mut NoColdRows)).expect("every row is in memory");
        };
        advance(&mut self.table);
        if let Some(closed) = &mut self.closed {
            closed.close(&mut self.table);
            advance(closed);
        }
    }
}
