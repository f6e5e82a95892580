//! A column while it is being filled. Values are written at a row's index, and only the rows that become events remain.
//!
//! A record that is refused halfway needs no undoing: the next record overwrites what it left. Rows are written in rising
//! order without gaps, and each may be written several times.

use foldline_core::column::{BytesColumn, Column, ValueRef, Values};
use foldline_core::description::ValueType;

/// A column with a fixed maximum of rows.
pub(super) struct ColumnBuilder {
    rows_max: usize,
    values: Building,
    /// As in [`Column`]; created at the first null.
    validity: Option<Vec<u8>>,
}

enum Building {
    Booleans(Vec<u8>),
    Ints(Vec<i64>),
    Floats(Vec<f64>),
    Times(Vec<i64>),
    Texts(BytesBuilder),
    Blobs(BytesBuilder),
}

/// Values of variable length. The bytes after the last value are room to write into.
pub(super) struct BytesBuilder {
    /// The end of row i is at index i + 1.
    ends: Vec<u32>,
    data: Vec<u8>,
}

impl ColumnBuilder {
    /// Returns a column with room for `rows_max` rows, and for `bytes` bytes if its values are of variable length.
    pub(super) fn new(ty: ValueType, rows_max: usize, bytes: usize) -> Self {
        let values = match ty {
            ValueType::Boolean => Building::Booleans(vec![0; rows_max.div_ceil(8)]),
            ValueType::Int => Building::Ints(vec![0; rows_max]),
            ValueType::Float => Building::Floats(vec![0.0; rows_max]),
            ValueType::Time(_) => Building::Times(vec![0; rows_max]),
            ValueType::Text => Building::Texts(BytesBuilder::new(rows_max, bytes)),
            ValueType::Blob => Building::Blobs(BytesBuilder::new(rows_max, bytes)),
        };
        Self { rows_max, values, validity: None }
    }

    /// Writes a value of the column's own type, or a null.
    ///
    /// # Panics
    /// Panics when the type differs: columns are made from the same declaration as their values.
    pub(super) fn set(&mut self, row: usize, value: Option<ValueRef<'_>>) {
        match (&mut self.values, value) {
            (Building::Booleans(bits), Some(ValueRef::Boolean(value))) => set_bit(bits, row, value),
            (Building::Ints(values), Some(ValueRef::Int(value))) => values[row] = value,
            (Building::Times(values), Some(ValueRef::Time(value))) => values[row] = value,
            (Building::Floats(values), Some(ValueRef::Float(value))) => values[row] = value,
            (Building::Texts(values), Some(ValueRef::Text(value))) => values.set(row, value.as_bytes()),
            (Building::Blobs(values), Some(ValueRef::Blob(value))) => values.set(row, value),
            (Building::Booleans(bits), None) => set_bit(bits, row, false),
            (Building::Ints(values) | Building::Times(values), None) => values[row] = 0,
            (Building::Floats(values), None) => values[row] = 0.0,
            (Building::Texts(values) | Building::Blobs(values), None) => values.set(row, b""),
            (_, Some(value)) => panic!("{value:?} written into a column of another type"),
        }
        match (&mut self.validity, value.is_some()) {
            (None, true) => {}
            (Some(bits), present) => set_bit(bits, row, present),
            (validity @ None, false) => {
                let mut bits = vec![0xff; self.rows_max.div_ceil(8)];
                set_bit(&mut bits, row, false);
                *validity = Some(bits);
            }
        }
    }

    /// Marks `row` as not null, and returns the texts so that the caller can write it.
    ///
    /// # Panics
    /// Panics when this is not a column of texts.
    #[inline]
    pub(super) fn texts(&mut self, row: usize) -> &mut BytesBuilder {
        if let Some(bits) = &mut self.validity {
            set_bit(bits, row, true);
        }
        match &mut self.values {
            Building::Texts(values) => values,
            _ => panic!("texts written into a column of another type"),
        }
    }

    /// Returns how many bytes the first `rows` values take; 0 for types of fixed length.
    pub(super) fn bytes(&self, rows: usize) -> usize {
        match &self.values {
            Building::Texts(values) | Building::Blobs(values) => values.ends[rows] as usize,
            _ => 0,
        }
    }

