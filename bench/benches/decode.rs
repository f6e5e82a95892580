//! What does a declared field cost, from the bytes of a record to its column?
//!
//! Beside it, in the same run, serde_json's derived struct over the same bytes: the least that one pass of the same
//! parser costs, without columns, rules or reasons. Batches of 4,096 likes, of 65 B and of 1 KiB (most of it a text
//! that nobody declared). Run with `cargo bench -p foldline-bench --bench decode`.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use foldline::decode::Decoder;
use foldline::log::{RecordBatch, RecordRef};
use foldline_core::column::ValueRef;
use foldline_core::description::{Field, FieldSource, Input, TimeUnit, ValueType};
use serde::Deserialize;

const ROWS: usize = 4_096;

#[derive(Deserialize)]
struct Like<'a> {
    user_id: &'a str,
    post_id: &'a str,
    timestamp: i64,
}

fn decode(c: &mut Criterion) {
    for (name, filler) in [("65 B", 0), ("1 KiB", 950)] {
        let records = likes(filler);
        let mut decoder = Decoder::new(0, &input(), 8 << 20);
        let mut unpredicted = Decoder::new(0, &input(), 8 << 20).without_prediction();
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
                    black_box(like(record));
                }
            });
        });
        group.finish();
    }
}

fn like(record: RecordRef<'_>) -> Like<'_> {
    serde_json::from_slice(record.value.expect("likes have values")).expect("likes are valid")
}

/// Nothing is timed before it is right.
fn same_result(decoder: &mut Decoder, records: &RecordBatch) {
    let decoded = decoder.decode(records, 0..ROWS);
    assert_eq!(decoded.events.rows(), ROWS);
    for (row, record) in records.iter().enumerate() {
        let like = like(record);
        let got: Vec<_> = decoded.events.columns.iter().map(|column| column.get(row)).collect();
        let (user, post) = (ValueRef::Text(like.user_id), ValueRef::Text(like.post_id));
        assert_eq!(got, [Some(user), Some(post), Some(ValueRef::Time(like.timestamp))]);
    }
}

fn input() -> Input {
    let field = |name: &str, ty| Field {
        name: name.to_owned(),
        source: FieldSource::Value,
        path: vec![name.to_owned()],
        aliases: Vec::new(),
        ty,
        required: true,
    };
    Input {
        topic: "likes".to_owned(),
        fields: vec![
            field("user_id", ValueType::Text),
            field("post_id", ValueType::Text),
            field("timestamp", ValueType::Time(TimeUnit::Milliseconds)),
        ],
        event_time: Some(2),
        out_of_orderness_ms: 0,
        changelog: false,
    }
}

/// Likes with ids spread by a fixed multiplier; `filler` more bytes in a field of text.
fn likes(filler: usize) -> RecordBatch {
    let mut batch = RecordBatch::with_capacity("likes".into(), 0, 0, ROWS, ROWS * (80 + filler));
    let words = "lorem ipsum dolor sit amet ".repeat(filler.div_ceil(27));
    for row in 0..ROWS as u64 {
        let (user, post) = (row.wrapping_mul(0x9e37_79b9) % 1_000_000, row * row % 10_000);
        let body = if filler == 0 { String::new() } else { format!("\"body\":\"{}\",", &words[..filler]) };
        let time = 1_767_225_600_000 + row;
        let value = format!("{{\"user_id\":\"u{user}\",{body}\"post_id\":\"p{post}\",\"timestamp\":{time}}}");
        batch.push(RecordRef { offset: row, time_ms: 0, key: None, value: Some(value.as_bytes()) });
    }
    batch
}

criterion_group!(benches, decode);
criterion_main!(benches);
