//! Columns as the derives read and build them.

use crate::bindings::foldline::reducer::types::{Column, Contributed};
use crate::bitmap::Bitmap;
use crate::value::Value;

/// A column received from the host.
#[doc(hidden)]
pub struct ColumnReader<'a, V: Value> {
    values: V::Slice<'a>,
    validity: Option<&'a [u8]>,
}

impl<'a, V: Value> ColumnReader<'a, V> {
    /// Opens column `at` of a batch or of results, for `rows` rows.
    ///
    /// # Errors
    /// A description of what is wrong with the column. This is a fault of the host, which built it from this module's own
    /// description.
    pub fn open(
        columns: &'a [Column],
        at: usize,
        name: &str,
        rows: usize,
        nulls: Nulls,
    ) -> Result<Self, String> {
        let Some(column) = columns.get(at) else {
            return Err(format!("the host sent no column {at}, `{name}`"));
        };
        Self::open_one(column, name, rows, nulls)
    }

    /// Opens a column, for `rows` rows.
    ///
    /// # Errors
    /// As for [`Self::open`].
    pub fn open_one(column: &'a Column, name: &str, rows: usize, nulls: Nulls) -> Result<Self, String> {
        let Some(values) = V::slice(&column.values, rows) else {
            return Err(format!(
                "the host's column `{name}` is no column of {rows} rows of type {:?}",
                V::TYPE
            ));
        };
        let validity = column.validity.as_deref();
        if let Some(bits) = validity {
            if bits.len() != rows.div_ceil(8) {
                return Err(format!("the host's column `{name}` has a validity of {} bytes", bits.len()));
            }
            if let Nulls::Refused = nulls
                && let Some(row) = (0..rows).find(|&row| !Bitmap::bit(bits, row))
            {
                return Err(format!("the host's column `{name}` is null in row {row}, but it is required"));
            }
        }
        Ok(Self { values, validity: if let Nulls::Refused = nulls { None } else { validity } })
    }

    /// Returns the value of a row.
    #[inline]
    pub fn get(&self, row: usize) -> Option<V::Ref<'a>> {
        match self.validity {
            Some(bits) if !Bitmap::bit(bits, row) => None,
            _ => Some(V::get(&self.values, row)),
        }
    }

    /// Returns the value of a row of a column that was opened without nulls.
    #[inline]
    pub fn required(&self, row: usize) -> V::Ref<'a> {
        self.get(row).expect("nulls are refused when a column is opened as required")
    }
}

/// Whether a column may hold nulls.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub enum Nulls {
    Allowed,
    Refused,
}

/// A column on its way to the host.
#[doc(hidden)]
pub struct ColumnBuilder<V: Value> {
    values: V::Store,
    /// Empty until the first null: columns without nulls carry no bitmap.
    validity: Option<Bitmap>,
    rows: usize,
}

impl<V: Value> ColumnBuilder<V> {
    /// Returns an empty column with room for `rows` values.
    pub fn with_capacity(rows: usize) -> Self {
        Self { values: V::with_capacity(rows), validity: None, rows: 0 }
    }

    /// Appends a value or a null.
    #[inline]
    pub fn push(&mut self, value: Option<V::Ref<'_>>) {
        if let Some(validity) = &mut self.validity {
            validity.push(value.is_some());
        } else if value.is_none() {
            let mut validity = Bitmap::ones(self.rows);
            validity.push(false);
            self.validity = Some(validity);
        }
        V::push(&mut self.values, value);
        self.rows += 1;
    }

    /// Removes all but the first `rows` values.
    pub fn truncate(&mut self, rows: usize) {
        V::truncate(&mut self.values, rows);
        if let Some(validity) = &mut self.validity {
            validity.truncate(rows);
        }
        self.rows = self.rows.min(rows);
    }

    /// Returns the column in the contract's form.
    pub fn finish(self) -> Column {
        Column { values: V::finish(self.values), validity: self.validity.map(Bitmap::into_bytes) }
    }

    /// Returns the column as contributions; if nothing but nulls was added, no values are sent.
    pub(crate) fn contributed(self) -> Contributed {
        match &self.validity {
            Some(validity) if validity.is_zero() => Contributed::Nulls,
            _ => Contributed::Column(self.finish()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{Boolean, Int, Text};

    fn values<V: Value>(column: &Column, rows: usize) -> Vec<Option<V::Ref<'_>>> {
        let reader = ColumnReader::<V>::open_one(column, "x", rows, Nulls::Allowed).unwrap();
        (0..rows).map(|row| reader.get(row)).collect()
    }

    #[test]
    fn values_taken_back_leave_no_trace_in_values_or_nulls() {
        let mut texts = ColumnBuilder::<Text>::with_capacity(0);
        let mut booleans = ColumnBuilder::<Boolean>::with_capacity(0);
        for row in 0..19 {
            texts.push(Some("kept"));
            booleans.push(Some(row % 3 == 0));
        }
        for _ in 0..9 {
            texts.push(None);
            booleans.push(Some(true));
        }
        texts.truncate(18);
        booleans.truncate(18);
        texts.push(Some("new"));
        booleans.push(Some(false));
        let mut expected = vec![Some("kept"); 18];
        expected.push(Some("new"));
        assert_eq!(values::<Text>(&texts.finish(), 19), expected);
        assert_eq!(values::<Boolean>(&booleans.finish(), 19)[15..], [true, false, false, false].map(Some));
    }

    #[test]
    fn a_first_null_leaves_earlier_values_present() {
        for before in 0..18 {
            let mut ints = ColumnBuilder::<Int>::with_capacity(0);
            (0..before).for_each(|value| ints.push(Some(value)));
            ints.push(None);
            ints.push(Some(7));
            let column = ints.finish();
            let read = values::<Int>(&column, before as usize + 2);
            assert_eq!(read.iter().filter(|value| value.is_none()).count(), 1, "{before} values before");
            assert_eq!(read[before as usize..], [None, Some(7)]);
        }
    }

    #[test]
    fn a_null_in_a_required_column_is_refused_by_row() {
        let mut ints = ColumnBuilder::<Int>::with_capacity(0);
        ints.push(Some(1));
        ints.push(None);
        let column = ints.finish();
        let error = ColumnReader::<Int>::open_one(&column, "age", 2, Nulls::Refused).err().unwrap();
        assert!(error.contains("`age` is null in row 1"), "{error}");
    }

    #[test]
    fn a_column_of_another_type_or_length_is_refused() {
        let column = ColumnBuilder::<Int>::with_capacity(0).finish();
        assert!(ColumnReader::<Text>::open_one(&column, "age", 0, Nulls::Allowed).is_err());
        assert!(ColumnReader::<Int>::open_one(&column, "age", 1, Nulls::Allowed).is_err());
        assert!(ColumnReader::<Int>::open(&[], 0, "age", 0, Nulls::Allowed).is_err());
    }
}
