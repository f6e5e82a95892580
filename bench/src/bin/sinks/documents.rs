//! The documents to load, and how the sink loads them.

use foldline_bench::Stopwatch;
use foldline_core::description::OutputField;
use foldline_core::position::Position;
use foldline_sink::{DocumentChange, Documents, FlushHead, ReadyChunks, Sink, SinkVersion};
use serde_json::Value;

use crate::failure::Result;

/// As many as a chunk of a first load.
const CHUNK: u64 = 10_000;

/// Returns all documents; `body` makes a body from a number.
pub(crate) fn chunks(documents: u64, body: impl Fn(u64) -> String) -> Vec<Documents> {
    let change = |number: u64| DocumentChange {
        id: format!("post-{number}"),
        body: Some(body(number)),
        memberships: Vec::new(),
    };
    let chunk = |from: u64| Documents {
        changes: (from..documents.min(from + CHUNK)).map(change).collect(),
        failed: Vec::new(),
    };
    (0..documents).step_by(CHUNK as usize).map(chunk).collect()
}

/// Returns the version that the documents belong to.
pub(crate) fn version(document: Vec<OutputField>) -> SinkVersion {
    SinkVersion {
        projection: "bench".into(),
        version: "1.0.0".into(),
        digest: "0123456789ab".into(),
        document,
    }
}

/// Loads everything through an empty sink.
pub(crate) fn load(sink: &mut dyn Sink, documents: u64, chunks: &[Documents]) -> Result<Value> {
    let stopwatch = Stopwatch::start()?;
    for chunk in chunks {
        sink.load(chunk)?;
    }
    sink.flush(&FlushHead { seq: 1, position: Position::default() }, &mut ReadyChunks::new(&[]))?;
    Ok(stopwatch.measured(documents)?)
}
