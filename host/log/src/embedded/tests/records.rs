//! What is appended comes back: once, in order, across restarts and segments, from any offset.

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;
use crate::RecordBatch;

type Expected = BTreeMap<u32, Vec<NewRecord>>;

fn any_record() -> impl Strategy<Value = NewRecord> {
    let bytes = |max| prop::option::of(prop::collection::vec(any::<u8>(), 0..max));
    (bytes(6), bytes(300), any::<i64>(), 0_u32..3).prop_map(|(key, value, time_ms, partition)| NewRecord {
        key,
        value,
        time_ms: Some(time_ms),
        partition: Some(partition),
        ..NewRecord::default()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn records_come_back_from_any_offset_after_restarts_and_new_segments(
        runs in prop::collection::vec(prop::collection::vec(prop::collection::vec(any_record(), 1..20), 1..6), 1..4),
        bytes_max in 1_usize..5_000,
        skip in 0_u64..50,
    ) {
        let dir = tempfile::tempdir().unwrap();
        let mut expected = Expected::new();
        let tuning = Tuning { segment_bytes: 2_000, ..Tuning::default() };
        for appends in runs {
            let log = open(dir.path(), 3, tuning.clone()).unwrap();
            for records in appends {
                for record in &records {
                    expected.entry(record.partition.unwrap()).or_default().push(record.clone());
                }
                let position = log.append("t", records).unwrap();
                for (_, partition, next_offset) in position.iter() {
                    prop_assert_eq!(next_offset, expected[&partition].len() as u64);
                }
            }
        }
        let log = open(dir.path(), 3, tuning).unwrap();
        for (&partition, expected) in &expected {
            let mut next_offset = skip % (expected.len() as u64 + 1);
            let mut reader =
                log.reader(&[Start { topic: "t".to_owned(), partition, next_offset }]).unwrap();
            loop {
                let batches = reader.poll(bytes_max, Duration::ZERO).unwrap();
                if batches.is_empty() {
                    break;
                }
                for record in batches.iter().flat_map(RecordBatch::iter) {
                    let wanted = &expected[next_offset as usize];
                    prop_assert_eq!(record.offset, next_offset);
                    prop_assert_eq!(record.key, wanted.key.as_deref());
                    prop_assert_eq!(record.value, wanted.value.as_deref());
                    prop_assert_eq!(record.time_ms, wanted.time_ms);
                    next_offset += 1;
                }
            }
            prop_assert_eq!(next_offset, expected.len() as u64);
        }
    }
}

#[test]
fn concurrent_appends_are_read_once_and_in_each_callers_order() {
    const CALLERS: usize = 8;
    const APPENDS: usize = 150;
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path(), 3, Tuning { segment_bytes: 20_000, ..Tuning::default() }).unwrap();
    log.ensure_topic("t").unwrap();
    let starts: Vec<_> =
        (0..3).map(|partition| Start { topic: "t".to_owned(), partition, next_offset: 0 }).collect();
    let mut reader = log.reader(&starts).unwrap();
    let mut seen: HashMap<(u32, usize), Vec<usize>> = HashMap::new();
    std::thread::scope(|scope| {
        for caller in 0..CALLERS {
            let log = &log;
            scope.spawn(move || {
                for append in 0..APPENDS {
                    let value = |n| format!("{caller} {}", append * 4 + n);
                    let records = (0..4).map(|n| in_partition((append + n) as u32 % 3, value(n))).collect();
                    log.append("t", records).unwrap();
                }
            });
        }
        let mut count = 0;
        while count < CALLERS * APPENDS * 4 {
            let batches = reader.poll(10_000, Duration::from_secs(60)).unwrap();
            assert!(!batches.is_empty(), "a reader is woken by what is committed");
            for batch in &batches {
                for record in batch.iter() {
                    let value = std::str::from_utf8(record.value.unwrap()).unwrap();
                    let (caller, number) = value.split_once(' ').unwrap();
                    let of_caller = seen.entry((batch.partition(), caller.parse().unwrap())).or_default();
                    of_caller.push(number.parse().unwrap());
                    count += 1;
                }
            }
        }
    });
    assert!(reader.poll(10_000, Duration::ZERO).unwrap().is_empty(), "nothing comes twice");
    assert!(seen.values().all(|numbers| numbers.is_sorted()));
    let mut all: Vec<_> = seen
        .into_iter()
        .flat_map(|((_, caller), numbers)| numbers.into_iter().map(move |number| (caller, number)))
        .collect();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), CALLERS * APPENDS * 4);
}

#[test]
fn partitions_take_turns() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path(), 2, Tuning::default()).unwrap();
    let many = (0..20_000).map(|n| in_partition(0, n.to_string())).collect();
    log.append("t", many).unwrap();
    log.append("t", vec![in_partition(1, "x")]).unwrap();
    let starts: Vec<_> =
        (0..2).map(|partition| Start { topic: "t".to_owned(), partition, next_offset: 0 }).collect();
    let batches = log.reader(&starts).unwrap().poll(200_000, Duration::ZERO).unwrap();
    assert_eq!(batches.iter().take(3).map(RecordBatch::partition).collect::<Vec<_>>(), [0, 1, 0]);
    assert!(batches.iter().map(RecordBatch::len).max() <= Some(4_096));
}

#[test]
fn records_written_one_by_one_are_read_in_large_batches() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path(), 1, Tuning::default()).unwrap();
    for n in 0..50 {
        log.append("t", vec![record(n.to_string())]).unwrap();
    }
    let mut reader = log.reader(&[Start { topic: "t".to_owned(), partition: 0, next_offset: 0 }]).unwrap();
    assert_eq!(reader.poll(1 << 20, Duration::ZERO).unwrap()[0].len(), 50);
}

#[test]
fn an_append_refused_for_one_record_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path(), 2, Tuning::default()).unwrap();
    let error = log.append("t", vec![record("a"), record(vec![b'x'; (1 << 20) + 1])]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Data);
    assert_eq!(error.message(), "record 1 for topic `t` has 1048577 bytes, more than 1048576");
    let error = log.append("t", vec![in_partition(0, "a"), in_partition(2, "b")]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Data);
    assert_eq!(log.append("../t", vec![record("a")]).unwrap_err().kind(), ErrorKind::Data);
    assert_eq!(values(&log, "t").unwrap(), [[""; 0]; 2]);
}

#[test]
fn internal_topics_have_one_partition_and_are_not_listed() {
    let dir = tempfile::tempdir().unwrap();
    let mut options = options(4);
    options.partitions_of.insert("one".to_owned(), 1);
    let log = EmbeddedLog::open(dir.path(), options).unwrap();
    let names = ["foldline.decisions", "one", "t"];
    log.append_all(names.map(|name| (name.to_owned(), vec![record("a")])).to_vec()).unwrap();
    assert_eq!(log.topics().unwrap(), ["one", "t"]);
    assert_eq!(names.map(|name| log.partitions(name).unwrap()), [Some(1), Some(1), Some(4)]);
    assert_eq!(log.partitions("u").unwrap(), None);
    assert_eq!(log.ends("u").unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn a_closed_log_takes_no_appends_and_can_be_read() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path(), 1, Tuning::default()).unwrap();
    log.append("t", vec![record("a")]).unwrap();
    log.close();
    assert_eq!(log.append("t", vec![record("b")]).unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(values(&log, "t").unwrap(), [["a"]]);
}
