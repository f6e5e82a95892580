//! Rows over windows that come and go at any time are those of tables that stay in memory.

use std::collections::BTreeSet;

use super::windows::{Event, Run, Shown, any_events, any_spec};
use super::*;
use crate::trials;

#[derive(Clone, Debug)]
enum Op {
    /// Folds this many of the next events.
    Add(usize),
    TakeFlush,
    Checkpoint,
    /// Evicts to this many 32nds of what each table holds.
    Evict(usize),
    /// Restarts from a checkpoint, with this many rows of each table in memory.
    Restart(usize),
    Sweep,
    Track(bool),
    Prune,
}

fn any_op() -> impl Strategy<Value = Op> {
    prop_oneof![
        6 => (1usize..12).prop_map(Op::Add),
        2 => Just(Op::TakeFlush),
        3 => Just(Op::Checkpoint),
        4 => prop_oneof![Just(0), 0usize..=32].prop_map(Op::Evict),
        1 => (0usize..4).prop_map(Op::Restart),
        1 => Just(Op::Sweep),
        1 => any::<bool>().prop_map(Op::Track),
        1 => Just(Op::Prune),
    ]
}

/// Evicts, and checks what must hold after every eviction.
fn evict(table: &mut Table, bytes_target: usize) {
    let total = table.total_len();
    table.evict(bytes_target);
    assert_eq!(table.total_len(), total);
    let idle = (0..table.len() as u32).filter(|&slot| !table.marks.is_dirty(slot)).count();
    assert!(idle == 0 || table.heap_bytes() <= bytes_target, "{} of {bytes_target}", table.heap_bytes());
}

/// Returns the keys of changed rows of all tables.
fn changed(run: &mut Run, mark: Mark) -> BTreeSet<(usize, Vec<u8>)> {
    let mut keys = BTreeSet::new();
    for (at, (table, _)) in run.tables_mut().enumerate() {
        let slots = table.take_changed(mark);
        keys.extend(slots.iter().map(|&slot| (at, table.key_bytes(slot).to_vec())));
    }
    keys
}

/// Sends what changed to a sink.
fn flush(run: &mut Run, sink: &mut Shown) {
    let shown = run.shown();
    let table = run.closed.as_ref().unwrap_or(&run.table).clone();
    let projected = usize::from(run.closed.is_some());
    for (_, key) in changed(run, Mark::Flush(0)).into_iter().filter(|(at, _)| *at == projected) {
        let id = table.id_of_key(&key).into_owned();
        match shown.get(&id) {
            Some(document) => sink.insert(id, document.clone()),
            None => sink.remove(&id),
        };
    }
}

fn lead(spec: &TableSpec, events: &[Event], ops: &[Op], bound_ms: u64) {
    let mut calm = Run::new(spec, bound_ms);
    let mut run = Run::new(spec, bound_ms);
    let mut sink = Shown::new();
    let mut rest = events;
    for op in ops {
        let before = calm.rows_by_table();
        match op {
            Op::Add(count) => {
                let (now, later) = rest.split_at((*count).min(rest.len()));
                rest = later;
                if !now.is_empty() {
                    run.add(now);
                    calm.add(now);
                }
            }
            Op::TakeFlush => flush(&mut run, &mut sink),
            Op::Checkpoint => {
                run.tables_mut().for_each(|(table, store)| store.checkpoint(table));
            }
            Op::Evict(part) => run.tables_mut().for_each(|(table, _)| {
                let bytes_target = table.heap_bytes() * part / 32;
                evict(table, bytes_target);
            }),
            Op::Restart(hot) => {
                flush(&mut run, &mut sink);
                run = run.restarted_with(*hot);
            }
            Op::Sweep => run.tables_mut().for_each(|(table, _)| {
                table.sweep_from(0);
            }),
            Op::Track(on) => run.tables_mut().for_each(|(table, _)| table.track_touches(*on)),
            Op::Prune => run.tables_mut().for_each(|(table, _)| table.prune_dates()),
        }
        assert_eq!(run.rows(), calm.rows(), "after {op:?}");
        assert_eq!(run.shown(), calm.shown(), "after {op:?}");
        // Rows that this operation changed must be dirty in both. A row that still holds something that no longer counts may be
        // visited, and become dirty, without a change; a restart drops such remains.
        let after = calm.rows_by_table();
        let is_other = |at: usize, key: &Vec<u8>| before[at].get(key) != after[at].get(key);
        let dirty = changed(&mut calm, Mark::Checkpoint);
        for (at, (table, _)) in run.tables_mut().enumerate() {
            let missing = dirty.iter().filter(|(of, _)| *of == at).find(|(_, key)| {
                let is_asked_for = matches!(op, Op::Add(_)) && is_other(at, key);
                is_asked_for && table.find(key).is_none_or(|slot| !table.marks.is_dirty(slot))
            });
            assert_eq!(missing, None, "after {op:?}");
        }
    }
    flush(&mut run, &mut sink);
    assert_eq!(sink, calm.shown(), "every change was flushed");
}

