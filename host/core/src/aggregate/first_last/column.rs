//! Columns of earliest or latest values.

use super::sliding::OverWindows;
use super::{Stamp, Stamped};
use crate::aggregate::cells::Cells;
use crate::aggregate::contributed::{Contributed, Origin, Rows};
use crate::aggregate::kind::Kind;
use crate::aggregate::value::{Value, check_type};
use crate::column::{Column, ValueType, Values};
use crate::slots::marks::Marks;

/// A `First` or a `Last` of values of a declared type.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StampedKind<const LATEST: bool> {
    ty: ValueType,
}

impl<const LATEST: bool> Kind for StampedKind<LATEST>
where
    Stamped<LATEST>: OverWindows,
{
    type Parameters = ValueType;
    type Value = Stamped<LATEST>;
    type Window = <Stamped<LATEST> as OverWindows>::Window;
    type Shown = Option<Value>;

    const NAME: &'static str = if LATEST { "Last" } else { "First" };

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
        cells: &mut Cells<Stamped<LATEST>>,
        contributed: Contributed<'_, impl Rows>,
        columns: &[Column],
        marks: &mut Marks,
    ) {
        let column = &columns[0];
        let Contributed { source_rows, origin, .. } = contributed;
        let &Origin { topic, partition, offsets, times_ms, .. } = origin;
        // The first contribution of the current record, applied or not: a stamp must not depend on which others are applied.
        let mut first = 0;
        for (row, slot) in contributed.each() {
            let source_row = source_rows[row];
            if source_rows[first] != source_row {
                first = row;
                while first > 0 && source_rows[first - 1] == source_row {
                    first -= 1;
                }
            }
            if let Some(value) = column.get(row) {
                let at = source_row as usize;
                let row = (row - first) as u32;
                let stamp = Stamp { time_ms: times_ms[at], topic, partition, offset: offsets[at], row };
                cells.update(slot, marks, |stamped| stamped.add(stamp, value));
            }
        }
    }

    fn empty(&self) -> Stamped<LATEST> {
        Stamped::default()
    }

    fn empty_window(&self) -> Self::Window {
        Self::Window::default()
    }

    fn check_value(&self, stamped: &Stamped<LATEST>) -> Result<(), String> {
        check_type(stamped.result(), self.ty)
    }

    fn check_window(&self, window: &Self::Window) -> Result<(), String> {
        check_type(Stamped::<LATEST>::of_window(window), self.ty)
    }

    fn push_result(&self, stamped: &Stamped<LATEST>, results: &mut Column) {
        results.push(stamped.result().map(Value::borrowed));
    }

    fn push_window_result(&self, window: &Self::Window, results: &mut Column) {
        results.push(Stamped::<LATEST>::of_window(window).map(Value::borrowed));
    }

    fn shown(&self, window: &Self::Window) -> Option<Value> {
        Stamped::<LATEST>::of_window(window).cloned()
    }
}
