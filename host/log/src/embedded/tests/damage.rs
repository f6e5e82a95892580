//! Torn ends are cut off, damage is reported, and the two are not mistaken for each other.

use std::fs;

use super::*;

/// A log of one partition with two appends, the second one of two short blocks. Returns the segment's bytes, and where the
/// second append starts and ends.
fn two_appends(dir: &Path, tuning: Tuning) -> (Vec<u8>, usize, usize) {
    two_appends_of(dir, tuning, |_| "c".to_owned())
}

fn two_appends_of(dir: &Path, tuning: Tuning, value: fn(u64) -> String) -> (Vec<u8>, usize, usize) {
    let log = open(dir, 1, tuning).unwrap();
    let len = |log: &EmbeddedLog| log.topics.read()["t"].partitions[0].writer().len as usize;
    log.append("t", vec![record("a"), record("b")]).unwrap();
    let first = len(&log);
    log.append("t", (0..1_001).map(|n| record(value(n))).collect()).unwrap();
    let second = len(&log);
    drop(log);
    (fs::read(segment(dir, "t", 0)).unwrap(), first, second)
}

#[test]
fn an_append_torn_at_any_byte_is_cut_off_whole() {
    let dir = tempfile::tempdir().unwrap();
    let (bytes, first, second) = two_appends(dir.path(), crashing());
    assert!(second - first < 1_500, "small enough to try every byte");
    for cut in first..second {
        for zeros in [false, true] {
            let mut torn = bytes[..cut].to_vec();
            if zeros {
                torn.resize(bytes.len(), 0);
            }
            fs::write(segment(dir.path(), "t", 0), torn).unwrap();
            let log = open(dir.path(), 1, crashing()).unwrap();
            assert_eq!(values(&log, "t").unwrap(), [["a", "b"]], "cut at {cut}");
            if cut % 16 == 0 {
                log.append("t", vec![record("d")]).unwrap();
                drop(log);
                let log = open(dir.path(), 1, crashing()).unwrap();
                assert_eq!(values(&log, "t").unwrap(), [["a", "b", "d"]], "cut at {cut}, then appended to");
            }
        }
    }
}

#[test]
fn an_append_whose_sectors_came_in_another_order_is_cut_off_whole() {
    let dir = tempfile::tempdir().unwrap();
    let hardly_compressible = |n: u64| (n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 44).to_string();
    let (bytes, first, second) = two_appends_of(dir.path(), crashing(), hardly_compressible);
    let sectors: Vec<_> = (first / 512..=(second - 1) / 512).collect();
    assert!((6..12).contains(&sectors.len()), "{} sectors", sectors.len());
    for missing in 1_u32..1 << sectors.len() {
        let mut torn = bytes.clone();
        for (at, sector) in sectors.iter().enumerate() {
            if missing & (1 << at) != 0 {
                torn[(sector * 512).max(first)..((sector + 1) * 512).min(second)].fill(0);
            }
        }
        fs::write(segment(dir.path(), "t", 0), torn).unwrap();
        let log = open(dir.path(), 1, crashing()).unwrap();
        assert_eq!(values(&log, "t").unwrap(), [["a", "b"]], "missing {missing:b}");
    }
}

#[test]
fn every_flipped_bit_is_noticed_before_it_costs_a_record() {
    for sealed in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        let tuning = if sealed { Tuning::default() } else { crashing() };
        let (bytes, _, data_end) = two_appends(dir.path(), tuning);
        for at in 0..(data_end + 128).min(bytes.len()) {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << (at % 8);
            fs::write(segment(dir.path(), "t", 0), damaged).unwrap();
            match open(dir.path(), 1, crashing()) {
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::Corrupt);
                    assert!(error.message().contains("00000000000000000000.seg"), "{error}");
                }
                Ok(log) => {
                    assert!(at >= data_end, "a bit of byte {at} went unnoticed (sealed: {sealed})");
                    assert_eq!(values(&log, "t").unwrap()[0].len(), 1_003);
                }
            }
        }
    }
}

