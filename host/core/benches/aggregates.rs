//! Benchmarks of aggregates: the cost to insert, merge, slide and encode, and the memory that each key holds.
//!
//! Plain forms of 1, 10, 1,000 and 1,000,000 contributions; windows of 720 panes (24 hours by 2 minutes) that hold about
//! the same numbers and keep sliding by panes as full as theirs; windows of `TopK` that keep many entries. Times are per
//! insertion, merge, slide or encoding. Memory goes to stderr. `Distinct` has benchmarks of its own. Run with
//! `cargo bench -p foldline-core --bench aggregates`.

mod common;

use std::hint::black_box;
use std::time::Duration;

use common::Rng;
use criterion::measurement::WallTime;
use criterion::{BatchSize, BenchmarkGroup, Criterion, criterion_group, criterion_main};
use foldline_core::aggregate::quantiles::RequestedQuantiles;
use foldline_core::aggregate::{
    Aggregate, Codec, Count, First, Last, Max, Min, Quantiles, Sliding, SlidingCount, SlidingFirst,
    SlidingLast, SlidingMax, SlidingMin, SlidingQuantiles, SlidingSum, SlidingTopK, Stamp, Sum, TopK,
};
use foldline_core::column::ValueRef;
use foldline_core::description::QuantileSpec;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const SIZES: [u64; 4] = [1, 10, 1_000, 1_000_000];

/// Panes of a window.
const PANES: i64 = 720;

/// Contributions to a window. With more than 1,000 per pane, the cost would be that of panes of 1,000.
const WINDOW_SIZES: [u64; 4] = [1, 10, 1_000, 720_000];

/// How many different panes enter; they are reused cyclically.
const ENTERING: i64 = 64;

/// How many different contributions there are; they are reused cyclically.
const DRAWN: usize = 4_096;

fn aggregates(c: &mut Criterion) {
    eprintln!("{:>12} {:>10} {:>14} {:>14}", "", "items", "plain, B", "window, B");
    let requested = |relative_error_millionths| {
        let spec = QuantileSpec { relative_error_millionths, at: vec![0.5, 0.9, 0.99] };
        RequestedQuantiles::new(&spec).expect("a good spec")
    };
    bench(c, "Count", Count::default, SlidingCount::default, |count, _| count.add(1), |count| count.result());
    bench(
        c,
        "Sum",
        Sum::default,
        SlidingSum::default,
        |sum, draw| sum.add(draw.value.into()),
        |sum| sum.result(2),
    );
    bench(
        c,
        "Min",
        Min::default,
        SlidingMin::default,
        |min, draw| {
            min.add(ValueRef::Int(draw.value));
        },
        |min| min.result().is_some(),
    );
    bench(
        c,
        "Max",
        Max::default,
        SlidingMax::default,
        |max, draw| {
            max.add(ValueRef::Int(draw.value));
        },
        |max| max.result().is_some(),
    );
    bench(
        c,
        "First",
        First::default,
        SlidingFirst::default,
        |first, draw| {
            first.add(draw.stamp, ValueRef::Int(draw.value));
        },
        |first| first.result().is_some(),
    );
    bench(
        c,
        "Last",
        Last::default,
        SlidingLast::default,
        |last, draw| {
            last.add(draw.stamp, ValueRef::Int(draw.value));
        },
        |last| last.result().is_some(),
    );
    for k in [10, 100, 1_000] {
        bench(
            c,
            &format!("TopK({k})"),
            || TopK::new(k),
            || SlidingTopK::new(k),
            |top, draw| {
                top.insert(&draw.id, draw.value);
            },
            SlidingTopK::result,
        );
    }
    for millionths in [10_000, 1_000] {
        let requested = requested(millionths);
        bench(
            c,
            &format!("Quantiles({} %)", f64::from(millionths) / 1e4),
            || Quantiles::new(millionths),
            SlidingQuantiles::default,
            |histogram, draw| histogram.insert(requested.bucket(draw.wait_ms)),
            |window| window.result(&requested),
        );
    }
}

