//! Which topics there are, and how they are distinguished.

use foldline_base::error::ErrorKind;
use foldline_log::NewRecord;

use crate::kind::LogKind;
use crate::reading::{POLL_BYTES, poll_until, record, start};

/// Only an append or [`foldline_log::Log::ensure_topic`] creates a topic.
pub fn an_unknown_topic_is_not_made_by_asking_for_it(kind: &dyn LogKind) {
    let (known, unknown, log) = (kind.topic(3), kind.unknown_topic(), kind.log());
    assert_eq!(log.partitions(&unknown).expect("an answer"), None);
    assert_eq!(log.topic_id(&unknown).expect("an answer"), None);
    for outcome in [
        log.starts(&unknown).map(drop),
        log.ends(&unknown).map(drop),
        log.reader(&[start(&unknown, 0, 0)]).map(drop),
        log.punctuate(&unknown, None, 5).map(drop),
    ] {
        let error = outcome.expect_err("there is no such topic");
        assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
        assert!(error.message().contains(&unknown), "{error}");
    }
    let topics = log.topics().expect("an answer");
    assert!(topics.contains(&known) && !topics.contains(&unknown) && topics.is_sorted(), "{topics:?}");
    assert_eq!(log.partitions(&known).expect("an answer"), Some(3));
    for _ in 0..2 {
        assert!(log.ensure_topic(&unknown).expect("an answer"), "now it is there");
    }
    let partitions = log.partitions(&unknown).expect("an answer").expect("now it is there");
    assert_eq!(log.ends(&unknown).expect("an answer"), vec![0; partitions as usize]);
    assert!(log.topics().expect("an answer").contains(&unknown));
}

/// Ids do not change, and no two topics share one.
pub fn ids_tell_logs_and_topics_apart(kind: &dyn LogKind) {
    let (one, other, log) = (kind.topic(1), kind.topic(1), kind.log());
    let ids = [log.id(), log.topic_id(&one), log.topic_id(&other)].map(|id| id.expect("an answer"));
    if !kind.capabilities().has_ids.holds() {
        return assert_eq!(ids, [None, None, None], "the kind claims not to have any");
    }
    assert!(ids.iter().all(Option::is_some), "{ids:?}");
    assert!(ids[0] != ids[1] && ids[1] != ids[2] && ids[2] != ids[0], "{ids:?}");
    log.append(&one, vec![record(0, "a")]).expect("it is appended");
    drop(log);
    let log = kind.restart();
    assert_eq!([log.id(), log.topic_id(&one), log.topic_id(&other)].map(|id| id.expect("an answer")), ids);
}

/// Readers that ask for them get the ids of messages and the marks of changes with the records.
pub fn ids_of_records_come_back_to_readers_that_ask_for_them(kind: &dyn LogKind) {
    let (topic, log) = (kind.topic(1), kind.log());
    let with_id = |id: &str| NewRecord { id: Some(id.to_owned()), ..record(0, id) };
    let records = vec![with_id("one"), record(0, "without"), with_id("two")];
    log.append(&topic, records).expect("it is appended");
    let mut reader = log.marked_reader(&[start(&topic, 0, 0)]).expect("it opens");
    let batches =
        poll_until(reader.as_mut(), POLL_BYTES, |batch| batch.is_some_and(|batch| batch.next_offset() == 3));
    let id = |id: Option<&[u8]>| id.map(|id| String::from_utf8(id.to_vec()).expect("a text"));
    let ids: Vec<_> =
        batches.iter().flat_map(|batch| (0..batch.len()).map(move |row| id(batch.id(row)))).collect();
    if kind.capabilities().keeps_record_ids.holds() {
        assert_eq!(ids, [Some("one".to_owned()), None, Some("two".to_owned())]);
    } else {
        assert_eq!(ids, [None, None, None], "the kind claims not to keep them");
    }
}
