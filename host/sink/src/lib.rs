//! Where documents are served from.
//!
//! A sink is written by its one owner, in flushes numbered upwards (design §5): before its data it holds the intent
//! `{owner, seq, hi}`, after its data `{seq, lo}`; SQLite does both in one transaction.
//!
//! The embedded store is always there. Others are configured, `[sinks.NAME.KIND]`: each is a [`SinkBackend`], which opens a
//! [`Sink`] for each version of the projections that are served from it.
//!
//! # A new kind
//!
//! A kind of sink is a crate, `host/sink-KIND`, that depends on this one. Files of the same name do the same in each:
//!
//! ```text
//! backend.rs   the SinkBackend: opens versions, takes them over, deletes those that are not kept
//! writer.rs    the Sink: loads, flushes, points readers, examines what it wrote
//! reading.rs   the Reading: reads back what is shown, for `foldline verify`
//! lib.rs       how the kind lays out its data, and why that keeps the contract
//! ```
//!
//! The rest of the host learns of it in these places:
//!
//! 1. `host/config/src/sinks/KIND.rs`: its table, `[sinks.NAME.KIND]`, and a variant of `SinkConfig` in `mod.rs` beside it.
//! 2. `host/runtime/src/sinks.rs`: one arm, which makes the `SinkBackend` of that variant.
//! 3. `Cargo.toml` and the code map in `ARCHITECTURE.md`: the crate; `CONTRIBUTING.md`: the reason for its client library, which
//!    `tests/tests/architecture.rs` allows in this crate only.
//! 4. `foldline_sink_testkit::conformance!`: implement `SinkKind`, declare what the kind claims, and every fact of this contract
//!    is a test. A kind without a server runs the suite in its own unit tests, one with a server in `tests/tests/conformance`.
//! 5. `docs/reading.md`: what readers find. The reference of the configuration is written from the table.

// Macros that print panic when stderr is closed.
#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod installation;
pub mod reading;
mod shared;

use foldline_core::description::OutputField;
use foldline_core::memberships::MembershipRef;
use foldline_core::position::Position;

pub use self::reading::Reading;
pub use self::shared::SharedBackend;
use foldline_base::error::{Error, ErrorKind, Result};

/// What is served for a row from now on: its document, and all of its memberships.
#[derive(Clone, Debug, PartialEq)]
pub struct DocumentChange {
    /// The row's key as text, 1 to 512 bytes.
    pub id: String,
    /// The JSON body; `None` removes the document.
    pub body: Option<String>,
    /// The row's whole list: it replaces the former one, so nothing is left behind when a row changes its set.
    pub memberships: Vec<Membership>,
}

/// A membership of a row in a served set.
///
/// It belongs to one row: no two ever claim the same member of the same set. A module that breaks this rule makes a mistake
/// that no sink mends: of two claims the set shows the one that was written last, and may show none any more as soon as
/// either row gives its own up.
#[derive(Clone, Debug, PartialEq)]
pub struct Membership {
    /// The set, 1 to 512 bytes.
    pub set: String,
    /// The member's name in it, 1 to 512 bytes.
    pub member: String,
    /// What members are ordered by; finite, and never −0.
    pub score: f64,
}

impl Membership {
    /// Returns set and member, by which the memberships of a row are told apart.
    pub fn set_and_member(&self) -> (&str, &str) {
        (&self.set, &self.member)
    }
}

impl From<MembershipRef<'_>> for Membership {
    fn from(place: MembershipRef<'_>) -> Self {
        Self { set: place.set.to_owned(), member: place.member.to_owned(), score: place.score }
    }
}

impl DocumentChange {
    /// Returns that nothing is served for a row any more.
    pub fn removed(id: String) -> Self {
        Self { id, body: None, memberships: Vec::new() }
    }
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
#[derive(Clone, Debug, Default, PartialEq)]
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

/// The documents of one flush, a bounded chunk at a time: a flush may be larger than memory.
pub trait DocumentChunks {
    /// Returns the next chunk, `None` after the last; no id is in two of them.
    ///
    /// # Errors
    /// Whatever keeps the chunk from being made. The flush is then undone and returns it.
    fn next(&mut self) -> Result<Option<&Documents>>;
}

/// Documents that are ready, chunk by chunk.
pub struct ReadyChunks<'a>(std::slice::Iter<'a, Documents>);

impl<'a> ReadyChunks<'a> {
    /// Returns the chunks from the first one on.
    pub fn new(chunks: &'a [Documents]) -> Self {
        Self(chunks.iter())
    }
}

impl DocumentChunks for ReadyChunks<'_> {
    fn next(&mut self) -> Result<Option<&Documents>> {
        Ok(self.0.next())
    }
}

/// Ends what a sink is at, from another thread: the call fails as `Unavailable`, and its transaction never was.
pub type Interrupt = Box<dyn Fn() + Send + Sync>;

/// What a sink already shows, read when it is opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SinkProgress {
    /// The last flush that was begun.
    pub seq: u64,
    /// The position up to which documents may already be shown, also by what this sink replaces.
    pub hi: Position,
    /// The position up to which all documents are shown; `None` = the first load never ended.
    pub lo: Option<Position>,
}

