//! What a table shows: results, and the ids of their documents.

use std::borrow::Cow;

use super::Table;
use super::closed::START_BYTES;
use super::values::RowValues;
use crate::column::Column;
use crate::key;
use crate::results::ResultRows;

impl Table {
    /// Returns whether a row has something to show; if not, its document is deleted.
    pub fn has_document(&self, slot: u32) -> bool {
        !self.is_gone(slot) && self.values.has_document(slot)
    }

    /// Returns what `project` receives for some rows that have documents, in the order of `slots`.
    pub fn results(&self, table_index: usize, slots: &[u32]) -> ResultRows {
        self.assert_caught_up();
        let mut keys = self.spec.key.empty_columns();
        let (mut window_starts, mut window_ends) = (Vec::new(), Vec::new());
        for &slot in slots {
            self.spec.key.push_parts(self.own_key(slot), &mut keys);
            if let Some(window_ms) = self.values.window_ms(slot) {
                window_starts.push(window_ms.start);
                window_ends.push(window_ms.end);
            }
        }
        ResultRows {
            table: table_index,
            keys,
            window_starts,
            window_ends,
            results: self.values.results(slots),
            referred: Vec::new(),
        }
    }

    /// Returns the results of some aggregates of some rows, a column each, in the order of `slots`.
    pub fn results_of(&self, aggregates: &[usize], slots: &[u32]) -> Vec<Column> {
        self.assert_caught_up();
        self.values.results_of(aggregates, slots)
    }

    /// Returns the id of a row's document: the key as text, with times as whole milliseconds; for a closed window
    /// `KEY@START_MS`.
    pub fn document_id(&self, slot: u32) -> Cow<'_, str> {
        self.id_of_key(self.keys.get(slot))
    }

    /// Returns the document id of the row with these canonical key bytes, which may be cold.
    pub fn id_of_key<'a>(&self, key: &'a [u8]) -> Cow<'a, str> {
        match &self.values {
            RowValues::Closed(_) => {
                let (start_ms, key) = key.split_at(START_BYTES);
                format!("{}@{}", self.spec.key.text(key), key::int(start_ms)).into()
            }
            _ => self.spec.key.text(key),
        }
    }

    /// Returns the key that contributions name, which for a closed window is its key without the start.
    pub(super) fn own_key(&self, slot: u32) -> &[u8] {
        let key = self.keys.get(slot);
        if matches!(self.values, RowValues::Closed(_)) { &key[START_BYTES..] } else { key }
    }
}
