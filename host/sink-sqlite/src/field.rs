//! Values of declared fields: extracted from JSON bodies for sorting and comparing, and parsed from a filter's text.

use std::fmt;

use foldline_core::description::{OutputField, TimeUnit, ValueType};
use foldline_core::rfc3339;
use rusqlite::ToSql;
use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use foldline_base::error::{Error, ErrorKind, Result};

/// 256 bytes: texts are sorted by their beginning, so that a long value bloats neither the index nor a cursor.
const SORTED_TEXT_BYTES_MAX: usize = 256;

/// A field's value, comparable within its declared type.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar {
    /// Missing, null, or of another type than declared: sorted last.
    Null,
    /// Ints, booleans (0, 1) and times (milliseconds).
    Int(i64),
    /// Floats; never NaN.
    Float(f64),
    /// Texts, and blobs in their JSON form.
    Text(String),
}

impl Scalar {
    /// Returns the value as stored in the index.
    pub(super) fn into_sort_key(self) -> Self {
        match self {
            Self::Text(mut text) if text.len() > SORTED_TEXT_BYTES_MAX => {
                text.truncate(text.floor_char_boundary(SORTED_TEXT_BYTES_MAX));
                Self::Text(text)
            }
            other => other,
        }
    }

    /// Returns the value of a column that was written from a scalar.
    pub(super) fn from_column(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Integer(int) => Self::Int(int),
            ValueRef::Real(float) => Self::Float(float),
            ValueRef::Text(text) => Self::Text(String::from_utf8_lossy(text).into_owned()),
            ValueRef::Null | ValueRef::Blob(_) => Self::Null,
        }
    }
}

impl ToSql for Scalar {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Null => ToSqlOutput::Owned(Value::Null),
            Self::Int(int) => ToSqlOutput::Owned(Value::Integer(*int)),
            Self::Float(float) => ToSqlOutput::Owned(Value::Real(*float)),
            Self::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
        })
    }
}

/// Returns the type of the column for a field's sort key.
pub(super) fn column_type(ty: ValueType) -> &'static str {
    match ty {
        ValueType::Boolean | ValueType::Int | ValueType::Time(_) => "INTEGER",
        ValueType::Float => "REAL",
        ValueType::Text | ValueType::Blob => "TEXT",
    }
}

/// Reads some declared fields from JSON bodies, in one pass.
#[derive(Clone, Debug)]
pub(super) struct FieldReader(Vec<(String, ValueType)>);

impl FieldReader {
    pub(super) fn new<'a>(fields: impl IntoIterator<Item = &'a OutputField>) -> Self {
        Self(fields.into_iter().map(|field| (field.name.clone(), field.ty)).collect())
    }

    /// Replaces `values` by the fields' values, in the order of the fields. A body that is no JSON object has none.
    pub(super) fn read(&self, body: &str, values: &mut Vec<Scalar>) {
        values.clear();
        values.resize(self.0.len(), Scalar::Null);
        if self.0.is_empty() {
            return;
        }
        // Such a body is a mistake of the projection and shows where it is served; here it only sorts last.
        let mut json = serde_json::Deserializer::from_str(body);
        let _ = json.deserialize_map(Fill { fields: &self.0, values });
    }

    /// As [`FieldReader::read`], with the values as they are sorted by.
    pub(super) fn read_sort_keys(&self, body: &str, values: &mut Vec<Scalar>) {
        self.read(body, values);
        for value in values {
            *value = std::mem::replace(value, Scalar::Null).into_sort_key();
        }
    }
}

struct Fill<'a> {
    fields: &'a [(String, ValueType)],
    values: &'a mut [Scalar],
}

