//! Records to append, and what was read of a topic.

use std::time::{Duration, Instant};

use foldline_base::error::{ErrorKind, Result};
use foldline_log::{Log, LogEntry, LogReader, NewRecord, RecordBatch, Start};

/// Far longer than anything takes, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Bytes per poll.
pub(crate) const POLL_BYTES: usize = 1 << 20;

/// An entry of the log, in a form that facts can compare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The partition.
    pub partition: u32,
    /// The offset.
    pub offset: u64,
    /// The key.
    pub key: Option<Vec<u8>>,
    /// The value.
    pub value: Option<Vec<u8>>,
    /// The time of a punctuation; `None` for a record.
    pub punctuation_ms: Option<i64>,
}

/// Returns a record of a partition, without a key.
pub fn record(partition: u32, value: impl Into<Vec<u8>>) -> NewRecord {
    NewRecord { value: Some(value.into()), partition: Some(partition), ..NewRecord::default() }
}

/// Returns the start of a reader.
pub fn start(topic: &str, partition: u32, next_offset: u64) -> Start {
    Start { topic: topic.to_owned(), partition, next_offset }
}

/// Returns the starts of all partitions of a topic, from their first offsets on.
///
/// # Panics
/// Panics if the log does not answer.
pub fn all_starts(log: &dyn Log, topic: &str) -> Vec<Start> {
    let firsts = (0..).zip(log.starts(topic).expect("the topic is there"));
    firsts.map(|(partition, first)| start(topic, partition, first)).collect()
}

/// Returns the value of a record as text, and `@TIME` of a punctuation.
///
/// # Panics
/// Panics when the value is not text.
pub fn value_of(seen: &Seen) -> String {
    match (&seen.value, seen.punctuation_ms) {
        (Some(value), None) => String::from_utf8(value.clone()).expect("a text"),
        (None, None) => String::new(),
        (_, Some(time_ms)) => format!("@{time_ms}"),
    }
}

/// Reads a topic to its ends; returns all entries, by partition and offset.
///
/// # Panics
/// Panics if the ends are not reached within a minute.
pub fn read_to_end(log: &dyn Log, topic: &str) -> Vec<Seen> {
    let ends = log.ends(topic).expect("the topic is there");
    let mut reader = log.reader(&all_starts(log, topic)).expect("it opens");
    let mut reached = log.starts(topic).expect("the topic is there");
    let batches = poll_until(reader.as_mut(), POLL_BYTES, |batch| {
        if let Some(batch) = batch {
            reached[batch.partition() as usize] = batch.next_offset();
        }
        // More records may come meanwhile.
        reached.iter().zip(&ends).all(|(reached, end)| reached >= end)
    });
    let mut all = seen(&batches);
    all.sort_by_key(|seen| (seen.partition, seen.offset));
    all
}

/// Returns what readers find now, without waiting for more.
///
/// # Errors
/// The error of the log.
pub fn read_now(log: &dyn Log, topic: &str) -> Result<Vec<Seen>> {
    let mut reader = log.reader(&all_starts(log, topic))?;
    let mut all = Vec::new();
    loop {
        let batches = reader.poll(POLL_BYTES, Duration::ZERO)?;
        if batches.is_empty() {
            all.sort_by_key(|seen: &Seen| (seen.partition, seen.offset));
            return Ok(all);
        }
        all.extend(seen(&batches));
    }
}

/// Polls until `enough` returns true; returns all batches. `enough` is called before the first batch and after each one.
pub(crate) fn poll_until(
    reader: &mut dyn LogReader,
    bytes_max: usize,
    mut enough: impl FnMut(Option<&RecordBatch>) -> bool,
) -> Vec<RecordBatch> {
    let deadline = Instant::now() + PATIENCE;
    let mut batches = Vec::new();
    let mut is_enough = enough(None);
    while !is_enough {
        assert!(Instant::now() < deadline, "only these came: {batches:?}");
        match reader.poll(bytes_max, Duration::from_secs(1)) {
            Ok(more) => {
                for batch in more {
                    is_enough |= enough(Some(&batch));
                    batches.push(batch);
                }
            }
            Err(error) => assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}"),
        }
    }
    batches
}

/// Returns the entries of batches.
pub(crate) fn seen(batches: &[RecordBatch]) -> Vec<Seen> {
    let owned = |bytes: Option<&[u8]>| bytes.map(<[u8]>::to_vec);
    let of = |batch: &RecordBatch, entry: LogEntry<'_>| match entry {
        LogEntry::Record(record) => Seen {
            partition: batch.partition(),
            offset: record.offset,
            key: owned(record.key),
            value: owned(record.value),
            punctuation_ms: None,
        },
        LogEntry::Punctuation(punctuation) => Seen {
            partition: batch.partition(),
            offset: punctuation.offset,
            key: None,
            value: None,
            punctuation_ms: Some(punctuation.time_ms),
        },
    };
    batches.iter().flat_map(|batch| batch.entries().map(move |entry| of(batch, entry))).collect()
}
