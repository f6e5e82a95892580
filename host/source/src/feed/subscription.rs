//! How a version takes batches from a feed.

use std::ops::Range;
use std::sync::Arc;

use foldline_core::description::Input;
use foldline_core::position::{Position, Witness};

use super::batch::{Declared, FeedBatch};
use super::ring::Lost;
use super::{Feed, FeedState, Subscriber};
use foldline_base::error::{Error, Result};
use foldline_base::notifier::Notifier;
use foldline_base::panics;
use foldline_log::RecordBatch;
use foldline_log::witness::hashed;

/// A version's place in a feed. Dropping it ends the subscription.
pub struct Subscription {
    feed: Arc<Feed>,
    id: u64,
    /// The next offset of each partition.
    position: Vec<u64>,
}

/// A batch that was taken.
pub struct Taken {
    /// The batch.
    pub batch: Arc<FeedBatch>,
    /// The rows that are taken. After joining a feed, the first may be in the middle of the batch; at a limit, so may the last.
    pub rows: Range<usize>,
    /// The offsets that are taken: those of the rows, and the gaps and punctuations before, between and after them.
    pub offsets: Range<u64>,
}

impl Taken {
    /// Takes rows of a batch, with all offsets up to the next row.
    pub fn of(batch: Arc<FeedBatch>, rows: Range<usize>) -> Self {
        let records = &batch.records;
        let start = if rows.start == 0 { 0 } else { offset_of(records, rows.start) };
        let offsets = start..offset_of(records, rows.end);
        Self { batch, rows, offsets }
    }

    /// Returns the next offset after what is taken.
    pub fn next_offset(&self) -> u64 {
        self.offsets.end
    }

    /// Returns the witness of the last entry that is taken; `None` if only offsets without an entry are.
    pub fn witness(&self) -> Option<Witness> {
        let last = self.batch.records.last_entry_before(self.offsets.end)?;
        let (offset, hash) = hashed(last);
        (offset >= self.offsets.start).then_some(Witness { offset, hash })
    }
}

/// Returns the offset of a row, or where the batch ends.
pub fn offset_of(records: &RecordBatch, row: usize) -> u64 {
    if row < records.len() { records.get(row).offset } else { records.next_offset() }
}

impl Subscription {
    /// Subscribes to a feed; `None` when it has ended, does not reach the position, or decodes inputs of the other kind
    /// (changelog or not).
    pub(super) fn of(
        feed: &Arc<Feed>,
        inputs: &[Input],
        position: Vec<u64>,
        notifier: &Arc<Notifier>,
    ) -> Option<Self> {
        let _vital = panics::vital();
        let mut state = feed.state.lock();
        if state.ended.is_some() || !state.ring.reaches(&position) || !state.declare(inputs) {
            return None;
        }
        let id = state.next_subscriber;
        state.next_subscriber += 1;
        let next = state.ring.first();
        state.subscribers.insert(
            id,
            Subscriber { next, seen: next, inputs: inputs.to_vec(), notifier: Arc::clone(notifier) },
        );
        feed.changed.notify_all();
        Some(Self { feed: Arc::clone(feed), id, position })
    }

    /// Returns the next offset of each partition.
    pub fn position(&self) -> &[u64] {
        &self.position
    }

    /// Returns how many bytes of records its feed holds.
    #[cfg(test)]
    pub(super) fn held_bytes(&self) -> usize {
        self.feed.state.lock().ring.held_bytes()
    }

    pub(super) fn feed_id(&self) -> u64 {
        self.feed.id
    }

