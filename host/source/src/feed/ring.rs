//! The batches that a feed has read: those that its subscribers have yet to take, and the last few MiB that all have taken.
//!
//! Pure. Batches are numbered; positions hold the next offset of each partition of the feed's one topic.

use std::collections::VecDeque;
use std::sync::Arc;

use super::batch::FeedBatch;

/// Bytes that are kept after everyone took them, so that a version that has almost caught up can still join.
const KEPT_BYTES: usize = 4 << 20;

/// Bytes that may wait for the slowest subscriber before it must read by itself.
pub(super) const WAITING_BYTES_MAX: usize = 16 << 20;

/// The batches between two positions.
pub(super) struct Ring {
    batches: VecDeque<Arc<FeedBatch>>,
    /// The number of the first batch held.
    first: u64,
    /// The position before the first batch held.
    start: Vec<u64>,
    /// The position after the last batch.
    head: Vec<u64>,
    bytes: usize,
}

impl Ring {
    /// Returns how many bytes of records are held.
    #[cfg(test)]
    pub(super) fn held_bytes(&self) -> usize {
        self.bytes
    }

    /// Returns an empty ring at a position.
    pub(super) fn new(position: Vec<u64>) -> Self {
        Self { batches: VecDeque::new(), first: 0, start: position.clone(), head: position, bytes: 0 }
    }

    /// Returns the number of the next batch.
    pub(super) fn end(&self) -> u64 {
        self.first + self.batches.len() as u64
    }

    /// Returns whether a subscriber at `position` would find here everything that it has yet to read.
    pub(super) fn reaches(&self, position: &[u64]) -> bool {
        let covers = |all: &[u64], some: &[u64]| all.iter().zip(some).all(|(all, some)| all >= some);
        position.len() == self.head.len() && covers(position, &self.start) && covers(&self.head, position)
    }

    /// Returns the number of the first batch held, which is where a new subscriber begins.
    pub(super) fn first(&self) -> u64 {
        self.first
    }

    /// Returns a batch; `None` when it was not read yet, `Lost` when it is no longer held.
    pub(super) fn get(&self, number: u64) -> Result<Option<Arc<FeedBatch>>, Lost> {
        let at = number.checked_sub(self.first).ok_or(Lost)?;
        Ok(self.batches.get(at as usize).cloned())
    }

    pub(super) fn push(&mut self, batch: FeedBatch) {
        self.head[batch.records.partition() as usize] = batch.records.next_offset();
        self.bytes += batch.records.bytes();
        self.batches.push_back(Arc::new(batch));
    }

    /// Returns the bytes of batches from `number` on.
    pub(super) fn bytes_from(&self, number: u64) -> usize {
        let skipped = number.saturating_sub(self.first) as usize;
        // Called near the end of the ring, where few batches are waiting.
        self.batches.iter().skip(skipped).map(|batch| batch.records.bytes()).sum()
    }

    /// Returns whether too much waits for the slowest subscriber, which takes batch `slowest` next.
    pub(super) fn is_full(&self, slowest: u64) -> bool {
        self.bytes > WAITING_BYTES_MAX && self.bytes_from(slowest) > WAITING_BYTES_MAX
    }

    /// Drops batches that everyone took, except the last few MiB; with `all`, also some that the slowest has not taken.
    pub(super) fn trim(&mut self, slowest: u64, all: bool) {
        while let Some(oldest) = self.batches.front() {
            let bytes = oldest.records.bytes();
            let taken = self.first < slowest && self.bytes - bytes >= KEPT_BYTES;
            let too_much = all && self.bytes > WAITING_BYTES_MAX;
            if !taken && !too_much {
                return;
            }
            self.start[oldest.records.partition() as usize] = oldest.records.next_offset();
            self.bytes -= bytes;
            self.batches.pop_front();
            self.first += 1;
        }
    }
}

/// A subscriber was too slow: what it needs next is no longer held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lost;

#[cfg(test)]
mod tests {
    use super::*;
    use foldline_log::{RecordBatch, RecordRef};

    fn batch(partition: u32, offset: u64, bytes: usize) -> FeedBatch {
        let value = vec![b'x'; bytes];
        let mut records = RecordBatch::with_capacity("t".into(), partition, offset, 1, bytes);
        records.push(RecordRef { offset, time_ms: Some(0), key: None, value: Some(&value) });
        FeedBatch::undecoded(records)
    }

    #[test]
    fn a_position_between_start_and_head_is_reached() {
        let mut ring = Ring::new(vec![5, 0]);
        ring.push(batch(0, 5, 1));
        ring.push(batch(1, 0, 1));
        for position in [[5, 0], [6, 0], [5, 1], [6, 1]] {
            assert!(ring.reaches(&position), "{position:?}");
        }
        for position in [[4, 1], [7, 1], [6, 2]] {
            assert!(!ring.reaches(&position), "{position:?}");
        }
        assert!(!ring.reaches(&[6]), "another number of partitions is another feed");
    }

    #[test]
    fn what_everyone_took_is_kept_for_a_while_and_then_dropped() {
        let mut ring = Ring::new(vec![0]);
        for offset in 0..10 {
            ring.push(batch(0, offset, 1 << 20));
        }
        ring.trim(3, false);
        assert_eq!(ring.first(), 3, "what is not taken stays");
        ring.trim(10, false);
        assert_eq!(ring.first(), 6);
        assert!(ring.get(5).is_err());
        assert!(ring.get(6).is_ok_and(|batch| batch.is_some()));
        assert!(ring.get(10).is_ok_and(|batch| batch.is_none()));
        assert!(ring.reaches(&[6]) && !ring.reaches(&[5]));
    }

    #[test]
    fn a_slow_subscriber_holds_up_so_much_and_no_more() {
        let mut ring = Ring::new(vec![0]);
        for offset in 0..16 {
            ring.push(batch(0, offset, 1 << 20));
        }
        assert!(!ring.is_full(0));
        ring.push(batch(0, 16, 1 << 20));
        assert!(ring.is_full(0) && !ring.is_full(2));
        ring.trim(0, false);
        assert_eq!(ring.first(), 0);
        ring.trim(0, true);
        assert_eq!(ring.first(), 1);
    }
}
