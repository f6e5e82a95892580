//! Columns of contributions: the batch's own columns by name where that is all they are, otherwise values.
//!
//! Most contributions hand on what the event holds, or the same number each time. A column by reference need not be copied
//! twice, checked once more and hashed for each reducer. A text is known as a field's by its address, a number by its value.

use crate::bindings::foldline::reducer::types::{Batch, Column, Contributed, Scalar};
use crate::bitmap::Bitmap;
use crate::column::ColumnBuilder;
use crate::value::{Boolean, Value};

/// Where contributions come from.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub struct Source<'s> {
    pub(crate) batch: &'s Batch,
    /// The batch's row of the contribution at hand.
    pub(crate) row: u32,
    /// The rows of the contributions before it.
    pub(crate) before: &'s [u32],
}

/// A column of contributions under construction.
#[doc(hidden)]
pub struct ContributedColumn<V: Value> {
    rows: usize,
    /// What all values so far may be instead of values of one's own. If nothing is left, they are in `own`.
    field: Option<u32>,
    same: Option<Scalar>,
    nulls: bool,
    is_own: bool,
    own: ColumnBuilder<V>,
    capacity: usize,
}

impl<V: Value> ContributedColumn<V> {
    /// Makes an empty column with room for `rows` values.
    pub fn with_capacity(rows: usize) -> Self {
        let own = ColumnBuilder::with_capacity(0);
        Self { rows: 0, field: None, same: None, nulls: false, is_own: false, own, capacity: rows }
    }

    /// Appends a value or a null.
    #[inline]
    pub fn push(&mut self, value: Option<V::Ref<'_>>, source: Source<'_>) {
        let kept = !self.is_own
            && match (self.field, &self.same, self.nulls) {
                // One of them is left: the usual case.
                (Some(field), None, false) => is_field::<V>(field, value, source),
                (None, Some(same), false) => value.is_some_and(|value| V::is_scalar(value, same)),
                _ => self.push_unsettled(value, source),
            };
        if !kept {
            if !self.is_own {
                self.give_up(source);
            }
            self.own.push(value);
        }
        self.rows += 1;
    }

    /// Handles the first value, nulls alone, and values that several things explain; returns whether one still does.
    fn push_unsettled(&mut self, value: Option<V::Ref<'_>>, source: Source<'_>) -> bool {
        if self.rows == 0 {
            let fields = 0..source.batch.columns.len() as u32;
            self.field = fields.into_iter().find(|&field| is_field::<V>(field, value, source));
            self.same = value.and_then(V::scalar);
            self.nulls = value.is_none();
        } else {
            let same = self.same.take_if(|same| !value.is_some_and(|value| V::is_scalar(value, same)));
            let field = self.field.take_if(|field| !is_field::<V>(*field, value, source));
            let nulls = std::mem::take(&mut self.nulls);
            self.nulls = nulls && value.is_none();
            if !self.is_explained() {
                // `give_up` needs the last explanation.
                (self.same, self.field, self.nulls) = (same, field, nulls);
                return false;
            }
        }
        self.is_explained()
    }

    fn is_explained(&self) -> bool {
        self.field.is_some() || self.same.is_some() || self.nulls
    }

    /// Turns what was only named into values of one's own.
    #[cold]
    fn give_up(&mut self, source: Source<'_>) {
        let mut own = ColumnBuilder::with_capacity(self.capacity);
        for &row in &source.before[..self.rows] {
            own.push(match (self.field, &self.same) {
                (Some(field), _) => value_of::<V>(field, row, source.batch),
                (None, Some(same)) => V::of_scalar(same),
                (None, None) => None,
            });
        }
        (self.field, self.same, self.nulls) = (None, None, false);
        (self.own, self.is_own) = (own, true);
    }

    /// Removes all but the first `rows` values.
    pub fn truncate(&mut self, rows: usize) {
        self.rows = self.rows.min(rows);
        if self.is_own {
            self.own.truncate(rows);
        } else if self.rows == 0 {
            (self.field, self.same, self.nulls) = (None, None, false);
        }
    }