proptest! {
    #![proptest_config(trials::cases(1_500, 20))]

    #[test]
    fn evictions_and_restarts_at_any_moment_show_in_no_row_result_or_mark(
        spec in any_spec(),
        events in any_events(),
        ops in proptest::collection::vec(any_op(), 1..40),
        bound_ms in 0u64..20,
    ) {
        lead(&spec, &events, &ops, bound_ms);
    }
}

fn counts(window: Window, keep: Keep) -> TableSpec {
    let counts = [("events", AggregateKind::Count)];
    TableSpec { window, keep, when_empty: WhenEmpty::Delete, ..spec(ValueType::Text, &counts) }
}

/// Makes everything durable and shown.
fn settle(run: &mut Run) {
    for (table, store) in run.tables_mut() {
        store.checkpoint(table);
        table.take_changed(Mark::Flush(0));
    }
}

#[test]
fn rows_that_will_soon_be_needed_are_evicted_last() {
    let mut run = Run::new(&counts(Window::Sliding { size_ms: 30, slide_ms: 10 }, Keep::Latest), 0);
    run.add(&(0..100).map(|key| (key, 0, 5)).collect::<Vec<Event>>());
    run.add(&(100..200).map(|key| (key, 0, 15)).collect::<Vec<Event>>());
    run.add(&[(0, 0, 30)]);
    settle(&mut run);
    let half = run.table.heap_bytes() / 2;
    let evicted = run.table.evict(half);
    assert!((20..=100).contains(&evicted), "{evicted} rows");
    let stays = |key: u8| run.table.find(format!("k{key}").as_bytes()).is_some();
    assert!((0..100).all(stays), "their events leave the window at 40");
}

#[test]
fn closed_windows_go_without_being_read() {
    let mut run = Run::new(&counts(Window::Tumbling(10), Keep::Every(100)), 0);
    run.add(&[(0, 0, 5), (1, 0, 5), (2, 0, 20)]);
    settle(&mut run);
    let closed = run.closed.as_mut().unwrap();
    assert_eq!((closed.evict(0), closed.cold_len(), closed.len()), (2, 2, 0));
    run.add(&[(2, 0, 110)]);
    let closed = run.closed.as_mut().unwrap();
    assert_eq!((closed.cold_len(), closed.len(), closed.total_len()), (0, 3, 1), "k2@20 stays");
    let mut gone: Vec<(String, bool)> = closed
        .take_changed(Mark::Flush(0))
        .into_iter()
        .map(|slot| (closed.document_id(slot).into_owned(), closed.has_document(slot)))
        .collect();
    gone.sort();
    assert_eq!(gone, [("k0@0".into(), false), ("k1@0".into(), false), ("k2@20".into(), true)]);
    assert_eq!(run.stores[1].asked, 0);
    settle(&mut run);
    assert_eq!(run.stores[1].rows.len(), 1);
}

#[test]
fn a_row_with_a_date_that_the_store_lacks_is_named() {
    let mut run = Run::new(&counts(Window::Tumbling(10), Keep::Latest), 0);
    run.add(&[(7, 0, 5)]);
    settle(&mut run);
    assert_eq!(run.table.evict(0), 1);
    run.table.advance(9, &mut NoColdRows).unwrap();
    assert_eq!(run.table.catch_up(&mut NoColdRows), Ok(()), "nothing is pending");
    let error = run.table.advance(10, &mut super::cold::Store::default());
    let lacks = "table `t`: the store lacks the row of `k7`, which has a date".into();
    assert_eq!(error, Err(ColdFault::Damaged(lacks)));
}

#[test]
fn cold_rows_come_back_at_their_date_though_hot_ones_may_lag() {
    let mut run = Run::new(&counts(Window::Sliding { size_ms: 100, slide_ms: 10 }, Keep::Latest), 0);
    run.add(&(0..100).map(|key| (key, 0, 5)).collect::<Vec<Event>>());
    settle(&mut run);
    assert_eq!(run.table.evict(0), 100);
    run.table.advance(10, &mut run.stores[0]).unwrap();
    assert_eq!((run.table.cold_len(), run.table.lags()), (0, false), "their pane ended at 10");
    run.table.advance(20, &mut run.stores[0]).unwrap();
    assert!(run.table.lags(), "nothing cold is pending at 20");
}

#[test]
fn dates_that_are_left_behind_do_not_pile_up() {
    let mut run = Run::new(&counts(Window::Session(1_000_000), Keep::Latest), 0);
    for time_ms in 0..trials::all_or(100, 30) {
        run.add(&(0..200).map(|key| (key, 0, time_ms)).collect::<Vec<Event>>());
        settle(&mut run);
        assert_eq!(run.table.evict(0), 200);
        assert!(run.table.cold_bytes() < 4_800 * 10 + 1_000, "{} bytes", run.table.cold_bytes());
    }
}
