//! A log of version 1 (`version_1/`, never edited) is read, and continued in version 2.

use std::fs;

use super::*;
use crate::witness::hashed;
use crate::{LogEntry, RecordBatch};

fn frozen() -> tempfile::TempDir {
    fn copy(from: &Path, to: &Path) {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let path = entry.unwrap().path();
            let to = to.join(path.file_name().unwrap());
            if path.is_dir() {
                copy(&path, &to);
            } else {
                fs::copy(&path, &to).unwrap();
            }
        }
    }
    let dir = tempfile::tempdir().unwrap();
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/embedded/tests/version_1"), dir.path());
    dir
}

/// The values that were appended in version 1, by partition of `t`.
fn expected() -> [Vec<String>; 2] {
    let mut expected = [Vec::new(), Vec::new()];
    for n in 0..60_u32 {
        let value = format!("value {n} ").repeat(n as usize % 7);
        expected[n as usize % 2].push(value.clone());
        expected[0].push(value);
        if n % 10 == 0 {
            expected.iter_mut().for_each(|partition| partition.push(format!("@{n}")));
        }
    }
    expected[0].extend((0..250).map(|n| format!("many {n}")));
    expected[1].push("none".to_owned());
    expected
}

fn batches(log: &EmbeddedLog, topic: &str, partition: u32) -> Vec<RecordBatch> {
    let mut reader = log.reader(&[Start { topic: topic.to_owned(), partition, next_offset: 0 }]).unwrap();
    let mut batches = Vec::new();
    loop {
        match reader.poll(1 << 20, Duration::ZERO).unwrap() {
            more if more.is_empty() => return batches,
            more => batches.extend(more),
        }
    }
}

fn texts(log: &EmbeddedLog, partition: u32) -> Vec<String> {
    let text = |entry: LogEntry<'_>| match entry {
        LogEntry::Record(record) => {
            record.value.map_or("none".to_owned(), |value| String::from_utf8(value.to_vec()).unwrap())
        }
        LogEntry::Punctuation(punctuation) => format!("@{}", punctuation.time_ms),
    };
    batches(log, "t", partition).iter().flat_map(RecordBatch::entries).map(text).collect()
}

fn versions(dir: &Path) -> Vec<u8> {
    let mut files: Vec<_> =
        fs::read_dir(dir.join("t/0")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some());
    files.sort();
    let mut versions = Vec::new();
    for file in files {
        let bytes = fs::read(file).unwrap();
        let mut at = 0;
        while let Ok(header) = header::BlockHeader::decode(&bytes[at..]) {
            versions.push(header.version);
            at += header.block_bytes() as usize;
        }
    }
    versions
}

#[test]
fn a_log_of_version_1_is_read_and_goes_on_in_version_2() {
    let dir = frozen();
    assert!(versions(dir.path()).iter().all(|&version| version == 1));
    let mut expected = expected();
    let mut ids = None;
    for round in 0..3 {
        let log = open(dir.path(), 2, Tuning { segment_bytes: 1_500, ..Tuning::default() }).unwrap();
        for partition in 0..2 {
            assert_eq!(texts(&log, partition), expected[partition as usize], "round {round}");
        }
        let of_round = (log.id().unwrap(), log.topic_id("t").unwrap());
        assert_eq!(*ids.get_or_insert(of_round.clone()), of_round, "once it has an id, it keeps it");
        let mail: Vec<_> = (0..2).flat_map(|partition| batches(&log, "mail", partition)).collect();
        let sent = |batch: &RecordBatch| {
            (0..batch.len()).map(|row| batch.id(row).unwrap().to_vec()).collect::<Vec<_>>()
        };
        let mut ids: Vec<_> = mail.iter().flat_map(sent).collect();
        ids.sort();
        assert_eq!(ids, ["likes/0/0", "likes/0/1", "likes/0/2"].map(|id| id.as_bytes().to_vec()));
        for partition in 0..2 {
            log.append("t", vec![in_partition(partition, format!("round {round}"))]).unwrap();
            expected[partition as usize].push(format!("round {round}"));
        }
    }
    let versions = versions(dir.path());
    assert!(versions.is_sorted() && versions.contains(&1) && versions.contains(&2), "{versions:?}");
    assert_eq!(
        hashed(batches(&open(dir.path(), 2, crashing()).unwrap(), "t", 0)[0].entries().next().unwrap()),
        (0, 17_013_984_938_164_501_799)
    );
}

#[test]
fn after_the_change_no_file_of_version_1_passes_for_a_newer_one() {
    let dir = frozen();
    let newest = |dir: &Path| {
        let files = fs::read_dir(dir.join("t/0")).unwrap().map(|entry| entry.unwrap().path());
        files.filter(|path| path.extension().is_some()).max().unwrap()
    };
    let tuning = || Tuning { segment_bytes: 1, ..Tuning::default() };
    let log = open(dir.path(), 2, tuning()).unwrap();
    log.append("t", vec![in_partition(0, "a")]).unwrap();
    drop(log);
    let file = newest(dir.path());
    // A block of version 1 at that offset, as another log may hold.
    let mut bytes = fs::read(&file).unwrap();
    bytes[4] = 1;
    bytes[32..40].fill(0);
    let crc = crc32c::crc32c(&bytes[..56]);
    bytes[56..60].copy_from_slice(&crc.to_le_bytes());
    fs::write(&file, bytes).unwrap();
    let error = open(dir.path(), 2, tuning()).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert!(error.message().contains("of an older format"), "{error}");
}
