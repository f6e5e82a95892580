//! What a table's rows hold beside their keys, whichever windows they have.

use std::ops::Range;

use super::add::Applied;
use super::closed::{ClosedRows, ClosedWindow};
use super::column::AggregateColumn;
use super::marks::Marks;
use super::selected::Rows;
use super::sessions::SessionRows;
use super::windows::WindowRows;
use crate::column::Column;
use crate::description::{Keep, TableSpec, Window};
use crate::window::Panes;

/// The values of all rows, by slot.
#[derive(Clone, Debug)]
pub(super) enum RowValues {
    /// Everything ever seen.
    Plain(Vec<AggregateColumn>),
    /// Tumbling or sliding windows.
    Windows(Box<WindowRows>),
    /// Session windows.
    Sessions(Box<SessionRows>),
    /// The closed windows of another table.
    Closed(Box<ClosedRows>),
}

/// Runs `$body` with `$rows` bound to the rows of whichever windows there are, or `$plain` with its columns.
macro_rules! with_rows {
    ($values:expr, $columns:ident => $plain:expr, $rows:ident => $body:expr) => {
        match $values {
            RowValues::Plain($columns) => $plain,
            RowValues::Windows($rows) => $body,
            RowValues::Sessions($rows) => $body,
            RowValues::Closed($rows) => $body,
        }
    };
}

impl RowValues {
    /// Returns no rows of a declared table.
    pub(super) fn new(spec: &TableSpec) -> Result<Self, String> {
        if let Some(panes) = Panes::of(spec.window)? {
            return Ok(Self::Windows(Box::new(WindowRows::new(spec, panes)?)));
        }
        if let Window::Session(gap_ms) = spec.window {
            return Ok(Self::Sessions(Box::new(SessionRows::new(spec, gap_ms)?)));
        }
        let columns = spec.aggregates.iter().map(|aggregate| AggregateColumn::new(&aggregate.kind));
        Ok(Self::Plain(columns.collect::<Result<_, _>>()?))
    }

    /// Returns no rows of the closed windows of a table, if it keeps them.
    pub(super) fn of_closed_windows(spec: &TableSpec) -> Option<Self> {
        match (spec.window, spec.keep) {
            (Window::Unbounded, _) | (_, Keep::Latest) => None,
            (_, Keep::Every(kept_ms)) => Some(Self::Closed(Box::new(ClosedRows::new(spec, kept_ms)))),
        }
    }

    /// Adds empty rows.
    pub(super) fn grow_to(&mut self, rows: usize) {
        match self {
            Self::Plain(columns) => columns.iter_mut().for_each(|column| column.grow_to(rows)),
            Self::Windows(windows) => windows.grow_to(rows),
            Self::Sessions(sessions) => sessions.grow_to(rows),
            // They come with their results.
            Self::Closed(_) => {}
        }
    }

    /// Adds contributions to their rows and notes what they change.
    pub(super) fn apply(&mut self, applied: Applied<'_, impl Rows>, values: &[Column], marks: &mut Marks) {
        match self {
            Self::Plain(columns) => {
                let mut rest = values;
                for column in columns {
                    let (values, after) = rest.split_at(column.contribution_columns());
                    column.apply(applied, values, marks);
                    rest = after;
                }
            }
            Self::Windows(windows) => windows.apply(applied, values, marks),
            Self::Sessions(sessions) => sessions.apply(applied, values, marks),
            Self::Closed(_) => unreachable!("nothing is contributed to windows that are over"),
        }
    }

    /// Moves windows on to an event time; adds those that are final to `closed`.
    pub(super) fn advance(&mut self, watermark_ms: i64, marks: &mut Marks, closed: &mut Vec<ClosedWindow>) {
        match self {
            Self::Plain(_) => {}
            Self::Windows(windows) => windows.advance(watermark_ms, marks, closed),
            Self::Sessions(sessions) => sessions.advance(watermark_ms, marks, closed),
            Self::Closed(rows) => rows.advance(watermark_ms, marks),
        }
    }

    /// Notes how far event time had come when the rows were restored.
    pub(super) fn resume(&mut self, watermark_ms: Option<i64>) {
        match self {
            Self::Plain(_) | Self::Closed(_) => {}
            Self::Windows(windows) => windows.resume(watermark_ms),
            Self::Sessions(sessions) => sessions.resume(watermark_ms),
        }
    }

    /// Returns whether there is something to show of a row.
    pub(super) fn has_document(&self, slot: u32) -> bool {
        match self {
            Self::Plain(_) | Self::Closed(_) => true,
            Self::Windows(windows) => windows.has_document(slot),
            Self::Sessions(sessions) => sessions.has_document(slot),
        }
    }

    /// Returns the window that a row shows, in milliseconds; `None` without windows.
    pub(super) fn window_ms(&self, slot: u32) -> Option<Range<i64>> {
        with_rows!(self, _columns => None, rows => Some(rows.window_ms(slot)))
    }

    /// Returns the results of some rows, a column for each aggregate.
    pub(super) fn results(&self, slots: &[u32]) -> Vec<Column> {
        with_rows!(self, columns => columns.iter().map(|column| column.results(slots)).collect(), rows => rows.results(slots))
    }

    /// Appends a row's canonical encoding.
    pub(super) fn encode(&self, slot: u32, out: &mut Vec<u8>) {
        with_rows!(
            self,
            columns => columns
                .iter()
                .for_each(|column| super::encode_behind_length(out, |out| column.encode(slot, out))),
            rows => rows.encode(slot, out)
        )
    }

    /// Returns about how long that encoding is.
    pub(super) fn encoded_len(&self, slot: u32) -> usize {
        with_rows!(
            self,
            columns => columns.iter().map(|column| 4 + column.encoded_len(slot)).sum(),
            rows => rows.encoded_len(slot)
        )
    }

    /// Reads what [`RowValues::encode`] wrote, as the row numbered `rows`; after an error, [`RowValues::truncate`].
    pub(super) fn push_encoded(&mut self, rows: usize, rest: &mut &[u8]) -> Result<(), String> {
        with_rows!(
            self,
            columns => columns.iter_mut().try_for_each(|column| {
                let value = super::take_behind_length(rest)?;
                column.grow_to(rows);
                column.push_encoded(value)
            }),
            table_rows => table_rows.push_encoded(rows, rest)
        )
    }

    /// Drops the rows from `rows` on.
    pub(super) fn truncate(&mut self, rows: usize) {
        with_rows!(
            self,
            columns => columns.iter_mut().for_each(|column| column.truncate(rows)),
            table_rows => table_rows.truncate(rows)
        )
    }

    /// Moves rows to the slots that `new_slots` gives them.
    pub(super) fn compact(&mut self, new_slots: &[u32]) {
        with_rows!(
            self,
            columns => columns.iter_mut().for_each(|column| column.compact(new_slots)),
            rows => rows.compact(new_slots)
        )
    }

    /// Returns the memory held, in bytes, without looking at rows.
    pub(super) fn heap_bytes(&self) -> usize {
        with_rows!(self, columns => columns.iter().map(AggregateColumn::heap_bytes).sum(), rows => rows.heap_bytes())
    }

    /// Returns the columns of rows that can be evicted.
    pub(super) fn evictable(&self) -> Option<&[AggregateColumn]> {
        match self {
            Self::Plain(columns) => Some(columns),
            _ => None,
        }
    }
}