impl SinkProgress {
    /// Returns the positions that it continues from.
    pub fn claims(&self) -> Vec<&Position> {
        std::iter::once(&self.hi).chain(&self.lo).collect()
    }
}

/// A version of a projection, as sinks know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SinkVersion {
    /// The projection's name.
    pub projection: String,
    /// The module's version.
    pub version: String,
    /// The first 12 hexadecimal digits of the module's digest: the same version built again (`run --dev`) is another one.
    pub digest: String,
    /// The declared fields of its documents.
    pub document: Vec<OutputField>,
}

/// What a sink refused for good, such as a document that fits no mapping: remembered in the sink until it is replaced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refused {
    /// How many rows have no up-to-date document in the sink.
    pub rows: u64,
    /// One of them.
    pub example: Option<FailedRow>,
}

/// A configured place that documents are served from. Shared by all versions; calls may block for as long as the network
/// makes them.
pub trait SinkBackend: Send + Sync {
    /// Opens or creates what holds a version's documents, and fences its previous writer; `owner` is a nonce
    /// of this process start. Where nothing usable is found, the sink's progress says that everything must be loaded. `from_empty` =
    /// so it must even where something is: it is left to its readers until what is filled alongside it is pointed to.
    ///
    /// # Errors
    /// `Unavailable` when the server does not answer; anything else halts this sink of the version.
    fn open(&self, version: &SinkVersion, owner: &str, from_empty: bool) -> Result<Box<dyn Sink>>;

    /// Gives up what is there of a version, which is of another log than the one that is read: it is read until what is filled
    /// alongside it is pointed to, it is never gone on with, and how far it was shown says nothing of this log.
    ///
    /// # Errors
    /// `Unavailable` when the server does not answer.
    fn disown(&self, version: &SinkVersion) -> Result<()>;

    /// Deletes what is there of a projection's other versions: retired ones, and what crashes left behind.
    ///
    /// # Errors
    /// `Unavailable` when the server does not answer; tried again later.
    fn keep_only(&self, projection: &str, kept: &[SinkVersion]) -> Result<()>;

    /// Takes what is there of a projection over from another installation, which is fenced: from now on it is this one's,
    /// also after a restart of either. Nothing of it is gone on with, since it was made from another log; it is read until
    /// what is filled alongside it is pointed to. Returns whether anything was another one's.
    ///
    /// # Errors
    /// `Unavailable` when the server does not answer; `Refused` by a sink that no other installation can write.
    fn adopt(&self, projection: &str) -> Result<bool> {
        let message =
            format!("this sink holds nothing of `{projection}` that another installation could have written");
        Err(Error::new(ErrorKind::Refused, message))
    }

    /// Returns what reads back what is shown of a version, `None` where nothing is.
    ///
    /// # Errors
    /// `Unavailable` when the server does not answer.
    fn read_back(&self, version: &SinkVersion) -> Result<Option<Box<dyn Reading>>> {
        let _ = version;
        Ok(None)
    }
}

/// Writes the documents of one projection version. One thread calls it, and may wait in it.
///
/// # Errors
/// Of each call: `Unavailable` when the store does not take it now, so that the same call is worth another try; `Lost` when
/// what the store held is gone or has gone back, so that it must be reopened and refilled; anything else halts the
/// sink: `Corrupt` when another owner took over, and so on.
pub trait Sink: Send {
    /// Returns what the sink showed when it was opened.
    fn progress(&self) -> &SinkProgress;

    /// Returns what ends a call that takes long.
    fn interrupt(&self) -> Interrupt;

    /// Adds documents of the first load; readers see none of it before the first flush.
    ///
    /// # Errors
    /// As the trait says; the same documents may be sent again.
    fn load(&mut self, documents: &Documents) -> Result<()>;

    /// Writes a flush; the first one ends the load. Readers see each document as it was before or as it is after it; those
    /// of the embedded store see all of it or nothing.
    ///
    /// # Errors
    /// As the trait says (the same flush may be sent again, its chunks from the beginning); what `chunks` fails with is
    /// passed on.
    fn flush(&mut self, head: &FlushHead, chunks: &mut dyn DocumentChunks) -> Result<()>;

    /// Makes the readers of the projection read this version, everything flushed so far included. May be repeated, and costs
    /// little when they do already. The embedded store has nothing to do: the host itself moves its readers.
    ///
    /// # Errors
    /// As the trait says.
    fn point(&mut self) -> Result<()> {
        Ok(())
    }

    /// Looks whether the sink still holds what was written: asked every few seconds. `live` = readers were pointed here, and
    /// should still be.
    ///
    /// # Errors
    /// As in the trait; a change made by hand is `Refused`, and named.
    fn examine(&mut self, live: bool) -> Result<()> {
        let _ = live;
        Ok(())
    }

    /// Returns what the sink refused for good.
    fn refused(&self) -> Refused {
        Refused::default()
    }
}
