//! Punctuations lie between records, keep their offsets across restarts, and are as durable as records.

use std::fs;

use super::*;
use crate::{AppendTime, LogEntry, Punctuation, RecordBatch};

fn read_from(log: &EmbeddedLog, next_offset: u64) -> Result<Vec<RecordBatch>> {
    let mut reader = log.reader(&[Start { topic: "t".to_owned(), partition: 0, next_offset }])?;
    let mut all = Vec::new();
    loop {
        let batches = reader.poll(1 << 20, Duration::ZERO)?;
        if batches.is_empty() {
            return Ok(all);
        }
        all.extend(batches);
    }
}

/// The entry at each offset: a value, or a punctuation's time.
fn entries(batches: &[RecordBatch]) -> Vec<(u64, String)> {
    let shown = |entry| match entry {
        LogEntry::Record(record) => {
            (record.offset, String::from_utf8(record.value.unwrap().to_vec()).unwrap())
        }
        LogEntry::Punctuation(Punctuation { offset, time_ms, append_time }) => {
            assert_eq!(append_time, Some(AppendTime::Log(1_700_000_000_000)));
            (offset, format!("@{time_ms}"))
        }
    };
    batches.iter().flat_map(RecordBatch::entries).map(shown).collect()
}

#[test]
fn punctuations_keep_their_places_between_records_across_restarts_and_segments() {
    for segment_bytes in [1, 400, 1 << 20] {
        let dir = tempfile::tempdir().unwrap();
        let tuning = || Tuning { segment_bytes, ..Tuning::default() };
        let mut expected = Vec::new();
        for run in 0..3 {
            let log = open(dir.path(), 1, tuning()).unwrap();
            for append in 0..4 {
                // Few enough for the committer to join, and enough for the caller to make blocks.
                for many in [1, 150] {
                    let mut records = Vec::new();
                    for n in 0..many {
                        let value = format!("{run} {append} {n}");
                        records.push(record(value.clone()));
                        expected.push(value);
                        if n % 50 == 0 {
                            records.push(NewRecord::punctuation(None, n));
                            expected.push(format!("@{n}"));
                        }
                    }
                    let position = log.append("t", records).unwrap();
                    assert_eq!(position.next_offset("t", 0), expected.len() as u64);
                }
            }
            assert_eq!(log.ends("t").unwrap(), [expected.len() as u64]);
        }
        let log = open(dir.path(), 1, tuning()).unwrap();
        for from in [0, 1, 2, 3, 77, expected.len() as u64] {
            let batches = read_from(&log, from).unwrap();
            let wanted: Vec<_> = (from..).zip(expected.iter().skip(from as usize).cloned()).collect();
            assert_eq!(entries(&batches), wanted, "from {from}");
            let records = batches.iter().map(RecordBatch::len).sum::<usize>();
            assert_eq!(records, wanted.iter().filter(|(_, text)| !text.starts_with('@')).count());
            let times = batches.iter().flat_map(|batch| (0..batch.len()).map(|row| batch.append_time(row)));
            assert!(times.into_iter().all(|time| time == Some(AppendTime::Log(1_700_000_000_000))));
        }
    }
}

#[test]
fn every_flipped_bit_of_a_punctuation_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path(), 1, Tuning::default()).unwrap();
    log.append("t", vec![record("a")]).unwrap();
    let start = log.topics.read()["t"].partitions[0].writer().len as usize;
    log.punctuate("t", None, 1_700_000_000_000).unwrap();
    let end = log.topics.read()["t"].partitions[0].writer().len as usize;
    drop(log);
    let bytes = fs::read(segment(dir.path(), "t", 0)).unwrap();
    for at in start..end {
        for bit in 0..8 {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << bit;
            fs::write(segment(dir.path(), "t", 0), damaged).unwrap();
            let error = open(dir.path(), 1, crashing()).err().expect("damage is noticed");
            assert_eq!(error.kind(), ErrorKind::Corrupt, "byte {at}, bit {bit}: {error}");
        }
    }
}

#[test]
fn a_torn_punctuation_is_cut_off() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path(), 1, crashing()).unwrap();
    log.append("t", vec![record("a")]).unwrap();
    let start = log.topics.read()["t"].partitions[0].writer().len as usize;
    log.punctuate("t", None, 5).unwrap();
    drop(log);
    let bytes = fs::read(segment(dir.path(), "t", 0)).unwrap();
    for cut in start..start + 100 {
        let mut torn = bytes[..cut].to_vec();
        torn.resize(bytes.len(), 0);
        fs::write(segment(dir.path(), "t", 0), torn).unwrap();
        let log = open(dir.path(), 1, crashing()).unwrap();
        assert_eq!(entries(&read_from(&log, 0).unwrap()), [(0, "a".to_owned())], "cut at {cut}");
    }
}
