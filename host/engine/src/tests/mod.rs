//! The engine's parts with hand-written guests: verdicts, checkpoints, rows that are dirty for a flush.

mod verdicts;
mod inputs;
mod checkpoints;
mod eviction;
mod interruptions;
mod remote;
mod rebuilds;
mod bounds;
pub(crate) mod versions;
mod additions;
mod skipping;
mod alignments;
mod sinks;
mod references;

use std::sync::Arc;

use super::*;
use foldline_base::error::{ErrorKind, Result};
use foldline_log::{RecordBatch, RecordRef};
use foldline_module::ValidatedModule;
use foldline_source::{AddedPartitions, Feeds, IdlePartitions, threads};
use foldline_testkit::canned::echo;

fn module() -> ValidatedModule {
    foldline_testkit::engine().validate(None, &echo("like-count", "timestamp").build()).unwrap()
}

fn options(shards: usize, batch_rows: usize) -> FoldOptions {
    FoldOptions { shards, batch_rows, ..FoldOptions::new(threads(Some(2)).unwrap(), 1 << 20) }
}

/// Likes as (post, user, time), from an offset on.
fn likes(first: u64, likes: impl IntoIterator<Item = (String, u64, i64)>) -> RecordBatch {
    let topic: Arc<str> = "likes".into();
    let mut records = RecordBatch::with_capacity(topic, 0, first, 0, 0);
    for (at, (post, user, time_ms)) in likes.into_iter().enumerate() {
        let value = format!(r#"{{"post_id":"{post}","user_id":"u{user}","timestamp":{time_ms}}}"#);
        let offset = first + at as u64;
        records.push(RecordRef { offset, time_ms: Some(time_ms), key: None, value: Some(value.as_bytes()) });
    }
    records
}
