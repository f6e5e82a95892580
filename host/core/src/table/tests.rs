use proptest::prelude::*;

use super::*;
use crate::aggregate::quantiles::RequestedQuantiles;
use crate::aggregate::{Quantiles, TopK, Value};
use crate::column::{BytesColumn, Column, ValueRef, Values};
use crate::contribution::Contributions;
use crate::description::{
    AggregateKind, AggregateSpec, Keep, QuantileSpec, TimeUnit, ValueType, WhenEmpty, Window,
};
use crate::key::{KeyColumns, KeyType};
use crate::trials;

mod cold;
mod crowded;
mod declared;
mod shards;
mod windows;
mod windows_evicted;

fn spec(key: ValueType, aggregates: &[(&str, AggregateKind)]) -> TableSpec {
    let aggregates = aggregates.iter().map(|(name, kind)| AggregateSpec::new(*name, kind.clone()));
    TableSpec { when_empty: WhenEmpty::Zero, ..TableSpec::new("t", key, aggregates.collect()) }
}

/// A table with one aggregate of every supported kind.
fn full_spec() -> TableSpec {
    spec(
        ValueType::Text,
        &[
            ("count", AggregateKind::Count),
            ("sum", AggregateKind::Sum(2)),
            ("min", AggregateKind::Min(ValueType::Float)),
            ("max", AggregateKind::Max(ValueType::Int)),
            ("first", AggregateKind::First(ValueType::Text)),
            ("last", AggregateKind::Last(ValueType::Text)),
            ("distinct", AggregateKind::Distinct(5)),
            ("top", AggregateKind::TopK(3)),
            ("quantiles", AggregateKind::Quantiles(quantiles())),
        ],
    )
}

fn quantiles() -> QuantileSpec {
    QuantileSpec { relative_error_millionths: 10_000, at: vec![0.0, 0.5] }
}

/// One event of a fictitious reducer: its key, and a number from which its values are made.
#[derive(Clone, Debug)]
struct Event {
    key: String,
    number: Option<i64>,
    time_ms: i64,
}

fn any_events() -> impl Strategy<Value = Vec<Event>> {
    let event = ("k[0-9]{1,2}|long-key-number-[0-9]", proptest::option::of(-50i64..50), 0i64..5)
        .prop_map(|(key, number, time_ms)| Event { key, number, time_ms });
    proptest::collection::vec(event, 1..150)
}

fn column(ty: ValueType, values: impl Iterator<Item = Option<Value>>) -> Column {
    let mut column = Column::empty(ty);
    for value in values {
        column.push(value.as_ref().map(Value::borrowed));
    }
    column
}

fn contributions(events: &[Event]) -> Contributions {
    let numbers = |make: fn(i64) -> Value| events.iter().map(move |event| event.number.map(make));
    Contributions::new(
        0,
        (0..events.len() as u32).collect(),
        column(ValueType::Text, events.iter().map(|event| Some(ValueRef::Text(&event.key).into()))),
        vec![
            column(ValueType::Int, numbers(|n| Value::Int(n.abs()))),
            column(ValueType::Text, numbers(|n| Value::Text(format!("{n}.25").into()))),
            column(ValueType::Float, numbers(|n| Value::Float(n as f64 / 3.0))),
            column(ValueType::Int, numbers(Value::Int)),
            column(ValueType::Text, numbers(|n| Value::Text(format!("v{n}").into()))),
            column(ValueType::Text, numbers(|n| Value::Text(format!("v{n}").into()))),
            column(ValueType::Int, numbers(Value::Int)),
            column(ValueType::Text, numbers(|n| Value::Text(format!("i{}", n % 7).into()))),
            column(ValueType::Int, numbers(Value::Int)),
            column(ValueType::Float, numbers(|n| Value::Float(n as f64 / 4.0))),
        ],
    )
}

/// Applies all contributions of one batch.
fn add(table: &mut Table, contributions: &Contributions, origin: &Origin<'_>) {
    let mut hashes = Vec::new();
    hash_keys(&contributions.keys, HashSeed::default(), &mut hashes);
    table.apply(contributions, origin, Selected::all(&hashes), &mut NoColdRows).unwrap();
}

/// Applies events as one batch whose first record has offset `offset`.
fn apply(table: &mut Table, events: &[Event], offset: u64) {
    apply_cold(table, events, offset, &mut NoColdRows).unwrap();
}

