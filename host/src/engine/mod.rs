//! Folds records into rows: one worker thread per projection version.
//!
//! A step is a pure function of (state, batches) and lives in [`fold`]; around it, [`worker`] decides when to poll,
//! flush and checkpoint. The log is the write-ahead log: nothing is synced per step, a crash restores the last
//! [`checkpoint`] and replays the tail. The sinks stay right because nothing is sent to them before the engine has
//! passed every position that they may already show (design §5).

pub mod fold;
pub mod extract;
pub mod checkpoint;
pub mod assignment;
pub mod stage;
pub mod progress;
pub mod worker;

use std::sync::Arc;

pub use fold::Fold;
pub use progress::{Halt, Progress, VersionHandle};
pub use worker::{VersionConfig, Worker};

/// A record that could not be folded: with the reason, at its place in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// The logical topic.
    pub topic: Arc<str>,
    /// The partition.
    pub partition: u32,
    /// The offset.
    pub offset: u64,
    /// Why, for people.
    pub reason: String,
}
