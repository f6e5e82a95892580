//! Durable state of one projection version: rows, dead letters and the position they belong to.
//!
//! One keyspace, one batch per checkpoint, synced: a reader of the store sees one consistent cut or the previous one
//! (design §4.2). What needs all rows reads a [`Scan`]: the store exactly as a checkpoint left it, during the steps
//! and checkpoints that follow. Nothing here is precious: what is damaged is thrown away, loudly, and rebuilt from the
//! log.

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