    /// Returns the column in the contract's form.
    pub fn finish(self) -> Contributed {
        match (self.field, self.same, self.nulls) {
            _ if self.is_own => self.own.contributed(),
            (_, _, true) => Contributed::Nulls,
            (Some(field), ..) => Contributed::Field(field),
            (None, Some(same), _) => Contributed::Same(same),
            (None, None, false) => Contributed::Nulls,
        }
    }
}

/// Whether a value is that of a field of the batch, in the row at hand.
#[inline]
fn is_field<V: Value>(field: u32, value: Option<V::Ref<'_>>, source: Source<'_>) -> bool {
    let column = &source.batch.columns[field as usize];
    let row = source.row as usize;
    let present = is_present(column, row);
    match value {
        Some(value) => present && V::is_at(value, &column.values, row),
        None => !present && V::slice(&column.values, source.batch.rows as usize).is_some(),
    }
}

fn value_of<V: Value>(field: u32, row: u32, batch: &Batch) -> Option<V::Ref<'_>> {
    let column = &batch.columns[field as usize];
    let values = V::slice(&column.values, batch.rows as usize)?;
    is_present(column, row as usize).then(|| V::get(&values, row as usize))
}

#[inline]
fn is_present(column: &Column, row: usize) -> bool {
    column.validity.as_ref().is_none_or(|bits| Bitmap::bit(bits, row))
}

/// The columns that hold an aggregate's contributions: one for most of them.
#[doc(hidden)]
pub trait ContributionColumns {
    /// What is pushed into all of them together.
    type Item<'a>;
    fn with_capacity(rows: usize) -> Self;
    fn push(&mut self, item: Option<Self::Item<'_>>, source: Source<'_>);
    fn truncate(&mut self, rows: usize);
    fn finish(self, columns: &mut Vec<Contributed>);
}

impl<V: Value> ContributionColumns for ContributedColumn<V> {
    type Item<'a> = V::Ref<'a>;

    fn with_capacity(rows: usize) -> Self {
        Self::with_capacity(rows)
    }

    #[inline]
    fn push(&mut self, item: Option<V::Ref<'_>>, source: Source<'_>) {
        self.push(item, source);
    }

    fn truncate(&mut self, rows: usize) {
        self.truncate(rows);
    }

    fn finish(self, columns: &mut Vec<Contributed>) {
        columns.push(self.finish());
    }
}

/// Two columns side by side: a null is null in both.
impl<A: Value, B: Value> ContributionColumns for (ContributedColumn<A>, ContributedColumn<B>) {
    type Item<'a> = (A::Ref<'a>, B::Ref<'a>);

    fn with_capacity(rows: usize) -> Self {
        (ContributedColumn::with_capacity(rows), ContributedColumn::with_capacity(rows))
    }

    #[inline]
    fn push(&mut self, item: Option<(A::Ref<'_>, B::Ref<'_>)>, source: Source<'_>) {
        let (first, second) = item.unzip();
        self.0.push(first, source);
        self.1.push(second, source);
    }

    fn truncate(&mut self, rows: usize) {
        self.0.truncate(rows);
        self.1.truncate(rows);
    }

    fn finish(self, columns: &mut Vec<Contributed>) {
        columns.extend([self.0.finish(), self.1.finish()]);
    }
}

/// Values, each of which may be the statement that there is none: whether there is a value, then the value.
#[doc(hidden)]
pub struct OrNoneColumns<V: Value> {
    present: ContributedColumn<Boolean>,
    values: ContributedColumn<V>,
}

impl<V: Value> ContributionColumns for OrNoneColumns<V> {
    type Item<'a> = Option<V::Ref<'a>>;

    fn with_capacity(rows: usize) -> Self {
        Self {
            present: ContributedColumn::with_capacity(rows),
            values: ContributedColumn::with_capacity(rows),
        }
    }

    #[inline]
    fn push(&mut self, item: Option<Option<V::Ref<'_>>>, source: Source<'_>) {
        self.present.push(item.map(|value| value.is_some()), source);
        self.values.push(item.flatten(), source);
    }

    fn truncate(&mut self, rows: usize) {
        self.present.truncate(rows);
        self.values.truncate(rows);
    }

    fn finish(self, columns: &mut Vec<Contributed>) {
        columns.extend([self.present.finish(), self.values.finish()]);
    }
}
