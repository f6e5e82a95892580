//! The rows for one call of `project`.

use foldline_core::results::ResultRows;
use foldline_core::table::Table;

/// Rows for one call of `project`, and rows without a document.
pub struct RowsBatch {
    /// The documents' ids.
    pub ids: Vec<String>,
    /// The rows' results.
    pub rows: ResultRows,
    /// Ids of documents to delete.
    pub deleted: Vec<String>,
}

impl RowsBatch {
    /// Copies the results of some rows of a table whose declared index is `index`.
    pub fn of(table: &Table, index: usize, slots: &[u32]) -> Self {
        let id = |slot: u32| table.document_id(slot).into();
        let (shown, deleted): (Vec<u32>, Vec<u32>) =
            slots.iter().partition(|&&slot| table.has_document(slot));
        Self {
            ids: shown.iter().map(|&slot| id(slot)).collect(),
            rows: table.results(index, &shown),
            deleted: deleted.into_iter().map(id).collect(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.ids.len() + self.deleted.len()
    }
}
