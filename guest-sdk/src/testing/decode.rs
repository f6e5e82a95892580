//! Decodes a record's JSON into columns of one row, by the host's rules but without the host's speed.

use foldline_core::aggregate::sum::decimal;
use foldline_core::rfc3339;
use serde_json::Value;

use crate::bindings::foldline::reducer::types::{Column, Field, FieldSource, FieldType, Input, TimeUnit};
use crate::column::ColumnBuilder;
use crate::value::{Blob, Boolean, Float, Int, Text, Time};

/// Returns the declared fields of a record, or why it is a dead letter.
///
/// # Panics
/// Panics when a blob is declared as a field of the value.
pub(super) fn columns(
    input: &Input,
    offset: u64,
    key: Option<&str>,
    value: &str,
) -> Result<Vec<Column>, String> {
    let value = object(value)?;
    input.fields.iter().map(|field| column(field, offset, key, &value)).collect()
}

/// Returns the value of a record, or why it is a dead letter.
fn object(value: &str) -> Result<Value, String> {
    let value: Value = serde_json::from_str(value).map_err(|error| format!("invalid JSON: {error}"))?;
    if !value.is_object() {
        return Err(format!("expected a JSON object, found {value}"));
    }
    Ok(value)
}

/// What takes a record of a topic.
pub(super) enum Taker {
    /// The input with this index.
    Input(usize),
    /// No input selects it.
    Nobody,
}

/// Returns which of a reducer's inputs takes a record of a topic, or why the record is a dead letter; `None` when no input reads
/// the topic.
pub(super) fn taker(
    inputs: &[Input],
    topic: &str,
    key: Option<&str>,
    value: &str,
) -> Option<Result<Taker, String>> {
    let mut of_topic = inputs.iter().enumerate().filter(|(_, input)| input.topic == topic).peekable();
    let Some(source) = of_topic.peek()?.1.when.as_ref().map(|when| &when.source) else {
        return of_topic.next().map(|(index, _)| Ok(Taker::Input(index)));
    };
    let text = match source {
        FieldSource::Value(path) => {
            let value = match object(value) {
                Ok(value) => value,
                Err(reason) => return Some(Err(reason)),
            };
            let found = path.iter().try_fold(&value, |value, name| value.get(name));
            found.and_then(Value::as_str).map(str::to_owned)
        }
        FieldSource::Key => key.map(str::to_owned),
        other => panic!("the SDK selects by no {other:?}"),
    };
    let takes = |input: &Input| {
        let texts = input.when.iter().flat_map(|when| &when.texts);
        text.as_ref().is_some_and(|text| texts.into_iter().any(|known| known == text))
    };
    let taker = of_topic.find(|(_, input)| takes(input));
    Some(Ok(taker.map_or(Taker::Nobody, |(index, _)| Taker::Input(index))))
}

fn column(field: &Field, offset: u64, key: Option<&str>, value: &Value) -> Result<Column, String> {
    let name = &field.name;
    let found = match &field.source {
        FieldSource::Value(path) => find(field, path, value)?.cloned(),
        FieldSource::Key
            if matches!(
                field.ty,
                FieldType::Text | FieldType::Blob | FieldType::Choice(_) | FieldType::Decimal(_)
            ) =>
        {
            key.map(Value::from)
        }
        FieldSource::Key => match key.map(serde_json::from_str) {
            Some(Err(_)) => {
                return Err(format!("field `{name}`: expected {:?}, found key {key:?}", field.ty));
            }
            found => found.and_then(Result::ok),
        },
        FieldSource::Partition => Some(Value::from(0)),
        FieldSource::Offset => Some(Value::from(offset)),
        // Records of the harness are a millisecond apart, as their events are.
        FieldSource::Timestamp => Some(Value::from(offset + 1)),
        other => panic!("field `{name}` is {other:?}: feed the event by `Harness::event`"),
    };
    let found = found.filter(|value| !value.is_null());
    if found.is_none() && field.required {
        return Err(format!("missing field `{name}`"));
    }
    typed(field, found.as_ref()).ok_or_else(|| {
        let found = found.unwrap_or_default();
        format!("field `{name}`: expected {:?}, found {found}", field.ty)
    })
}

