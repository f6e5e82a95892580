//! Columns of `TopK` lists, to which an id and a value are contributed in two columns.

use std::sync::Arc;

use super::sliding::SlidingTopK;
use super::{ID_BYTES_MAX, TopK, check_k};
use crate::aggregate::cells::Cells;
use crate::aggregate::contributed::{Contributed, Rows};
use crate::aggregate::kind::{Kind, check_same, mismatch};
use crate::column::{Column, ValueRef, ValueType, Values};
use crate::slots::marks::Marks;

/// A `TopK` of a declared length.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TopKKind {
    k: u32,
}

impl Kind for TopKKind {
    type Parameters = u32;
    type Value = TopK;
    type Window = SlidingTopK;
    type Shown = String;

    const NAME: &'static str = "TopK";

    /// Ids, then values.
    const COLUMNS: usize = 2;

    fn new(&k: &u32) -> Result<Self, String> {
        check_k(k)?;
        Ok(Self { k })
    }

    fn result_type(_: &u32) -> ValueType {
        ValueType::Text
    }

    fn check_type(_: &u32, nth: usize, values: &Values) -> Result<(), &'static str> {
        match nth {
            0 => matches!(values, Values::Texts(_)).then_some(()).ok_or("texts (ids)"),
            _ => matches!(values, Values::Ints(_)).then_some(()).ok_or("ints (behind the ids)"),
        }
    }

    /// An id counts only with a value. If the value is null, the id is not even checked.
    fn check_contributions(_: &u32, columns: &[Arc<Column>], refuse: &mut dyn FnMut(usize, String)) {
        let [ids, values] = columns else { return };
        let Values::Texts(texts) = ids.values() else { return };
        for row in 0..ids.len() {
            let len = texts.get(row).len();
            if !(1..=ID_BYTES_MAX).contains(&len) && ids.is_valid(row) && values.is_valid(row) {
                let what = match len {
                    0 => "an id is empty".into(),
                    _ => format!("an id has {len} bytes where {ID_BYTES_MAX} are allowed"),
                };
                refuse(row, what);
            }
        }
    }

    fn contribute(
        &self,
        cells: &mut Cells<TopK>,
        contributed: Contributed<'_, impl Rows>,
        columns: &[Arc<Column>],
        marks: &mut Marks,
    ) {
        let (ids, values) = (&columns[0], &columns[1]);
        let Values::Ints(ints) = values.values() else { mismatch(values) };
        for (row, slot) in contributed.each() {
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

    fn empty(&self) -> TopK {
        TopK::new(self.k)
    }

    fn empty_window(&self) -> SlidingTopK {
        SlidingTopK::new(self.k)
    }

    fn check_value(&self, top: &TopK) -> Result<(), String> {
        if top.k() == self.k {
            return Ok(());
        }
        Err(format!("a TopK has {} values, declared are {}", top.k(), self.k))
    }

    fn check_window(&self, window: &SlidingTopK) -> Result<(), String> {
        check_same(window.k(), self.k)
    }

    fn push_result(&self, top: &TopK, results: &mut Column) {
        results.push(Some(ValueRef::Text(&top.result())));
    }

    fn push_window_result(&self, window: &SlidingTopK, results: &mut Column) {
        results.push(Some(ValueRef::Text(&window.result())));
    }

    fn shown(&self, window: &SlidingTopK) -> String {
        window.result()
    }
}
