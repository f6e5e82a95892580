//! An open-addressed table from indexes to positions in a sparse window's log.

use super::super::limits::SPARSE_PRECISION;
use crate::aggregate::prefetch::prefetch;

/// Bits of a place that hold the position, plus one. Logs have fewer than 2^18 entries at the highest precision.
const POSITION_BITS: u32 = 18;

const POSITION_MASK: u32 = (1 << POSITION_BITS) - 1;

/// `tag << 18 | position + 1` for entries of the log; 0 is free. An index that the log holds with several ranks has as many
/// places. The tag is the first bits of the index. A lookup reads the log, a cache miss away, only if tags agree.
///
/// Places are not removed. The place of an entry that is gone points to its gap, until a new place with the same tag
/// replaces it, or the table is rebuilt with the log. There are never more places than entries were pushed to the log since
/// then, and the table has room for that many.
///
/// The last bits of an index decide where its place lies, as in [`Sparse`](super::super::sparse::Sparse).
#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    places: Box<[u32]>,
}

impl Places {
    /// Returns an empty table that will be at most three quarters full with `len` places.
    pub(super) fn with_room(len: usize) -> Self {
        Self { places: vec![0; (len * 4).div_ceil(3).next_power_of_two()].into_boxed_slice() }
    }

    /// Returns whether there is no table.
    #[inline]
    pub(super) fn is_none(&self) -> bool {
        self.places.is_empty()
    }

    /// Calls `leaves_gap` with the position of each entry, or gap, that has the tag of `index`; it returns whether the position
    /// is a gap afterwards. Returns where in the table the next entry of that index belongs.
    #[inline]
    pub(super) fn probe(&self, index: u32, mut leaves_gap: impl FnMut(usize) -> bool) -> usize {
        let mask = self.places.len() - 1;
        let mut at = index as usize & mask;
        let mut room = None;
        while self.places[at] != 0 {
            let place = self.places[at];
            if place >> POSITION_BITS == tag(index) && leaves_gap(position_of(place)) {
                room.get_or_insert(at);
            }
            at = (at + 1) & mask;
        }
        room.unwrap_or(at)
    }

    /// Returns where the next entry of an index belongs, if the log has no gaps.
    #[inline]
    pub(super) fn room_for(&self, index: u32) -> usize {
        self.probe(index, |_| false)
    }

    /// Stores the position of an entry at the place that was found for it.
    #[inline]
    pub(super) fn put(&mut self, at: usize, index: u32, position: usize) {
        self.places[at] = place(index, position);
    }

    /// Prefetches the places of an index.
    #[inline]
    pub(super) fn prefetch(&self, index: u32) {
        prefetch(&self.places, index as usize & self.places.len().wrapping_sub(1));
    }

    /// Returns the number of places that are not free.
    #[cfg(test)]
    pub(super) fn taken(&self) -> usize {
        self.places.iter().filter(|&&place| place != 0).count()
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
