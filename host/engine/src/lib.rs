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
//! A step is a pure function of (state, batches) and lives in [`fold`]; around it, [`worker`] decides when to take batches,
//! flush and checkpoint. The log is the write-ahead log: nothing is synced per step, and after a crash the last [`checkpoint`]
//! is restored and the tail replayed. The sinks stay correct because nothing is sent to them before the engine has passed
//! every position that they may already show ([`flush_state`], docs/design/sinks.md). Rows beyond their [`memory`] budget are
//! evicted once they are durable.

// Macros that print panic when stderr is closed.
#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod extract_worker;
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
mod echo;
pub mod shard_targets;
mod copied_rows;
mod changed_rows;
pub mod flush_state;
mod flush_gates;
pub mod sink_state;
pub mod progress;
pub mod alignment;
pub mod command;
pub mod version_handle;
pub mod aligned_scans;
pub mod worker;
pub mod replay;
pub mod verify;
pub mod damage;
#[cfg(test)]
pub mod tests;

pub use copied_rows::copy_results;
pub use fold::{Fold, FoldOptions};
pub use progress::{Halt, Progress};
pub use runs::Runs;
pub use sink_state::SinkState;
pub use version_handle::VersionHandle;
pub use worker::{VersionConfig, Worker};
