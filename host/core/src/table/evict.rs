//! Making a table fit its memory: rows that are durable elsewhere leave it.
//!
//! The table is rebuilt without them, each column in place, so that what they held is really free and what stays lies
//! as close as before. A clock hand that freed row by row would leave holes in every column for ever.

use super::Table;
use super::column::AggregateColumn;
use super::index::{ABSENT, KeyIndex};
use super::marks::Mark;

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
        if self.heap_bytes() <= bytes_target {
            return 0;
        }
        let (total, before) = (self.total_len(), self.len());
        let (new_slots, kept) = self.choose(bytes_target);
        if kept == before && self.compact_bytes(self.held()) >= self.heap_bytes() {
            return 0;
        }
        self.slots = Vec::new();
        self.keys.compact(&new_slots);
        self.marks.compact(&new_slots);
        self.columns.iter_mut().for_each(|column| column.compact(&new_slots));
        self.cold_len += before - kept;
        assert_eq!(self.total_len(), total, "an evicted row is cold and every other one in memory");
        before - kept
    }

    /// Returns for each slot its new one, [`ABSENT`] for those to evict, and how many stay.
    fn choose(&self, bytes_target: usize) -> (Vec<u32>, usize) {
        let mut held = self.held();
        let mut new_slots = vec![0; held.rows];
        'enough: for touched in [false, true] {
            for (slot, new_slot) in new_slots.iter_mut().enumerate() {
                let slot = slot as u32;
                if self.marks.is_marked(slot) || self.marks.is_touched(slot) != touched {
                    continue;
                }
                if self.compact_bytes(held) <= bytes_target {
                    break 'enough;
                }
                *new_slot = ABSENT;
                held.rows -= 1;
                held.arena_bytes -= self.keys.arena_bytes_of(slot);
                held.outside_bytes -=
                    self.columns.iter().map(|column| column.outside_bytes_of(slot)).sum::<usize>();
            }
        }
        let staying = new_slots.iter_mut().filter(|new_slot| **new_slot != ABSENT);
        staying.zip(0..).for_each(|(new_slot, slot)| *new_slot = slot);
        (new_slots, held.rows)
    }

    fn held(&self) -> Held {
        Held {
            rows: self.len(),
            arena_bytes: self.keys.arena_bytes(),
            outside_bytes: self.columns.iter().map(AggregateColumn::outside_bytes).sum(),
        }
    }

    /// Returns the memory that the table would hold, rebuilt with rows of these sizes.
    fn compact_bytes(&self, held: Held) -> usize {
        KeyIndex::compact_bytes(held.rows, held.arena_bytes)
            + self.marks.compact_bytes(held.rows)
            + self.columns.iter().map(|column| column.compact_bytes(held.rows)).sum::<usize>()
            + held.outside_bytes
    }
}
