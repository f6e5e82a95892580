//! One aggregate of all rows, whichever it is.

use super::add::{
    Applied, add_counts, add_extremes, add_items, add_measured, add_ranked, add_stamped, add_units,
};
use super::cells::Cells;
use super::selected::Rows;
use crate::aggregate::distinct::{PRECISION_MAX, PRECISION_MIN};
use crate::aggregate::first_last::Stamped;
use crate::aggregate::min_max::Extreme;
use crate::aggregate::prefetch::prefetch;
use crate::aggregate::quantiles::Asked;
use crate::aggregate::{Aggregate, Count, Distinct, Quantiles, Sum, TopK, Value, sum, top_k};
use crate::column::{Column, ValueRef};
use crate::description::{AggregateKind, ValueType};
use crate::slots::growth::fill_to;
use crate::slots::marks::Marks;
use crate::slots::renumbering::Renumbering;

/// The values of one aggregate, by slot.
#[derive(Clone, Debug)]
pub(super) enum AggregateColumn {
    Count(Cells<Count>),
    Sum(u8, Cells<Sum>),
    Min(ValueType, Cells<Extreme<false>>),
    Max(ValueType, Cells<Extreme<true>>),
    First(ValueType, Cells<Stamped<false>>),
    Last(ValueType, Cells<Stamped<true>>),
    Distinct(u8, Cells<Distinct>),
    TopK(u32, Cells<TopK>),
    Quantiles(Asked, Cells<Quantiles>),
}

/// Runs `$body` with `$cells` bound to the cells of whichever aggregate a column holds.
macro_rules! with_cells {
    ($column:expr, $cells:ident => $body:expr) => {
        match $column {
            AggregateColumn::Count($cells) => $body,
            AggregateColumn::Sum(_, $cells) => $body,
            AggregateColumn::Min(_, $cells) => $body,
            AggregateColumn::Max(_, $cells) => $body,
            AggregateColumn::First(_, $cells) => $body,
            AggregateColumn::Last(_, $cells) => $body,
            AggregateColumn::Distinct(_, $cells) => $body,
            AggregateColumn::TopK(_, $cells) => $body,
            AggregateColumn::Quantiles(_, $cells) => $body,
        }
    };
}

impl AggregateColumn {
    /// Brings a slot's value closer.
    #[inline]
    pub(super) fn prefetch(&self, slot: u32) {
        with_cells!(self, cells => prefetch(&cells.values, slot as usize));
    }

    /// Returns a column without rows.
    pub(super) fn new(kind: &AggregateKind) -> Result<Self, String> {
        Ok(match kind {
            AggregateKind::Count => Self::Count(Cells::default()),
            AggregateKind::Sum(scale) if *scale > sum::SCALE_MAX => {
                return Err(format!("a Sum has at most {} places, not {scale}", sum::SCALE_MAX));
            }
            AggregateKind::Sum(scale) => Self::Sum(*scale, Cells::default()),
            AggregateKind::Min(ty) => Self::Min(*ty, Cells::default()),
            AggregateKind::Max(ty) => Self::Max(*ty, Cells::default()),
            AggregateKind::First(ty) => Self::First(*ty, Cells::default()),
            AggregateKind::Last(ty) => Self::Last(*ty, Cells::default()),
            AggregateKind::Distinct(precision) if !(PRECISION_MIN..=PRECISION_MAX).contains(precision) => {
                return Err(format!(
                    "a Distinct has precision {PRECISION_MIN} to {PRECISION_MAX}, not {precision}"
                ));
            }
            AggregateKind::Distinct(precision) => Self::Distinct(*precision, Cells::default()),
            AggregateKind::TopK(k) => {
                top_k::check_k(*k)?;
                Self::TopK(*k, Cells::default())
            }
            AggregateKind::Quantiles(spec) => Self::Quantiles(Asked::new(spec)?, Cells::default()),
            AggregateKind::Fold => return Err(format!("{} is not supported yet", kind.name())),
        })
    }

    /// Adds empty values for slots below `rows`.
    pub(super) fn grow_to(&mut self, rows: usize) {
        match self {
            Self::Count(cells) => fill_to(&mut cells.values, rows, Default::default),
            Self::Sum(_, cells) => fill_to(&mut cells.values, rows, Default::default),
            Self::Min(_, cells) => fill_to(&mut cells.values, rows, Default::default),
            Self::Max(_, cells) => fill_to(&mut cells.values, rows, Default::default),
            Self::First(_, cells) => fill_to(&mut cells.values, rows, Default::default),
            Self::Last(_, cells) => fill_to(&mut cells.values, rows, Default::default),
            Self::Distinct(precision, cells) => {
                fill_to(&mut cells.values, rows, || Distinct::new(*precision))
            }
            Self::TopK(k, cells) => fill_to(&mut cells.values, rows, || TopK::new(*k)),
            Self::Quantiles(asked, cells) => {
                fill_to(&mut cells.values, rows, || Quantiles::new(asked.millionths()))
            }
        }
    }

