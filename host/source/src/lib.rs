//! Reads each topic once for all versions that stand near the same position.
//!
//! ```text
//!  log ─► feed (a thread a topic): poll ─► decode ─► ring ─┬─► assignment of a version ─► its worker
//!                                                          └─► other versions of the same topic
//! ```

// The `print` macros panic when stdout or stderr is closed.
#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod feed;
pub mod throttle;
pub mod assignment;
pub mod added_partitions;
pub mod idle_partitions;
pub mod skipping;

use std::sync::Arc;

use foldline_base::error::{ErrorKind, Result, ResultExt};
use foldline_base::panics;
use rayon::ThreadPool;

pub use added_partitions::AddedPartitions;
pub use feed::Feeds;
pub use idle_partitions::IdlePartitions;
pub use skipping::{SkipBook, Skipped};

/// Starts the pool of threads that fold for all versions; `None` = one per core.
///
/// # Errors
/// `Internal` when the system refuses a thread.
pub fn threads(count: Option<usize>) -> Result<Arc<ThreadPool>> {
    let builder = rayon::ThreadPoolBuilder::new()
        .thread_name(|index| format!("engine {index}"))
        // A panic in a version's part of the work is passed on to the thread of that version.
        .start_handler(|_| panics::contain_thread());
    let pool = builder.num_threads(count.unwrap_or(0)).build();
    pool.map(Arc::new).kind(ErrorKind::Internal, "starting the engine's threads")
}
