//! The sinks that documents are served from.
//!
//! Each sink has one owner, which writes flushes numbered upwards (docs/design/sinks.md). Before the data of a flush it writes
//! the intent `{owner, seq, hi}`, after the data `{seq, lo}`; SQLite does both in one transaction.
//!
//! The embedded store is always there. Others are configured in `[sinks.NAME.KIND]`: each is a [`SinkBackend`], which opens a
//! [`Sink`] for each version of the projections that it serves.
//!
//! # A new kind
//!
//! A kind of sink is a crate, `host/sink-KIND`, that depends on this one. The same file names have the same task in each:
//!
//! ```text
//! backend.rs   the SinkBackend: opens versions, takes them over, deletes those that are not kept
//! writer.rs    the Sink: loads, flushes, points readers, examines what it wrote
//! reading.rs   the Reading: reads back what is shown, for `foldline verify`
//! lib.rs       how the kind lays out its data, and why that keeps the contract
//! ```
//!
//! These places in the rest of the host refer to it:
//!
//! 1. `host/config/src/sinks/KIND.rs`: its table, `[sinks.NAME.KIND]`, and a variant of `SinkConfig` in its `mod.rs`.
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

/// What is served for a row from now on: its document and all of its memberships.
#[derive(Clone, Debug, PartialEq)]
pub struct DocumentChange {
    /// The row's key as text, 1 to 512 bytes.
    pub id: String,
    /// The JSON body; `None` removes the document.
    pub body: Option<String>,
    /// All memberships of the row. They replace the former ones, so nothing is left behind when a row changes its set.
    pub memberships: Vec<Membership>,
}

/// A membership of a row in a served set.
///
/// It belongs to one row: no two rows may claim the same member of the same set. No sink repairs the mistake of a module that
/// breaks this rule: of two claims the set shows the one that was written last, and may show neither as soon as either row gives
/// up its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Membership {
    /// The set, 1 to 512 bytes.
    pub set: String,
    /// The member's name within the set, 1 to 512 bytes.
    pub member: String,
    /// Its score, by which members are ordered; finite, and never −0.
    pub score: f64,
}

impl Membership {
    /// Returns set and member, which identify a membership of a row.
    pub fn set_and_member(&self) -> (&str, &str) {
        (&self.set, &self.member)
    }
}

impl From<MembershipRef<'_>> for Membership {
    fn from(membership: MembershipRef<'_>) -> Self {
        Self { set: membership.set.to_owned(), member: membership.member.to_owned(), score: membership.score }
    }
}

impl DocumentChange {
    /// Returns the change that removes everything served for a row.
    pub fn removed(id: String) -> Self {
        Self { id, body: None, memberships: Vec::new() }
    }
}

/// A row whose document could not be made. What was served for it stays, and `status` shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedRow {
    /// The row's key as text.
    pub id: String,
    /// Why, for people.
    pub reason: String,
}

/// Documents that are written to a sink together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Documents {
    /// Changed documents, each id once. Their rows no longer count as failed.
    pub changes: Vec<DocumentChange>,
    /// Rows that could not be projected. The flush that contains them remembers them durably.
    pub failed: Vec<FailedRow>,
}

/// One numbered flush: documents as they stand at a position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlushHead {
    /// One more than the previous flush.
    pub seq: u64,
    /// Everything before this position is in the documents.
    pub position: Position,
}

/// The documents of one flush, one bounded chunk at a time: a flush may be larger than memory.
pub trait DocumentChunks {
    /// Returns the next chunk, `None` after the last. No id is in two chunks.
    ///
    /// # Errors
    /// Whatever keeps the chunk from being made. The flush is then undone and returns this error.
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

/// Interrupts a sink's current call, from another thread: the call fails as `Unavailable`, and its transaction is rolled back.
pub type Interrupt = Box<dyn Fn() + Send + Sync>;

/// The progress of a sink, read when it is opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SinkProgress {
    /// The last flush that began.
    pub seq: u64,
    /// The position up to which documents may already be shown, including those of what this sink replaces.
    pub hi: Position,
    /// The position up to which all documents are shown; `None` if the first load never ended.
    pub lo: Option<Position>,
}

impl SinkProgress {
    /// Returns the positions that the sink continues from.
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
    /// The first 12 hexadecimal digits of the build's digest: a rebuilt version (`run --dev`), or one with other values of its
    /// parameters, is a different one.
    pub digest: String,
    /// The declared fields of its documents.
    pub document: Vec<OutputField>,
}