fn apply_cold(
    table: &mut Table,
    events: &[Event],
    offset: u64,
    cold: &mut dyn ColdRows,
) -> Result<(), ColdFault> {
    let contributions = contributions(events);
    assert_eq!(contributions.check(table.spec(), events.len()), Ok(vec![]));
    let offsets: Vec<u64> = (offset..).take(events.len()).collect();
    let times_ms: Vec<i64> = events.iter().map(|event| event.time_ms).collect();
    let origin = Origin { topic: 0, partition: 0, offsets: &offsets, times_ms: &times_ms, late_offsets: &[] };
    let mut hashes = Vec::new();
    hash_keys(&contributions.keys, HashSeed::default(), &mut hashes);
    table.apply(&contributions, &origin, Selected::all(&hashes), cold)
}

fn row(table: &Table, slot: u32) -> Vec<u8> {
    let mut out = Vec::new();
    table.encode_row(slot, &mut out);
    out
}

/// All rows as (key, encoding), sorted.
fn rows(table: &Table) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut rows: Vec<_> =
        (0..table.len() as u32).map(|slot| (table.key_bytes(slot).to_vec(), row(table, slot))).collect();
    rows.sort();
    rows
}

fn restored(table: &Table) -> Table {
    let mut again = Table::new(table.spec()).unwrap();
    for (key, row) in rows(table) {
        again.restore_row(&key, &row).unwrap();
    }
    again
}

proptest! {
    #![proptest_config(trials::usual())]

    #[test]
    fn neither_batches_nor_restarts_show_in_rows(events in any_events(), cut: prop::sample::Index) {
        let mut whole = Table::new(&full_spec()).unwrap();
        apply(&mut whole, &events, 0);
        let cut = cut.index(events.len());
        let mut parts = Table::new(&full_spec()).unwrap();
        // The later half first, because order must not matter either.
        apply(&mut parts, &events[cut..], cut as u64);
        let mut parts = restored(&parts);
        if cut > 0 {
            apply(&mut parts, &events[..cut], 0);
        }
        prop_assert_eq!(rows(&parts), rows(&whole));
    }

    #[test]
    fn results_are_those_of_a_plain_fold(events in any_events()) {
        let mut table = Table::new(&full_spec()).unwrap();
        apply(&mut table, &events, 0);
        let slots: Vec<u32> = (0..table.len() as u32).collect();
        let results = table.results(0, &slots);
        for (at, &slot) in slots.iter().enumerate() {
            let id = table.document_id(slot).into_owned();
            let mine: Vec<&Event> = events.iter().filter(|event| event.key == id && event.number.is_some()).collect();
            let numbers: Vec<i64> = mine.iter().filter_map(|event| event.number).collect();
            let result = |column: usize| results.results[column].get(at).map(Value::from);
            let text = |text: String| Value::Text(text.into());
            prop_assert_eq!(results.keys[0].get(at), Some(ValueRef::Text(&id)));
            prop_assert_eq!(result(0), Some(Value::Int(numbers.iter().map(|n| n.abs()).sum())));
            let hundredths: i64 = numbers.iter().map(|n| 100 * n.abs() + 25).zip(&numbers)
                .map(|(size, n)| if *n < 0 { -size } else { size }).sum();
            let sign = if hundredths < 0 { "-" } else { "" };
            let sum = format!("{sign}{}.{:02}", hundredths.abs() / 100, hundredths.abs() % 100);
            prop_assert_eq!(result(1), Some(text(sum)));
            prop_assert_eq!(result(2), numbers.iter().min().map(|n| Value::Float(*n as f64 / 3.0)));
            prop_assert_eq!(result(3), numbers.iter().max().map(|n| Value::Int(*n)));
            let value = |event: &&Event| event.number.map(|n| text(format!("v{n}")));
            prop_assert_eq!(result(4), mine.iter().min_by_key(|event| event.time_ms).and_then(value));
            prop_assert_eq!(result(5), mine.iter().max_by_key(|event| event.time_ms).and_then(value));
            prop_assert_eq!(result(6).is_some_and(|count| count > Value::Int(0)), !numbers.is_empty());
            let mut best = TopK::new(3);
            let requested = RequestedQuantiles::new(&quantiles()).unwrap();
            let mut histogram = Quantiles::new(10_000);
            for n in &numbers {
                best.insert(&format!("i{}", n % 7), *n);
                histogram.insert(requested.bucket(*n as f64 / 4.0));
            }
            prop_assert_eq!(result(7), Some(text(best.result())));
            prop_assert_eq!(result(8), Some(text(histogram.result(&requested))));
        }
    }

    #[test]
    fn damaged_rows_are_refused_whole_or_canonical(events in any_events(), at: usize, flip in 1u8.., cut: usize) {
        let mut table = Table::new(&full_spec()).unwrap();
        apply(&mut table, &events, 0);
        let good = row(&table, 0);
        let mut flipped = good.clone();
        flipped[at % good.len()] ^= flip;
        for bad in [&flipped[..], &good[..cut % good.len()], &[good.as_slice(), &[0]].concat()] {
            let mut again = Table::new(&full_spec()).unwrap();
            match again.restore_row(b"k", bad) {
                Ok(()) => prop_assert_eq!(&row(&again, 0), bad),
                Err(_) => {
                    prop_assert_eq!(again.len(), 0);
                    prop_assert!(again.values.plain().iter().all(|column| column.values_len() == 0));
                }
            }
        }
    }

    #[test]
    fn the_length_of_a_row_is_known_without_encoding_it(events in any_events()) {
        let mut table = Table::new(&full_spec()).unwrap();
        apply(&mut table, &events, 0);
        for slot in 0..table.len() as u32 {
            prop_assert_eq!(table.row_bytes_estimate(slot), row(&table, slot).len());
        }
    }

    #[test]
    fn memory_is_accounted_for_to_the_byte(first in any_events(), second in any_events()) {
        let mut table = Table::new(&full_spec()).unwrap();
        apply(&mut table, &first, 0);
        apply(&mut table, &second, 1000);
        for column in table.values.plain() {
            prop_assert_eq!(column.heap_bytes(), column.heap_bytes_counted());
        }
    }
}

