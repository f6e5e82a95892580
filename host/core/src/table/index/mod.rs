//! Finds the slots of keys, a whole batch at a time.

use super::hash::{HashSeed, hash, index_half};
use super::keys::Keys;
use super::packed::{INLINE_MAX, LONG, Packed, pack, pack_long, unpack_long};
use crate::aggregate::contributed::Rows;
use crate::aggregate::prefetch::prefetch;
use crate::slots::ABSENT;
use crate::slots::growth::{make_room, release, room_after_eviction};
use crate::slots::renumbering::Renumbering;
use crate::work;

/// Keys handled together in each phase: their places, packed forms and cache lines fit the first-level cache.
const PHASE_ROWS: usize = 256;

const CAPACITY_MIN: usize = 64;

/// An open-addressed index of slots, and the keys themselves.
///
/// An entry holds 32 bits of the key's hash, and the slot, so a search reads one cache line of the index and one key. The
/// entry's place follows from these hash bits, highest first, so growing neither reads keys nor accesses memory at random.
#[derive(Clone, Debug, Default)]
pub(super) struct KeyIndex {
    /// By slot.
    keys: Vec<Packed>,
    /// The bytes of long keys, in the order of their slots.
    arena: Vec<u8>,
    /// `hash << 32 | slot + 1`; 0 is free.
    entries: Vec<u64>,
    seed: HashSeed,
}

/// A key on its way through the phases of a search.
#[derive(Clone, Copy, Default)]
struct Probe {
    packed: Packed,
    hash: u32,
    slot: u32,
}

impl KeyIndex {
    /// Returns an empty index, whose hashes use a seed.
    pub(super) fn new(seed: HashSeed) -> Self {
        Self { seed, ..Self::default() }
    }

    /// Returns the seed of its hashes.
    pub(super) fn seed(&self) -> HashSeed {
        self.seed
    }

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

    /// Writes the slots of some keys of a column into `slots`, given the hashes of all keys. New keys get the next
    /// free slots, in order.
    pub(super) fn slots_of(
        &mut self,
        keys: impl Keys,
        hashes: &[u64],
        rows: impl Rows,
        slots: &mut Vec<u32>,
    ) {
        slots.clear();
        slots.reserve(rows.len());
        let mut probes = [Probe::default(); PHASE_ROWS];
        for start in (0..rows.len()).step_by(PHASE_ROWS) {
            let probes = &mut probes[..PHASE_ROWS.min(rows.len() - start)];
            for (nth, probe) in (start..).zip(&mut *probes) {
                let row = rows.row(nth);
                probe.hash = index_half(hashes[row]);
                probe.packed = keys.packed(row);
                prefetch(&self.entries, self.place(probe.hash));
            }
            for probe in &mut *probes {
                probe.slot = self.candidate(probe.hash);
                prefetch(&self.keys, probe.slot as usize);
            }
            for (nth, probe) in (start..).zip(&*probes) {
                let known = probe.packed[15] != LONG
                    && self.keys.get(probe.slot as usize).is_some_and(|held| *held == probe.packed);
                // The slow path is for new keys, long ones, and the rare keys that share 32 bits of their hash.
                let slot = if known {
                    probe.slot
                } else {
                    let row = rows.row(nth);
                    keys.with(row, |bytes| self.find_or_insert(bytes, probe.packed, probe.hash))
                };
                slots.push(slot);
            }
        }
    }

    /// Returns the slot of a key.
    pub(super) fn find(&self, key: &[u8]) -> Option<u32> {
        self.search(key, &pack(key), index_half(hash(key, self.seed))).ok()
    }

    /// Returns the slot of a key, which is a new one if the key is unknown.
    pub(super) fn insert(&mut self, key: &[u8]) -> u32 {
        self.find_or_insert(key, pack(key), index_half(hash(key, self.seed)))
    }

    /// Returns the memory held, in bytes.
    pub(super) fn heap_bytes(&self) -> usize {
        self.keys.capacity() * size_of::<Packed>() + self.arena.capacity() + self.entries.capacity() * 8
    }

    /// Returns how many bytes of a key are in the arena.
    pub(super) fn arena_bytes_of(&self, slot: u32) -> usize {
        let packed = &self.keys[slot as usize];
        if packed[15] == LONG { unpack_long(packed).1 } else { 0 }
    }

