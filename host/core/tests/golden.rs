//! Checks that encodings, fingerprints and results do not change: later versions read the states that are on disk.
//!
//! Every kind of aggregate meets every kind of window in a run that is the same on every machine. What it stores and
//! shows is compared with `golden.txt`. A change to that file breaks stored states, and requires new encoding versions.

use std::fmt::Write;

use foldline_core::column::{Column, ValueRef};
use foldline_core::contribution::Contributions;
use foldline_core::description::{
    AggregateKind, AggregateSpec, Keep, QuantileSpec, TableSpec, TimeUnit, ValueType, Window,
};
use foldline_core::fingerprint::Fingerprint;
use foldline_core::key::KeyColumns;
use foldline_core::results::ResultRows;
use foldline_core::table::{HashSeed, NoColdRows, Origin, Selected, Table, hash_keys};

const BATCHES: i64 = 12;
const BATCH_ROWS: i64 = 50;

#[test]
fn states_and_results_are_those_of_every_version_before() {
    let kinds = kinds();
    let (some, others) = kinds.split_at(kinds.len() / 2);
    let report = std::thread::scope(|scope| {
        let others = scope.spawn(|| report(others));
        report(some) + &others.join().expect("the other half")
    });
    let golden = include_str!("golden.txt");
    for (nth, (got, want)) in report.lines().zip(golden.lines()).enumerate() {
        assert_eq!(got, want, "line {} of golden.txt", nth + 1);
    }
    assert_eq!(report.lines().count(), golden.lines().count(), "the whole report:\n{report}");
}

/// What all tables of some kinds store and show.
fn report(kinds: &[(AggregateKind, Vec<ValueType>)]) -> String {
    let mut report = String::new();
    for (kind, types) in kinds {
        for (name, window, keep) in windows() {
            let spec = spec(kind, window, keep);
            writeln!(report, "{kind:?} {types:?} {name}").expect("a String takes everything");
            for table in run(&spec, types) {
                describe(&table, &mut report);
            }
        }
    }
    report
}

/// Each kind of aggregate, with the types of the columns contributed to it.
fn kinds() -> Vec<(AggregateKind, Vec<ValueType>)> {
    use ValueType::{Blob, Boolean, Float, Int, Text, Time};
    let time = Time(TimeUnit::Seconds);
    let quantiles = QuantileSpec { relative_error_millionths: 10_000, at: vec![0.0, 0.5, 0.999] };
    let mut kinds = vec![
        (AggregateKind::Count, vec![Int]),
        (AggregateKind::Sum(0), vec![Int]),
        (AggregateKind::Sum(3), vec![Int]),
        (AggregateKind::Sum(3), vec![Text]),
        (AggregateKind::Distinct(4), vec![Int]),
        (AggregateKind::Distinct(6), vec![Text]),
        (AggregateKind::Distinct(14), vec![Float]),
        (AggregateKind::TopK(3), vec![Text, Int]),
        (AggregateKind::TopK(40), vec![Text, Int]),
        (AggregateKind::Quantiles(quantiles.clone()), vec![Float]),
        (AggregateKind::Quantiles(quantiles), vec![Int]),
    ];
    for ty in [Boolean, Int, Float, Text, Blob, time] {
        kinds.push((AggregateKind::Min(ty), vec![ty]));
        kinds.push((AggregateKind::Max(ty), vec![ty]));
        kinds.push((AggregateKind::First(ty), vec![ty]));
        kinds.push((AggregateKind::Last(ty), vec![ty]));
    }
    for ty in [Int, Text] {
        kinds.push((AggregateKind::LastOrNone(ty), vec![Boolean, ty]));
    }
    kinds
}

