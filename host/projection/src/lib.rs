//! From rows to documents: calls `project` (wasm), then writes sinks, while the next steps run.
//!
//! Rows come as results that the engine copied between two steps, or from a scan of the state store. A scan is projected chunk
//! by chunk, so that any number of rows takes the memory of one chunk.

// Macros that print panic when stderr is closed.
#![warn(clippy::print_stdout, clippy::print_stderr)]

mod rows_batch;
mod job;
mod projected_table;
mod scanned_targets;
mod affected;
mod scanned_rows;
pub mod project;
mod failure;
mod chunks;
mod shown;
mod writer;
pub mod agreement;
pub mod flusher;
#[cfg(test)]
mod tests;

pub use chunks::scanned_documents;
pub use flusher::Flusher;
pub use job::{Changes, Done, Job, OpenedSink, Opener, SinkSource};
pub use rows_batch::RowsBatch;
pub use shown::{Shown, ShownRow, ShownRows, ShownTable};
