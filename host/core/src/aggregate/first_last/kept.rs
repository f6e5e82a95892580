//! What a `First`, a `Last` or a `LastOrNone` keeps: a value, or the statement that there is none.

use std::sync::Arc;

use std::fmt::Debug;

use crate::aggregate::bytes::Bytes;
use crate::aggregate::value::Value;
use crate::column::{Column, ValueRef, ValueType, Values};

/// What is kept with a stamp.
pub trait Kept: Clone + Debug + PartialEq + PartialOrd {
    /// One of them in columns of contributions.
    type Ref<'a>: Copy;

    /// How many columns of values a contribution has.
    const COLUMNS: usize;

    /// The aggregate's name, by the end of time that it is at: the earliest, the latest.
    const NAMES: [&'static str; 2];

    /// Checks the type of the `nth` column.
    ///
    /// # Errors
    /// Names what it must be.
    fn check_type(ty: ValueType, nth: usize, values: &Values) -> Result<(), &'static str>;

    /// Returns what a contribution says; `None` when it says nothing.
    fn of_row(columns: &[Arc<Column>], row: usize) -> Option<Self::Ref<'_>>;

    /// Returns an owned copy.
    fn owned(borrowed: Self::Ref<'_>) -> Self;

    /// Returns the value, if there is one.
    fn value(&self) -> Option<&Value>;

    /// Appends the canonical encoding.
    fn encode(&self, out: &mut Vec<u8>);

    /// Reads exactly what [`Kept::encode`] wrote.
    ///
    /// # Errors
    /// Says what is wrong, for every other input.
    fn decode(bytes: &[u8]) -> Result<Self, String>;

    /// Returns the length of the encoding, in bytes.
    fn encoded_len(&self) -> usize;
}

impl Kept for Value {
    type Ref<'a> = ValueRef<'a>;

    const COLUMNS: usize = 1;
    const NAMES: [&'static str; 2] = ["First", "Last"];

    fn check_type(ty: ValueType, _: usize, values: &Values) -> Result<(), &'static str> {
        values.check_type(ty)
    }

    #[inline]
    fn of_row(columns: &[Arc<Column>], row: usize) -> Option<ValueRef<'_>> {
        columns[0].get(row)
    }

    fn owned(borrowed: ValueRef<'_>) -> Self {
        borrowed.into()
    }

    fn value(&self) -> Option<&Value> {
        Some(self)
    }

    fn encode(&self, out: &mut Vec<u8>) {
        Value::encode(self, out);
    }

    fn decode(bytes: &[u8]) -> Result<Self, String> {
        Value::decode(Bytes::all(bytes))
    }

    fn encoded_len(&self) -> usize {
        Value::encoded_len(self)
    }
}

/// A contribution has two columns: whether there is a value, then the value.
impl Kept for Option<Value> {
    type Ref<'a> = Option<ValueRef<'a>>;

    const COLUMNS: usize = 2;
    const NAMES: [&'static str; 2] = ["FirstOrNone", "LastOrNone"];

    fn check_type(ty: ValueType, nth: usize, values: &Values) -> Result<(), &'static str> {
        values.check_type(if nth == 0 { ValueType::Boolean } else { ty })
    }

    #[inline]
    fn of_row(columns: &[Arc<Column>], row: usize) -> Option<Option<ValueRef<'_>>> {
        match columns[0].get(row)? {
            ValueRef::Boolean(true) => Some(columns[1].get(row)),
            _ => Some(None),
        }
    }

    fn owned(borrowed: Option<ValueRef<'_>>) -> Self {
        borrowed.map(Value::from)
    }

    fn value(&self) -> Option<&Value> {
        self.as_ref()
    }

    /// A byte that says whether there is a value, then the value.
    fn encode(&self, out: &mut Vec<u8>) {
        out.push(u8::from(self.is_some()));
        if let Some(value) = self {
            value.encode(out);
        }
    }

    fn decode(bytes: &[u8]) -> Result<Self, String> {
        let mut rest = Bytes::all(bytes);
        match rest.u8()? {
            0 => rest.end().map(|()| None),
            1 => Value::decode(rest).map(Some),
            other => Err(format!("there are {other} values")),
        }
    }

    fn encoded_len(&self) -> usize {
        1 + self.as_ref().map_or(0, Value::encoded_len)
    }
}
