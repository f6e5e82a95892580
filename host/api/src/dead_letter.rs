//! Records that could not be folded.

use serde::{Deserialize, Serialize};

/// A record that could not be folded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// The projection that could not fold it.
    pub projection: String,
    /// Its logical topic.
    pub topic: String,
    /// Its partition.
    pub partition: u32,
    /// Its offset.
    pub offset: u64,
    /// Why.
    pub reason: String,
    /// The record as `tail` prints it. Present only if it was requested and the log still holds it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub record: Option<serde_json::Value>,
}

/// A page of dead letters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetterPage {
    /// By projection, topic, partition, offset.
    pub dead_letters: Vec<DeadLetter>,
    /// Where the next page starts; `null` on the last.
    pub cursor: Option<String>,
}
