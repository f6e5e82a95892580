//! Making a table fit its memory: rows that are durable elsewhere leave it.
//!
//! The table is rebuilt without them, each column in place, so that what they held is really free and what stays lies
//! as close as before. A clock hand that freed row by row would leave holes in every column for ever.

use super::Table;
use super::column::AggregateColumn;
use super::index::{ABSENT, KeyIndex};
use super::marks::Mark;

/// Fewer rows than these are not worth rebuilding a table.
const SWEPT_MIN: usize = 1_024;

/// What the memory of a table follows from.
#[derive(Clone, Copy)]
struct Held {
    rows: usize,
    arena_bytes: usize,
    outside_bytes: usize,
}

impl Table {
    /// Switches whether it is tracked which rows contributions touch, and forgets what was tracked: rows touched since
    /// then or since the last eviction are the last to be evicted. Off in a new table.
    pub fn track_touches(&mut self, on: bool) {
        self.marks.track_touches(on);
    }

    /// Returns whether rows can be evicted: rows over windows have dates to keep, and stay in memory.
    pub fn is_evictable(&self) -> bool {
        self.values.evictable().is_some()
    }

    /// Drops rows without any mark until the table holds about `bytes_target` bytes, and returns how many; they are
    /// cold from now on. First go rows that were not touched (see [`Table::track_touches`]), then touched ones; in
    /// both, those that came into memory earlier go first.
    ///
    /// **Slots change**: nobody may hold any across this call. It is to be called only while a store holds every row
    /// that has no [`Mark::Checkpoint`]: not before the cut that took the marks is durable.
    ///
    /// # Panics
    /// Panics when changes set no [`Mark::Checkpoint`]: nobody would know which rows the store lacks.
    pub fn evict(&mut self, bytes_target: usize) -> usize {
        assert!(
            self.marks.is_noting(Mark::Checkpoint),
            "rows that changed are marked until they are durable"
        );
        let Some(columns) = self.values.evictable() else { return 0 };
        if self.heap_bytes() <= bytes_target {
            return 0;
        }
        let (total, before) = (self.total_len(), self.len());
        let (new_slots, kept) = self.choose(columns, bytes_target);
        if kept == before && self.compact_bytes(columns, self.held(columns)) >= self.heap_bytes() {
            return 0;
        }
        self.compact(&new_slots);
        self.cold_len += before - kept;
        assert_eq!(self.total_len(), total, "an evicted row is cold and every other one in memory");
        before - kept
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
        let before = self.len();
        let mut kept = 0;
        let new_slots: Vec<u32> = (0..before as u32)
            .map(|slot| {
                if self.marks.is_gone(slot) && !self.marks.is_marked(slot) {
                    return ABSENT;
                }
                kept += 1;
                kept - 1
            })
            .collect();
        if kept as usize != before {
            self.compact(&new_slots);
        }
        before - kept as usize
    }

    fn compact(&mut self, new_slots: &[u32]) {
        self.slots = Vec::new();
        self.keys.compact(new_slots);
        self.marks.compact(new_slots);
        self.values.compact(new_slots);
    }

    /// Returns for each slot its new one, [`ABSENT`] for those to evict, and how many stay.
    fn choose(&self, columns: &[AggregateColumn], bytes_target: usize) -> (Vec<u32>, usize) {
        let mut held = self.held(columns);
        let mut new_slots = vec![0; held.rows];
        'enough: for touched in [false, true] {
            for (slot, new_slot) in new_slots.iter_mut().enumerate() {
                let slot = slot as u32;
                if self.marks.is_marked(slot) || self.marks.is_touched(slot) != touched {
                    continue;
                }
                if self.compact_bytes(columns, held) <= bytes_target {
                    break 'enough;
                }
                *new_slot = ABSENT;
                held.rows -= 1;
                held.arena_bytes -= self.keys.arena_bytes_of(slot);
                held.outside_bytes -=
                    columns.iter().map(|column| column.outside_bytes_of(slot)).sum::<usize>();
            }
        }
        let staying = new_slots.iter_mut().filter(|new_slot| **new_slot != ABSENT);
        staying.zip(0..).for_each(|(new_slot, slot)| *new_slot = slot);
        (new_slots, held.rows)
    }

    fn held(&self, columns: &[AggregateColumn]) -> Held {
        Held {
            rows: self.len(),
            arena_bytes: self.keys.arena_bytes(),
            outside_bytes: columns.iter().map(AggregateColumn::outside_bytes).sum(),
        }
    }

    /// Returns the memory that the table would hold, rebuilt with rows of these sizes.
    fn compact_bytes(&self, columns: &[AggregateColumn], held: Held) -> usize {
        KeyIndex::compact_bytes(held.rows, held.arena_bytes)
            + self.marks.compact_bytes(held.rows)
            + columns.iter().map(|column| column.compact_bytes(held.rows)).sum::<usize>()
            + held.outside_bytes
    }
}
