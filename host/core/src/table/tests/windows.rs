//! Windows beside brute force: every window of every key, from the events themselves, whatever was read when.

use std::collections::{BTreeMap, BTreeSet};

use super::cold::Store;
use super::*;
use crate::watermark::Passage;

/// An event: key, item, time.
pub(super) type Event = (u8, u8, i64);

/// Reads events of one partition in portions, event time moving on after each, and rows catching up after each or only at
/// the end; returns the tables of rows and of closed windows as (key, encoding), sorted, what is shown as (id, results,
/// window), and how many records were late.
fn read(
    spec: &TableSpec,
    events: &[Event],
    portions: &[usize],
    bound_ms: u64,
    lag: Lag,
) -> (Rows, Shown, usize) {
    let mut run = Run { lag, ..Run::new(spec, bound_ms) };
    let mut rest = events;
    for &portion in portions.iter().cycle() {
        let (now, later) = rest.split_at(portion.clamp(1, rest.len().max(1)).min(rest.len()));
        run.add(now);
        rest = later;
        if rest.is_empty() {
            break;
        }
    }
    run.catch_up();
    (run.rows(), run.shown(), run.late)
}

/// When rows catch up with event time.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lag {
    Never,
    UntilTheEnd,
}

pub(super) type Rows = Vec<(Vec<u8>, Vec<u8>)>;
pub(super) type Shown = BTreeMap<String, (Vec<Option<Value>>, i64, i64)>;

pub(super) struct Run {
    pub(super) table: Table,
    pub(super) closed: Option<Table>,
    /// Where evicted rows of both are.
    pub(super) stores: [Store; 2],
    bound_ms: u64,
    largest_ms: Option<i64>,
    offset: u64,
    late: usize,
    lag: Lag,
}

impl Run {
    pub(super) fn new(spec: &TableSpec, bound_ms: u64) -> Self {
        let table = Table::new(spec).unwrap();
        let closed = Table::of_closed_windows(spec);
        Self {
            table,
            closed,
            stores: Default::default(),
            bound_ms,
            largest_ms: None,
            offset: 0,
            late: 0,
            lag: Lag::Never,
        }
    }

    pub(super) fn add(&mut self, events: &[Event]) {
        let offsets: Vec<u64> = (self.offset..).take(events.len()).collect();
        let times_ms: Vec<i64> = events.iter().map(|event| event.2).collect();
        let mut passage = Passage::default();
        passage.add(&offsets, &times_ms);
        let late = passage.late(self.largest_ms, self.bound_ms + self.table.spec().allowed_lateness_ms);
        self.late += late.len();
        let text = |text: String| Some(Value::Text(text.into()));
        let keys = column(ValueType::Text, events.iter().map(|event| text(format!("k{}", event.0))));
        let items = || column(ValueType::Text, events.iter().map(|event| text(format!("i{}", event.1))));
        let ints = || column(ValueType::Int, events.iter().map(|event| Some(Value::Int(i64::from(event.1)))));
        let values = self.table.spec().aggregates.iter().flat_map(|aggregate| match aggregate.kind {
            AggregateKind::Count => vec![column(ValueType::Int, events.iter().map(|_| Some(Value::Int(1))))],
            AggregateKind::Distinct(_) => vec![items()],
            AggregateKind::TopK(_) => vec![items(), ints()],
            _ => vec![ints()],
        });
        let contributions = Contributions {
            table: 0,
            source_rows: (0..events.len() as u32).collect(),
            keys,
            values: values.collect(),
        };
        let origin =
            Origin { topic: 0, partition: 0, offsets: &offsets, times_ms: &times_ms, late_offsets: &late };
        let mut hashes = Vec::new();
        hash_keys(&contributions.keys, HashSeed::default(), &mut hashes);
        self.table.apply(&contributions, &origin, Selected::all(&hashes), &mut self.stores[0]).unwrap();
        self.offset += events.len() as u64;
        self.largest_ms = self.largest_ms.max(passage.largest_ms());
        if let Some(watermark_ms) = self.watermark_ms() {
            self.advance(watermark_ms);
        }
    }

    fn watermark_ms(&self) -> Option<i64> {
        self.largest_ms.map(|largest| largest - self.bound_ms as i64)
    }

    fn advance(&mut self, watermark_ms: i64) {
        self.table.advance(watermark_ms, &mut self.stores[0]).unwrap();
        if self.lag == Lag::Never {
            self.table.catch_up(&mut self.stores[0]).unwrap();
        }
        if let Some(closed) = &mut self.closed {
            closed.close(&mut self.table);
            closed.advance(watermark_ms, &mut self.stores[1]).unwrap();
        }
    }

