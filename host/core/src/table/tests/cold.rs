//! A table whose rows come and go holds what it would hold had they stayed.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::trials;

/// Every row of the last checkpoint, by key.
#[derive(Clone, Default)]
pub(super) struct Store {
    pub(super) rows: BTreeMap<Vec<u8>, Vec<u8>>,
    pub(super) asked: usize,
}

impl ColdRows for Store {
    fn fetch(&mut self, key: &[u8]) -> Result<Option<Vec<u8>>, ColdFault> {
        self.asked += 1;
        Ok(self.rows.get(key).cloned())
    }
}

impl Store {
    /// Makes all changes durable.
    pub(super) fn checkpoint(&mut self, table: &mut Table) {
        for slot in table.take_changed(Mark::Checkpoint) {
            let key = table.key_bytes(slot).to_vec();
            if table.is_gone(slot) {
                self.rows.remove(&key);
            } else {
                self.rows.insert(key, row(table, slot));
            }
        }
    }
}

#[derive(Clone, Debug)]
enum Op {
    Apply(Vec<Event>),
    TakeFlush,
    Checkpoint,
    /// Evicts to this many 32nds of what the table holds.
    Evict(usize),
    Track(bool),
}

fn any_op() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => any_events().prop_map(Op::Apply),
        2 => Just(Op::TakeFlush),
        3 => Just(Op::Checkpoint),
        3 => (0usize..=32).prop_map(Op::Evict),
        1 => any::<bool>().prop_map(Op::Track),
    ]
}

fn keys(table: &Table, slots: &[u32]) -> BTreeSet<Vec<u8>> {
    slots.iter().map(|&slot| table.key_bytes(slot).to_vec()).collect()
}

/// Evicts, and checks what must hold after every eviction.
fn evict(table: &mut Table, bytes_target: usize) {
    let dirty = (table.changed_len(Mark::Flush(0)), table.changed_len(Mark::Checkpoint));
    let (before, total) = (rows(table), table.total_len());
    let evicted = table.evict(bytes_target);
    assert_eq!((table.len() + evicted, table.total_len()), (before.len(), total));
    assert_eq!((table.changed_len(Mark::Flush(0)), table.changed_len(Mark::Checkpoint)), dirty);
    let after = rows(table);
    assert!(after.iter().all(|row| before.binary_search(row).is_ok()), "rows that stay are as they were");
    let idle = (0..table.len() as u32).filter(|&slot| !table.marks.is_dirty(slot)).count();
    assert!(idle == 0 || table.heap_bytes() <= bytes_target, "{} of {bytes_target}", table.heap_bytes());
    for column in table.values.plain() {
        assert_eq!(column.heap_bytes(), column.heap_bytes_counted());
    }
}

/// All rows as (key, encoding), sorted; cold ones come from the store.
fn all_rows(table: &Table, store: &Store) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut all = store.rows.clone();
    let in_memory = rows(table);
    all.extend(in_memory);
    assert_eq!(all.len(), table.total_len(), "a row is in memory or cold");
    all.into_iter().collect()
}

proptest! {
    #![proptest_config(trials::usual())]

    #[test]
    fn whatever_is_evicted_rows_and_marks_are_those_of_a_table_that_never_evicts(
        ops in proptest::collection::vec(any_op(), 1..25),
    ) {
        let mut stays = Table::new(&full_spec()).unwrap();
        let mut table = stays.clone();
        let mut store = Store::default();
        let mut offset = 0;
        for op in ops {
            match op {
                Op::Apply(events) => {
                    apply(&mut stays, &events, offset);
                    apply_cold(&mut table, &events, offset, &mut store).unwrap();
                    offset += events.len() as u64;
                }
                Op::TakeFlush => {
                    let changed = table.take_changed(Mark::Flush(0));
                    let changed_there = stays.take_changed(Mark::Flush(0));
                    prop_assert_eq!(keys(&table, &changed), keys(&stays, &changed_there));
                }
                Op::Checkpoint => {
                    store.checkpoint(&mut table);
                    stays.take_changed(Mark::Checkpoint);
                }
                Op::Evict(part) => {
                    let bytes_target = table.heap_bytes() * part / 32;
                    evict(&mut table, bytes_target);
                }
                Op::Track(on) => table.track_touches(on),
            }
            prop_assert_eq!(table.total_len(), stays.len());
            prop_assert_eq!(table.changed_len(Mark::Checkpoint), stays.changed_len(Mark::Checkpoint));
        }
        prop_assert_eq!(all_rows(&table, &store), rows(&stays));
    }

    #[test]
    fn a_table_that_starts_with_all_rows_in_the_store_ends_the_same(
        before in any_events(),
        after in any_events(),
    ) {
        let mut stays = Table::new(&full_spec()).unwrap();
        let mut store = Store::default();
        apply(&mut stays, &before, 0);
        store.checkpoint(&mut stays);
        let mut table = Table::new(&full_spec()).unwrap();
        table.add_cold(stays.len());
        apply(&mut stays, &after, 150);
        apply_cold(&mut table, &after, 150, &mut store).unwrap();
        prop_assert_eq!(all_rows(&table, &store), rows(&stays));
        prop_assert!(table.len() <= stays.len());
    }
}

