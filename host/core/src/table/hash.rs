//! The hash of keys: decides which shard owns a row, and where an index keeps it.
//!
//! The hash is never stored and never leaves the process, so both decisions may change with any release. The low half, for
//! shards, is XXH3-64 with a fixed seed of its own, unlike that of any stored hash. It is fixed so that shards hand on their rows
//! in the same order in every process. The high half, for indexes, uses a seed drawn by the host, because keys come from outside:
//! a sender who knew their places could choose keys that collide, and make each search a walk. No order depends on the high half.

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::keys::{Keys, with_keys};
use super::packed::{LONG, pack};
use crate::key::KeyColumns;

const SEED: u64 = 0x666f_6c64_6c69_6e65;

const LOW: u64 = u32::MAX as u64;

/// The seed of the hash in indexes; it must be the same for a table and for what is applied to it. Core draws no random numbers,
/// so the caller that accepts keys from outside must draw it. The default is publicly known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HashSeed(pub u64);

/// Writes the hash of every key into `hashes`. It is computed once per batch, for shards and indexes.
pub fn hash_keys(keys: &KeyColumns, seed: HashSeed, hashes: &mut Vec<u64>) {
    hashes.clear();
    with_keys!(keys, keys => hashes.extend((0..keys.len()).map(|row| {
        let packed = keys.packed(row);
        if packed[15] == LONG { keys.with(row, |key| hash(key, seed)) } else { of_bytes(&packed, seed) }
    })));
}

/// Returns which of `shards` shards owns the row of the key with this hash.
///
/// The low half of the hash decides. Indexes use the high half, so the rows of one shard spread over its whole index.
#[inline]
pub fn shard_of(hash: u64, shards: usize) -> usize {
    (((hash & LOW) * shards as u64) >> 32) as usize
}

/// Returns the hash of a key's canonical bytes.
#[inline]
pub fn hash(key: &[u8], seed: HashSeed) -> u64 {
    let packed = pack(key);
    // A short key is hashed as all 16 bytes of its packed form: the same code without branches for any length.
    if packed[15] == LONG { of_bytes(key, seed) } else { of_bytes(&packed, seed) }
}

#[inline]
fn of_bytes(bytes: &[u8], seed: HashSeed) -> u64 {
    xxh3_64_with_seed(bytes, seed.0) & !LOW | xxh3_64_with_seed(bytes, SEED) & LOW
}

/// Returns the half of a hash that indexes use.
#[inline]
pub(super) fn index_half(hash: u64) -> u32 {
    (hash >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::column::{Column, ValueRef, Values};
    use crate::description::{TimeUnit, ValueType};
    use crate::key;

    const SEEDED: HashSeed = HashSeed(7);

    #[test]
    fn shards_are_the_same_under_every_seed() {
        for key in [&b"k"[..], b"a key of more than 15 bytes"] {
            let [one, other] = [SEEDED, HashSeed(8)].map(|seed| hash(key, seed));
            assert_eq!(shard_of(one, 1 << 20), shard_of(other, 1 << 20));
            assert_ne!(index_half(one), index_half(other));
        }
    }

    #[test]
    fn the_hash_of_a_column_is_that_of_each_keys_canonical_bytes() {
        let columns = [
            (ValueType::Text, vec![ValueRef::Text("a"), ValueRef::Text("a key of more than 15 bytes")]),
            (ValueType::Int, vec![ValueRef::Int(-7), ValueRef::Int(7)]),
            (ValueType::Time(TimeUnit::Seconds), vec![ValueRef::Time(7)]),
            (ValueType::Boolean, vec![ValueRef::Boolean(true), ValueRef::Boolean(false)]),
        ];
        let mut hashes = vec![1; 5];
        for (ty, values) in columns {
            let mut keys = Column::empty(ty);
            values.iter().for_each(|&value| keys.push(Some(value)));
            hash_keys(&keys.into(), SEEDED, &mut hashes);
            let expected: Vec<u64> =
                values.iter().map(|&value| hash(&key::canonical(&[value]), SEEDED)).collect();
            assert_eq!(hashes, expected);
        }
    }

    /// For any number of shards, each gets its share, and the keys of each spread over all places of an index.
    #[test]
    fn shards_have_equal_shares_and_spread_over_their_indexes() {
        const KEYS: usize = 96_000;
        let keys = Column::from_parts(KEYS, Values::Ints((0..KEYS as i64).collect()), None).unwrap();
        let mut hashes = Vec::new();
        hash_keys(&keys.into(), SEEDED, &mut hashes);
        for shards in [1, 2, 3, 7, 16] {
            let mut shares = vec![[0usize; 16]; shards];
            for &hash in &hashes {
                shares[shard_of(hash, shards)][(index_half(hash) >> 28) as usize] += 1;
            }
            let expected = KEYS as f64 / (16 * shards) as f64;
            for (shard, places) in shares.iter().enumerate() {
                for (place, &held) in places.iter().enumerate() {
                    // Within five standard deviations of the count.
                    let off = (held as f64 - expected).abs();
                    assert!(
                        off < 5.0 * expected.sqrt(),
                        "{held} of shard {shard} of {shards} at {place}, {expected} expected"
                    );
                }
            }
        }
        assert_eq!(shard_of(u64::MAX, 3), 2);
        assert_eq!(shard_of(u64::MAX, 1), 0);
    }
}
