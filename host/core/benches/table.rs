//! Benchmarks of tables: the cost of a contribution after it was extracted, and the cost to keep and to restore a row.
//!
//! Likes as in the end-to-end benchmarks: posts by Zipf, users uniform, `Distinct(14)` of users per post. Tables are filled
//! before they are timed, since empty sketches cost less; each measurement starts from a clone of the same table. Uses
//! the host's allocator, which decides where rows lie. Run with `cargo bench -p foldline-core --bench table`.

mod common;

use std::hint::black_box;
use std::time::{Duration, Instant};

use common::batch::{BATCH_ROWS, Batch, spec};
use common::{Rng, Zipf};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use foldline_core::aggregate::distinct::hash;
use foldline_core::aggregate::{Aggregate, Distinct};
use foldline_core::column::{Column, Values};
use foldline_core::description::{AggregateKind, ValueType};
use foldline_core::table::{HashSeed, Mark, Table, hash_keys};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const POSTS: usize = 10_000;
const USERS: u64 = 1_000_000;

/// Batches of contributions that are in a table before it is timed: about 1,000 contributions per post.
const FILL_BATCHES: usize = 2_441;

/// Batches that are timed together: enough for the later ones to find the caches as the earlier ones left them.
const TIMED_BATCHES: usize = 256;

fn likes(c: &mut Criterion) {
    let mut rng = Rng(1);
    let posts = Zipf::new(POSTS);
    let mut batch = || Batch::likes(&mut rng, &posts, USERS);
    let fill: Vec<Batch> = (0..FILL_BATCHES).map(|_| batch()).collect();
    let timed: Vec<Batch> = (0..TIMED_BATCHES).map(|_| batch()).collect();
    let kind = [("users", AggregateKind::Distinct(14))];

    let mut group = c.benchmark_group("likes");
    group.sample_size(20);
    group.throughput(Throughput::Elements((TIMED_BATCHES * BATCH_ROWS) as u64));
    let mut whole = None;
    for shards in [1, 2] {
        let fill: Vec<_> = fill.iter().map(|batch| batch.lists(shards)).zip(&fill).collect();
        let timed: Vec<_> = timed.iter().map(|batch| batch.lists(shards)).zip(&timed).collect();
        let mut tables = vec![Table::new(&spec(ValueType::Text, &kind)).expect("a good spec"); shards];
        for (shard, table) in tables.iter_mut().enumerate() {
            fill.iter().for_each(|(lists, batch)| batch.apply(table, lists, shard));
            table.take_changed(Mark::Flush(0));
        }
        // Results are checked before anything is timed.
        let users: i64 = tables.iter().map(sum_of_results).sum();
        assert_eq!(*whole.get_or_insert(users), users, "shards hold what a whole table holds");
        group.bench_function(format!("apply, {shards} shards"), |b| {
            b.iter_custom(|iterations| {
                let mut taken = Duration::ZERO;
                for _ in 0..iterations {
                    for (shard, table) in tables.iter().enumerate() {
                        let mut table = table.clone();
                        let start = Instant::now();
                        timed.iter().for_each(|(lists, batch)| batch.apply(&mut table, lists, shard));
                        taken += start.elapsed();
                    }
                }
                taken
            });
        });
    }
    group.bench_function("hash keys", |b| {
        let mut hashes = Vec::new();
        b.iter(|| {
            timed.iter().for_each(|batch| {
                hash_keys(black_box(&batch.contributions.keys), HashSeed::default(), &mut hashes)
            })
        });
    });
    group.finish();
}

fn counts(c: &mut Criterion) {
    const KEYS: u64 = 1_000_000;
    let mut rng = Rng(2);
    let mut table = Table::new(&spec(ValueType::Text, &[("n", AggregateKind::Count)])).expect("a good spec");
    for first in (0..KEYS).step_by(BATCH_ROWS) {
        Batch::counts((0..BATCH_ROWS as u64).map(|n| (first + n) % KEYS)).apply(&mut table, &None, 0);
    }
    let timed: Vec<Batch> =
        (0..TIMED_BATCHES).map(|_| Batch::counts((0..BATCH_ROWS).map(|_| rng.below(KEYS)))).collect();
    let mut group = c.benchmark_group("count of 1M keys");
    group.sample_size(20);
    group.throughput(Throughput::Elements((TIMED_BATCHES * BATCH_ROWS) as u64));
    group.bench_function("apply", |b| {
        b.iter(|| timed.iter().for_each(|batch| batch.apply(&mut table, &None, 0)));
    });
    group.finish();
}

