//! A projection's documents as a topic of changes, keyed by id: its last record of each key is what is served.
//!
//! The topic belongs to the projection, not to a version: only the version that readers are pointed to writes it. When that
//! changes, the new one writes all of its documents, and a record without a value for each id of the topic that it does not
//! serve. At least once: after a crash some changes are written again. How far it is stands in a file of the data folder;
//! without the file everything is written again, and so it is where topic and file do not agree.
//!
//! Every record has a mark: projection, version, number of the flush (the record's id in the embedded log, a header in Kafka).
//! A topic that holds records without it, or that a reducer reads as facts, is another writer's and is not written; what is
//! ended are records with the mark alone.

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
