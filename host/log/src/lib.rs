//! Topics of immutable records: where facts come from, and the write-ahead log of everything else.
//!
//! Three logs implement one trait: [`embedded`] (segment files of our own), Kafka (crate `foldline-log-kafka`), and [`mod@file`] (fixtures and
//! captures, read once from memory). A reader returns batches of consecutive records of one partition; nothing it
//! returns can be lost any more (embedded: synced; Kafka: committed).
//!
//! Between the records may stand *punctuations*: times that a partition's watermark takes as those of events, so that a
//! partition without events holds nothing up. They are part of the log, and so mean the same in every replay.

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
