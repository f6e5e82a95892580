//! Reads batches of committed records from partitions of Kafka topics.
//!
//! A reader keeps its own position: it tells librdkafka where to start, and checks everything that librdkafka returns against
//! the position. While brokers are away, `poll` waits and returns nothing; librdkafka reconnects, and continues to fetch at
//! the offset that it had reached. Trouble that librdkafka does not overcome by itself is reported once, after the records
//! that came before it, and the partition starts again at the position.
//!
//! A topic that is deleted and re-created under its name is another log. librdkafka continues in it at the same offset, and
//! reports that only in a log line, which comes before the first fetch. So the log lines are read after the records, and no
//! more records are returned once a line names another topic than the one that the reader was opened for.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::Offset;
use rdkafka::types::RDKafkaRespErr as Code;
use tracing::{debug, warn};

use super::batch_queue::{BatchQueue, Taken};
use super::client::Cluster;
use super::read_ahead::ReadAheadShare;
use super::settings::{self, Settings};
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_base::planted::{Bug, is_planted};
use foldline_log::{AppendTime, LogReader, Punctuation, RecordBatch, RecordRef, Stamp, Start};

/// A batch's buffer is addressed with 32 bits, and may grow beyond this by what librdkafka has read ahead.
const POLL_BYTES_MAX: usize = 1 << 30;
/// Records taken from librdkafka at once.
const CHUNK_RECORDS_MAX: usize = 4096;
/// How often a waiting reader passes on librdkafka's log lines.
const EVENTS_EVERY: Duration = Duration::from_millis(500);
/// Assumed size of a record before any was seen.
const RECORD_BYTES_GUESS: usize = 256;

/// Reads partitions from given offsets on.
pub(super) struct KafkaReader {
    queue: BatchQueue,
    cluster: Arc<Cluster>,
    partitions: Vec<PartitionReader>,
    /// The ids of the topics that the reader was opened for, by their names in Kafka. Topics without an id are left out.
    topic_ids: BTreeMap<String, String>,
    /// Average bytes of recent records; turns a budget of bytes into a number of records.
    record_bytes: usize,
    /// Trouble that came after records; the records are returned first.
    trouble: Option<Trouble>,
    /// The final error: nothing is read after it.
    failed: Option<Error>,
    /// Held as long as librdkafka reads ahead.
    _read_ahead: ReadAheadShare,
}

struct PartitionReader {
    topic: Arc<str>,
    physical: String,
    partition: u32,
    next_offset: u64,
    /// The size of the last batch, used as the capacity of the next one.
    expect_records: usize,
    expect_bytes: usize,
    batch: Option<RecordBatch>,
}

struct Trouble {
    source: usize,
    code: i32,
    text: String,
}

