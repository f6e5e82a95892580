//! A relay over the real embedded log, with a hand-written module.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use foldline_core::position::Position;
use proptest::prelude::*;

use super::*;
use foldline_decode::DecodeLimits;
use foldline_log::embedded::{EmbeddedLog, EmbeddedOptions};
use foldline_log::{Log, NewRecord, RecordBatch, RecordRef, Start};
use foldline_module::ValidatedModule;
use foldline_source::feed::Feeds;
use foldline_source::skipping::{SkipBook, Skipped};
use foldline_source::threads;
use foldline_testkit::canned::{deeds, mail};
use foldline_testkit::engine;

const PATIENCE: Duration = Duration::from_secs(60);

fn module() -> ValidatedModule {
    engine().validate(None, &mail("mail").build()).unwrap()
}

fn open(dir: &Path) -> Arc<EmbeddedLog> {
    let options = EmbeddedOptions {
        partitions: 2,
        partitions_of: BTreeMap::new(),
        record_bytes_max: 1 << 20,
        clock: Arc::new(|| 1_800_000_000_000),
    };
    Arc::new(EmbeddedLog::open(&dir.join("log"), options).unwrap())
}

fn value(like: i64, deed: i64) -> Vec<u8> {
    format!(r#"{{"post_id":"p{}","user_id":"u{like}","timestamp":{}}}"#, like % 7, 16 * like + deed)
        .into_bytes()
}

fn append(log: &EmbeddedLog, likes: std::ops::Range<i64>) {
    let like = |like: i64| NewRecord {
        value: Some(value(like, 0)),
        partition: Some((like % 2) as u32),
        ..NewRecord::default()
    };
    log.append("likes", likes.map(like).collect()).unwrap();
}

/// Relays until everything before the log's end is sent, then stops.
fn relay_all(dir: &Path, log: &Arc<EmbeddedLog>, from_start: bool) -> Frontier {
    relay_without(dir, log, from_start, Arc::default())
}

/// As [`relay_all`], without the records that are skipped.
fn relay_without(dir: &Path, log: &Arc<EmbeddedLog>, from_start: bool, skips: Arc<SkipBook>) -> Frontier {
    let handle = Arc::new(RelayHandle::new("mail", "0.1.0", vec!["likes".into()], Arc::default()));
    let target = Arc::new(EmbeddedTarget::new(Arc::clone(log)));
    let config = RelayConfig {
        skips,
        module: module(),
        feeds: Arc::new(Feeds::new(target.log(), threads(Some(1)).unwrap(), DecodeLimits::default())),
        target,
        limits: DecodeLimits::default(),
        owner: "a test".to_owned(),
        sent_file: dir.join("mail.json"),
        start_at: if from_start { StartAt::FirstRecord } else { StartAt::Promotion(Position::default()) },
    };
    let relay = Relay::start(config, Arc::clone(&handle)).unwrap();
    let deadline = Instant::now() + PATIENCE;
    loop {
        let progress = handle.progress();
        assert_eq!((&progress.trouble, &progress.halted), (&None, &None));
        let end = foldline_source::assignment::log_end(&**log, &["likes".to_owned()]).unwrap();
        if let Some(frontier) = progress.frontier.filter(|frontier| frontier.position.covers(&end)) {
            drop(relay);
            return frontier;
        }
        assert!(Instant::now() < deadline, "{:?} is not sent", handle.progress());
        std::thread::yield_now();
    }
}

/// The ids of all messages, with their values.
fn sent(log: &EmbeddedLog) -> Vec<(String, String)> {
    let Some(partitions) = log.partitions("mail").unwrap() else { return Vec::new() };
    let starts: Vec<Start> =
        (0..partitions).map(|partition| Start { topic: "mail".into(), partition, next_offset: 0 }).collect();
    let mut reader = log.reader(&starts).unwrap();
    let mut sent = Vec::new();
    loop {
        let batches = reader.poll(1 << 20, Duration::ZERO).unwrap();
        if batches.is_empty() {
            sent.sort();
            return sent;
        }
        for batch in batches {
            for row in 0..batch.len() {
                let text = |bytes: Option<&[u8]>| String::from_utf8(bytes.unwrap().to_vec()).unwrap();
                sent.push((text(batch.id(row)), text(batch.get(row).value)));
            }
        }
    }
}

fn expected(likes: std::ops::Range<i64>) -> Vec<(String, String)> {
    let mut expected: Vec<_> =
        likes.map(|like| (format!("mail/likes/{}/{}/0", like % 2, like / 2), format!("u{like}"))).collect();
    expected.sort();
    expected
}

#[test]
fn a_relay_that_takes_a_name_over_goes_on_at_the_frontier() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path());
    append(&log, 0..100);
    let first = relay_all(dir.path(), &log, true);
    assert_eq!((first.sent, first.position.to_string().as_str()), (100, "likes:0:50,likes:1:50"));
    // Records that came while no relay ran are neither lost nor sent twice, whichever relay continues.
    append(&log, 100..300);
    assert_eq!(relay_all(dir.path(), &log, true).sent, 300);
    drop(log);
    let log = open(dir.path());
    append(&log, 300..400);
    assert_eq!(relay_all(dir.path(), &log, false).sent, 400);
    assert_eq!(sent(&log), expected(0..400));
}

