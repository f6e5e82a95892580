//! Rows over tumbling and sliding windows: open panes, and the window that closed last in sliding form.
//!
//! Contributions go into open panes. When event time has passed a boundary, the pane that ends there is sealed into the
//! sliding forms, and those that left the window are dropped. Rows with neither are not visited. Boundaries are taken
//! one by one, so a result that changes and changes back counts as changed, even if nobody looked in between.
//!
//! Rows may lag behind: [`WindowRows::note`] notes how far event time has come, and a row takes all its boundaries in one
//! visit, before rows are read ([`WindowRows::catch_up`]) or when too many panes are open. The cost of a boundary is
//! in cache misses, which one visit has only once. Results do not depend on how often rows were visited.

mod encoding;
mod memory;

use std::sync::Arc;

use std::ops::Range;

use super::calendar::Calendar;
use super::closed::ClosedWindow;
use super::open::{Open, Ordered};
use crate::aggregate::contributed::{Contributed, Rows};
use crate::aggregate::prefetch::prefetch;
use crate::aggregate::registry::{AnyPlainColumn, AnySlidingColumn};
use crate::column::Column;
use crate::description::{Keep, TableSpec, WhenEmpty};
use crate::slots::ABSENT;
use crate::slots::growth::fill_to;
use crate::slots::marks::Marks;
use crate::window::Panes;

/// The number that stands for no pane: before all of them.
const NONE: i64 = i64::MIN;

/// The number that stands for no boundary: after all of them.
const NEVER: i64 = i64::MAX;

/// How many open panes may wait for a visit, at least and at most, whatever the number of rows: some megabytes.
const WAITING: std::ops::RangeInclusive<usize> = 1 << 12..=1 << 17;

/// How many open panes may wait per row: enough that a visit costs little for each of them.
const WAITING_PER_ROW: usize = 16;

/// How many rows ahead of a visit to prefetch.
const VISITS_AHEAD: usize = 8;

/// How many open panes of a row to prefetch before they are sealed.
const PANES_AHEAD: usize = 12;

/// How many contributions ahead to prefetch the newest panes of rows.
const CONTRIBUTIONS_AHEAD: usize = 12;

/// The rows of a table with tumbling or sliding windows.
#[derive(Clone, Debug)]
pub(super) struct WindowRows {
    panes: Panes,
    allowed_lateness_ms: u64,
    /// Whether every closed window becomes a row of its own, which is final.
    every: bool,
    /// Whether a row whose window is empty shows the results of empty aggregates.
    zero: bool,
    open: Open<Pane>,
    columns: Vec<AnySlidingColumn>,
    states: Vec<WindowState>,
    calendar: Calendar,
    /// The boundary that event time has reached.
    reached: i64,
    /// The boundary up to which everything is sealed.
    sealed: i64,
    /// With more open panes than this, rows are visited although none is read.
    open_max: usize,
    /// Scratch space, reused for each batch.
    cells: Vec<u32>,
}

/// The number of an open pane. A row's cells start with the newest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Pane(i64);

impl Ordered for Pane {
    fn order(self) -> i64 {
        !self.0
    }
}

/// What a row keeps about its window besides the aggregates.
#[derive(Clone, Copy, Debug)]
struct WindowState {
    /// The newest pane that was sealed.
    newest: i64,
    /// The boundary at which the results last changed.
    changed: i64,
    /// The last boundary taken; in memory only.
    taken: i64,
    /// Whether the window that closed last holds a contribution.
    filled: bool,
}

impl WindowRows {
    /// Returns the rows, none yet, of a table with these panes.
    pub(super) fn new(spec: &TableSpec, panes: Panes) -> Result<Self, String> {
        let plain = || spec.aggregates.iter().map(|aggregate| AnyPlainColumn::new(&aggregate.kind));
        let sliding = spec.aggregates.iter().map(|aggregate| AnySlidingColumn::new(&aggregate.kind));
        Ok(Self {
            panes,
            allowed_lateness_ms: spec.allowed_lateness_ms,
            every: matches!(spec.keep, Keep::Every(_)),
            zero: spec.when_empty == WhenEmpty::Zero && spec.keep == Keep::Latest,
            open: Open::new(plain().collect::<Result<_, _>>()?),
            columns: sliding.collect::<Result<_, _>>()?,
            states: Vec::new(),
            calendar: Calendar::default(),
            reached: NONE,
            sealed: NONE,
            open_max: *WAITING.start(),
            cells: Vec::new(),
        })
    }

    /// Adds empty rows.
    pub(super) fn grow_to(&mut self, rows: usize) {
        let empty = WindowState { newest: NONE, changed: NONE, taken: self.sealed, filled: false };
        fill_to(&mut self.states, rows, || empty);
        self.open.grow_to(rows);
        self.calendar.grow_to(rows);
        self.columns.iter_mut().for_each(|column| column.grow_to(rows));
    }