impl KafkaReader {
    /// Starts reading. `starts` must have been checked against what Kafka holds.
    pub(super) fn open<'a>(
        settings: &Settings,
        read_ahead: ReadAheadShare,
        cluster: Arc<Cluster>,
        topic_ids: BTreeMap<String, String>,
        starts: impl Iterator<Item = (&'a Start, &'a str)>,
        marked: bool,
    ) -> Result<Self> {
        let consumer = settings
            .reader(read_ahead.partition_bytes)
            .create_with_context(settings.context())
            .map_err(settings::refused)?;
        let mut queue = BatchQueue::new(consumer, marked)?;
        let mut partitions = Vec::new();
        for (start, physical) in starts {
            let source = queue.add(physical, start.partition)?;
            assert_eq!(source, partitions.len(), "sources are numbered as they are added");
            partitions.push(PartitionReader {
                topic: start.topic.as_str().into(),
                physical: physical.to_owned(),
                partition: start.partition,
                next_offset: start.next_offset,
                expect_records: 0,
                expect_bytes: 0,
                batch: None,
            });
            queue.start(source, start.next_offset)?;
        }
        let record_bytes = RECORD_BYTES_GUESS;
        Ok(Self {
            queue,
            cluster,
            partitions,
            topic_ids,
            record_bytes,
            trouble: None,
            failed: None,
            _read_ahead: read_ahead,
        })
    }

    /// Takes messages of up to about `bytes_max` bytes; waits for the first one. Returns whether one came.
    fn take(&mut self, bytes_max: usize, wait: Duration) -> bool {
        let Self { queue, partitions, trouble, record_bytes, .. } = self;
        let (mut bytes, mut records, mut wait, mut any) = (0, 0, wait, false);
        while bytes < bytes_max && trouble.is_none() {
            let chunk = ((bytes_max - bytes) / (*record_bytes).max(1)).clamp(1, CHUNK_RECORDS_MAX);
            let came = queue.take(chunk, wait, |source, taken| match taken {
                Taken::Record { offset, time_ms, by_log, punctuation, mark, key, value } => {
                    let stamp = if by_log { Stamp::OwnByLog } else { Stamp::OwnByProducer };
                    let record = RecordRef { offset, time_ms: own_ms(time_ms), key, value };
                    // If the header is not a valid time, the record is an ordinary one.
                    bytes += match punctuation.and_then(punctuation_ms) {
                        Some(time_ms) => partitions[source].push_punctuation(record, time_ms, stamp),
                        None => partitions[source].push(record, stamp, mark),
                    };
                    records += 1;
                }
                Taken::Notice { code, offset, text } => match judge(code) {
                    ErrorMeaning::End => partitions[source].reach(offset),
                    ErrorMeaning::Passing => debug!(code, offset, text, "kafka partition interrupted"),
                    ErrorMeaning::Trouble | ErrorMeaning::OutOfRange | ErrorMeaning::Damaged => {
                        trouble.get_or_insert(Trouble { source, code, text: text.to_owned() });
                    }
                },
            });
            if came == 0 {
                break;
            }
            any = true;
            wait = Duration::ZERO;
            if let Some(average) = bytes.checked_div(records) {
                *record_bytes = usize::midpoint(*record_bytes, average);
            }
        }
        any
    }

    /// Turns trouble into an error. Either the error is final, or the partition starts again at its position.
    fn told(&mut self, trouble: Trouble) -> Error {
        let Trouble { source, code, text } = trouble;
        let PartitionReader { physical, partition, next_offset, .. } = &self.partitions[source];
        let place = format!("kafka topic `{physical}` partition {partition} at offset {next_offset}");
        match judge(code) {
            ErrorMeaning::OutOfRange => {
                // A re-created topic that is shorter: this explains more than the offset does.
                if let Some((expected, Ok(Some(id)))) =
                    self.topic_ids.get(physical).map(|id| (id, self.cluster.topic_id(physical)))
                    && *expected != id
                {
                    let error = recreated(physical, &self.partitions[source].topic, expected, &id);
                    return self.failed.insert(error).clone();
                }
                let error = out_of_range(physical, *partition, *next_offset, self.held(source));
                self.failed.insert(error).clone()
            }
            ErrorMeaning::Damaged => {
                let error = Error::new(ErrorKind::Corrupt, format!("{place} is damaged: {text}")).with_hint(
                    "restore the topic from a replica or a copy; nothing after this offset is folded until then",
                );
                self.failed.insert(error).clone()
            }
            ErrorMeaning::End | ErrorMeaning::Passing | ErrorMeaning::Trouble => {
                warn!(
                    topic = physical,
                    partition, next_offset, text, "kafka partition cannot be read, trying again"
                );
                let error = Error::new(ErrorKind::Unavailable, format!("{place} cannot be read: {text}"))
                    .with_hint("reading resumes by itself at this offset once kafka allows it");
                match self.queue.start(source, *next_offset) {
                    Ok(()) => error,
                    Err(error) => self.failed.insert(error).clone(),
                }
            }
        }
    }

    /// Fails when the records taken may be of another topic than the one that the reader was opened for.
    fn check_topics(&mut self) -> Result<()> {
        self.queue.take_events();
        for (topic, expected) in &self.topic_ids {
            let is_read =
                |partition: &PartitionReader| partition.batch.is_some() && partition.physical == *topic;
            let id = match self.queue.context().topic_id(topic) {
                Some(id) => Some(id),
                // librdkafka has not reported an id: the wording of its log line may have changed. So ask a broker: records
                // fetched before the answer belong to the topic that it names.
                None if self.partitions.iter().any(is_read) => self.cluster.topic_id(topic)?,
                None => continue,
            };
            let Some(id) = id.filter(|id| id != expected) else { continue };
            let logical = self.partitions.iter().find(|partition| partition.physical == *topic);
            let logical = logical.map_or(topic.as_str(), |partition| &partition.topic);
            let error = recreated(topic, logical, expected, &id);
            self.partitions.iter_mut().for_each(|partition| partition.batch = None);
            return Err(self.failed.insert(error).clone());
        }
        Ok(())
    }

    fn held(&self, source: usize) -> Option<Range<u64>> {
        let PartitionReader { physical, partition, .. } = &self.partitions[source];
        let partitions = self.cluster.partitions(physical).ok()??;
        let first = self.cluster.offsets(physical, partitions, Offset::Beginning).ok()?;
        let end = self.cluster.offsets(physical, partitions, Offset::End).ok()?;
        Some(*first.get(*partition as usize)?..*end.get(*partition as usize)?)
    }

    fn batches(&mut self) -> Vec<RecordBatch> {
        self.partitions.iter_mut().filter_map(PartitionReader::finish).collect()
    }
}

