//! How far readers may read ahead. librdkafka bounds this per partition, so many partitions, each read by several feeds, would
//! fill the memory. Therefore all readers of a log share one budget.

use std::sync::Arc;

use parking_lot::Mutex;

/// Maximum for one partition: a second of replay at full speed.
const PARTITION_BYTES_MAX: usize = 32 << 20;

/// Minimum for one partition, however many there are: with less, each fetch would bring only a few records.
const PARTITION_BYTES_MIN: usize = 64 << 10;

/// Budget of all readers of a log: eight partitions at full speed, which is small compared to the memory of states.
const BYTES_MAX: usize = 256 << 20;

/// The budget of all readers of a log. Clones share it.
#[derive(Clone, Default)]
pub(super) struct ReadAhead {
    given: Arc<Mutex<usize>>,
}

/// A reader's share, until it is dropped.
pub(super) struct ReadAheadShare {
    of: ReadAhead,
    bytes: usize,
    /// Bytes that each partition may read ahead.
    pub(super) partition_bytes: usize,
}

impl ReadAhead {
    /// Gives a reader of some partitions its share: half of what is left, so that the next reader gets something.
    pub(super) fn share(&self, partitions: usize) -> ReadAheadShare {
        let partitions = partitions.max(1);
        let mut given = self.given.lock();
        let left = BYTES_MAX.saturating_sub(*given);
        let partition_bytes = (left / 2 / partitions).clamp(PARTITION_BYTES_MIN, PARTITION_BYTES_MAX);
        let bytes = partition_bytes * partitions;
        *given += bytes;
        ReadAheadShare { of: self.clone(), bytes, partition_bytes }
    }

    /// Returns the sum of all shares, in bytes.
    #[cfg(test)]
    pub(super) fn given_bytes(&self) -> usize {
        *self.given.lock()
    }
}

impl Drop for ReadAheadShare {
    fn drop(&mut self) {
        *self.of.given.lock() -= self.bytes;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_readers_together_stay_within_one_budget_and_each_gets_something() {
        let read_ahead = ReadAhead::default();
        let shares: Vec<ReadAheadShare> = (0..100).map(|_| read_ahead.share(12)).collect();
        assert_eq!(shares[0].partition_bytes, (128 << 20) / 12);
        assert_eq!(shares[99].partition_bytes, PARTITION_BYTES_MIN);
        assert!(read_ahead.given_bytes() <= BYTES_MAX + 100 * 12 * PARTITION_BYTES_MIN);
    }

    #[test]
    fn a_reader_of_few_partitions_reads_as_far_ahead_as_is_of_use() {
        let read_ahead = ReadAhead::default();
        assert_eq!(read_ahead.share(1).partition_bytes, PARTITION_BYTES_MAX);
    }

    #[test]
    fn what_a_reader_had_is_given_again() {
        let read_ahead = ReadAhead::default();
        for _ in 0..100 {
            assert_eq!(read_ahead.share(4).partition_bytes, PARTITION_BYTES_MAX);
        }
        assert_eq!(read_ahead.given_bytes(), 0);
    }
}
