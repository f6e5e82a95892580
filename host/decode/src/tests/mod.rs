//! Tests of the rules of decoding: [`rules`] case by case, [`oracle`] against a second implementation on random records,
//! [`prediction`] against decoding without prediction on sequences of similar records, [`sharing`] against each reducer's own
//! decoder, [`selecting`] record by record for topics that several inputs read, [`times`] for event times.

mod rules;
mod oracle;
mod prediction;
mod sharing;
mod selecting;
mod times;
mod records;

use foldline_core::column::{ValueRef, Values};
use foldline_core::description::{Field, FieldSource, FieldType, Input, TimeUnit, ValueType};

use super::{Decoded, Decoder, Union};
use foldline_log::{RecordBatch, RecordRef};

const RECORD_BYTES_MAX: usize = 10_000;

/// A required field of the value, whose name is its path.
fn field(path: &str, ty: impl Into<FieldType>) -> Field {
    Field::of_value(path.split('.').map(str::to_owned).collect(), ty)
}

fn optional(path: &str, ty: impl Into<FieldType>) -> Field {
    Field { required: false, ..field(path, ty) }
}

fn aliased(path: &str, aliases: &[&str], ty: ValueType) -> Field {
    Field { aliases: aliases.iter().map(|&alias| alias.to_owned()).collect(), ..field(path, ty) }
}

/// A required field that is the record's key.
fn key(name: &str, ty: impl Into<FieldType>) -> Field {
    Field::of_key(name, ty)
}

fn input(fields: Vec<Field>) -> Input {
    Input { topic: "likes".to_owned(), fields, ..Input::default() }
}

type Record<'a> = (Option<&'a [u8]>, Option<&'a [u8]>);

/// A batch in which record i has offset 10 + 2 i and time 1,000 + i.
fn batch<'a>(records: impl IntoIterator<Item = Record<'a>>) -> RecordBatch {
    let mut batch = RecordBatch::with_capacity("likes".into(), 3, 10, 0, 0);
    for (i, (key, value)) in records.into_iter().enumerate() {
        batch.push(RecordRef { offset: 10 + 2 * i as u64, time_ms: Some(1_000 + i as i64), key, value });
    }
    batch
}

fn decode(input: &Input, records: &RecordBatch) -> Decoded {
    Decoder::new(7, input, RECORD_BYTES_MAX).decode(records, 0..records.len())
}

/// Decodes one record and compares its event time and values, or its reason.
#[track_caller]
fn check_record(input: &Input, record: Record<'_>, want: Result<(i64, &[Option<ValueRef<'_>>]), &str>) {
    let decoded = decode(input, &batch([record]));
    let events = &decoded.events;
    match want {
        Ok((time_ms, values)) => {
            assert_eq!(decoded.dead, [], "{record:?}");
            let got: Vec<_> = events.columns.iter().map(|column| column.get(0)).collect();
            assert_eq!(got, values, "{record:?}");
            assert_eq!(events.times_ms, [time_ms], "{record:?}");
        }
        Err(reason) => {
            assert_eq!(events.rows(), 0, "{record:?}");
            let reasons: Vec<_> = decoded.dead.iter().map(|dead| dead.reason.as_str()).collect();
            assert_eq!(reasons, [reason], "{record:?}");
        }
    }
}

/// Decodes a value without a key.
#[track_caller]
fn check(fields: &[Field], value: &str, want: Result<&[Option<ValueRef<'_>>], &str>) {
    let want = want.map(|values| (1_000, values));
    check_record(&input(fields.to_vec()), (None, Some(value.as_bytes())), want);
}
