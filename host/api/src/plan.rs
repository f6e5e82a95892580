//! What a module would do if it were dropped.

use serde::{Deserialize, Serialize};

use super::TopicPartition;

/// What would become of a module's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It would be registered, and would replay the log.
    Replays,
    /// It would be registered, and not started: a higher version is known.
    Registered,
    /// Nothing: these bytes are registered.
    Known,
    /// It would be rejected; the code says why.
    Rejected,
}

/// The answer of `POST plan`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// What would become of the file.
    pub outcome: Outcome,
    /// That in a sentence.
    pub message: String,
    /// The next step.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub hint: Option<String>,
    /// The stable name of why it would be rejected (docs/upgrades.md).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub code: Option<String>,
    /// blake3 of the bytes, in hex.
    pub digest: String,
    /// The rest; absent for bytes that are no module of this host's.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub module: Option<PlannedModule>,
}

/// What a module is, and what replaying it costs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlannedModule {
    /// The reducer's name.
    pub name: String,
    /// The reducer's version.
    pub version: String,
    /// The version that is served now.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub live: Option<String>,
    /// What it reads.
    pub inputs: Vec<PlannedInput>,
    /// Its tables and windows, one a line.
    pub tables: Vec<String>,
    /// Records to read.
    pub records: u64,
    /// Bytes to read; absent where the log does not know.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub bytes: Option<u64>,
    /// Records a second that the prediction goes by.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub records_per_s: Option<u64>,
    /// The version that replayed so fast.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub measured_by: Option<String>,
    /// Predicted milliseconds until it has caught up; absent before any version of this host replayed enough to tell.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub replay_ms: Option<u64>,
    /// Predicted bytes on disk: what the live version takes; absent without one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub disk_bytes: Option<u64>,
}

/// One topic that a module reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedInput {
    /// The logical topic.
    pub topic: String,
    /// Its name in the log.
    pub name: String,
    /// Whether the log has it.
    pub exists: bool,
    /// Whether it holds everything from offset 0 on.
    pub complete: bool,
    /// Its partitions, by number.
    pub partitions: Vec<TopicPartition>,
    /// Records to read.
    pub records: u64,
    /// Bytes to read; absent where the log does not know.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub bytes: Option<u64>,
}
