//! Columns of counts.

use std::sync::Arc;

use super::Count;
use super::sliding::SlidingCount;
use crate::aggregate::cells::Cells;
use crate::aggregate::contributed::{Contributed, Rows};
use crate::aggregate::kind::{Kind, mismatch};
use crate::column::{Column, ValueRef, ValueType, Values};
use crate::slots::marks::Marks;

/// A `Count`, which has no parameters.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CountKind;

impl Kind for CountKind {
    type Parameters = ();
    type Value = Count;
    type Window = SlidingCount;
    type Shown = i64;

    const NAME: &'static str = "Count";

    fn new((): &()) -> Result<Self, String> {
        Ok(Self)
    }

    fn result_type((): &()) -> ValueType {
        ValueType::Int
    }

    fn check_type((): &(), _: usize, values: &Values) -> Result<(), &'static str> {
        matches!(values, Values::Ints(_)).then_some(()).ok_or("ints")
    }

    fn check_contributions((): &(), columns: &[Arc<Column>], refuse: &mut dyn FnMut(usize, String)) {
        let [column] = columns else { return };
        let Values::Ints(increments) = column.values() else { return };
        for (row, &increment) in increments.iter().enumerate() {
            if increment < 0 && column.is_valid(row) {
                refuse(row, format!("{increment} is negative, a Count only grows"));
            }
        }
    }

    fn contribute(
        &self,
        cells: &mut Cells<Count>,
        contributed: Contributed<'_, impl Rows>,
        columns: &[Arc<Column>],
        marks: &mut Marks,
    ) {
        let column = &columns[0];
        let Values::Ints(increments) = column.values() else { mismatch(column) };
        for (row, slot) in contributed.each() {
            let increment = increments[row];
            if increment != 0 && column.is_valid(row) {
                cells.update(slot, marks, |count| {
                    count.add(increment as u64);
                    true
                });
            }
        }
    }

    fn empty(&self) -> Count {
        Count::default()
    }

    fn empty_window(&self) -> SlidingCount {
        SlidingCount::default()
    }

    fn push_result(&self, count: &Count, results: &mut Column) {
        results.push(Some(ValueRef::Int(count.result())));
    }

    fn push_window_result(&self, window: &SlidingCount, results: &mut Column) {
        results.push(Some(ValueRef::Int(window.result())));
    }

    fn shown(&self, window: &SlidingCount) -> i64 {
        window.result()
    }
}
