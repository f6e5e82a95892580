//! Makes a typed value of what stands at a place, or of a record's key.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use foldline_core::column::ValueRef;
use foldline_core::description::{TimeUnit, ValueType};
use jiff::Timestamp;

use super::scan::{Found, Text};

/// A value of a declared type, in the batch or in the scratch space.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value<'a> {
    Boolean(bool),
    Int(i64),
    Float(f64),
    /// Milliseconds since the Unix epoch.
    Time(i64),
    Text(Text<'a>),
    Blob(Blob<'a>),
}

/// Bytes of a key, or decoded ones as a range of the scratch space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Blob<'a> {
    Plain(&'a [u8]),
    Decoded { start: usize, end: usize },
}

/// What one record's values need beside the batch's own bytes; kept between records.
#[derive(Default)]
pub(super) struct Scratch {
    pub(super) unescaped: String,
    pub(super) decoded: Vec<u8>,
}

impl Scratch {
    pub(super) fn clear(&mut self) {
        self.unescaped.clear();
        self.decoded.clear();
    }
}

impl<'a> Value<'a> {
    /// Returns the value for a column.
    pub(super) fn borrow<'s>(self, scratch: &'s Scratch) -> ValueRef<'s>
    where
        'a: 's,
    {
        match self {
            Value::Boolean(value) => ValueRef::Boolean(value),
            Value::Int(value) => ValueRef::Int(value),
            Value::Float(value) => ValueRef::Float(value),
            Value::Time(value) => ValueRef::Time(value),
            Value::Text(text) => ValueRef::Text(text.get(&scratch.unescaped)),
            Value::Blob(Blob::Plain(bytes)) => ValueRef::Blob(bytes),
            Value::Blob(Blob::Decoded { start, end }) => ValueRef::Blob(&scratch.decoded[start..end]),
        }
    }
}

/// Returns the value of a declared type, or `None` when what was found is of another type or out of range.
pub(super) fn of_found<'a>(ty: ValueType, found: Found<'a>, scratch: &mut Scratch) -> Option<Value<'a>> {
    Some(match (ty, found) {
        (ValueType::Text, Found::Text(text)) => Value::Text(text),
        (ValueType::Int, Found::Int(value)) => Value::Int(value),
        (ValueType::Float, Found::Float(value)) => Value::Float(value),
        (ValueType::Float, Found::Int(value)) => Value::Float(value as f64),
        (ValueType::Float, Found::BigInt(value)) => Value::Float(value as f64),
        (ValueType::Boolean, Found::Boolean(value)) => Value::Boolean(value),
        (ValueType::Time(unit), Found::Int(value)) => Value::Time(milliseconds(unit, value)?),
        (ValueType::Time(TimeUnit::Rfc3339), Found::Text(text)) => {
            Value::Time(rfc3339(text.get(&scratch.unescaped))?)
        }
        (ValueType::Blob, Found::Text(text)) => {
            let start = scratch.decoded.len();
            STANDARD.decode_vec(text.get(&scratch.unescaped), &mut scratch.decoded).ok()?;
            Value::Blob(Blob::Decoded { start, end: scratch.decoded.len() })
        }
        _ => return None,
    })
}

/// Returns the value of a declared type that a key as a whole stands for: a number or a boolean as JSON writes it,
/// a text or a time without quotes, a blob as it is.
pub(super) fn of_key<'a>(ty: ValueType, key: &'a [u8], scratch: &mut Scratch) -> Option<Value<'a>> {
    if ty == ValueType::Blob {
        return Some(Value::Blob(Blob::Plain(key)));
    }
    let text = std::str::from_utf8(key).ok()?;
    let found = match ty {
        ValueType::Boolean => Found::Boolean(text.parse().ok()?),
        ValueType::Float => Found::Float(number(text)?),
        ValueType::Text | ValueType::Blob | ValueType::Time(TimeUnit::Rfc3339) => {
            Found::Text(Text::Plain(text))
        }
        ValueType::Int | ValueType::Time(_) => Found::Int(whole_number(text)?),
    };
    of_found(ty, found, scratch)
}

/// One spelling for each number, as in JSON: no plus sign, no leading zeros.
fn whole_number(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let canonical = digits == "0" || digits.starts_with(|first: char| matches!(first, '1'..='9'));
    // `parse` refuses what is no digit after the first.
    if canonical { text.parse().ok() } else { None }
}

fn number(text: &str) -> Option<f64> {
    // Without this serde_json would pass over whitespace around the number.
    let bare = text.starts_with(|c: char| c == '-' || c.is_ascii_digit())
        && text.ends_with(|c: char| c.is_ascii_digit());
    if bare { serde_json::from_str(text).ok() } else { None }
}

fn milliseconds(unit: TimeUnit, value: i64) -> Option<i64> {
    match unit {
        TimeUnit::Seconds => value.checked_mul(1_000),
        TimeUnit::Milliseconds => Some(value),
        TimeUnit::Microseconds => Some(value.div_euclid(1_000)),
        TimeUnit::Nanoseconds => Some(value.div_euclid(1_000_000)),
        TimeUnit::Rfc3339 => None,
    }
}

fn rfc3339(text: &str) -> Option<i64> {
    let time: Timestamp = text.parse().ok()?;
    // Not `as_millisecond`, which rounds towards zero.
    i64::try_from(time.as_nanosecond().div_euclid(1_000_000)).ok()
}