fn event(key: &str, number: impl Into<Option<i64>>) -> Event {
    Event { key: key.into(), number: number.into(), time_ms: 0 }
}

#[test]
fn a_contribution_of_nulls_makes_an_empty_row() {
    let mut table = Table::new(&full_spec()).unwrap();
    apply(&mut table, &[event("k", None)], 0);
    let results = table.results(3, &[0]);
    assert_eq!((results.table, table.len()), (3, 1));
    assert_eq!(results.results[0].get(0), Some(ValueRef::Int(0)));
    assert_eq!(results.results[1].get(0), Some(ValueRef::Text("0.00")));
    assert!((2..=5).all(|column| results.results[column].get(0).is_none()));
    assert_eq!(results.results[6].get(0), Some(ValueRef::Int(0)));
    assert_eq!(results.results[7].get(0), Some(ValueRef::Text("[]")));
    assert_eq!(results.results[8].get(0), Some(ValueRef::Text(r#"{"count":0,"p0":null,"p50":null}"#)));
    assert_eq!(table.take_changed(Mark::Flush(0)), [0]);
}

#[test]
fn each_mark_is_taken_once_and_by_itself() {
    let mut table = Table::new(&full_spec()).unwrap();
    apply(&mut table, &[event("a", 1), event("b", 1), event("a", 2)], 0);
    assert_eq!(table.changed_len(Mark::Flush(0)), 2);
    assert_eq!(table.take_changed(Mark::Flush(0)), [0, 1]);
    assert_eq!(table.take_changed(Mark::Flush(0)), [0u32; 0]);
    apply(&mut table, &[event("b", 1)], 3);
    assert_eq!(table.take_changed(Mark::Flush(0)), [1]);
    assert_eq!(table.take_changed(Mark::Checkpoint), [0, 1]);
}

#[test]
fn a_contribution_that_changes_nothing_marks_nothing() {
    let spec = spec(
        ValueType::Int,
        &[("users", AggregateKind::Distinct(14)), ("top", AggregateKind::Max(ValueType::Int))],
    );
    let mut table = Table::new(&spec).unwrap();
    let ints = |value| column(ValueType::Int, [Some(Value::Int(value))].into_iter());
    let mut dirty = |item, top| {
        let values = vec![ints(item), ints(top)];
        let contributions = Contributions::new(0, vec![0], ints(-7), values);
        add(
            &mut table,
            &contributions,
            &Origin { topic: 0, partition: 0, offsets: &[0], times_ms: &[0], late_offsets: &[] },
        );
        table.take_changed(Mark::Flush(0)).len()
    };
    assert_eq!([dirty(1, 5), dirty(1, 5), dirty(1, 4), dirty(2, 4), dirty(2, 6)], [1, 0, 0, 1, 1]);
}

#[test]
fn a_shadow_notes_no_flushes_until_it_is_told_to() {
    let mut table = Table::new(&full_spec()).unwrap();
    apply(&mut table, &[event("a", 1)], 0);
    table.track_dirty(Mark::Flush(0), false);
    assert_eq!(table.changed_len(Mark::Flush(0)), 0);
    apply(&mut table, &[event("a", 2), event("b", 2)], 1);
    assert_eq!(table.changed_len(Mark::Flush(0)), 0);
    assert_eq!(table.changed_len(Mark::Checkpoint), 2);
    table.mark(Mark::Flush(0), 1);
    table.mark_all(Mark::Flush(0));
    assert_eq!(table.take_changed(Mark::Flush(0)), [1, 0]);
    table.track_dirty(Mark::Flush(0), true);
    apply(&mut table, &[event("a", 3)], 3);
    assert_eq!(table.take_changed(Mark::Flush(0)), [0]);
}

#[test]
fn restored_rows_are_not_changed_rows() {
    let mut table = Table::new(&full_spec()).unwrap();
    apply(&mut table, &[event("a", 1), event("b", 1)], 0);
    let mut again = restored(&table);
    assert_eq!((again.changed_len(Mark::Flush(0)), again.changed_len(Mark::Checkpoint)), (0, 0));
    let (key, row) = rows(&table).remove(0);
    assert!(again.restore_row(&key, &row).unwrap_err().contains("before"));
}

#[test]
fn a_row_of_another_declaration_is_refused() {
    let restore = |from: AggregateKind, to: AggregateKind| {
        let from = spec(ValueType::Text, &[("a", from)]);
        let mut table = Table::new(&from).unwrap();
        let keys = column(ValueType::Text, [Some(Value::Text("k".into()))].into_iter());
        let mut values = vec![column(ValueType::Int, [Some(Value::Int(1))].into_iter())];
        if from.aggregates[0].kind.columns() == 2 {
            values.insert(0, column(ValueType::Text, [Some(Value::Text("id".into()))].into_iter()));
        }
        let contributions = Contributions::new(0, vec![0], keys, values);
        add(
            &mut table,
            &contributions,
            &Origin { topic: 0, partition: 0, offsets: &[0], times_ms: &[0], late_offsets: &[] },
        );
        Table::new(&spec(ValueType::Text, &[("a", to)])).unwrap().restore_row(b"k", &row(&table, 0))
    };
    let (int, text) = (ValueType::Int, ValueType::Text);
    assert!(restore(AggregateKind::Max(int), AggregateKind::Max(int)).is_ok());
    assert!(restore(AggregateKind::Max(int), AggregateKind::Max(text)).is_err());
    assert!(restore(AggregateKind::Last(int), AggregateKind::Last(text)).is_err());
    assert!(restore(AggregateKind::Distinct(14), AggregateKind::Distinct(12)).is_err());
    assert!(restore(AggregateKind::Count, AggregateKind::Sum(0)).is_err());
    assert!(restore(AggregateKind::TopK(2), AggregateKind::TopK(2)).is_ok());
    assert!(restore(AggregateKind::TopK(2), AggregateKind::TopK(3)).is_err());
    let quantiles = |relative_error_millionths| {
        AggregateKind::Quantiles(QuantileSpec { relative_error_millionths, ..quantiles() })
    };
    assert!(restore(quantiles(10_000), quantiles(10_000)).is_ok());
    assert!(restore(quantiles(10_000), quantiles(20_000)).is_err());
}

#[test]
fn several_contributions_of_one_record_are_ordered_by_their_number() {
    let spec = spec(ValueType::Text, &[("last", AggregateKind::Last(ValueType::Int))]);
    let mut table = Table::new(&spec).unwrap();
    let keys = column(ValueType::Text, (0..3).map(|_| Some(Value::Text("k".into()))));
    let values = vec![column(ValueType::Int, [Some(Value::Int(3)), None, Some(Value::Int(1))].into_iter())];
    let contributions = Contributions::new(0, vec![0; 3], keys, values);
    add(
        &mut table,
        &contributions,
        &Origin { topic: 0, partition: 0, offsets: &[9], times_ms: &[0], late_offsets: &[] },
    );
    assert_eq!(table.results(0, &[0]).results[0].get(0), Some(ValueRef::Int(1)));
}
