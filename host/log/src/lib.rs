//! Topics of immutable records: the source of all facts, and the write-ahead log of everything else.
//!
//! Three logs implement one trait: [`embedded`] (segment files), Kafka (crate `foldline-log-kafka`), and [`mod@file`]
//! (fixtures and captures, read once from memory). A reader returns batches of consecutive records of one partition. It
//! returns only records that cannot be lost any more (embedded: synced; Kafka: committed).
//!
//! A topic may also hold *punctuations*: times that move a partition's watermark as events would, so that a partition without
//! events does not hold back event time. They are part of the log, so every replay treats them alike.

// Macros that print panic when stderr is closed.
#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod record;
pub mod batch;
mod contract;
pub mod json;
pub mod partitioner;
pub mod witness;
pub mod embedded;
pub mod file;
pub mod lineage;
pub mod history;
pub mod metadata;
pub mod remote;

pub use batch::{AppendTime, LogEntry, Punctuation, RecordBatch, RecordRef, Stamp};
pub use contract::{Log, LogReader, Start};
pub use record::NewRecord;
