//! The values of a table's rows, for any kind of windows.

use std::sync::Arc;

use std::ops::Range;

use super::closed::{ClosedRows, ClosedWindow};
use super::dates::{ColdDates, SECOND_MS};
use super::plain::PlainRows;
use super::sessions::SessionRows;
use super::size::Size;
use super::windows::WindowRows;
use crate::aggregate::contributed::{Contributed, Rows};
use crate::column::Column;
use crate::description::{Keep, TableSpec, Window};
use crate::slots::marks::Marks;
use crate::slots::renumbering::Renumbering;
use crate::window::Panes;

/// The first byte of an encoded row.
const ROW_VERSION: u8 = 1;

/// The values of all rows, by slot.
#[derive(Clone, Debug)]
pub(super) enum RowValues {
    /// Everything ever seen.
    Plain(PlainRows),
    /// Tumbling or sliding windows.
    Windows(Box<WindowRows>),
    /// Session windows.
    Sessions(Box<SessionRows>),
    /// The closed windows of another table.
    Closed(Box<ClosedRows>),
}

/// Runs `$body` with `$rows` bound to the rows, for any kind of windows.
macro_rules! with_rows {
    ($values:expr, $rows:ident => $body:expr) => {
        match $values {
            RowValues::Plain($rows) => $body,
            RowValues::Windows($rows) => $body,
            RowValues::Sessions($rows) => $body,
            RowValues::Closed($rows) => $body,
        }
    };
}

impl RowValues {
    /// Returns the rows, none yet, of a declared table.
    pub(super) fn new(spec: &TableSpec) -> Result<Self, String> {
        if let Some(panes) = Panes::of(spec.window)? {
            return Ok(Self::Windows(Box::new(WindowRows::new(spec, panes)?)));
        }
        if let Window::Session(gap_ms) = spec.window {
            return Ok(Self::Sessions(Box::new(SessionRows::new(spec, gap_ms)?)));
        }
        Ok(Self::Plain(PlainRows::new(spec)?))
    }

    /// Returns the rows, none yet, of a table's closed windows, if it keeps them.
    pub(super) fn of_closed_windows(spec: &TableSpec) -> Option<Self> {
        match (spec.window, spec.keep) {
            (Window::Unbounded, _) | (_, Keep::Latest) => None,
            (_, Keep::Every(kept_ms)) => Some(Self::Closed(Box::new(ClosedRows::new(spec, kept_ms)))),
        }
    }

    /// Adds empty rows.
    pub(super) fn grow_to(&mut self, rows: usize) {
        match self {
            Self::Plain(plain) => plain.grow_to(rows),
            Self::Windows(windows) => windows.grow_to(rows),
            Self::Sessions(sessions) => sessions.grow_to(rows),
            // Closed windows are added with their results.
            Self::Closed(_) => {}
        }
    }

    /// Adds contributions to their rows and notes what they change.
    pub(super) fn apply(
        &mut self,
        contributed: Contributed<'_, impl Rows>,
        values: &[Arc<Column>],
        marks: &mut Marks,
    ) {
        match self {
            Self::Plain(plain) => plain.apply(contributed, values, marks),
            Self::Windows(windows) => windows.apply(contributed, values, marks),
            Self::Sessions(sessions) => sessions.apply(contributed, values, marks),
            Self::Closed(_) => unreachable!("nothing is contributed to windows that are over"),
        }
    }

    /// Notes how far event time has come.
    pub(super) fn raise_watermark(&mut self, watermark_ms: i64) {
        match self {
            Self::Plain(_) => {}
            Self::Windows(windows) => windows.raise_watermark(watermark_ms),
            Self::Sessions(sessions) => sessions.raise_watermark(watermark_ms),
            Self::Closed(rows) => rows.raise_watermark(watermark_ms),
        }
    }

