//! Checks that an event does not cost more the more there is, beyond what cache misses cost. The last column is the ratio.
//!
//! Measured are the open sessions of one key, `Quantiles` at 0.1 % over all decades of floats, keys chosen to collide in an index
//! whose seed is known, and the results of a million rows by one thread and by two. The median of some rounds of one run is
//! shown. Run with `cargo bench -p foldline-core --bench growth`.

mod common;

use std::time::Instant;

use common::Rng;
use common::batch::{BATCH_ROWS, Batch, spec};
use foldline_core::aggregate::Quantiles;
use foldline_core::aggregate::quantiles::RequestedQuantiles;
use foldline_core::column::{Column, ValueRef, Values};
use foldline_core::description::{AggregateKind, QuantileSpec, TableSpec, ValueType, Window};
use foldline_core::table::{HashSeed, Table, hash_key};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ROUNDS: usize = 5;

fn main() {
    // With `--test`, Cargo only checks that benchmarks run.
    let shrink = if std::env::args().any(|arg| arg == "--test") { 1_000 } else { 1 };
    println!("{:<44} {:>12} {:>12} {:>8}", "", "few, ns", "many, ns", "ratio");
    show("an event among 1,000 and 80,000 sessions", || {
        [sessions(1_000 / shrink), sessions(80_000 / shrink)]
    });
    show("a value among 1,000 and 1,000,000 buckets", || {
        [quantiles(1_000 / shrink), quantiles(1_000_000 / shrink)]
    });
    let chosen = chosen(8_192 / shrink);
    show("a key of 8,192, seed secret and known", || {
        [HashSeed(7), HashSeed::default()].map(|seed| keys(&chosen, seed))
    });
    for (what, kind) in [("Distinct", AggregateKind::Distinct(14)), ("Quantiles", quantile_kind(10_000))] {
        let table = rows(&kind, 1_000_000 / shrink);
        show(&format!("a result of 1M rows of {what}, by 2 and 1"), || {
            [2, 1].map(|threads| results(&table, threads))
        });
    }
}

/// Prints the medians of two alternating measurements, and their ratio.
fn show(what: &str, mut measure: impl FnMut() -> [f64; 2]) {
    let rounds: Vec<[f64; 2]> = (0..ROUNDS).map(|_| measure()).collect();
    let median = |nth: usize| {
        let mut all: Vec<f64> = rounds.iter().map(|round| round[nth]).collect();
        all.sort_by(f64::total_cmp);
        all[all.len() / 2]
    };
    let (few, many) = (median(0), median(1));
    println!("{what:<44} {few:>12.0} {many:>12.0} {:>8.2}", many / few);
}

fn per(events: usize, start: Instant) -> f64 {
    start.elapsed().as_nanos() as f64 / events.max(1) as f64
}

/// Sessions of one key, each of one event, in scattered order. Returns nanoseconds per event.
fn sessions(sessions: usize) -> f64 {
    let spec =
        TableSpec { window: Window::Session(10), ..spec(ValueType::Text, &[("n", AggregateKind::Count)]) };
    let mut table = Table::new(&spec).expect("a good spec");
    let mut batches: Vec<Batch> = (0..sessions.div_ceil(BATCH_ROWS))
        .map(|nth| Batch::counts(std::iter::repeat_n(1, BATCH_ROWS.min(sessions - nth * BATCH_ROWS))))
        .collect();
    for (nth, time_ms) in batches.iter_mut().flat_map(|batch| &mut batch.times_ms).enumerate() {
        // The factor is coprime to both numbers of sessions.
        *time_ms = (nth * 30_011 % sessions.max(1) * 100) as i64;
    }
    let start = Instant::now();
    batches.iter().for_each(|batch| batch.apply(&mut table, &None, 0));
    per(sessions, start)
}

fn quantile_kind(relative_error_millionths: u32) -> AggregateKind {
    AggregateKind::Quantiles(QuantileSpec { relative_error_millionths, at: vec![0.5, 0.9, 0.99] })
}

/// Values that all fall into buckets of their own, in scattered order. Returns nanoseconds per value.
fn quantiles(buckets: usize) -> f64 {
    let requested =
        RequestedQuantiles::new(&QuantileSpec { relative_error_millionths: 1_000, at: vec![0.5] })
            .expect("a good spec");
    let mut histogram = Quantiles::new(requested.millionths());
    let value = |nth: usize| 1.0014f64.powi((nth * 600_011 % buckets) as i32 - buckets as i32 / 2);
    let values: Vec<f64> = (0..buckets).map(value).filter(|value| value.is_finite()).collect();
    let start = Instant::now();
    values.iter().for_each(|&value| histogram.insert(requested.bucket(value)));
    per(values.len(), start)
}

/// Keys whose hashes lie close together under the default seed.
fn chosen(keys: usize) -> Vec<i64> {
    let close = |key: &i64| hash_key(&(*key as u64 ^ 1 << 63).to_be_bytes(), HashSeed::default()) >> 52 == 0;
    (0..).filter(close).take(keys).collect()
}

/// Adds keys to an index with a seed. Returns nanoseconds per key.
fn keys(keys: &[i64], seed: HashSeed) -> f64 {
    let mut table =
        Table::new(&spec(ValueType::Int, &[("n", AggregateKind::Count)])).expect("a good spec").seeded(seed);
    let batch = Batch::of_ints(keys, seed);
    let start = Instant::now();
    batch.apply(&mut table, &None, 0);
    per(keys.len(), start)
}

/// Rows of five values each.
fn rows(kind: &AggregateKind, rows: usize) -> Table {
    let mut rng = Rng(3);
    let mut table = Table::new(&spec(ValueType::Text, &[("a", kind.clone())])).expect("a good spec");
    for first in (0..rows).step_by(BATCH_ROWS) {
        let some = BATCH_ROWS.min(rows - first);
        for _ in 0..5 {
            let mut batch = Batch::counts(first as u64..(first + some) as u64);
            let values = (0..some).map(|_| rng.below(1 << 20) as i64).collect();
            batch.contributions.values =
                vec![Column::from_parts(some, Values::Ints(values), None).expect("a good column").into()];
            batch.apply(&mut table, &None, 0);
        }
    }
    table
}

/// Takes all results, in chunks as a flush does. Returns nanoseconds per row.
fn results(table: &Table, threads: usize) -> f64 {
    let slots: Vec<u32> = (0..table.len() as u32).collect();
    let start = Instant::now();
    std::thread::scope(|scope| {
        for some in slots.chunks(slots.len().div_ceil(threads).max(1)) {
            scope.spawn(move || {
                for chunk in some.chunks(BATCH_ROWS) {
                    let results = table.results(0, chunk);
                    assert!(matches!(results.results[0].get(0), Some(ValueRef::Int(_) | ValueRef::Text(_))));
                }
            });
        }
    });
    per(slots.len(), start)
}
