//! A calendar of slots: when each row has something to do next, so that the others need not be looked at.

use std::collections::BTreeMap;

use crate::slots::growth::{fill_to, room_after_eviction};
use crate::slots::renumbering::Renumbering;

/// The date of a slot that has nothing to do.
const NEVER: i64 = i64::MAX;

/// The next date of each slot, and the slots of each date.
#[derive(Clone, Debug, Default)]
pub(super) struct Calendar {
    /// By slot.
    next: Vec<i64>,
    /// May still list a slot at a date that it no longer has; `next` decides.
    by_date: BTreeMap<i64, Vec<u32>>,
    entries: usize,
}

impl Calendar {
    /// Adds slots with nothing to do.
    pub(super) fn grow_to(&mut self, rows: usize) {
        fill_to(&mut self.next, rows, || NEVER);
    }

    /// Drops the slots from `rows` on.
    pub(super) fn truncate(&mut self, rows: usize) {
        self.next.truncate(rows);
    }

    /// Sets the date of a slot, unless it has an earlier one.
    pub(super) fn schedule(&mut self, slot: u32, date: i64) {
        let next = &mut self.next[slot as usize];
        if date < *next {
            *next = date;
            self.by_date.entry(date).or_default().push(slot);
            self.entries += 1;
        }
    }

    /// Returns a date before which no slot has anything to do; `None` if no slot is listed.
    pub(super) fn first(&self) -> Option<i64> {
        self.by_date.first_key_value().map(|(&date, _)| date)
    }

    /// Takes all slots whose date is not after `until`, in rising order. They have no date any more.
    pub(super) fn take(&mut self, until: i64) -> Vec<u32> {
        let mut taken = Vec::new();
        while let Some(first) = self.by_date.first_entry().filter(|first| *first.key() <= until) {
            let (date, slots) = first.remove_entry();
            self.entries -= slots.len();
            for slot in slots {
                if let Some(next) = self.next.get_mut(slot as usize).filter(|next| **next == date) {
                    *next = NEVER;
                    taken.push(slot);
                }
            }
        }
        taken.sort_unstable();
        taken
    }

    /// Moves dates with their slots.
    pub(super) fn compact(&mut self, renumbering: &Renumbering) {
        renumbering.compact(&mut self.next, |_| ());
        let Self { next, by_date, entries } = self;
        *entries = 0;
        by_date.retain(|date, slots| {
            slots.retain_mut(|slot| {
                let new_slot =
                    renumbering.new_slot(*slot).filter(|&new_slot| next[new_slot as usize] == *date);
                new_slot.inspect(|new_slot| *slot = *new_slot).is_some()
            });
            // A slot whose date changed and changed back is listed twice.
            slots.sort_unstable();
            slots.dedup();
            *entries += slots.len();
            !slots.is_empty()
        });
    }

    /// Returns an upper bound of the memory that [`Calendar::compact`] leaves for this many rows.
    pub(super) fn compact_bytes(&self, rows: usize) -> usize {
        room_after_eviction(rows) * 8 + self.entries.min(rows) * 4 + self.by_date.len().min(rows) * 48
    }

    /// Returns the approximate memory held, in bytes.
    pub(super) fn heap_bytes(&self) -> usize {
        self.next.capacity() * 8 + self.entries * 4 + self.by_date.len() * 48
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_come_at_their_earliest_date_and_once() {
        let mut calendar = Calendar::default();
        calendar.grow_to(3);
        calendar.schedule(0, 9);
        calendar.schedule(1, 5);
        calendar.schedule(0, 3);
        calendar.schedule(0, 4);
        assert_eq!(calendar.take(2), []);
        assert_eq!(calendar.take(5), [0, 1]);
        assert_eq!(calendar.take(100), [], "the later date of slot 0 was given up");
        calendar.schedule(0, 9);
        assert_eq!(calendar.take(100), [0]);
    }

    #[test]
    fn slots_move_with_their_rows() {
        let mut calendar = Calendar::default();
        calendar.grow_to(3);
        for slot in 0..3 {
            calendar.schedule(slot, 10 - i64::from(slot));
        }
        calendar.compact(&Renumbering::keeping(3, |slot| slot != 1));
        assert_eq!(calendar.take(8), [1]);
        assert_eq!(calendar.take(10), [0]);
    }
}