    /// Returns how many bytes are in the arena.
    pub(super) fn arena_bytes(&self) -> usize {
        self.arena.len()
    }

    /// Returns the memory that [`KeyIndex::compact`] leaves when it keeps `rows` keys with `arena_bytes` in the arena.
    pub(super) fn compact_bytes(rows: usize, arena_bytes: usize) -> usize {
        room_after_eviction(rows) * size_of::<Packed>()
            + room_after_eviction(arena_bytes)
            + entries_for(room_after_eviction(rows)) * 8
    }

    /// Moves keys to their new slots.
    pub(super) fn compact(&mut self, renumbering: &Renumbering) {
        let mut arena_len = 0;
        for slot in renumbering.staying() {
            let packed = &mut self.keys[slot as usize];
            if packed[15] == LONG {
                let (place, len) = unpack_long(packed);
                self.arena.copy_within(place..place + len, arena_len);
                *packed = pack_long(arena_len, len);
                arena_len += len;
            }
        }
        renumbering.compact(&mut self.keys, |_| ());
        self.arena.truncate(arena_len);
        release(&mut self.arena);
        let old = std::mem::replace(&mut self.entries, vec![0; entries_for(self.keys.capacity())]);
        for entry in old.into_iter().filter(|&entry| entry != 0) {
            if let Some(new_slot) = renumbering.new_slot(slot_of(entry)) {
                self.put(entry >> 32 << 32 | u64::from(new_slot + 1));
            }
        }
    }

    fn find_or_insert(&mut self, key: &[u8], packed: Packed, hash: u32) -> u32 {
        // At most three quarters full: every search needs a free entry to end at.
        if (self.len() + 1) * 4 > self.entries.len() * 3 {
            self.grow();
        }
        match self.search(key, &packed, hash) {
            Ok(slot) => slot,
            Err(at) => {
                let slot = u32::try_from(self.len()).expect("memory ends before 2^32 - 1 rows");
                assert!(slot < ABSENT, "a table holds fewer than 2^32 - 1 rows");
                let packed = if packed[15] == LONG { self.store(key) } else { packed };
                make_room(&mut self.keys, 1);
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
            work::step();
            at = self.after(at);
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
            work::step();
            at = self.after(at);
        }
    }

    /// Returns where the search for a hash starts: at the same fraction of the table as the hash is of 2^32.
    #[inline]
    fn place(&self, hash: u32) -> usize {
        ((u64::from(hash) * self.entries.len() as u64) >> 32) as usize
    }

    #[inline]
    fn after(&self, at: usize) -> usize {
        if at + 1 == self.entries.len() { 0 } else { at + 1 }
    }

    #[cold]
    fn grow(&mut self) {
        // By half, although keys grow by a quarter: the index is the smaller part, and growing it moves every entry.
        let capacity = (self.entries.len() + self.entries.len() / 2).max(CAPACITY_MIN);
        let old = std::mem::replace(&mut self.entries, vec![0; capacity]);
        old.into_iter().filter(|&entry| entry != 0).for_each(|entry| self.put(entry));
    }

    /// Adds the entry of a key that has none.
    fn put(&mut self, entry: u64) {
        let mut at = self.place((entry >> 32) as u32);
        while self.entries[at] != 0 {
            work::step();
            at = self.after(at);
        }
        self.entries[at] = entry;
    }

    /// Appends a long key to the arena.
    fn store(&mut self, key: &[u8]) -> Packed {
        let packed = pack_long(self.arena.len(), key.len());
        make_room(&mut self.arena, key.len());
        self.arena.extend_from_slice(key);
        packed
    }

    fn long(&self, packed: &Packed) -> &[u8] {
        let (place, len) = unpack_long(packed);
        &self.arena[place..place + len]
    }
}

/// Returns the number of entries of an index for `keys` keys, which fill it to three quarters.
fn entries_for(keys: usize) -> usize {
    ((keys + 1) * 4).div_ceil(3).max(CAPACITY_MIN)
}

#[inline]
fn slot_of(entry: u64) -> u32 {
    (entry as u32).wrapping_sub(1)
}

/// The last byte of an inline key is its length, which must differ from [`LONG`].
const _: () = assert!(INLINE_MAX < LONG as usize);

#[cfg(test)]
mod tests;
