//! Punctuations: entries that are no records.

use foldline_base::error::ErrorKind;
use foldline_log::{NewRecord, RecordBatch};

use crate::kind::LogKind;
use crate::reading::{POLL_BYTES, poll_until, read_to_end, record, seen, start, value_of};

/// A punctuation has its own offset, keeps its place, and does not count as a record. A reader may start at one.
pub fn punctuations_stand_between_records_and_are_none(kind: &dyn LogKind) {
    let (topic, log) = (kind.topic(1), kind.log());
    let mut expected = Vec::new();
    for append in 0..3 {
        let mut records = Vec::new();
        for number in 0..10 {
            let value = format!("{append} {number}");
            records.push(record(0, value.clone()));
            expected.push(value);
            if number % 4 == 0 {
                records.push(NewRecord::punctuation(Some(0), 1_767_225_600_000 + number));
                expected.push(format!("@{}", 1_767_225_600_000 + number));
            }
        }
        let after = log.append(&topic, records).expect("it is appended");
        assert_eq!(after.next_offset(&topic, 0), expected.len() as u64);
    }
    let end = expected.len() as u64;
    assert_eq!(log.ends(&topic).expect("the topic is there"), [end]);
    for from in [0, 1, 2, end - 3] {
        let mut reader = log.reader(&[start(&topic, 0, from)]).expect("it opens");
        let batches = poll_until(reader.as_mut(), POLL_BYTES, |batch| {
            batch.is_some_and(|batch| batch.next_offset() == end)
        });
        let read: Vec<_> = seen(&batches).iter().map(|seen| (seen.offset, value_of(seen))).collect();
        let wanted: Vec<_> = (from..).zip(expected.iter().skip(from as usize).cloned()).collect();
        assert_eq!(read, wanted, "from {from}");
        let records = batches.iter().map(RecordBatch::len).sum::<usize>();
        assert_eq!(records, wanted.iter().filter(|(_, text)| !text.starts_with('@')).count());
    }
}

/// A topic is punctuated in all partitions, or in those that are named.
pub fn a_topic_is_punctuated_in_all_partitions_or_in_some(kind: &dyn LogKind) {
    let (topic, log) = (kind.topic(3), kind.log());
    let after = log.punctuate(&topic, None, 5).expect("it is appended");
    assert_eq!(after.to_string(), format!("{topic}:0:1,{topic}:1:1,{topic}:2:1"));
    let after = log.punctuate(&topic, Some(&[2, 0]), 6).expect("it is appended");
    assert_eq!(after.to_string(), format!("{topic}:0:2,{topic}:2:2"));
    let read: Vec<_> =
        read_to_end(log.as_ref(), &topic).iter().map(|seen| (seen.partition, value_of(seen))).collect();
    let expected = [(0, "@5"), (0, "@6"), (1, "@5"), (2, "@5"), (2, "@6")];
    assert_eq!(read, expected.map(|(partition, text)| (partition, text.to_owned())));
}

/// A punctuation has a time since 1970, and nothing else. An invalid one makes its whole append fail.
pub fn what_is_no_punctuation_is_refused_and_leaves_nothing(kind: &dyn LogKind) {
    let (topic, log) = (kind.topic(2), kind.log());
    let sound = NewRecord::punctuation(Some(0), 5);
    for (bad, what) in [
        (NewRecord { key: Some(b"k".to_vec()), ..sound.clone() }, "a key"),
        (NewRecord { value: Some(b"v".to_vec()), ..sound.clone() }, "a value"),
        (NewRecord { time_ms: None, ..sound.clone() }, "no time"),
        (NewRecord { time_ms: Some(-1), ..sound.clone() }, "a time before 1970"),
        (NewRecord { partition: Some(2), ..sound.clone() }, "a partition that is not there"),
    ] {
        let error = log.append(&topic, vec![record(1, "a"), bad]).expect_err(what);
        assert_eq!(error.kind(), ErrorKind::Data, "{what}: {error}");
    }
    let too_many = vec![NewRecord::punctuation(None, 5); 600_000];
    assert_eq!(log.append(&topic, too_many).expect_err("a million at most").kind(), ErrorKind::Data);
    assert_eq!(log.ends(&topic).expect("the topic is there"), [0, 0]);
    log.append(&topic, vec![sound]).expect("it is appended");
}
