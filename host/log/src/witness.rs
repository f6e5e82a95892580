//! Distinguishes a log from another one that took its place. Every entry has a hash. A position keeps the hash of the last
//! entry before it, which can be compared with the log from which reading is about to continue.
//!
//! The hash covers what a reader gets: offset, time, key, value, and whether it is a punctuation. It does not depend on
//! batches or compression, and is the same after a restart. It does not cover the id of a relayed message, since Kafka's
//! readers do not fetch it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use xxhash_rust::xxh3::Xxh3;

use crate::{Log, LogEntry, RecordBatch, Start};
use foldline_base::error::{Error, ErrorKind, Result};

/// How long to wait for an entry, a broker's restart included.
const READ_WITHIN: Duration = Duration::from_secs(10);

/// The smallest batch: the first entry of each partition is enough.
const READ_BYTES: usize = 1;

/// Returns the hash of an entry. Hashes are stored, so this function must never change: every log would seem to be another
/// one.
pub fn hash_of(entry: LogEntry<'_>) -> u64 {
    let mut hash = Xxh3::new();
    let mut number = |tag: u8, offset: u64, time_ms: i64| {
        let mut head = [tag; 17];
        head[1..9].copy_from_slice(&offset.to_le_bytes());
        head[9..].copy_from_slice(&time_ms.to_le_bytes());
        hash.update(&head);
    };
    match entry {
        LogEntry::Record(record) => {
            // −1 is what Kafka stores for a record without a time.
            number(0, record.offset, record.time_ms.unwrap_or(-1));
            for bytes in [record.key, record.value] {
                // Length + 1, 0 = none: an empty value differs from a missing one, and key and value cannot run together.
                let length = bytes.map_or(0, |bytes| bytes.len() as u64 + 1);
                hash.update(&length.to_le_bytes());
                hash.update(bytes.unwrap_or_default());
            }
        }
        LogEntry::Punctuation(punctuation) => number(1, punctuation.offset, punctuation.time_ms),
    }
    hash.digest()
}

/// A partition, and an offset in it.
pub type PartitionOffset = (u32, u64);

/// Reads entries of a topic again, and returns their hashes. Leaves out offsets without an entry: removed by retention, not
/// yet written, or something that readers never see (a transaction's marker).
///
/// # Errors
/// `Unavailable` when the log cannot be reached, `Corrupt` when the log is damaged.
pub fn hashes_at(
    log: &dyn Log,
    topic: &str,
    places: &BTreeSet<PartitionOffset>,
) -> Result<BTreeMap<PartitionOffset, u64>> {
    let mut asked = held(log, topic, places)?;
    let mut hashes = BTreeMap::new();
    while !asked.is_empty() {
        match read_lowest(log, topic, &mut asked, &mut hashes) {
            Err(error) if error.kind() == ErrorKind::Corrupt => {
                let left = held(log, topic, &asked)?;
                if left == asked {
                    return Err(error);
                }
                // Retention removed some offsets between the check and the read.
                asked = left;
            }
            read => read?,
        }
    }
    Ok(hashes)
}

/// Returns the places that lie between the start and the end of their partition.
fn held(log: &dyn Log, topic: &str, places: &BTreeSet<PartitionOffset>) -> Result<BTreeSet<PartitionOffset>> {
    if places.is_empty() || log.partitions(topic)?.is_none() {
        return Ok(BTreeSet::new());
    }
    let (starts, ends) = (log.starts(topic)?, log.ends(topic)?);
    let is_held = |(partition, offset): &&PartitionOffset| {
        let at = *partition as usize;
        let bounds = starts.get(at).zip(ends.get(at));
        bounds.is_some_and(|(start, end)| (start..end).contains(&offset))
    };
    Ok(places.iter().filter(is_held).copied().collect())
}

/// Reads the lowest place of each partition through one reader, and whatever else comes with it. Removes all places that were
/// passed from `asked`.
fn read_lowest(
    log: &dyn Log,
    topic: &str,
    asked: &mut BTreeSet<PartitionOffset>,
    hashes: &mut BTreeMap<PartitionOffset, u64>,
) -> Result<()> {
    let mut waiting: BTreeMap<u32, u64> = asked.iter().rev().copied().collect();
    let start =
        |(&partition, &next_offset): (&u32, &u64)| Start { topic: topic.to_owned(), partition, next_offset };
    let mut reader = log.reader(&waiting.iter().map(start).collect::<Vec<_>>())?;
    let mut deadline = Instant::now() + READ_WITHIN;
    while let Some((partition, offset)) = waiting.first_key_value() {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            let message = format!(
                "offset {offset} of topic `{topic}`, partition {partition}, did not come within {} s",
                READ_WITHIN.as_secs()
            );
            return Err(Error::new(ErrorKind::Unavailable, message));
        }
        for batch in reader.poll(READ_BYTES, left)? {
            let partition = batch.partition();
            let of_batch = (partition, 0)..(partition, batch.next_offset());
            if asked.range(of_batch.clone()).next().is_none() {
                continue;
            }
            for (offset, hash) in batch.entries().map(hashed) {
                if asked.contains(&(partition, offset)) {
                    hashes.insert((partition, offset), hash);
                }
            }
            asked.retain(|place| !of_batch.contains(place));
            waiting.remove(&partition);
            deadline = Instant::now() + READ_WITHIN;
        }
    }
    Ok(())
}