    /// Applies contributions to the open panes of their rows.
    pub(super) fn apply(
        &mut self,
        contributed: Contributed<'_, impl Rows>,
        values: &[Arc<Column>],
        marks: &mut Marks,
    ) {
        let mut cells = std::mem::take(&mut self.cells);
        cells.clear();
        for (nth, &slot) in contributed.slots.iter().enumerate() {
            if let Some(&ahead) = contributed.slots.get(nth + CONTRIBUTIONS_AHEAD) {
                self.open.prefetch(ahead);
            }
            let source_row = contributed.source_rows[contributed.rows.row(nth)];
            let pane = Pane(self.panes.pane(contributed.origin.times_ms[source_row as usize]));
            let place = self.open.seek(slot, pane.order());
            let cell = if place.before != ABSENT && self.open.of(place.before) == pane {
                place.before
            } else {
                assert!(pane.0 >= self.reached, "a record that is not late meets an open pane");
                self.calendar.schedule(slot, pane.0 + 1);
                self.open.insert(slot, pane, place)
            };
            cells.push(cell);
            marks.mark_for_checkpoint(slot);
        }
        self.open.apply(Contributed { slots: &cells, ..contributed }, values);
        self.cells = cells;
    }

    /// Notes how far event time has come.
    pub(super) fn raise_watermark(&mut self, watermark_ms: i64) {
        self.reached = self.boundary(watermark_ms).max(self.reached);
    }

    /// Returns the boundary that event time has reached.
    pub(super) fn reached(&self) -> i64 {
        self.reached
    }

    /// Returns whether too many panes wait for a visit of their rows.
    pub(super) fn is_crowded(&self) -> bool {
        self.open.len() > self.open_max
    }

    /// Returns whether rows may not have taken all boundaries that event time has reached.
    pub(super) fn lags(&self) -> bool {
        self.sealed < self.reached
    }

    /// Makes all rows take the boundaries that event time has reached.
    pub(super) fn catch_up(&mut self, marks: &mut Marks, closed: &mut Vec<ClosedWindow>) {
        if !self.lags() {
            return;
        }
        self.sealed = self.reached;
        // In the order of slots, which is the order of rows in memory.
        let slots = self.calendar.take(self.reached);
        // The cells of each coming row are followed one per visit, because a cell says where the next one lies.
        let mut cells = [ABSENT; VISITS_AHEAD];
        for (nth, &slot) in slots.iter().enumerate() {
            for cell in &mut cells {
                *cell = self.open.approach_next(*cell);
            }
            if let Some(&ahead) = slots.get(nth + VISITS_AHEAD) {
                prefetch(&self.states, ahead as usize);
                cells[nth % VISITS_AHEAD] = self.open.approach(ahead);
                self.columns.iter().for_each(|column| column.prefetch(ahead));
            }
            self.visit(slot, marks, closed);
        }
        let waiting = self.states.len().saturating_mul(WAITING_PER_ROW);
        self.open_max = self.open.len() + waiting.clamp(*WAITING.start(), *WAITING.end());
    }

    /// Returns an event time before which there is nothing to do.
    pub(super) fn next_ms(&self) -> Option<i64> {
        let end_ms = |boundary: i64| self.panes.end_ms(boundary);
        self.calendar
            .first()
            .map(|boundary| end_ms(boundary).saturating_add_unsigned(self.allowed_lateness_ms))
    }

    /// Sets how far event time had come at the checkpoint that rows are restored from.
    pub(super) fn resume(&mut self, watermark_ms: Option<i64>) {
        self.reached = watermark_ms.map_or(NONE, |watermark_ms| self.boundary(watermark_ms));
        self.sealed = self.reached;
    }

    /// Puts a row that was restored into the calendar.
    pub(super) fn schedule(&mut self, slot: u32) {
        if let Some(next) = self.next_date(slot) {
            self.calendar.schedule(slot, next);
        }
    }

    /// Returns the next boundary at which a row has something to do.
    pub(super) fn next_date(&self, slot: u32) -> Option<i64> {
        self.next_boundary(slot, self.open.of_row(slot).last())
    }

    /// Returns whether a row has something to do at the next boundary.
    pub(super) fn changes_soon(&self, slot: u32) -> bool {
        self.next_date(slot).is_some_and(|next| next <= self.reached.saturating_add(1))
    }

    /// Returns the last boundary that event time has reached, after subtracting the table's allowed lateness.
    fn boundary(&self, watermark_ms: i64) -> i64 {
        self.panes.boundary(watermark_ms.saturating_sub_unsigned(self.allowed_lateness_ms))
    }

