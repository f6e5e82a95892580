//! From rows to documents: `project` (wasm), then the sinks, beside the next steps.
//!
//! Rows come as results that the engine copied between two steps, or from a scan of the state store: then portion by
//! portion, so that any number of rows takes the memory of one portion.

// Macros that print panic where nobody reads.
#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod project;
mod portions;
mod shown;
mod writer;
pub mod agreement;
pub mod flusher;
#[cfg(test)]
mod tests;

pub use flusher::{Changes, Done, Flusher, Job, OpenedSink, SinkSource};
pub use portions::{RowsBatch, scanned_documents};
pub use shown::{Shown, ShownRow, ShownRows};
