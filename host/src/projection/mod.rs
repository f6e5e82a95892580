//! From rows to documents: `project` (wasm), then the sinks, beside the next steps.

pub mod project;
pub mod flusher;

pub use flusher::{Done, Flusher, Job, RowsBatch};
