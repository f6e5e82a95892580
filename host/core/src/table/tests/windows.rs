//! Windows compared with brute force, which computes every window of every key from the events themselves.

use std::collections::BTreeMap;

use super::*;
use crate::trials;

mod run;
mod brute_force;

use brute_force::brute_force;
use run::{Lag, Rows, live};
pub(super) use run::{Run, Shown};

/// An event: key, item, time.
pub(super) type Event = (u8, u8, i64);

/// Reads events of one partition in chunks. Event time advances after each chunk, and rows catch up after each or only at
/// the end. Returns the tables of rows and of closed windows as (key, encoding), sorted, what is shown as (id, results,
/// window), and how many records were late.
fn read(
    spec: &TableSpec,
    events: &[Event],
    chunks: &[usize],
    bound_ms: u64,
    lag: Lag,
) -> (Rows, Shown, usize) {
    let mut run = Run { lag, ..Run::new(spec, bound_ms) };
    let mut rest = events;
    for &chunk in chunks.iter().cycle() {
        let (now, later) = rest.split_at(chunk.clamp(1, rest.len().max(1)).min(rest.len()));
        run.add(now);
        rest = later;
        if rest.is_empty() {
            break;
        }
    }
    run.catch_up();
    (run.rows(), run.shown(), run.late)
}

pub(super) fn any_events() -> impl Strategy<Value = Vec<Event>> {
    // Event time advances by jumps, some of them far, and each event lies somewhat behind.
    let event = (0u8..4, 0u8..6, prop_oneof![6 => 0i64..8, 1 => 0i64..200], 0i64..25);
    proptest::collection::vec(event, 1..80).prop_map(|events| {
        let mut now = -40;
        let place = |(key, item, step, behind): (u8, u8, i64, i64)| {
            now += step;
            (key, item, now - behind)
        };
        events.into_iter().map(place).collect()
    })
}

pub(super) fn any_window() -> impl Strategy<Value = Window> {
    prop_oneof![
        (1u64..30).prop_map(Window::Tumbling),
        (1u64..8, 1u64..12)
            .prop_map(|(slide_ms, count)| Window::Sliding { size_ms: slide_ms * count, slide_ms }),
        (1u64..40).prop_map(Window::Session),
    ]
}

pub(super) fn any_spec() -> impl Strategy<Value = TableSpec> {
    let keep =
        prop_oneof![Just(Keep::Latest), (0u64..100).prop_map(Keep::Every), Just(Keep::Every(u64::MAX))];
    let empty = prop_oneof![Just(WhenEmpty::Delete), Just(WhenEmpty::Zero)];
    // Only `TopK`: with a count, no result would ever stay the same.
    let aggregates = prop_oneof![
        Just(vec![("items", AggregateKind::Distinct(6)), ("events", AggregateKind::Count)]),
        (1u32..3).prop_map(|k| vec![("best", AggregateKind::TopK(k))]),
    ];
    (any_window(), keep, empty, 0u64..10, aggregates).prop_map(
        |(window, keep, when_empty, allowed_lateness_ms, aggregates)| TableSpec {
            window,
            keep,
            when_empty,
            allowed_lateness_ms,
            ..spec(ValueType::Text, &aggregates)
        },
    )
}

