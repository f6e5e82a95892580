//! Finds the slot of a key, for a whole batch at a time.

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::key;
use crate::aggregate::prefetch::prefetch;
use crate::column::Column;

/// Unlike the seed of every hash that crosses processes, so that rows of one shard still spread over its index. Never
/// stored. Fixed, since core knows no chance.
const SEED: u64 = 0x666f_6c64_6c69_6e65;

/// Keys handled together in each phase: their places, packed forms and lines fit the first-level cache.
const PHASE_ROWS: usize = 256;

/// Longest key that is held in place.
const INLINE_MAX: usize = 15;

/// Last byte of a packed key that lives in the arena.
const LONG: u8 = 0xff;

const CAPACITY_MIN: usize = 64;
const ABSENT: u32 = u32::MAX;

/// 16 bytes for each key: up to 15 bytes of it and their number; or its place in the arena, its length and [`LONG`].
type Packed = [u8; 16];

/// An open-addressed index of slots beside the keys themselves.
///
/// An entry is 32 bits of the key's hash and the slot, so a search looks at one line of the index and one key. Its
/// place is given by the hash bits that it holds, the highest first: growing neither reads a key nor jumps about.
#[derive(Clone, Debug, Default)]
pub(super) struct KeyIndex {
    /// By slot.
    keys: Vec<Packed>,
    /// The bytes of long keys.
    arena: Vec<u8>,
    /// `hash << 32 | slot + 1`; 0 is free. A power of two of them.
    entries: Vec<u64>,
}

/// A key on its way through the phases.
#[derive(Clone, Copy, Default)]
struct Probe {
    packed: Packed,
    hash: u32,
    slot: u32,
}

impl KeyIndex {
    /// Returns the number of keys.
    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    /// Returns the key of a slot.
    pub(super) fn get(&self, slot: u32) -> &[u8] {
        let packed = &self.keys[slot as usize];
        match packed[15] {
            LONG => self.long(packed),
            len => &packed[..usize::from(len)],
        }
    }

    /// Writes the slot of every key into `slots`; new keys get the next free ones, in their order.
    pub(super) fn slots_of(&mut self, keys: &Column, slots: &mut Vec<u32>) {
        slots.clear();
        slots.reserve(keys.len());
        let mut probes = [Probe::default(); PHASE_ROWS];
        for start in (0..keys.len()).step_by(PHASE_ROWS) {
            let probes = &mut probes[..PHASE_ROWS.min(keys.len() - start)];
            for (row, probe) in (start..).zip(&mut *probes) {
                (probe.packed, probe.hash) = key::with(keys, row, pack);
                prefetch(&self.entries, self.place(probe.hash));
            }
            for probe in &mut *probes {
                probe.slot = self.candidate(probe.hash);
                prefetch(&self.keys, probe.slot as usize);
            }
            for (row, probe) in (start..).zip(&*probes) {
                let known = probe.packed[15] != LONG
                    && self.keys.get(probe.slot as usize).is_some_and(|held| *held == probe.packed);
                // What is left are new keys, long ones, and the rare keys that share 32 bits of their hash.
                let slot = if known {
                    probe.slot
                } else {
                    key::with(keys, row, |bytes| self.find_or_insert(bytes, probe.packed, probe.hash))
                };
                slots.push(slot);
            }
        }
    }

    /// Returns the slot of a key.
    pub(super) fn find(&self, key: &[u8]) -> Option<u32> {
        let (packed, hash) = pack(key);
        self.search(key, &packed, hash).ok()
    }

    /// Returns the slot of a key, a new one if it is not there.
    pub(super) fn insert(&mut self, key: &[u8]) -> u32 {
        let (packed, hash) = pack(key);
        self.find_or_insert(key, packed, hash)
    }

    /// Returns the memory held, in bytes.
    pub(super) fn heap_bytes(&self) -> usize {
        self.keys.capacity() * size_of::<Packed>() + self.arena.capacity() + self.entries.capacity() * 8
    }

    fn find_or_insert(&mut self, key: &[u8], packed: Packed, hash: u32) -> u32 {
        // At most three quarters full: a free entry ends every search.
        if (self.len() + 1) * 4 > self.entries.len() * 3 {
            self.grow();
        }
        match self.search(key, &packed, hash) {
            Ok(slot) => slot,
            Err(at) => {
                let slot = u32::try_from(self.len()).expect("memory ends before 2^32 - 1 rows");
                assert!(slot < ABSENT, "a table holds fewer than 2^32 - 1 rows");
                let packed = if packed[15] == LONG { self.store(key) } else { packed };
                self.keys.push(packed);
                self.entries[at] = u64::from(hash) << 32 | u64::from(slot + 1);
                slot
            }
        }
    }

    /// Returns the slot of a key, or the free entry where it belongs.
    fn search(&self, key: &[u8], packed: &Packed, hash: u32) -> Result<u32, usize> {
        if self.entries.is_empty() {
            return Err(0);
        }
        let mut at = self.place(hash);
        while self.entries[at] != 0 {
            if (self.entries[at] >> 32) as u32 == hash {
                let slot = slot_of(self.entries[at]);
                let held = &self.keys[slot as usize];
                let same = if packed[15] == LONG {
                    held[15] == LONG && self.long(held) == key
                } else {
                    held == packed
                };
                if same {
                    return Ok(slot);
                }
            }
            at = (at + 1) & (self.entries.len() - 1);
        }
        Err(at)
    }

    /// Returns the first slot whose key has the same hash, or [`ABSENT`].
    #[inline]
    fn candidate(&self, hash: u32) -> u32 {
        if self.entries.is_empty() {
            return ABSENT;
        }
        let mut at = self.place(hash);
        loop {
            let entry = self.entries[at];
            if entry == 0 {
                return ABSENT;
            }
            if (entry >> 32) as u32 == hash {
                return slot_of(entry);
            }
            at = (at + 1) & (self.entries.len() - 1);
        }
    }

