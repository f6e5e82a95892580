//! The contract of a log.

use std::time::Duration;

use foldline_core::position::Position;

use super::batch::RecordBatch;
use super::record::NewRecord;
use foldline_base::clock::now_ms;
use foldline_base::error::{Error, ErrorKind, Result};

/// Where one partition's reader starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    /// The logical topic.
    pub topic: String,
    /// The partition.
    pub partition: u32,
    /// The first offset to return.
    pub next_offset: u64,
}

/// A set of partitioned topics. Every call may block; async callers use a blocking thread.
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

    /// Makes sure that a topic which a reducer reads exists, where this log may create it.
    ///
    /// Returns whether it exists now (a Kafka topic without `create = true` may not).
    ///
    /// # Errors
    /// `Unavailable` when the log cannot be reached; `Data` for a name that cannot be a topic.
    fn ensure_topic(&self, topic: &str) -> Result<bool>;

    /// Returns the first offset still held of every partition of a topic, by partition.
    ///
    /// # Errors
    /// `NotFound` for an unknown topic; `Unavailable` when the log cannot be reached.
    fn starts(&self, topic: &str) -> Result<Vec<u64>>;

    /// Returns the next offset that will be readable of every partition of a topic, by partition.
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

    /// Returns whether the log removes records of a topic that a later one of the same key replaces.
    ///
    /// # Errors
    /// As [`Log::starts`].
    fn is_compacted(&self, topic: &str) -> Result<bool> {
        let _ = topic;
        Ok(false)
    }

    /// Returns the time that the log would stamp an append with, in milliseconds, as far as this host can tell.
    fn now_ms(&self) -> i64 {
        now_ms()
    }

    /// Returns how far the host's clock stands behind what the log takes for now, in milliseconds; nothing below a second.
    fn clock_behind_ms(&self) -> u64 {
        0
    }

    /// Returns whether the log is on another machine: its answers may take long, or not come.
    fn is_remote(&self) -> bool {
        false
    }

    /// Returns what tells this log from every other one: the embedded log's own id, a Kafka cluster's id. `None` where the
    /// log has none.
    ///
    /// # Errors
    /// `Unavailable` when the log cannot be reached.
    fn id(&self) -> Result<Option<String>> {
        Ok(None)
    }

    /// Returns what tells a topic from every other one that has or had its name, in any log; `None` where the log cannot tell
    /// (a Kafka broker before 2.8), and for a topic that does not exist.
    ///
    /// # Errors
    /// `Unavailable` when the log cannot be reached.
    fn topic_id(&self, topic: &str) -> Result<Option<String>> {
        let _ = topic;
        Ok(None)
    }

    /// Returns how long the log may go on not knowing a topic that it holds, such as brokers that have just started.
    fn learns_topics_within(&self) -> Duration {
        Duration::ZERO
    }

    /// Returns why a topic takes no appends: the log knows of records that were acknowledged and that it no longer has, at the
    /// topic's end, where the next ones would take their place. `None` for a sound topic, and for one that does not exist.
    ///
    /// # Errors
    /// `Unavailable` when the log cannot be reached.
    fn loss(&self, topic: &str) -> Result<Option<Error>> {
        let _ = topic;
        Ok(None)
    }

    /// Returns all losses that are known without a request, of topics without readers, too (see [`Log::loss`]).
    fn losses(&self) -> Vec<Error> {
        Vec::new()
    }

    /// Goes on with a topic as it is, without what it lost (see [`Log::loss`]): an operator's decision.
    ///
    /// # Errors
    /// `NotFound` for an unknown topic; `Unavailable` when the log refuses.
    fn adopt(&self, topic: &str) -> Result<()> {
        let _ = topic;
        Ok(())
    }

    /// Appends records and punctuations, and returns once all are durable: for each touched partition the next offset after
    /// them. The embedded log and files take all or none. Kafka may take a part, since each append in a transaction of its
    /// own would cost a round trip to a coordinator (decision 10).
    ///
    /// # Errors
    /// `Data` when a record is too long, when a punctuation is none, and where this log may not write one;
    /// `Unavailable` when the log refuses (disk full, broker gone); `Replaced` as [`Log::loss`] says. Nothing is in the log then,
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

    /// Opens a reader over partitions.
    ///
    /// # Errors
    /// `NotFound` for an unknown partition; `Corrupt` when the offset is before the first one held or behind the end.
    fn reader(&self, starts: &[Start]) -> Result<Box<dyn LogReader>>;

    /// As [`Log::reader`], of batches that know the ids of records also where looking for them costs: in headers.
    ///
    /// # Errors
    /// As [`Log::reader`].
    fn marked_reader(&self, starts: &[Start]) -> Result<Box<dyn LogReader>> {
        self.reader(starts)
    }
}

/// Reads batches from the partitions it was opened with.
pub trait LogReader: Send {
    /// Returns batches of about `bytes_max` bytes in all; waits up to `wait` for the first when none is there yet.
    /// Partitions take turns. An empty answer means that the wait ended.
    ///
    /// # Errors
    /// `Corrupt` for a damaged block or an offset that retention removed (the text says which); `Unavailable` while
    /// the log cannot be reached: calling again resumes at the same position.
    fn poll(&mut self, bytes_max: usize, wait: Duration) -> Result<Vec<RecordBatch>>;
}
