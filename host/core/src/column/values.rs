//! The values of a column, and a single value.

use super::bytes_column::BytesColumn;
use super::value_type::ValueType;

/// The values of a column. At a null there is a zero or an empty value.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// A bitmap, least significant bit first.
    Booleans(Vec<u8>),
    /// 64-bit signed integers.
    Ints(Vec<i64>),
    /// 64-bit floats.
    Floats(Vec<f64>),
    /// Milliseconds since the Unix epoch.
    Times(Vec<i64>),
    /// UTF-8 texts: every value is valid UTF-8 by itself.
    Texts(BytesColumn),
    /// Bytes.
    Blobs(BytesColumn),
}

impl Values {
    /// Returns empty values for a declared type.
    pub fn empty(ty: ValueType) -> Self {
        match ty {
            ValueType::Boolean => Self::Booleans(Vec::new()),
            ValueType::Int => Self::Ints(Vec::new()),
            ValueType::Float => Self::Floats(Vec::new()),
            ValueType::Time(_) => Self::Times(Vec::new()),
            ValueType::Text => Self::Texts(BytesColumn::default()),
            ValueType::Blob => Self::Blobs(BytesColumn::default()),
        }
    }

    /// Returns what stands at `len` nulls.
    pub(crate) fn placeholders(ty: ValueType, len: usize) -> Self {
        let bytes = || BytesColumn::of_empty_values(len);
        match ty {
            ValueType::Boolean => Self::Booleans(vec![0; len.div_ceil(8)]),
            ValueType::Int => Self::Ints(vec![0; len]),
            ValueType::Float => Self::Floats(vec![0.0; len]),
            ValueType::Time(_) => Self::Times(vec![0; len]),
            ValueType::Text => Self::Texts(bytes()),
            ValueType::Blob => Self::Blobs(bytes()),
        }
    }

    /// Returns the name of the type, for messages.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Booleans(_) => "booleans",
            Self::Ints(_) => "ints",
            Self::Floats(_) => "floats",
            Self::Times(_) => "times",
            Self::Texts(_) => "texts",
            Self::Blobs(_) => "blobs",
        }
    }

    /// Returns whether these are values of a type, whatever the unit of times.
    pub fn is_of(&self, ty: ValueType) -> bool {
        self.check_type(ty).is_ok()
    }

    /// Checks that these are values of a declared type.
    ///
    /// # Errors
    /// Names the type that they must have.
    pub(crate) fn check_type(&self, ty: ValueType) -> Result<(), &'static str> {
        let wanted = Self::empty(ty);
        let fits = std::mem::discriminant(self) == std::mem::discriminant(&wanted);
        fits.then_some(()).ok_or(wanted.type_name())
    }
}

/// One value, borrowed from a column or on its way into one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ValueRef<'a> {
    /// `true` or `false`.
    Boolean(bool),
    /// An integer.
    Int(i64),
    /// A float.
    Float(f64),
    /// Milliseconds since the Unix epoch.
    Time(i64),
    /// A text.
    Text(&'a str),
    /// Bytes.
    Blob(&'a [u8]),
}
