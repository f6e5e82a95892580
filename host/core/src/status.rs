//! The state of a version, in the words that `status` uses.
//!
//! A version has several states, from what is decided to what happens in one sink:
//!
//! ```text
//! state            describes                              changed by                          durable
//! VersionState     what was decided of the version        a decision (catalog)                in foldline.decisions
//! Phase            how far the version has come           its worker until it has caught up   no: it follows from both
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
    /// The version asks the sink what it holds.
    #[default]
    Opening,
    /// The sink is empty, and is filled once the log's end is reached.
    Waiting,
    /// All rows are being written to the sink. Readers see none of them yet.
    Loading,
    /// The sink is sent flushes as the version proceeds.
    Following,
    /// The version stopped writing the sink, for a reason that an operator must see.
    Halted,
}

/// A partition that event time waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The logical topic.
    pub topic: String,
    /// The partition; absent if the whole topic does not exist.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub partition: Option<u32>,
    /// Why event time waits for it.
    pub why: String,
    /// How to move it on, if something can be done.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub hint: Option<String>,
}
