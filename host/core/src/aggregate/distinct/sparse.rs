//! The registers of a small sketch: an open-addressed table of the set ones.

use super::super::prefetch::prefetch;

/// 16 bytes: most rows of most tables see a handful of items.
const CAPACITY_MIN: usize = 4;

/// Bits of an entry that hold the rank.
const RANK_BITS: u32 = 6;

/// Set registers as `index << 6 | rank`; 0 is a free place, since a set register has rank 1 at least.
///
/// Places are found by the index's last bits: it comes from a hash, so it is as even as any hash of it would be.
#[derive(Clone, Debug, Default)]
pub(super) struct Sparse {
    places: Box<[u32]>,
    len: u32,
}

impl Sparse {
    /// Returns the number of registers that are set.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.len as usize
    }

    /// Raises a register to at least `rank`; returns its old rank if that changed it.
    #[inline]
    pub(super) fn raise(&mut self, index: u32, rank: u8) -> Option<u8> {
        if self.places.is_empty() {
            self.grow();
        }
        let mut at = self.find(index);
        let (_, old) = unpack(self.places[at]);
        if rank <= old {
            return None;
        }
        // Grown before the last quarter fills: a free place ends every search.
        if old == 0 && (self.len() + 1) * 4 > self.places.len() * 3 {
            self.grow();
            at = self.find(index);
        }
        self.places[at] = pack(index, rank);
        self.len += u32::from(old == 0);
        Some(old)
    }

    #[inline]
    pub(super) fn prefetch(&self, index: u32) {
        prefetch(&self.places, index as usize & self.places.len().wrapping_sub(1));
    }

    /// Returns (index, rank) of the set registers, in any order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, u8)> {
        self.places.iter().filter(|&&entry| entry != 0).map(|&entry| unpack(entry))
    }

    /// Returns the entries in rising order.
    pub(super) fn sorted(&self) -> Vec<u32> {
        let mut entries: Vec<u32> = self.places.iter().copied().filter(|&entry| entry != 0).collect();
        entries.sort_unstable();
        entries
    }

    pub(super) fn heap_bytes(&self) -> usize {
        size_of_val(&*self.places)
    }

    /// Returns the place of a register: its own, or the free one where it belongs.
    #[inline]
    fn find(&self, index: u32) -> usize {
        let mask = self.places.len() - 1;
        let mut at = index as usize & mask;
        while self.places[at] != 0 && self.places[at] >> RANK_BITS != index {
            at = (at + 1) & mask;
        }
        at
    }

    #[cold]
    fn grow(&mut self) {
        let capacity = (self.places.len() * 2).max(CAPACITY_MIN);
        let old = std::mem::replace(&mut self.places, vec![0; capacity].into_boxed_slice());
        for &entry in old.iter().filter(|&&entry| entry != 0) {
            let at = self.find(entry >> RANK_BITS);
            self.places[at] = entry;
        }
    }
}

fn pack(index: u32, rank: u8) -> u32 {
    index << RANK_BITS | u32::from(rank)
}

/// Returns index and rank of an entry.
#[inline]
pub(super) fn unpack(entry: u32) -> (u32, u8) {
    (entry >> RANK_BITS, (entry & ((1 << RANK_BITS) - 1)) as u8)
}
