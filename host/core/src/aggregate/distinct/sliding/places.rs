//! Where in a sparse window's log an index is: an open-addressed table.

use super::log::index_of;

/// Positions in the log, plus one; 0 is free. An index that the log holds with several ranks has as many places.
///
/// Where a place lies is decided by the index's last bits, as in [`Sparse`](super::super::sparse::Sparse).
#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    places: Box<[u32]>,
}

impl Places {
    /// Returns an empty table that stays at most three quarters full with `len` places.
    pub(super) fn with_room(len: usize) -> Self {
        Self { places: vec![0; (len * 4).div_ceil(3).next_power_of_two()].into_boxed_slice() }
    }

    /// Returns whether there is no table.
    #[inline]
    pub(super) fn is_none(&self) -> bool {
        self.places.is_empty()
    }

    /// Returns the first position of an index for which `is_sought` is true of the entry there.
    #[inline]
    pub(super) fn find(&self, log: &[u64], index: u32, is_sought: impl Fn(u64) -> bool) -> Option<usize> {
        let mask = self.places.len() - 1;
        let mut at = index as usize & mask;
        while self.places[at] != 0 {
            let position = self.places[at] as usize - 1;
            let entry = log[position];
            if index_of(entry) == index && is_sought(entry) {
                return Some(position);
            }
            at = (at + 1) & mask;
        }
        None
    }

    /// Adds the position of an entry.
    #[inline]
    pub(super) fn insert(&mut self, log: &[u64], position: usize) {
        let mask = self.places.len() - 1;
        let mut at = index_of(log[position]) as usize & mask;
        while self.places[at] != 0 {
            at = (at + 1) & mask;
        }
        self.places[at] = position as u32 + 1;
    }

    /// Removes the position of an entry that is still there.
    #[inline]
    pub(super) fn remove(&mut self, log: &[u64], position: usize) {
        let mask = self.places.len() - 1;
        let mut free = index_of(log[position]) as usize & mask;
        while self.places[free] != position as u32 + 1 {
            free = (free + 1) & mask;
        }
        // What follows moves up into the free place, unless it would then lie before where its search begins.
        let mut at = free;
        loop {
            at = (at + 1) & mask;
            let place = self.places[at];
            if place == 0 {
                break;
            }
            let home = index_of(log[place as usize - 1]) as usize & mask;
            if (at.wrapping_sub(home) & mask) >= (at.wrapping_sub(free) & mask) {
                self.places[free] = place;
                free = at;
            }
        }
        self.places[free] = 0;
    }

    /// Returns the bytes held.
    pub(super) fn heap_bytes(&self) -> usize {
        size_of_val(&*self.places)
    }
}
