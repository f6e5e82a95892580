//! Columns of smallest or largest values.

use std::sync::Arc;

use super::Extreme;
use super::sliding::SlidingExtreme;
use crate::aggregate::cells::Cells;
use crate::aggregate::contributed::{Contributed, Rows};
use crate::aggregate::kind::Kind;
use crate::aggregate::value::{Value, check_type};
use crate::column::{Column, ValueType, Values};
use crate::slots::marks::Marks;

/// A `Min` or a `Max` of values of a declared type.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ExtremeKind<const LARGEST: bool> {
    ty: ValueType,
}

impl<const LARGEST: bool> Kind for ExtremeKind<LARGEST> {
    type Parameters = ValueType;
    type Value = Extreme<LARGEST>;
    type Window = SlidingExtreme<LARGEST>;
    type Shown = Option<Value>;

    const NAME: &'static str = if LARGEST { "Max" } else { "Min" };

    fn new(&ty: &ValueType) -> Result<Self, String> {
        Ok(Self { ty })
    }

    fn result_type(&ty: &ValueType) -> ValueType {
        ty
    }

    fn check_type(&ty: &ValueType, _: usize, values: &Values) -> Result<(), &'static str> {
        values.check_type(ty)
    }

    fn contribute(
        &self,
        cells: &mut Cells<Extreme<LARGEST>>,
        contributed: Contributed<'_, impl Rows>,
        columns: &[Arc<Column>],
        marks: &mut Marks,
    ) {
        let column = &columns[0];
        for (row, slot) in contributed.each() {
            if let Some(value) = column.get(row) {
                cells.update(slot, marks, |extreme| extreme.add(value));
            }
        }
    }

    fn empty(&self) -> Extreme<LARGEST> {
        Extreme::default()
    }

    fn empty_window(&self) -> SlidingExtreme<LARGEST> {
        SlidingExtreme::default()
    }

    fn check_value(&self, extreme: &Extreme<LARGEST>) -> Result<(), String> {
        check_type(extreme.result(), self.ty)
    }

    fn check_window(&self, window: &SlidingExtreme<LARGEST>) -> Result<(), String> {
        check_type(window.result(), self.ty)
    }

    fn push_result(&self, extreme: &Extreme<LARGEST>, results: &mut Column) {
        results.push(extreme.result().map(Value::borrowed));
    }

    fn push_window_result(&self, window: &SlidingExtreme<LARGEST>, results: &mut Column) {
        results.push(window.result().map(Value::borrowed));
    }

    fn shown(&self, window: &SlidingExtreme<LARGEST>) -> Option<Value> {
        window.result().cloned()
    }
}