    /// Returns the column of the first `rows` rows.
    pub(super) fn finish(self, rows: usize) -> Column {
        let values = match self.values {
            Building::Booleans(bits) => Values::Booleans(truncated_bits(bits, rows)),
            Building::Ints(values) => Values::Ints(truncated(values, rows)),
            Building::Floats(values) => Values::Floats(truncated(values, rows)),
            Building::Times(values) => Values::Times(truncated(values, rows)),
            Building::Texts(values) => Values::Texts(values.finish(rows)),
            Building::Blobs(values) => Values::Blobs(values.finish(rows)),
        };
        let validity = self.validity.map(|bits| truncated_bits(bits, rows));
        let present = |bits: &Vec<u8>| bits.iter().map(|byte| byte.count_ones() as usize).sum::<usize>();
        let validity = validity.filter(|bits| present(bits) < rows);
        Column::from_parts(rows, values, validity).expect("every row below `rows` was written")
    }
}

impl BytesBuilder {
    fn new(rows_max: usize, bytes: usize) -> Self {
        Self { ends: vec![0; rows_max + 1], data: vec![0; bytes] }
    }

    fn set(&mut self, row: usize, value: &[u8]) {
        let (room, start) = self.room(row, value.len());
        room[start..start + value.len()].copy_from_slice(value);
        self.end(row, start + value.len());
    }

    /// Returns all bytes, and the offset in them at which `row` starts, with room for at least `bytes` more from there.
    #[inline]
    pub(super) fn room(&mut self, row: usize, bytes: usize) -> (&mut [u8], usize) {
        let start = self.ends[row] as usize;
        if self.data.len() - start < bytes {
            self.grow(start + bytes);
        }
        (&mut self.data, start)
    }

    #[cold]
    fn grow(&mut self, bytes: usize) {
        self.data.resize(bytes.max(2 * self.data.len()), 0);
    }

    /// Sets the end of `row`.
    #[inline]
    pub(super) fn end(&mut self, row: usize, end: usize) {
        self.ends[row + 1] = u32::try_from(end).expect("a batch is bounded far below 4 GiB");
    }

    fn finish(self, rows: usize) -> BytesColumn {
        let ends = truncated(self.ends, rows + 1);
        let data = truncated(self.data, ends[rows] as usize);
        BytesColumn::from_parts(ends, data).expect("rows are written in rising order")
    }
}

fn truncated<T>(mut values: Vec<T>, len: usize) -> Vec<T> {
    values.truncate(len);
    values
}

#[inline]
fn set_bit(bits: &mut [u8], row: usize, on: bool) {
    let byte = &mut bits[row / 8];
    *byte = *byte & !(1 << (row % 8)) | u8::from(on) << (row % 8);
}

/// Truncates a bitmap; the unused bits of its last byte become 0.
fn truncated_bits(mut bits: Vec<u8>, rows: usize) -> Vec<u8> {
    bits.truncate(rows.div_ceil(8));
    if !rows.is_multiple_of(8) {
        bits[rows / 8] &= (1 << (rows % 8)) - 1;
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::*;
    use foldline_core::description::TimeUnit;

    /// Every pattern of first values, overwriting values and remaining rows, compared with a column made by `push`.
    #[test]
    fn what_is_written_over_leaves_no_trace() {
        use ValueRef::{Blob, Boolean, Float, Int, Text, Time};
        for (ty, first, second) in [
            (ValueType::Boolean, Boolean(true), Boolean(false)),
            (ValueType::Int, Int(7), Int(-1)),
            (ValueType::Float, Float(7.5), Float(0.1)),
            (ValueType::Time(TimeUnit::Seconds), Time(7), Time(-2)),
            (ValueType::Text, Text("a longer text"), Text("é")),
            (ValueType::Blob, Blob(b"a longer blob"), Blob(b"\xff")),
        ] {
            for pattern in 0..3_usize.pow(6) {
                let choice = |row: usize| pattern / 3_usize.pow(row as u32 % 6) % 3;
                for rows in [0, 1, 7, 8, 9, 20] {
                    let (mut builder, mut want) = (ColumnBuilder::new(ty, 20, 3), Column::empty(ty));
                    for row in 0..20 {
                        let value = [None, Some(first), Some(second)][choice(row)];
                        builder.set(row, [Some(first), None][choice(row + 1) / 2]);
                        builder.set(row, value);
                        if row < rows {
                            want.push(value);
                        }
                    }
                    assert_eq!(builder.finish(rows), want, "{ty:?}, {pattern}, {rows}");
                }
            }
        }
    }
}
