//! Typed columns: the layout in which events, contributions, results and documents travel to and from modules.
//!
//! The layout is Arrow's: flat values, offsets for variable length, bitmaps with the least significant bit first. With one call
//! per batch it costs 10 ns per event, where a list of records costs 120.

pub(crate) mod bitmap;
mod bytes_column;
mod value_type;
mod values;

use std::ops::Range;

use bitmap::{bit, picked_bits, push_bit, truncate_bits};
pub use bytes_column::BytesColumn;
pub use value_type::{TimeUnit, ValueType};
pub use values::{ValueRef, Values};

/// A column of `len` values, each of which may be null.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    len: usize,
    values: Values,
    /// Bit i set = value i is present; `None` = all are.
    validity: Option<Vec<u8>>,
}

impl Column {
    /// Returns an empty column of a type.
    pub fn empty(ty: ValueType) -> Self {
        Self { len: 0, values: Values::empty(ty), validity: None }
    }

    /// Checks a column that comes from a module: lengths, bitmap sizes, UTF-8.
    ///
    /// # Errors
    /// Describes the mistake in words that fit after the column's name.
    pub fn from_parts(len: usize, values: Values, validity: Option<Vec<u8>>) -> Result<Self, String> {
        let bitmap_bytes = len.div_ceil(8);
        let (got, want, unit) = match &values {
            Values::Booleans(bits) => (bits.len(), bitmap_bytes, "bytes of bitmap"),
            Values::Ints(values) | Values::Times(values) => (values.len(), len, "values"),
            Values::Floats(values) => (values.len(), len, "values"),
            Values::Texts(values) | Values::Blobs(values) => (values.len(), len, "values"),
        };
        if got != want {
            return Err(format!("has {got} {unit} where {want} are expected"));
        }
        if let Some(bits) = &validity
            && bits.len() != bitmap_bytes
        {
            return Err(format!("has {} bytes of validity where {bitmap_bytes} are expected", bits.len()));
        }
        if let Values::Texts(texts) = &values {
            let (offsets, data) = texts.as_parts();
            let text = std::str::from_utf8(data).map_err(|error| format!("is not UTF-8: {error}"))?;
            if let Some(row) = offsets.iter().position(|&at| !text.is_char_boundary(at as usize)) {
                return Err(format!("is not UTF-8: offset {row} is inside a character"));
            }
        }
        Ok(Self { len, values, validity })
    }

    /// Returns the number of values, nulls included.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Returns whether there are no values.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Returns the values.
    pub fn values(&self) -> &Values {
        &self.values
    }

    /// Returns the validity bitmap; `None` when no value is null.
    pub fn validity(&self) -> Option<&[u8]> {
        self.validity.as_deref()
    }

    /// Consumes the column and returns length, values and validity, to pass them to a module.
    pub fn into_parts(self) -> (usize, Values, Option<Vec<u8>>) {
        (self.len, self.values, self.validity)
    }

    /// Returns a copy of some consecutive values.
    pub fn slice(&self, rows: Range<usize>) -> Column {
        self.pick(rows)
    }

    /// Returns a copy of the given rows, in their order.
    pub fn pick(&self, rows: impl IntoIterator<Item = usize>) -> Column {
        let rows: Vec<usize> = rows.into_iter().collect();
        let bytes = |values: &BytesColumn| {
            let bytes = rows.iter().map(|&row| values.get(row).len()).sum();
            let mut picked = BytesColumn::with_capacity(rows.len(), bytes);
            rows.iter().for_each(|&row| picked.push(values.get(row)));
            picked
        };
        let values = match &self.values {
            Values::Booleans(bits) => Values::Booleans(picked_bits(bits, &rows)),
            Values::Ints(values) => Values::Ints(rows.iter().map(|&row| values[row]).collect()),
            Values::Times(values) => Values::Times(rows.iter().map(|&row| values[row]).collect()),
            Values::Floats(values) => Values::Floats(rows.iter().map(|&row| values[row]).collect()),
            // Each value is UTF-8 by itself, so any of them are.
            Values::Texts(values) => Values::Texts(bytes(values)),
            Values::Blobs(values) => Values::Blobs(bytes(values)),
        };
        let has_null = |bits: &&Vec<u8>| rows.iter().any(|&row| !bit(bits, row));
        let validity = self.validity.as_ref().filter(has_null).map(|bits| picked_bits(bits, &rows));
        Column { len: rows.len(), values, validity }
    }

    /// Returns `len` nulls.
    pub fn nulls(ty: ValueType, len: usize) -> Self {
        let validity = Some(vec![0; len.div_ceil(8)]).filter(|_| len > 0);
        Self { len, values: Values::placeholders(ty, len), validity }
    }

