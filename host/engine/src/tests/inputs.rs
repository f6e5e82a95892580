//! What inputs declare about their records: that they are untimed, and which they select.

use serde_json::{Value, json};

use super::*;
use foldline_log::Punctuation;
use foldline_testkit::canned::{Body, Canned};

/// Reads `likes` with event times and `users` untimed. Each batch contributes its first record to table 0, which has these
/// windows; table 1 has windows of a second.
fn reading_users_untimed(window: Value) -> ValidatedModule {
    let contribution =
        json!({"table": 0, "source-rows": [0], "keys": [{"field": 0}], "values": [{"field": 0}]});
    let guest = Canned::described_0_2(|it| {
        let (mut users, mut windows) = (it["inputs"][0].clone(), it["tables"][0].clone());
        users["topic"] = json!("users");
        users["untimed"] = json!(true);
        it["inputs"] = json!([it["inputs"][0], users]);
        windows["name"] = json!("Windows");
        windows["window"] = json!({"tumbling": 1_000});
        it["tables"][0]["window"] = window;
        it["tables"] = json!([it["tables"][0], windows]);
    });
    let guest = Canned { extract: Body::Answer(json!({"ok": {"contributions": [contribution]}})), ..guest };
    foldline_testkit::engine().validate(None, &guest.build()).unwrap()
}

/// One record of a topic.
fn record(topic: &str, offset: u64, user: &str, time_ms: i64) -> RecordBatch {
    let mut records = RecordBatch::with_capacity(topic.into(), 0, offset, 0, 0);
    let value = format!(r#"{{"user_id":"{user}","timestamp":{time_ms}}}"#);
    records.push(RecordRef { offset, time_ms: None, key: None, value: Some(value.as_bytes()) });
    records
}

fn fold_of(window: Value) -> Fold {
    let mut fold = Fold::new(reading_users_untimed(window), options(1, 4_096), None).unwrap();
    fold.set_partitions("likes", 1).unwrap();
    fold.set_partitions("users", 4).unwrap();
    fold
}

#[test]
fn windows_advance_past_a_topic_that_is_read_untimed() {
    let mut fold = fold_of(json!("unbounded"));
    let mut dead = Vec::new();
    fold.fold(record("likes", 0, "u1", 9_000), &mut dead).unwrap();
    let watermarks = fold.watermarks().unwrap();
    assert_eq!((watermarks.all_ms(), watermarks.topics_without_partitions().count()), (Some(9_000), 0));
    assert_eq!(dead, []);
}

#[test]
fn untimed_records_beside_timed_ones_move_no_time_and_are_never_late() {
    let mut fold = fold_of(json!("unbounded"));
    let mut dead = Vec::new();
    fold.fold(record("likes", 0, "u1", 9_000), &mut dead).unwrap();
    for (offset, time_ms) in (0..).zip([50_000, 3, 70_000, 4]) {
        fold.fold(record("users", offset, "u2", time_ms), &mut dead).unwrap();
    }
    let mut punctuated = RecordBatch::with_capacity("users".into(), 0, 4, 0, 0);
    punctuated.push_punctuation(Punctuation { offset: 4, time_ms: 90_000, append_time: None });
    fold.fold(punctuated, &mut dead).unwrap();
    assert_eq!(fold.watermarks().unwrap().all_ms(), Some(9_000));
    assert_eq!((fold.applied().late, fold.applied().events), (0, 5));
    fold.fold(record("likes", 1, "u3", 8_000), &mut dead).unwrap();
    assert_eq!((fold.applied().late, fold.rows()), (1, 3), "no window, no lateness: the row is there");
    let topics: Vec<_> = fold.checkpointed().largest_times.keys().cloned().collect();
    assert_eq!(topics, ["likes"]);
    assert_eq!(dead, []);
}

#[test]
fn what_an_untimed_record_contributes_to_windows_makes_it_a_dead_letter() {
    let mut fold = fold_of(json!({"tumbling": 60_000}));
    let mut dead = Vec::new();
    fold.fold(record("users", 0, "u1", 9_000), &mut dead).unwrap();
    fold.fold(record("likes", 0, "u2", 9_000), &mut dead).unwrap();
    let reasons: Vec<_> = dead.iter().map(|letter| (&*letter.topic, &*letter.reason)).collect();
    let reason = "contributes to table `Likes`, which has windows, and topic `users` is read untimed";
    assert_eq!(reasons, [("users", reason)]);
    assert_eq!((fold.applied().events, fold.applied().dead_letters), (1, 1));
}

/// Reads two kinds of records of `likes`, which their keys `a` and `b` select, into windows of a second.
fn selecting_by_key() -> Fold {
    let contribution =
        json!({"table": 0, "source-rows": [0], "keys": [{"field": 0}], "values": [{"field": 0}]});
    let guest = Canned::described_0_2(|it| {
        let mut inputs = [it["inputs"][0].clone(), it["inputs"][0].clone()];
        for (input, text) in inputs.iter_mut().zip(["a", "b"]) {
            input["when"] = json!({"source": "key", "texts": [text]});
        }
        it["inputs"] = json!(inputs);
        it["tables"][0]["window"] = json!({"tumbling": 1_000});
    });
    let guest = Canned { extract: Body::Answer(json!({"ok": {"contributions": [contribution]}})), ..guest };
    let module = foldline_testkit::engine().validate(None, &guest.build()).unwrap();
    let mut fold = Fold::new(module, options(1, 4_096), None).unwrap();
    fold.set_partitions("likes", 1).unwrap();
    fold
}

/// Records with these keys and event times.
fn keyed(first: u64, records: &[(&str, i64)]) -> RecordBatch {
    let mut batch = RecordBatch::with_capacity("likes".into(), 0, first, 0, 0);
    for (offset, (key, time_ms)) in (first..).zip(records) {
        let value = format!(r#"{{"user_id":"u1","timestamp":{time_ms}}}"#);
        batch.push(RecordRef {
            offset,
            time_ms: None,
            key: Some(key.as_bytes()),
            value: Some(value.as_bytes()),
        });
    }
    batch
}

#[test]
fn time_runs_over_the_selected_records_in_the_order_of_the_log() {
    let mut fold = selecting_by_key();
    let mut dead = Vec::new();
    // Input after input, the record at 5 s would be late.
    fold.fold(keyed(0, &[("b", 5_000), ("a", 10_000), ("c", 99_000)]), &mut dead).unwrap();
    assert_eq!((fold.applied().late, fold.watermarks().unwrap().all_ms()), (0, Some(10_000)));
    fold.fold(keyed(3, &[("a", 12_000), ("b", 11_000), ("a", 11_500), ("b", 12_000)]), &mut dead).unwrap();
    assert_eq!(fold.applied().late, 2, "one input's records are late by the other's");
    assert_eq!((fold.applied().events, fold.applied().passed_over), (6, 1));
    assert_eq!((fold.position().next_offset("likes", 0), dead), (7, Vec::new()));
}

#[test]
fn what_is_passed_over_is_no_part_of_the_dead_share() {
    let mut fold = selecting_by_key();
    let mut dead = Vec::new();
    for first in (0..2_000).step_by(500) {
        fold.fold(keyed(first, &[("c", 5); 500]), &mut dead).unwrap();
    }
    assert_eq!((fold.applied().passed_over, fold.applied().events, dead.len()), (2_000, 0, 0));
    assert_eq!(fold.watermarks().unwrap().all_ms(), None);
}
