//! Columns of sketches of distinct items.

use std::sync::Arc;

use super::limits::{PRECISION_MAX, PRECISION_MIN};
use super::sliding::{Counted, SlidingDistinct};
use super::{Distinct, hash};
use crate::aggregate::cells::Cells;
use crate::aggregate::contributed::{Contributed, Rows};
use crate::aggregate::kind::{Kind, check_same};
use crate::column::{Column, ValueRef, ValueType, Values};
use crate::slots::marks::Marks;

/// Items handled together in each phase: about as many cache misses as the processor can overlap.
const PHASE_ROWS: usize = 64;

/// A `Distinct` of a declared precision.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DistinctKind {
    precision: u8,
}

impl Kind for DistinctKind {
    type Parameters = u8;
    type Value = Distinct;
    type Window = SlidingDistinct;
    type Shown = Counted;

    const NAME: &'static str = "Distinct";

    fn new(&precision: &u8) -> Result<Self, String> {
        if !(PRECISION_MIN..=PRECISION_MAX).contains(&precision) {
            return Err(format!(
                "a Distinct has precision {PRECISION_MIN} to {PRECISION_MAX}, not {precision}"
            ));
        }
        Ok(Self { precision })
    }

    fn result_type(_: &u8) -> ValueType {
        ValueType::Int
    }

    fn check_type(_: &u8, _: usize, _: &Values) -> Result<(), &'static str> {
        Ok(())
    }

    /// Works in phases: hashes some items, then prefetches sketches, then registers, and only then inserts. The cache misses
    /// of each phase overlap.
    fn contribute(
        &self,
        cells: &mut Cells<Distinct>,
        Contributed { rows, slots, .. }: Contributed<'_, impl Rows>,
        columns: &[Arc<Column>],
        marks: &mut Marks,
    ) {
        let column = &columns[0];
        let mut hashes = [0; PHASE_ROWS];
        for start in (0..slots.len()).step_by(PHASE_ROWS) {
            let slots = &slots[start..slots.len().min(start + PHASE_ROWS)];
            let hashes = &mut hashes[..slots.len()];
            for &slot in slots {
                cells.prefetch(slot);
            }
            hash_items(column, rows, start, hashes);
            for (&slot, &hash) in slots.iter().zip(&*hashes) {
                cells.at(slot).prefetch(hash);
            }
            for (nth, (&slot, &hash)) in (start..).zip(slots.iter().zip(&*hashes)) {
                if column.is_valid(rows.row(nth)) {
                    cells.update(slot, marks, |sketch| sketch.insert(hash));
                }
            }
        }
    }

    fn empty(&self) -> Distinct {
        Distinct::new(self.precision)
    }

    fn empty_window(&self) -> SlidingDistinct {
        SlidingDistinct::new(self.precision)
    }

    fn check_value(&self, sketch: &Distinct) -> Result<(), String> {
        if sketch.precision() == self.precision {
            return Ok(());
        }
        Err(format!("a sketch has precision {}, declared is {}", sketch.precision(), self.precision))
    }

    fn check_window(&self, window: &SlidingDistinct) -> Result<(), String> {
        check_same(window.precision(), self.precision)
    }

    fn push_result(&self, sketch: &Distinct, results: &mut Column) {
        results.push(Some(shown(sketch.estimate())));
    }

    fn push_window_result(&self, window: &SlidingDistinct, results: &mut Column) {
        results.push(Some(shown(window.estimate())));
    }

    fn shown(&self, window: &SlidingDistinct) -> Counted {
        window.counted()
    }

    #[inline]
    fn prefetch_for(windows: &Cells<SlidingDistinct>, slot: u32, panes: &Cells<Distinct>, cell: u32) {
        windows.at(slot).prefetch(panes.at(cell));
    }
}

fn shown(estimate: u64) -> ValueRef<'static> {
    ValueRef::Int(i64::try_from(estimate).unwrap_or(i64::MAX))
}

/// Hashes the items of rows from the one numbered `start` on. The values at nulls are hashed too.
fn hash_items(column: &Column, rows: impl Rows, start: usize, hashes: &mut [u64]) {
    let places = hashes.iter_mut().zip(start..);
    match column.values() {
        Values::Texts(items) | Values::Blobs(items) => {
            places.for_each(|(out, nth)| *out = hash::bytes(items.get(rows.row(nth))))
        }
        Values::Ints(items) | Values::Times(items) => {
            places.for_each(|(out, nth)| *out = hash::int(items[rows.row(nth)]))
        }
        Values::Floats(items) => places.for_each(|(out, nth)| *out = hash::float(items[rows.row(nth)])),
        Values::Booleans(_) => {
            places.for_each(|(out, nth)| *out = column.get(rows.row(nth)).map_or(0, hash::value))
        }
    }
}
