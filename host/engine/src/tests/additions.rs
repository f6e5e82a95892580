//! A partition that is added after windows have advanced: the running state and every replay agree.

use std::collections::BTreeSet;

use serde_json::json;

use super::*;
use foldline_testkit::canned::Body;

const LABEL: &str = "like-count@0.1.0";

/// Likes in windows of 1.6 s; events are out of order by at most 160 ms.
fn windowed() -> ValidatedModule {
    let mut guest = echo("like-count", "timestamp");
    let Body::Answer(description) = &mut guest.describe else { unreachable!("it describes itself") };
    description["inputs"][0]["out-of-orderness-ms"] = json!(160);
    description["tables"][0]["window"] = json!({"tumbling": 1_600});
    foldline_testkit::engine().validate(None, &guest.build()).unwrap()
}

/// Likes in a partition. Times are given in units of 16 ms, so that the guest does nothing else with them.
fn batch(partition: u32, first: u64, times: &[i64]) -> RecordBatch {
    let mut records = RecordBatch::with_capacity("likes".into(), partition, first, 0, 0);
    for (at, time) in times.iter().enumerate() {
        let (offset, time_ms) = (first + at as u64, time * 16);
        let (post, user) = (offset % 3, offset * 2 + u64::from(partition));
        let value = format!(r#"{{"post_id":"p{post}","user_id":"u{user}","timestamp":{time_ms}}}"#);
        records.push(RecordRef { offset, time_ms: Some(time_ms), key: None, value: Some(value.as_bytes()) });
    }
    records
}

fn fold(fold: &mut Fold, records: RecordBatch) {
    let mut dead = Vec::new();
    fold.fold(records, &mut dead).unwrap();
    assert_eq!(dead, []);
}

#[test]
fn a_partition_that_was_added_is_the_same_in_state_that_goes_on_and_in_every_replay() {
    let module = windowed();
    let added_partitions = Arc::new(AddedPartitions::decided([], BTreeSet::new()));
    let begun = || {
        let options = FoldOptions { added_partitions: Arc::clone(&added_partitions), ..options(2, 64) };
        let mut fold = Fold::new(module.clone(), options, None).unwrap();
        if added_partitions.counted("likes").is_none() {
            fold.set_partitions("likes", 1).unwrap();
        }
        fold.count_additions().unwrap();
        fold
    };
    let (old, later): (Vec<i64>, Vec<i64>) = ((0..1_000).collect(), (1_000..1_500).collect());
    // The first three lie before the sealed event time, the next two between it and the event time at which the partition
    // begins.
    let added = [5, 700, 988, 989, 990, 1_020, 1_010, 1_400, 1_499];
    let mut live = begun();
    fold(&mut live, batch(0, 0, &old));
    let sealed_ms = live.watermarks().unwrap().all_ms();
    assert_eq!(sealed_ms, Some(999 * 16 - 160));

    added_partitions.claim(LABEL, live.watermarks().unwrap());
    assert_eq!(added_partitions.partitions("likes", 2), Some(1));
    let mut decided = Vec::new();
    let record = |partition, event_time_ms| {
        decided.push((partition, event_time_ms));
        Ok(())
    };
    added_partitions.decide("likes", 2, record).unwrap();
    assert_eq!(decided, [(1, Some(999 * 16))]);
    live.count_additions().unwrap();
    assert_eq!(live.watermarks().unwrap().all_ms(), sealed_ms, "time neither goes back nor on");
    fold(&mut live, batch(1, 0, &added));
    fold(&mut live, batch(0, 1_000, &later));
    assert_eq!(live.applied().late, 3, "what stands more than the bound before the beginning");
    let (fingerprint, checkpointed) = (live.fingerprint(), live.checkpointed());

    for added_first in [false, true] {
        let mut replayed = begun();
        let mut batches = vec![batch(0, 0, &old), batch(0, 1_000, &later)];
        batches.insert(if added_first { 0 } else { 2 }, batch(1, 0, &added));
        batches.into_iter().for_each(|records| fold(&mut replayed, records));
        assert_eq!(replayed.fingerprint(), fingerprint, "added first: {added_first}");
        assert_eq!(replayed.checkpointed(), checkpointed);
    }
}

#[test]
fn a_state_that_has_moved_on_beyond_a_beginning_is_built_again() {
    let module = windowed();
    let added_partitions = AddedPartitions::decided([("likes".to_owned(), 1, Some(16))], BTreeSet::new());
    let added_partitions = Arc::new(added_partitions);
    let options = FoldOptions { added_partitions: Arc::clone(&added_partitions), ..options(1, 64) };
    let mut behind = Fold::new(module, options, None).unwrap();
    behind.set_partitions("likes", 1).unwrap();
    fold(&mut behind, batch(0, 0, &[1_000]));
    assert_eq!(added_partitions.partitions("likes", 2), Some(2));
    let error = behind.count_additions().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Data);
    assert!(error.message().contains("partition 1 of topic `likes` is new"), "{error}");
}