/// A table of `n` rows without marks, and a store that holds all of them.
fn durable(n: u32) -> (Table, Store) {
    let mut table = Table::new(&full_spec()).unwrap();
    let events: Vec<Event> = (0..n).map(|n| event(&format!("key {n}"), 1)).collect();
    apply(&mut table, &events, 0);
    let mut store = Store::default();
    store.checkpoint(&mut table);
    table.take_changed(Mark::Flush(0));
    (table, store)
}

#[test]
fn a_store_is_asked_for_absent_keys_only_and_only_while_rows_are_cold() {
    let (mut table, mut store) = durable(3);
    apply_cold(&mut table, &[event("new", 1)], 3, &mut store).unwrap();
    assert_eq!(store.asked, 0);
    store.checkpoint(&mut table);
    table.take_changed(Mark::Flush(0));
    assert_eq!((table.evict(0), table.cold_len()), (4, 4));
    let events = [event("key 1", 2), event("key 1", 3), event("newer", 1), event("key 1", 4)];
    apply_cold(&mut table, &events, 4, &mut store).unwrap();
    assert_eq!((store.asked, table.cold_len()), (2, 3));
    apply_cold(&mut table, &events, 8, &mut store).unwrap();
    assert_eq!(store.asked, 2);
    let rest = [event("key 0", 1), event("key 2", 1), event("new", 1), event("newest", 1)];
    apply_cold(&mut table, &rest, 12, &mut store).unwrap();
    assert_eq!((store.asked, table.cold_len(), table.len()), (5, 0, 6));
}

#[test]
fn a_row_that_comes_back_is_marked_only_when_it_changes() {
    let (mut table, mut store) = durable(2);
    table.evict(0);
    apply_cold(&mut table, &[event("key 0", None), event("key 1", 7), event("new", None)], 2, &mut store)
        .unwrap();
    let changed = table.take_changed(Mark::Flush(0));
    assert_eq!(keys(&table, &changed), BTreeSet::from([b"key 1".to_vec(), b"new".to_vec()]));
}

#[test]
fn rows_with_either_mark_stay() {
    for mark in [Mark::Flush(0), Mark::Checkpoint] {
        let (mut table, _) = durable(100);
        table.mark(mark, 42);
        assert_eq!(table.evict(0), 99);
        assert_eq!(table.take_changed(mark), [0]);
        assert_eq!(table.key_bytes(0), b"key 42");
    }
}

#[test]
fn rows_that_were_touched_are_evicted_last() {
    let (mut table, _) = durable(1000);
    table.track_touches(true);
    apply(&mut table, &[event("key 3", None), event("key 500", None)], 1000);
    let half = table.heap_bytes() / 2;
    assert!((400..600).contains(&table.evict(half)));
    assert!(table.find(b"key 3").is_some() && table.find(b"key 500").is_some());
    assert!(table.find(b"key 4").is_none() && table.find(b"key 999").is_some());
    // The eviction that gives a row a second chance also uses it up.
    let half = table.heap_bytes() / 2;
    table.evict(half);
    assert!(table.find(b"key 3").is_none() && table.find(b"key 999").is_some());
}

#[test]
fn evicted_memory_is_free_and_the_next_row_does_not_take_it_back() {
    let rows = trials::all_or(20_000, 5_000);
    let (mut table, mut store) = durable(rows);
    let target = table.heap_bytes() / 4;
    table.evict(target);
    assert!((target * 9 / 10..=target).contains(&table.heap_bytes()), "{} of {target}", table.heap_bytes());
    let events: Vec<Event> = (0..rows / 20).map(|n| event(&format!("more {n}"), 1)).collect();
    apply_cold(&mut table, &events, rows.into(), &mut store).unwrap();
    assert!(table.heap_bytes() < target * 7 / 4, "{} of {target}", table.heap_bytes());
    assert_eq!(table.evict(usize::MAX), 0);
}

#[test]
fn a_store_that_fails_is_named_with_the_table_and_only_what_is_damaged_is_called_so() {
    struct Failing(Result<Option<Vec<u8>>, ColdFault>);
    impl ColdRows for Failing {
        fn fetch(&mut self, _: &[u8]) -> Result<Option<Vec<u8>>, ColdFault> {
            self.0.clone()
        }
    }
    use ColdFault::{Damaged, Unreadable};
    for (answer, expected) in [
        (Err(Unreadable("too many files".into())), Unreadable("table `t`: too many files".into())),
        (Err(Damaged("a wrong checksum".into())), Damaged("table `t`: a wrong checksum".into())),
        (Ok(Some(vec![])), Damaged("table `t`: a row has no bytes".into())),
    ] {
        let (mut table, _) = durable(1);
        table.evict(0);
        let error = apply_cold(&mut table, &[event("k", 1)], 1, &mut Failing(answer));
        assert_eq!(error, Err(expected));
    }
    let (mut table, _) = durable(1);
    table.evict(0);
    let error = apply_cold(&mut table, &[event("k", 1)], 1, &mut NoColdRows);
    assert_eq!(error, Err(Damaged("table `t`: a row is wanted from a store, and none was given".into())));
}

#[test]
#[should_panic(expected = "dirty until they are durable")]
fn nothing_is_evicted_while_nobody_notes_what_the_store_lacks() {
    let (mut table, _) = durable(1);
    table.track_dirty(Mark::Checkpoint, false);
    table.evict(0);
}