    /// Returns `len` nulls of a type whose values are allowed; `None` if those of no type are. Times are in milliseconds.
    pub fn nulls_of_allowed(is_allowed: impl Fn(&Values) -> bool, len: usize) -> Option<Self> {
        use ValueType::{Blob, Boolean, Float, Int, Text, Time};
        let types = [Int, Text, Boolean, Float, Time(TimeUnit::Milliseconds), Blob];
        let allowed = types.into_iter().find(|&ty| is_allowed(&Values::empty(ty)))?;
        Some(Self::nulls(allowed, len))
    }

    /// Returns `len` times the same value.
    pub fn repeated(value: ValueRef<'_>, len: usize) -> Self {
        let bytes = |value: &[u8]| {
            let mut bytes = BytesColumn::with_capacity(len, len * value.len());
            (0..len).for_each(|_| bytes.push(value));
            bytes
        };
        let values = match value {
            ValueRef::Boolean(on) => {
                let mut bits = vec![if on { 0xff } else { 0 }; len.div_ceil(8)];
                truncate_bits(&mut bits, len);
                Values::Booleans(bits)
            }
            ValueRef::Int(value) => Values::Ints(vec![value; len]),
            ValueRef::Float(value) => Values::Floats(vec![value; len]),
            ValueRef::Time(value) => Values::Times(vec![value; len]),
            ValueRef::Text(value) => Values::Texts(bytes(value.as_bytes())),
            ValueRef::Blob(value) => Values::Blobs(bytes(value)),
        };
        Self { len, values, validity: None }
    }

    /// Returns whether any value is present.
    pub fn has_values(&self) -> bool {
        self.len > 0 && self.validity.as_ref().is_none_or(|bits| bits.iter().any(|&byte| byte != 0))
    }

    /// Returns a copy of rows of two columns of one type, in the given order. `false` names a row of this column, `true` one of
    /// `other`.
    ///
    /// # Panics
    /// Panics when the types differ.
    pub fn interleave(&self, other: &Column, rows: impl IntoIterator<Item = (bool, usize)>) -> Column {
        let mut interleaved = self.pick([]);
        for (of_other, row) in rows {
            interleaved.push(if of_other { other.get(row) } else { self.get(row) });
        }
        interleaved
    }

    /// Returns whether value `row` is present.
    pub fn is_valid(&self, row: usize) -> bool {
        self.validity.as_ref().is_none_or(|bits| bit(bits, row))
    }