fn windows() -> [(&'static str, Window, Keep); 6] {
    let sliding = Window::Sliding { size_ms: 120, slide_ms: 20 };
    [
        ("unbounded", Window::Unbounded, Keep::Latest),
        ("tumbling", Window::Tumbling(50), Keep::Latest),
        ("sliding", sliding, Keep::Latest),
        ("session", Window::Session(15), Keep::Latest),
        ("every sliding", sliding, Keep::Every(200)),
        ("every session", Window::Session(15), Keep::Every(u64::MAX)),
    ]
}

fn spec(kind: &AggregateKind, window: Window, keep: Keep) -> TableSpec {
    TableSpec {
        window,
        keep,
        allowed_lateness_ms: 5,
        ..TableSpec::new("t", ValueType::Text, vec![AggregateSpec::new("a", kind.clone())])
    }
}

/// Returns the table after all batches, and the table of its closed windows if it has one.
fn run(spec: &TableSpec, types: &[ValueType]) -> Vec<Table> {
    let mut draws = Draws(7);
    let mut table = Table::new(spec).expect("a good spec");
    let mut closed = Table::of_closed_windows(spec);
    for batch in 0..BATCHES {
        let rows = BATCH_ROWS as usize;
        let mut keys = Column::empty(ValueType::Text);
        let mut values: Vec<Column> = types.iter().map(|ty| Column::empty(*ty)).collect();
        let mut times_ms = Vec::new();
        for row in 0..BATCH_ROWS {
            let key = draws.below(7);
            // A key that is held in place in the index, and one that is too long for that.
            let key = if key == 0 { "a key of many letters".to_owned() } else { format!("k{key}") };
            keys.push(Some(ValueRef::Text(&key)));
            values.iter_mut().zip(types).for_each(|(column, ty)| push(column, *ty, &mut draws));
            times_ms.push((batch * BATCH_ROWS + row) - draws.below(20));
        }
        let offsets: Vec<u64> = (0..).skip(batch as usize * rows * 2).step_by(2).take(rows).collect();
        let mut hashes = Vec::new();
        let keys = KeyColumns::from(keys);
        hash_keys(&keys, HashSeed::default(), &mut hashes);
        let source_rows = (0..BATCH_ROWS as u32).collect();
        let contributions = Contributions::new(0, source_rows, keys, values);
        assert_eq!(contributions.check(spec, rows), Ok(vec![]));
        let partition = batch as u32 % 3;
        let origin =
            Origin { topic: 2, partition, offsets: &offsets, times_ms: &times_ms, late_offsets: &[] };
        table.apply(&contributions, &origin, Selected::all(&hashes), &mut NoColdRows).expect("applied");
        let watermark_ms = batch * BATCH_ROWS + BATCH_ROWS - 20;
        table.advance(watermark_ms, &mut NoColdRows).expect("advanced");
        table.catch_up(&mut NoColdRows).expect("caught up");
        if let Some(closed) = &mut closed {
            closed.close(&mut table);
            closed.advance(watermark_ms, &mut NoColdRows).expect("advanced");
        }
    }
    std::iter::once(table).chain(closed).collect()
}

fn push(column: &mut Column, ty: ValueType, draws: &mut Draws) {
    let number = draws.below(101) - 30;
    if draws.below(9) == 0 {
        return column.push(None);
    }
    match ty {
        ValueType::Boolean => column.push(Some(ValueRef::Boolean(number > 0))),
        // Counts must not be negative.
        ValueType::Int => column.push(Some(ValueRef::Int(number.abs()))),
        ValueType::Float => column.push(Some(ValueRef::Float(number as f64 / 8.0))),
        ValueType::Time(_) => column.push(Some(ValueRef::Time(number))),
        // Serves as a decimal, an id and any text.
        ValueType::Text => column.push(Some(ValueRef::Text(&format!("{number}.5")))),
        ValueType::Blob => column.push(Some(ValueRef::Blob(&number.to_be_bytes()))),
    }
}

/// Fingerprint, a hash of all results, and the shortest row.
fn describe(table: &Table, report: &mut String) {
    let mut fingerprint = Fingerprint::default();
    let mut shortest: Option<Vec<u8>> = None;
    let live: Vec<u32> = (0..table.len() as u32).filter(|&slot| !table.is_gone(slot)).collect();
    for &slot in &live {
        let mut row = Vec::new();
        table.encode_row(slot, &mut row);
        assert_eq!(row.len(), table.row_bytes_estimate(slot));
        fingerprint.add_row(0, table.key_bytes(slot), &row);
        if shortest.as_ref().is_none_or(|shortest| (row.len(), &row) < (shortest.len(), shortest)) {
            shortest = Some(row);
        }
    }
    let mut shown = Fingerprint::default();
    let mut slots: Vec<u32> = live.iter().copied().filter(|&slot| table.has_document(slot)).collect();
    slots.sort_by(|left, right| table.key_bytes(*left).cmp(table.key_bytes(*right)));
    let results = table.results(0, &slots);
    let ResultRows { table, keys, window_starts, window_ends, results, .. } = results;
    let key = &keys[0];
    let results = format!(
        "ResultRows {{ table: {table:?}, keys: {key:?}, window_starts: {window_starts:?}, \
         window_ends: {window_ends:?}, results: {results:?} }}"
    );
    shown.add_row(0, b"results", results.as_bytes());
    writeln!(
        report,
        "{} rows {}, {} shown {}",
        live.len(),
        fingerprint.finish(),
        slots.len(),
        shown.finish()
    )
    .expect("a String takes everything");
    let hex: String = shortest.iter().flatten().map(|byte| format!("{byte:02x}")).collect();
    writeln!(report, "{}", if hex.len() <= 800 { &hex } else { &hex[..800] })
        .expect("a String takes everything");
}

/// A seeded generator of random numbers (SplitMix64).
struct Draws(u64);

impl Draws {
    fn below(&mut self, limit: i64) -> i64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ mixed >> 31) % limit as u64) as i64
    }
}
