//! Verifies a state: folds the log once more outside the engine, and compares the two states.
//!
//! The engine continues meanwhile. Two checkpoints of the same position are compared row by row, streaming.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use foldline_core::position::Position;
use foldline_core::skips::Skips;

use super::checkpoint::Checkpointer;
use super::fold::{Fold, FoldOptions};
use super::memory::{MemoryBudget, cache_bytes, checkpoints_within};
use super::replay::Replay;
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_base::notifier::Notifier;
use foldline_config::CheckpointConfig;
use foldline_log::Log;
use foldline_module::ValidatedModule;
use foldline_source::feed::Taken;
use foldline_source::feed::batch::FeedBatch;
use foldline_state::{Difference, Scan, StateStore, first_difference};

/// How a version folds.
#[derive(Clone)]
pub struct Folding {
    /// Its module.
    pub module: ValidatedModule,
    /// The options of the fold.
    pub fold: FoldOptions,
    /// Memory budget for rows, in bytes.
    pub memory_max: usize,
}

/// What it takes to verify a state.
pub struct Verifier<'a> {
    /// How the version folds.
    pub folding: &'a Folding,
    /// The log that the state was folded from.
    pub log: &'a dyn Log,
    /// An empty folder for the second state. The caller deletes it.
    pub scratch: &'a Path,
}

/// The result of a verification.
#[derive(Debug)]
pub struct Verification {
    /// The position of both states.
    pub position: Position,
    /// Rows in the state that was folded once more.
    pub rows: u64,
    /// Fingerprint of the state that was folded once more.
    pub fingerprint: String,
    /// The first row that differs; `None` = the states are equal.
    pub difference: Option<Difference>,
}

impl Verifier<'_> {
    /// Folds the log up to the position of `state`, and compares. `progress` gets the number of records read and their total,
    /// and returns whether to continue.
    ///
    /// # Errors
    /// `Unavailable` when the log does not answer or `progress` stops it; `Corrupt` when history is missing or the state
    /// cannot be read.
    pub fn verify(&self, state: &Scan, progress: &mut dyn FnMut(u64, u64) -> bool) -> Result<Verification> {
        let position = state.checkpointed().position.clone();
        let build = self.folding.module.build().to_string();
        let (store, _) = StateStore::open(self.scratch, &build, cache_bytes(self.folding.memory_max))?;
        let options = FoldOptions {
            // The skips under which the state was folded, whatever was decided since.
            skips: Arc::new(Skips::before(&position)),
            // A version with too many dead letters has halted already.
            dead_letters_max: Arc::default(),
            ..self.folding.fold.clone()
        };
        let mut again = Again {
            fold: Fold::new(self.folding.module.clone(), options, Some(store.clone()))?,
            checkpointer: Checkpointer::start(
                "verify",
                store,
                checkpoints_within(&CheckpointConfig::default(), self.folding.memory_max),
                None,
                Arc::new(Notifier::default()),
            )?,
            memory: MemoryBudget::new(self.folding.memory_max),
        };
        for shard in again.fold.shards_mut() {
            for table in shard.tables_mut() {
                table.track_dirty(foldline_core::table::Mark::Flush(0), false);
            }
        }
        for (topic, largest) in &state.checkpointed().largest_times {
            again.fold.set_partitions(topic, largest.len())?;
        }
        self.fold_until(&mut again, &position, progress)?;
        let scan = again.cut()?;
        Ok(Verification {
            rows: scan.row_count(),
            fingerprint: scan.fingerprint()?,
            difference: first_difference(state, &scan)?,
            position,
        })
    }

    fn fold_until(
        &self,
        again: &mut Again,
        end: &Position,
        progress: &mut dyn FnMut(u64, u64) -> bool,
    ) -> Result<()> {
        let mut replay = Replay::open(self.log, end.clone())?;
        while let Some(batches) = replay.next_batches()? {
            for records in batches {
                again.step_through(&Arc::new(FeedBatch::undecoded(records)))?;
            }
            if !progress(replay.read(), replay.total()) {
                return Err(Error::new(ErrorKind::Unavailable, "stopped before the comparison was complete"));
            }
        }
        Ok(())
    }
}

/// The second state.
struct Again {
    fold: Fold,
    checkpointer: Checkpointer,
    memory: MemoryBudget,
}

impl Again {
    /// Folds a batch, in as many steps as the memory budget requires.
    fn step_through(&mut self, batch: &Arc<FeedBatch>) -> Result<()> {
        let mut start = 0_usize;
        loop {
            let end = start.saturating_add(self.memory.step_rows(&self.fold)).min(batch.records.len());
            self.step(&[Taken::of(Arc::clone(batch), start..end)])?;
            if end == batch.records.len() {
                return Ok(());
            }
            start = end;
        }
    }

    fn step(&mut self, batches: &[Taken]) -> Result<()> {
        let mut dead = Vec::new();
        self.fold.step(batches, &mut dead)?;
        self.fold.apply_pending(&mut dead)?;
        let now = Instant::now();
        if let Some(durable) = self.checkpointer.poll(&mut self.fold, Duration::ZERO, now) {
            durable?;
            self.memory.note_durable();
        }
        let within = self.memory.evict(&mut self.fold, self.checkpointer.in_flight());
        if self.checkpointer.should_cut(&self.fold, now)
            || (!within && self.checkpointer.may_cut(self.fold.position(), now))
        {
            self.fold.catch_up()?;
            self.checkpointer.cut(&mut self.fold, None, now);
        }
        if self.memory.is_hard(&self.fold) {
            self.wait_for_checkpoint()?;
        }
        Ok(())
    }

    /// Cuts a checkpoint of everything and waits until it is durable.
    fn cut(&mut self) -> Result<Scan> {
        self.wait_for_checkpoint()?;
        // Even if nothing came since the last one, whose scan may be gone.
        self.checkpointer.cut_and_wait(&mut self.fold, None)
    }

    fn wait_for_checkpoint(&mut self) -> Result<()> {
        if self.checkpointer.wait(&mut self.fold)? {
            self.memory.note_durable();
        }
        Ok(())
    }
}
