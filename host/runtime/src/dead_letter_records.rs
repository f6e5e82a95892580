//! The records of dead letters, read again from the log.

use std::time::{Duration, Instant};

use tracing::{debug, warn};

use foldline_api::DeadLetter;
use foldline_base::error::{ErrorKind, Result};
use foldline_log::{Log, LogReader, RecordBatch, Start, json};

/// Time limit for the records of a page. The caller waits for the page, which is useful without the records.
const PAGE_WITHIN: Duration = Duration::from_secs(5);
/// Time limit for one record. A Kafka reader has to connect and fetch first. Nothing arrives if compaction removed the last
/// records of a partition, and there must be time left for the page's other records.
const RECORD_WITHIN: Duration = Duration::from_secs(2);
/// Size of one poll: dead letters are often close together.
const POLL_BYTES: usize = 1 << 20;
/// Distance up to which reading on is cheaper than seeking.
const NEAR_OFFSETS: u64 = 10_000;
/// Longer records (as JSON) are left out: people look at dead letters.
const RECORD_BYTES_MAX: usize = 64 << 10;

/// Adds the records to letters, which are sorted by topic, partition and offset. Leaves out records that the log no longer holds,
/// and those that it does not return in time.
pub(super) fn add_records(log: &dyn Log, letters: &mut [DeadLetter]) {
    add_until(log, letters, Instant::now() + PAGE_WITHIN);
}

fn add_until(log: &dyn Log, letters: &mut [DeadLetter], deadline: Instant) {
    let mut source: Option<Source> = None;
    for letter in letters {
        if Instant::now() >= deadline {
            debug!("the log is slow: records of dead letters are left out");
            return;
        }
        match record(log, source.take(), letter, deadline) {
            Ok((near, record)) => (source, letter.record) = (Some(near), record),
            // The other records would not come either, and each attempt would wait.
            Err(error) if error.kind() == ErrorKind::Unavailable => {
                warn!("records of dead letters are left out: {error}");
                return;
            }
            // The beginning of the topic, or all of it, is gone.
            Err(error) => debug!("the record of a dead letter is left out: {error}"),
        }
    }
}

/// Reads a letter's record, from where the previous one was read if that is near.
fn record(
    log: &dyn Log,
    source: Option<Source>,
    letter: &DeadLetter,
    deadline: Instant,
) -> Result<(Source, Option<serde_json::Value>)> {
    let mut near = match source.filter(|source| source.is_near(letter)) {
        Some(near) => near,
        None => Source::open(log, letter)?,
    };
    let record = near.record(letter.offset, deadline.min(Instant::now() + RECORD_WITHIN))?;
    Ok((near, record))
}

/// A reader of one partition that starts at a dead letter.
struct Source {
    topic: String,
    partition: u32,
    next_offset: u64,
    reader: Box<dyn LogReader>,
    /// The batches of the last poll.
    batches: Vec<RecordBatch>,
}

impl Source {
    /// Opens a partition at a letter's record.
    fn open(log: &dyn Log, letter: &DeadLetter) -> Result<Self> {
        let DeadLetter { topic, partition, offset, .. } = letter;
        let start = Start { topic: topic.clone(), partition: *partition, next_offset: *offset };
        Ok(Self {
            topic: topic.clone(),
            partition: *partition,
            next_offset: *offset,
            reader: log.reader(&[start])?,
            batches: Vec::new(),
        })
    }

    fn is_near(&self, letter: &DeadLetter) -> bool {
        let is_of_partition = self.topic == letter.topic && self.partition == letter.partition;
        let held = self.batches.iter().flat_map(RecordBatch::iter).next().map(|record| record.offset);
        let first = held.unwrap_or(self.next_offset);
        is_of_partition && (first..self.next_offset + NEAR_OFFSETS).contains(&letter.offset)
    }

    /// Returns the record at an offset as `tail` prints it, if the log returns it in time.
    fn record(&mut self, offset: u64, deadline: Instant) -> Result<Option<serde_json::Value>> {
        while self.next_offset <= offset {
            let left = deadline.saturating_duration_since(Instant::now());
            self.batches = self.reader.poll(POLL_BYTES, left)?;
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use super::*;
    use foldline_log::remote::RemoteLog;

    fn letters(offsets: &[u64]) -> Vec<DeadLetter> {
        let letter = |&offset| DeadLetter {
            projection: "p".to_owned(),
            topic: "likes".to_owned(),
            partition: 0,
            offset,
            reason: "bad".to_owned(),
            record: None,
        };
        offsets.iter().map(letter).collect()
    }

    #[test]
    fn a_log_that_is_away_is_asked_once_and_costs_the_page_nothing_but_its_records() {
        let log = RemoteLog::default();
        let mut page = letters(&[7, 90_000, 900_000]);
        add_records(&log, &mut page);
        assert!(page.iter().all(|letter| letter.record.is_none()));
        assert_eq!(log.opened.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn records_that_are_not_told_in_time_are_left_out_and_the_log_is_asked_no_more() {
        let log = RemoteLog::with_readers(RECORD_WITHIN);
        let mut page = letters(&[7, 90_000, 900_000]);
        add_until(&log, &mut page, Instant::now());
        assert_eq!(log.opened.load(Ordering::Relaxed), 0);
        add_until(&log, &mut page, Instant::now() + Duration::from_secs(600));
        assert_eq!(
            log.opened.load(Ordering::Relaxed),
            3,
            "one that compaction took keeps no other from being read"
        );
        assert!(page.iter().all(|letter| letter.record.is_none()));
    }
}