/// Returns the value at a field's path, or at its first alias that is present.
fn find<'v>(field: &Field, path: &[String], value: &'v Value) -> Result<Option<&'v Value>, String> {
    let Some((last, stem)) = path.split_last() else { return Ok(None) };
    let mut at = value;
    for name in stem {
        match at.get(name) {
            None | Some(Value::Null) => return Ok(None),
            Some(inner) if inner.is_object() => at = inner,
            Some(other) => {
                let (field, path) = (&field.name, path.join("."));
                return Err(format!(
                    "field `{field}`: expected an object at `{name}` of `{path}`, found {other}"
                ));
            }
        }
    }
    Ok(std::iter::once(last).chain(&field.aliases).find_map(|name| at.get(name)))
}

/// Returns a column of one value; `None` if the value has a type other than the field's.
fn typed(field: &Field, value: Option<&Value>) -> Option<Column> {
    /// Builds the column of one value, which `$read` converts from a JSON value.
    macro_rules! one {
        ($ty:ty, $read:expr) => {
            of_one::<$ty>(match value {
                Some(value) => Some($read(value)?),
                None => None,
            })
        };
    }
    Some(match &field.ty {
        FieldType::Boolean => one!(Boolean, Value::as_bool),
        FieldType::Int => one!(Int, Value::as_i64),
        FieldType::Float => one!(Float, Value::as_f64),
        FieldType::Text => one!(Text, Value::as_str),
        FieldType::Time(unit) => one!(Time, |value| time_ms(*unit, value).map(Time::from_ms)),
        FieldType::Blob if matches!(field.source, FieldSource::Key) => {
            one!(Blob, key_bytes)
        }
        FieldType::Blob => panic!("field `{}` is a blob: feed the event by `Harness::event`", field.name),
        FieldType::Json => of_one::<Text>(value.map(Value::to_string).as_deref()),
        FieldType::Choice(texts) => {
            let index = |value: &Value| {
                let text = value.as_str()?;
                texts.iter().position(|known| known == text).map(|index| index as i64)
            };
            match value {
                // Another text than those declared.
                Some(Value::String(_)) if !field.required => of_one::<Int>(value.and_then(index)),
                _ => one!(Int, index),
            }
        }
        FieldType::Decimal(places) => {
            let text = match value {
                Some(Value::String(text)) => Some(decimal(text, *places)?),
                Some(Value::Number(number)) => Some(decimal(&number.to_string(), *places)?),
                Some(_) => return None,
                None => None,
            };
            of_one::<Text>(text.as_deref())
        }
        FieldType::Other(other) => panic!("the SDK declares no `{}`", other.name),
    })
}

fn of_one<V: crate::value::Value>(value: Option<V::Ref<'_>>) -> Column {
    let mut column = ColumnBuilder::<V>::with_capacity(1);
    column.push(value);
    column.finish()
}

/// A key that is declared as a blob arrives here as text.
fn key_bytes(value: &Value) -> Option<&[u8]> {
    value.as_str().map(str::as_bytes)
}

fn time_ms(unit: TimeUnit, value: &Value) -> Option<i64> {
    match unit {
        TimeUnit::Seconds => value.as_i64()?.checked_mul(1_000),
        TimeUnit::Milliseconds => value.as_i64(),
        TimeUnit::Microseconds => Some(value.as_i64()?.div_euclid(1_000)),
        TimeUnit::Nanoseconds => Some(value.as_i64()?.div_euclid(1_000_000)),
        TimeUnit::Rfc3339 => rfc3339::parse(value.as_str()?.as_bytes()),
    }
}