    /// Returns value `row`, or `None` when it is null.
    pub fn get(&self, row: usize) -> Option<ValueRef<'_>> {
        if !self.is_valid(row) {
            return None;
        }
        Some(match &self.values {
            Values::Booleans(bits) => ValueRef::Boolean(bit(bits, row)),
            Values::Ints(values) => ValueRef::Int(values[row]),
            Values::Floats(values) => ValueRef::Float(values[row]),
            Values::Times(values) => ValueRef::Time(values[row]),
            Values::Texts(values) => ValueRef::Text(
                std::str::from_utf8(values.get(row)).expect("texts were checked when they came in"),
            ),
            Values::Blobs(values) => ValueRef::Blob(values.get(row)),
        })
    }

    /// Appends a value of the column's own type, or a null.
    ///
    /// # Panics
    /// Panics when the type differs. Columns are made from the same declaration as their values.
    pub fn push(&mut self, value: Option<ValueRef<'_>>) {
        let row = self.len;
        match (&mut self.values, value) {
            (Values::Booleans(bits), value) => {
                let on = match value {
                    Some(ValueRef::Boolean(on)) => on,
                    None => false,
                    Some(other) => panic!("{other:?} pushed into booleans"),
                };
                push_bit(bits, row, on);
            }
            (Values::Ints(values), Some(ValueRef::Int(value))) => values.push(value),
            (Values::Times(values), Some(ValueRef::Time(value))) => values.push(value),
            (Values::Floats(values), Some(ValueRef::Float(value))) => values.push(value),
            (Values::Texts(values), Some(ValueRef::Text(value))) => values.push(value.as_bytes()),
            (Values::Blobs(values), Some(ValueRef::Blob(value))) => values.push(value),
            (Values::Ints(values) | Values::Times(values), None) => values.push(0),
            (Values::Floats(values), None) => values.push(0.0),
            (Values::Texts(values) | Values::Blobs(values), None) => values.push(b""),
            (values, Some(value)) => panic!("{value:?} pushed into {}", values.type_name()),
        }
        match (&mut self.validity, value.is_some()) {
            (None, true) => {}
            (Some(bits), present) => push_bit(bits, row, present),
            (validity @ None, false) => {
                let mut bits = vec![0xff; row / 8];
                if !row.is_multiple_of(8) {
                    bits.push((1 << (row % 8)) - 1);
                }
                push_bit(&mut bits, row, false);
                *validity = Some(bits);
            }
        }
        self.len += 1;
    }

    /// Drops all values from `len` on, as if they had never been pushed.
    pub fn truncate(&mut self, len: usize) {
        if len >= self.len {
            return;
        }
        self.len = len;
        match &mut self.values {
            Values::Booleans(bits) => truncate_bits(bits, len),
            Values::Ints(values) | Values::Times(values) => values.truncate(len),
            Values::Floats(values) => values.truncate(len),
            Values::Texts(values) | Values::Blobs(values) => values.truncate(len),
        }
        if let Some(bits) = &mut self.validity {
            truncate_bits(bits, len);
            if (0..len).all(|row| bit(bits, row)) {
                self.validity = None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_nulls_of_one_value_and_of_picked_rows_are_what_pushing_makes() {
        use ValueRef::{Blob, Boolean, Float, Int, Text, Time};
        for (ty, value, other) in [
            (ValueType::Boolean, Boolean(true), Boolean(false)),
            (ValueType::Int, Int(7), Int(8)),
            (ValueType::Float, Float(7.5), Float(8.5)),
            (ValueType::Time(TimeUnit::Seconds), Time(7), Time(8)),
            (ValueType::Text, Text("seven"), Text("é")),
            (ValueType::Blob, Blob(b"seven"), Blob(b"\xff")),
        ] {
            let of = |values: &[Option<ValueRef<'_>>]| {
                let mut column = Column::empty(ty);
                values.iter().for_each(|&value| column.push(value));
                column
            };
            for len in 0..20 {
                assert_eq!(Column::nulls(ty, len), of(&vec![None; len]), "{ty:?}, {len}");
                assert_eq!(Column::repeated(value, len), of(&vec![Some(value); len]), "{ty:?}, {len}");
                assert!(!Column::nulls(ty, len).has_values());
                assert_eq!(Column::repeated(value, len).has_values(), len > 0);
            }
            let values: Vec<_> = (0..19).map(|row| [Some(value), None, Some(other)][row * row % 3]).collect();
            for rows in
                [vec![], vec![0], vec![18, 0, 0, 9], (0..19).rev().collect(), (0..19).step_by(3).collect()]
            {
                let expected: Vec<_> = rows.iter().map(|&row| values[row]).collect();
                assert_eq!(of(&values).pick(rows.iter().copied()), of(&expected), "{ty:?}, {rows:?}");
            }
        }
    }

    #[test]
    fn truncated_values_leave_no_trace() {
        use ValueRef::{Blob, Boolean, Float, Int, Text, Time};
        for (ty, value) in [
            (ValueType::Boolean, Boolean(true)),
            (ValueType::Int, Int(7)),
            (ValueType::Float, Float(7.5)),
            (ValueType::Time(TimeUnit::Seconds), Time(7)),
            (ValueType::Text, Text("seven")),
            (ValueType::Blob, Blob(b"seven")),
        ] {
            let of = |values: &[Option<ValueRef<'_>>]| {
                let mut column = Column::empty(ty);
                values.iter().for_each(|&value| column.push(value));
                column
            };
            for nulls_from in 0..19 {
                let values: Vec<_> = (0..19).map(|row| (row < nulls_from).then_some(value)).collect();
                for len in 0..=19 {
                    let mut column = of(&values);
                    column.truncate(len);
                    assert_eq!(column, of(&values[..len]), "{ty:?}, {nulls_from}, {len}");
                }
            }
        }
    }

    #[test]
    fn nulls_that_come_late_leave_earlier_values_present() {
        let mut column = Column::empty(ValueType::Int);
        for value in 0..11 {
            column.push(Some(ValueRef::Int(value)));
        }
        column.push(None);
        column.push(Some(ValueRef::Int(12)));
        assert_eq!(column.get(10), Some(ValueRef::Int(10)));
        assert_eq!(column.get(11), None);
        assert_eq!(column.get(12), Some(ValueRef::Int(12)));
    }

    #[test]
    fn a_text_cut_inside_a_character_is_refused() {
        let bytes = BytesColumn::from_parts(vec![0, 1, 2], "é".as_bytes().to_vec()).unwrap();
        assert!(Column::from_parts(2, Values::Texts(bytes), None).unwrap_err().contains("UTF-8"));
    }

    #[test]
    fn offsets_that_fall_or_miss_the_end_are_refused() {
        assert!(BytesColumn::from_parts(vec![0, 3, 2], vec![0; 2]).is_err());
        assert!(BytesColumn::from_parts(vec![0, 1], vec![0; 2]).is_err());
        assert!(BytesColumn::from_parts(vec![1], vec![0; 1]).is_err());
        assert!(BytesColumn::from_parts(vec![], vec![]).is_err());
    }
}