impl<'de> Visitor<'de> for Fill<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<(), A::Error> {
        while let Some(found) = map.next_key_seed(Name(self.fields))? {
            match found {
                Some(at) => {
                    self.values[at] = interpret(map.next_value::<&RawValue>()?.get(), self.fields[at].1)
                }
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// Looks up a key among the fields without copying it.
struct Name<'a>(&'a [(String, ValueType)]);

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, key: D) -> std::result::Result<Self::Value, D::Error> {
        key.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> std::result::Result<Self::Value, E> {
        Ok(self.0.iter().position(|(name, _)| name == key))
    }
}

/// Returns the value of a JSON text. Numbers are parsed by the standard library: serde_json may get the last bit of a float
/// wrong, and a filter for exactly that number would miss its document.
fn interpret(json: &str, ty: ValueType) -> Scalar {
    let text = || json.starts_with('"').then(|| serde_json::from_str::<String>(json).ok()).flatten();
    let value = match ty {
        ValueType::Boolean => json.parse::<bool>().ok().map(|on| Scalar::Int(on.into())),
        ValueType::Int => json.parse().ok().map(Scalar::Int),
        ValueType::Float => float(json),
        ValueType::Text | ValueType::Blob => text().map(Scalar::Text),
        ValueType::Time(unit) => match text() {
            Some(text) => rfc3339::parse(text.as_bytes()),
            None => json.parse().ok().and_then(|count| unit_ms(count, unit)),
        }
        .map(Scalar::Int),
    };
    value.unwrap_or(Scalar::Null)
}

/// Parses a filter's text as a value of a field.
pub(super) fn parse_filter(field: &OutputField, text: &str) -> Result<Scalar> {
    let (value, wanted) = match field.ty {
        ValueType::Boolean => {
            (text.parse::<bool>().ok().map(|on| Scalar::Int(on.into())), "`true` or `false`")
        }
        ValueType::Int => (text.parse().ok().map(Scalar::Int), "an int"),
        ValueType::Float => (float(text), "a number"),
        ValueType::Text | ValueType::Blob => (Some(Scalar::Text(text.to_owned())), "a text"),
        ValueType::Time(unit) => {
            let ms = rfc3339::parse(text.as_bytes())
                .or_else(|| text.parse().ok().and_then(|count| unit_ms(count, unit)));
            (ms.map(Scalar::Int), "a time such as `2026-01-01T00:00:00Z`")
        }
    };
    value.ok_or_else(|| {
        let message = format!("field `{}` is {wanted}, which `{text}` is not", field.name);
        Error::new(ErrorKind::Data, message)
    })
}

fn float(text: &str) -> Option<Scalar> {
    text.parse().ok().filter(|float: &f64| float.is_finite()).map(Scalar::Float)
}

fn unit_ms(count: i64, unit: TimeUnit) -> Option<i64> {
    match unit {
        TimeUnit::Seconds => count.checked_mul(1_000),
        TimeUnit::Milliseconds => Some(count),
        TimeUnit::Microseconds => Some(count.div_euclid(1_000)),
        TimeUnit::Nanoseconds => Some(count.div_euclid(1_000_000)),
        TimeUnit::Rfc3339 => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(name: &str, ty: ValueType) -> OutputField {
        OutputField { name: name.into(), ty, sortable: true }
    }

    fn read(ty: ValueType, body: &str) -> Scalar {
        let mut values = Vec::new();
        FieldReader::new([&field("f", ty)]).read(body, &mut values);
        values.remove(0)
    }

    #[test]
    fn values_of_another_type_than_declared_count_as_missing() {
        use ValueType::*;
        for (ty, body, value) in [
            (Int, r#"{"f": 3}"#, Scalar::Int(3)),
            (Int, r#"{"f": 3.5}"#, Scalar::Null),
            (Int, r#"{"f": "3"}"#, Scalar::Null),
            (Int, r#"{"f": 9223372036854775808}"#, Scalar::Null),
            (Float, r#"{"f": 3}"#, Scalar::Float(3.0)),
            (Float, r#"{"f": 1e999}"#, Scalar::Null),
            (Boolean, r#"{"f": true}"#, Scalar::Int(1)),
            (Boolean, r#"{"f": 1}"#, Scalar::Null),
            (Text, r#"{"f": "\u00e9\n"}"#, Scalar::Text("é\n".into())),
            (Text, r#"{"f": null}"#, Scalar::Null),
            (Text, r#"{"g": "x", "\u0066": "escaped name"}"#, Scalar::Text("escaped name".into())),
            (Time(TimeUnit::Seconds), r#"{"f": 2}"#, Scalar::Int(2_000)),
            (Time(TimeUnit::Rfc3339), r#"{"f": "1970-01-01T00:00:01.5Z"}"#, Scalar::Int(1_500)),
            (Int, "[1]", Scalar::Null),
            (Int, "", Scalar::Null),
        ] {
            assert_eq!(read(ty, body), value, "{ty:?} {body}");
        }
    }

    #[test]
    fn a_filter_finds_the_very_float_that_a_body_holds() {
        for text in ["0.1", "123456789.12345679", "2.2250738585072014e-308", "5e-324", "0.30000000000000004"]
        {
            let filter = parse_filter(&field("f", ValueType::Float), text).unwrap();
            assert_eq!(filter, read(ValueType::Float, &format!("{{\"f\":{text}}}")));
        }
    }

    #[test]
    fn a_filter_of_another_type_says_what_is_wanted() {
        let error = parse_filter(&field("count", ValueType::Int), "many").unwrap_err();
        assert_eq!(error.message(), "field `count` is an int, which `many` is not");
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        let Scalar::Text(cut) = Scalar::Text("é".repeat(200) + "x").into_sort_key() else { unreachable!() };
        assert_eq!(cut, "é".repeat(128));
        let Scalar::Text(cut) = Scalar::Text("x".to_owned() + &"é".repeat(200)).into_sort_key() else {
            unreachable!()
        };
        assert_eq!(cut.len(), 255);
    }
}
