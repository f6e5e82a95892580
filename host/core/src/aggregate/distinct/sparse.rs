//! A small sketch: the places of its items at [`SPARSE_PRECISION`], a few of them in the value itself, more in an
//! open-addressed table.

use super::super::prefetch::prefetch;
use super::limits::SPARSE_PRECISION;
use super::place::rank_max;

/// The most entries that need no table, nor any memory outside the value. Most rows and nearly all panes see a handful of items.
const FEW: usize = 4;

/// The smallest table.
const CAPACITY_MIN: usize = 8;

/// Bits of an entry that hold the rank, which is 40 at most.
pub(super) const RANK_BITS: u32 = 6;

/// Entries `index << 6 | rank`, one for each index; 0 is free, since a rank is 1 at least. Their number decides the
/// variant.
#[derive(Clone, Debug)]
pub(super) enum Sparse {
    /// The first `len` entries, in any order.
    Few { len: u8, entries: [u32; FEW] },
    /// The last bits of the index decide where an entry lies. The index comes from a hash, so these bits are as uniform as
    /// those of another hash would be. The table doubles before it is more than three quarters full; its capacity follows from
    /// its length.
    Table { len: u32, entries: Box<[u32]> },
}

impl Default for Sparse {
    fn default() -> Self {
        Self::Few { len: 0, entries: [0; FEW] }
    }
}

/// The effect of an item on a sparse sketch.
pub(super) enum Outcome {
    Unchanged,
    Raised,
    /// Nothing: the item has a new index, and there is no room for one more.
    Full,
}

impl Sparse {
    /// Returns the number of different indexes.
    #[inline]
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Few { len, .. } => usize::from(*len),
            Self::Table { len, .. } => *len as usize,
        }
    }

    /// Raises the rank of an index to at least `rank`, unless that would make more than `len_max` indexes.
    #[inline]
    pub(super) fn raise(&mut self, index: u32, rank: u8, len_max: usize) -> Outcome {
        let Self::Few { len, entries } = self else { return self.raise_in_table(index, rank, len_max) };
        let held = usize::from(*len);
        if let Some(entry) = entries[..held].iter_mut().find(|entry| **entry >> RANK_BITS == index) {
            if rank <= unpack(*entry).1 {
                return Outcome::Unchanged;
            }
            *entry = pack(index, rank);
            return Outcome::Raised;
        }
        if held == len_max {
            return Outcome::Full;
        }
        if held == FEW {
            *self = Self::Table { len: FEW as u32, entries: table(CAPACITY_MIN, entries) };
            return self.raise_in_table(index, rank, len_max);
        }
        entries[held] = pack(index, rank);
        *len += 1;
        Outcome::Raised
    }

    #[inline]
    fn raise_in_table(&mut self, index: u32, rank: u8, len_max: usize) -> Outcome {
        let Self::Table { len, entries } = self else {
            unreachable!("more than a few entries are in a table")
        };
        let mut at = find(entries, index);
        let (_, old) = unpack(entries[at]);
        if rank <= old {
            return Outcome::Unchanged;
        }
        if old == 0 {
            if *len as usize == len_max {
                return Outcome::Full;
            }
            // Grow before the last quarter fills: every search needs a free place to end at.
            if (*len as usize + 1) * 4 > entries.len() * 3 {
                *entries = table(entries.len() * 2, entries);
                at = find(entries, index);
            }
            *len += 1;
        }
        entries[at] = pack(index, rank);
        Outcome::Raised
    }

    #[inline]
    pub(super) fn prefetch(&self, index: u32) {
        if let Self::Table { entries, .. } = self {
            prefetch(entries, index as usize & entries.len().wrapping_sub(1));
        }
    }

    /// Returns all entries, in any order.
    fn entries(&self) -> impl Iterator<Item = u32> {
        let entries = match self {
            Self::Few { len, entries } => &entries[..usize::from(*len)],
            Self::Table { entries, .. } => entries,
        };
        entries.iter().copied().filter(|&entry| entry != 0)
    }

    /// Returns the entries if there is no table.
    #[inline]
    pub(super) fn few(&self) -> &[u32] {
        match self {
            Self::Few { len, entries } => &entries[..usize::from(*len)],
            Self::Table { .. } => &[],
        }
    }

    /// Returns all (index, rank), in any order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, u8)> {
        self.entries().map(unpack)
    }

    /// Returns the entries in rising order.
    pub(super) fn sorted(&self) -> Vec<u32> {
        let mut entries = Vec::with_capacity(self.len());
        entries.extend(self.entries());
        entries.sort_unstable();
        entries
    }

    /// Reads rising big-endian entries.
    pub(super) fn decode(bytes: &[u8], len_max: usize) -> Result<Self, String> {
        let (entries, rest) = bytes.as_chunks::<4>();
        if !rest.is_empty() || entries.len() > len_max {
            return Err(format!(
                "a sparse sketch has {} bytes, not up to {len_max} entries of 4",
                bytes.len()
            ));
        }
        let mut sparse = match entries.len() {
            0..=FEW => Self::default(),
            len => {
                let capacity = (len * 4).div_ceil(3).next_power_of_two().max(CAPACITY_MIN);
                Self::Table { len: 0, entries: table(capacity, &[]) }
            }
        };
        let mut next_index = 0;
        for &entry in entries {
            let (index, rank) = unpack(u32::from_be_bytes(entry));
            if index < next_index || index >> SPARSE_PRECISION != 0 {
                return Err(format!(
                    "a sparse sketch has index {index} where {next_index} is the smallest expected"
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
        match self {
            Self::Few { .. } => 0,
            Self::Table { entries, .. } => size_of_val(&**entries),
        }
    }
}

/// Returns a table of this capacity that holds some entries.
#[cold]
fn table(capacity: usize, held: &[u32]) -> Box<[u32]> {
    let mut entries = vec![0; capacity].into_boxed_slice();
    for &entry in held.iter().filter(|&&entry| entry != 0) {
        entries[find(&entries, entry >> RANK_BITS)] = entry;
    }
    entries
}

/// Returns where an index is in a table: at its entry, or at the free place where it belongs.
#[inline]
fn find(entries: &[u32], index: u32) -> usize {
    let mask = entries.len() - 1;
    let mut at = index as usize & mask;
    while entries[at] != 0 && entries[at] >> RANK_BITS != index {
        at = (at + 1) & mask;
    }
    at
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
