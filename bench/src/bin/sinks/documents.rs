//! The documents that are loaded, and the sink's way to load them.

use foldline_bench::Stopwatch;
use foldline_core::description::OutputField;
use foldline_core::position::Position;
use foldline_sink::{DocumentChange, Documents, FlushHead, Ready, Sink, SinkVersion};
use serde_json::Value;

use crate::Result;

/// As many as one portion of a first load has.
const PORTION: u64 = 10_000;

/// Returns all documents; `body` makes one from its number.
pub(crate) fn portions(documents: u64, body: impl Fn(u64) -> String) -> Vec<Documents> {
    let change = |number: u64| DocumentChange {
        id: format!("post-{number}"),
        body: Some(body(number)),
        memberships: Vec::new(),
    };
    let portion = |from: u64| Documents {
        changes: (from..documents.min(from + PORTION)).map(change).collect(),
        failed: Vec::new(),
    };
    (0..documents).step_by(PORTION as usize).map(portion).collect()
}

/// Returns the version whose documents they are.
pub(crate) fn version(document: Vec<OutputField>) -> SinkVersion {
    SinkVersion {
        projection: "bench".into(),
        version: "1.0.0".into(),
        digest: "0123456789ab".into(),
        document,
    }
}

/// Loads everything by a sink that is empty.
pub(crate) fn load(sink: &mut dyn Sink, documents: u64, portions: &[Documents]) -> Result<Value> {
    let stopwatch = Stopwatch::start()?;
    for portion in portions {
        sink.load(portion)?;
    }
    sink.flush(&FlushHead { seq: 1, position: Position::default() }, &mut Ready::new(&[]))?;
    Ok(stopwatch.measured(documents)?)
}