    fn catch_up(&mut self) {
        self.lag = Lag::Never;
        if let Some(watermark_ms) = self.watermark_ms() {
            self.advance(watermark_ms);
        }
    }

    pub(super) fn tables(&self) -> impl Iterator<Item = &Table> {
        std::iter::once(&self.table).chain(&self.closed)
    }

    /// Both tables, and what their stores hold.
    pub(super) fn tables_mut(&mut self) -> impl Iterator<Item = (&mut Table, &mut Store)> {
        std::iter::once(&mut self.table).chain(&mut self.closed).zip(&mut self.stores)
    }

    /// The rows of each table, cold ones from its store.
    pub(super) fn rows_by_table(&self) -> Vec<BTreeMap<Vec<u8>, Vec<u8>>> {
        let of_table = |(table, store): (&Table, &Store)| {
            let is_cold = |key: &[u8]| table.find(key).is_none();
            let cold = store.rows.iter().filter(|(key, _)| table.cold_len() > 0 && is_cold(key));
            let mut rows: BTreeMap<_, _> = cold.map(|(key, row)| (key.clone(), row.clone())).collect();
            assert_eq!(rows.len(), table.cold_len(), "the store holds the rows that are cold");
            rows.extend(live(table).map(|slot| (table.key_bytes(slot).to_vec(), row(table, slot))));
            assert_eq!(rows.len(), table.total_len());
            rows
        };
        self.tables().zip(&self.stores).map(of_table).collect()
    }

    pub(super) fn rows(&self) -> Rows {
        let mut rows: Rows = self.rows_by_table().into_iter().flatten().collect();
        rows.sort();
        rows
    }

    pub(super) fn shown(&self) -> Shown {
        if self.tables().any(|table| table.cold_len() > 0) {
            return self.restarted().shown();
        }
        let table = self.closed.as_ref().unwrap_or(&self.table);
        let slots: Vec<u32> = live(table).filter(|&slot| table.has_document(slot)).collect();
        let results = table.results(0, &slots);
        let document = |(at, &slot): (usize, &u32)| {
            let values = results.results.iter().map(|column| column.get(at).map(Value::from)).collect();
            (
                table.document_id(slot).into_owned(),
                (values, results.window_starts[at], results.window_ends[at]),
            )
        };
        slots.iter().enumerate().map(document).collect()
    }

    /// Goes through a checkpoint: rows as bytes into new tables, in any order; but for the first `hot` of each, they
    /// stay in the store.
    pub(super) fn restarted_with(&self, hot: usize) -> Self {
        let mut again = Self::new(self.table.spec(), self.bound_ms);
        for table in self.tables() {
            live(table).for_each(|slot| assert_eq!(table.row_bytes_estimate(slot), row(table, slot).len()));
        }
        let watermark_ms = self.watermark_ms();
        for ((table, store), rows) in again.tables_mut().zip(self.rows_by_table()) {
            table.resume(watermark_ms);
            for (nth, (key, row)) in rows.iter().rev().enumerate() {
                let restored =
                    if nth < hot { table.restore_row(key, row) } else { table.leave_row(key, row) };
                restored.unwrap();
            }
            store.rows = rows;
        }
        (again.offset, again.largest_ms, again.late) = (self.offset, self.largest_ms, self.late);
        again
    }

    fn restarted(&self) -> Self {
        self.restarted_with(usize::MAX)
    }
}

fn live(table: &Table) -> impl Iterator<Item = u32> {
    (0..table.len() as u32).filter(|&slot| !table.is_gone(slot))
}

