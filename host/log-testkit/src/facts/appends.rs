//! What an append adds to the log, and what a failed one leaves.

use std::collections::{BTreeMap, BTreeSet};

use foldline_base::error::ErrorKind;
use foldline_log::{NewRecord, partitioner};

use crate::kind::LogKind;
use crate::reading::{
    POLL_BYTES, all_starts, poll_until, read_now, read_to_end, record, seen, start, value_of,
};

/// A null differs from an empty value, and a record's own time comes back.
pub fn records_come_back_with_keys_nulls_empties_and_times(kind: &dyn LogKind) {
    let (topic, log) = (kind.topic(1), kind.log());
    let bytes = |text: &str| Some(text.as_bytes().to_vec());
    let records = [
        (bytes("k"), bytes("v")),
        (None, bytes("")),
        (bytes(""), None),
        (None, None),
        (bytes("ключ"), Some(vec![0, 255, 10])),
    ];
    let timed = |(key, value): &(Option<Vec<u8>>, Option<Vec<u8>>)| NewRecord {
        key: key.clone(),
        value: value.clone(),
        time_ms: Some(1_767_225_600_000),
        ..NewRecord::default()
    };
    let after = log.append(&topic, records.iter().map(timed).collect()).expect("it is appended");
    assert_eq!(after.to_string(), format!("{topic}:0:5"));
    let mut reader = log.reader(&[start(&topic, 0, 0)]).expect("it opens");
    let batches =
        poll_until(reader.as_mut(), POLL_BYTES, |batch| batch.is_some_and(|batch| batch.next_offset() == 5));
    let read: Vec<_> = seen(&batches).into_iter().map(|seen| (seen.key, seen.value)).collect();
    assert_eq!(read, records);
    for batch in &batches {
        assert_eq!(batch.topic().as_ref(), topic);
        assert!((0..batch.len()).all(|row| batch.get(row).time_ms == Some(1_767_225_600_000)));
    }
}

/// The key alone decides the partition, as in Kafka's Java client; within a partition, records stay in the order of the
/// appends.
pub fn a_key_stays_in_one_partition_and_a_partition_keeps_its_order(kind: &dyn LogKind) {
    const PARTITIONS: u32 = 3;
    let (topic, log) = (kind.topic(PARTITIONS), kind.log());
    let key = |number: u32| format!("key {}", number % 17);
    for append in 0..4 {
        let keyed = |number| NewRecord {
            key: Some(key(number).into()),
            value: Some(number.to_string().into()),
            ..NewRecord::default()
        };
        log.append(&topic, (append * 100..(append + 1) * 100).map(keyed).collect()).expect("it is appended");
    }
    let mut numbers: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for seen in read_to_end(log.as_ref(), &topic) {
        let number: u32 = value_of(&seen).parse().expect("a number");
        assert_eq!(seen.key, Some(key(number).into_bytes()));
        assert_eq!(seen.partition, partitioner::partition_of(key(number).as_bytes(), PARTITIONS));
        numbers.entry(seen.partition).or_default().push(number);
    }
    assert_eq!(numbers.len(), PARTITIONS as usize, "each partition has some");
    assert!(numbers.values().all(|numbers| numbers.is_sorted()));
    assert_eq!(numbers.values().map(Vec::len).sum::<usize>(), 400);
}

/// An append to several partitions returns the next offset of each one that it touched, and of no other.
pub fn the_position_of_an_append_is_where_its_partitions_end(kind: &dyn LogKind) {
    let (topic, log) = (kind.topic(3), kind.log());
    assert_eq!(log.ends(&topic).expect("the topic is there"), [0, 0, 0]);
    let after =
        log.append(&topic, vec![record(0, "a"), record(2, "b"), record(0, "c")]).expect("it is appended");
    assert_eq!(after.to_string(), format!("{topic}:0:2,{topic}:2:1"));
    let after = log.append(&topic, vec![record(2, "d")]).expect("it is appended");
    assert_eq!(after.to_string(), format!("{topic}:2:2"));
    assert_eq!(log.append(&topic, Vec::new()).expect("there is nothing to do").iter().count(), 0);
    assert_eq!(log.starts(&topic).expect("the topic is there"), [0, 0, 0]);
    assert_eq!(log.ends(&topic).expect("the topic is there"), [2, 0, 2]);
    let read: Vec<_> = read_to_end(log.as_ref(), &topic).iter().map(value_of).collect();
    assert_eq!(read, ["a", "c", "b", "d"]);
}

