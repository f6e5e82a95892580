//! Rows that show rows of other tables: which of them a sink is sent, and what they show, against plain maps.

use std::collections::BTreeMap;

use foldline_core::position::Position;
use foldline_core::table::{ColdFault, ColdRows, Origin, Selected, hash_keys, shard_of};
use proptest::prelude::*;

use super::super::changed_rows;
use super::super::restarting::Restarting;
use super::*;
use foldline_base::seed::hash_seed;
use foldline_projection::RowsBatch;
use foldline_testkit::feed::{self, Model, POSTS, STATISTICS, Said, Shown, TRIBES, USERS, shown};

fn said() -> impl Strategy<Value = Said> {
    (0..4_usize, 0..6_u8, 0..3_usize, 0..5_u8)
}

/// Contributes to the row in its shard, as a step does.
fn contribute(fold: &mut Fold, said: Said, at: u64) {
    let contributions = feed::contributions(said);
    let mut hashes = Vec::new();
    hash_keys(&contributions.keys, hash_seed(), &mut hashes);
    let shard = shard_of(hashes[0], fold.shards().len());
    let times = [at as i64];
    let origin = Origin { topic: 0, partition: 0, offsets: &[at], times_ms: &times, late_offsets: &[] };
    let stored = fold.shards()[shard].cold_row(said.0, &contributions.keys.canonical_bytes(0));
    let rows = &mut fold.shards_mut()[shard].tables_mut()[said.0];
    // Without cold rows, the table does not ask.
    let mut cold = Stored(stored.unwrap_or_default());
    rows.apply(&contributions, &origin, Selected::all(&hashes), &mut cold).unwrap();
}

/// The stored row of the one key that is contributed to.
struct Stored(Option<Vec<u8>>);

impl ColdRows for Stored {
    fn fetch(&mut self, _: &[u8]) -> std::result::Result<Option<Vec<u8>>, ColdFault> {
        Ok(self.0.clone())
    }
}

fn receive(sent: &mut BTreeMap<String, Shown>, batches: Vec<RowsBatch>) {
    for RowsBatch { ids, rows, .. } in batches {
        for (row, id) in ids.into_iter().enumerate() {
            sent.insert(id, shown(&rows, row));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_sink_that_is_sent_what_changed_shows_what_the_rows_and_their_targets_hold(
        flushes in proptest::collection::vec(proptest::collection::vec(said(), 0..12), 1..12),
        shards in 1..4_usize,
    ) {
        let mut fold = Fold::new(feed::module(), options(shards, 4_096), None).unwrap();
        for sink in [0, 1] {
            changed_rows::track(&mut fold, sink, true);
        }
        let (mut model, mut at) = (Model::default(), 0);
        // The second sink is flushed half as often.
        let mut sinks = [BTreeMap::new(), BTreeMap::new()];
        for (nth, flush) in flushes.into_iter().enumerate() {
            for said in flush {
                at += 1;
                contribute(&mut fold, said, at);
                model.add(said);
            }
            for (sink, sent) in (0..).zip(sinks.iter_mut()).take(1 + nth % 2) {
                let changed = changed_rows::take(&mut fold, sink, usize::MAX).unwrap();
                receive(sent, changed.expect("every row is in memory"));
                prop_assert_eq!(&*sent, &model.documents());
            }
        }
    }
}

#[test]
fn a_change_that_no_document_shows_sends_nothing() {
    let mut fold = Fold::new(feed::module(), options(2, 4_096), None).unwrap();
    changed_rows::track(&mut fold, 0, true);
    let mut sent = |said: Said, at| {
        contribute(&mut fold, said, at);
        let changed = changed_rows::take(&mut fold, 0, usize::MAX).unwrap().unwrap();
        changed.iter().map(|batch| batch.ids.len()).sum::<usize>()
    };
    assert_eq!(sent((POSTS, 1, 0, 3), 1), 1, "a post of user k3");
    assert_eq!(sent((USERS, 3, 0, 1), 2), 1, "her name");
    assert_eq!(sent((USERS, 3, 2, 1), 3), 0, "a column that no document shows");
    assert_eq!(sent((USERS, 4, 0, 1), 4), 0, "the name of a user without posts");
    assert_eq!(sent((USERS, 3, 1, 2), 5), 1, "the tribe by which the chain goes on");
    assert_eq!(sent((TRIBES, 2, 0, 1), 6), 1, "the name of that tribe");
    assert_eq!(sent((STATISTICS, 1, 0, 1), 7), 1, "the post's own statistics");
}

#[test]
fn more_rows_than_a_flush_may_hold_are_left_to_a_checkpoint() {
    let mut fold = Fold::new(feed::module(), options(2, 4_096), None).unwrap();
    for post in 0..6 {
        contribute(&mut fold, (POSTS, post, 0, 1), u64::from(post));
    }
    for on in [false, true] {
        changed_rows::track(&mut fold, 0, on);
    }
    contribute(&mut fold, (USERS, 1, 0, 1), 7);
    assert_eq!(changed_rows::len(&fold, 0), 1);
    assert!(changed_rows::take(&mut fold, 0, 5).unwrap().is_none(), "six posts show the user");
}

#[test]
fn cold_rows_that_are_shown_are_read_from_the_store_and_cold_holders_need_a_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let mut restarting = Restarting::new(feed::module(), options(2, 4_096), folder.path()).unwrap();
    for (at, said) in
        [(POSTS, 1, 0, 3), (USERS, 3, 0, 1), (USERS, 3, 1, 2), (TRIBES, 2, 0, 4)].into_iter().enumerate()
    {
        contribute(restarting.fold(), said, at as u64);
    }
    restarting.checkpoint(&Position::default()).unwrap();
    // Nothing is in memory.
    restarting.restart(true).unwrap();
    contribute(restarting.fold(), (POSTS, 7, 0, 3), 9);
    let changed = restarting.changed_results().unwrap();
    let mut sent = BTreeMap::new();
    receive(&mut sent, changed);
    let some =
        |key: &str, known, value: Option<&str>| Some((key.to_owned(), known, value.map(str::to_owned)));
    let post =
        vec![some("k3", true, Some("k1")), None, some("k2", true, Some("k4")), some("p7", false, None)];
    assert_eq!(sent, BTreeMap::from([("p7".to_owned(), post)]));
    // Post p1 shows this user, and is not in memory.
    contribute(restarting.fold(), (USERS, 3, 0, 2), 10);
    assert!(changed_rows::take(restarting.fold(), 0, usize::MAX).unwrap().is_none());
}
