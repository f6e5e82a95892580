//! Records that could not be folded.

use std::sync::Arc;

/// A record that could not be folded, with its place in the log and the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// The logical topic.
    pub topic: Arc<str>,
    /// The partition.
    pub partition: u32,
    /// The offset.
    pub offset: u64,
    /// The reason, for people.
    pub reason: String,
}
