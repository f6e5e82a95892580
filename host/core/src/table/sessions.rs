//! Rows over session windows: a session goes on while its events are less than a gap apart.
//!
//! Events come in any order, so a session may turn out to begin earlier, and two may turn out to be one. A session is over
//! when event time has passed its last event by the gap: only late events could still reach it.

use std::sync::Arc;

use std::ops::Range;

use super::calendar::Calendar;
use super::closed::ClosedWindow;
use super::encoding::take_array;
use super::open::{Open, Ordered};
use super::size::Size;
use crate::aggregate::Value;
use crate::aggregate::contributed::{Contributed, Rows};
use crate::aggregate::registry::AnyPlainColumn;
use crate::column::Column;
use crate::description::{Keep, TableSpec};
use crate::slots::ABSENT;
use crate::slots::growth::{fill_to, room_after_eviction};
use crate::slots::marks::Marks;
use crate::slots::renumbering::Renumbering;

/// Before all times.
const NONE: i64 = i64::MIN;

/// The rows of a table with session windows.
#[derive(Clone, Debug)]
pub(super) struct SessionRows {
    gap_ms: i64,
    allowed_lateness_ms: u64,
    /// Whether every closed session becomes a row of its own, which is final.
    every: bool,
    /// The cells of open sessions, the earliest first; and those of `closed`, which are in no row's chain.
    open: Open<Session>,
    /// For each row, the cell of the session that closed last; [`ABSENT`] = none.
    closed: Vec<u32>,
    calendar: Calendar,
    /// The time that all partitions have passed, less the allowed lateness.
    over_ms: i64,
    /// Scratch space, reused for each batch.
    cells: Vec<u32>,
}

/// The times of the first and the last event of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Session {
    first_ms: i64,
    last_ms: i64,
}

impl Ordered for Session {
    fn order(self) -> i64 {
        self.first_ms
    }
}

impl SessionRows {
    /// Returns the rows, none yet, of a table whose sessions end after a gap.
    pub(super) fn new(spec: &TableSpec, gap_ms: u64) -> Result<Self, String> {
        let gap_ms = i64::try_from(gap_ms).ok().filter(|gap_ms| *gap_ms > 0);
        let columns = spec.aggregates.iter().map(|aggregate| AnyPlainColumn::new(&aggregate.kind));
        Ok(Self {
            gap_ms: gap_ms.ok_or("sessions that end after no time at all")?,
            allowed_lateness_ms: spec.allowed_lateness_ms,
            every: matches!(spec.keep, Keep::Every(_)),
            open: Open::new(columns.collect::<Result<_, _>>()?),
            closed: Vec::new(),
            calendar: Calendar::default(),
            over_ms: NONE,
            cells: Vec::new(),
        })
    }

    /// Adds empty rows.
    pub(super) fn grow_to(&mut self, rows: usize) {
        fill_to(&mut self.closed, rows, || ABSENT);
        self.open.grow_to(rows);
        self.calendar.grow_to(rows);
    }

    /// Applies contributions to the sessions of their rows.
    pub(super) fn apply(
        &mut self,
        contributed: Contributed<'_, impl Rows>,
        values: &[Arc<Column>],
        marks: &mut Marks,
    ) {
        let mut cells = std::mem::take(&mut self.cells);
        cells.clear();
        let mut joined = Vec::new();
        for (nth, &slot) in contributed.slots.iter().enumerate() {
            let source_row = contributed.source_rows[contributed.rows.row(nth)];
            cells.push(self.session_of(slot, contributed.origin.times_ms[source_row as usize], &mut joined));
            marks.mark_for_checkpoint(slot);
        }
        self.open.apply(Contributed { slots: &cells, ..contributed }, values);
        self.cells = cells;
        // Only now: earlier contributions of this batch went to cells that later ones joined to others.
        for (from, into) in joined {
            self.open.merge(from, into);
        }
    }

    /// Returns the cell of the session that an event belongs to. If the event joins two sessions, adds (from, into) to `joined`.
    fn session_of(&mut self, slot: u32, time_ms: i64, joined: &mut Vec<(u32, u32)>) -> u32 {
        assert!(time_ms >= self.over_ms, "a record that is not late meets a session that is not over");
        let gap_ms = self.gap_ms;
        let place = self.open.seek(slot, time_ms);
        // Sessions are at least a gap apart, so no other session can be near enough.
        let reached = |cell: u32| {
            let session = Some(cell).filter(|&cell| cell != ABSENT).map(|cell| self.open.of(cell))?;
            let apart_ms =
                session.first_ms.saturating_sub(time_ms).max(time_ms.saturating_sub(session.last_ms));
            (apart_ms < gap_ms).then_some((cell, session))
        };
        let (cell, mut session) = match (reached(place.before), reached(place.after)) {
            (Some((cell, mut session)), Some((behind, other))) => {
                // The event joins this session and the next one.
                session.last_ms = other.last_ms;
                self.open.unlink(slot, behind);
                joined.push((behind, cell));
                (cell, session)
            }
            (Some(found), None) | (None, Some(found)) => found,
            (None, None) => {
                let session = Session { first_ms: time_ms, last_ms: time_ms };
                self.calendar.schedule(slot, self.end_ms(session));
                return self.open.insert(slot, session, place);
            }
        };
        session.first_ms = session.first_ms.min(time_ms);
        session.last_ms = session.last_ms.max(time_ms);
        self.open.set(slot, cell, session);
        cell
    }