impl LogReader for KafkaReader {
    fn poll(&mut self, bytes_max: usize, wait: Duration) -> Result<Vec<RecordBatch>> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let deadline = Instant::now().checked_add(wait);
        loop {
            if let Some(trouble) = self.trouble.take() {
                return Err(self.told(trouble));
            }
            let left = deadline.map_or(EVENTS_EVERY, |at| at.saturating_duration_since(Instant::now()));
            let any = self.take(bytes_max.clamp(1, POLL_BYTES_MAX), left.min(EVENTS_EVERY));
            if !is_planted(Bug::TopicMadeAnew) {
                self.check_topics()?;
            }
            let batches = self.batches();
            if !batches.is_empty() || (left.is_zero() && self.trouble.is_none() && !any) {
                return Ok(batches);
            }
        }
    }
}

impl PartitionReader {
    /// Adds a record and returns its bytes.
    fn push(&mut self, record: RecordRef<'_>, stamp: Stamp, mark: Option<&[u8]>) -> usize {
        if !self.advance_past(record.offset) {
            return 0;
        }
        let batch = self.batch_mut(record.offset);
        batch.stamp(stamp);
        batch.push(record);
        if let Some(mark) = mark {
            batch.add_id(mark);
        }
        record.key.map_or(0, <[u8]>::len) + record.value.map_or(0, <[u8]>::len)
    }

    /// Adds the punctuation that this record holds, and returns its bytes.
    fn push_punctuation(&mut self, record: RecordRef<'_>, time_ms: i64, stamp: Stamp) -> usize {
        if !self.advance_past(record.offset) {
            return 0;
        }
        let append_time = match stamp {
            Stamp::OwnByLog => record.time_ms.map(AppendTime::Log),
            Stamp::OwnByProducer => record.time_ms.map(AppendTime::Producer),
            Stamp::At(_) | Stamp::Unknown => None,
        };
        let punctuation = Punctuation { offset: record.offset, time_ms, append_time };
        self.batch_mut(record.offset).push_punctuation(punctuation);
        size_of::<Punctuation>()
    }

    /// Moves the position past an offset; returns whether it was expected.
    fn advance_past(&mut self, offset: u64) -> bool {
        let is_expected = offset >= self.next_offset;
        if is_expected {
            self.next_offset = offset + 1;
        } else {
            // This happens after a start in the middle of a batch, or a fetch that was sent twice.
            debug!(offset, next_offset = self.next_offset, "record was already read");
        }
        is_expected
    }