proptest! {
    #![proptest_config(trials::cases(600, 24))]

    #[test]
    fn what_is_shown_is_brute_force_over_the_events(
        spec in any_spec(),
        events in any_events(),
        chunks in proptest::collection::vec(1usize..20, 1..4),
        bound_ms in 0u64..20,
    ) {
        let (rows, shown, late) = read(&spec, &events, &chunks, bound_ms, Lag::UntilTheEnd);
        prop_assert_eq!((shown, late), brute_force(&spec, &events, bound_ms));
        let (one_by_one, _, _) = read(&spec, &events, &[1], bound_ms, Lag::Never);
        prop_assert_eq!(rows, one_by_one, "state depends on how records were batched");
    }

    #[test]
    fn a_restart_at_any_record_changes_nothing(
        spec in any_spec(),
        events in any_events(),
        at: prop::sample::Index,
        bound_ms in 0u64..20,
    ) {
        let (before, after) = events.split_at(at.index(events.len()));
        let mut run = Run::new(&spec, bound_ms);
        run.add(before);
        let mut again = run.restarted();
        prop_assert_eq!(again.rows(), run.rows());
        prop_assert_eq!(again.shown(), run.shown());
        run.add(after);
        again.add(after);
        prop_assert_eq!(again.rows(), run.rows());
        prop_assert_eq!(again.shown(), run.shown());
    }

    #[test]
    fn every_change_of_what_is_shown_is_marked(
        spec in any_spec(),
        events in any_events(),
        chunk in 1usize..20,
    ) {
        let mut run = Run::new(&spec, 5);
        let mut sink = Shown::new();
        let mut store: BTreeMap<(bool, Vec<u8>), Vec<u8>> = BTreeMap::new();
        for chunk in events.chunks(chunk) {
            run.add(chunk);
            for table in std::iter::once(&mut run.table).chain(&mut run.closed) {
                let is_closed = matches!(table.values, RowValues::Closed(_));
                for slot in table.take_changed(Mark::Checkpoint) {
                    let key = (is_closed, table.key_bytes(slot).to_vec());
                    if table.is_gone(slot) {
                        store.remove(&key);
                    } else {
                        store.insert(key, row(table, slot));
                    }
                }
            }
            let shown = run.shown();
            let table = run.closed.as_mut().unwrap_or(&mut run.table);
            for slot in table.take_changed(Mark::Flush(0)) {
                let id = table.document_id(slot).into_owned();
                match shown.get(&id) {
                    Some(document) => sink.insert(id, document.clone()),
                    None => sink.remove(&id),
                };
            }
            prop_assert_eq!(&sink, &shown);
            let rows: Rows = store.iter().map(|((_, key), row)| (key.clone(), row.clone())).collect();
            let mut sorted = rows;
            sorted.sort();
            prop_assert_eq!(sorted, run.rows());
            for table in std::iter::once(&mut run.table).chain(&mut run.closed) {
                table.sweep_from(0);
            }
            prop_assert_eq!(run.shown(), shown);
        }
    }

    #[test]
    fn damaged_rows_are_refused_or_canonical(
        spec in any_spec(),
        events in any_events(),
        at: prop::sample::Index,
        flip in 1u8..,
    ) {
        let mut run = Run::new(&spec, 5);
        run.add(&events);
        for table in run.tables() {
            for slot in live(table).take(2) {
                let good = row(table, slot);
                let mut flipped = good.clone();
                flipped[at.index(good.len())] ^= flip;
                for bad in [&flipped[..], &good[..at.index(good.len())], &[good.as_slice(), &[0]].concat()] {
                    let closed = Table::of_closed_windows(&spec).filter(|_| table.spec() == &spec);
                    let is_closed = matches!(table.values, RowValues::Closed(_));
                    let mut again = closed.filter(|_| is_closed).unwrap_or_else(|| Table::new(&spec).unwrap());
                    match again.restore_row(table.key_bytes(slot), bad) {
                        Ok(()) => prop_assert_eq!(&row(&again, 0), bad),
                        Err(_) => {
                            prop_assert_eq!(again.len(), 0);
                            again.restore_row(table.key_bytes(slot), &good).unwrap();
                            prop_assert_eq!(row(&again, 0), good.clone());
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn a_result_that_changes_and_changes_back_has_changed() {
    let window = Window::Sliding { size_ms: 30, slide_ms: 10 };
    let distinct = [("items", AggregateKind::Distinct(6))];
    let spec = TableSpec { window, when_empty: WhenEmpty::Delete, ..spec(ValueType::Text, &distinct) };
    // One item, then another one with it for a while, then one again, without a look in between.
    let events = [(0, 1, 5), (0, 2, 15), (0, 2, 25), (0, 2, 35), (0, 2, 55), (0, 3, 100)];
    let mut run = Run::new(&spec, 0);
    run.add(&events[..1]);
    run.add(&[(0, 1, 10)]);
    assert_eq!(run.shown()["k0"], (vec![Some(Value::Int(1))], -20, 10));
    run.table.take_changed(Mark::Flush(0));
    run.add(&events[1..5]);
    assert_eq!(run.shown()["k0"], (vec![Some(Value::Int(1))], 20, 50));
    assert_eq!(run.table.take_changed(Mark::Flush(0)), [0]);
    run.add(&events[5..]);
    assert!(run.shown().is_empty(), "the window is empty");
    assert_eq!(run.table.take_changed(Mark::Flush(0)), [0]);
}

#[test]
fn rows_catch_up_by_themselves_before_many_panes_wait() {
    let window = Window::Sliding { size_ms: 30, slide_ms: 1 };
    let spec = TableSpec { window, ..spec(ValueType::Text, &[("likes", AggregateKind::Count)]) };
    let mut run = Run { lag: Lag::UntilTheEnd, ..Run::new(&spec, 0) };
    let events: Vec<Event> = (0..trials::all_or(200_000, 40_000)).map(|time| (0, 0, time)).collect();
    events.chunks(100).for_each(|events| run.add(events));
    let held = run.table.heap_bytes();
    assert!(held < 1 << 20, "{held} bytes for 30 panes and those that wait");
    run.catch_up();
    assert_eq!(run.shown()["k0"].0, [Some(Value::Int(30))]);
}

#[test]
#[should_panic(expected = "after they have caught up")]
fn rows_that_lag_are_not_looked_at() {
    let window = Window::Tumbling(10);
    let spec = TableSpec { window, ..spec(ValueType::Text, &[("likes", AggregateKind::Count)]) };
    let mut run = Run { lag: Lag::UntilTheEnd, ..Run::new(&spec, 0) };
    run.add(&[(0, 1, 5), (0, 1, 20)]);
    run.table.take_changed(Mark::Flush(0));
}

#[test]
fn a_restart_before_event_time_has_come_anywhere_forgets_no_date() {
    for window in [Window::Tumbling(10), Window::Session(10)] {
        let spec = TableSpec {
            window,
            when_empty: WhenEmpty::Zero,
            ..spec(ValueType::Text, &[("items", AggregateKind::Distinct(6))])
        };
        let mut run = Run::new(&spec, 0);
        run.add(&[(0, 1, 5)]);
        // Another partition has shown no time yet.
        run.largest_ms = None;
        let mut again = run.restarted();
        again.advance(100);
        assert_eq!(again.shown().len(), 1, "{window:?}");
        assert_eq!(again.table.take_changed(Mark::Flush(0)), [0], "{window:?}");
    }
}
