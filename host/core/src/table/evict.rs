//! Eviction: rows that are durable elsewhere leave memory, to fit the budget.
//!
//! The table is rebuilt without them, each column in place, so that their memory is really released and the remaining rows
//! stay as compact as before. A clock hand that freed row by row would leave holes in every column for ever. A row over windows
//! leaves its next date ([`ColdDates`](super::dates::ColdDates)).

use super::Table;
use super::index::KeyIndex;
use super::size::Size;
use crate::slots::marks::Mark;
use crate::slots::renumbering::Renumbering;

/// With fewer gone rows than this, rebuilding a table is not worthwhile.
const SWEPT_MIN: usize = 1_024;

/// There may be as many dates as cold rows, and this many more, before stale ones are pruned.
const STALE_DATES: usize = 4_096;

/// What determines the memory of a table.
#[derive(Clone, Copy)]
struct Held {
    rows: usize,
    arena_bytes: usize,
    values: Size,
}

/// When a row is evicted, compared with others; the first variant goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    Idle,
    /// Its windows will soon need it, even without contributions.
    NeededSoon,
    Touched,
    TouchedAndNeededSoon,
    Stays,
}

impl Table {
    /// Switches whether contributions mark rows as touched, and forgets earlier touches. Rows touched since then, or since
    /// the last eviction, are evicted last. Off in a new table.
    pub fn track_touches(&mut self, on: bool) {
        self.marks.track_touches(on);
    }

    /// Drops rows without any mark until the table holds about `bytes_target` bytes, and returns how many; they are
    /// cold from now on. Rows that were not touched (see [`Table::track_touches`]) go first, then touched ones. Within
    /// both groups, rows that windows will soon need go last, and otherwise the rows that came into memory earlier go first.
    ///
    /// **Slots change**: none may be held across this call. Call it only while a store holds every row
    /// that has no [`Mark::Checkpoint`], that is, once the cut that took the marks is durable.
    ///
    /// # Panics
    /// Panics when changes do not set [`Mark::Checkpoint`], because the rows that the store lacks are then unknown.
    pub fn evict(&mut self, bytes_target: usize) -> usize {
        assert!(
            self.marks.is_tracking(Mark::Checkpoint),
            "rows that changed are dirty until they are durable"
        );
        if self.heap_bytes() <= bytes_target {
            return 0;
        }
        let total = self.total_len();
        // The index of holders goes in any case, and with it the marks of rows that it has yet to take in. Rows make up for its
        // memory: if it alone went, it would be made again at once.
        let bytes_target = bytes_target.saturating_sub(self.holders.heap_bytes());
        self.drop_holders();
        let renumbering = self.choose(bytes_target);
        if renumbering.keeps_all() && self.compact_bytes(self.held()) >= self.heap_bytes() {
            return 0;
        }
        let mut evicted = 0;
        for slot in renumbering.dropped() {
            // A gone row is not stored anywhere, so it does not become cold.
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

    /// Drops stale dates, which cold rows have left behind.
    pub(super) fn prune_dates(&mut self) {
        let keys = &self.keys;
        self.dates.prune(|key| keys.find(key).is_some());
    }

    /// Drops gone rows without any mark once they are a quarter of all rows; returns how many.
    ///
    /// **Slots change**: as with [`Table::evict`], and under the same conditions.
    pub fn sweep(&mut self) -> usize {
        self.sweep_from(SWEPT_MIN.max(self.len() / 4))
    }

    /// Drops gone rows without any mark when more than `gone_min` rows are gone.
    pub(super) fn sweep_from(&mut self, gone_min: usize) -> usize {
        if self.marks.gone_len() <= gone_min {
            return 0;
        }
        self.drop_holders();
        let stays = |slot| !self.marks.is_gone(slot) || self.marks.is_dirty(slot);
        let renumbering = Renumbering::keeping(self.len(), stays);
        if renumbering.keeps_all() { 0 } else { self.compact(&renumbering) }
    }

    /// Drops rows; returns how many.
    fn compact(&mut self, renumbering: &Renumbering) -> usize {
        let before = self.len();
        self.slots = Vec::new();
        self.drop_holders();
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
        if self.marks.is_dirty(slot) {
            return Turn::Stays;
        }
        match (self.marks.is_touched(slot), self.values.changes_soon(slot)) {
            (false, false) => Turn::Idle,
            (false, true) => Turn::NeededSoon,
            (true, false) => Turn::Touched,
            (true, true) => Turn::TouchedAndNeededSoon,
        }
    }

    /// Returns the approximate memory that dirty rows would take by themselves, in bytes.
    pub fn changed_bytes(&self, mark: Mark) -> usize {
        let nothing = Size { cells: 0, outside_bytes: 0 };
        let mut held = Held { rows: 0, arena_bytes: 0, values: nothing };
        for &slot in self.marks.dirty_slots(mark) {
            let Size { cells, outside_bytes } = self.values.size_of(slot);
            held.rows += 1;
            held.arena_bytes += self.keys.arena_bytes_of(slot);
            held.values.cells += cells;
            held.values.outside_bytes += outside_bytes;
        }
        // The lists of marks do not belong to the rows.
        if held.rows == 0 { 0 } else { self.compact_bytes(held) - self.marks.compact_bytes(0) }
    }

    fn held(&self) -> Held {
        Held { rows: self.len(), arena_bytes: self.keys.arena_bytes(), values: self.values.size() }
    }

    /// Returns the memory that the table would hold if it were rebuilt with such rows.
    fn compact_bytes(&self, held: Held) -> usize {
        KeyIndex::compact_bytes(held.rows, held.arena_bytes)
            + self.marks.compact_bytes(held.rows)
            + self.values.compact_bytes(held.rows, held.values.cells)
            + held.values.outside_bytes
    }
}
