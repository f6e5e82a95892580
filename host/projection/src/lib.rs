//! From rows to documents: `project` (wasm), then the sinks, while the next steps run.
//!
//! Rows come as results that the engine copied between two steps, or from a scan of the state store: then chunk by
//! chunk, so that any number of rows takes the memory of one chunk.

// Macros that print panic when stderr is closed.
#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod project;
mod chunks;
mod shown;
mod writer;
pub mod agreement;
pub mod flusher;
#[cfg(test)]
mod tests;

pub use chunks::{RowsBatch, scanned_documents};
pub use flusher::{Changes, Done, Flusher, Job, OpenedSink, SinkSource};
pub use shown::{Shown, ShownRow, ShownRows};
