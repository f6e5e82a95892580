//! The contract of a log.

use std::time::Duration;

use foldline_core::position::Position;

use super::batch::RecordBatch;
use super::record::NewRecord;
use foldline_base::clock::now_ms;
use foldline_base::error::{Error, ErrorKind, Result};

/// Where to start reading a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    /// The logical topic.
    pub topic: String,
    /// The partition.
    pub partition: u32,
    /// The first offset to return.
    pub next_offset: u64,
}

/// A set of partitioned topics. Every call may block, so async callers use a blocking thread.
pub trait Log: Send + Sync {
    /// Returns the topics that exist, sorted; internal ones (`foldline.…`) are left out.
    ///
    /// # Errors
    /// `Unavailable` when the log cannot be reached.
    fn topics(&self) -> Result<Vec<String>>;

    /// Returns how many partitions a topic has; `None` when it does not exist.
    ///
    /// # Errors
    /// `Unavailable` when the log cannot be reached.
    fn partitions(&self, topic: &str) -> Result<Option<u32>>;

    /// Creates a topic that a reducer reads, if it is missing and this log may create it.
    ///
    /// Returns whether it exists now (a Kafka topic without `create = true` may not).
    ///
    /// # Errors
    /// `Unavailable` when the log cannot be reached; `Data` for a name that cannot be a topic.
    fn ensure_topic(&self, topic: &str) -> Result<bool>;

    /// Returns, by partition of a topic, the first offset that is still held.
    ///
    /// # Errors
    /// `NotFound` for an unknown topic; `Unavailable` when the log cannot be reached.
    fn starts(&self, topic: &str) -> Result<Vec<u64>>;

    /// Returns, by partition of a topic, the log end: the next offset that will be readable.
    ///
    /// # Errors
    /// As [`Log::starts`].
    fn ends(&self, topic: &str) -> Result<Vec<u64>>;

    /// Returns how many bytes a topic takes on disk; `None` where the log does not know.
    ///
    /// # Errors
    /// As [`Log::starts`].
    fn bytes(&self, topic: &str) -> Result<Option<u64>> {
        let _ = topic;
        Ok(None)
    }

    /// Returns whether the log compacts a topic: removes records that a later one of the same key replaces.
    ///
    /// # Errors
    /// As [`Log::starts`].
    fn is_compacted(&self, topic: &str) -> Result<bool> {
        let _ = topic;
        Ok(false)
    }

    /// Returns the append time that the log would give to an append now, in milliseconds, as far as this host can tell.
    fn now_ms(&self) -> i64 {
        now_ms()
    }

    /// Returns how far the host's clock is behind the log's present append time, in milliseconds; 0 if it is less than a
    /// second.
    fn clock_behind_ms(&self) -> u64 {
        0
    }

    /// Returns whether the log is on another machine. Its answers may then take long, or not come.
    fn is_remote(&self) -> bool {
        false
    }

    /// Returns the unique id of this log: the embedded log's own id, or the id of a Kafka cluster. `None` if the log has none.
    ///
    /// # Errors
    /// `Unavailable` when the log cannot be reached.
    fn id(&self) -> Result<Option<String>> {
        Ok(None)
    }

    /// Returns the unique id of a topic: no other topic that has or had its name, in any log, has the same. `None` if the log
    /// cannot tell (a Kafka broker before 2.8), or the topic does not exist.
    ///
    /// # Errors
    /// `Unavailable` when the log cannot be reached.
    fn topic_id(&self, topic: &str) -> Result<Option<String>> {
        let _ = topic;
        Ok(None)
    }

    /// Returns how long the log may not yet know a topic that it holds, as with brokers that have just started.
    fn learns_topics_within(&self) -> Duration {
        Duration::ZERO
    }

    /// Returns why a topic takes no appends: acknowledged records are missing at its end, and new ones would take their
    /// offsets. `None` if the topic is sound or does not exist.
    ///
    /// # Errors
    /// `Unavailable` when the log cannot be reached.
    fn loss(&self, topic: &str) -> Result<Option<Error>> {
        let _ = topic;
        Ok(None)
    }

    /// Returns all losses that are known without a request, including those of topics that nobody reads (see [`Log::loss`]).
    fn losses(&self) -> Vec<Error> {
        Vec::new()
    }

    /// Accepts a topic as it is, without the records that it lost (see [`Log::loss`]). An operator decides this.
    ///
    /// # Errors
    /// `NotFound` for an unknown topic; `Unavailable` when the log refuses.
    fn adopt(&self, topic: &str) -> Result<()> {
        let _ = topic;
        Ok(())
    }

    /// Appends records and punctuations, and returns once all are durable. The answer is the next offset after them, for each
    /// touched partition. The embedded log and files take all or none. Kafka may take a part, since a transaction per append
    /// would cost a round trip to a coordinator (decision 10).
    ///
    /// # Errors
    /// `Data` when a record is too long, a punctuation is invalid, or this log may not write punctuations; `Unavailable` when
    /// the log refuses (disk full, broker gone); `Replaced` as [`Log::loss`] says. After an error nothing is in the log,
    /// unless the error says which records are ([`Error::partly`]).
    fn append(&self, topic: &str, records: Vec<NewRecord>) -> Result<Position>;

    /// Appends a punctuation to some partitions of a topic that exists, or to all of them (`None`).
    ///
    /// # Errors
    /// `NotFound` for an unknown topic, else as [`Log::append`].
    fn punctuate(&self, topic: &str, partitions: Option<&[u32]>, time_ms: i64) -> Result<Position> {
        if self.partitions(topic)?.is_none() {
            return Err(Error::new(ErrorKind::NotFound, format!("there is no topic `{topic}`")));
        }
        let punctuation = |partition| NewRecord::punctuation(partition, time_ms);
        let records = match partitions {
            None => vec![punctuation(None)],
            Some(partitions) => partitions.iter().map(|&partition| punctuation(Some(partition))).collect(),
        };
        self.append(topic, records)
    }

    /// Opens a reader of partitions.
    ///
    /// # Errors
    /// `NotFound` for an unknown partition; `Corrupt` when an offset is before the first one held or beyond the end.
    fn reader(&self, starts: &[Start]) -> Result<Box<dyn LogReader>>;

    /// As [`Log::reader`], but batches always hold the ids of records, even if that costs more, such as fetching headers.
    ///
    /// # Errors
    /// As [`Log::reader`].
    fn marked_reader(&self, starts: &[Start]) -> Result<Box<dyn LogReader>> {
        self.reader(starts)
    }
}

/// Reads batches from the partitions it was opened with.
pub trait LogReader: Send {
    /// Returns batches of about `bytes_max` bytes in all; waits up to `wait` for the first one. Partitions take turns. An
    /// empty answer means that the wait ended.
    ///
    /// # Errors
    /// `Corrupt` for a damaged block or an offset that retention removed (the text says which); `Unavailable` while
    /// the log cannot be reached: calling again resumes at the same position.
    fn poll(&mut self, bytes_max: usize, wait: Duration) -> Result<Vec<RecordBatch>>;
}
