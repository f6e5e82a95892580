//! A log in memory: the records of a fixture or a capture.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use foldline_core::position::Position;
use parking_lot::{Condvar, Mutex};

use crate::partitioner::Partitioner;
use crate::{Log, LogReader, NewRecord, Punctuation, RecordBatch, RecordRef, Start};
use foldline_base::error::{Error, ErrorKind, Result};

/// Maximum number of records in a batch: about what one call of a module takes.
const BATCH_RECORDS_MAX: usize = 4_096;

/// Records in memory, lost when the log is dropped. There is no clock: a record without a time gets the time 0, and no record
/// has an append time.
#[derive(Clone, Debug)]
pub struct FileLog {
    shared: Arc<Shared>,
    partitions: u32,
}

#[derive(Debug, Default)]
struct Shared {
    topics: Mutex<BTreeMap<String, Topic>>,
    appended: Condvar,
}

#[derive(Debug)]
struct Topic {
    name: Arc<str>,
    partitions: Vec<Vec<NewRecord>>,
    partitioner: Partitioner,
}

impl FileLog {
    /// Returns a log of (topic, record), whose topics have `partitions` partitions each.
    ///
    /// # Errors
    /// `Data` when a record names a partition that its topic does not have.
    ///
    /// # Panics
    /// Panics when there are no partitions.
    pub fn from_records(records: Vec<(String, NewRecord)>, partitions: u32) -> Result<Self> {
        assert!(partitions > 0, "a topic without partitions");
        let log = Self { shared: Arc::default(), partitions };
        let mut by_topic: BTreeMap<String, Vec<NewRecord>> = BTreeMap::new();
        for (topic, record) in records {
            by_topic.entry(topic).or_default().push(record);
        }
        for (topic, records) in by_topic {
            log.append(&topic, records)?;
        }
        Ok(log)
    }

    fn of_topic<T>(&self, name: &str, read: impl FnOnce(&Topic) -> T) -> Result<T> {
        let topics = self.shared.topics.lock();
        let topic = topics.get(name);
        topic.map(read).ok_or_else(|| Error::new(ErrorKind::NotFound, format!("there is no topic `{name}`")))
    }
}

impl Log for FileLog {
    fn topics(&self) -> Result<Vec<String>> {
        let topics = self.shared.topics.lock();
        Ok(topics.keys().filter(|name| !name.starts_with("foldline.")).cloned().collect())
    }

    fn partitions(&self, topic: &str) -> Result<Option<u32>> {
        Ok(self.shared.topics.lock().contains_key(topic).then_some(self.partitions))
    }

    fn ensure_topic(&self, topic: &str) -> Result<bool> {
        self.append(topic, Vec::new()).map(|_| true)
    }

    fn starts(&self, topic: &str) -> Result<Vec<u64>> {
        self.of_topic(topic, |topic| vec![0; topic.partitions.len()])
    }

    fn ends(&self, topic: &str) -> Result<Vec<u64>> {
        self.of_topic(topic, |topic| topic.partitions.iter().map(|records| records.len() as u64).collect())
    }

    fn append(&self, topic: &str, records: Vec<NewRecord>) -> Result<Position> {
        for record in &records {
            record.punctuation_ms()?;
        }
        let mut topics = self.shared.topics.lock();
        let entry = topics.entry(topic.to_owned()).or_insert_with(|| Topic {
            name: topic.into(),
            partitions: vec![Vec::new(); self.partitions as usize],
            partitioner: Partitioner::default(),
        });
        let parts = entry.partitioner.spread(topic, records, self.partitions)?;
        let mut position = Position::default();
        for (number, (held, part)) in (0..).zip(entry.partitions.iter_mut().zip(parts)) {
            if !part.is_empty() {
                held.extend(part);
                position.set(topic, number, held.len() as u64);
            }
        }
        self.shared.appended.notify_all();
        Ok(position)
    }

    fn reader(&self, starts: &[Start]) -> Result<Box<dyn LogReader>> {
        for Start { topic, partition, next_offset } in starts {
            let end =
                self.of_topic(topic, |topic| topic.partitions.get(*partition as usize).map(Vec::len))?;
            let end = end.ok_or_else(|| {
                let count = self.partitions;
                Error::new(
                    ErrorKind::NotFound,
                    format!("topic `{topic}` has {count} partitions, no {partition}"),
                )
            })?;
            if *next_offset > end as u64 {
                return Err(Error::new(
                    ErrorKind::Corrupt,
                    format!(
                        "offset {next_offset} of topic `{topic}`, partition {partition}, is behind its end {end}"
                    ),
                ));
            }
        }
        Ok(Box::new(FileReader { shared: self.shared.clone(), partitions: starts.to_vec(), turn: 0 }))
    }
}

struct FileReader {
    shared: Arc<Shared>,
    /// The position of each partition.
    partitions: Vec<Start>,
    turn: usize,
}

