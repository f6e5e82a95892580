//! Documents read while a version runs: each must be one that the model has at some position between what the page says that it
//! shows, and the end of the log.

use std::collections::BTreeMap;

use foldline_core::position::Position;
use foldline_sink_sqlite::{ListQuery, SqliteReader};
use serde_json::Value;

use crate::social::{History, Record};

/// What was appended so far, and what was shown of it.
pub struct Explained<'a> {
    /// Everything that will be appended, in order.
    records: &'a [Record],
    appended: usize,
    history: History,
    /// What the last page showed at least.
    shown: Position,
    /// Documents that were looked at.
    pub documents: u64,
}

impl<'a> Explained<'a> {
    /// Returns a look at these records, of which none is appended yet.
    pub fn new(records: &'a [Record]) -> Self {
        Self { records, appended: 0, history: History::default(), shown: Position::default(), documents: 0 }
    }

    /// Reads all documents page by page. `end` is the end of the log, after which nothing may be appended meanwhile.
    ///
    /// # Errors
    /// What no position explains.
    pub fn look(&mut self, reader: &SqliteReader, end: &Position) -> Result<(), String> {
        while let Some(record) = self.records.get(self.appended)
            && record.offset < end.next_offset(record.topic, record.partition)
        {
            self.history.add(record);
            self.appended += 1;
        }
        let mut query = ListQuery { limit: 1_000, ..ListQuery::default() };
        let mut after = String::new();
        // While it cannot be read, nothing is shown that could be wrong.
        while let Ok(page) = reader.list(&query) {
            let (position, page) = (page.position, page.value);
            if !position.covers(&self.shown) {
                return Err(format!("{} was shown, then {position}", self.shown));
            }
            let documents: BTreeMap<String, Value> = page
                .documents
                .into_iter()
                .map(|(id, body)| (id, serde_json::from_str(&body).expect("documents are JSON")))
                .collect();
            self.documents += documents.len() as u64;
            // The page says of each post in its range whether it has a document.
            let last = page.cursor.as_ref().and_then(|_| documents.keys().next_back().cloned());
            let in_range = |id: &&str| **id > *after && last.as_deref().is_none_or(|last| **id <= *last);
            let least = |topic: &str, partition: u32| position.next_offset(topic, partition);
            for id in self.history.posts().filter(in_range) {
                let document = documents.get(id);
                let explained = self.history.explain(id, document, &least);
                explained.map_err(|what| format!("{id} at {position} of {end}: {what}: {document:?}"))?;
            }
            let unknown = documents.keys().find(|id| !self.history.posts().any(|post| post == *id));
            if let Some(id) = unknown {
                return Err(format!("{id} is in no record"));
            }
            self.shown = position;
            let Some(cursor) = page.cursor else { break };
            after = last.unwrap_or(after);
            query.cursor = Some(cursor);
        }
        Ok(())
    }
}
