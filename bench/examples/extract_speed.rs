//! Measures the cost of `extract` per event for a reducer's crate: `cargo run --release -p foldline-bench --example extract_speed
//! -- DIR`.
//!
//! Method: batches of 4,096 rows of short texts; the same columns are passed repeatedly, as when several reducers of a topic
//! share them. Takes the fastest of five runs of 500 batches, on one thread.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use foldline_config::Limits;
use foldline_core::column::{Column, ValueRef};
use foldline_core::contribution::EventBatch;
use foldline_core::description::{Input, ValueType};
use foldline_module::ModuleEngine;

const ROWS: usize = 4_096;
const CALLS: usize = 500;

fn main() -> anyhow::Result<()> {
    let dir = PathBuf::from(std::env::args().nth(1).context("which reducer's folder?")?);
    let built =
        foldline_guest::build(&dir, None, foldline_guest::Install::Never, &mut |step| eprintln!("{step}"))?;
    let wasm = std::fs::read(&built.path)?;
    let engine = ModuleEngine::new((&Limits::default()).into(), None)?;
    let begun = Instant::now();
    let module = engine.validate(None, &wasm)?;
    println!("{} bytes, validated in {:.1?}", wasm.len(), begun.elapsed());

    let begun = Instant::now();
    for _ in 0..1_000 {
        module.instantiate()?;
    }
    println!("instantiate {:.1?}", begun.elapsed() / 1_000);

    let mut instance = module.instantiate()?;
    for (i, input) in module.description().inputs.iter().enumerate() {
        let batch = batch(i, input);
        let mut fastest = Duration::MAX;
        for _ in 0..5 {
            let begun = Instant::now();
            for _ in 0..CALLS {
                std::hint::black_box(instance.extract(&batch)?);
            }
            fastest = fastest.min(begun.elapsed());
        }
        println!("{}: {:.1} ns a row", input.topic, fastest.as_nanos() as f64 / (ROWS * CALLS) as f64);
    }
    Ok(())
}

fn batch(number: usize, input: &Input) -> EventBatch {
    let mut columns: Vec<_> =
        input.fields.iter().map(|field| Column::empty(field.ty.column_type())).collect();
    for row in 0..ROWS {
        let text = format!("id-{:06}", row * 7_919 % 1_000);
        for (column, field) in columns.iter_mut().zip(&input.fields) {
            column.push(Some(match field.ty.column_type() {
                ValueType::Boolean => ValueRef::Boolean(row % 2 == 0),
                ValueType::Int => ValueRef::Int(row as i64),
                ValueType::Float => ValueRef::Float(row as f64),
                ValueType::Time(_) => ValueRef::Time(row as i64),
                ValueType::Text => ValueRef::Text(&text),
                ValueType::Blob => ValueRef::Blob(text.as_bytes()),
            }));
        }
    }
    EventBatch {
        input: number,
        partition: 0,
        offsets: (0..ROWS as u64).collect(),
        times_ms: (0..ROWS as i64).collect(),
        columns: columns.into_iter().map(Arc::new).collect(),
    }
}
