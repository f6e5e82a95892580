//! An entry has one hash: in whatever batch it comes, compressed or not, before and after a restart.

use super::*;
use crate::witness::{hashed, hashes_at};
use crate::{LogEntry, RecordBatch};

/// Records, punctuations and relayed messages: some in blocks of their callers, some in those of the committer.
fn everything(dir: &Path) -> EmbeddedLog {
    let log = open(dir, 1, Tuning { segment_bytes: 5_000, ..Tuning::default() }).unwrap();
    for many in [1_u32, 7, 300, 1] {
        let message = |n: u32| NewRecord {
            key: Some(n.to_be_bytes().to_vec()),
            id: Some(format!("likes/0/{n}")),
            ..record(format!("message {n}"))
        };
        log.append("t", (0..many).map(|n| record(format!("{n}").repeat(n as usize % 9))).collect()).unwrap();
        log.append("t", (0..many).map(message).collect()).unwrap();
        log.append("t", vec![NewRecord { value: None, ..record("") }]).unwrap();
        log.punctuate("t", None, i64::from(many)).unwrap();
    }
    log
}

fn all(log: &EmbeddedLog, bytes_max: usize) -> Vec<RecordBatch> {
    let mut reader = log.reader(&[Start { topic: "t".to_owned(), partition: 0, next_offset: 0 }]).unwrap();
    let mut batches = Vec::new();
    loop {
        match reader.poll(bytes_max, Duration::ZERO).unwrap() {
            more if more.is_empty() => return batches,
            more => batches.extend(more),
        }
    }
}

fn hashes(batches: &[RecordBatch]) -> Vec<(u64, u64)> {
    batches.iter().flat_map(RecordBatch::entries).map(hashed).collect()
}

#[test]
fn an_entry_has_one_hash_in_every_batch_and_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let log = everything(dir.path());
    let expected = hashes(&all(&log, 1 << 20));
    assert_eq!(expected.len() as u64, log.ends("t").unwrap()[0]);
    assert_eq!(hashes(&all(&log, 1)), expected);
    drop(log);
    let log = open(dir.path(), 1, Tuning::default()).unwrap();
    let batches = all(&log, 1 << 20);
    assert_eq!(hashes(&batches), expected);
    let hash_at = |offset| hashes_at(&log, "t", &[(0, offset)].into()).unwrap().into_values().next();
    for &(offset, hash) in &expected {
        assert_eq!(hash_at(offset), Some(hash), "offset {offset}");
    }
    assert_eq!(hash_at(expected.len() as u64), None);
    let all: Vec<(u64, u64)> =
        hashes_at(&log, "t", &expected.iter().map(|(offset, _)| (0, *offset)).collect())
            .unwrap()
            .into_iter()
            .map(|((_, offset), hash)| (offset, hash))
            .collect();
    assert_eq!(all, expected, "asked all at once");
    for batch in &batches {
        let last = batch.entries().last();
        assert_eq!(batch.last_hash(), last.map(hashed));
        assert_eq!(batch.last_hash().unwrap().0 + 1, batch.next_offset());
    }
    assert!(batches.iter().any(|batch| matches!(batch.last_entry(), Some(LogEntry::Punctuation(_)))));
}
