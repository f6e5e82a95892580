//! One owned scalar, with a total order that is the same on every machine.

use std::cmp::Ordering;

use super::bytes::Bytes;
use crate::column::{ValueRef, ValueType};

/// A scalar as rows hold it.
///
/// Floats are canonical: `-0.0` is held as `0.0`, and every NaN as one quiet NaN, which is larger than infinity.
/// So equal values have equal bits, and neither `Min` nor a fingerprint can tell which of two zeros came first.
#[derive(Clone, Debug)]
pub enum Value {
    /// `true` or `false`; `false` is smaller.
    Boolean(bool),
    /// An integer.
    Int(i64),
    /// A canonical float.
    Float(f64),
    /// Milliseconds since the Unix epoch.
    Time(i64),
    /// A text, ordered by its bytes.
    Text(Box<str>),
    /// Bytes.
    Blob(Box<[u8]>),
}

impl Value {
    /// Borrows the value.
    pub fn borrowed(&self) -> ValueRef<'_> {
        match self {
            Self::Boolean(value) => ValueRef::Boolean(*value),
            Self::Int(value) => ValueRef::Int(*value),
            Self::Float(value) => ValueRef::Float(*value),
            Self::Time(value) => ValueRef::Time(*value),
            Self::Text(value) => ValueRef::Text(value),
            Self::Blob(value) => ValueRef::Blob(value),
        }
    }

    /// Returns whether the value is of a declared type.
    pub fn is_of(&self, ty: ValueType) -> bool {
        matches!(
            (self, ty),
            (Self::Boolean(_), ValueType::Boolean)
                | (Self::Int(_), ValueType::Int)
                | (Self::Float(_), ValueType::Float)
                | (Self::Time(_), ValueType::Time(_))
                | (Self::Text(_), ValueType::Text)
                | (Self::Blob(_), ValueType::Blob)
        )
    }

    /// Returns the bytes held outside the value itself.
    pub fn heap_bytes(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Blob(blob) => blob.len(),
            _ => 0,
        }
    }

    /// Appends a byte for the type, then the value: integers and floats as 8 bytes, little-endian.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.push(rank(self.borrowed()));
        match self {
            Self::Boolean(value) => out.push(u8::from(*value)),
            Self::Int(value) | Self::Time(value) => out.extend_from_slice(&value.to_le_bytes()),
            Self::Float(value) => out.extend_from_slice(&value.to_bits().to_le_bytes()),
            Self::Text(value) => out.extend_from_slice(value.as_bytes()),
            Self::Blob(value) => out.extend_from_slice(value),
        }
    }

    /// Returns the length of the encoding, in bytes.
    pub(crate) fn encoded_len(&self) -> usize {
        1 + match self {
            Self::Boolean(_) => 1,
            Self::Int(_) | Self::Float(_) | Self::Time(_) => 8,
            Self::Text(_) | Self::Blob(_) => self.heap_bytes(),
        }
    }

    /// Reads exactly what [`Value::encode`] wrote.
    pub(crate) fn decode_all(bytes: &[u8]) -> Result<Self, String> {
        Self::decode(Bytes::all(bytes))
    }

    /// Reads the rest of an encoding, to the end of which texts and blobs extend.
    pub(super) fn decode(mut bytes: Bytes<'_>) -> Result<Self, String> {
        let value = match bytes.u8()? {
            0 => match bytes.u8()? {
                bit @ 0..=1 => Self::Boolean(bit == 1),
                other => return Err(format!("a boolean has byte {other}")),
            },
            1 => Self::Int(i64::from_le_bytes(bytes.array()?)),
            2 => {
                let bits = u64::from_le_bytes(bytes.array()?);
                if canonical_bits(f64::from_bits(bits)) != bits {
                    return Err(format!("a float has bits {bits:#x}, which are not canonical"));
                }
                Self::Float(f64::from_bits(bits))
            }
            3 => Self::Time(i64::from_le_bytes(bytes.array()?)),
            4 => {
                let text = std::str::from_utf8(bytes.rest())
                    .map_err(|error| format!("a text is not UTF-8: {error}"))?;
                Self::Text(text.into())
            }
            5 => Self::Blob(bytes.rest().into()),
            other => return Err(format!("a value has unknown type {other}")),
        };
        bytes.end()?;
        Ok(value)
    }
}

