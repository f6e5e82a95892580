//! Assigns records to partitions: by key as Kafka's Java client does, without a key in turn.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::NewRecord;
use foldline_base::error::{Error, ErrorKind, Result};

/// So many records without a key go to one partition before the next one's turn, so that blocks become full.
const TURN_RECORDS: usize = 1_000;

/// Maximum number of punctuations that [`everywhere`] makes: a request of a million for all partitions must not become a
/// billion.
const PUNCTUATIONS_MAX: usize = 1_000_000;

/// Returns the partition of a key, the same as Kafka's Java client.
///
/// # Panics
/// Panics when there are no partitions.
pub fn partition_of(key: &[u8], partitions: u32) -> u32 {
    (murmur2(key) & 0x7fff_ffff) % partitions
}

/// Spreads the records of one topic over its partitions.
#[derive(Debug, Default)]
pub struct Partitioner {
    turn: AtomicU32,
}

impl Partitioner {
    /// Returns the records of each partition, in order; `topic` is for messages.
    ///
    /// # Errors
    /// `Data` when a record names a partition that the topic does not have, and as [`everywhere`].
    ///
    /// # Panics
    /// Panics when there are no partitions.
    pub fn spread(
        &self,
        topic: &str,
        records: Vec<NewRecord>,
        partitions: u32,
    ) -> Result<Vec<Vec<NewRecord>>> {
        if partitions == 1 && records.iter().all(|record| record.partition.is_none()) {
            return Ok(vec![records]);
        }
        let records = everywhere(topic, records, partitions)?;
        let share = records.len() / partitions as usize;
        let mut parts: Vec<_> = (0..partitions).map(|_| Vec::with_capacity(share + share / 8)).collect();
        let mut turn = None;
        for (index, record) in records.into_iter().enumerate() {
            let partition = match (record.partition, &record.key) {
                (Some(partition), _) if partition < partitions => partition,
                (Some(partition), _) => {
                    return Err(Error::new(
                        ErrorKind::Data,
                        format!("record {index} names partition {partition} of topic `{topic}`, which has {partitions}"),
                    )
                    .with_hint("leave the partition out, and the key decides"));
                }
                (None, Some(key)) => partition_of(key, partitions),
                (None, None) => {
                    let (at, left) = match turn {
                        Some((at, left)) if left > 0 => (at, left),
                        _ => (self.turn.fetch_add(1, Ordering::Relaxed) % partitions, TURN_RECORDS),
                    };
                    turn = Some((at, left - 1));
                    at
                }
            };
            parts[partition as usize].push(record);
        }
        Ok(parts)
    }
}

/// Returns how many records [`everywhere`] makes of one.
pub fn parts_of(record: &NewRecord, partitions: u32) -> u64 {
    if is_for_all(record) { u64::from(partitions) } else { 1 }
}

fn is_for_all(record: &NewRecord) -> bool {
    record.punctuation && record.partition.is_none()
}

/// Replaces each punctuation for all partitions by one per partition.
///
/// # Errors
/// `Data` when there would be too many punctuations.
pub fn everywhere(topic: &str, records: Vec<NewRecord>, partitions: u32) -> Result<Vec<NewRecord>> {
    let count =
        records.iter().filter(|record| is_for_all(record)).count().saturating_mul(partitions as usize);
    if count == 0 {
        return Ok(records);
    }
    if count > PUNCTUATIONS_MAX {
        let message = format!("{count} punctuations for topic `{topic}` are more than {PUNCTUATIONS_MAX}");
        return Err(Error::new(ErrorKind::Data, message).with_hint("the last one says what all of them say"));
    }
    let mut all = Vec::with_capacity(records.len() + count);
    for record in records {
        if is_for_all(&record) {
            all.extend((0..partitions).map(|number| NewRecord { partition: Some(number), ..record.clone() }));
        } else {
            all.push(record);
        }
    }
    Ok(all)
}

/// MurmurHash2 with the seed and the byte order of Kafka's `Utils.murmur2`.
fn murmur2(data: &[u8]) -> u32 {
    const SEED: u32 = 0x9747_b28c;
    const M: u32 = 0x5bd1_e995;
    // Kafka takes the length as a Java int; keys are far shorter than 2 GiB.
    let mut hash = SEED ^ data.len() as u32;
    let mut words = data.chunks_exact(4);
    for word in &mut words {
        let mut k = u32::from_le_bytes(word.try_into().expect("chunks of four bytes")).wrapping_mul(M);
        k = (k ^ (k >> 24)).wrapping_mul(M);
        hash = hash.wrapping_mul(M) ^ k;
    }
    let rest = words.remainder();
    if !rest.is_empty() {
        for (at, &byte) in rest.iter().enumerate() {
            hash ^= u32::from(byte) << (8 * at);
        }
        hash = hash.wrapping_mul(M);
    }
    hash = (hash ^ (hash >> 13)).wrapping_mul(M);
    hash ^ (hash >> 15)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn murmur2_gives_the_hashes_of_kafkas_client() {
        for (key, hash) in [
            ("21", -973_932_308),
            ("foobar", -790_332_482),
            ("a-little-bit-long-string", -985_981_536),
            ("a-little-bit-longer-string", -1_486_304_829),
            ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
            ("abc", 479_470_107),
        ] {
            assert_eq!(murmur2(key.as_bytes()) as i32, hash, "{key}");
        }
    }

    #[test]
    fn a_partition_chosen_by_hand_beats_the_key_and_must_exist() {
        let record =
            |partition| NewRecord { key: Some(b"foobar".to_vec()), partition, ..NewRecord::default() };
        let by_hand = 3 - partition_of(b"foobar", 4);
        let parts = Partitioner::default().spread("t", vec![record(None), record(Some(by_hand))], 4).unwrap();
        assert_eq!(parts[partition_of(b"foobar", 4) as usize].len(), 1);
        assert_eq!(parts[by_hand as usize].len(), 1);

        let error = Partitioner::default().spread("t", vec![record(None), record(Some(4))], 4).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Data);
        assert_eq!(error.message(), "record 1 names partition 4 of topic `t`, which has 4");
        assert!(Partitioner::default().spread("t", vec![record(Some(1))], 1).is_err());
    }

    #[test]
    fn records_without_a_key_take_turns_by_the_thousand() {
        let partitioner = Partitioner::default();
        let counts = |records: usize| -> Vec<usize> {
            let parts = partitioner.spread("t", vec![NewRecord::default(); records], 3).unwrap();
            parts.iter().map(Vec::len).collect()
        };
        assert_eq!(counts(2), [2, 0, 0]);
        assert_eq!(counts(2500), [500, 1000, 1000]);
        assert_eq!(counts(1), [0, 1, 0]);
    }
}