    /// Notes how far event time has come.
    pub(super) fn raise_watermark(&mut self, watermark_ms: i64) {
        self.over_ms = self.over_ms.max(self.over_ms_at(watermark_ms));
    }

    /// Closes the sessions that event time has passed.
    pub(super) fn catch_up(&mut self, marks: &mut Marks, closed: &mut Vec<ClosedWindow>) {
        for slot in self.calendar.take(self.over_ms) {
            self.close(slot, marks, closed);
        }
    }

    /// Returns an event time before which there is nothing to do.
    pub(super) fn next_ms(&self) -> Option<i64> {
        self.calendar.first().map(|end_ms| end_ms.saturating_add_unsigned(self.allowed_lateness_ms))
    }

    /// Sets how far event time had come at the checkpoint that rows are restored from.
    pub(super) fn resume(&mut self, watermark_ms: Option<i64>) {
        self.over_ms = watermark_ms.map_or(NONE, |watermark_ms| self.over_ms_at(watermark_ms));
    }

    /// Returns the time by which sessions must end to be over.
    pub(super) fn over_ms(&self) -> i64 {
        self.over_ms
    }

    fn over_ms_at(&self, watermark_ms: i64) -> i64 {
        watermark_ms.saturating_sub_unsigned(self.allowed_lateness_ms)
    }

    fn close(&mut self, slot: u32, marks: &mut Marks, closed: &mut Vec<ClosedWindow>) {
        loop {
            let first = self.open.of_row(slot).next();
            let Some(cell) = first.filter(|&cell| self.end_ms(self.open.of(cell)) <= self.over_ms) else {
                break;
            };
            let session = self.open.of(cell);
            self.open.unlink(slot, cell);
            marks.mark_for_checkpoint(slot);
            if self.every {
                closed.push(ClosedWindow {
                    slot,
                    start_ms: session.first_ms,
                    end_ms: self.end_ms(session),
                    results: values(&self.cell_results(&[cell]), 0),
                });
                self.open.free(cell);
            } else {
                let before = std::mem::replace(&mut self.closed[slot as usize], cell);
                if before != ABSENT {
                    self.open.free(before);
                }
                marks.mark_for_flushes(slot);
            }
        }
        self.schedule(slot);
        if self.open.is_empty(slot) && !self.has_document(slot) {
            marks.set_gone(slot, true);
        }
    }

    /// Puts a row into the calendar.
    pub(super) fn schedule(&mut self, slot: u32) {
        if let Some(end_ms) = self.next_end_ms(slot) {
            self.calendar.schedule(slot, end_ms);
        }
    }

    /// Returns when a row's first open session is over, unless further events extend it.
    pub(super) fn next_end_ms(&self, slot: u32) -> Option<i64> {
        self.open.of_row(slot).next().map(|cell| self.end_ms(self.open.of(cell)))
    }

    /// Returns whether a session of a row will be over within a gap, unless further events extend it.
    pub(super) fn changes_soon(&self, slot: u32) -> bool {
        self.next_end_ms(slot).is_some_and(|end_ms| end_ms <= self.over_ms.saturating_add(self.gap_ms))
    }

    fn end_ms(&self, session: Session) -> i64 {
        session.last_ms.saturating_add(self.gap_ms)
    }

    /// Returns whether a row has something to show.
    pub(super) fn has_document(&self, slot: u32) -> bool {
        self.closed[slot as usize] != ABSENT
    }

    /// Returns the window of the session that closed last, in milliseconds: from its first event to a gap after its last.
    pub(super) fn window_ms(&self, slot: u32) -> Range<i64> {
        match self.closed[slot as usize] {
            ABSENT => NONE..NONE,
            cell => self.open.of(cell).first_ms..self.end_ms(self.open.of(cell)),
        }
    }

    /// Returns the results of the sessions that closed last, a column for each aggregate.
    ///
    /// # Panics
    /// Panics for a row without a document.
    pub(super) fn results(&self, slots: &[u32]) -> Vec<Column> {
        let cells: Vec<u32> = slots.iter().map(|&slot| self.closed[slot as usize]).collect();
        self.cell_results(&cells)
    }

    fn cell_results(&self, cells: &[u32]) -> Vec<Column> {
        self.open.columns().iter().map(|column| column.results(cells)).collect()
    }

