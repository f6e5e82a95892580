//! Columns of earliest or latest values.

use std::sync::Arc;

use std::marker::PhantomData;

use super::sliding::OverWindows;
use super::{Kept, Stamp, Stamped};
use crate::aggregate::cells::Cells;
use crate::aggregate::contributed::{Contributed, Origin, Rows};
use crate::aggregate::kind::Kind;
use crate::aggregate::value::{Value, check_type};
use crate::column::{Column, ValueType, Values};
use crate::slots::marks::Marks;

/// A `First` or a `Last` of values of a declared type.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StampedKind<const LATEST: bool, K = Value> {
    ty: ValueType,
    kept: PhantomData<K>,
}

/// A `LastOrNone` of values of a declared type.
pub(crate) type LastOrNoneKind = StampedKind<true, Option<Value>>;

impl<const LATEST: bool, K: Kept> Kind for StampedKind<LATEST, K>
where
    Stamped<LATEST, K>: OverWindows,
{
    type Parameters = ValueType;
    type Value = Stamped<LATEST, K>;
    type Window = <Stamped<LATEST, K> as OverWindows>::Window;
    type Shown = Option<Value>;

    const NAME: &'static str = K::NAMES[LATEST as usize];
    const COLUMNS: usize = K::COLUMNS;

    fn new(&ty: &ValueType) -> Result<Self, String> {
        Ok(Self { ty, kept: PhantomData })
    }

    fn result_type(&ty: &ValueType) -> ValueType {
        ty
    }

    fn check_type(&ty: &ValueType, nth: usize, values: &Values) -> Result<(), &'static str> {
        K::check_type(ty, nth, values)
    }

    fn contribute(
        &self,
        cells: &mut Cells<Stamped<LATEST, K>>,
        contributed: Contributed<'_, impl Rows>,
        columns: &[Arc<Column>],
        marks: &mut Marks,
    ) {
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
            if let Some(value) = K::of_row(columns, row) {
                let at = source_row as usize;
                let row = (row - first) as u32;
                let stamp = Stamp { time_ms: times_ms[at], topic, partition, offset: offsets[at], row };
                cells.update(slot, marks, |stamped| stamped.add(stamp, value));
            }
        }
    }

    fn empty(&self) -> Stamped<LATEST, K> {
        Stamped::default()
    }

    fn empty_window(&self) -> Self::Window {
        Self::Window::default()
    }

    fn check_value(&self, stamped: &Stamped<LATEST, K>) -> Result<(), String> {
        check_type(stamped.result(), self.ty)
    }

    fn check_window(&self, window: &Self::Window) -> Result<(), String> {
        check_type(Stamped::<LATEST, K>::of_window(window), self.ty)
    }

    fn push_result(&self, stamped: &Stamped<LATEST, K>, results: &mut Column) {
        results.push(stamped.result().map(Value::borrowed));
    }

    fn push_window_result(&self, window: &Self::Window, results: &mut Column) {
        results.push(Stamped::<LATEST, K>::of_window(window).map(Value::borrowed));
    }

    fn shown(&self, window: &Self::Window) -> Option<Value> {
        Stamped::<LATEST, K>::of_window(window).cloned()
    }
}
