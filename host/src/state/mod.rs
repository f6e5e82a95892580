//! Durable state of one projection version: rows, dead letters and the position they belong to.
//!
//! One keyspace, one batch per checkpoint, synced: a reader of the store sees one consistent cut or the one before
//! (design §4.2). Nothing here is precious: what is damaged is thrown away, loudly, and rebuilt from the log.

pub mod store;
mod key;

pub use store::{Checkpointed, Cut, CutRow, StateStore};