/// Documents that a sink refused for good, such as those that fit no mapping. The sink remembers each until it is replaced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refused {
    /// How many rows have no up-to-date document in the sink.
    pub rows: u64,
    /// One of these rows.
    pub example: Option<FailedRow>,
}

/// A configured sink. All versions share it. Calls may block for as long as the network makes them.
pub trait SinkBackend: Send + Sync {
    /// Opens or creates what holds a version's documents, and fences its previous writer; `owner` is a nonce of this process
    /// start. If nothing usable is found, the sink's progress says that everything must be loaded. With `from_empty`, that is so
    /// in any case: existing documents stay for their readers until they are pointed to the new ones, filled alongside.
    ///
    /// # Errors
    /// `Unavailable` when the server does not answer; anything else halts this sink of the version.
    fn open(&self, version: &SinkVersion, owner: &str, from_empty: bool) -> Result<Box<dyn Sink>>;

    /// Gives up what the sink holds of a version, because it is of another log than the one that is read. It is read until
    /// readers are pointed to new contents, filled alongside. No writer continues with it, and how far it was shown has no
    /// meaning for this log.
    ///
    /// # Errors
    /// `Unavailable` when the server does not answer.
    fn disown(&self, version: &SinkVersion) -> Result<()>;

    /// Deletes what the sink holds of a projection's other versions: retired ones, and leftovers of crashes.
    ///
    /// # Errors
    /// `Unavailable` when the server does not answer; the caller tries again later.
    fn keep_only(&self, projection: &str, kept: &[SinkVersion]) -> Result<()>;

    /// Takes over from another installation, which is fenced, what the sink holds of a projection: this installation owns it from
    /// now on, even after a restart of either. No writer continues with it, because it was made from another log; it is read
    /// until readers are pointed to new contents, filled alongside. Returns whether anything belonged to another installation.
    ///
    /// # Errors
    /// `Unavailable` when the server does not answer; `Refused` by a sink that other installations cannot write.
    fn adopt(&self, projection: &str) -> Result<bool> {
        let message =
            format!("this sink holds nothing of `{projection}` that another installation could have written");
        Err(Error::new(ErrorKind::Refused, message))
    }

    /// Returns a reader of what the sink shows of a version, `None` if it shows nothing.
    ///
    /// # Errors
    /// `Unavailable` when the server does not answer.
    fn read_back(&self, version: &SinkVersion) -> Result<Option<Box<dyn Reading>>> {
        let _ = version;
        Ok(None)
    }
}

/// Writes the documents of one projection version. A single thread calls it, and calls may block.
///
/// # Errors
/// For every call: `Unavailable` when the store does not accept it now, so that the same call is worth a retry; `Lost` when what
/// the store held is gone or has gone back, so that it must be reopened and refilled. Any other error halts the sink, such as
/// `Corrupt` when another owner took over.
pub trait Sink: Send {
    /// Returns what the sink showed when it was opened.
    fn progress(&self) -> &SinkProgress;

    /// Returns what interrupts a long call.
    fn interrupt(&self) -> Interrupt;

    /// Adds documents of the first load. Readers see nothing of it before the first flush.
    ///
    /// # Errors
    /// See the trait; the same documents may be sent again.
    fn load(&mut self, documents: &Documents) -> Result<()>;

    /// Writes a flush; the first one ends the load. Readers see each document as before or as after the flush; those of the
    /// embedded store see all of the flush or nothing.
    ///
    /// # Errors
    /// See the trait (the same flush may be sent again, its chunks from the beginning). Errors of `chunks` are passed on.
    fn flush(&mut self, head: &FlushHead, chunks: &mut dyn DocumentChunks) -> Result<()>;

    /// Points the projection's readers to this version, with everything flushed so far. May be repeated, and costs little if they
    /// are already pointed here. The embedded store has nothing to do: the host itself moves its readers.
    ///
    /// # Errors
    /// See the trait.
    fn point(&mut self) -> Result<()> {
        Ok(())
    }

    /// Checks that the sink still holds what was written; called every few seconds. `live` = readers were pointed here, and
    /// should still be.
    ///
    /// # Errors
    /// See the trait; a change made by hand is `Refused`, and named.
    fn examine(&mut self, live: bool) -> Result<()> {
        let _ = live;
        Ok(())
    }

    /// Returns the documents that the sink refused for good.
    fn refused(&self) -> Refused {
        Refused::default()
    }
}