/// Measures one aggregate in both forms.
fn bench<A, S, R>(
    c: &mut Criterion,
    name: &str,
    empty: impl Fn() -> A,
    empty_window: impl Fn() -> S,
    add: impl Fn(&mut A, &Draw),
    result: impl Fn(&S) -> R,
) where
    A: Aggregate + Clone,
    S: Sliding<Pane = A> + Clone,
{
    let mut group = group(c, name);
    for (items, window_items) in SIZES.into_iter().zip(WINDOW_SIZES) {
        let mut rng = Rng(items);
        let mut filled = |items: u64, pane: i64| {
            let mut value = empty();
            for _ in 0..items {
                add(&mut value, &Draw::new(&mut rng, pane));
            }
            value
        };
        let (value, other) = (filled(items, 0), filled(items, 0));
        let per_pane = window_items.div_ceil(PANES as u64);
        let filled_panes = (window_items / per_pane) as i64;
        let stride = PANES / filled_panes;
        let mut window = empty_window();
        for nth in 0..filled_panes {
            let pane = nth * stride;
            window.seal(pane, filled(per_pane, pane));
        }
        let entering: Vec<A> = (0..ENTERING).map(|nth| filled(per_pane, PANES + nth * stride)).collect();
        let memory = (size_of::<A>() + value.heap_bytes(), size_of::<S>() + window.heap_bytes());
        eprintln!("{name:>12} {items:>10} {:>14} {:>14}", memory.0, memory.1);

        let draws: Vec<Draw> = (0..DRAWN).map(|_| Draw::new(&mut rng, 0)).collect();
        group.bench_function(format!("insert into {items}"), |b| {
            let mut value = value.clone();
            let mut draws = draws.iter().cycle();
            b.iter(|| add(&mut value, draws.next().expect("a cycle never ends")));
        });
        group.bench_function(format!("merge {items}"), |b| {
            let small_input = BatchSize::SmallInput;
            b.iter_batched_ref(|| value.clone(), |value| value.merge(black_box(&other)), small_input);
        });
        group.bench_function(format!("encode {items}"), |b| {
            let mut out = Vec::new();
            b.iter(|| {
                out.clear();
                black_box(&value).encode(&mut out);
            });
        });
        slide(&mut group, &format!("slide {window_items}"), window.clone(), stride, &entering);
        group.bench_function(format!("result of {window_items} in a window"), |b| {
            b.iter(|| result(black_box(&window)));
        });
        group.bench_function(format!("encode a window of {window_items}"), |b| {
            let mut out = Vec::new();
            b.iter(|| {
                out.clear();
                black_box(&window).encode(&mut out);
            });
        });
    }
    group.finish();
}

fn group<'a>(c: &'a mut Criterion, name: &str) -> BenchmarkGroup<'a, WallTime> {
    let mut group = c.benchmark_group(name);
    group.warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_millis(300));
    group.sample_size(10);
    group
}

/// Keeps sliding, so that deferred work is measured too; the entering panes are reused cyclically.
fn slide<S: Sliding>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    mut window: S,
    stride: i64,
    entering: &[S::Pane],
) where
    S::Pane: Clone,
{
    let mut entering = entering.iter().cycle();
    let mut pane = PANES;
    group.bench_function(name, |b| {
        b.iter_batched(
            || entering.next().expect("a cycle never ends").clone(),
            |value| {
                window.expire(pane + 1 - PANES);
                window.seal(pane, value);
                pane += stride;
            },
            BatchSize::SmallInput,
        );
    });
}

/// Windows of `TopK` that keep many entries: if values fall from pane to pane, every entry counts. With a leader, one id has
/// the largest value in each pane, so that part of the newest pane is always among the best.
fn long_lists(c: &mut Criterion) {
    const K: u32 = 10;
    for (name, leader) in
        [("TopK(10) of falling values", false), ("TopK(10) of falling values and a leader", true)]
    {
        let mut group = group(c, name);
        for kept in [10, 1_000, 100_000] {
            let panes = kept / i64::from(K);
            let pane = |number: i64| {
                let mut top = TopK::new(K);
                for nth in 0..i64::from(K) {
                    let fallen = number * i64::from(K) + nth;
                    match leader && nth == 0 {
                        true => top.insert("leader", 1),
                        false => top.insert(&format!("video-{}", fallen % 1_000_000), -fallen),
                    };
                }
                top
            };
            let mut window = SlidingTopK::new(K);
            (0..panes).for_each(|number| window.seal(number, pane(number)));
            eprintln!("{name}, {kept} kept: {} B", size_of::<SlidingTopK>() + window.heap_bytes());
            let mut number = panes;
            group.bench_function(format!("result of {kept} kept"), |b| {
                b.iter(|| black_box(&window).result());
            });
            group.bench_function(format!("slide {kept} kept"), |b| {
                b.iter_batched(
                    || {
                        number += 1;
                        (number - 1, pane(number - 1))
                    },
                    |(number, value)| {
                        window.expire(number + 1 - panes);
                        window.seal(number, value);
                    },
                    BatchSize::SmallInput,
                );
            });
        }
        group.finish();
    }
}

/// What one event contributes.
struct Draw {
    id: String,
    value: i64,
    /// From a millisecond to some minutes; the logarithm is roughly normal.
    wait_ms: f64,
    stamp: Stamp,
}

impl Draw {
    fn new(rng: &mut Rng, pane: i64) -> Self {
        let bits = rng.next();
        // The sum of twelve uniform numbers is roughly normal.
        let normal = (0..12).map(|_| rng.share()).sum::<f64>() - 6.0;
        Self {
            id: format!("video-{}", bits % 1_000_000),
            value: (rng.next() % 1_000_000) as i64,
            wait_ms: (normal * 1.5 + 5.0).exp(),
            stamp: Stamp {
                time_ms: pane * 120_000 + (bits % 120_000) as i64,
                topic: 0,
                partition: 0,
                offset: bits >> 20,
                row: 0,
            },
        }
    }
}

criterion_group!(benches, aggregates, long_lists);
criterion_main!(benches);
