//! Benchmarks of each kind of aggregate in a table: to apply a contribution, to advance windows, and to encode, restore and
//! compact rows.
//!
//! 100,000 keys for tables without windows, 2,000 for those with windows, so that both rows and their panes miss caches. Kinds
//! take turns. The minimum of the rounds is shown, since other processes only ever add time. CPU time of this thread alone.
//! Run with `cargo bench -p foldline-core --bench kinds`; an argument selects the kinds whose names contain it.

mod common;

use common::Rng;
use common::batch::{BATCH_ROWS, Batch, spec};
use foldline_core::column::{Column, ValueRef};
use foldline_core::description::{AggregateKind, QuantileSpec, TableSpec, ValueType, Window};
use foldline_core::table::{Mark, NoColdRows, Table};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ROUNDS: usize = 7;
const KEYS: u64 = 100_000;
const WINDOWED_KEYS: u64 = 2_000;
const BATCHES: usize = 64;
const MINUTE_MS: u64 = 60_000;

/// How often each operation is repeated: the CPU clock advances with the scheduler, every 4 ms.
const APPLIED: usize = 4;
const ENCODED: usize = 64;
const RESTORED: usize = 12;

/// What one round measures, in nanoseconds: the first two per contribution, the others per row.
const COLUMNS: [&str; 5] = ["apply", "slide", "encode", "restore", "evict"];

fn main() {
    let is_test = std::env::args().any(|arg| arg == "--test");
    let wanted = std::env::args().skip(1).find(|arg| !arg.starts_with('-')).unwrap_or_default();
    let (batches, rounds) = if is_test { (4, 1) } else { (BATCHES, ROUNDS) };
    let kinds: Vec<_> = kinds().into_iter().filter(|(name, ..)| name.contains(&wanted)).collect();
    let mut least = vec![[f64::INFINITY; COLUMNS.len()]; kinds.len()];
    for _ in 0..rounds {
        for (least, (_, kind, types)) in least.iter_mut().zip(&kinds) {
            let measured = round(kind, types, batches);
            least.iter_mut().zip(measured).for_each(|(least, measured)| *least = least.min(measured));
        }
    }
    println!("| kind | {} |\n|---|{}", COLUMNS.join(" | "), "---:|".repeat(COLUMNS.len()));
    for (least, (name, ..)) in least.iter().zip(&kinds) {
        let cells: Vec<String> = least.iter().map(|ns| format!("{ns:.1}")).collect();
        println!("| {name} | {} |", cells.join(" | "));
    }
}

fn kinds() -> Vec<(&'static str, AggregateKind, Vec<ValueType>)> {
    use ValueType::{Float, Int, Text};
    let quantiles = QuantileSpec { relative_error_millionths: 10_000, at: vec![0.5, 0.99] };
    vec![
        ("Count", AggregateKind::Count, vec![Int]),
        ("Sum of ints", AggregateKind::Sum(2), vec![Int]),
        ("Sum of texts", AggregateKind::Sum(2), vec![Text]),
        ("Min of ints", AggregateKind::Min(Int), vec![Int]),
        ("Max of texts", AggregateKind::Max(Text), vec![Text]),
        ("First of ints", AggregateKind::First(Int), vec![Int]),
        ("Last of texts", AggregateKind::Last(Text), vec![Text]),
        ("Distinct of ints", AggregateKind::Distinct(12), vec![Int]),
        ("Distinct of texts", AggregateKind::Distinct(14), vec![Text]),
        ("TopK", AggregateKind::TopK(10), vec![Text, Int]),
        ("Quantiles", AggregateKind::Quantiles(quantiles), vec![Float]),
    ]
}