pub(super) fn any_events() -> impl Strategy<Value = Vec<Event>> {
    // Time goes on by jumps, some of them far, and each event stands somewhat behind.
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
    // The best alone: beside a count no result ever stays the same.
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

/// Returns what must be shown, and how many records are late.
fn brute_force(spec: &TableSpec, events: &[Event], bound_ms: u64) -> (Shown, usize) {
    let mut largest: Option<i64> = None;
    let mut kept: BTreeMap<u8, Vec<(i64, u8)>> = BTreeMap::new();
    let mut late = 0;
    let slack = (bound_ms + spec.allowed_lateness_ms) as i64;
    for &(key, item, time) in events {
        if largest.is_some_and(|largest| time < largest - slack) {
            late += 1;
        } else {
            kept.entry(key).or_default().push((time, item));
        }
        largest = largest.max(Some(time));
    }
    let watermark = largest.unwrap() - bound_ms as i64;
    let over = watermark - spec.allowed_lateness_ms as i64;
    let mut shown = Shown::new();
    for (key, mut of_key) in kept {
        of_key.sort();
        let windows = match spec.window {
            Window::Session(gap) => sessions(&of_key, gap as i64),
            Window::Tumbling(size) => sliding(&of_key, size as i64, size as i64, over),
            Window::Sliding { size_ms, slide_ms } => sliding(&of_key, size_ms as i64, slide_ms as i64, over),
            Window::Unbounded => unreachable!(),
        };
        let closed: Vec<Closed> = windows.into_iter().filter(|(_, end, _)| *end <= over).collect();
        let results = |inside: &[(i64, u8)]| {
            let items: BTreeSet<u8> = inside.iter().map(|event| event.1).collect();
            let result = |aggregate: &AggregateSpec| match aggregate.kind {
                AggregateKind::Distinct(_) => Value::Int(items.len() as i64),
                AggregateKind::TopK(k) => {
                    let best = items.iter().rev().take(k as usize);
                    let best: Vec<_> =
                        best.map(|item| format!(r#"{{"id":"i{item}","value":{item}}}"#)).collect();
                    Value::Text(format!("[{}]", best.join(",")).into())
                }
                _ => Value::Int(inside.len() as i64),
            };
            spec.aggregates.iter().map(|aggregate| Some(result(aggregate))).collect::<Vec<_>>()
        };
        match spec.keep {
            Keep::Every(retention) => {
                for (start, end, inside) in closed {
                    let gone = i128::from(end) + i128::from(retention) + i128::from(spec.allowed_lateness_ms)
                        <= i128::from(watermark);
                    if !inside.is_empty() && !gone {
                        shown.insert(format!("k{key}@{start}"), (results(&inside), start, end));
                    }
                }
            }
            Keep::Latest => {
                let mut last: Option<(Vec<Option<Value>>, i64, i64, bool)> = None;
                for (start, end, inside) in closed {
                    let now = results(&inside);
                    let session = matches!(spec.window, Window::Session(_));
                    match &last {
                        None if inside.is_empty() => {}
                        Some((before, _, _, filled))
                            if *before == now && *filled != inside.is_empty() && !session => {}
                        _ => last = Some((now, start, end, !inside.is_empty())),
                    }
                }
                if let Some((results, start, end, filled)) = last
                    && (filled || spec.when_empty == WhenEmpty::Zero)
                {
                    shown.insert(format!("k{key}"), (results, start, end));
                }
            }
        }
    }
    (shown, late)
}

type Closed = (i64, i64, Vec<(i64, u8)>);

fn sliding(events: &[(i64, u8)], size: i64, slide: i64, over: i64) -> Vec<Closed> {
    let first = events[0].0.div_euclid(slide) * slide + slide;
    let ends = (0..).map(|nth| first + nth * slide).take_while(|end| *end <= over);
    let inside =
        |end: i64| events.iter().copied().filter(|event| (end - size..end).contains(&event.0)).collect();
    ends.map(|end| (end - size, end, inside(end))).collect()
}

fn sessions(events: &[(i64, u8)], gap: i64) -> Vec<Closed> {
    let mut sessions: Vec<Closed> = Vec::new();
    for &event in events {
        match sessions.last_mut().filter(|session| event.0 < session.1) {
            Some(session) => {
                session.1 = event.0 + gap;
                session.2.push(event);
            }
            None => sessions.push((event.0, event.0 + gap, vec![event])),
        }
    }
    sessions
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn what_is_shown_is_brute_force_over_the_events(
        spec in any_spec(),
        events in any_events(),
        portions in proptest::collection::vec(1usize..20, 1..4),
        bound_ms in 0u64..20,
    ) {
        let (rows, shown, late) = read(&spec, &events, &portions, bound_ms, Lag::UntilTheEnd);
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
        portion in 1usize..20,
    ) {
        let mut run = Run::new(&spec, 5);
        let mut sink = Shown::new();
        let mut store: BTreeMap<(bool, Vec<u8>), Vec<u8>> = BTreeMap::new();
        for portion in events.chunks(portion) {
            run.add(portion);
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
    // One item, another beside it for a while, then one again: seen at once.
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
    let events: Vec<Event> = (0..200_000).map(|time| (0, 0, time)).collect();
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
