//! What does each aggregate cost to insert into, to merge, to slide and to encode, and what does a key hold in memory?
//!
//! Plain forms of 1, 10, 1,000 and 1,000,000 contributions; windows of 720 panes (24 hours by 2 minutes) that hold about
//! the same number, slid by one full pane. Times are those of one insertion, merge, slide or encoding. Memory goes to
//! stderr. `Distinct` has benches of its own. Run with `cargo bench -p foldline-core --bench aggregates`.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use foldline_core::aggregate::quantiles::Asked;
use foldline_core::aggregate::sliding::{
    SlidingCount, SlidingFirst, SlidingLast, SlidingMax, SlidingQuantiles, SlidingSum, SlidingTopK,
};
use foldline_core::aggregate::{Aggregate, Count, First, Last, Max, Quantiles, Sliding, Stamp, Sum, TopK};
use foldline_core::column::ValueRef;
use foldline_core::description::QuantileSpec;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const SIZES: [u64; 4] = [1, 10, 1_000, 1_000_000];

/// Panes of a window.
const PANES: i64 = 720;

/// Contributions to a window. More than 1,000 a pane would only repeat what panes of 1,000 cost.
const WINDOW_SIZES: [u64; 4] = [1, 10, 1_000, 720_000];

/// Contributions that come round again and again.
const DRAWN: usize = 4_096;

fn aggregates(c: &mut Criterion) {
    eprintln!("{:>12} {:>10} {:>14} {:>14}", "", "items", "plain, B", "window, B");
    let asked = |relative_error_millionths| {
        let spec = QuantileSpec { relative_error_millionths, at: vec![0.5, 0.9, 0.99] };
        Asked::new(&spec).expect("a good spec")
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
        let asked = asked(millionths);
        bench(
            c,
            &format!("Quantiles({} %)", f64::from(millionths) / 1e4),
            || Quantiles::new(millionths),
            SlidingQuantiles::default,
            |histogram, draw| histogram.insert(asked.bucket(draw.wait_ms)),
            |window| window.result(&asked),
        );
    }
}

/// One aggregate in both forms.
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
    let mut group = c.benchmark_group(name);
    group.warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_millis(300));
    group.sample_size(10);
    for (items, window_items) in SIZES.into_iter().zip(WINDOW_SIZES) {
        let mut chance = Chance(items);
        let mut filled = |items: u64, pane: i64| {
            let mut value = empty();
            for _ in 0..items {
                add(&mut value, &chance.draw(pane));
            }
            value
        };
        let (value, other) = (filled(items, 0), filled(items, 0));
        let per_pane = window_items.div_ceil(PANES as u64);
        let filled_panes = (window_items / per_pane) as i64;
        let mut window = empty_window();
        for nth in 0..filled_panes {
            let pane = nth * (PANES / filled_panes);
            window.seal(pane, filled(per_pane, pane));
        }
        let entering = filled(per_pane, PANES);
        let memory = (size_of::<A>() + value.heap_bytes(), size_of::<S>() + window.heap_bytes());
        eprintln!("{name:>12} {items:>10} {:>14} {:>14}", memory.0, memory.1);

        let draws: Vec<Draw> = (0..DRAWN).map(|_| chance.draw(0)).collect();
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
        group.bench_function(format!("slide {window_items}"), |b| {
            b.iter_batched_ref(
                || (window.clone(), Some(entering.clone())),
                |(window, entering)| {
                    window.expire(1);
                    window.seal(PANES, entering.take().expect("one pane enters"));
                },
                BatchSize::SmallInput,
            );
        });
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

/// What one event contributes.
struct Draw {
    id: String,
    value: i64,
    /// From a millisecond to some minutes, the logarithm all but normal.
    wait_ms: f64,
    stamp: Stamp,
}

/// Numbers from a seed: SplitMix64.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    fn draw(&mut self, pane: i64) -> Draw {
        let bits = self.next();
        // Twelve even numbers make one that is all but normal.
        let normal = (0..12).map(|_| (self.next() >> 11) as f64 / (1u64 << 53) as f64).sum::<f64>() - 6.0;
        Draw {
            id: format!("video-{}", bits % 1_000_000),
            value: (self.next() % 1_000_000) as i64,
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

criterion_group!(benches, aggregates);
criterion_main!(benches);
