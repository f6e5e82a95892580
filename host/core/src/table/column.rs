//! One aggregate of all rows: updated for a whole batch at a time.

use super::Origin;
use super::marks::Marks;
use crate::aggregate::distinct::{PRECISION_MAX, PRECISION_MIN, hash};
use crate::aggregate::first_last::Stamped;
use crate::aggregate::min_max::Extreme;
use crate::aggregate::prefetch::prefetch;
use crate::aggregate::{Aggregate, Count, Distinct, Stamp, Sum, Value, sum};
use crate::column::{Column, ValueRef, Values};
use crate::description::{AggregateKind, ValueType};

/// Items handled together in each phase of a `Distinct`: about what the processor can have under way.
const PHASE_ROWS: usize = 64;

/// A batch of contributions whose rows are found.
pub(super) struct Applied<'a> {
    /// The slot of each contribution.
    pub(super) slots: &'a [u32],
    /// The record of each contribution.
    pub(super) source_rows: &'a [u32],
    /// Where the records stand in the log.
    pub(super) origin: &'a Origin<'a>,
}

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
}

/// Values and the memory that they hold outside themselves.
#[derive(Clone, Debug)]
pub(super) struct Cells<A> {
    values: Vec<A>,
    heap_bytes: usize,
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
        }
    };
}

impl AggregateColumn {
    /// Returns a column without rows.
    pub(super) fn new(kind: &AggregateKind) -> Result<Self, String> {
        Ok(match *kind {
            AggregateKind::Count => Self::Count(Cells::default()),
            AggregateKind::Sum(scale) if scale > sum::SCALE_MAX => {
                return Err(format!("a Sum has at most {} places, not {scale}", sum::SCALE_MAX));
            }
            AggregateKind::Sum(scale) => Self::Sum(scale, Cells::default()),
            AggregateKind::Min(ty) => Self::Min(ty, Cells::default()),
            AggregateKind::Max(ty) => Self::Max(ty, Cells::default()),
            AggregateKind::First(ty) => Self::First(ty, Cells::default()),
            AggregateKind::Last(ty) => Self::Last(ty, Cells::default()),
            AggregateKind::Distinct(precision) if !(PRECISION_MIN..=PRECISION_MAX).contains(&precision) => {
                return Err(format!(
                    "a Distinct has precision {PRECISION_MIN} to {PRECISION_MAX}, not {precision}"
                ));
            }
            AggregateKind::Distinct(precision) => Self::Distinct(precision, Cells::default()),
            AggregateKind::TopK(_) | AggregateKind::Quantiles(_) | AggregateKind::Fold => {
                return Err(format!("{} is not supported yet", kind.name()));
            }
        })
    }

    /// Adds empty values for slots below `rows`.
    pub(super) fn grow_to(&mut self, rows: usize) {
        match self {
            Self::Count(cells) => cells.values.resize_with(rows, Default::default),
            Self::Sum(_, cells) => cells.values.resize_with(rows, Default::default),
            Self::Min(_, cells) => cells.values.resize_with(rows, Default::default),
            Self::Max(_, cells) => cells.values.resize_with(rows, Default::default),
            Self::First(_, cells) => cells.values.resize_with(rows, Default::default),
            Self::Last(_, cells) => cells.values.resize_with(rows, Default::default),
            Self::Distinct(precision, cells) => cells.values.resize_with(rows, || Distinct::new(*precision)),
        }
    }

    /// Takes a column of contributions into account and notes the rows that it changes.
    pub(super) fn apply(&mut self, applied: &Applied<'_>, values: &Column, marks: &mut Marks) {
        match self {
            Self::Count(cells) => add_counts(cells, applied.slots, values, marks),
            Self::Sum(scale, cells) => add_units(cells, *scale, applied.slots, values, marks),
            Self::Min(_, cells) => add_extremes(cells, applied.slots, values, marks),
            Self::Max(_, cells) => add_extremes(cells, applied.slots, values, marks),
            Self::First(_, cells) => add_stamped(cells, applied, values, marks),
            Self::Last(_, cells) => add_stamped(cells, applied, values, marks),
            Self::Distinct(_, cells) => add_items(cells, applied.slots, values, marks),
        }
    }

