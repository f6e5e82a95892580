//! Typed columns: the layout in which events, contributions, results and documents travel to and from modules.
//!
//! Arrow's layout (flat values, offsets for variable length, bitmaps with the least significant bit first): one call
//! per batch costs 10 ns an event where a list of records costs 120.

use std::ops::Range;

use crate::description::ValueType;

/// Variable-length values: value `i` is `data[offsets[i]..offsets[i + 1]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BytesColumn {
    offsets: Vec<u32>,
    data: Vec<u8>,
}

impl Default for BytesColumn {
    fn default() -> Self {
        Self { offsets: vec![0], data: Vec::new() }
    }
}

impl BytesColumn {
    /// Returns an empty column with room for `rows` values of `bytes` bytes in all.
    pub fn with_capacity(rows: usize, bytes: usize) -> Self {
        let mut offsets = Vec::with_capacity(rows + 1);
        offsets.push(0);
        Self { offsets, data: Vec::with_capacity(bytes) }
    }

    /// Checks offsets that come from a module: the first 0, never falling, the last the length of `data`.
    ///
    /// # Errors
    /// Says which offset is wrong.
    pub fn from_parts(offsets: Vec<u32>, data: Vec<u8>) -> Result<Self, String> {
        if offsets.first() != Some(&0) {
            return Err(format!("offsets must start with 0, got {:?}", offsets.first()));
        }
        if let Some(at) = offsets.windows(2).position(|pair| pair[1] < pair[0]) {
            return Err(format!("offset {} falls from {} to {}", at + 1, offsets[at], offsets[at + 1]));
        }
        if offsets.last().map(|&end| end as usize) != Some(data.len()) {
            return Err(format!(
                "the last offset is {:?} but there are {} bytes",
                offsets.last(),
                data.len()
            ));
        }
        Ok(Self { offsets, data })
    }

    /// Returns offsets and data, for the way into a module.
    pub fn into_parts(self) -> (Vec<u32>, Vec<u8>) {
        (self.offsets, self.data)
    }

    /// Returns offsets and data without giving them away.
    pub fn as_parts(&self) -> (&[u32], &[u8]) {
        (&self.offsets, &self.data)
    }

    /// Appends a value.
    ///
    /// # Panics
    /// Panics beyond 4 GiB of data: batches are bounded far below.
    pub fn push(&mut self, value: &[u8]) {
        self.data.extend_from_slice(value);
        self.offsets.push(u32::try_from(self.data.len()).expect("a batch is bounded far below 4 GiB"));
    }

    /// Forgets all values from `len` on.
    pub fn truncate(&mut self, len: usize) {
        self.offsets.truncate(len + 1);
        self.data.truncate(self.offsets[self.len()] as usize);
    }

    /// Returns value `row`.
    pub fn get(&self, row: usize) -> &[u8] {
        &self.data[self.offsets[row] as usize..self.offsets[row + 1] as usize]
    }

    /// Returns the 16 bytes from the start of value `row` on, whatever follows it, and the value's length; no bytes where
    /// the column ends before. Short values of mixed lengths are read without a branch for each length.
    #[inline]
    pub(crate) fn window(&self, row: usize) -> (Option<&[u8; 16]>, usize) {
        let (start, end) = (self.offsets[row] as usize, self.offsets[row + 1] as usize);
        (self.data[start..].first_chunk(), end - start)
    }

    /// Returns the number of values.
    pub fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Returns whether there are no values.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The values of a column; what stands at a null is a zero or an empty value.
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
    /// Says what is wrong, in words that fit behind the column's name.
    pub fn from_parts(len: usize, values: Values, validity: Option<Vec<u8>>) -> Result<Self, String> {
        let bitmap_bytes = len.div_ceil(8);
        let (got, want, unit) = match &values {
            Values::Booleans(bits) => (bits.len(), bitmap_bytes, "bytes of bitmap"),
            Values::Ints(values) | Values::Times(values) => (values.len(), len, "values"),
            Values::Floats(values) => (values.len(), len, "values"),
            Values::Texts(values) | Values::Blobs(values) => (values.len(), len, "values"),
        };
        if got != want {
            return Err(format!("has {got} {unit} where {want} are due"));
        }
        if let Some(bits) = &validity
            && bits.len() != bitmap_bytes
        {
            return Err(format!("has {} bytes of validity where {bitmap_bytes} are due", bits.len()));
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

    /// Returns values and validity, for the way into a module.
    pub fn into_parts(self) -> (usize, Values, Option<Vec<u8>>) {
        (self.len, self.values, self.validity)
    }

    /// Returns a copy of some consecutive values.
    pub fn slice(&self, rows: Range<usize>) -> Column {
        self.pick(rows)
    }

    /// Returns a copy of the given rows, in their order.
    pub fn pick(&self, rows: impl IntoIterator<Item = usize>) -> Column {
        let values = match &self.values {
            Values::Booleans(_) => Values::Booleans(Vec::new()),
            Values::Ints(_) => Values::Ints(Vec::new()),
            Values::Floats(_) => Values::Floats(Vec::new()),
            Values::Times(_) => Values::Times(Vec::new()),
            Values::Texts(_) => Values::Texts(BytesColumn::default()),
            Values::Blobs(_) => Values::Blobs(BytesColumn::default()),
        };
        let mut picked = Column { len: 0, values, validity: None };
        for row in rows {
            picked.push(self.get(row));
        }
        picked
    }

    /// Returns a copy of rows of two columns of one type, in the order in which they are named: `false` for this column.
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
    /// Panics when the type differs: columns are made from the same declaration as their values.
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

    /// Forgets all values from `len` on, as if they had never been pushed.
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

fn bit(bits: &[u8], row: usize) -> bool {
    bits[row / 8] >> (row % 8) & 1 == 1
}

fn push_bit(bits: &mut Vec<u8>, row: usize, on: bool) {
    if row.is_multiple_of(8) {
        bits.push(0);
    }
    bits[row / 8] |= u8::from(on) << (row % 8);
}

/// What is behind the last bit of a bitmap is 0.
fn truncate_bits(bits: &mut Vec<u8>, len: usize) {
    bits.truncate(len.div_ceil(8));
    if !len.is_multiple_of(8) {
        bits[len / 8] &= (1 << (len % 8)) - 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::description::TimeUnit;

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
