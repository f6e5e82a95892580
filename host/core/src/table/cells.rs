//! The values of one aggregate in memory, accounted for.

use crate::aggregate::Aggregate;
use crate::slots::growth::{make_room, room_after_eviction};
use crate::slots::marks::Marks;
use crate::slots::renumbering::Renumbering;

/// Values and the memory that they hold outside themselves.
#[derive(Clone, Debug)]
pub(super) struct Cells<A> {
    pub(super) values: Vec<A>,
    /// What [`Aggregate::heap_bytes`] of all values adds up to.
    pub(super) heap_bytes: usize,
}

impl<A> Default for Cells<A> {
    fn default() -> Self {
        Self { values: Vec::new(), heap_bytes: 0 }
    }
}

impl<A: Aggregate> Cells<A> {
    /// Returns the value of a slot.
    #[inline]
    pub(super) fn at(&self, slot: u32) -> &A {
        &self.values[slot as usize]
    }

    /// Appends a value.
    pub(super) fn push(&mut self, value: A) {
        self.heap_bytes += value.heap_bytes();
        make_room(&mut self.values, 1);
        self.values.push(value);
    }

    /// Puts a value in the place of another.
    pub(super) fn replace(&mut self, slot: u32, value: A) -> A {
        self.heap_bytes += value.heap_bytes();
        let before = std::mem::replace(&mut self.values[slot as usize], value);
        self.heap_bytes -= before.heap_bytes();
        before
    }

    /// Puts the last value in the place of another.
    pub(super) fn swap_remove(&mut self, slot: u32) {
        let before = self.values.swap_remove(slot as usize);
        self.heap_bytes -= before.heap_bytes();
    }

    /// Adds everything that one value holds to another.
    pub(super) fn merge(&mut self, from: u32, into: u32) {
        assert_ne!(from, into, "a value is not merged with itself");
        let [from, into] =
            self.values.get_disjoint_mut([from as usize, into as usize]).expect("both values are there");
        let before = into.heap_bytes();
        into.merge(from);
        self.heap_bytes = self.heap_bytes + into.heap_bytes() - before;
    }

    /// Moves values to their new slots.
    pub(super) fn compact(&mut self, renumbering: &Renumbering) {
        let heap_bytes = &mut self.heap_bytes;
        renumbering.compact(&mut self.values, |value| *heap_bytes -= value.heap_bytes());
    }

    /// Returns the memory that [`Cells::compact`] leaves for `rows` values, without what they hold outside.
    pub(super) fn compact_bytes(&self, rows: usize) -> usize {
        room_after_eviction(rows) * size_of::<A>()
    }

    /// Drops the values of slots from `rows` on.
    pub(super) fn truncate(&mut self, rows: usize) {
        for value in self.values.drain(rows.min(self.values.len())..) {
            self.heap_bytes -= value.heap_bytes();
        }
    }

    /// Returns the memory held, in bytes.
    pub(super) fn total_bytes(&self) -> usize {
        self.values.capacity() * size_of::<A>() + self.heap_bytes
    }

    /// Changes one value, and notes and accounts for it if it says that it changed.
    #[inline(always)]
    pub(super) fn update(&mut self, slot: u32, marks: &mut Marks, change: impl FnOnce(&mut A) -> bool) {
        let value = &mut self.values[slot as usize];
        let before = value.heap_bytes();
        if change(value) {
            self.heap_bytes = self.heap_bytes + value.heap_bytes() - before;
            marks.note(slot);
        }
    }
}

impl<A: Aggregate + Default> Cells<A> {
    /// Takes a value out and leaves an empty one.
    pub(super) fn take(&mut self, slot: u32) -> A {
        self.replace(slot, A::default())
    }
}
