//! Columns of histograms.

use std::sync::Arc;

use super::Quantiles;
use super::requested::{QuantileSpec, RequestedQuantiles};
use super::sliding::SlidingQuantiles;
use crate::aggregate::cells::Cells;
use crate::aggregate::contributed::{Contributed, Rows};
use crate::aggregate::kind::{Kind, check_same, mismatch};
use crate::column::{Column, ValueRef, ValueType, Values};
use crate::slots::marks::Marks;

/// A `Quantiles` of a declared relative error, with the quantiles that are asked for.
#[derive(Clone, Debug)]
pub(crate) struct QuantilesKind {
    requested: RequestedQuantiles,
}

impl Kind for QuantilesKind {
    type Parameters = QuantileSpec;
    type Value = Quantiles;
    type Window = SlidingQuantiles;
    type Shown = String;

    const NAME: &'static str = "Quantiles";

    fn new(spec: &QuantileSpec) -> Result<Self, String> {
        Ok(Self { requested: RequestedQuantiles::new(spec)? })
    }

    fn result_type(_: &QuantileSpec) -> ValueType {
        ValueType::Text
    }

    fn check_type(_: &QuantileSpec, _: usize, values: &Values) -> Result<(), &'static str> {
        matches!(values, Values::Ints(_) | Values::Floats(_)).then_some(()).ok_or("ints or floats")
    }

    fn check_contributions(_: &QuantileSpec, columns: &[Arc<Column>], refuse: &mut dyn FnMut(usize, String)) {
        let [column] = columns else { return };
        let Values::Floats(floats) = column.values() else { return };
        for (row, value) in floats.iter().enumerate() {
            if !value.is_finite() && column.is_valid(row) {
                refuse(row, format!("{value} is no finite number"));
            }
        }
    }

    fn contribute(
        &self,
        cells: &mut Cells<Quantiles>,
        contributed: Contributed<'_, impl Rows>,
        columns: &[Arc<Column>],
        marks: &mut Marks,
    ) {
        let column = &columns[0];
        for (row, slot) in contributed.each() {
            let value = match column.get(row) {
                Some(ValueRef::Float(value)) => value,
                Some(ValueRef::Int(value)) => value as f64,
                Some(_) => mismatch(column),
                None => continue,
            };
            cells.update(slot, marks, |histogram| {
                histogram.insert(self.requested.bucket(value));
                true
            });
        }
    }

    fn empty(&self) -> Quantiles {
        Quantiles::new(self.requested.millionths())
    }

    fn empty_window(&self) -> SlidingQuantiles {
        SlidingQuantiles::default()
    }

    fn check_value(&self, histogram: &Quantiles) -> Result<(), String> {
        let (got, want) = (histogram.millionths(), self.requested.millionths());
        if got == want {
            return Ok(());
        }
        Err(format!("a histogram errs by {got} millionths, declared are {want}"))
    }

    fn check_window(&self, window: &SlidingQuantiles) -> Result<(), String> {
        let total = window.total().map(Quantiles::millionths);
        total.map_or(Ok(()), |millionths| check_same(millionths, self.requested.millionths()))
    }

    fn push_result(&self, histogram: &Quantiles, results: &mut Column) {
        results.push(Some(ValueRef::Text(&histogram.result(&self.requested))));
    }

    fn push_window_result(&self, window: &SlidingQuantiles, results: &mut Column) {
        results.push(Some(ValueRef::Text(&window.result(&self.requested))));
    }

    fn shown(&self, window: &SlidingQuantiles) -> String {
        window.result(&self.requested)
    }
}