#[test]
fn a_relay_passes_over_what_it_skips_whatever_stands_around_it() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path());
    append(&log, 0..100);
    let book = Arc::new(SkipBook::default());
    let mut skips = foldline_core::skips::Skips::default();
    skips.skip("likes", 0, 3..7);
    skips.skip("likes", 1, 0..1);
    // If only the projection's versions skipped these records, the relay would send them.
    book.set("mail", Skipped { versions: Arc::new(skips.clone()), relay: Arc::new(skips) });
    let frontier = relay_without(dir.path(), &log, true, book);
    assert_eq!((frontier.sent, frontier.position.to_string().as_str()), (95, "likes:0:50,likes:1:50"));
    let is_skipped = |like: i64| like % 2 == 0 && (3..7).contains(&(like / 2)) || like == 1;
    let mut kept: Vec<_> =
        (0..100).filter(|&like| !is_skipped(like)).flat_map(|like| expected(like..like + 1)).collect();
    kept.sort();
    assert_eq!(sent(&log), kept);
}

#[test]
fn records_that_cannot_be_relayed_are_counted_and_hold_up_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path());
    let record =
        |value: Vec<u8>| NewRecord { value: Some(value), partition: Some(0), ..NewRecord::default() };
    let values =
        [value(0, 0), value(1, deeds::TRAP), b"no JSON".to_vec(), value(3, deeds::REFUSE), value(4, 0)];
    log.append("likes", values.map(record).to_vec()).unwrap();
    let frontier = relay_all(dir.path(), &log, true);
    assert_eq!((frontier.sent, frontier.dead_letters), (2, 3));
    let reasons: Vec<&str> = frontier.letters.iter().map(|letter| letter.reason.as_str()).collect();
    assert!(reasons[0].contains("trapped") && reasons[1].contains("invalid JSON"), "{reasons:?}");
    assert!(reasons[2].contains("answered with an error"), "{reasons:?}");
    assert_eq!(frontier.letters.iter().map(|letter| letter.offset).collect::<Vec<_>>(), [1, 2, 3]);
    let ids: Vec<String> = sent(&log).into_iter().map(|(id, _)| id).collect();
    assert_eq!(ids, ["mail/likes/0/0/0", "mail/likes/0/4/0"]);
}

#[test]
fn the_frontier_is_found_behind_those_of_many_others() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path());
    let mut mine = Frontier { sent: 7, ..Frontier::default() };
    let target = Arc::new(EmbeddedTarget::new(Arc::clone(&log)));
    target.open("mine", "a test").send(Vec::new(), &mine).unwrap();
    mine.sent = 8;
    target.open("mine", "a test").send(Vec::new(), &mine).unwrap();
    let other = NewRecord {
        key: Some(b"other".to_vec()),
        value: Some(Frontier::default().encode().unwrap()),
        ..NewRecord::default()
    };
    log.append(frontier::TOPIC, vec![other; 6_000]).unwrap();
    assert_eq!(target.open("mine", "a test").take_over().unwrap(), Some(mine));
    assert_eq!(target.open("nobody", "a test").take_over().unwrap(), None);
}

fn relayed(deeds: &[i64], rows_max: usize) -> RelayedBatch {
    let mut records = RecordBatch::with_capacity("likes".into(), 0, 0, deeds.len(), 0);
    for (offset, deed) in (0..).zip(deeds) {
        let value = value(offset as i64, *deed);
        records.push(RecordRef { offset, time_ms: Some(0), key: None, value: Some(&value) });
    }
    let mut relayer = Relayer::new(module(), &DecodeLimits::default());
    let mut all = RelayedBatch::default();
    for start in (0..deeds.len()).step_by(rows_max) {
        let relayed = relayer.relay(&records, start..deeds.len().min(start + rows_max)).unwrap();
        all.messages.extend(relayed.messages);
        all.dead.extend(relayed.dead);
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    #[test]
    fn messages_and_verdicts_are_the_same_whatever_the_batches(
        deeds in prop::collection::vec(prop_oneof![5 => Just(0_i64), 1 => deeds::TRAP..=deeds::REFUSE], 1..40),
        rows_max in 1_usize..40,
    ) {
        let whole = relayed(&deeds, deeds.len());
        prop_assert_eq!(whole.dead.len(), deeds.iter().filter(|deed| **deed != 0).count());
        prop_assert_eq!(whole.messages.len() + whole.dead.len(), deeds.len());
        prop_assert_eq!(relayed(&deeds, rows_max), whole);
    }
}