/// Concurrent appends neither reorder nor duplicate a caller's records.
pub fn concurrent_appends_are_read_once_and_in_each_callers_order(kind: &dyn LogKind) {
    const CALLERS: u32 = 4;
    const APPENDS: u32 = 25;
    let (topic, log) = (kind.topic(3), kind.log());
    let mut reader = log.reader(&all_starts(log.as_ref(), &topic)).expect("it opens");
    let expected = (CALLERS * APPENDS * 4) as usize;
    let batches = std::thread::scope(|scope| {
        for caller in 0..CALLERS {
            let (log, topic) = (&log, &topic);
            scope.spawn(move || {
                for append in 0..APPENDS {
                    let of = |n: u32| record((append + n) % 3, format!("{caller} {}", append * 4 + n));
                    log.append(topic, (0..4).map(of).collect()).expect("it is appended");
                }
            });
        }
        let mut count = 0;
        poll_until(reader.as_mut(), 10_000, |batch| {
            count += batch.map_or(0, foldline_log::RecordBatch::len);
            count >= expected
        })
    });
    let mut numbers: BTreeMap<(u32, String), Vec<u32>> = BTreeMap::new();
    let mut all = BTreeSet::new();
    for seen in seen(&batches) {
        let value = value_of(&seen);
        let (caller, number) = value.split_once(' ').expect("a caller and a number");
        let of_caller = numbers.entry((seen.partition, caller.to_owned())).or_default();
        of_caller.push(number.parse().expect("a number"));
        assert!(all.insert(value.clone()), "{value} comes twice");
    }
    assert_eq!(all.len(), expected);
    assert!(numbers.values().all(|numbers| numbers.is_sorted()));
}

/// An invalid record is refused before anything is written, and the log continues to work.
pub fn an_append_refused_for_one_record_leaves_nothing(kind: &dyn LogKind) {
    let (topic, log) = (kind.topic(2), kind.log());
    let mut bad = vec![record(2, "in a partition that is not there")];
    if let Ok(bytes_max) = kind.capabilities().record_bytes_max {
        bad.push(record(1, "x".repeat(bytes_max + 1)));
        let longest = NewRecord { key: Some(vec![b'k'; 10]), ..record(1, "x".repeat(bytes_max - 10)) };
        bad.push(NewRecord { key: Some(vec![b'k'; 11]), ..longest.clone() });
        log.append(&topic, vec![longest]).expect("this is as long as may be");
    }
    let ends = log.ends(&topic).expect("the topic is there");
    for bad in bad {
        let error =
            log.append(&topic, vec![record(0, "good"), bad, record(1, "good")]).expect_err("it is refused");
        assert_eq!(error.kind(), ErrorKind::Data, "{error}");
        assert!(error.partly().is_none(), "nothing is in the log");
        assert!(error.message().contains(&topic), "{error}");
    }
    assert_eq!(log.ends(&topic).expect("the topic is there"), ends);
    log.append(&topic, vec![record(0, "good")]).expect("it is appended");
}

