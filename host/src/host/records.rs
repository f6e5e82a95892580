//! The records of dead letters, read from the log again.

use std::time::Duration;

use crate::api::DeadLetter;
use crate::error::{ErrorKind, Result};
use crate::log::{Log, LogReader, RecordBatch, Start, json};

/// How long a log may take for records that it holds: a reader of Kafka fetches them first.
const HELD_WITHIN: Duration = Duration::from_secs(5);
/// What one poll takes: a few letters stand near each other.
const POLL_BYTES: usize = 1 << 20;
/// Offsets that are read on rather than looked up anew.
const NEAR_OFFSETS: u64 = 10_000;
/// A record that is longer as JSON is left out: letters are there to be looked at.
const RECORD_BYTES_MAX: usize = 64 << 10;

/// Adds the records of letters, which come by topic, partition and offset; what the log holds no longer is left out.
///
/// # Errors
/// `Unavailable` when the log does not answer.
pub(super) fn add_records(log: &dyn Log, letters: &mut [DeadLetter]) -> Result<()> {
    let mut source: Option<Source> = None;
    for letter in letters {
        source = source.filter(|source| source.is_near(letter));
        let near = match source.take() {
            Some(near) => near,
            None => match Source::open(log, letter)? {
                Some(opened) => opened,
                None => continue,
            },
        };
        letter.record = source.insert(near).record(letter.offset)?;
    }
    Ok(())
}

/// One partition, read on from a letter.
struct Source {
    topic: String,
    partition: u32,
    next_offset: u64,
    reader: Box<dyn LogReader>,
    /// What was polled last.
    batches: Vec<RecordBatch>,
}

impl Source {
    /// Opens a partition at a letter's record; `None` where the log does not hold it any more.
    fn open(log: &dyn Log, letter: &DeadLetter) -> Result<Option<Self>> {
        let DeadLetter { topic, partition, offset, .. } = letter;
        let start = Start { topic: topic.clone(), partition: *partition, next_offset: *offset };
        match log.reader(&[start]) {
            Ok(reader) => Ok(Some(Self {
                topic: topic.clone(),
                partition: *partition,
                next_offset: *offset,
                reader,
                batches: Vec::new(),
            })),
            // Its beginning is gone, or the topic.
            Err(error) if error.kind() != ErrorKind::Unavailable => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn is_near(&self, letter: &DeadLetter) -> bool {
        let is_of_partition = self.topic == letter.topic && self.partition == letter.partition;
        let held = self.batches.iter().flat_map(RecordBatch::iter).next().map(|record| record.offset);
        let first = held.unwrap_or(self.next_offset);
        is_of_partition && (first..self.next_offset + NEAR_OFFSETS).contains(&letter.offset)
    }

    /// Returns the record at an offset as `tail` prints it.
    fn record(&mut self, offset: u64) -> Result<Option<serde_json::Value>> {
        while self.next_offset <= offset {
            self.batches = self.reader.poll(POLL_BYTES, HELD_WITHIN)?;
            match self.batches.last() {
                Some(last) => self.next_offset = last.next_offset(),
                None => return Ok(None),
            }
        }
        let mut records = self.batches.iter().flat_map(RecordBatch::iter);
        let Some(record) = records.find(|record| record.offset == offset) else { return Ok(None) };
        let mut line = Vec::new();
        json::print(&mut line, &self.topic, self.partition, record, None);
        if line.len() > RECORD_BYTES_MAX {
            return Ok(None);
        }
        Ok(serde_json::from_slice(&line).ok())
    }
}