/// A million keys, each with a row of a `Count` and a `Distinct` of five items.
fn rows(c: &mut Criterion) {
    const ROWS: u64 = 1_000_000;
    const ITEMS: u64 = 5;
    let kinds = [("n", AggregateKind::Count), ("users", AggregateKind::Distinct(14))];
    let spec = spec(ValueType::Text, &kinds);
    let mut rng = Rng(3);
    let mut table = Table::new(&spec).expect("a good spec");
    for first in (0..ROWS).step_by(BATCH_ROWS) {
        let rows = BATCH_ROWS.min((ROWS - first) as usize);
        for _ in 0..ITEMS {
            let mut batch = Batch::counts(first..first + rows as u64);
            let items = (0..rows).map(|_| rng.next() as i64).collect();
            let items = Column::from_parts(rows, Values::Ints(items), None).expect("a good column");
            batch.contributions.values.push(items.into());
            batch.apply(&mut table, &None, 0);
        }
    }
    table.take_changed(Mark::Flush(0));
    table.take_changed(Mark::Checkpoint);
    println!("memory of a row of a Count and a Distinct(14) of {ITEMS} items, its key included:");
    println!("{} B in use", table.heap_bytes() / table.len());
    let encoded: Vec<(Vec<u8>, Vec<u8>)> = (0..ROWS as u32)
        .map(|slot| {
            let mut row = Vec::new();
            table.encode_row(slot, &mut row);
            (table.key_bytes(slot).to_vec(), row)
        })
        .collect();

    let mut group = c.benchmark_group("1M rows of Count and Distinct(14)");
    group.sample_size(10);
    group.throughput(Throughput::Elements(ROWS));
    group.bench_function("restore", |b| {
        b.iter_with_large_drop(|| {
            let mut table = Table::new(&spec).expect("a good spec");
            for (key, row) in &encoded {
                table.restore_row(key, row).expect("a good row");
            }
            table
        });
    });
    group.bench_function("encode", |b| {
        let mut out = Vec::new();
        b.iter(|| {
            for slot in 0..ROWS as u32 {
                out.clear();
                table.encode_row(slot, &mut out);
            }
        });
    });
    group.bench_function("evict half", |b| {
        b.iter_batched_ref(
            || table.clone(),
            |table| {
                let half = table.heap_bytes() / 2;
                assert!(table.evict(half) > 0);
            },
            criterion::BatchSize::PerIteration,
        );
    });
    group.finish();
}

fn sketches(c: &mut Criterion) {
    let mut rng = Rng(4);
    let mut sketch = |items: usize| {
        let mut sketch = Distinct::new(14);
        for _ in 0..items {
            sketch.insert(rng.next());
        }
        sketch
    };
    let (dense, other) = (sketch(100_000), sketch(100_000));
    let mut group = c.benchmark_group("Distinct(14)");
    group.bench_function("merge dense", |b| {
        let mut dense = dense.clone();
        b.iter(|| dense.merge(black_box(&other)));
    });
    group.bench_function("estimate", |b| b.iter(|| black_box(&dense).estimate()));
    for items in [5usize, 100, 1_000, 100_000] {
        let hashes: Vec<u64> = (0..items as i64).map(hash::int).collect();
        group.throughput(Throughput::Elements(items as u64));
        group.bench_function(format!("insert of {items}"), |b| {
            b.iter(|| {
                let mut sketch = Distinct::new(14);
                for &hash in &hashes {
                    sketch.insert(hash);
                }
                sketch
            });
        });
    }
    group.finish();
}

fn sum_of_results(table: &Table) -> i64 {
    let slots: Vec<u32> = (0..table.len() as u32).collect();
    let results = table.results(0, &slots);
    let Values::Ints(counts) = results.results[0].values() else { panic!("counts are ints") };
    counts.iter().sum()
}

criterion_group!(benches, likes, counts, rows, sketches);
criterion_main!(benches);
