//! Columns of sums.

use std::sync::Arc;

use super::sliding::SlidingSum;
use super::{SCALE_MAX, Sum, units_of_int, units_of_text};
use crate::aggregate::cells::Cells;
use crate::aggregate::contributed::{Contributed, Rows};
use crate::aggregate::kind::{Kind, mismatch};
use crate::column::{Column, ValueRef, ValueType, Values};
use crate::slots::marks::Marks;

/// A `Sum` with a declared number of places.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SumKind {
    scale: u8,
}

impl Kind for SumKind {
    type Parameters = u8;
    type Value = Sum;
    type Window = SlidingSum;
    type Shown = String;

    const NAME: &'static str = "Sum";

    fn new(&scale: &u8) -> Result<Self, String> {
        if scale > SCALE_MAX {
            return Err(format!("a Sum has at most {SCALE_MAX} places, not {scale}"));
        }
        Ok(Self { scale })
    }

    fn result_type(_: &u8) -> ValueType {
        ValueType::Text
    }

    fn check_type(_: &u8, _: usize, values: &Values) -> Result<(), &'static str> {
        matches!(values, Values::Ints(_) | Values::Texts(_)).then_some(()).ok_or("ints or texts")
    }

    fn check_contributions(&scale: &u8, columns: &[Arc<Column>], refuse: &mut dyn FnMut(usize, String)) {
        let [column] = columns else { return };
        let Values::Texts(_) = column.values() else { return };
        for row in 0..column.len() {
            if let Some(ValueRef::Text(text)) = column.get(row)
                && units_of_text(text, scale).is_none()
            {
                refuse(row, format!("`{}` is no decimal with at most {scale} places", shortened(text)));
            }
        }
    }

    fn contribute(
        &self,
        cells: &mut Cells<Sum>,
        contributed: Contributed<'_, impl Rows>,
        columns: &[Arc<Column>],
        marks: &mut Marks,
    ) {
        let column = &columns[0];
        for (row, slot) in contributed.each() {
            let units = match column.get(row) {
                None => continue,
                Some(ValueRef::Int(value)) => units_of_int(value, self.scale),
                Some(ValueRef::Text(text)) => {
                    units_of_text(text, self.scale).expect("decimals are checked before")
                }
                Some(_) => mismatch(column),
            };
            if units != 0 {
                cells.update(slot, marks, |sum| {
                    sum.add(units);
                    true
                });
            }
        }
    }

    fn empty(&self) -> Sum {
        Sum::default()
    }

    fn empty_window(&self) -> SlidingSum {
        SlidingSum::default()
    }

    fn push_result(&self, sum: &Sum, results: &mut Column) {
        results.push(Some(ValueRef::Text(&sum.result(self.scale))));
    }

    fn push_window_result(&self, window: &SlidingSum, results: &mut Column) {
        results.push(Some(ValueRef::Text(&window.result(self.scale))));
    }

    fn shown(&self, window: &SlidingSum) -> String {
        window.result(self.scale)
    }
}

/// Returns the beginning of a record's text, short enough for a message.
fn shortened(text: &str) -> String {
    const CHARS_MAX: usize = 40;
    match text.char_indices().nth(CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
