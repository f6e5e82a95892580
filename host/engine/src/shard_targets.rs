//! Reads what rows refer to between two steps: from memory, and from the store where rows are cold.

use std::sync::atomic::{AtomicUsize, Ordering};

use foldline_core::column::{BytesColumn, Column};
use foldline_core::description::TableSpec;
use foldline_core::reference::{FoundRows, StoredRows, TargetRows};
use foldline_core::table::{hash_key, shard_of};

use super::shard::Shard;
use foldline_base::error::{Error, ErrorKind, Result, ResultExt};
use foldline_base::planted::{Bug, is_planted};
use foldline_base::seed::hash_seed;

/// Cold rows that one flush may read. A step waits for them; more are read from a checkpoint, while steps run.
const COLD_MAX: usize = 4_096;

/// The targets in the shards of a fold.
pub(super) struct ShardTargets<'a> {
    shards: &'a [Shard],
    /// The cold rows read so far, counted together for all threads.
    cold: &'a AtomicUsize,
}

/// Why targets cannot be read.
#[derive(Debug)]
pub enum TargetFault {
    /// More of them are cold than a step should wait for.
    TooManyCold,
    /// The state cannot be read.
    Unreadable(Error),
}

impl From<Error> for TargetFault {
    fn from(error: Error) -> Self {
        Self::Unreadable(error)
    }
}

impl From<TargetFault> for Error {
    fn from(fault: TargetFault) -> Self {
        match fault {
            TargetFault::Unreadable(error) => error,
            TargetFault::TooManyCold => Self::new(ErrorKind::Unavailable, "too many rows are not in memory"),
        }
    }
}

impl<'a> ShardTargets<'a> {
    pub(super) fn new(shards: &'a [Shard], cold: &'a AtomicUsize) -> Self {
        Self { shards, cold }
    }

    fn cold_row(&self, shard: &Shard, table: usize, key: &[u8]) -> Result<Option<Vec<u8>>, TargetFault> {
        if self.cold.fetch_add(1, Ordering::Relaxed) >= COLD_MAX {
            return Err(TargetFault::TooManyCold);
        }
        Ok(shard.cold_row(table, key)?)
    }
}

impl TargetRows for ShardTargets<'_> {
    type Error = TargetFault;

    fn read(
        &mut self,
        table: usize,
        spec: &TableSpec,
        columns: &[usize],
        keys: &BytesColumn,
    ) -> Result<FoundRows, TargetFault> {
        // By shard: the places of its rows among the keys, and their slots.
        let mut hot: Vec<(Vec<u32>, Vec<u32>)> = vec![Default::default(); self.shards.len()];
        let mut stored = StoredRows::new(spec, hash_seed());
        let mut add_cold = |shard: &Shard, place: usize, key: &[u8]| -> Result<(), TargetFault> {
            if let Some(row) = self.cold_row(shard, table, key)? {
                let added = stored.add(place as u32, key, &row);
                added.kind(ErrorKind::Corrupt, "a state row cannot be decoded")?;
            }
            Ok(())
        };
        for place in 0..keys.len() {
            let key = keys.get(place);
            let index = shard_of(hash_key(key, hash_seed()), self.shards.len());
            let rows = &self.shards[index].tables()[table];
            if is_planted(Bug::TargetOfAnotherCut) {
                add_cold(&self.shards[index], place, key)?;
                continue;
            }
            match rows.find(key) {
                Some(slot) if rows.has_document(slot) => {
                    hot[index].0.push(place as u32);
                    hot[index].1.push(slot);
                }
                Some(_) => {}
                None if rows.cold_len() > 0 => add_cold(&self.shards[index], place, key)?,
                None => {}
            }
        }
        let mut parts: Vec<(Vec<u32>, Vec<Column>)> = Vec::with_capacity(hot.len() + 1);
        for (shard, (places, slots)) in self.shards.iter().zip(hot) {
            let results = shard.tables()[table].results_of(columns, &slots);
            parts.push((places, results));
        }
        parts.extend(stored.into_part(columns));
        Ok(FoundRows::assemble(spec, columns, keys.len(), &parts))
    }
}