#[test]
fn zeroed_sectors_of_sealed_data_are_damage() {
    let dir = tempfile::tempdir().unwrap();
    let (bytes, _, data_end) = two_appends(dir.path(), Tuning::default());
    for start in (0..data_end).step_by(512) {
        let mut damaged = bytes.clone();
        damaged[start..(start + 512).min(data_end)].fill(0);
        fs::write(segment(dir.path(), "t", 0), damaged).unwrap();
        assert_eq!(open(dir.path(), 1, crashing()).err().map(|error| error.kind()), Some(ErrorKind::Corrupt));
    }
}

#[test]
fn damage_in_an_earlier_segment_is_noticed_when_it_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let tuning = || Tuning { segment_bytes: 1, ..Tuning::default() };
    let log = open(dir.path(), 1, tuning()).unwrap();
    for value in ["a", "b", "c"] {
        log.append("t", vec![record(value)]).unwrap();
    }
    drop(log);
    let path = dir.path().join("t/0/00000000000000000001.seg");
    let bytes = fs::read(&path).unwrap();
    let cases = (0..bytes.len()).map(|at| {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1 << (at % 8);
        damaged
    });
    // Truncated and missing files are noticed at start: see `identity`.
    for damaged in cases {
        fs::write(&path, damaged).unwrap();
        let log = open(dir.path(), 1, tuning()).unwrap();
        let mut reader =
            log.reader(&[Start { topic: "t".to_owned(), partition: 0, next_offset: 0 }]).unwrap();
        assert_eq!(
            reader.poll(1 << 20, Duration::ZERO).unwrap()[0].len(),
            1,
            "what precedes the damage is read"
        );
        for _ in 0..2 {
            let error = reader.poll(1 << 20, Duration::ZERO).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Corrupt);
            assert!(error.message().contains("offset 1"), "{error}");
        }
    }
}

#[test]
fn an_append_to_several_files_counts_only_once_it_is_committed() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path(), 2, crashing()).unwrap();
    let both = |value: &str| vec![in_partition(0, value), in_partition(1, value)];
    log.append("t", both("a")).unwrap();
    let commits = fs::read(dir.path().join("commits")).unwrap();
    let position = log.append_all(vec![("t".to_owned(), both("b")), ("u".to_owned(), both("b"))]).unwrap();
    assert_eq!(position.to_string(), "t:0:2,t:1:2,u:0:1,u:1:1");
    drop(log);
    // The crash came before the commit: the last write of the commits file never happened.
    fs::write(dir.path().join("commits"), commits).unwrap();
    let log = open(dir.path(), 2, crashing()).unwrap();
    assert_eq!(values(&log, "t").unwrap(), [["a"], ["a"]]);
    assert_eq!(values(&log, "u").unwrap(), [[""; 0]; 2]);
    log.append("t", both("c")).unwrap();
    drop(log);
    let log = open(dir.path(), 2, crashing()).unwrap();
    assert_eq!(values(&log, "t").unwrap(), [["a", "c"], ["a", "c"]]);
}

#[test]
fn a_log_without_its_commits_file_does_not_open() {
    let dir = tempfile::tempdir().unwrap();
    two_appends(dir.path(), Tuning::default());
    fs::remove_file(dir.path().join("commits")).unwrap();
    assert_eq!(open(dir.path(), 1, crashing()).err().map(|error| error.kind()), Some(ErrorKind::Corrupt));
}

#[test]
fn a_log_in_use_is_not_opened_again() {
    let dir = tempfile::tempdir().unwrap();
    let _log = open(dir.path(), 1, Tuning::default()).unwrap();
    assert_eq!(
        open(dir.path(), 1, Tuning::default()).err().map(|error| error.kind()),
        Some(ErrorKind::Config)
    );
}
