//! The status of relays.

use serde::{Deserialize, Serialize};

use super::dead_letter::DeadLetter;

/// The phase of a relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RelayPhase {
    /// It has not read its frontier yet.
    Starting,
    /// It reads the log and sends messages.
    Relaying,
    /// It stopped for a reason that an operator must see.
    Halted,
}

/// How far a partition was relayed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelayPartition {
    /// The logical topic that is read.
    pub topic: String,
    /// The partition.
    pub partition: u32,
    /// The next offset to relay. The messages of all offsets before it are sent.
    pub next_offset: u64,
    /// The end of the partition in the log.
    pub end_offset: u64,
}

/// The relay of a reducer's name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelayStatus {
    /// The reducer's name.
    pub name: String,
    /// The version whose module relays: the live one.
    pub version: String,
    /// The phase.
    pub phase: RelayPhase,
    /// Why it halted, or what keeps it from sending for the moment.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// Topics it reads that do not exist.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub missing_topics: Vec<String>,
    /// The partitions of its inputs.
    pub positions: Vec<RelayPartition>,
    /// Messages sent so far, by all versions.
    pub sent: u64,
    /// Records that made no message, because they do not decode or the module cannot relay them.
    pub dead_letters: u64,
    /// The newest dead letters; the newest one is last.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub letters: Vec<DeadLetter>,
}

impl RelayStatus {
    /// Returns how many offsets in the log are not relayed yet.
    pub fn lag(&self) -> u64 {
        self.positions.iter().map(|at| at.end_offset.saturating_sub(at.next_offset)).sum()
    }
}
