//! What a kind of log provides for the suite, and what it claims.

use std::sync::Arc;

use foldline_log::{Log, NewRecord};

use crate::reading::Seen;

/// A kind of log. Other tests may use the same log at the same time, with other topics.
pub trait LogKind {
    /// Returns what this kind claims.
    fn capabilities(&self) -> Capabilities;

    /// Returns the log.
    fn log(&self) -> Arc<dyn Log>;

    /// Creates a topic with this number of partitions, in which punctuations are allowed, and returns its name.
    fn topic(&self, partitions: u32) -> String;

    /// Returns a name that no topic has.
    fn unknown_topic(&self) -> String;

    /// Closes the log, and returns it as after a restart of the process. Called only if [`Capabilities::outlives_its_process`]
    /// is claimed.
    fn restart(&self) -> Arc<dyn Log> {
        unreachable!("the log does not outlive its process")
    }

    /// Appends records, and returns what readers of the topic found at each moment at which the records were written but not
    /// yet durable. Called only if [`Capabilities::writes_before_it_is_durable`] is claimed.
    fn read_before_durable(&self, topic: &str, records: Vec<NewRecord>) -> Vec<Vec<Seen>> {
        unreachable!("{topic}, {} records: what is written is durable", records.len())
    }

    /// Returns an append to several partitions of an empty topic that fails midway. Called only if
    /// [`Capabilities::can_fail_midway`] is claimed.
    fn failing_append(&self) -> FailingAppend {
        unreachable!("an append is begun only if it succeeds")
    }
}

/// An append that fails midway. No two of its records have the same value.
pub struct FailingAppend {
    /// The log, which may exist for this append alone.
    pub log: Arc<dyn Log>,
    /// A topic of two partitions.
    pub topic: String,
    /// The records to append.
    pub records: Vec<NewRecord>,
    /// Removes the cause of the failure; `None` = the cause stays, and the log takes the other records nevertheless.
    pub repair: Option<Box<dyn Fn()>>,
}

/// What a kind of log claims.
#[derive(Clone, Copy, Debug)]
pub struct Capabilities {
    /// The maximum size of a record, in bytes; `Err` says why there is none.
    pub record_bytes_max: Result<usize, &'static str>,
    /// The log and its topics have ids.
    pub has_ids: Claim,
    /// A record's id is kept.
    pub keeps_record_ids: Claim,
    /// Acknowledged records survive a restart.
    pub outlives_its_process: Claim,
    /// There is a moment at which records are written but not durable.
    pub writes_before_it_is_durable: Claim,
    /// An append may fail midway.
    pub can_fail_midway: Claim,
    /// A failed append leaves nothing. Without this claim it may leave a part, and its error says which.
    pub appends_all_or_nothing: Claim,
}

/// Whether a kind of log claims a capability.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// It is claimed.
    Holds,
    /// It is not claimed, for this reason.
    Not(&'static str),
}

impl Claim {
    /// Returns whether the capability is claimed.
    pub fn holds(self) -> bool {
        self == Self::Holds
    }
}
