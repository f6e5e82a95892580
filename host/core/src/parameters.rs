//! Values that operators set for a reducer's parameters.
//!
//! They belong to the identity of what runs: two sets of values make two builds of one version. A value that equals the
//! parameter's fallback is no different from one that nobody set, so [`Values`] holds only those that differ.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::{Serialize, Serializer};

use super::description::Scalar;

/// A value that an operator sets.
#[derive(Clone, Debug, PartialEq)]
pub struct Given {
    /// The value. Floats are finite, and none is a time.
    pub value: Scalar,
    /// Where it was set, for messages: file, line and column. `None` for what a decision says.
    pub place: Option<String>,
}

/// The values that operators set, by the names of the parameters.
pub type GivenValues = BTreeMap<String, Given>;

/// The values that differ from the fallbacks, by the names of their parameters; empty if there is none.
///
/// As JSON, an object of booleans, numbers and texts: ints without a point, floats with a point or an exponent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Values(BTreeMap<String, Scalar>);

// Floats are finite: every value equals itself.
impl Eq for Values {}

impl Values {
    /// Returns whether all parameters have their fallbacks.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the values, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Scalar)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Returns them as canonical JSON, which is part of the identity of a build and never changes, whatever a JSON library
    /// prefers: names in ascending order, no white space, and only what must be escaped is.
    pub fn canonical_json(&self) -> String {
        let mut json = String::from("{");
        for (name, value) in &self.0 {
            if json.len() > 1 {
                json.push(',');
            }
            quote(name, &mut json);
            json.push(':');
            match value {
                Scalar::Text(text) => quote(text, &mut json),
                other => json.push_str(&other.to_string()),
            }
        }
        json.push('}');
        json
    }

    /// Returns them as if an operator set them again.
    pub fn given(&self) -> GivenValues {
        let given =
            |(name, value): (&String, &Scalar)| (name.clone(), Given { value: value.clone(), place: None });
        self.0.iter().map(given).collect()
    }
}

impl FromIterator<(String, Scalar)> for Values {
    fn from_iter<I: IntoIterator<Item = (String, Scalar)>>(values: I) -> Self {
        Self(values.into_iter().collect())
    }
}

/// As in the configuration: `orders = 5, within = "10m"`.
impl fmt::Display for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (name, value)) in self.iter().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            write!(f, "{comma}{name} = {value}")?;
        }
        Ok(())
    }
}

impl Scalar {
    /// Returns the name of its type, with its article.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Boolean(_) => "a boolean",
            Self::Int(_) => "an int",
            Self::Float(_) => "a float",
            Self::Text(_) => "a text",
            Self::Time(_) => "a time",
        }
    }

    /// Returns the value as one of the type of `like`. An int may stand for a float that is exactly as large; nothing else
    /// changes its type.
    #[must_use]
    pub fn typed_like(&self, like: &Self) -> Option<Self> {
        match (self, like) {
            (Self::Boolean(_), Self::Boolean(_))
            | (Self::Int(_), Self::Int(_))
            | (Self::Float(_), Self::Float(_))
            | (Self::Text(_), Self::Text(_))
            | (Self::Time(_), Self::Time(_)) => Some(self.clone()),
            (Self::Int(value), Self::Float(_)) if value.unsigned_abs() <= EXACT_MAX => {
                Some(Self::Float(*value as f64))
            }
            _ => None,
        }
    }
}

/// Up to here, every whole number is a float.
const EXACT_MAX: u64 = 1 << 53;

/// As TOML and JSON write it.
impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean(value) => write!(f, "{value}"),
            Self::Int(value) | Self::Time(value) => write!(f, "{value}"),
            // With a point or an exponent, as opposed to an int.
            Self::Float(value) => write!(f, "{value:?}"),
            Self::Text(value) => write!(f, "{value:?}"),
        }
    }
}

impl Serialize for Values {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, Plain(value))))
    }
}

fn quote(text: &str, json: &mut String) {
    json.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => json.extend(['\\', c]),
            '\0'..='\x1f' => json.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => json.push(c),
        }
    }
    json.push('"');
}

/// A value without the name of its type.
struct Plain<'a>(&'a Scalar);

impl Serialize for Plain<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Scalar::Boolean(value) => serializer.serialize_bool(*value),
            Scalar::Int(value) | Scalar::Time(value) => serializer.serialize_i64(*value),
            Scalar::Float(value) => serializer.serialize_f64(*value),
            Scalar::Text(value) => serializer.serialize_str(value),
        }
    }
}

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let values = BTreeMap::<String, Untyped>::deserialize(deserializer)?;
        Ok(values.into_iter().map(|(name, Untyped(value))| (name, value)).collect())
    }
}

/// A value whose type follows from how it is written.
struct Untyped(Scalar);

impl<'de> Deserialize<'de> for Untyped {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Written;

        impl Visitor<'_> for Written {
            type Value = Untyped;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a boolean, an int, a float or a text")
            }

            fn visit_bool<E>(self, value: bool) -> Result<Untyped, E> {
                Ok(Untyped(Scalar::Boolean(value)))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Untyped, E> {
                Ok(Untyped(Scalar::Int(value)))
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<Untyped, E> {
                let value = value.try_into().map_err(|_| E::custom(format_args!("{value} is too large")))?;
                Ok(Untyped(Scalar::Int(value)))
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<Untyped, E> {
                if !value.is_finite() {
                    return Err(E::custom(format_args!("{value} is not finite")));
                }
                Ok(Untyped(Scalar::Float(value)))
            }

            fn visit_str<E>(self, value: &str) -> Result<Untyped, E> {
                Ok(Untyped(Scalar::Text(value.to_owned())))
            }
        }

        deserializer.deserialize_any(Written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_int_stands_for_a_float_and_nothing_else_for_another_type() {
        let float = Scalar::Float(0.5);
        assert_eq!(Scalar::Int(2).typed_like(&float), Some(Scalar::Float(2.0)));
        assert_eq!(Scalar::Int(i64::MAX).typed_like(&float), None, "no float is exactly as large");
        assert_eq!(float.typed_like(&Scalar::Int(1)), None);
        let values = [Scalar::Boolean(true), Scalar::Int(1), float, Scalar::Text("1".to_owned())];
        for (at, value) in values.iter().enumerate() {
            for (of, like) in values.iter().enumerate() {
                let expected = at == of || (at, of) == (1, 2);
                assert_eq!(value.typed_like(like).is_some(), expected, "{value} like {like}");
            }
        }
    }

    #[test]
    fn values_are_shown_as_they_are_written() {
        let values = [
            ("within".to_owned(), Scalar::Text("10m".to_owned())),
            ("share".to_owned(), Scalar::Float(2.0)),
            ("orders".to_owned(), Scalar::Int(5)),
            ("strict".to_owned(), Scalar::Boolean(true)),
        ];
        let values: Values = values.into_iter().collect();
        assert_eq!(values.to_string(), "orders = 5, share = 2.0, strict = true, within = \"10m\"");
        assert_eq!(values.canonical_json(), r#"{"orders":5,"share":2.0,"strict":true,"within":"10m"}"#);
        assert_eq!(Values::default().to_string(), "");
        assert_eq!(Values::default().canonical_json(), "{}");
        let text = Scalar::Text("\u{1}\"\\ü".to_owned());
        let quoted: Values = [("a\n".to_owned(), text)].into_iter().collect();
        assert_eq!(quoted.canonical_json(), r#"{"a\u000a":"\u0001\"\\ü"}"#);
    }
}
