use std::collections::HashMap;

use proptest::prelude::*;

use super::*;
use crate::aggregate::contributed::All;
use crate::column::{BytesColumn, Column, Values};
use crate::key::KeyColumns;
use crate::table::hash::hash_keys;
use crate::table::keys::with_keys;
use crate::trials;

fn texts(keys: &[String]) -> KeyColumns {
    let mut bytes = BytesColumn::default();
    keys.iter().for_each(|key| bytes.push(key.as_bytes()));
    Column::from_parts(keys.len(), Values::Texts(bytes), None).unwrap().into()
}

/// Few letters, so that keys repeat and some differ in length only; lengths around the longest that is held in place.
fn any_keys() -> impl Strategy<Value = Vec<String>> {
    proptest::collection::vec(prop_oneof!["[ab\0]{1,4}", "[ab]{13,18}", "a{1,40}"], 0..400)
}

fn slots_of(index: &mut KeyIndex, keys: &[String]) -> Vec<u32> {
    let (keys, mut hashes, mut slots) = (texts(keys), Vec::new(), Vec::new());
    hash_keys(&keys, index.seed(), &mut hashes);
    with_keys!(keys, keys => index.slots_of(keys, &hashes, All(keys.len()), &mut slots));
    slots
}

proptest! {
    #![proptest_config(trials::usual())]

    #[test]
    fn slots_are_those_of_a_map_in_order_of_first_appearance(batches in proptest::collection::vec(any_keys(), 1..4)) {
        let mut index = KeyIndex::default();
        let mut oracle = HashMap::new();
        for batch in &batches {
            let slots = slots_of(&mut index, batch);
            for (key, &slot) in batch.iter().zip(&slots) {
                let next = oracle.len() as u32;
                prop_assert_eq!(slot, *oracle.entry(key.clone()).or_insert(next));
            }
            prop_assert_eq!(slots.len(), batch.len());
        }
        prop_assert_eq!(index.len(), oracle.len());
        for (key, &slot) in &oracle {
            prop_assert_eq!(index.get(slot), key.as_bytes());
            prop_assert_eq!(index.find(key.as_bytes()), Some(slot));
        }
        prop_assert_eq!(index.find(b"never there"), None);
    }

    #[test]
    fn a_list_of_keys_gets_the_slots_that_these_keys_alone_would_get(
        keys in any_keys(),
        taken in proptest::collection::vec(any::<bool>(), 400),
    ) {
        let rows: Vec<u32> = (0..keys.len() as u32).filter(|&row| taken[row as usize]).collect();
        let some: Vec<String> = rows.iter().map(|&row| keys[row as usize].clone()).collect();
        let (column, mut hashes, mut slots) = (texts(&keys), Vec::new(), Vec::new());
        hash_keys(&column, HashSeed::default(), &mut hashes);
        with_keys!(column, keys => KeyIndex::default().slots_of(keys, &hashes, &rows[..], &mut slots));
        prop_assert_eq!(slots, slots_of(&mut KeyIndex::default(), &some));
    }

    #[test]
    fn compacting_keeps_the_keys_that_stay_and_no_room_for_those_that_go(
        keys in any_keys(),
        stays in proptest::collection::vec(any::<bool>(), 400),
        more in any_keys(),
    ) {
        let mut index = KeyIndex::default();
        slots_of(&mut index, &keys);
        let all: Vec<Vec<u8>> = (0..index.len() as u32).map(|slot| index.get(slot).to_vec()).collect();
        let mut kept = Vec::new();
        let renumbering = Renumbering::keeping(all.len(), |slot| {
            let stays = stays[slot as usize];
            kept.extend(stays.then(|| all[slot as usize].clone()));
            stays
        });
        index.compact(&renumbering);
        let arena_bytes = kept.iter().map(Vec::len).filter(|&len| len > INLINE_MAX).sum();
        prop_assert_eq!(index.arena_bytes(), arena_bytes);
        prop_assert!(index.heap_bytes() <= KeyIndex::compact_bytes(kept.len(), arena_bytes));
        for (slot, key) in (0..).zip(&all) {
            prop_assert_eq!(index.find(key), renumbering.new_slot(slot));
        }
        let slots = slots_of(&mut index, &more);
        for (key, &slot) in more.iter().zip(&slots) {
            prop_assert_eq!(index.get(slot), key.as_bytes());
        }
        for (slot, key) in (0..).zip(&all) {
            if let Some(new_slot) = renumbering.new_slot(slot) {
                prop_assert_eq!(index.get(new_slot), &key[..]);
            }
        }
    }
}

#[test]
fn keys_chosen_to_lie_in_one_place_lie_apart_under_another_seed() {
    let place = |key: &[u8; 8]| index_half(hash(key, HashSeed::default())) >> 20;
    let keys = trials::all_or(1_000, 300);
    let chosen: Vec<_> = (0u64..).map(u64::to_be_bytes).filter(|key| place(key) == 0).take(keys).collect();
    let steps = |seed| {
        let mut index = KeyIndex::new(seed);
        work::of(|| chosen.iter().for_each(|key| assert_eq!(index.insert(key) as usize, index.len() - 1)))
    };
    assert!(steps(HashSeed::default()) > 100 * keys as u64, "they were chosen well");
    assert!(steps(HashSeed(7)) < 10 * keys as u64);
}

#[test]
fn keys_that_share_a_hash_stay_apart() {
    let mut index = KeyIndex::default();
    for n in 0..100u8 {
        assert_eq!(index.find_or_insert(&[n], pack(&[n]), u32::MAX), u32::from(n));
    }
    for n in 0..100u8 {
        assert_eq!(index.find_or_insert(&[n], pack(&[n]), u32::MAX), u32::from(n));
    }
    assert_eq!(index.len(), 100);
}
