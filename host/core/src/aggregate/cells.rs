//! Values by slot, with their memory accounted for.

use crate::aggregate::contract::{Aggregate, Codec};
use crate::aggregate::prefetch::prefetch;
use crate::slots::growth::{fill_to, make_room, room_after_eviction};
use crate::slots::marks::Marks;
use crate::slots::renumbering::Renumbering;

/// Values and the memory that they hold outside themselves.
#[derive(Clone, Debug)]
pub(crate) struct Cells<T> {
    values: Vec<T>,
    /// The sum of [`Codec::heap_bytes`] over all values.
    outside_bytes: usize,
}

impl<T> Default for Cells<T> {
    fn default() -> Self {
        Self { values: Vec::new(), outside_bytes: 0 }
    }
}

impl<T: Codec> Cells<T> {
    /// Returns the value of a slot.
    #[inline]
    pub(crate) fn at(&self, slot: u32) -> &T {
        &self.values[slot as usize]
    }

    /// Prefetches a slot's value.
    #[inline]
    pub(crate) fn prefetch(&self, slot: u32) {
        prefetch(&self.values, slot as usize);
    }

    /// Adds empty values until there are `rows`.
    pub(crate) fn grow_to(&mut self, rows: usize, empty: impl FnMut() -> T) {
        fill_to(&mut self.values, rows, empty);
    }

    /// Appends a value.
    pub(crate) fn push(&mut self, value: T) {
        self.outside_bytes += value.heap_bytes();
        make_room(&mut self.values, 1);
        self.values.push(value);
    }

    /// Replaces the value of a slot, and returns the old one.
    pub(crate) fn replace(&mut self, slot: u32, value: T) -> T {
        self.outside_bytes += value.heap_bytes();
        let before = std::mem::replace(&mut self.values[slot as usize], value);
        self.outside_bytes -= before.heap_bytes();
        before
    }

    /// Changes one value, and accounts for its memory.
    #[inline(always)]
    pub(crate) fn change<C>(&mut self, slot: u32, change: impl FnOnce(&mut T) -> C) -> C {
        let value = &mut self.values[slot as usize];
        let before = value.heap_bytes();
        let changed = change(value);
        self.outside_bytes = self.outside_bytes + value.heap_bytes() - before;
        changed
    }

    /// Changes one value. If `change` returns that it did change, notes this and accounts for the memory.
    #[inline(always)]
    pub(crate) fn update(&mut self, slot: u32, marks: &mut Marks, change: impl FnOnce(&mut T) -> bool) {
        let value = &mut self.values[slot as usize];
        let before = value.heap_bytes();
        if change(value) {
            self.outside_bytes = self.outside_bytes + value.heap_bytes() - before;
            marks.mark_dirty(slot);
        }
    }

    /// Drops the values of all slots from `rows` on.
    pub(crate) fn truncate(&mut self, rows: usize) {
        for value in self.values.drain(rows.min(self.values.len())..) {
            self.outside_bytes -= value.heap_bytes();
        }
    }

    /// Moves values to their new slots.
    pub(crate) fn compact(&mut self, renumbering: &Renumbering) {
        let outside_bytes = &mut self.outside_bytes;
        renumbering.compact(&mut self.values, |value| *outside_bytes -= value.heap_bytes());
    }

    /// Returns the memory that [`Cells::compact`] to `rows` values leaves, not counting what they hold outside.
    pub(crate) fn compact_bytes(&self, rows: usize) -> usize {
        room_after_eviction(rows) * size_of::<T>()
    }

    /// Returns the memory that all values hold outside themselves, in bytes.
    pub(crate) fn outside_bytes(&self) -> usize {
        self.outside_bytes
    }

    /// Returns the memory held, in bytes.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.values.capacity() * size_of::<T>() + self.outside_bytes
    }
}

impl<A: Aggregate> Cells<A> {
    /// Merges one value into another.
    pub(crate) fn merge(&mut self, from: u32, into: u32) {
        assert_ne!(from, into, "a value is not merged with itself");
        let [from, into] =
            self.values.get_disjoint_mut([from as usize, into as usize]).expect("both values are there");
        let before = into.heap_bytes();
        into.merge(from);
        self.outside_bytes = self.outside_bytes + into.heap_bytes() - before;
    }
}

#[cfg(test)]
impl<T: Codec> Cells<T> {
    /// Returns the number of values, including those beyond the table's rows.
    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    /// Returns the memory held, recounted value by value.
    pub(crate) fn heap_bytes_counted(&self) -> usize {
        let outside: usize = self.values.iter().map(Codec::heap_bytes).sum();
        self.heap_bytes() - self.outside_bytes + outside
    }
}
