//! Durable state of one projection version: rows, dead letters and the position they belong to.
//!
//! There is one keyspace, and one synced batch per checkpoint: a reader of the store sees either a cut or the previous one,
//! never a mixture (invariant 2 in docs/design/invariants.md). Whoever needs all rows reads a [`Scan`]: the store exactly as a
//! checkpoint left it, even while later steps and checkpoints run. All of it can be rebuilt: the host logs that a store is
//! damaged, discards it, and rebuilds it from the log.

// Macros that print panic when stderr is closed.
#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod store;
pub mod scan;
pub mod difference;
mod meta;
mod history;
mod key;
mod seal;

pub use difference::{Difference, first_difference};
pub use meta::Checkpointed;
pub use scan::{Scan, ScannedRow};
pub use store::{Cut, CutRow, Faults, StateStore};

#[cfg(test)]
mod tests;
