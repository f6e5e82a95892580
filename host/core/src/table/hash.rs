//! The hash of keys: decides which shard owns a row, and where an index keeps it.
//!
//! XXH3-64 with a seed of its own, unlike that of every hash that is stored or leaves the process: this one never is, so
//! both decisions may change with any release. Fixed, since core knows no chance.

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::keys::{Keys, with_keys};
use super::packed::{LONG, Packed, pack};
use crate::column::Column;

const SEED: u64 = 0x666f_6c64_6c69_6e65;

/// Writes the hash of every key into `hashes`: once for a batch, for the shard and for the index.
///
/// # Panics
/// Panics on columns of floats and blobs, which are no keys.
pub fn hash_keys(keys: &Column, hashes: &mut Vec<u64>) {
    hashes.clear();
    with_keys!(keys, keys => hashes.extend((0..keys.len()).map(|row| {
        let packed = keys.packed(row);
        if packed[15] == LONG { keys.with(row, hash) } else { hash_packed(&packed) }
    })));
}

/// Returns which of `shards` shards owns the row of a key with this hash.
///
/// The hash's low half decides, where indexes go by its high half: the rows of one shard spread over its whole index.
#[inline]
pub fn shard_of(hash: u64, shards: usize) -> usize {
    (((hash & u64::from(u32::MAX)) * shards as u64) >> 32) as usize
}

/// Returns the hash of a key's canonical bytes.
#[inline]
pub fn hash(key: &[u8]) -> u64 {
    let packed = pack(key);
    if packed[15] == LONG { xxh3_64_with_seed(key, SEED) } else { hash_packed(&packed) }
}

/// Returns the hash of a short key: of all 16 bytes, which takes one path without branches, whatever its length.
#[inline]
fn hash_packed(packed: &Packed) -> u64 {
    xxh3_64_with_seed(packed, SEED)
}

/// Returns the half of a hash that indexes go by.
#[inline]
pub(super) fn index_half(hash: u64) -> u32 {
    (hash >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::column::{ValueRef, Values};
    use crate::description::{TimeUnit, ValueType};
    use crate::table::key;

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
            hash_keys(&keys, &mut hashes);
            let due: Vec<u64> = values.iter().map(|&value| hash(&key::canonical(value))).collect();
            assert_eq!(hashes, due);
        }
    }

    /// For any number of shards each gets its share, and the keys of each are spread over all places of an index.
    #[test]
    fn shards_have_equal_shares_and_spread_over_their_indexes() {
        const KEYS: usize = 96_000;
        let keys = Column::from_parts(KEYS, Values::Ints((0..KEYS as i64).collect()), None).unwrap();
        let mut hashes = Vec::new();
        hash_keys(&keys, &mut hashes);
        for shards in [1, 2, 3, 7, 16] {
            let mut shares = vec![[0usize; 16]; shards];
            for &hash in &hashes {
                shares[shard_of(hash, shards)][(index_half(hash) >> 28) as usize] += 1;
            }
            let due = KEYS as f64 / (16 * shards) as f64;
            for (shard, places) in shares.iter().enumerate() {
                for (place, &held) in places.iter().enumerate() {
                    // Five standard deviations of a count.
                    let off = (held as f64 - due).abs();
                    assert!(
                        off < 5.0 * due.sqrt(),
                        "{held} of shard {shard} of {shards} at {place}, {due} due"
                    );
                }
            }
        }
        assert_eq!(shard_of(u64::MAX, 3), 2);
        assert_eq!(shard_of(u64::MAX, 1), 0);
    }
}