    /// Advances the windows of all rows to the event time that was recorded, and adds those that close to `closed`.
    pub(super) fn catch_up(&mut self, marks: &mut Marks, closed: &mut Vec<ClosedWindow>) {
        match self {
            Self::Plain(_) => {}
            Self::Windows(windows) => windows.catch_up(marks, closed),
            Self::Sessions(sessions) => sessions.catch_up(marks, closed),
            Self::Closed(rows) => rows.catch_up(marks),
        }
    }

    /// Returns whether rows may lag behind event time.
    pub(super) fn lags(&self) -> bool {
        matches!(self, Self::Windows(windows) if windows.lags())
    }

    /// Returns whether rows must not lag further behind event time.
    pub(super) fn must_catch_up(&self) -> bool {
        match self {
            Self::Plain(_) => false,
            Self::Windows(windows) => windows.is_crowded(),
            Self::Sessions(_) | Self::Closed(_) => true,
        }
    }

    /// Returns an event time before which there is nothing to do; `None` if there never is.
    pub(super) fn next_ms(&self) -> Option<i64> {
        match self {
            Self::Plain(_) => None,
            Self::Windows(windows) => windows.next_ms(),
            Self::Sessions(sessions) => sessions.next_ms(),
            Self::Closed(rows) => rows.next_ms(),
        }
    }

    /// Returns an empty set of cold dates, in the unit of these rows' dates.
    pub(super) fn cold_dates(&self) -> ColdDates {
        match self {
            // Many rows share a boundary, so there is a bucket for each.
            Self::Plain(_) | Self::Windows(_) => ColdDates::new(1),
            Self::Sessions(_) | Self::Closed(_) => ColdDates::new(SECOND_MS),
        }
    }

    /// Returns the last date that event time has reached; `None` without windows.
    pub(super) fn reached(&self) -> Option<i64> {
        match self {
            Self::Plain(_) => None,
            Self::Windows(windows) => Some(windows.reached()),
            Self::Sessions(sessions) => Some(sessions.over_ms()),
            Self::Closed(rows) => Some(rows.over_ms()),
        }
    }

    /// Returns a row's next date: when it has something to do by itself.
    pub(super) fn next_date(&self, slot: u32) -> Option<i64> {
        match self {
            Self::Plain(_) => None,
            Self::Windows(windows) => windows.next_date(slot),
            Self::Sessions(sessions) => sessions.next_end_ms(slot),
            Self::Closed(rows) => rows.end_ms(slot),
        }
    }

    /// Returns whether a row's next date is soon.
    pub(super) fn changes_soon(&self, slot: u32) -> bool {
        match self {
            Self::Windows(windows) => windows.changes_soon(slot),
            Self::Sessions(sessions) => sessions.changes_soon(slot),
            // A closed window need not come back to be deleted.
            Self::Plain(_) | Self::Closed(_) => false,
        }
    }

    /// Puts a row that was restored into the calendar.
    pub(super) fn schedule(&mut self, slot: u32) {
        match self {
            Self::Windows(windows) => windows.schedule(slot),
            Self::Sessions(sessions) => sessions.schedule(slot),
            Self::Plain(_) | Self::Closed(_) => {}
        }
    }

    /// Sets how far event time had come at the checkpoint that rows are restored from.
    pub(super) fn resume(&mut self, watermark_ms: Option<i64>) {
        match self {
            Self::Plain(_) | Self::Closed(_) => {}
            Self::Windows(windows) => windows.resume(watermark_ms),
            Self::Sessions(sessions) => sessions.resume(watermark_ms),
        }
    }

    /// Returns whether a row has something to show.
    pub(super) fn has_document(&self, slot: u32) -> bool {
        match self {
            Self::Plain(_) | Self::Closed(_) => true,
            Self::Windows(windows) => windows.has_document(slot),
            Self::Sessions(sessions) => sessions.has_document(slot),
        }
    }

