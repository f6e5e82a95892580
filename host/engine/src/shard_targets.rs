//! Reads what rows refer to between two steps: from memory, and from the store where rows are cold.

use std::sync::atomic::{AtomicUsize, Ordering};

use foldline_core::column::{BytesColumn, Column};
use foldline_core::description::TableSpec;
use foldline_core::reference::{FoundRows, TargetRows};
use foldline_core::table::{Table, hash_key, shard_of};

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
pub(super) enum TargetFault {
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
        let mut cold = Cold::default();
        for place in 0..keys.len() {
            let key = keys.get(place);
            let index = shard_of(hash_key(key, hash_seed()), self.shards.len());
            let rows = &self.shards[index].tables()[table];
            if is_planted(Bug::TargetOfAnotherCut) {
                if let Some(row) = self.cold_row(&self.shards[index], table, key)? {
                    cold.add(spec, place as u32, key, &row)?;
                }
                continue;
            }
            match rows.find(key) {
                Some(slot) if rows.has_document(slot) => {
                    hot[index].0.push(place as u32);
                    hot[index].1.push(slot);
                }
                Some(_) => {}
                None if rows.cold_len() > 0 => {
                    if let Some(row) = self.cold_row(&self.shards[index], table, key)? {
                        cold.add(spec, place as u32, key, &row)?;
                    }
                }
                None => {}
            }
        }
        let mut parts: Vec<(Vec<u32>, Vec<Column>)> = Vec::with_capacity(hot.len() + 1);
        for (shard, (places, slots)) in self.shards.iter().zip(hot) {
            let results = shard.tables()[table].results_of(columns, &slots);
            parts.push((places, results));
        }
        parts.extend(cold.into_part(columns));
        Ok(FoundRows::assemble(spec, columns, keys.len(), &parts))
    }
}

/// Cold rows that were read, in a table of their own.
#[derive(Default)]
struct Cold {
    rows: Option<Table>,
    places: Vec<u32>,
}

impl Cold {
    fn add(&mut self, spec: &TableSpec, place: u32, key: &[u8], row: &[u8]) -> Result<()> {
        let rows = match &mut self.rows {
            Some(rows) => rows,
            none => none.insert(Table::new(spec).map_err(|problem| Error::new(ErrorKind::Module, problem))?),
        };
        rows.restore_row(key, row).kind(ErrorKind::Corrupt, "a state row cannot be decoded")?;
        self.places.push(place);
        Ok(())
    }

    fn into_part(self, columns: &[usize]) -> Option<(Vec<u32>, Vec<Column>)> {
        let rows = self.rows?;
        let slots: Vec<u32> = (0..rows.len() as u32).filter(|&slot| rows.has_document(slot)).collect();
        let places = slots.iter().map(|&slot| self.places[slot as usize]).collect();
        Some((places, rows.results_of(columns, &slots)))
    }
}
