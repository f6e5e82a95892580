//! The cost of a declared field, from the bytes of a record to its column.
//!
//! For comparison, the same run measures serde_json's derived struct over the same bytes: the least that one pass of that parser
//! costs, without columns, rules or reasons. Batches hold 4,096 likes, of 65 B, of 1 KiB (mostly an undeclared text), and of 78 B
//! with the time as a text; the additional cost of the last is the price of an RFC 3339 time. Run with `cargo bench -p
//! foldline-bench --bench decode`.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use foldline_core::column::ValueRef;
use foldline_core::description::{Field, Input, TimeUnit, ValueType};
use foldline_decode::Decoder;
use foldline_log::{RecordBatch, RecordRef};
use serde::Deserialize;

const ROWS: usize = 4_096;

/// 2026-01-01T00:00:00Z.
const START_MS: i64 = 1_767_225_600_000;

#[derive(Deserialize)]
struct Like<'a, T> {
    user_id: &'a str,
    post_id: &'a str,
    timestamp: T,
}

fn decode(c: &mut Criterion) {
    use TimeUnit::{Milliseconds, Rfc3339};
    for (name, filler, unit) in
        [("65 B", 0, Milliseconds), ("1 KiB", 950, Milliseconds), ("78 B", 0, Rfc3339)]
    {
        let records = likes(filler, unit);
        let mut decoder = Decoder::new(0, &input(unit), 8 << 20);
        let mut unpredicted = Decoder::new(0, &input(unit), 8 << 20).without_prediction();
        same_result(&mut decoder, &records);
        same_result(&mut unpredicted, &records);
        let mut group = c.benchmark_group(format!("decode {name}"));
        group.throughput(Throughput::Elements(ROWS as u64));
        group.bench_function("columns", |b| b.iter(|| decoder.decode(black_box(&records), 0..ROWS)));
        group.bench_function("columns, without prediction", |b| {
            b.iter(|| unpredicted.decode(black_box(&records), 0..ROWS));
        });
        group.bench_function("serde_json struct", |b| {
            b.iter(|| {
                for record in records.iter() {
                    match unit {
                        Rfc3339 => _ = black_box(like::<&str>(record)),
                        _ => _ = black_box(like::<i64>(record)),
                    }
                }
            });
        });
        group.finish();
    }
}

fn like<'a, T: Deserialize<'a>>(record: RecordRef<'a>) -> Like<'a, T> {
    serde_json::from_slice(record.value.expect("likes have values")).expect("likes are valid")
}

/// Checks that the results are right before anything is timed.
fn same_result(decoder: &mut Decoder, records: &RecordBatch) {
    let decoded = decoder.decode(records, 0..ROWS);
    assert_eq!(decoded.events.rows(), ROWS);
    for (row, record) in records.iter().enumerate() {
        let like = like::<serde_json::Value>(record);
        let time_ms = START_MS + row as i64;
        assert!(like.timestamp == time_ms || like.timestamp == text(row as i64));
        let got: Vec<_> = decoded.events.columns.iter().map(|column| column.get(row)).collect();
        let (user, post) = (ValueRef::Text(like.user_id), ValueRef::Text(like.post_id));
        assert_eq!(got, [Some(user), Some(post), Some(ValueRef::Time(time_ms))]);
    }
}

fn input(unit: TimeUnit) -> Input {
    let field = |name: &str, ty| Field::of_value(vec![name.to_owned()], ty);
    Input {
        topic: "likes".to_owned(),
        fields: vec![
            field("user_id", ValueType::Text),
            field("post_id", ValueType::Text),
            field("timestamp", ValueType::Time(unit)),
        ],
        event_time: Some(2),
        ..Input::default()
    }
}

/// Returns the time `ms` after the start, as text.
fn text(ms: i64) -> String {
    format!("2026-01-01T00:00:{:02}.{:03}Z", ms / 1_000, ms % 1_000)
}

/// Returns likes with ids spread by a fixed multiplier; `filler` adds bytes in a text field.
fn likes(filler: usize, unit: TimeUnit) -> RecordBatch {
    let mut batch = RecordBatch::with_capacity("likes".into(), 0, 0, ROWS, ROWS * (80 + filler));
    let words = "lorem ipsum dolor sit amet ".repeat(filler.div_ceil(27));
    for row in 0..ROWS as u64 {
        let (user, post) = (row.wrapping_mul(0x9e37_79b9) % 1_000_000, row * row % 10_000);
        let body = if filler == 0 { String::new() } else { format!("\"body\":\"{}\",", &words[..filler]) };
        let time = match unit {
            TimeUnit::Rfc3339 => format!("\"{}\"", text(row as i64)),
            _ => (START_MS + row as i64).to_string(),
        };
        let value = format!("{{\"user_id\":\"u{user}\",{body}\"post_id\":\"p{post}\",\"timestamp\":{time}}}");
        batch.push(RecordRef { offset: row, time_ms: Some(0), key: None, value: Some(value.as_bytes()) });
    }
    batch
}

criterion_group!(benches, decode);
criterion_main!(benches);