    /// The session that closed last, if there is one, and the open ones, earliest first: for each, its first and last event and
    /// its values.
    pub(super) fn encode(&self, slot: u32, out: &mut Vec<u8>) {
        let closed = Some(self.closed[slot as usize]).filter(|&cell| cell != ABSENT);
        out.push(u8::from(closed.is_some()));
        let open = self.open.of_row(slot).count() as u32;
        out.extend_from_slice(&open.to_le_bytes());
        for cell in closed.into_iter().chain(self.open.of_row(slot)) {
            let Session { first_ms, last_ms } = self.open.of(cell);
            out.extend_from_slice(&first_ms.to_le_bytes());
            out.extend_from_slice(&last_ms.to_le_bytes());
            self.open.encode(cell, out);
        }
    }

    /// Returns the length of that encoding.
    pub(super) fn encoded_len(&self, slot: u32) -> usize {
        let closed = Some(self.closed[slot as usize]).filter(|&cell| cell != ABSENT);
        let cells = closed.into_iter().chain(self.open.of_row(slot));
        5 + cells.map(|cell| 16 + self.open.encoded_len(cell)).sum::<usize>()
    }

    /// Reads what [`SessionRows::encode`] wrote as the row with the number `rows`.
    pub(super) fn push_encoded(&mut self, rows: usize, rest: &mut &[u8]) -> Result<(), String> {
        self.grow_to(rows + 1);
        let slot = rows as u32;
        let closed = match take_array::<1>(rest)? {
            [closed @ (0 | 1)] => closed == 1,
            [other] => return Err(format!("a row has closed a session: {other}")),
        };
        let open = u32::from_le_bytes(take_array(rest)?);
        let mut before_ms = NONE;
        for nth in 0..u64::from(open) + u64::from(closed) {
            let first_ms = i64::from_le_bytes(take_array(rest)?);
            let last_ms = i64::from_le_bytes(take_array(rest)?);
            if first_ms > last_ms || (nth > 0 && first_ms.saturating_sub(before_ms) < self.gap_ms) {
                return Err(format!(
                    "a session from {first_ms} to {last_ms} follows one that ends at {before_ms}"
                ));
            }
            before_ms = last_ms;
            let session = Session { first_ms, last_ms };
            let place = self.open.seek(slot, first_ms);
            let cell = self.open.insert(slot, session, place);
            self.open.decode(cell, rest)?;
            if closed && nth == 0 {
                self.open.unlink(slot, cell);
                self.closed[rows] = cell;
            }
        }
        Ok(())
    }

    /// Drops the rows from `rows` on.
    pub(super) fn truncate(&mut self, rows: usize) {
        for cell in self.closed.drain(rows.min(self.closed.len())..).filter(|&cell| cell != ABSENT) {
            self.open.free(cell);
        }
        self.open.truncate(rows);
        self.calendar.truncate(rows);
    }

    /// Moves rows to their new slots.
    pub(super) fn compact(&mut self, renumbering: &Renumbering) {
        renumbering.compact(&mut self.closed, |_| ());
        self.cells = Vec::new();
        let closed = self.closed.iter().copied().filter(|&cell| cell != ABSENT);
        let cells = self.open.compact(renumbering, closed);
        self.closed.iter_mut().for_each(|cell| *cell = cells.new_slot(*cell).unwrap_or(ABSENT));
        self.calendar.compact(renumbering);
    }

    /// Returns the size of all rows.
    pub(super) fn size(&self) -> Size {
        Size { cells: self.open.cells_len(), outside_bytes: self.open.outside_bytes() }
    }

    /// Returns the size of one row.
    pub(super) fn size_of(&self, slot: u32) -> Size {
        let closed = Some(self.closed[slot as usize]).filter(|&cell| cell != ABSENT);
        let cells = closed.into_iter().chain(self.open.of_row(slot));
        let outside_bytes = self.open.outside_bytes_of(slot, cells.clone());
        Size { cells: cells.count(), outside_bytes }
    }

    /// Returns the memory that [`SessionRows::compact`] leaves for this many rows and cells, not counting what they hold
    /// outside.
    pub(super) fn compact_bytes(&self, rows: usize, cells: usize) -> usize {
        let own = room_after_eviction(rows) * 4;
        own + self.open.compact_bytes(rows, cells) + self.calendar.compact_bytes(rows)
    }

    /// Returns the memory held, in bytes.
    pub(super) fn heap_bytes(&self) -> usize {
        (self.closed.capacity() + self.cells.capacity()) * 4
            + self.open.heap_bytes()
            + self.calendar.heap_bytes()
    }
}

/// Returns the results of one row, a value for each aggregate.
fn values(results: &[Column], row: usize) -> Box<[Option<Value>]> {
    results.iter().map(|column| column.get(row).map(Value::from)).collect()
}
