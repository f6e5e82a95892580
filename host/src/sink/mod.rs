//! Where documents are served from.
//!
//! A sink is written by its one owner, in flushes numbered upwards (design §5): before its data it holds the intent
//! `{owner, seq, hi}`, after its data `{seq, lo}`; SQLite does both in one transaction.

pub mod sqlite;

use foldline_core::position::Position;

use crate::error::Result;

/// A document to write or to remove.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentChange {
    /// The row's key as text, 1 to 512 bytes.
    pub id: String,
    /// The JSON body; `None` removes the document.
    pub body: Option<String>,
}

/// A row whose document could not be made: what is served for it stays as it was, and `status` shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedRow {
    /// The row's key as text.
    pub id: String,
    /// Why, for people.
    pub reason: String,
}

/// One numbered flush: documents as they stand at a position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flush {
    /// One more than the flush before.
    pub seq: u64,
    /// Everything before this position is in the documents.
    pub position: Position,
    /// Changed documents, each id once; their rows have failed no longer.
    pub documents: Vec<DocumentChange>,
    /// Rows that could not be projected: remembered durably with the flush that passes them.
    pub failed: Vec<FailedRow>,
}

/// What a sink already shows, read at start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SinkProgress {
    /// The last flush that was begun.
    pub seq: u64,
    /// The position up to which documents may already be shown.
    pub hi: Position,
    /// The position up to which all documents are shown; `None` = the first load never ended.
    pub lo: Option<Position>,
}

/// Writes the documents of one projection version.
pub trait Sink: Send {
    /// Returns what the sink showed when it was opened.
    fn progress(&self) -> &SinkProgress;

    /// Adds documents of the first load; readers see none of it before the first flush.
    ///
    /// # Errors
    /// `Unavailable` when the store refuses; the same documents may be sent again.
    fn load(&mut self, documents: &[DocumentChange], failed: &[FailedRow]) -> Result<()>;

    /// Writes a flush; the first one ends the load. Readers see all of it or nothing.
    ///
    /// # Errors
    /// `Unavailable` when the store refuses (the same flush may be sent again), `Corrupt` when another owner took over.
    fn flush(&mut self, flush: &Flush) -> Result<()>;
}