    /// Makes a row take all boundaries that event time has reached.
    fn visit(&mut self, slot: u32, marks: &mut Marks, closed: &mut Vec<ClosedWindow>) {
        let mut over = std::mem::take(&mut self.cells);
        over.clear();
        let still_open = self.open.split_off(slot, Pane(self.reached).order(), &mut over);
        over.iter().rev().take(PANES_AHEAD).for_each(|&cell| self.open.prefetch_values(cell));
        over.iter().rev().take(PANES_AHEAD / 2).for_each(|&cell| self.prefetch_for(slot, cell));
        let mut changed = false;
        let next = loop {
            if let Some(before) = over.len().checked_sub(PANES_AHEAD) {
                self.open.prefetch_values(over[before]);
                self.prefetch_for(slot, over[over.len() - PANES_AHEAD / 2]);
            }
            // The newest comes first, so the next pane that is over is the last one.
            let next = self.next_boundary(slot, over.last().copied().or(still_open));
            let Some(boundary) = next.filter(|&boundary| boundary <= self.reached) else { break next };
            let cell = over.pop_if(|cell| self.open.of(*cell).0 + 1 == boundary);
            changed |= self.take_boundary(slot, boundary, cell);
            if self.every && self.states[slot as usize].filled {
                closed.push(ClosedWindow {
                    slot,
                    start_ms: self.panes.start_ms(boundary),
                    end_ms: self.panes.end_ms(boundary),
                    results: self.columns.iter().map(|column| column.result(slot)).collect(),
                });
            }
        };
        self.cells = over;
        marks.mark_for_checkpoint(slot);
        if changed {
            marks.mark_for_flushes(slot);
        }
        match next {
            Some(next) => self.calendar.schedule(slot, next),
            None if self.is_empty(slot) => marks.set_gone(slot, true),
            None => {}
        }
    }

    /// Prefetches what sealing an open pane of a row will need.
    #[inline]
    fn prefetch_for(&self, slot: u32, cell: u32) {
        let panes = self.columns.iter().zip(self.open.columns());
        panes.for_each(|(column, panes)| column.prefetch_for(slot, panes, cell));
    }

    /// Advances a row's window to where it closes at a boundary, and seals the pane that ends there, if there is one. Returns
    /// whether the results changed.
    fn take_boundary(&mut self, slot: u32, boundary: i64, cell: Option<u32>) -> bool {
        let (first, last) = (boundary - self.panes.count, boundary - 1);
        let mut changed = false;
        for (at, column) in self.columns.iter_mut().enumerate() {
            let pane = cell.map(|cell| (last, self.open.column_mut(at), cell));
            changed |= column.slide(slot, first, pane);
        }
        let state = &mut self.states[slot as usize];
        if let Some(cell) = cell {
            // `slide` has emptied the cell.
            self.open.take_back(cell);
            state.newest = last;
        }
        state.taken = boundary;
        let filled = state.newest >= first;
        changed |= filled != state.filled;
        state.filled = filled;
        if changed {
            state.changed = boundary;
        }
        if !filled && !self.zero {
            // As if the row had never existed: it must not matter whether events of later panes have already come.
            (state.newest, state.changed) = (NONE, NONE);
        }
        changed
    }

    /// Returns the next boundary at which something enters or leaves a row's window. `oldest_open` is the cell of the oldest pane
    /// that is not sealed.
    fn next_boundary(&self, slot: u32, oldest_open: Option<u32>) -> Option<i64> {
        let state = &self.states[slot as usize];
        let leaves = |pane: i64| pane.saturating_add(self.panes.count + 1);
        let mut next = oldest_open.map_or(NEVER, |cell| self.open.of(cell).0.saturating_add(1));
        if state.filled {
            next = next.min(leaves(state.newest));
            if self.every {
                next = next.min(state.taken + 1);
            }
        }
        for column in &self.columns {
            next = next.min(column.oldest(slot).map_or(NEVER, leaves));
        }
        (next != NEVER).then_some(next)
    }

    /// Returns whether nothing of a row is left.
    fn is_empty(&self, slot: u32) -> bool {
        self.open.is_empty(slot) && !self.has_document(slot)
    }

    /// Returns whether a row has something to show.
    pub(super) fn has_document(&self, slot: u32) -> bool {
        let state = &self.states[slot as usize];
        state.filled || (self.zero && state.newest != NONE)
    }

    /// Returns the window at which a row's results last changed, in milliseconds.
    pub(super) fn window_ms(&self, slot: u32) -> Range<i64> {
        let changed = self.states[slot as usize].changed;
        self.panes.start_ms(changed)..self.panes.end_ms(changed)
    }

    /// Returns the results of some rows, a column for each aggregate.
    pub(super) fn results(&self, slots: &[u32]) -> Vec<Column> {
        self.columns.iter().map(|column| column.results(slots)).collect()
    }
}
