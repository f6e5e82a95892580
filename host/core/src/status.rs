//! What a version is at, in the words that `status` says it with.
//!
//! The states of a version, from what is decided to what one sink does:
//!
//! ```text
//! state            says                                   changed by                          durable
//! VersionState     what was decided of the version        a decision (catalog)                in foldline.decisions
//! Phase            what the version is at                 its worker until it has caught up   no: it follows from both
//!                                                         or halts; then the rollout
//! SinkPhase        what the version does with a sink      its worker, from the flush state    no
//! FlushPhase       what may be sent to that sink          its worker                          by the sink: seq, lo, hi
//! HandoverProgress how far a hand-over to it has come     the supervisor                      no: undone by a crash
//! Verdict          what came of the module's file         the supervisor                      as registered, or judged again
//! ```

use serde::{Deserialize, Serialize};

/// The phase of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Folding the log from its beginning, not served.
    Replaying,
    /// Caught up, its sinks being loaded, not served yet.
    CaughtUp,
    /// Served.
    Live,
    /// Served before, kept caught up for a rollback.
    Draining,
    /// It stopped for a reason that an operator must see.
    Halted,
}

/// What a version does with a sink.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SinkPhase {
    /// It asks what the sink holds.
    #[default]
    Opening,
    /// The sink holds nothing, and is filled once the log's end is reached.
    Waiting,
    /// All rows are on their way into the sink; readers see none of them yet.
    Loading,
    /// The sink follows the version's steps.
    Following,
    /// It was given up, for a reason that an operator must see.
    Halted,
}

/// A partition that event time waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The logical topic.
    pub topic: String,
    /// The partition; absent where the whole topic does not exist.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub partition: Option<u32>,
    /// Why it holds.
    pub why: String,
    /// What moves it on, where something can be done.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub hint: Option<String>,
}
