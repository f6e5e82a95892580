//! Columns on their way into a module, and out of it.

use foldline_core::column::{BytesColumn, Column, Values};
use foldline_core::contribution::{EventBatch, Rejected};
use foldline_core::results::Referred;

use super::super::lift::{self, index};
use super::generated::foldline::reducer::types as wit;

pub(super) fn lowered_columns(batch: &EventBatch) -> Vec<wit::ColumnParam<'_>> {
    batch.columns.iter().map(|column| lowered(column)).collect()
}

pub(super) fn lowered_batch<'a>(
    batch: &'a EventBatch,
    columns: &'a [wit::ColumnParam<'a>],
) -> wit::Batch<'a> {
    let (input, rows) = (index(batch.input), index(batch.rows()));
    wit::Batch { input, rows, times: &batch.times_ms, lists: &[], columns }
}

pub(super) fn lowered(column: &Column) -> wit::ColumnParam<'_> {
    fn bytes(column: &BytesColumn) -> wit::BytesColumnParam<'_> {
        let (offsets, data) = column.as_parts();
        wit::BytesColumnParam { offsets, data }
    }
    let values = match column.values() {
        Values::Booleans(bits) => wit::ValuesParam::Booleans(bits),
        Values::Ints(values) => wit::ValuesParam::Ints(values),
        Values::Floats(values) => wit::ValuesParam::Floats(values),
        Values::Times(values) => wit::ValuesParam::Times(values),
        Values::Texts(values) => wit::ValuesParam::Texts(bytes(values)),
        Values::Blobs(values) => wit::ValuesParam::Blobs(bytes(values)),
    };
    wit::ColumnParam { values, validity: column.validity() }
}

/// What rows refer to, with its columns lowered.
pub(super) struct ReferredColumns<'a> {
    referred: &'a Referred,
    keys: Vec<wit::ColumnParam<'a>>,
    columns: Vec<wit::ColumnParam<'a>>,
}

impl<'a> ReferredColumns<'a> {
    pub(super) fn of(referred: &'a Referred) -> Self {
        let all = |columns: &'a [Column]| columns.iter().map(lowered).collect();
        Self { referred, keys: all(&referred.keys), columns: all(&referred.columns) }
    }

    pub(super) fn lowered(&self) -> wit::Referred<'_> {
        let Referred { picks, known, .. } = self.referred;
        wit::Referred { picks, known, keys: &self.keys, columns: &self.columns }
    }
}

pub(super) fn rejected(
    answer: Vec<wit::Rejected>,
    rows: usize,
) -> std::result::Result<Vec<Rejected>, String> {
    lift::rejected(answer.into_iter().map(|wit::Rejected { row, reason }| (row, reason)), rows)
}

pub(super) fn column(len: usize, column: wit::ColumnResult) -> std::result::Result<Column, String> {
    let bytes = |bytes: wit::BytesColumnResult| lift::bytes_column(bytes.offsets, bytes.data);
    let values = match column.values {
        wit::ValuesResult::Booleans(bits) => Values::Booleans(bits),
        wit::ValuesResult::Ints(values) => Values::Ints(values),
        wit::ValuesResult::Floats(values) => Values::Floats(values),
        wit::ValuesResult::Times(values) => Values::Times(values),
        wit::ValuesResult::Texts(texts) => Values::Texts(bytes(texts)?),
        wit::ValuesResult::Blobs(blobs) => Values::Blobs(bytes(blobs)?),
    };
    Column::from_parts(len, values, column.validity)
}
