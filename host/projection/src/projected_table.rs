//! The projected table, with what its rows refer to.

use foldline_core::description::{Description, TableSpec};
use foldline_core::reference::References;
use foldline_core::table::Table;
use foldline_core::table::layout::shown_table;

use foldline_base::error::{Error, ErrorKind, Result};
use foldline_base::seed::hash_seed;
use foldline_state::ScannedRow;

/// The projected table.
pub(super) struct ProjectedTable {
    index: usize,
    /// The stored index of the table whose rows are shown.
    stored: usize,
    /// The declared tables.
    specs: Vec<TableSpec>,
    references: References,
}

impl ProjectedTable {
    /// Returns the table that a validated module projects.
    pub(super) fn of(description: &Description) -> Self {
        let index =
            description.projected_table().expect("validation accepts only modules that project a table");
        let stored = shown_table(&description.tables, index);
        let references = References::of(description, hash_seed());
        Self { index, stored, specs: description.tables.clone(), references }
    }

    /// Returns its declared index.
    pub(super) fn index(&self) -> usize {
        self.index
    }

    /// Returns what its rows refer to.
    pub(super) fn references(&self) -> &References {
        &self.references
    }

    /// Returns whether a row is of the table whose rows are shown.
    pub(super) fn holds(&self, row: &ScannedRow) -> bool {
        usize::from(row.table()) == self.stored
    }

    /// Returns an empty table for some of the rows that are shown.
    pub(super) fn empty(&self) -> Result<Table> {
        match Table::of_closed_windows(&self.specs[self.index]) {
            Some(closed) => Ok(closed.seeded(hash_seed())),
            None => self.empty_declared(self.index),
        }
    }

    /// Returns an empty table for some rows of a declared table.
    pub(super) fn empty_declared(&self, table: usize) -> Result<Table> {
        let table = Table::new(&self.specs[table]);
        Ok(table.map_err(|problem| Error::new(ErrorKind::Module, problem))?.seeded(hash_seed()))
    }
}