    /// Returns how many columns of contributions it takes: see [`AggregateKind::columns`].
    pub(super) fn contribution_columns(&self) -> usize {
        if matches!(self, Self::TopK(..)) { 2 } else { 1 }
    }

    /// Takes its columns of contributions into account and notes the rows that they change.
    pub(super) fn apply(&mut self, applied: Applied<'_, impl Rows>, columns: &[Column], marks: &mut Marks) {
        if let (Self::TopK(_, cells), [ids, values]) = (&mut *self, columns) {
            return add_ranked(cells, applied, ids, values, marks);
        }
        let [values] = columns else { panic!("{} columns are there where one is due", columns.len()) };
        match self {
            Self::Count(cells) => add_counts(cells, applied, values, marks),
            Self::Sum(scale, cells) => add_units(cells, *scale, applied, values, marks),
            Self::Min(_, cells) => add_extremes(cells, applied, values, marks),
            Self::Max(_, cells) => add_extremes(cells, applied, values, marks),
            Self::First(_, cells) => add_stamped(cells, applied, values, marks),
            Self::Last(_, cells) => add_stamped(cells, applied, values, marks),
            Self::Distinct(_, cells) => add_items(cells, applied, values, marks),
            Self::Quantiles(asked, cells) => add_measured(cells, asked, applied, values, marks),
            Self::TopK(..) => panic!("a TopK has two columns"),
        }
    }

    /// Returns the results of some rows, as modules receive them.
    pub(super) fn results(&self, slots: &[u32]) -> Column {
        let slots = slots.iter().copied();
        match self {
            Self::Count(cells) => ints(slots.map(|slot| cells.at(slot).result())),
            Self::Distinct(_, cells) => {
                let count = |slot| i64::try_from(cells.at(slot).estimate()).unwrap_or(i64::MAX);
                ints(slots.map(count))
            }
            Self::Sum(scale, cells) => texts(slots.map(|slot| cells.at(slot).result(*scale))),
            Self::TopK(_, cells) => texts(slots.map(|slot| cells.at(slot).result())),
            Self::Quantiles(asked, cells) => texts(slots.map(|slot| cells.at(slot).result(asked))),
            Self::Min(ty, cells) => scalars(*ty, slots.map(|slot| cells.at(slot).result())),
            Self::Max(ty, cells) => scalars(*ty, slots.map(|slot| cells.at(slot).result())),
            Self::First(ty, cells) => scalars(*ty, slots.map(|slot| cells.at(slot).result())),
            Self::Last(ty, cells) => scalars(*ty, slots.map(|slot| cells.at(slot).result())),
        }
    }

    /// Appends the canonical encoding of one value.
    pub(super) fn encode(&self, slot: u32, out: &mut Vec<u8>) {
        with_cells!(self, cells => cells.at(slot).encode(out));
    }

    /// Returns the length of one value's encoding.
    pub(super) fn encoded_len(&self, slot: u32) -> usize {
        with_cells!(self, cells => cells.at(slot).encoded_len())
    }

    /// Appends a value as [`AggregateColumn::encode`] wrote it.
    pub(super) fn push_encoded(&mut self, bytes: &[u8]) -> Result<(), String> {
        match self {
            Self::Count(cells) => cells.push(Count::decode(bytes)?),
            Self::Sum(_, cells) => cells.push(Sum::decode(bytes)?),
            Self::Min(ty, cells) => cells.push(of_type(Extreme::decode(bytes)?, *ty, Extreme::result)?),
            Self::Max(ty, cells) => cells.push(of_type(Extreme::decode(bytes)?, *ty, Extreme::result)?),
            Self::First(ty, cells) => cells.push(of_type(Stamped::decode(bytes)?, *ty, Stamped::result)?),
            Self::Last(ty, cells) => cells.push(of_type(Stamped::decode(bytes)?, *ty, Stamped::result)?),
            Self::Distinct(precision, cells) => {
                let sketch = Distinct::decode(bytes)?;
                if sketch.precision() != *precision {
                    return Err(format!(
                        "a sketch has precision {}, declared is {precision}",
                        sketch.precision()
                    ));
                }
                cells.push(sketch);
            }
            Self::TopK(k, cells) => {
                let top = TopK::decode(bytes)?;
                if top.k() != *k {
                    return Err(format!("a TopK has {} values, declared are {k}", top.k()));
                }
                cells.push(top);
            }
            Self::Quantiles(asked, cells) => {
                let histogram = Quantiles::decode(bytes)?;
                let (got, want) = (histogram.millionths(), asked.millionths());
                if got != want {
                    return Err(format!("a histogram errs by {got} millionths, declared are {want}"));
                }
                cells.push(histogram);
            }
        }
        Ok(())
    }