    /// Moves the position to an offset, past control records and aborted records.
    fn reach(&mut self, offset: i64) {
        let Ok(offset) = u64::try_from(offset) else { return };
        if offset > self.next_offset {
            let from = self.next_offset;
            self.next_offset = offset;
            self.batch_mut(from).advance_to(offset);
        }
    }

    fn batch_mut(&mut self, next_offset: u64) -> &mut RecordBatch {
        let Self { topic, partition, expect_records, expect_bytes, .. } = self;
        self.batch.get_or_insert_with(|| {
            let topic = Arc::clone(topic);
            RecordBatch::with_capacity(topic, *partition, next_offset, *expect_records, *expect_bytes)
        })
    }

    fn finish(&mut self) -> Option<RecordBatch> {
        let batch = self.batch.take()?;
        assert_eq!(batch.next_offset(), self.next_offset, "a batch ends where its partition's reader stands");
        (self.expect_records, self.expect_bytes) = (batch.len(), batch.bytes());
        Some(batch)
    }
}

/// Kafka's `NO_TIMESTAMP`: what a producer writes for a record without a time.
const NO_TIMESTAMP: i64 = -1;

/// Returns the time of a record. Kafka stores the broker's time or the producer's, and the latter may be `NO_TIMESTAMP`. 0 is
/// a valid time.
fn own_ms(timestamp: Option<i64>) -> Option<i64> {
    timestamp.filter(|&ms| ms != NO_TIMESTAMP)
}

/// Returns the time in a punctuation's header: milliseconds since 1970, as ASCII digits.
fn punctuation_ms(header: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(header).ok()?;
    // `parse` alone would also accept a sign.
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

/// Returns the error for a topic that was re-created.
fn recreated(topic: &str, logical: &str, expected: &str, id: &str) -> Error {
    let message = format!("kafka topic `{topic}` was re-created: its id was {expected}, and is {id}");
    Error::new(ErrorKind::Replaced, message).with_hint(format!(
        "nothing of the new topic was read; to continue with it, run `foldline adopt-log {logical}`"
    ))
}

/// Returns the error for a position that Kafka does not hold (any more).
pub(super) fn out_of_range(topic: &str, partition: u32, next_offset: u64, held: Option<Range<u64>>) -> Error {
    let place = format!("kafka topic `{topic}` partition {partition}");
    let (message, hint) = match held {
        Some(held) if next_offset > held.end => (
            format!("{place} holds offsets {} to {}, not yet {next_offset}", held.start, held.end),
            "the topic was re-created or lost its end: restore it, or delete the data folder to fold what is there",
        ),
        Some(held) => (
            format!("{place} holds offsets {} to {}, no longer {next_offset}", held.start, held.end),
            "retention or compaction removed records that were not folded yet: restore them, or raise retention.ms and \
             start a new version that may begin later",
        ),
        None => (
            format!("{place} does not hold offset {next_offset}"),
            "compare with the topic's first and last offset; restore the topic, or delete the data folder",
        ),
    };
    Error::new(ErrorKind::Corrupt, message).with_hint(hint)
}

/// The meaning of librdkafka's error codes for a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ErrorMeaning {
    /// The partition's end was reached.
    End,
    /// librdkafka recovers by itself, at the same offset.
    Passing,
    /// The partition does not hold the offset.
    OutOfRange,
    /// Data is damaged.
    Damaged,
    /// To be reported, but it may pass.
    Trouble,
}

