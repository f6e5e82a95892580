//! Where a version stands, as its worker tells the rest of the host.

use std::collections::BTreeMap;
use std::time::Duration;

use foldline_core::position::Position;

use super::sink_state::SinkState;
use foldline_core::status::{Holder, Phase};

/// Why a version stopped for good; an operator has to act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Halt {
    /// What happened, with the next step.
    pub reason: String,
}

/// Where a version stands.
#[derive(Clone, Debug)]
pub struct Progress {
    /// The phase.
    pub phase: Phase,
    /// Why it halted.
    pub halt: Option<Halt>,
    /// Passing troubles, each until its part works again.
    pub troubles: Troubles,
    /// Everything before this is folded.
    pub position: Position,
    /// Everything before this is shown by the embedded store; `None` = the first load has not ended.
    pub shown: Option<Position>,
    /// Where it stands towards the other sinks, by name.
    pub sinks: BTreeMap<String, SinkState>,
    /// Records folded, dead letters not counted.
    pub events: u64,
    /// Records that could not be folded.
    pub dead_letters: u64,
    /// Records that came too late for a window.
    pub late: u64,
    /// The event time that all partitions have passed, for reducers with windows, once there is one.
    pub watermark_ms: Option<i64>,
    /// The partitions that hold it back, and why.
    pub held_by: Vec<Holder>,
    /// How much longer it is kept for a rollback, once another version serves in its place.
    pub kept: Option<Duration>,
    /// Rows in state.
    pub rows: u64,
    /// Memory of the rows in memory, in bytes.
    pub rows_bytes: u64,
    /// Memory that evicted rows still take, in bytes.
    pub cold_bytes: u64,
    /// Inputs that do not exist in the log.
    pub missing_topics: Vec<String>,
    /// Topics whose append times are their producers'.
    pub producer_times: Vec<String>,
    /// By topic, the first event time that looks like one in a coarser unit than declared, as a sentence.
    pub coarse_times: BTreeMap<String, String>,
    /// Whether it has reached the log's end since it started: until then it may know less than it has told before.
    pub caught_up: bool,
    /// What it waits for before it is served, once it has caught up.
    pub waits_for: Option<String>,
    /// Records folded a second, lately.
    pub records_per_s: Option<u64>,
    /// Records folded a second from the start until it had caught up, where that took enough of them to tell.
    pub replayed_per_s: Option<u64>,
}

/// What does not work for the moment, in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Troubles {
    /// The log does not answer.
    pub log: Option<String>,
    /// A sink does not take a flush.
    pub sink: Option<String>,
    /// The disk does not take a checkpoint.
    pub checkpoint: Option<String>,
    /// The state cannot be read or written, or is built again.
    pub state: Option<String>,
}

impl Troubles {
    /// Returns all of them as one text, `None` when there are none.
    pub fn text(&self) -> Option<String> {
        let all: Vec<&str> = [&self.log, &self.sink, &self.checkpoint, &self.state]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect();
        (!all.is_empty()).then(|| all.join("; "))
    }
}