    /// Replaces one value by one that [`AggregateColumn::encode`] wrote.
    pub(super) fn set_encoded(&mut self, slot: u32, bytes: &[u8]) -> Result<(), String> {
        self.push_encoded(bytes)?;
        with_cells!(self, cells => cells.swap_remove(slot));
        Ok(())
    }

    /// Adds everything that one value holds to another.
    pub(super) fn merge(&mut self, from: u32, into: u32) {
        with_cells!(self, cells => cells.merge(from, into));
    }

    /// Empties one value.
    pub(super) fn empty(&mut self, slot: u32) {
        match self {
            Self::Distinct(precision, cells) => drop(cells.replace(slot, Distinct::new(*precision))),
            Self::TopK(k, cells) => drop(cells.replace(slot, TopK::new(*k))),
            Self::Quantiles(asked, cells) => drop(cells.replace(slot, Quantiles::new(asked.millionths()))),
            Self::Count(cells) => drop(cells.take(slot)),
            Self::Sum(_, cells) => drop(cells.take(slot)),
            Self::Min(_, cells) => drop(cells.take(slot)),
            Self::Max(_, cells) => drop(cells.take(slot)),
            Self::First(_, cells) => drop(cells.take(slot)),
            Self::Last(_, cells) => drop(cells.take(slot)),
        }
    }

    /// Drops the values of slots from `rows` on.
    pub(super) fn truncate(&mut self, rows: usize) {
        with_cells!(self, cells => cells.truncate(rows));
    }

    /// Returns the memory held, in bytes.
    pub(super) fn heap_bytes(&self) -> usize {
        with_cells!(self, cells => cells.total_bytes())
    }

    /// Returns the memory that one value holds outside itself, in bytes.
    pub(super) fn outside_bytes_of(&self, slot: u32) -> usize {
        with_cells!(self, cells => cells.at(slot).heap_bytes())
    }

    /// Returns the memory that all values hold outside themselves, in bytes.
    pub(super) fn outside_bytes(&self) -> usize {
        with_cells!(self, cells => cells.heap_bytes)
    }

    /// Returns the memory that [`AggregateColumn::compact`] leaves for `rows` values, without what they hold outside.
    pub(super) fn compact_bytes(&self, rows: usize) -> usize {
        with_cells!(self, cells => cells.compact_bytes(rows))
    }

    /// Moves values to their new slots.
    pub(super) fn compact(&mut self, renumbering: &Renumbering) {
        with_cells!(self, cells => cells.compact(renumbering));
    }
}

#[cfg(test)]
impl AggregateColumn {
    /// Returns the number of values, also those beyond the table's rows.
    pub(super) fn values_len(&self) -> usize {
        with_cells!(self, cells => cells.values.len())
    }

    /// Returns the memory held, counted value by value.
    pub(super) fn heap_bytes_counted(&self) -> usize {
        with_cells!(self, cells => {
            let outside: usize = cells.values.iter().map(Aggregate::heap_bytes).sum();
            cells.total_bytes() - cells.heap_bytes + outside
        })
    }
}

pub(super) fn ints(values: impl Iterator<Item = i64>) -> Column {
    let mut column = Column::empty(ValueType::Int);
    values.for_each(|value| column.push(Some(ValueRef::Int(value))));
    column
}

pub(super) fn texts(values: impl Iterator<Item = String>) -> Column {
    let mut column = Column::empty(ValueType::Text);
    values.for_each(|value| column.push(Some(ValueRef::Text(&value))));
    column
}

pub(super) fn scalars<'a>(ty: ValueType, values: impl Iterator<Item = Option<&'a Value>>) -> Column {
    let mut column = Column::empty(ty);
    values.for_each(|value| column.push(value.map(Value::borrowed)));
    column
}

pub(super) fn of_type<A>(
    aggregate: A,
    ty: ValueType,
    result: impl Fn(&A) -> Option<&Value>,
) -> Result<A, String> {
    match result(&aggregate) {
        Some(value) if !value.is_of(ty) => Err(format!("{value:?} stands where {ty:?} is declared")),
        _ => Ok(aggregate),
    }
}