    /// Takes what is available before `until`: about `bytes_max` bytes, and at most `rows_max` records. Returns the bytes taken,
    /// or `None` when the subscription was lost because it was too slow: subscribe again from [`Subscription::position`].
    ///
    /// # Errors
    /// As `LogReader::poll`, once everything that was read before the error is taken.
    pub fn take(
        &mut self,
        bytes_max: usize,
        rows_max: usize,
        until: Option<&Position>,
        taken: &mut Vec<Taken>,
    ) -> Result<Option<usize>> {
        // All subscribers share the ring.
        let _vital = panics::vital();
        let mut state = self.feed.state.lock();
        let (mut bytes, mut rows_left) = (0, rows_max);
        let seen_before = state.subscriber(self.id).seen;
        let mut at = state.subscriber(self.id).next;
        while bytes < bytes_max && rows_left > 0 {
            let batch = match state.ring.get(at) {
                Ok(Some(batch)) => batch,
                Ok(None) => break,
                Err(Lost) => return Ok(None),
            };
            let records = &batch.records;
            let partition = records.partition();
            let position = &mut self.position[partition as usize];
            let expected = *position;
            let limit = until.map_or(u64::MAX, |until| until.next_offset(&self.feed.topic, partition));
            if expected < limit.min(records.next_offset()) {
                let first = rows_before(records, expected);
                let last = first.saturating_add(rows_left).min(rows_before(records, limit));
                rows_left -= last - first;
                bytes += (records.bytes() / records.len().max(1) * (last - first)).max(1);
                let offsets = expected..offset_of(records, last).min(limit);
                *position = offsets.end;
                taken.push(Taken { batch: Arc::clone(&batch), rows: first..last, offsets });
            }
            // Behind a batch that must wait, there may be batches of other partitions that need not.
            let subscriber = state.subscriber(self.id);
            if self.position[partition as usize] >= batch.records.next_offset() && subscriber.next == at {
                subscriber.next += 1;
            }
            at += 1;
            subscriber.seen = if until.is_some() { at } else { subscriber.next };
        }
        if bytes == 0 {
            state.check()?;
        }
        if bytes > 0 || state.subscriber(self.id).seen > seen_before {
            self.feed.changed.notify_all();
        }
        Ok(Some(bytes))
    }
}

/// Returns how many of a batch's records come before an offset.
fn rows_before(records: &RecordBatch, offset: u64) -> usize {
    if offset >= records.next_offset() {
        return records.len();
    }
    records.iter().take_while(|record| record.offset < offset).count()
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut state = self.feed.state.lock();
        if let Some(left) = state.subscribers.remove(&self.id) {
            state.forget(&left.inputs);
        }
        self.feed.changed.notify_all();
    }
}

impl FeedState {
    fn subscriber(&mut self, id: u64) -> &mut Subscriber {
        self.subscribers.get_mut(&id).expect("a subscriber leaves when its subscription is dropped")
    }

    /// Also decodes these inputs' fields from now on. Returns whether they can share a decode with the other inputs.
    fn declare(&mut self, inputs: &[Input]) -> bool {
        let mut declared: Vec<Input> = Vec::new();
        let others = self.subscribers.values().flat_map(|subscriber| &subscriber.inputs);
        for other in others.chain(inputs) {
            if other.changelog != inputs[0].changelog {
                return false;
            }
            if !declared.contains(other) {
                declared.push(other.clone());
            }
        }
        self.declared = Arc::new(Declared::new(declared, self.limits.clone()));
        true
    }

    /// Stops decoding fields that only a subscriber who left had declared.
    fn forget(&mut self, inputs: &[Input]) {
        let mut others = self.subscribers.values().map(|subscriber| &subscriber.inputs);
        if others.all(|other| other != inputs)
            && let Some(other) = self.subscribers.values().next().map(|subscriber| subscriber.inputs.clone())
        {
            self.declare(&other);
        }
    }

    pub(super) fn slowest(&self) -> u64 {
        self.subscribers.values().map(|subscriber| subscriber.next).min().unwrap_or(self.ring.end())
    }

    pub(super) fn fastest(&self) -> u64 {
        let read = |subscriber: &Subscriber| subscriber.next.max(subscriber.seen);
        self.subscribers.values().map(read).max().unwrap_or(self.ring.end())
    }

    pub(super) fn notify(&self) {
        self.subscribers.values().for_each(|subscriber| subscriber.notifier.notify());
    }

    /// Returns the error that keeps batches from coming, if there is one.
    fn check(&self) -> Result<(), Error> {
        match (&self.ended, &self.trouble) {
            (Some(Some(error)), _) | (_, Some(error)) => Err(error.clone()),
            _ => Ok(()),
        }
    }
}
