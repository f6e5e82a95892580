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

/// Documents that go into a sink together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Documents {
    /// Changed documents, each id once; their rows have failed no longer.
    pub changes: Vec<DocumentChange>,
    /// Rows that could not be projected: remembered durably with the flush that passes them.
    pub failed: Vec<FailedRow>,
}

/// One numbered flush: documents as they stand at a position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlushHead {
    /// One more than the flush before.
    pub seq: u64,
    /// Everything before this position is in the documents.
    pub position: Position,
}

/// The documents of one flush, a bounded portion at a time: a flush may be larger than memory.
pub trait Portions {
    /// Returns the next portion, `None` after the last; no id is in two of them.
    ///
    /// # Errors
    /// Whatever keeps the portion from being made. The flush is then undone and returns it.
    fn next(&mut self) -> Result<Option<&Documents>>;
}

/// Documents that are ready, portion by portion.
pub struct Ready<'a>(std::slice::Iter<'a, Documents>);

impl<'a> Ready<'a> {
    /// Returns the portions from the first one on.
    pub fn new(portions: &'a [Documents]) -> Self {
        Self(portions.iter())
    }
}

impl Portions for Ready<'_> {
    fn next(&mut self) -> Result<Option<&Documents>> {
        Ok(self.0.next())
    }
}

/// Ends what a sink is at, from another thread: the call fails as `Unavailable`, and its transaction never was.
pub type Interrupt = Box<dyn Fn() + Send + Sync>;

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

    /// Returns what ends a call that takes long.
    fn interrupt(&self) -> Interrupt;

    /// Adds documents of the first load; readers see none of it before the first flush.
    ///
    /// # Errors
    /// `Unavailable` when the store refuses; the same documents may be sent again.
    fn load(&mut self, documents: &Documents) -> Result<()>;

    /// Writes a flush; the first one ends the load. Readers see all of it or nothing.
    ///
    /// # Errors
    /// `Unavailable` when the store refuses (the same flush may be sent again, its portions from the beginning),
    /// `Corrupt` when another owner took over; what `portions` fails with is passed on.
    fn flush(&mut self, head: &FlushHead, portions: &mut dyn Portions) -> Result<()>;
}
