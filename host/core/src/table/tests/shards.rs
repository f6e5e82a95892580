//! A table cut into shards holds what the whole table would hold.

use super::*;
use crate::trials;

/// The contributions that each shard takes.
fn lists(hashes: &[u64], shards: usize) -> Vec<Vec<u32>> {
    let mut lists = vec![Vec::new(); shards];
    for (row, &hash) in (0..).zip(hashes) {
        lists[shard_of(hash, shards)].push(row);
    }
    lists
}

proptest! {
    #![proptest_config(trials::usual())]

    /// Even if one record contributes to rows of several shards, whose stamps count the record's contributions.
    #[test]
    fn the_number_of_shards_does_not_show_in_rows(
        events in any_events(),
        steps in proptest::collection::vec(0u32..2, 150),
        shards in 1usize..6,
    ) {
        let mut contributions = contributions(&events);
        let mut record = 0;
        for (source_row, step) in contributions.source_rows[1..].iter_mut().zip(&steps) {
            record += step;
            *source_row = record;
        }
        let offsets: Vec<u64> = (7..).take(events.len()).collect();
        // Few times, so that ties are broken by offsets, and then by numbers within a record.
        let times_ms: Vec<i64> = events.iter().map(|event| event.time_ms / 4).collect();
        let origin = Origin { topic: 0, partition: 0, offsets: &offsets, times_ms: &times_ms, late_offsets: &[] };
        let mut whole = Table::new(&full_spec()).unwrap();
        add(&mut whole, &contributions, &origin);

        let mut hashes = Vec::new();
        hash_keys(&contributions.keys, HashSeed::default(), &mut hashes);
        let (mut all, mut changed) = (Vec::new(), 0);
        for list in lists(&hashes, shards) {
            let mut shard = Table::new(&full_spec()).unwrap();
            shard.apply(&contributions, &origin, Selected::listed(&hashes, &list), &mut NoColdRows).unwrap();
            all.extend(rows(&shard));
            changed += shard.take_changed(Mark::Flush(0)).len();
        }
        all.sort();
        prop_assert_eq!(&all, &rows(&whole));
        prop_assert_eq!(changed, whole.len());
    }
}

#[test]
fn a_shard_without_contributions_stays_as_it_is() {
    let mut table = Table::new(&full_spec()).unwrap();
    let contributions = contributions(&[event("k", 1)]);
    let origin = Origin { topic: 0, partition: 0, offsets: &[0], times_ms: &[0], late_offsets: &[] };
    let mut hashes = Vec::new();
    hash_keys(&contributions.keys, HashSeed::default(), &mut hashes);
    table.apply(&contributions, &origin, Selected::listed(&hashes, &[]), &mut NoColdRows).unwrap();
    assert!(table.is_empty());
}

#[test]
#[should_panic(expected = "hashes are those of the keys")]
fn hashes_of_other_keys_are_noticed() {
    let mut table = Table::new(&full_spec()).unwrap();
    let contributions = contributions(&[event("k", 1)]);
    let origin = Origin { topic: 0, partition: 0, offsets: &[0], times_ms: &[0], late_offsets: &[] };
    let _ = table.apply(&contributions, &origin, Selected::all(&[1]), &mut NoColdRows);
}
