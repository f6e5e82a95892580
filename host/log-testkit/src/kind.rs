//! What a kind of log provides for the suite, and what it claims.

use std::sync::Arc;

use foldline_log::{Log, NewRecord};

use crate::reading::Seen;

/// A kind of log. Other tests may use the same log at the same time, with topics of their own.
pub trait LogKind {
    /// Returns what this kind claims.
    fn capabilities(&self) -> Capabilities;

    /// Returns the log.
    fn log(&self) -> Arc<dyn Log>;

    /// Makes a topic of so many partitions, in which punctuations are allowed, and returns its name.
    fn topic(&self, partitions: u32) -> String;

    /// Returns a name that no topic has.
    fn unknown_topic(&self) -> String;

    /// Closes the log and returns it as a process that has just started has it. Called only where
    /// [`Capabilities::outlives_its_process`] is claimed.
    fn restart(&self) -> Arc<dyn Log> {
        unreachable!("the log does not outlive its process")
    }

    /// Appends records, and returns what readers of the topic found at each moment at which the records were written, but not
    /// durable. Called only where [`Capabilities::writes_before_it_is_durable`] is claimed.
    fn read_before_durable(&self, topic: &str, records: Vec<NewRecord>) -> Vec<Vec<Seen>> {
        unreachable!("{topic}, {} records: what is written is durable", records.len())
    }

    /// Returns an append to several partitions that fails after it was begun, to a topic that holds nothing yet. Called only
    /// where [`Capabilities::can_fail_midway`] is claimed.
    fn failing_append(&self) -> FailingAppend {
        unreachable!("an append is begun only if it succeeds")
    }
}

/// An append that fails after it was begun. No two of its records have the same value.
pub struct FailingAppend {
    /// The log, which may be one of the append's own.
    pub log: Arc<dyn Log>,
    /// A topic of two partitions.
    pub topic: String,
    /// What is appended.
    pub records: Vec<NewRecord>,
    /// Ends what makes it fail; `None` = nothing does, and the other records are taken.
    pub repair: Option<Box<dyn Fn()>>,
}

/// What a kind of log claims.
#[derive(Clone, Copy, Debug)]
pub struct Capabilities {
    /// The longest record that may be appended, in bytes; `Err` says why there is none.
    pub record_bytes_max: Result<usize, &'static str>,
    /// The log and its topics have ids.
    pub has_ids: Claim,
    /// A record's id is kept.
    pub keeps_record_ids: Claim,
    /// What was acknowledged is there after a restart.
    pub outlives_its_process: Claim,
    /// There is a moment at which records are written and not durable.
    pub writes_before_it_is_durable: Claim,
    /// An append may fail after it was begun.
    pub can_fail_midway: Claim,
    /// An append that fails leaves nothing. Without this claim it may leave a part, and says which.
    pub appends_all_or_nothing: Claim,
}

/// Whether a kind claims a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// It does.
    Holds,
    /// It does not, for this reason.
    Not(&'static str),
}

impl Claim {
    /// Returns whether the fact is claimed.
    pub fn holds(self) -> bool {
        self == Self::Holds
    }
}
