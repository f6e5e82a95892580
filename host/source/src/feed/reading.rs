//! The thread of a feed: poll, decode, put into the ring, without reading too far ahead.

use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rayon::prelude::*;
use tracing::{debug, warn};

use super::batch::{Declared, FeedBatch, SharedDecode, parts};
use super::{AHEAD_BYTES_MAX, Feed};
use foldline_base::error::{Error, ErrorKind};
use foldline_base::failpoints::{PanicPoint, panic_if_asked};
use foldline_base::panics;
use foldline_core::BATCH_ROWS;
use foldline_decode::Decoded;
use foldline_log::{LogReader, RecordBatch};
use rayon::ThreadPool;

/// Bytes of records per poll: some ten thousand events, which keep all cores busy for a few milliseconds.
const POLL_BYTES: usize = 2 << 20;
/// How long a poll waits. A feed may end that much later than its last subscriber.
const POLL_WAIT: Duration = Duration::from_millis(50);
/// How long to wait before asking again a log that does not answer.
const TROUBLE_WAIT: Duration = Duration::from_millis(250);
/// How long one subscriber may hold up the others before it must read by itself.
const HOLD_UP_MAX: Duration = Duration::from_millis(200);

/// Reads until there is no subscriber, or until an error other than `Unavailable` ends the feed.
pub(super) fn run(feed: &Feed, mut reader: Box<dyn LogReader>, threads: &ThreadPool) {
    while let Some(declared) = feed.await_room() {
        match reader.poll(POLL_BYTES, POLL_WAIT) {
            Ok(batches) => feed.push(decode(batches, &declared, threads)),
            Err(error) if error.kind() == ErrorKind::Unavailable => {
                feed.set_trouble(error);
                let mut state = feed.state.lock();
                feed.changed.wait_for(&mut state, TROUBLE_WAIT);
            }
            Err(error) => {
                feed.end(error);
                return;
            }
        }
    }
}

/// Decodes batches on all cores.
fn decode(batches: Vec<RecordBatch>, declared: &Arc<Declared>, threads: &ThreadPool) -> Vec<FeedBatch> {
    if let Some(batch) = batches.first() {
        panic_if_asked(PanicPoint::Decode, batch.topic());
    }
    let read_at = Instant::now();
    let units: Vec<(usize, Range<usize>)> = batches
        .iter()
        .enumerate()
        .flat_map(|(batch, records)| parts(0, records.len(), BATCH_ROWS).map(move |rows| (batch, rows)))
        .collect();
    let decode = |(batch, rows): (usize, Range<usize>)| {
        let decoded = declared.decode(&batches[batch], rows.clone());
        (batch, (rows, decoded))
    };
    // A single part is decoded on this thread: at the log's end, waking another one would cost more than it saves.
    let decoded: Vec<(usize, (Range<usize>, Decoded))> = match units.len() {
        0 | 1 => units.into_iter().map(decode).collect(),
        _ => threads.install(|| units.into_par_iter().map(decode).collect()),
    };
    let mut shared: Vec<Vec<(Range<usize>, Decoded)>> = batches.iter().map(|_| Vec::new()).collect();
    for (batch, part) in decoded {
        shared[batch].push(part);
    }
    batches
        .into_iter()
        .zip(shared)
        .map(|(records, parts)| FeedBatch {
            records,
            shared: Some(SharedDecode { declared: Arc::clone(declared), parts }),
            read_at,
        })
        .collect()
}

impl Feed {
    /// Waits until more may be read. Returns what to decode, or `None` when there is no subscriber.
    fn await_room(&self) -> Option<Arc<Declared>> {
        let mut state = self.state.lock();
        let mut held_up_since = None;
        loop {
            if state.ended.is_some() || state.subscribers.is_empty() {
                state.ended.get_or_insert(None);
                return None;
            }
            let (slowest, fastest) = (state.slowest(), state.fastest());
            if state.ring.bytes_from(fastest) > AHEAD_BYTES_MAX {
                held_up_since = None;
                self.changed.wait(&mut state);
            } else if state.ring.is_full(slowest) {
                let deadline = *held_up_since.get_or_insert_with(Instant::now) + HOLD_UP_MAX;
                if self.changed.wait_until(&mut state, deadline).timed_out() {
                    debug!(topic = self.topic, "a version is too slow for the others and reads by itself");
                    state.ring.trim(slowest, true);
                }
            } else {
                return Some(Arc::clone(&state.declared));
            }
        }
    }

    fn push(&self, batches: Vec<FeedBatch>) {
        let _vital = panics::vital();
        let mut state = self.state.lock();
        if state.trouble.take().is_none() && batches.is_empty() {
            return;
        }
        batches.into_iter().for_each(|batch| state.ring.push(batch));
        let slowest = state.slowest();
        state.ring.trim(slowest, false);
        state.notify();
    }

    fn set_trouble(&self, error: Error) {
        let mut state = self.state.lock();
        if state.trouble.is_none() {
            warn!(topic = self.topic, %error, "the log does not answer, trying again");
        }
        state.trouble = Some(error);
        state.notify();
    }

    pub(super) fn end(&self, error: Error) {
        let mut state = self.state.lock();
        state.ended = Some(Some(error));
        state.notify();
    }
}