fn round(kind: &AggregateKind, types: &[ValueType], batches: usize) -> [f64; COLUMNS.len()] {
    let mut rng = Rng(1);
    let contributions = (batches * BATCH_ROWS) as f64;
    let plain = spec(ValueType::Text, &[("a", kind.clone())]);
    let timed: Vec<Batch> = (0..batches).map(|_| batch(types, KEYS, &mut rng)).collect();
    let mut table = Table::new(&plain).expect("a good spec");
    timed.iter().for_each(|batch| batch.apply(&mut table, &None, 0));
    let apply = cpu_ns(|| {
        for _ in 0..APPLIED {
            timed.iter().for_each(|batch| batch.apply(&mut table, &None, 0));
        }
    });
    let slots = 0..table.len() as u32;
    let encode = cpu_ns(|| {
        let mut out = Vec::new();
        for slot in std::iter::repeat_n(slots.clone(), ENCODED).flatten() {
            out.clear();
            table.encode_row(slot, &mut out);
        }
    });
    let encoded: Vec<(Vec<u8>, Vec<u8>)> = slots
        .map(|slot| {
            let mut row = Vec::new();
            table.encode_row(slot, &mut row);
            (table.key_bytes(slot).to_vec(), row)
        })
        .collect();
    let mut tables: Vec<Table> = (0..RESTORED).map(|_| Table::new(&plain).expect("a good spec")).collect();
    let restore = cpu_ns(|| {
        for table in &mut tables {
            for (key, row) in &encoded {
                table.restore_row(key, row).expect("a good row");
            }
        }
    });
    let half = tables[0].heap_bytes() / 2;
    let evict = cpu_ns(|| tables.iter_mut().for_each(|table| assert!(table.evict(half) > 0)));
    let rows = encoded.len() as f64;
    [
        apply / (contributions * APPLIED as f64),
        slide(kind, types, batches),
        encode / (rows * ENCODED as f64),
        restore / (rows * RESTORED as f64),
        evict / (rows * RESTORED as f64),
    ]
}

/// Event time follows each batch; a window of an hour slides by a minute.
fn slide(kind: &AggregateKind, types: &[ValueType], batches: usize) -> f64 {
    let mut rng = Rng(2);
    let window = Window::Sliding { size_ms: 60 * MINUTE_MS, slide_ms: MINUTE_MS };
    let spec = TableSpec { window, ..spec(ValueType::Text, &[("a", kind.clone())]) };
    let span_ms = 6 * 60 * MINUTE_MS as usize;
    let rows = batches * BATCH_ROWS;
    let mut timed: Vec<Batch> = (0..batches).map(|_| batch(types, WINDOWED_KEYS, &mut rng)).collect();
    for (nth, time_ms) in timed.iter_mut().flat_map(|batch| &mut batch.times_ms).enumerate() {
        *time_ms = (nth * span_ms / rows) as i64;
    }
    let mut table = Table::new(&spec).expect("a good spec");
    table.track_dirty(Mark::Flush(0), false);
    cpu_ns(|| {
        for batch in &timed {
            batch.apply(&mut table, &None, 0);
            let reached = batch.times_ms[batch.times_ms.len() - 1];
            table.advance(reached, &mut NoColdRows).expect("no row is cold");
            table.catch_up(&mut NoColdRows).expect("no row is cold");
        }
    }) / rows as f64
}

fn batch(types: &[ValueType], keys: u64, rng: &mut Rng) -> Batch {
    let mut batch = Batch::counts((0..BATCH_ROWS).map(|_| rng.below(keys)));
    let column = |ty: &ValueType| {
        let mut column = Column::empty(*ty);
        for _ in 0..BATCH_ROWS {
            let value = rng.below(1_000_000);
            match ty {
                // Texts that are also decimals.
                ValueType::Text => column.push(Some(ValueRef::Text(&format!("{value}.5")))),
                ValueType::Float => column.push(Some(ValueRef::Float(value as f64 / 64.0))),
                _ => column.push(Some(ValueRef::Int(value as i64))),
            }
        }
        column
    };
    batch.contributions.values = types.iter().map(column).map(Into::into).collect();
    batch
}

/// Returns the CPU time that `what` takes on this thread, in nanoseconds. Other processes take cores, but no CPU time of it.
fn cpu_ns(what: impl FnOnce()) -> f64 {
    let start = thread_cpu_ns();
    what();
    (thread_cpu_ns() - start) as f64
}

fn thread_cpu_ns() -> u64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux tells");
    stat.split(' ').next().and_then(|ns| ns.parse().ok()).expect("a number")
}