    /// Returns the results of some rows, as modules receive them.
    pub(super) fn results(&self, slots: &[u32]) -> Column {
        match self {
            Self::Count(cells) => {
                column(ValueType::Int, slots.iter().map(|&slot| Some(ValueRef::Int(cells.at(slot).result()))))
            }
            Self::Sum(scale, cells) => {
                let mut sums = Column::empty(ValueType::Text);
                for &slot in slots {
                    sums.push(Some(ValueRef::Text(&cells.at(slot).result(*scale))));
                }
                sums
            }
            Self::Distinct(_, cells) => {
                let count = |slot| i64::try_from(cells.at(slot).estimate()).unwrap_or(i64::MAX);
                column(ValueType::Int, slots.iter().map(|&slot| Some(ValueRef::Int(count(slot)))))
            }
            Self::Min(ty, cells) => scalars(*ty, slots, |slot| cells.at(slot).result()),
            Self::Max(ty, cells) => scalars(*ty, slots, |slot| cells.at(slot).result()),
            Self::First(ty, cells) => scalars(*ty, slots, |slot| cells.at(slot).result()),
            Self::Last(ty, cells) => scalars(*ty, slots, |slot| cells.at(slot).result()),
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
        }
        Ok(())
    }

    /// Drops the values of slots from `rows` on.
    pub(super) fn truncate(&mut self, rows: usize) {
        with_cells!(self, cells => cells.truncate(rows));
    }

