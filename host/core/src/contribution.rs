//! What a batch of events adds to rows, as a module returns it, and where each record stands in the log.

use std::sync::Arc;

use crate::column::Column;

/// Decoded records of one partition, in columns: what `extract` receives.
#[derive(Clone, Debug, PartialEq)]
pub struct EventBatch {
    /// Index into the description's inputs.
    pub input: usize,
    /// The records' partition.
    pub partition: u32,
    /// The records' offsets, rising; gaps where records were dead letters.
    pub offsets: Vec<u64>,
    /// Event times in milliseconds.
    pub times_ms: Vec<i64>,
    /// One column per declared field, in the declaration's order; shared between reducers and halves.
    pub columns: Vec<Arc<Column>>,
}

impl EventBatch {
    /// Returns the number of records.
    pub fn rows(&self) -> usize {
        self.offsets.len()
    }
}

/// What `extract` adds to one table: a row per contribution.
#[derive(Clone, Debug, PartialEq)]
pub struct Contributions {
    /// Index into the description's tables.
    pub table: usize,
    /// For each contribution the batch's row it comes from, never falling.
    pub source_rows: Vec<u32>,
    /// The rows' keys.
    pub keys: Column,
    /// One column per aggregate; a null adds nothing.
    pub values: Vec<Column>,
}

/// A record that is refused, with the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// The row in the batch.
    pub row: u32,
    /// Why, for the dead letter.
    pub reason: String,
}

/// The results of some rows of the projected table: what `project` receives.
#[derive(Clone, Debug, PartialEq)]
pub struct ResultRows {
    /// Index into the description's tables.
    pub table: usize,
    /// The keys.
    pub keys: Column,
    /// One column of results per aggregate.
    pub results: Vec<Column>,
}

impl ResultRows {
    /// Returns the number of rows.
    pub fn rows(&self) -> usize {
        self.keys.len()
    }
}
