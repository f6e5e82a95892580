//! A projection's documents as a topic of changes, keyed by id: its last record of each key is what is served.
//!
//! The topic belongs to the projection, not to a version: only the version that readers are pointed to writes it. When that
//! changes, the new version writes all of its documents, and a record without a value for each id of the topic that it does not
//! serve. Delivery is at least once: after a crash, some changes are written again. A progress note in the data folder says how
//! far the topic is written. If the note is missing or disagrees with the topic, everything is written again.
//!
//! Every record has a mark: projection, version, number of the flush (the record's id in the embedded log, a header in Kafka). A
//! topic that holds records without a mark, or that a reducer reads as facts, belongs to another writer and is not written.
//! Tombstones are only written for ids whose records have the mark.

// Macros that print panic when stderr is closed.
#![warn(clippy::print_stdout, clippy::print_stderr)]

mod topic;
mod inputs;
mod progress_note;
mod writer;
mod reading;
mod backend;
#[cfg(test)]
mod tests;

pub use backend::ChangesBackend;
pub use inputs::ReadTopics;
