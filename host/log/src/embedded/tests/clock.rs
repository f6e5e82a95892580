//! Append times never go back, whatever the host's clock does.

use std::sync::atomic::{AtomicI64, Ordering};

use super::*;

const NOON_MS: i64 = 1_767_268_800_000;
const HOUR_MS: i64 = 3_600_000;

/// The append time of every record of a topic's first partition.
fn append_times(log: &EmbeddedLog) -> Vec<i64> {
    let mut reader = log.reader(&[Start { topic: "t".to_owned(), partition: 0, next_offset: 0 }]).unwrap();
    let mut times = Vec::new();
    loop {
        let batches = reader.poll(1 << 20, Duration::ZERO).unwrap();
        if batches.is_empty() {
            return times;
        }
        let of_batch = |batch: &crate::RecordBatch| -> Vec<i64> {
            (0..batch.len()).map(|row| batch.append_time(row).unwrap().ms()).collect()
        };
        times.extend(batches.iter().flat_map(of_batch));
    }
}

#[test]
fn append_times_never_go_back_in_a_log() {
    let dir = tempfile::tempdir().unwrap();
    let wall_ms = Arc::new(AtomicI64::new(NOON_MS));
    let open = || {
        let wall_ms = Arc::clone(&wall_ms);
        let options =
            EmbeddedOptions { clock: Arc::new(move || wall_ms.load(Ordering::SeqCst)), ..options(1) };
        EmbeddedLog::open(dir.path(), options).unwrap()
    };
    let log = open();
    log.append("t", vec![record("a")]).unwrap();
    // The last append of the log is to another topic.
    wall_ms.store(NOON_MS + 1_000, Ordering::SeqCst);
    log.append("u", vec![record("b")]).unwrap();
    assert_eq!(log.clock_behind_ms(), 0);
    wall_ms.store(NOON_MS - HOUR_MS, Ordering::SeqCst);
    log.append("t", vec![record("c")]).unwrap();
    assert!(log.clock_behind_ms() > HOUR_MS as u64);
    drop(log);
    let log = open();
    assert!(log.now_ms() > NOON_MS);
    log.append("t", vec![record("d"), NewRecord { time_ms: Some(5), ..record("e") }]).unwrap();
    let times = append_times(&log);
    assert_eq!(times.len(), 4);
    assert_eq!(times[0], NOON_MS);
    assert!(times[1..].iter().all(|&time_ms| time_ms > NOON_MS), "{times:?}");
    assert!(times.is_sorted(), "{times:?}");
    wall_ms.store(NOON_MS + HOUR_MS, Ordering::SeqCst);
    log.append("t", vec![record("f")]).unwrap();
    assert_eq!(
        append_times(&log).last(),
        Some(&(NOON_MS + HOUR_MS)),
        "a clock that was set right is followed"
    );
    assert_eq!(log.clock_behind_ms(), 0);
}