/// The error of an append that failed midway says which records are in the log. The others can be appended again, and then
/// each record is in the log once.
pub fn what_became_of_an_append_that_failed_in_part_is_known(kind: &dyn LogKind) {
    let capabilities = kind.capabilities();
    if !capabilities.can_fail_midway.holds() {
        return;
    }
    let failing = kind.failing_append();
    let (log, topic) = (failing.log, failing.topic.as_str());
    let error = log.append(topic, failing.records.clone()).expect_err("it fails");
    let found = |value: &Option<Vec<u8>>| {
        read_to_end(log.as_ref(), topic).iter().filter(|seen| seen.value == *value).count()
    };
    let partly = error.partly();
    if capabilities.appends_all_or_nothing.holds() {
        assert!(partly.is_none(), "{error}: {partly:?}");
        assert_eq!(log.ends(topic).expect("the topic is there"), [0, 0]);
    }
    let mut again = Vec::new();
    let mut written = 0;
    for (number, record) in (0..).zip(&failing.records) {
        let is_in = |ranges: &[std::ops::Range<u64>]| ranges.iter().any(|range| range.contains(&number));
        match partly {
            Some(partly) if is_in(&partly.unknown) => {}
            Some(partly) if !is_in(&partly.missing) => {
                assert_eq!(found(&record.value), 1, "record {number} is in the log: {partly:?}");
                written += 1;
            }
            _ => {
                assert_eq!(found(&record.value), 0, "record {number} is not: {error} {partly:?}");
                again.push(record.clone());
            }
        }
    }
    assert_eq!(partly.map_or(0, |partly| partly.written), written);
    if let Some(partly) = partly {
        for (_, partition, next_offset) in partly.token.iter() {
            assert!(log.ends(topic).expect("the topic is there")[partition as usize] >= next_offset);
        }
    }
    assert!(!again.is_empty());
    match failing.repair {
        Some(repair) => {
            repair();
            log.append(topic, again).expect("it is appended");
            assert!(failing.records.iter().all(|record| found(&record.value) == 1));
        }
        None => drop(log.append(topic, again).expect_err("these the log refuses for good")),
    }
    log.append(topic, vec![record(0, "later")]).expect("the log goes on");
}

/// A restart loses nothing that was acknowledged.
pub fn what_was_acknowledged_is_there_after_a_restart(kind: &dyn LogKind) {
    if !kind.capabilities().outlives_its_process.holds() {
        return;
    }
    let topic = kind.topic(2);
    let mut expected = Vec::new();
    let mut log = kind.log();
    for run in 0..3 {
        log.append(&topic, vec![record(0, format!("{run} a")), record(1, format!("{run} b"))])
            .expect("it is appended");
        log.append(&topic, vec![record(0, format!("{run} c"))]).expect("it is appended");
        expected.extend([format!("{run} a"), format!("{run} b"), format!("{run} c")]);
        drop(log);
        log = kind.restart();
        let mut read: Vec<_> = read_to_end(log.as_ref(), &topic).iter().map(value_of).collect();
        read.sort();
        expected.sort();
        assert_eq!(read, expected);
    }
}

/// No reader sees a record that a crash could still take back.
pub fn nothing_is_read_before_it_is_durable(kind: &dyn LogKind) {
    if !kind.capabilities().writes_before_it_is_durable.holds() {
        return;
    }
    let (topic, log) = (kind.topic(2), kind.log());
    log.append(&topic, vec![record(0, "a"), record(1, "a")]).expect("it is appended");
    for records in [vec![record(0, "b")], vec![record(0, "c"), record(1, "c")]] {
        let before = read_now_or_wait(kind, &topic);
        let found = kind.read_before_durable(&topic, records.clone());
        assert!(!found.is_empty(), "somebody looked");
        assert!(found.iter().all(|found| *found == before), "{found:?}, before {before:?}");
        let after = read_now_or_wait(kind, &topic);
        assert_eq!(after.len(), before.len() + records.len());
    }
}

/// Reads to the topic's end. A remote log may take a moment to return what it holds.
fn read_now_or_wait(kind: &dyn LogKind, topic: &str) -> Vec<crate::Seen> {
    let log = kind.log();
    if log.is_remote() {
        read_to_end(log.as_ref(), topic)
    } else {
        read_now(log.as_ref(), topic).expect("it is read")
    }
}
