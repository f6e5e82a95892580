//! Where a version stands, as its worker reports it to the rest of the host.

use std::collections::BTreeMap;
use std::time::Duration;

use foldline_core::position::Position;

use super::sink_state::SinkState;
use foldline_core::status::{Holder, Phase};

/// Why a version halted. An operator has to act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Halt {
    /// What happened, and what to do next.
    pub reason: String,
}

/// Where a version stands.
#[derive(Clone, Debug)]
pub struct Progress {
    /// The phase.
    pub phase: Phase,
    /// Why it halted.
    pub halt: Option<Halt>,
    /// Troubles, each kept until its part works again.
    pub troubles: Troubles,
    /// Everything before this is folded.
    pub position: Position,
    /// Everything before this is shown by the embedded store; `None` = the first load has not ended.
    pub shown: Option<Position>,
    /// The state of the other sinks, by name.
    pub sinks: BTreeMap<String, SinkState>,
    /// Records folded, without dead letters.
    pub events: u64,
    /// Records that could not be folded.
    pub dead_letters: u64,
    /// Late records.
    pub late: u64,
    /// Records that no input selects.
    pub passed_over: u64,
    /// The event time that all partitions have passed; `None` without windows, or before there is one.
    pub watermark_ms: Option<i64>,
    /// The partitions that hold back event time, and why.
    pub held_by: Vec<Holder>,
    /// What is left of its rollback window, once another version is live.
    pub kept: Option<Duration>,
    /// Rows in state.
    pub rows: u64,
    /// Memory of the resident rows, in bytes.
    pub rows_bytes: u64,
    /// Memory that evicted rows still take, in bytes.
    pub cold_bytes: u64,
    /// Inputs that do not exist in the log.
    pub missing_topics: Vec<String>,
    /// Topics whose append times are set by producers.
    pub producer_times: Vec<String>,
    /// By topic, the first coarse time, described in a sentence.
    pub coarse_times: BTreeMap<String, String>,
    /// Whether it has reached the log's end since it started. Until then it may know less than it has already reported.
    pub caught_up: bool,
    /// What it waits for before it is served, once it has caught up.
    pub waits_for: Option<String>,
    /// Records folded per second, recently.
    pub records_per_s: Option<u64>,
    /// Records folded per second from the start until it caught up; `None` if there were too few to tell.
    pub replayed_per_s: Option<u64>,
}

/// What does not work for the moment, as text for an operator.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Troubles {
    /// The log does not answer.
    pub log: Option<String>,
    /// A sink does not take a flush.
    pub sink: Option<String>,
    /// The disk does not take a checkpoint.
    pub checkpoint: Option<String>,
    /// The state cannot be read or written, or is being rebuilt.
    pub state: Option<String>,
}

impl Troubles {
    /// Returns all troubles as one text; `None` if there are none.
    pub fn text(&self) -> Option<String> {
        let all: Vec<&str> = [&self.log, &self.sink, &self.checkpoint, &self.state]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect();
        (!all.is_empty()).then(|| all.join("; "))
    }
}
