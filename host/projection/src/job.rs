//! The jobs that the engine sends to a flusher, and their outcomes.

use foldline_core::position::Position;

use super::rows_batch::RowsBatch;
use foldline_base::error::{Error, Result};
use foldline_sink::{Refused, Sink, SinkProgress};
use foldline_state::Scan;

/// Opens a version's sink; with `true`, an empty one, to be filled from the beginning.
pub type Opener = Box<dyn FnMut(bool) -> Result<OpenedSink> + Send>;

/// A sink that was just opened.
pub struct OpenedSink {
    /// The sink.
    pub sink: Box<dyn Sink>,
    /// What it shows of the log that is read; nothing if it was filled from another log.
    pub shown: SinkProgress,
}

/// The source of a flusher's sink.
pub enum SinkSource {
    /// The sink is open. [`Job::Open`] opens it again.
    Opened(Box<dyn Sink>, Opener),
    /// [`Job::Open`] opens the sink, since a server may not answer for a while.
    ToOpen(Opener),
}

/// A job of a flusher.
pub enum Job {
    /// Open the sink.
    Open {
        /// Whether to discard its contents, and fill it from the beginning.
        from_empty: bool,
    },
    /// Point the projection's readers to this version.
    Point,
    /// Check that the sink still holds what was written.
    Examine {
        /// Whether readers were pointed here.
        live: bool,
    },
    /// The first load: all rows of a checkpoint. They are invisible until the first flush.
    Load {
        /// The rows.
        scan: Scan,
    },
    /// Write all rows that changed, as they stand at a position.
    Flush {
        /// One more than that of the previous flush.
        seq: u64,
        /// Everything before this position is in the rows.
        position: Position,
        /// The changed rows.
        changes: Changes,
    },
}

/// The rows of a flush.
pub enum Changes {
    /// Results that were copied between two steps.
    Rows(Vec<RowsBatch>),
    /// Rows of a checkpoint at the flush's position that may have changed after what the sink shows.
    Scan {
        /// The rows.
        scan: Scan,
        /// The sink's `lo`.
        after: Position,
    },
}

/// The outcome of a job, or a report about it.
#[derive(Debug)]
pub enum Done {
    /// The sink is open.
    Opened {
        /// What it shows.
        shown: SinkProgress,
        /// The documents that it refused.
        refused: Refused,
    },
    /// The projection's readers are pointed to this version.
    Pointed,
    /// The sink still holds what was written, or could not be checked.
    Examined {
        /// Why it could not be checked.
        trouble: Option<String>,
    },
    /// All rows are in the sink.
    Loaded,
    /// The sink shows everything before this position.
    Flushed {
        /// The position.
        position: Position,
        /// The documents that the sink refused.
        refused: Refused,
    },
    /// The sink's contents are gone or older than before: it must be reopened.
    Lost(Error),
    /// The sink does not answer. The job is retried until it does.
    Trouble(String),
    /// The engine stops, so a load or a flush of a scan was given up. The sink shows what it showed before.
    Stopped,
    /// The scan's store is damaged: the state must be rebuilt from the log.
    Damaged(Error),
    /// Nothing more can be written: the version or its sink must halt.
    Failed(Error),
}