    /// Returns where the search for a hash starts: at the same fraction of the table as the hash is of 2^32.
    #[inline]
    fn place(&self, hash: u32) -> usize {
        ((u64::from(hash) * self.entries.len() as u64) >> 32) as usize
    }

    #[cold]
    fn grow(&mut self) {
        let capacity = (self.entries.len() * 2).max(CAPACITY_MIN);
        let old = std::mem::replace(&mut self.entries, vec![0; capacity]);
        for entry in old.into_iter().filter(|&entry| entry != 0) {
            let mut at = self.place((entry >> 32) as u32);
            while self.entries[at] != 0 {
                at = (at + 1) & (capacity - 1);
            }
            self.entries[at] = entry;
        }
    }

    /// Appends a long key to the arena.
    fn store(&mut self, key: &[u8]) -> Packed {
        let mut packed = [0; 16];
        packed[..8].copy_from_slice(&(self.arena.len() as u64).to_le_bytes());
        let len = u32::try_from(key.len()).expect("a key has at most 512 bytes");
        packed[8..12].copy_from_slice(&len.to_le_bytes());
        packed[15] = LONG;
        self.arena.extend_from_slice(key);
        packed
    }

    fn long(&self, packed: &Packed) -> &[u8] {
        let number = u128::from_le_bytes(*packed);
        let (start, len) = (number as u64 as usize, (number >> 64) as u32 as usize);
        &self.arena[start..start + len]
    }
}

#[inline]
fn slot_of(entry: u64) -> u32 {
    (entry as u32).wrapping_sub(1)
}

/// Returns a key's packed form (without a place in the arena) and its hash.
#[inline]
fn pack(key: &[u8]) -> (Packed, u32) {
    let (packed, hash) = if key.len() > INLINE_MAX {
        let mut packed = [0; 16];
        packed[15] = LONG;
        (packed, xxh3_64_with_seed(key, SEED))
    } else {
        // Hashing all 16 bytes takes one path without branches, whatever the key's length.
        let packed = pack_short(key);
        (packed, xxh3_64_with_seed(&packed, SEED))
    };
    (packed, (hash >> 32) as u32)
}

/// Copies up to 15 bytes by two overlapping reads: a copy of variable length would cost as much as the search.
#[inline]
fn pack_short(key: &[u8]) -> Packed {
    let len = key.len();
    let number = if let (Some(first), Some(last)) = (key.first_chunk::<8>(), key.last_chunk::<8>()) {
        u128::from(u64::from_le_bytes(*first)) | u128::from(u64::from_le_bytes(*last)) << (8 * (len - 8))
    } else if let (Some(first), Some(last)) = (key.first_chunk::<4>(), key.last_chunk::<4>()) {
        u128::from(u32::from_le_bytes(*first)) | u128::from(u32::from_le_bytes(*last)) << (8 * (len - 4))
    } else {
        key.iter().rev().fold(0, |number, &byte| number << 8 | u128::from(byte))
    };
    (number | (len as u128) << 120).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;
    use crate::column::{BytesColumn, Values};

    fn texts(keys: &[String]) -> Column {
        let mut bytes = BytesColumn::default();
        keys.iter().for_each(|key| bytes.push(key.as_bytes()));
        Column::from_parts(keys.len(), Values::Texts(bytes), None).unwrap()
    }

    /// Few letters, so that keys repeat and differ in length alone; lengths on both sides of what fits in place.
    fn any_keys() -> impl Strategy<Value = Vec<String>> {
        proptest::collection::vec(prop_oneof!["[ab\0]{1,4}", "[ab]{13,18}", "a{1,40}"], 0..700)
    }

    proptest! {
        #[test]
        fn slots_are_those_of_a_map_in_order_of_first_appearance(batches in proptest::collection::vec(any_keys(), 1..4)) {
            let mut index = KeyIndex::default();
            let mut oracle = HashMap::new();
            let mut slots = Vec::new();
            for batch in &batches {
                index.slots_of(&texts(batch), &mut slots);
                for (key, &slot) in batch.iter().zip(&slots) {
                    let next = oracle.len() as u32;
                    prop_assert_eq!(slot, *oracle.entry(key.clone()).or_insert(next));
                }
                prop_assert_eq!(slots.len(), batch.len());
            }
            prop_assert_eq!(index.len(), oracle.len());
            for (key, &slot) in &oracle {
                prop_assert_eq!(index.get(slot), key.as_bytes());
                prop_assert_eq!(index.find(key.as_bytes()), Some(slot));
            }
            prop_assert_eq!(index.find(b"never there"), None);
        }
    }

    #[test]
    fn a_packed_key_holds_its_bytes_at_every_length() {
        let bytes: Vec<u8> = (1..=15).collect();
        for len in 0..=15 {
            let packed = pack_short(&bytes[..len]);
            assert_eq!(packed[..len], bytes[..len]);
            assert!(packed[len..15].iter().all(|&byte| byte == 0));
            assert_eq!(usize::from(packed[15]), len);
        }
    }

    #[test]
    fn keys_that_share_a_hash_stay_apart() {
        let mut index = KeyIndex::default();
        for n in 0..100u8 {
            assert_eq!(index.find_or_insert(&[n], pack_short(&[n]), u32::MAX), u32::from(n));
        }
        for n in 0..100u8 {
            assert_eq!(index.find_or_insert(&[n], pack_short(&[n]), u32::MAX), u32::from(n));
        }
        assert_eq!(index.len(), 100);
    }
}
