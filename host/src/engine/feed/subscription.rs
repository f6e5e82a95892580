//! How a version takes batches from a feed.

use std::ops::Range;
use std::sync::Arc;

use foldline_core::description::Input;

use super::batch::{Declared, FeedBatch};
use super::ring::Lost;
use super::{Feed, FeedState, Subscriber};
use crate::engine::signal::Signal;
use crate::error::{Error, Result};

/// A place in a feed; leaves it when dropped.
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
    /// The rows that are taken: after joining a feed the first may be within the batch, and the last where no more may be
    /// taken at once.
    pub rows: Range<usize>,
}

impl Taken {
    /// Returns the next offset after the rows that are taken.
    pub fn next_offset(&self) -> u64 {
        let records = &self.batch.records;
        if self.rows.end < records.len() { records.get(self.rows.end).offset } else { records.next_offset() }
    }
}

impl Subscription {
    /// Subscribes to a feed; `None` when it has ended or does not reach the position.
    pub(super) fn of(
        feed: &Arc<Feed>,
        input: &Input,
        position: Vec<u64>,
        signal: &Arc<Signal>,
    ) -> Option<Self> {
        let mut state = feed.state.lock();
        if state.ended.is_some() || !state.ring.reaches(&position) || !state.declare(input) {
            return None;
        }
        let id = state.next_subscriber;
        state.next_subscriber += 1;
        let next = state.ring.first();
        state.subscribers.insert(id, Subscriber { next, input: input.clone(), signal: Arc::clone(signal) });
        feed.changed.notify_all();
        Some(Self { feed: Arc::clone(feed), id, position })
    }

    /// Returns the next offset of each partition.
    pub fn position(&self) -> &[u64] {
        &self.position
    }

    pub(super) fn feed_id(&self) -> u64 {
        self.feed.id
    }

    /// Takes what is there, about `bytes_max` bytes of it and `rows_max` records at most; `None` when the place was lost to faster ones: subscribe
    /// again from [`Subscription::position`].
    ///
    /// # Errors
    /// As `LogReader::poll`, once everything read before is taken.
    pub fn take(
        &mut self,
        bytes_max: usize,
        rows_max: usize,
        taken: &mut Vec<Taken>,
    ) -> Result<Option<usize>> {
        let mut state = self.feed.state.lock();
        let (mut bytes, mut rows_left) = (0, rows_max);
        while bytes < bytes_max && rows_left > 0 {
            let next = state.subscriber(self.id).next;
            let batch = match state.ring.get(next) {
                Ok(Some(batch)) => batch,
                Ok(None) => break,
                Err(Lost) => return Ok(None),
            };
            let records = &batch.records;
            let position = &mut self.position[records.partition() as usize];
            let due = *position;
            if records.next_offset() <= due {
                state.subscriber(self.id).next += 1;
                continue;
            }
            let first = if records.is_empty() || records.get(0).offset >= due {
                0
            } else {
                records.iter().take_while(|record| record.offset < due).count()
            };
            let last = first.saturating_add(rows_left).min(records.len());
            if last == records.len() {
                state.subscriber(self.id).next += 1;
            }
            rows_left -= last - first;
            bytes += (records.bytes() / records.len().max(1) * (last - first)).max(1);
            let some = Taken { batch: Arc::clone(&batch), rows: first..last };
            *position = some.next_offset();
            taken.push(some);
        }
        if bytes == 0 {
            state.check()?;
        } else {
            self.feed.changed.notify_all();
        }
        Ok(Some(bytes))
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut state = self.feed.state.lock();
        state.subscribers.remove(&self.id);
        self.feed.changed.notify_all();
    }
}

impl FeedState {
    fn subscriber(&mut self, id: u64) -> &mut Subscriber {
        self.subscribers.get_mut(&id).expect("a subscriber leaves when its subscription is dropped")
    }

    /// Decodes an input's fields from now on; returns whether that goes together with what others declared.
    fn declare(&mut self, input: &Input) -> bool {
        let mut inputs: Vec<Input> = Vec::new();
        for other in self.subscribers.values().map(|subscriber| &subscriber.input).chain([input]) {
            if other.changelog != input.changelog {
                return false;
            }
            if !inputs.contains(other) {
                inputs.push(other.clone());
            }
        }
        self.declared = Arc::new(Declared::new(inputs, self.limits.clone()));
        true
    }

    pub(super) fn slowest(&self) -> u64 {
        self.subscribers.values().map(|subscriber| subscriber.next).min().unwrap_or(self.ring.end())
    }

    pub(super) fn fastest(&self) -> u64 {
        self.subscribers.values().map(|subscriber| subscriber.next).max().unwrap_or(self.ring.end())
    }

    pub(super) fn notify(&self) {
        self.subscribers.values().for_each(|subscriber| subscriber.signal.notify());
    }

    /// Says why nothing comes, if something is wrong.
    fn check(&self) -> Result<(), Error> {
        match (&self.ended, &self.trouble) {
            (Some(Some(error)), _) | (_, Some(error)) => Err(error.clone()),
            _ => Ok(()),
        }
    }
}
