//! Brings a version's rows back from its last checkpoint.

use std::sync::Arc;

use foldline_core::table::{Mark, hash_key, shard_of};

use super::dead_share::{BLOCK_OFFSETS, DeadShare};
use super::fold::{Fold, FoldOptions};
use super::memory::rows_max;
use foldline_base::error::Result;
use foldline_base::planted::{Bug, is_planted};
use foldline_base::seed::hash_seed;
use foldline_module::ValidatedModule;
use foldline_state::StateStore;

/// Number of rows between two measurements of their memory. A measurement costs less than a row.
const LOOK_AT_MEMORY: u64 = 64;

/// Returns the state of the store's last checkpoint. Rows beyond `memory_max` bytes stay in the store, but every row is read,
/// so that damage is noticed now.
///
/// # Errors
/// `Corrupt` when the store or one of its rows cannot be read.
pub fn restore(
    module: &ValidatedModule,
    options: &FoldOptions,
    store: &StateStore,
    memory_max: usize,
) -> Result<Fold> {
    let mut fold = Fold::new(module.clone(), options.clone(), Some(store.clone()))?;
    let Some(scan) = store.scan()? else { return Ok(fold) };
    let applied = scan.checkpointed().clone();
    let mut share = DeadShare::new(&module.description().name, Arc::clone(&options.dead_letters_max));
    for (topic, partition, next_offset) in applied.position.iter() {
        let block = next_offset / BLOCK_OFFSETS * BLOCK_OFFSETS;
        let dead_letters = store.dead_letters_between(topic, partition, block..next_offset)?;
        share.set(topic, partition, block, dead_letters);
    }
    // Before the rows, whose next dates depend on the watermarks.
    fold.resume(applied, share);
    let shards = fold.shards().len();
    let (mut rows, mut full) = (0_u64, false);
    store.restore(|table, key, row| {
        rows += 1;
        if rows.is_multiple_of(LOOK_AT_MEMORY) && !full {
            full = fold.heap_bytes() > rows_max(&fold, memory_max);
        }
        let shard = &mut fold.shards_mut()[shard_of(hash_key(key, hash_seed()), shards)];
        let Some(table) = shard.tables_mut().get_mut(usize::from(table)) else {
            return Err(format!("table {table} does not exist"));
        };
        if is_planted(Bug::RestoredRowForgotten) && rows == 1 {
            return Ok(true);
        }
        match full {
            true if is_planted(Bug::ColdDateForgotten) => table.add_cold(1),
            true => table.leave_row(key, row)?,
            false => table.restore_row(key, row)?,
        }
        Ok(!full)
    })?;
    for shard in fold.shards_mut() {
        shard.tables_mut().iter_mut().for_each(|table| table.track_dirty(Mark::Checkpoint, true));
    }
    Ok(fold)
}
