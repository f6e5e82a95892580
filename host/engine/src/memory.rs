//! Keeps a version's rows within their memory budget: durable rows may be evicted, rows that changed since must stay.
//!
//! An evicted row over windows leaves its next date in memory. All rows scheduled for one date come back at once, beyond the
//! budget if necessary: a checkpoint is of one position, so no row may wait for the next one.

use foldline_core::table::Table;
use tracing::debug;

use super::Fold;
use super::flush_state::FLUSH_KEYS_MAX;
use super::shard::Shard;
use foldline_base::planted::{Bug, is_planted};
use foldline_config::CheckpointConfig;
use foldline_core::BATCH_ROWS;

/// Keeps the rows of a version within a byte budget.
pub struct MemoryBudget {
    bytes_max: usize,
    /// Whether touches are tracked: from half of the budget on, so that a small state pays nothing.
    tracking: bool,
    /// Whether rows may have become evictable since an eviction that left too many: each try costs a pass over all rows.
    may_evict: bool,
}

impl MemoryBudget {
    /// Returns the budget of a version that may hold `bytes_max` bytes of rows.
    pub fn new(bytes_max: usize) -> Self {
        Self { bytes_max, tracking: false, may_evict: true }
    }

    /// Evicts rows if they exceed the budget; returns whether the rest is within it.
    ///
    /// Evicts nothing while a checkpoint is `in_flight`: the rows being written are not durable yet.
    pub fn evict(&mut self, fold: &mut Fold, in_flight: bool) -> bool {
        let held = fold.heap_bytes();
        let rows_max = rows_max(fold, self.bytes_max);
        if !self.tracking && held > rows_max / 2 {
            self.tracking = true;
            for shard in fold.shards_mut() {
                shard.tables_mut().iter_mut().for_each(|table| table.track_touches(true));
            }
        }
        if held <= rows_max {
            return true;
        }
        if (in_flight && !is_planted(Bug::EvictedInFlight)) || !self.may_evict {
            return false;
        }
        // A quarter of the budget at once, because an eviction rebuilds the tables.
        let rows = fold.evict(rows_max / 4 * 3);
        let left = fold.heap_bytes();
        debug!(rows, held, left, dates = fold.cold_bytes(), "evicted rows");
        self.may_evict = left <= rows_max;
        self.may_evict
    }

    /// Returns how many records a step may take. Each record may bring a row, new or evicted, which is often far larger than
    /// the record; with windows, it may bring a second row whose date has come. The rows that a step brings should take at
    /// most a quarter of the budget, but a step takes at least the rows of one call of the module.
    pub fn step_rows(&self, fold: &Fold) -> usize {
        if !self.tracking {
            return usize::MAX;
        }
        let rows: usize = fold.shards().iter().flat_map(Shard::tables).map(Table::len).sum();
        let row_bytes = fold.heap_bytes() / rows.max(1) + 1;
        let brought = if fold.watermarks().is_some() { 2 * row_bytes } else { row_bytes };
        // Whole calls: batches that were decoded for all versions are not split.
        let calls = rows_max(fold, self.bytes_max) / 4 / brought / BATCH_ROWS;
        calls.max(1) * BATCH_ROWS
    }

    /// Notes that rows were checkpointed or flushed, and may now be evictable.
    pub fn note_durable(&mut self) {
        self.may_evict = true;
    }

    /// Returns whether rows exceed the hard limit: nothing more may be folded before a checkpoint is durable.
    pub fn is_hard(&self, fold: &Fold) -> bool {
        fold.heap_bytes() > self.hard_bytes(fold)
    }

    /// Returns the hard limit: the bytes of rows beyond which nothing more is applied before a checkpoint is durable.
    pub fn hard_bytes(&self, fold: &Fold) -> usize {
        let rows_max = rows_max(fold, self.bytes_max);
        rows_max + rows_max / 2
    }
}

/// Returns the byte budget for resident rows: `bytes_max` less the dates of evicted rows, but at least a quarter of it,
/// so that some rows stay.
pub fn rows_max(fold: &Fold, bytes_max: usize) -> usize {
    bytes_max.saturating_sub(fold.cold_bytes()).max(bytes_max / 4)
}

/// Returns a configuration whose checkpoints come often enough that changed rows take a quarter of the budget at most.
pub fn checkpoints_within(config: &CheckpointConfig, memory_max: usize) -> CheckpointConfig {
    CheckpointConfig { every: config.every, bytes: config.bytes.min(memory_max / 4) }
}

/// Memory that a flushed key takes, in bytes: the copied results, the document, and both on their way through the sink.
const FLUSHED_KEY_BYTES: usize = 1 << 10;

/// Returns how many changed keys at most are flushed from memory, so that they take no more than the rows themselves. If more
/// have changed, rows are read from the store, chunk by chunk.
pub fn flush_keys_within(memory_max: usize) -> usize {
    FLUSH_KEYS_MAX.min(memory_max / FLUSHED_KEY_BYTES)
}

/// Returns the size of the state store's cache for evicted rows, in addition to `memory_max` for hot rows.
pub fn cache_bytes(memory_max: usize) -> u64 {
    (memory_max as u64 / 8).clamp(8 << 20, 256 << 20)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_memory_flushes_fewer_keys_at_once() {
        assert_eq!(flush_keys_within(2 << 30), FLUSH_KEYS_MAX);
        assert_eq!(flush_keys_within(256 << 20), 1 << 18);
    }
}
