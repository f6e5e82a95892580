//! The model of the sketch as the paper defines it, computed slowly from the whole set of hashes: what [`Distinct`] must
//! hold after any insertions and merges.
//!
//! [`Distinct`]: super::Distinct

use std::collections::{BTreeMap, BTreeSet};

/// Returns the registers of a plain HyperLogLog that has seen every hash.
pub(super) fn registers(hashes: &[u64], precision: u32) -> Vec<u8> {
    let mut registers = vec![0; 1 << precision];
    for &hash in hashes {
        let register = &mut registers[(hash >> (64 - precision)) as usize];
        *register = rank(hash, precision).max(*register);
    }
    registers
}

/// Returns the encoding of a set of hashes as documented.
pub(super) fn encoded(hashes: &[u64], precision: u32) -> Vec<u8> {
    let indexes: BTreeSet<u64> = hashes.iter().map(|hash| hash >> 39).collect();
    let mut bytes = vec![2, precision as u8];
    if indexes.len() <= 3 * (1 << precision) / 16 {
        bytes.push(0);
        let mut ranks = BTreeMap::new();
        for &hash in hashes {
            let held = ranks.entry(hash >> 39).or_insert(0);
            *held = rank(hash, 25).max(*held);
        }
        for (index, rank) in ranks {
            bytes.extend((index as u32 * 64 + u32::from(rank)).to_be_bytes());
        }
    } else {
        bytes.push(1);
        bytes.extend(registers(hashes, precision));
    }
    bytes
}

/// Returns the position of the first set bit after the index, counted from 1.
pub(in crate::aggregate::distinct) fn rank(hash: u64, precision: u32) -> u8 {
    let bits = 64 - precision;
    (1..=bits).find(|nth| hash >> (bits - nth) & 1 == 1).unwrap_or(bits + 1) as u8
}
