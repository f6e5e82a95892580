//! A small sketch: an open-addressed table of the places that its items took at [`SPARSE_PRECISION`].

use super::super::prefetch::prefetch;
use super::SPARSE_PRECISION;
use super::place::rank_max;

/// 16 bytes: most rows of most tables see a handful of items.
const CAPACITY_MIN: usize = 4;

/// Bits of an entry that hold the rank, which is 40 at most.
pub(super) const RANK_BITS: u32 = 6;

/// Entries `index << 6 | rank`, one for each index; 0 is free, since a rank is 1 at least.
///
/// Where an entry lies is decided by the index's last bits: it comes from a hash, so it is as even as any hash of it
/// would be. The table doubles when it would be more than three quarters full; its capacity follows from its length.
#[derive(Clone, Debug, Default)]
pub(super) struct Sparse {
    entries: Box<[u32]>,
    len: u32,
}

/// What an item did to a sparse sketch.
pub(super) enum Outcome {
    Unchanged,
    Raised,
    /// Nothing: it has an index of its own, and there is no room for one more.
    Full,
}

impl Sparse {
    /// Returns the number of different indexes.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.len as usize
    }

    /// Raises the rank of an index to at least `rank`, unless that makes more than `len_max` indexes.
    #[inline]
    pub(super) fn raise(&mut self, index: u32, rank: u8, len_max: usize) -> Outcome {
        if self.entries.is_empty() {
            self.resize(CAPACITY_MIN);
        }
        let mut at = self.find(index);
        let (_, old) = unpack(self.entries[at]);
        if rank <= old {
            return Outcome::Unchanged;
        }
        if old == 0 {
            if self.len() == len_max {
                return Outcome::Full;
            }
            // Grown before the last quarter fills: a free place ends every search.
            if (self.len() + 1) * 4 > self.entries.len() * 3 {
                self.resize(self.entries.len() * 2);
                at = self.find(index);
            }
            self.len += 1;
        }
        self.entries[at] = pack(index, rank);
        Outcome::Raised
    }

    #[inline]
    pub(super) fn prefetch(&self, index: u32) {
        prefetch(&self.entries, index as usize & self.entries.len().wrapping_sub(1));
    }

    /// Returns all (index, rank), in any order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, u8)> {
        self.entries.iter().filter(|&&entry| entry != 0).map(|&entry| unpack(entry))
    }

    /// Returns the entries in rising order.
    pub(super) fn sorted(&self) -> Vec<u32> {
        let mut entries = Vec::with_capacity(self.len());
        entries.extend(self.entries.iter().filter(|&&entry| entry != 0));
        entries.sort_unstable();
        entries
    }

    /// Reads entries in rising order, big end first.
    pub(super) fn decode(bytes: &[u8], len_max: usize) -> Result<Self, String> {
        let (entries, rest) = bytes.as_chunks::<4>();
        if !rest.is_empty() || entries.len() > len_max {
            return Err(format!(
                "a sparse sketch has {} bytes, not up to {len_max} entries of 4",
                bytes.len()
            ));
        }
        let mut sparse = Self::default();
        if !entries.is_empty() {
            sparse.resize((entries.len() * 4).div_ceil(3).next_power_of_two().max(CAPACITY_MIN));
        }
        let mut next_index = 0;
        for &entry in entries {
            let (index, rank) = unpack(u32::from_be_bytes(entry));
            if index < next_index || index >> SPARSE_PRECISION != 0 {
                return Err(format!(
                    "a sparse sketch has index {index} where {next_index} is the smallest due"
                ));
            }
            if rank == 0 || rank > rank_max(SPARSE_PRECISION) {
                return Err(format!("a sparse sketch has rank {rank} at index {index}"));
            }
            next_index = index + 1;
            sparse.raise(index, rank, len_max);
        }
        Ok(sparse)
    }

    pub(super) fn heap_bytes(&self) -> usize {
        size_of_val(&*self.entries)
    }

    /// Returns where an index is: its entry, or the free place where it belongs.
    #[inline]
    fn find(&self, index: u32) -> usize {
        let mask = self.entries.len() - 1;
        let mut at = index as usize & mask;
        while self.entries[at] != 0 && self.entries[at] >> RANK_BITS != index {
            at = (at + 1) & mask;
        }
        at
    }

    #[cold]
    fn resize(&mut self, capacity: usize) {
        let old = std::mem::replace(&mut self.entries, vec![0; capacity].into_boxed_slice());
        for &entry in old.iter().filter(|&&entry| entry != 0) {
            let at = self.find(entry >> RANK_BITS);
            self.entries[at] = entry;
        }
    }
}

#[inline]
pub(super) fn pack(index: u32, rank: u8) -> u32 {
    index << RANK_BITS | u32::from(rank)
}

/// Returns index and rank of an entry.
#[inline]
pub(super) fn unpack(entry: u32) -> (u32, u8) {
    (entry >> RANK_BITS, (entry & ((1 << RANK_BITS) - 1)) as u8)
}
