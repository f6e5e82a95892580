//! Where in a sparse window's log an index is: an open-addressed table.

use super::super::SPARSE_PRECISION;
use super::log::index_of;

/// Bits of a place that hold the position, plus one: logs have less than 2^18 entries at the highest precision.
const POSITION_BITS: u32 = 18;

const POSITION_MASK: u32 = (1 << POSITION_BITS) - 1;

/// `tag << 18 | position + 1` for each entry of the log; 0 is free. An index that the log holds with several ranks has as many
/// places. The tag is the index's first bits: the log, a cache miss away, is only looked at where they agree.
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
            let place = self.places[at];
            if place >> POSITION_BITS == tag(index) {
                let entry = log[position_of(place)];
                if index_of(entry) == index && is_sought(entry) {
                    return Some(position_of(place));
                }
            }
            at = (at + 1) & mask;
        }
        None
    }

    /// Adds the position of an entry.
    #[inline]
    pub(super) fn insert(&mut self, log: &[u64], position: usize) {
        let mask = self.places.len() - 1;
        let index = index_of(log[position]);
        let mut at = index as usize & mask;
        while self.places[at] != 0 {
            at = (at + 1) & mask;
        }
        self.places[at] = place(index, position);
    }

    /// Removes the position of an entry that is still there.
    #[inline]
    pub(super) fn remove(&mut self, log: &[u64], position: usize) {
        let mask = self.places.len() - 1;
        let index = index_of(log[position]);
        let mut free = index as usize & mask;
        while self.places[free] != place(index, position) {
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
            let home = index_of(log[position_of(place)]) as usize & mask;
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

#[inline]
fn place(index: u32, position: usize) -> u32 {
    debug_assert!(position < POSITION_MASK as usize, "position {position}");
    tag(index) << POSITION_BITS | (position as u32 + 1)
}

#[inline]
fn position_of(place: u32) -> usize {
    (place & POSITION_MASK) as usize - 1
}

#[inline]
fn tag(index: u32) -> u32 {
    index >> (u32::from(SPARSE_PRECISION) - (u32::BITS - POSITION_BITS))
}