    /// Returns the memory held, in bytes.
    pub(super) fn heap_bytes(&self) -> usize {
        with_cells!(self, cells => cells.total_bytes())
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

impl<A> Default for Cells<A> {
    fn default() -> Self {
        Self { values: Vec::new(), heap_bytes: 0 }
    }
}

impl<A: Aggregate> Cells<A> {
    #[inline]
    fn at(&self, slot: u32) -> &A {
        &self.values[slot as usize]
    }

    fn push(&mut self, value: A) {
        self.heap_bytes += value.heap_bytes();
        self.values.push(value);
    }

    fn truncate(&mut self, rows: usize) {
        for value in self.values.drain(rows.min(self.values.len())..) {
            self.heap_bytes -= value.heap_bytes();
        }
    }

    fn total_bytes(&self) -> usize {
        self.values.capacity() * size_of::<A>() + self.heap_bytes
    }

    /// Changes one value, and notes and accounts for it if it says that it changed.
    #[inline(always)]
    fn update(&mut self, slot: u32, marks: &mut Marks, change: impl FnOnce(&mut A) -> bool) {
        let value = &mut self.values[slot as usize];
        let before = value.heap_bytes();
        if change(value) {
            self.heap_bytes = self.heap_bytes + value.heap_bytes() - before;
            marks.note(slot);
        }
    }
}

fn add_counts(cells: &mut Cells<Count>, slots: &[u32], values: &Column, marks: &mut Marks) {
    let Values::Ints(increments) = values.values() else { mismatch(values) };
    for (row, (&slot, &increment)) in slots.iter().zip(increments).enumerate() {
        if increment != 0 && values.is_valid(row) {
            cells.values[slot as usize].add(increment as u64);
            marks.note(slot);
        }
    }
}

fn add_units(cells: &mut Cells<Sum>, scale: u8, slots: &[u32], values: &Column, marks: &mut Marks) {
    for (row, &slot) in slots.iter().enumerate() {
        let units = match values.get(row) {
            None => continue,
            Some(ValueRef::Int(value)) => sum::units_of_int(value, scale),
            Some(ValueRef::Text(text)) => {
                sum::units_of_text(text, scale).expect("decimals are checked before")
            }
            Some(_) => mismatch(values),
        };
        if units != 0 {
            cells.values[slot as usize].add(units);
            marks.note(slot);
        }
    }
}

fn add_extremes<const LARGEST: bool>(
    cells: &mut Cells<Extreme<LARGEST>>,
    slots: &[u32],
    values: &Column,
    marks: &mut Marks,
) {
    for (row, &slot) in slots.iter().enumerate() {
        if let Some(value) = values.get(row) {
            cells.update(slot, marks, |extreme| extreme.add(value));
        }
    }
}

fn add_stamped<const LATEST: bool>(
    cells: &mut Cells<Stamped<LATEST>>,
    applied: &Applied<'_>,
    values: &Column,
    marks: &mut Marks,
) {
    let &Origin { topic, partition, offsets, times_ms } = applied.origin;
    let (mut previous, mut nth) = (u32::MAX, 0);
    for (row, (&slot, &source_row)) in applied.slots.iter().zip(applied.source_rows).enumerate() {
        nth = if source_row == previous { nth + 1 } else { 0 };
        previous = source_row;
        if let Some(value) = values.get(row) {
            let at = source_row as usize;
            let stamp = Stamp { time_ms: times_ms[at], topic, partition, offset: offsets[at], row: nth };
            cells.update(slot, marks, |stamped| stamped.add(stamp, value));
        }
    }
}

/// Hashes a phase of items, then fetches sketches, then registers, and only then inserts: each step's cache misses are
/// under way together.
fn add_items(cells: &mut Cells<Distinct>, slots: &[u32], values: &Column, marks: &mut Marks) {
    let mut hashes = [0; PHASE_ROWS];
    for start in (0..slots.len()).step_by(PHASE_ROWS) {
        let slots = &slots[start..slots.len().min(start + PHASE_ROWS)];
        let hashes = &mut hashes[..slots.len()];
        for &slot in slots {
            prefetch(&cells.values, slot as usize);
        }
        hash_items(values, start, hashes);
        for (&slot, &hash) in slots.iter().zip(&*hashes) {
            cells.at(slot).prefetch(hash);
        }
        for (row, (&slot, &hash)) in (start..).zip(slots.iter().zip(&*hashes)) {
            if values.is_valid(row) {
                cells.update(slot, marks, |sketch| sketch.insert(hash));
            }
        }
    }
}

/// Hashes the items from row `start` on; what stands at nulls is hashed too.
fn hash_items(values: &Column, start: usize, hashes: &mut [u64]) {
    let rows = (start..).zip(hashes);
    match values.values() {
        Values::Texts(items) | Values::Blobs(items) => {
            rows.for_each(|(row, out)| *out = hash::bytes(items.get(row)))
        }
        Values::Ints(items) | Values::Times(items) => {
            rows.for_each(|(row, out)| *out = hash::int(items[row]))
        }
        Values::Floats(items) => rows.for_each(|(row, out)| *out = hash::float(items[row])),
        Values::Booleans(_) => rows.for_each(|(row, out)| *out = values.get(row).map_or(0, hash::value)),
    }
}

fn column<'a>(ty: ValueType, values: impl Iterator<Item = Option<ValueRef<'a>>>) -> Column {
    let mut column = Column::empty(ty);
    values.for_each(|value| column.push(value));
    column
}

fn scalars<'a>(ty: ValueType, slots: &[u32], result: impl Fn(u32) -> Option<&'a Value>) -> Column {
    column(ty, slots.iter().map(|&slot| result(slot).map(Value::borrowed)))
}

fn of_type<A>(aggregate: A, ty: ValueType, result: impl Fn(&A) -> Option<&Value>) -> Result<A, String> {
    match result(&aggregate) {
        Some(value) if !value.is_of(ty) => Err(format!("{value:?} stands where {ty:?} is declared")),
        _ => Ok(aggregate),
    }
}

#[cold]
fn mismatch(values: &Column) -> ! {
    panic!("{} were not refused before they were applied", values.values().type_name())
}