fn judge(code: i32) -> ErrorMeaning {
    let is = |codes: &[Code]| codes.iter().any(|&known| known as i32 == code);
    if is(&[Code::RD_KAFKA_RESP_ERR__PARTITION_EOF]) {
        ErrorMeaning::End
    } else if is(&[Code::RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET, Code::RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE]) {
        ErrorMeaning::OutOfRange
    } else if is(&[
        Code::RD_KAFKA_RESP_ERR__BAD_MSG,
        Code::RD_KAFKA_RESP_ERR__BAD_COMPRESSION,
        Code::RD_KAFKA_RESP_ERR_INVALID_MSG,
    ]) {
        ErrorMeaning::Damaged
    } else if is(&[
        Code::RD_KAFKA_RESP_ERR__TRANSPORT,
        Code::RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN,
        Code::RD_KAFKA_RESP_ERR__TIMED_OUT,
        Code::RD_KAFKA_RESP_ERR__RESOLVE,
        Code::RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
        Code::RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION,
        Code::RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE,
        Code::RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
    ]) {
        ErrorMeaning::Passing
    } else {
        ErrorMeaning::Trouble
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_in_what_kafka_holds_is_told_from_a_log_that_is_too_short() {
        let gone = out_of_range("prod.likes", 3, 5, Some(10..20));
        assert_eq!(gone.kind(), ErrorKind::Corrupt);
        assert_eq!(
            gone.message(),
            "kafka topic `prod.likes` partition 3 holds offsets 10 to 20, no longer 5"
        );
        let short = out_of_range("prod.likes", 3, 21, Some(10..20));
        assert_eq!(
            short.message(),
            "kafka topic `prod.likes` partition 3 holds offsets 10 to 20, not yet 21"
        );
    }

    fn reader_at(next_offset: u64) -> PartitionReader {
        PartitionReader {
            topic: "t".into(),
            physical: "t".into(),
            partition: 0,
            next_offset,
            expect_records: 0,
            expect_bytes: 0,
            batch: None,
        }
    }

    #[test]
    fn a_reader_takes_no_record_twice_and_passes_what_is_not_there() {
        let mut reader = reader_at(5);
        for offset in [3, 4, 5, 5, 7, 9, 9] {
            let record = RecordRef { offset, time_ms: Some(0), key: None, value: Some(b"v") };
            match offset {
                4 | 9 => reader.push_punctuation(record, 7, Stamp::OwnByLog),
                _ => reader.push(record, Stamp::OwnByProducer, None),
            };
        }
        reader.reach(8);
        reader.reach(12);
        let batch = reader.finish().unwrap();
        assert_eq!(batch.iter().map(|record| record.offset).collect::<Vec<_>>(), [5, 7]);
        assert_eq!(batch.append_time(0), Some(AppendTime::Producer(0)));
        let append_time = Some(AppendTime::Log(0));
        assert_eq!(batch.punctuations(), [Punctuation { offset: 9, time_ms: 7, append_time }]);
        assert_eq!(batch.next_offset(), 12);
        reader.reach(12);
        assert!(reader.finish().is_none(), "a position that did not move is no batch");
    }

    #[test]
    fn a_record_or_punctuation_without_a_timestamp_has_no_append_time_and_zero_is_one() {
        let (producer, log) = (AppendTime::Producer, AppendTime::Log);
        for (timestamp, own) in [(None, None), (Some(-1), None), (Some(0), Some(0)), (Some(-2), Some(-2))] {
            for (stamp, append) in
                [(Stamp::OwnByProducer, own.map(producer)), (Stamp::OwnByLog, own.map(log))]
            {
                let mut reader = reader_at(0);
                let record = RecordRef { offset: 0, time_ms: own_ms(timestamp), key: None, value: None };
                reader.push(record, stamp, None);
                reader.push_punctuation(RecordRef { offset: 1, ..record }, 7, stamp);
                let batch = reader.finish().unwrap();
                assert_eq!((batch.get(0).time_ms, batch.append_time(0)), (own, append));
                assert_eq!(batch.punctuations()[0].append_time, append);
            }
        }
    }

    #[test]
    fn only_a_whole_number_of_milliseconds_makes_a_punctuation() {
        let highest = i64::MAX.to_string();
        for (header, time_ms) in [("0", 0), ("1767225600000", 1_767_225_600_000), (&highest, i64::MAX)] {
            assert_eq!(punctuation_ms(header.as_bytes()), Some(time_ms));
        }
        for header in ["", "-1", "+1", " 1", "1.0", "0x1", "9223372036854775808", "now", "\u{661}"] {
            assert_eq!(punctuation_ms(header.as_bytes()), None, "{header}");
        }
        assert_eq!(punctuation_ms(b"\xff"), None);
    }
}