/// Returns offset and hash of an entry.
pub fn hashed(entry: LogEntry<'_>) -> (u64, u64) {
    (offset_of(entry), hash_of(entry))
}

impl RecordBatch {
    /// Returns offset and hash of the last entry, with which a later read can check that the log is still the same. `None` if
    /// the batch has no entries: the last entry before it remains the witness.
    pub fn last_hash(&self) -> Option<(u64, u64)> {
        self.last_entry().map(hashed)
    }
}

fn offset_of(entry: LogEntry<'_>) -> u64 {
    match entry {
        LogEntry::Record(record) => record.offset,
        LogEntry::Punctuation(punctuation) => punctuation.offset,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::FileLog;
    use crate::{NewRecord, Punctuation, RecordRef};

    fn hash_at(log: &FileLog, topic: &str, partition: u32, offset: u64) -> Option<u64> {
        hashes_at(log, topic, &BTreeSet::from([(partition, offset)])).unwrap().into_values().next()
    }

    fn record<'a>(offset: u64, time_ms: i64, key: Option<&'a [u8]>, value: Option<&'a [u8]>) -> LogEntry<'a> {
        LogEntry::Record(RecordRef { offset, time_ms: Some(time_ms), key, value })
    }

    /// Witnesses are stored on disk and in Kafka, so this list must never be edited.
    #[test]
    fn the_hash_stays_what_it_is() {
        let punctuation = Punctuation { offset: 7, time_ms: 1_767_225_600_000, append_time: None };
        let hashes = [
            record(0, 0, None, None),
            record(7, 1_767_225_600_000, Some(b"k"), Some(b"v")),
            LogEntry::Punctuation(punctuation),
        ]
        .map(hash_of);
        assert_eq!(
            hashes,
            [12_702_501_368_234_104_338, 5_186_681_496_953_410_405, 13_919_074_720_495_914_984]
        );
    }

    #[test]
    fn whatever_differs_in_an_entry_differs_in_its_hash() {
        let punctuation =
            |offset, time_ms| LogEntry::Punctuation(Punctuation { offset, time_ms, append_time: None });
        let entries = [
            record(1, 2, Some(b"ab"), Some(b"c")),
            record(2, 1, Some(b"ab"), Some(b"c")),
            record(1, 2, Some(b"a"), Some(b"bc")),
            record(1, 2, None, Some(b"abc")),
            record(1, 2, Some(b"abc"), None),
            record(1, 2, Some(b""), None),
            record(1, 2, None, Some(b"")),
            record(1, 2, None, None),
            punctuation(1, 2),
            punctuation(2, 1),
        ];
        for (at, entry) in entries.iter().enumerate() {
            let same = entries.iter().filter(|other| hash_of(**other) == hash_of(*entry)).count();
            assert_eq!(same, 1, "entry {at}");
        }
    }

    #[test]
    fn a_batchs_witness_is_its_last_entry_whatever_it_is() {
        let value = |value: &str| NewRecord { value: Some(value.into()), ..NewRecord::default() };
        let records = ["a", "b"].map(|text| ("t".to_owned(), value(text))).to_vec();
        let log = FileLog::from_records(records, 1).unwrap();
        log.punctuate("t", None, 7).unwrap();
        let start = |next_offset| Start { topic: "t".to_owned(), partition: 0, next_offset };
        let mut batch = log.reader(&[start(0)]).unwrap().poll(1 << 20, Duration::ZERO).unwrap().remove(0);
        for offset in [2, 1, 0] {
            batch.cut(offset + 1);
            assert_eq!(batch.last_hash(), Some((offset, hash_at(&log, "t", 0, offset).unwrap())));
        }
        batch.cut(0);
        batch.advance_to(9);
        assert_eq!(batch.last_hash(), None, "nothing was read");
    }

    #[test]
    fn what_is_not_in_the_log_has_no_hash() {
        let log = FileLog::from_records(vec![("t".to_owned(), NewRecord::default())], 1).unwrap();
        assert!(hash_at(&log, "t", 0, 0).is_some());
        for (topic, partition, offset) in [("t", 0, 1), ("t", 0, u64::MAX), ("t", 1, 0), ("u", 0, 0)] {
            assert_eq!(hash_at(&log, topic, partition, offset), None, "{topic} {partition} {offset}");
        }
    }

    #[test]
    fn many_places_are_read_at_once_and_each_has_the_hash_that_it_has_alone() {
        let record = |at: u64| {
            let value = Some(at.to_string().into());
            ("t".to_owned(), NewRecord { value, partition: Some((at % 3) as u32), ..NewRecord::default() })
        };
        let log = FileLog::from_records((0..30).map(record).collect(), 3).unwrap();
        let places: BTreeSet<PartitionOffset> =
            (0..4).flat_map(|partition| [0, 3, 9, 10].map(|offset| (partition, offset))).collect();
        let hashes = hashes_at(&log, "t", &places).unwrap();
        assert_eq!(hashes.len(), 9, "three partitions hold ten records each");
        for (&(partition, offset), &hash) in &hashes {
            assert_eq!(hash_at(&log, "t", partition, offset), Some(hash));
        }
    }
}
