//! What a module would do if it were dropped.

use foldline_core::parameters::Values;
use serde::{Deserialize, Serialize};

use super::TopicPartition;

/// The predicted outcome for a module's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It would be registered, and would replay the log.
    Replays,
    /// It would be registered but not started, because a higher version is known.
    Registered,
    /// Nothing would happen: these bytes are already registered.
    Known,
    /// It would be rejected; the code says why.
    Rejected,
}

/// The answer of `POST plan`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The predicted outcome for the file.
    pub outcome: Outcome,
    /// The outcome as a sentence.
    pub message: String,
    /// The next step.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub hint: Option<String>,
    /// The stable code of the reason for a rejection (docs/upgrades.md).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub code: Option<String>,
    /// blake3 of the bytes, in hex.
    pub digest: String,
    /// Everything else. Absent if the bytes are no module for this host.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub module: Option<PlannedModule>,
}

/// A module, and the cost of replaying it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlannedModule {
    /// The reducer's name.
    pub name: String,
    /// The reducer's version, with its build if values of its parameters differ from the fallbacks.
    pub version: String,
    /// The values that differ from the fallbacks.
    #[serde(default, skip_serializing_if = "Values::is_empty")]
    pub parameters: Values,
    /// The version that is served now.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub live: Option<String>,
    /// What it reads.
    pub inputs: Vec<PlannedInput>,
    /// Its tables and windows, one per line.
    pub tables: Vec<String>,
    /// Records to read.
    pub records: u64,
    /// Bytes to read. Absent if the log does not know.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub bytes: Option<u64>,
    /// Records per second that the prediction assumes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub records_per_s: Option<u64>,
    /// The version whose replay was measured at this rate.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub measured_by: Option<String>,
    /// Predicted time until it has caught up, in milliseconds. Absent until some version of this host has replayed enough to
    /// measure.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub replay_ms: Option<u64>,
    /// Predicted bytes on disk: as many as the live version uses. Absent without a live version.
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
    /// Whether the log holds all its records from offset 0 on.
    pub complete: bool,
    /// Its partitions, by number.
    pub partitions: Vec<TopicPartition>,
    /// Records to read.
    pub records: u64,
    /// Bytes to read. Absent if the log does not know.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub bytes: Option<u64>,
}