    /// Returns the window that a row shows, in milliseconds; `None` without windows.
    pub(super) fn window_ms(&self, slot: u32) -> Option<Range<i64>> {
        match self {
            Self::Plain(_) => None,
            Self::Windows(windows) => Some(windows.window_ms(slot)),
            Self::Sessions(sessions) => Some(sessions.window_ms(slot)),
            Self::Closed(rows) => Some(rows.window_ms(slot)),
        }
    }

    /// Returns the results of some rows, a column for each aggregate.
    pub(super) fn results(&self, slots: &[u32]) -> Vec<Column> {
        with_rows!(self, rows => rows.results(slots))
    }

    /// Returns the results of some aggregates of some rows, a column each.
    pub(super) fn results_of(&self, aggregates: &[usize], slots: &[u32]) -> Vec<Column> {
        match self {
            Self::Plain(plain) => plain.results_of(aggregates, slots),
            windowed => {
                let all = windowed.results(slots);
                aggregates.iter().map(|&aggregate| all[aggregate].clone()).collect()
            }
        }
    }

    /// Appends a row's canonical encoding, with its version.
    pub(super) fn encode_row(&self, slot: u32, out: &mut Vec<u8>) {
        out.push(ROW_VERSION);
        with_rows!(self, rows => rows.encode(slot, out));
    }

    /// Returns the approximate length of that encoding.
    pub(super) fn encoded_len(&self, slot: u32) -> usize {
        with_rows!(self, rows => rows.encoded_len(slot))
    }

    /// Reads what [`RowValues::encode_row`] wrote as the row with the number `rows`. After an error, call
    /// [`RowValues::truncate`].
    pub(super) fn restore_row(&mut self, rows: usize, row: &[u8]) -> Result<(), String> {
        let mut rest = match row.split_first() {
            Some((&ROW_VERSION, rest)) => rest,
            Some((version, _)) => {
                return Err(format!("a row has encoding version {version}, this host reads {ROW_VERSION}"));
            }
            None => return Err("a row has no bytes".into()),
        };
        with_rows!(self, table_rows => table_rows.push_encoded(rows, &mut rest))?;
        match rest.len() {
            0 => Ok(()),
            len => Err(format!("a row has {len} bytes left over")),
        }
    }

    /// Drops the rows from `rows` on.
    pub(super) fn truncate(&mut self, rows: usize) {
        with_rows!(self, table_rows => table_rows.truncate(rows));
    }

    /// Moves rows to their new slots.
    pub(super) fn compact(&mut self, renumbering: &Renumbering) {
        with_rows!(self, rows => rows.compact(renumbering));
    }

    /// Returns the memory held, in bytes, without visiting rows.
    pub(super) fn heap_bytes(&self) -> usize {
        with_rows!(self, rows => rows.heap_bytes())
    }

    /// Returns the size of all rows.
    pub(super) fn size(&self) -> Size {
        with_rows!(self, rows => rows.size())
    }

    /// Returns the size of one row.
    pub(super) fn size_of(&self, slot: u32) -> Size {
        with_rows!(self, rows => rows.size_of(slot))
    }

    /// Returns the memory that [`RowValues::compact`] leaves for this many rows and cells, not counting what they hold
    /// outside.
    pub(super) fn compact_bytes(&self, rows: usize, cells: usize) -> usize {
        match self {
            Self::Plain(plain) => plain.compact_bytes(rows),
            Self::Windows(windows) => windows.compact_bytes(rows, cells),
            Self::Sessions(sessions) => sessions.compact_bytes(rows, cells),
            Self::Closed(closed) => closed.compact_bytes(rows),
        }
    }
}

#[cfg(test)]
impl RowValues {
    /// Returns the columns of a table without windows.
    pub(super) fn plain(&self) -> &[crate::aggregate::registry::AnyPlainColumn] {
        match self {
            Self::Plain(plain) => plain.columns(),
            _ => panic!("a table without windows"),
        }
    }
}
