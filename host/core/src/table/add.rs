//! Adds a column of contributions to the values of their slots.

use super::Origin;
use super::cells::Cells;
use super::selected::Rows;
use crate::aggregate::distinct::hash;
use crate::aggregate::first_last::Stamped;
use crate::aggregate::min_max::Extreme;
use crate::aggregate::prefetch::prefetch;
use crate::aggregate::quantiles::Asked;
use crate::aggregate::{Count, Distinct, Quantiles, Stamp, Sum, TopK, sum};
use crate::column::{Column, ValueRef, Values};
use crate::slots::marks::Marks;

/// Items handled together in each phase of a `Distinct`: about what the processor can have under way.
const PHASE_ROWS: usize = 64;

/// Contributions of a batch whose rows are found.
#[derive(Clone, Copy)]
pub(super) struct Applied<'a, R> {
    /// Which contributions are applied.
    pub(super) rows: R,
    /// The slot of each of them.
    pub(super) slots: &'a [u32],
    /// The record of each contribution, also of those that are not applied.
    pub(super) source_rows: &'a [u32],
    /// Where the records stand in the log.
    pub(super) origin: &'a Origin<'a>,
}

pub(super) fn add_counts(
    cells: &mut Cells<Count>,
    Applied { rows, slots, .. }: Applied<'_, impl Rows>,
    values: &Column,
    marks: &mut Marks,
) {
    let Values::Ints(increments) = values.values() else { mismatch(values) };
    for (nth, &slot) in slots.iter().enumerate() {
        let row = rows.row(nth);
        let increment = increments[row];
        if increment != 0 && values.is_valid(row) {
            cells.values[slot as usize].add(increment as u64);
            marks.note(slot);
        }
    }
}

pub(super) fn add_units(
    cells: &mut Cells<Sum>,
    scale: u8,
    Applied { rows, slots, .. }: Applied<'_, impl Rows>,
    values: &Column,
    marks: &mut Marks,
) {
    for (nth, &slot) in slots.iter().enumerate() {
        let units = match values.get(rows.row(nth)) {
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

pub(super) fn add_extremes<const LARGEST: bool>(
    cells: &mut Cells<Extreme<LARGEST>>,
    Applied { rows, slots, .. }: Applied<'_, impl Rows>,
    values: &Column,
    marks: &mut Marks,
) {
    for (nth, &slot) in slots.iter().enumerate() {
        if let Some(value) = values.get(rows.row(nth)) {
            cells.update(slot, marks, |extreme| extreme.add(value));
        }
    }
}

pub(super) fn add_stamped<const LATEST: bool>(
    cells: &mut Cells<Stamped<LATEST>>,
    Applied { rows, slots, source_rows, origin }: Applied<'_, impl Rows>,
    values: &Column,
    marks: &mut Marks,
) {
    let &Origin { topic, partition, offsets, times_ms, .. } = origin;
    // The first contribution of the record at hand, applied or not: a stamp must not depend on what others apply.
    let mut first = 0;
    for (nth, &slot) in slots.iter().enumerate() {
        let row = rows.row(nth);
        let source_row = source_rows[row];
        if source_rows[first] != source_row {
            first = row;
            while first > 0 && source_rows[first - 1] == source_row {
                first -= 1;
            }
        }
        if let Some(value) = values.get(row) {
            let at = source_row as usize;
            let row = (row - first) as u32;
            let stamp = Stamp { time_ms: times_ms[at], topic, partition, offset: offsets[at], row };
            cells.update(slot, marks, |stamped| stamped.add(stamp, value));
        }
    }
}

/// Hashes a phase of items, then fetches sketches, then registers, and only then inserts: each step's cache misses are
/// under way together.
pub(super) fn add_items(
    cells: &mut Cells<Distinct>,
    Applied { rows, slots, .. }: Applied<'_, impl Rows>,
    values: &Column,
    marks: &mut Marks,
) {
    let mut hashes = [0; PHASE_ROWS];
    for start in (0..slots.len()).step_by(PHASE_ROWS) {
        let slots = &slots[start..slots.len().min(start + PHASE_ROWS)];
        let hashes = &mut hashes[..slots.len()];
        for &slot in slots {
            prefetch(&cells.values, slot as usize);
        }
        hash_items(values, rows, start, hashes);
        for (&slot, &hash) in slots.iter().zip(&*hashes) {
            cells.at(slot).prefetch(hash);
        }
        for (nth, (&slot, &hash)) in (start..).zip(slots.iter().zip(&*hashes)) {
            if values.is_valid(rows.row(nth)) {
                cells.update(slot, marks, |sketch| sketch.insert(hash));
            }
        }
    }
}

/// Hashes the items of rows from the one numbered `start` on; what stands at nulls is hashed too.
fn hash_items(values: &Column, rows: impl Rows, start: usize, hashes: &mut [u64]) {
    let places = hashes.iter_mut().zip(start..);
    match values.values() {
        Values::Texts(items) | Values::Blobs(items) => {
            places.for_each(|(out, nth)| *out = hash::bytes(items.get(rows.row(nth))))
        }
        Values::Ints(items) | Values::Times(items) => {
            places.for_each(|(out, nth)| *out = hash::int(items[rows.row(nth)]))
        }
        Values::Floats(items) => places.for_each(|(out, nth)| *out = hash::float(items[rows.row(nth)])),
        Values::Booleans(_) => {
            places.for_each(|(out, nth)| *out = values.get(rows.row(nth)).map_or(0, hash::value))
        }
    }
}

pub(super) fn add_ranked(
    cells: &mut Cells<TopK>,
    Applied { rows, slots, .. }: Applied<'_, impl Rows>,
    ids: &Column,
    values: &Column,
    marks: &mut Marks,
) {
    let Values::Ints(ints) = values.values() else { mismatch(values) };
    for (nth, &slot) in slots.iter().enumerate() {
        let row = rows.row(nth);
        if !values.is_valid(row) {
            continue;
        }
        match ids.get(row) {
            Some(ValueRef::Text(id)) => cells.update(slot, marks, |top| top.insert(id, ints[row])),
            Some(_) => mismatch(ids),
            None => {}
        }
    }
}

pub(super) fn add_measured(
    cells: &mut Cells<Quantiles>,
    asked: &Asked,
    Applied { rows, slots, .. }: Applied<'_, impl Rows>,
    values: &Column,
    marks: &mut Marks,
) {
    for (nth, &slot) in slots.iter().enumerate() {
        let value = match values.get(rows.row(nth)) {
            Some(ValueRef::Float(value)) => value,
            Some(ValueRef::Int(value)) => value as f64,
            Some(_) => mismatch(values),
            None => continue,
        };
        cells.update(slot, marks, |histogram| {
            histogram.insert(asked.bucket(value));
            true
        });
    }
}

#[cold]
fn mismatch(values: &Column) -> ! {
    panic!("{} were not refused before they were applied", values.values().type_name())
}
