//! Benchmarks of a table over windows: the cost of a contribution, and how it depends on the window.
//!
//! Likes as in the end-to-end benchmarks: posts by Zipf, users uniform, times uniform over two days, `Distinct(14)` of users per
//! post; half the posts and likes, as one of two shards has. Event time follows each batch, as in a replay. Windows
//! take turns. The median of the rounds is shown, next to the same table without a window. CPU time of this thread alone.
//! Run with `cargo bench -p foldline-core --bench windows`.

mod common;

use common::batch::{BATCH_ROWS, Batch, spec};
use common::{Rng, Zipf};
use foldline_core::description::{AggregateKind, TableSpec, ValueType, Window};
use foldline_core::table::{Mark, NoColdRows, Table};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const BATCHES: usize = 610;
const POSTS: usize = 5_000;
const USERS: u64 = 1_000_000;
const SPAN_MS: i64 = 48 * HOUR;
const ROUNDS: usize = 5;

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// Name, size and slide.
const WINDOWS: [(&str, i64, i64); 4] = [
    ("1 h / 2 min", HOUR, 2 * MINUTE),
    ("24 h / 2 min", 24 * HOUR, 2 * MINUTE),
    ("24 h / 10 s", 24 * HOUR, 10 * SECOND),
    ("30 d / 1 h", 30 * 24 * HOUR, HOUR),
];

fn main() {
    // With `--test`, Cargo only checks that benchmarks run.
    let (batches, rounds) =
        if std::env::args().any(|arg| arg == "--test") { (4, 1) } else { (BATCHES, ROUNDS) };
    let (mut rng, posts) = (Rng(1), Zipf::new(POSTS));
    let mut likes: Vec<Batch> = (0..batches).map(|_| Batch::likes(&mut rng, &posts, USERS)).collect();
    for (nth, time_ms) in likes.iter_mut().flat_map(|batch| &mut batch.times_ms).enumerate() {
        *time_ms = (nth as f64 / (batches * BATCH_ROWS) as f64 * SPAN_MS as f64) as i64;
    }
    let kind = [("users", AggregateKind::Distinct(14))];
    let mut taken: Vec<Vec<f64>> = vec![Vec::new(); WINDOWS.len() + 1];
    let mut memory = vec![0; WINDOWS.len() + 1];
    for _ in 0..rounds {
        for (nth, taken) in taken.iter_mut().enumerate() {
            let window = nth.checked_sub(1).map_or(Window::Unbounded, |nth| {
                let (_, size_ms, slide_ms) = WINDOWS[nth];
                Window::Sliding { size_ms: size_ms as u64, slide_ms: slide_ms as u64 }
            });
            let mut table =
                Table::new(&TableSpec { window, ..spec(ValueType::Text, &kind) }).expect("a good spec");
            table.track_dirty(Mark::Flush(0), false);
            let start = thread_cpu_ns();
            for batch in &likes {
                batch.apply(&mut table, &None, 0);
                let reached = batch.times_ms[batch.times_ms.len() - 1];
                table.advance(reached, &mut NoColdRows).expect("no row is cold");
            }
            table.catch_up(&mut NoColdRows).expect("no row is cold");
            taken.push((thread_cpu_ns() - start) as f64 / (batches * BATCH_ROWS) as f64);
            memory[nth] = table.heap_bytes() >> 20;
        }
    }
    println!("| window | ns an event | memory, MiB |\n|---|---:|---:|");
    let names = std::iter::once("none").chain(WINDOWS.iter().map(|(name, ..)| *name));
    for ((name, mut taken), memory) in names.zip(taken).zip(memory) {
        taken.sort_by(f64::total_cmp);
        println!("| {name} | {:.0} (least {:.0}) | {memory} |", taken[taken.len() / 2], taken[0]);
    }
}

/// Returns the CPU time of this thread, in nanoseconds. Other processes take cores, but no CPU time of it.
fn thread_cpu_ns() -> u64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux tells");
    stat.split(' ').next().and_then(|ns| ns.parse().ok()).expect("a number")
}
