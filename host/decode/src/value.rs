//! Makes a typed value of what stands at a place, or of a record's key, and writes it to its column.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use foldline_core::column::ValueRef;
use foldline_core::description::{TimeUnit, ValueType};
use foldline_core::rfc3339;

use super::builder::ColumnBuilder;
use super::scan::Found;

/// Space for values that are not contiguous bytes of the record; reused between records.
#[derive(Clone, Default)]
pub(super) struct Scratch {
    /// The texts of one record that were written with escapes, after unescaping.
    pub(super) unescaped: String,
    /// The blob of one field.
    decoded: Vec<u8>,
}

/// Where the values of one record go.
pub(super) struct Row<'a> {
    pub(super) index: usize,
    /// One per declared field.
    pub(super) columns: &'a mut [ColumnBuilder],
    pub(super) scratch: &'a mut Scratch,
}

impl Row<'_> {
    /// Writes a value, or a null, into a column.
    #[inline]
    pub(super) fn set(&mut self, column: usize, value: Option<ValueRef<'_>>) {
        self.columns[column].set(self.index, value);
    }
}

/// Writes what was found as a value of the declared type; `None` if it is of another type or out of range.
pub(super) fn write_found(row: &mut Row<'_>, column: usize, ty: ValueType, found: &Found<'_>) -> Option<()> {
    let Row { index, columns, scratch } = row;
    let value = match (ty, found) {
        (ValueType::Text, Found::Text(text)) => ValueRef::Text(text),
        (ValueType::Text, Found::Unescaped(range)) => ValueRef::Text(range.of(&scratch.unescaped)),
        (ValueType::Int, Found::Int(value)) => ValueRef::Int(*value),
        (ValueType::Float, Found::Float(value)) => ValueRef::Float(*value),
        (ValueType::Float, Found::Int(value)) => ValueRef::Float(*value as f64),
        (ValueType::Float, Found::BigInt(value)) => ValueRef::Float(*value as f64),
        (ValueType::Boolean, Found::Boolean(value)) => ValueRef::Boolean(*value),
        (ValueType::Time(unit), Found::Int(value)) => ValueRef::Time(milliseconds(unit, *value)?),
        (ValueType::Time(TimeUnit::Rfc3339), found) => {
            ValueRef::Time(rfc3339::parse(found.text(&scratch.unescaped)?.as_bytes())?)
        }
        (ValueType::Blob, found) => {
            scratch.decoded.clear();
            STANDARD.decode_vec(found.text(&scratch.unescaped)?, &mut scratch.decoded).ok()?;
            ValueRef::Blob(&scratch.decoded)
        }
        _ => return None,
    };
    columns[column].set(*index, Some(value));
    Some(())
}

/// Writes the value of the declared type that a whole key represents: a number or a boolean as JSON writes it,
/// a text or a time without quotes, a blob as it is. `None` if the key represents no such value.
pub(super) fn write_key(row: &mut Row<'_>, column: usize, ty: ValueType, key: &[u8]) -> Option<()> {
    if ty == ValueType::Blob {
        row.set(column, Some(ValueRef::Blob(key)));
        return Some(());
    }
    let text = std::str::from_utf8(key).ok()?;
    let found = match ty {
        ValueType::Boolean => Found::Boolean(text.parse().ok()?),
        ValueType::Float => Found::Float(number(text)?),
        ValueType::Text | ValueType::Blob | ValueType::Time(TimeUnit::Rfc3339) => Found::Text(text),
        ValueType::Int | ValueType::Time(_) => Found::Int(whole_number(text)?),
    };
    write_found(row, column, ty, &found)
}

/// Accepts one spelling for each number, as JSON does: no plus sign, no leading zeros.
fn whole_number(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let canonical = digits == "0" || digits.starts_with(|first: char| matches!(first, '1'..='9'));
    // `parse` refuses any later character that is not a digit.
    if canonical { text.parse().ok() } else { None }
}

fn number(text: &str) -> Option<f64> {
    // Otherwise serde_json would skip whitespace around the number.
    let bare = text.starts_with(|c: char| c == '-' || c.is_ascii_digit())
        && text.ends_with(|c: char| c.is_ascii_digit());
    if bare { serde_json::from_str(text).ok() } else { None }
}

pub(super) fn milliseconds(unit: TimeUnit, value: i64) -> Option<i64> {
    match unit {
        TimeUnit::Seconds => value.checked_mul(1_000),
        TimeUnit::Milliseconds => Some(value),
        TimeUnit::Microseconds => Some(value.div_euclid(1_000)),
        TimeUnit::Nanoseconds => Some(value.div_euclid(1_000_000)),
        TimeUnit::Rfc3339 => None,
    }
}