impl FileReader {
    fn read(&mut self, topics: &BTreeMap<String, Topic>, bytes_max: usize) -> Vec<RecordBatch> {
        let mut batches = Vec::new();
        let (mut bytes, mut empty) = (0, 0);
        while bytes < bytes_max && empty < self.partitions.len() {
            let count = self.partitions.len();
            let start = &mut self.partitions[self.turn];
            self.turn = (self.turn + 1) % count;
            let topic = &topics[&start.topic];
            let records = &topic.partitions[start.partition as usize][start.next_offset as usize..];
            if records.is_empty() {
                empty += 1;
                continue;
            }
            empty = 0;
            let count = records.len().min(BATCH_RECORDS_MAX);
            let mut batch =
                RecordBatch::with_capacity(topic.name.clone(), start.partition, start.next_offset, count, 0);
            for (offset, record) in (start.next_offset..).zip(&records[..count]) {
                if batch.bytes() + bytes >= bytes_max && batch.next_offset() > start.next_offset {
                    break;
                }
                let time_ms = record.time_ms.unwrap_or(0);
                if record.punctuation {
                    batch.push_punctuation(Punctuation { offset, time_ms, append_time: None });
                    continue;
                }
                let (key, value) = (record.key.as_deref(), record.value.as_deref());
                batch.push(RecordRef { offset, time_ms: Some(time_ms), key, value });
            }
            start.next_offset = batch.next_offset();
            bytes += batch.bytes();
            batches.push(batch);
        }
        batches
    }
}

impl LogReader for FileReader {
    fn poll(&mut self, bytes_max: usize, wait: Duration) -> Result<Vec<RecordBatch>> {
        let deadline = Instant::now().checked_add(wait);
        let shared = self.shared.clone();
        let mut topics = shared.topics.lock();
        loop {
            let batches = self.read(&topics, bytes_max.max(1));
            if !batches.is_empty() {
                return Ok(batches);
            }
            match deadline {
                None => shared.appended.wait(&mut topics),
                Some(deadline) => {
                    if shared.appended.wait_until(&mut topics, deadline).timed_out() {
                        return Ok(self.read(&topics, bytes_max.max(1)));
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(key: &str, value: &str) -> NewRecord {
        NewRecord { key: Some(key.into()), value: Some(value.into()), ..NewRecord::default() }
    }

    #[test]
    fn records_come_back_by_partition_in_order_and_appends_follow() {
        let records = (0..100).map(|i| ("t".to_owned(), record(&format!("k{}", i % 7), &i.to_string())));
        let log = FileLog::from_records(records.collect(), 3).unwrap();
        assert_eq!(log.ends("t").unwrap().iter().sum::<u64>(), 100);
        let start = |partition| Start { topic: "t".to_owned(), partition, next_offset: 0 };
        let mut reader = log.reader(&[start(0), start(1), start(2)]).unwrap();

        let mut seen = BTreeMap::new();
        let read_all = |reader: &mut Box<dyn LogReader>, seen: &mut BTreeMap<Vec<u8>, Vec<u32>>| loop {
            let batches = reader.poll(20, Duration::ZERO).unwrap();
            if batches.is_empty() {
                break;
            }
            for record in batches.iter().flat_map(RecordBatch::iter) {
                let value = std::str::from_utf8(record.value.unwrap()).unwrap().parse().unwrap();
                seen.entry(record.key.unwrap().to_vec()).or_default().push(value);
            }
        };
        read_all(&mut reader, &mut seen);
        log.append("t", vec![record("k0", "100")]).unwrap();
        read_all(&mut reader, &mut seen);
        assert_eq!(seen.values().map(Vec::len).sum::<usize>(), 101);
        assert!(seen.values().all(|values| values.is_sorted()));
        assert_eq!(seen[&b"k0"[..]].last(), Some(&100));
    }

    #[test]
    fn punctuations_have_offsets_and_are_no_records() {
        let log = FileLog::from_records(vec![("t".to_owned(), record("k", "v"))], 2).unwrap();
        assert_eq!(log.punctuate("t", None, 7).unwrap().iter().count(), 2);
        assert_eq!(log.punctuate("u", None, 7).unwrap_err().kind(), ErrorKind::NotFound);
        log.append("t", vec![record("k", "w")]).unwrap();
        let partition = log.ends("t").unwrap().iter().position(|&end| end == 3).unwrap() as u32;
        let mut reader = log.reader(&[Start { topic: "t".to_owned(), partition, next_offset: 0 }]).unwrap();
        let batch = reader.poll(1 << 20, Duration::ZERO).unwrap().remove(0);
        assert_eq!(batch.iter().map(|record| record.offset).collect::<Vec<_>>(), [0, 2]);
        assert_eq!(batch.punctuations(), [Punctuation { offset: 1, time_ms: 7, append_time: None }]);
        assert_eq!((batch.next_offset(), batch.append_time(0)), (3, None));
    }
}
