//! Making a table fit its memory: rows that are durable elsewhere leave it.
//!
//! The table is rebuilt without them, each column in place, so that what they held is really free and what stays lies
//! as close as before. A clock hand that freed row by row would leave holes in every column for ever. Of a row over windows
//! its next date stays ([`ColdDates`](super::dates::ColdDates)).

use super::Table;
use super::index::KeyIndex;
use super::size::Size;
use crate::slots::marks::Mark;
use crate::slots::renumbering::Renumbering;

/// Fewer rows than these are not worth rebuilding a table.
const SWEPT_MIN: usize = 1_024;

/// Dates that cold rows have left behind may be as many as cold rows, and so many more.
const STALE_DATES: usize = 4_096;

/// What the memory of a table follows from.
#[derive(Clone, Copy)]
struct Held {
    rows: usize,
    arena_bytes: usize,
    values: Size,
}

/// How a row stands to an eviction, the first to go first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    Idle,
    /// It will be needed soon, whatever comes.
    NeededSoon,
    Touched,
    TouchedAndNeededSoon,
    Stays,
}

impl Table {
    /// Switches whether it is tracked which rows contributions touch, and forgets what was tracked: rows touched since
    /// then or since the last eviction are the last to be evicted. Off in a new table.
    pub fn track_touches(&mut self, on: bool) {
        self.marks.track_touches(on);
    }

    /// Drops rows without any mark until the table holds about `bytes_target` bytes, and returns how many; they are
    /// cold from now on. First go rows that were not touched (see [`Table::track_touches`]), then touched ones; in
    /// both, those that windows will soon move come last, and those that came into memory earlier go first.
    ///
    /// **Slots change**: none may be held across this call. It is to be called only while a store holds every row
    /// that has no [`Mark::Checkpoint`]: not before the cut that took the marks is durable.
    ///
    /// # Panics
    /// Panics when changes set no [`Mark::Checkpoint`]: it would not be known which rows the store lacks.
    pub fn evict(&mut self, bytes_target: usize) -> usize {
        assert!(
            self.marks.is_noting(Mark::Checkpoint),
            "rows that changed are marked until they are durable"
        );
        if self.heap_bytes() <= bytes_target {
            return 0;
        }
        let total = self.total_len();
        let renumbering = self.choose(bytes_target);
        if renumbering.keeps_all() && self.compact_bytes(self.held()) >= self.heap_bytes() {
            return 0;
        }
        let mut evicted = 0;
        for slot in renumbering.dropped() {
            // A row that is gone is nowhere any more.
            if !self.marks.is_gone(slot) {
                evicted += 1;
                if let Some(date) = self.values.next_date(slot) {
                    self.dates.add(date, self.keys.get(slot));
                }
            }
        }
        let dropped = self.compact(&renumbering);
        self.cold_len += evicted;
        if self.dates.len() > self.cold_len * 2 + STALE_DATES {
            self.prune_dates();
        }
        assert_eq!(self.total_len(), total, "an evicted row is cold and every other one in memory");
        dropped
    }

    /// Forgets dates that cold rows have left behind.
    pub(super) fn prune_dates(&mut self) {
        let keys = &self.keys;
        self.dates.prune(|key| keys.find(key).is_some());
    }

    /// Drops rows that are gone and without any mark, once they are a quarter of all; returns how many.
    ///
    /// **Slots change**: as with [`Table::evict`], and under the same conditions.
    pub fn sweep(&mut self) -> usize {
        self.sweep_from(SWEPT_MIN.max(self.len() / 4))
    }

    /// Drops rows that are gone and without any mark, when more than `gone_min` are gone.
    pub(super) fn sweep_from(&mut self, gone_min: usize) -> usize {
        if self.marks.gone_len() <= gone_min {
            return 0;
        }
        let stays = |slot| !self.marks.is_gone(slot) || self.marks.is_marked(slot);
        let renumbering = Renumbering::keeping(self.len(), stays);
        if renumbering.keeps_all() { 0 } else { self.compact(&renumbering) }
    }

    /// Drops rows; returns how many.
    fn compact(&mut self, renumbering: &Renumbering) -> usize {
        let before = self.len();
        self.slots = Vec::new();
        self.keys.compact(renumbering);
        self.marks.compact(renumbering);
        self.values.compact(renumbering);
        before - self.len()
    }

    /// Chooses the rows to evict.
    fn choose(&self, bytes_target: usize) -> Renumbering {
        let mut held = self.held();
        let turns: Vec<Turn> = (0..held.rows as u32).map(|slot| self.turn(slot)).collect();
        let mut stays = vec![true; held.rows];
        'enough: for now in [Turn::Idle, Turn::NeededSoon, Turn::Touched, Turn::TouchedAndNeededSoon] {
            for slot in (0..turns.len()).filter(|slot| turns[*slot] == now) {
                if self.compact_bytes(held) <= bytes_target {
                    break 'enough;
                }
                stays[slot] = false;
                let slot = slot as u32;
                let Size { cells, outside_bytes } = self.values.size_of(slot);
                held.rows -= 1;
                held.arena_bytes -= self.keys.arena_bytes_of(slot);
                held.values.cells -= cells;
                held.values.outside_bytes -= outside_bytes;
            }
        }
        Renumbering::keeping(stays.len(), |slot| stays[slot as usize])
    }

    fn turn(&self, slot: u32) -> Turn {
        if self.marks.is_marked(slot) {
            return Turn::Stays;
        }
        match (self.marks.is_touched(slot), self.values.changes_soon(slot)) {
            (false, false) => Turn::Idle,
            (false, true) => Turn::NeededSoon,
            (true, false) => Turn::Touched,
            (true, true) => Turn::TouchedAndNeededSoon,
        }
    }

    /// Returns the memory that marked rows would take by themselves, in bytes, about.
    pub fn changed_bytes(&self, mark: Mark) -> usize {
        let nothing = Size { cells: 0, outside_bytes: 0 };
        let mut held = Held { rows: 0, arena_bytes: 0, values: nothing };
        for &slot in self.marks.marked(mark) {
            let Size { cells, outside_bytes } = self.values.size_of(slot);
            held.rows += 1;
            held.arena_bytes += self.keys.arena_bytes_of(slot);
            held.values.cells += cells;
            held.values.outside_bytes += outside_bytes;
        }
        // The lists of marks are not the rows' own.
        if held.rows == 0 { 0 } else { self.compact_bytes(held) - self.marks.compact_bytes(0) }
    }

    fn held(&self) -> Held {
        Held { rows: self.len(), arena_bytes: self.keys.arena_bytes(), values: self.values.size() }
    }

    /// Returns the memory that the table would hold, rebuilt with rows of these sizes.
    fn compact_bytes(&self, held: Held) -> usize {
        KeyIndex::compact_bytes(held.rows, held.arena_bytes)
            + self.marks.compact_bytes(held.rows)
            + self.values.compact_bytes(held.rows, held.values.cells)
            + held.values.outside_bytes
    }
}
