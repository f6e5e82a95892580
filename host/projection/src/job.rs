//! What the engine hands to a flusher, and what becomes of it.

use foldline_core::position::Position;

use super::rows_batch::RowsBatch;
use foldline_base::error::{Error, Result};
use foldline_sink::{Refused, Sink, SinkProgress};
use foldline_state::Scan;

/// Opens a version's sink, empty if it must be filled from the beginning.
pub type Opener = Box<dyn FnMut(bool) -> Result<OpenedSink> + Send>;

/// A sink that was just opened.
pub struct OpenedSink {
    /// The sink.
    pub sink: Box<dyn Sink>,
    /// What it shows of the log that is read: nothing where that was another log.
    pub shown: SinkProgress,
}

/// Where a flusher's sink comes from.
pub enum SinkSource {
    /// It is open; [`Job::Open`] opens it again.
    Opened(Box<dyn Sink>, Opener),
    /// [`Job::Open`] opens it: a server may not answer for a while.
    ToOpen(Opener),
}

/// What the engine hands over.
pub enum Job {
    /// The sink shall be opened, empty if it must be filled from the beginning.
    Open {
        /// Whether what is there is given up.
        from_empty: bool,
    },
    /// The projection's readers shall read this version.
    Point,
    /// The sink shall look whether it still holds what was written.
    Examine {
        /// Whether readers were pointed here.
        live: bool,
    },
    /// The first load: all rows as they stood at a checkpoint; invisible until the first flush.
    Load {
        /// The rows.
        scan: Scan,
    },
    /// Everything that changed, as it stands at a position.
    Flush {
        /// One more than the flush before.
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

/// What became of a job.
#[derive(Debug)]
pub enum Done {
    /// The sink is open.
    Opened {
        /// What it shows.
        shown: SinkProgress,
        /// What it refused.
        refused: Refused,
    },
    /// The projection's readers read this version.
    Pointed,
    /// The sink holds what was written, or could not say.
    Examined {
        /// Why it could not say.
        trouble: Option<String>,
    },
    /// All rows are in the sink.
    Loaded,
    /// The sink shows everything before this position.
    Flushed {
        /// The position.
        position: Position,
        /// What the sink refused.
        refused: Refused,
    },
    /// What the sink held is gone or has gone back: it must be reopened.
    Lost(Error),
    /// A sink does not answer; the job is tried again until it does.
    Trouble(String),
    /// A load or a flush of a scan was given up because the engine stops; the sink shows what it did before.
    Stopped,
    /// The scan's store is damaged: state must be built again from the log.
    Damaged(Error),
    /// Nothing more can be written: the version must halt.
    Failed(Error),
}