impl From<ValueRef<'_>> for Value {
    fn from(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Boolean(value) => Self::Boolean(value),
            ValueRef::Int(value) => Self::Int(value),
            ValueRef::Float(value) => Self::Float(f64::from_bits(canonical_bits(value))),
            ValueRef::Time(value) => Self::Time(value),
            ValueRef::Text(value) => Self::Text(value.into()),
            ValueRef::Blob(value) => Self::Blob(value.into()),
        }
    }
}

/// Checks that a stored value, if there is one, is of a declared type.
pub(super) fn check_type(value: Option<&Value>, ty: ValueType) -> Result<(), String> {
    match value {
        Some(value) if !value.is_of(ty) => Err(format!("{value:?} stands where {ty:?} is declared")),
        _ => Ok(()),
    }
}

/// Orders two values: within a type by size, floats by their canonical form; values of different types by type.
pub fn compare(left: ValueRef<'_>, right: ValueRef<'_>) -> Ordering {
    match (left, right) {
        (ValueRef::Boolean(left), ValueRef::Boolean(right)) => left.cmp(&right),
        (ValueRef::Int(left), ValueRef::Int(right)) | (ValueRef::Time(left), ValueRef::Time(right)) => {
            left.cmp(&right)
        }
        (ValueRef::Float(left), ValueRef::Float(right)) => {
            let canonical = |value| f64::from_bits(canonical_bits(value));
            canonical(left).total_cmp(&canonical(right))
        }
        (ValueRef::Text(left), ValueRef::Text(right)) => left.cmp(right),
        (ValueRef::Blob(left), ValueRef::Blob(right)) => left.cmp(right),
        (left, right) => rank(left).cmp(&rank(right)),
    }
}

/// Returns the bits of a float with one zero and one NaN.
pub fn canonical_bits(value: f64) -> u64 {
    const QUIET_NAN: u64 = 0x7ff8_0000_0000_0000;
    if value.is_nan() {
        QUIET_NAN
    } else if value == 0.0 {
        0
    } else {
        value.to_bits()
    }
}

/// Returns the byte that represents the type in encodings.
fn rank(value: ValueRef<'_>) -> u8 {
    match value {
        ValueRef::Boolean(_) => 0,
        ValueRef::Int(_) => 1,
        ValueRef::Float(_) => 2,
        ValueRef::Time(_) => 3,
        ValueRef::Text(_) => 4,
        ValueRef::Blob(_) => 5,
    }
}

impl Ord for Value {
    fn cmp(&self, other: &Self) -> Ordering {
        compare(self.borrowed(), other.borrowed())
    }
}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Value {}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::trials;

    pub(crate) fn any_value() -> impl Strategy<Value = Value> {
        prop_oneof![
            any::<bool>().prop_map(Value::Boolean),
            any::<i64>().prop_map(Value::Int),
            prop_oneof![Just(0.0), Just(-0.0), Just(f64::NAN), Just(-f64::NAN), any::<f64>()]
                .prop_map(|value| Value::from(ValueRef::Float(value))),
            any::<i64>().prop_map(Value::Time),
            "\\PC{0,6}".prop_map(|value| Value::Text(value.into())),
            any::<Vec<u8>>().prop_map(|value| Value::Blob(value.into())),
        ]
    }

    proptest! {
        #![proptest_config(trials::usual())]

        #[test]
        fn the_order_is_total(a in any_value(), b in any_value(), c in any_value()) {
            prop_assert_eq!(a.cmp(&b), b.cmp(&a).reverse());
            if a <= b && b <= c {
                prop_assert!(a <= c);
            }
        }
    }

    #[test]
    fn floats_have_one_zero_and_one_nan_above_infinity() {
        let float = |value| Value::from(ValueRef::Float(value));
        assert_eq!(float(-0.0), float(0.0));
        assert_eq!(float(f64::NAN), float(-f64::NAN));
        assert!(float(f64::INFINITY) < float(f64::NAN));
        assert!(float(f64::NEG_INFINITY) < float(-f64::NAN));
        assert_eq!(compare(ValueRef::Float(-0.0), ValueRef::Float(0.0)), Ordering::Equal);
    }
}
