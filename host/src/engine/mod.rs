//! Folds records into rows.
//!
//! ```text
//!  feed (a thread a topic): poll ─► decode ─► ring ─┬─► worker (a thread a version) ─► fold: extract ─► exchange ─► apply
//!                                                   └─► other versions of the same topic          │
//!                                                                                                  │ between two steps
//!                  checkpoint thread ◄── cut of changed rows ◄─────────────────────────────────────┤
//!                  flush thread      ◄── results of changed rows, or what a checkpoint holds ◄─────┘
//! ```
//!
//! A step is a pure function of (state, batches) and lives in [`fold`]; around it, [`worker`] decides when to take
//! batches, flush and checkpoint. The log is the write-ahead log: nothing is synced per step, a crash restores the last
//! [`checkpoint`] and replays the tail. The sinks stay right because nothing is sent to them before the engine has
//! passed every position that they may already show ([`stage`], design §5). Rows beyond their [`memory`] are evicted
//! once they are durable.

pub mod signal;
mod throttle;
pub mod feed;
mod seed;
mod hand;
pub mod halving;
pub mod extract;
pub mod shard;
pub mod dead_share;
pub mod fold;
pub mod restore;
pub mod runs;
pub mod memory;
mod volume;
pub mod checkpoint;
pub mod restarting;
pub mod assignment;
mod copies;
pub mod stage;
mod gates;
pub mod sink_state;
pub mod progress;
pub mod sleepers;
pub mod additions;
pub mod skipping;
pub mod meeting;
pub mod worker;
mod replay;
pub mod verify;
pub mod damage;
pub mod trace;
#[cfg(test)]
pub(crate) mod tests;

use std::sync::Arc;

use rayon::ThreadPool;

use crate::error::{ErrorKind, Result, ResultExt};
use crate::panics;
pub use additions::Additions;
pub use feed::Feeds;
pub use fold::{Fold, FoldOptions};
pub use progress::{Halt, Progress, VersionHandle};
pub use runs::Runs;
pub use seed::hash_seed;
pub use sink_state::SinkState;
pub use skipping::{SkipBook, Skipped};
pub use sleepers::Sleepers;
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

/// Starts the threads that fold for all versions; `None` = one a core.
///
/// # Errors
/// `Internal` when the system refuses a thread.
pub fn threads(count: Option<usize>) -> Result<Arc<ThreadPool>> {
    let builder = rayon::ThreadPoolBuilder::new()
        .thread_name(|index| format!("engine {index}"))
        // A panic in a version's part of the work goes on in the thread of that version.
        .start_handler(|_| panics::contain_thread());
    let pool = builder.num_threads(count.unwrap_or(0)).build();
    pool.map(Arc::new).kind(ErrorKind::Internal, "starting the engine's threads")
}
