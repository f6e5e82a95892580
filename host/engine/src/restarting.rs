//! A fold that is restarted on purpose: its state is checkpointed to disk, and restored as after a crash.

use std::path::Path;
use std::sync::Arc;

use foldline_core::position::Position;

use super::changed_rows;
use super::checkpoint::Checkpointer;
use super::fold::{Fold, FoldOptions};
use super::memory::cache_bytes;
use super::restore::restore;
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_base::notifier::Notifier;
use foldline_config::CheckpointConfig;
use foldline_module::ValidatedModule;
use foldline_projection::RowsBatch;
use foldline_state::{Scan, StateStore};

/// The number under which changes are tracked.
const SINK: u8 = 0;

/// A fold with a store of its own.
pub struct Restarting {
    module: ValidatedModule,
    options: FoldOptions,
    store: StateStore,
    checkpointer: Checkpointer,
    fold: Fold,
}

impl Restarting {
    /// Returns the empty state of a module. `folder` must be empty.
    ///
    /// # Errors
    /// `Unavailable` when the folder cannot be used.
    pub fn new(module: ValidatedModule, options: FoldOptions, folder: &Path) -> Result<Self> {
        let (store, _) = StateStore::open(folder, &module.build().to_string(), cache_bytes(0))?;
        let notifier = Arc::new(Notifier::default());
        let config = CheckpointConfig::default();
        let checkpointer = Checkpointer::start("restarts", store.clone(), config, None, notifier)?;
        let mut fold = Fold::new(module.clone(), options.clone(), Some(store.clone()))?;
        changed_rows::track(&mut fold, SINK, true);
        Ok(Self { module, options, store, checkpointer, fold })
    }

    /// Returns the fold.
    pub fn fold(&mut self) -> &mut Fold {
        &mut self.fold
    }

    /// Writes a checkpoint and returns a scan of it. Rows that were deleted before `shown` are forgotten.
    ///
    /// # Errors
    /// As [`Checkpointer::cut_and_wait`].
    pub fn checkpoint(&mut self, shown: &Position) -> Result<Scan> {
        self.checkpointer.cut_and_wait(&mut self.fold, Some(shown))
    }

    /// Returns the results of the rows that changed, or that show a row that changed, since the last call or restart. No row may
    /// be cold.
    ///
    /// # Errors
    /// As [`Fold::catch_up`]; `Internal` when rows are cold.
    pub fn changed_results(&mut self) -> Result<Vec<RowsBatch>> {
        self.fold.catch_up()?;
        let changed = changed_rows::take(&mut self.fold, SINK, usize::MAX)?;
        changed.ok_or_else(|| Error::new(ErrorKind::Internal, "rows that must be in memory are cold"))
    }

    /// Discards the fold and restores the last checkpoint. With `cold`, all rows stay in the store until a contribution needs
    /// them.
    ///
    /// # Errors
    /// `Corrupt` when a row cannot be restored.
    pub fn restart(&mut self, cold: bool) -> Result<()> {
        self.fold = restore(&self.module, &self.options, &self.store, usize::MAX)?;
        changed_rows::track(&mut self.fold, SINK, true);
        if cold {
            self.fold.evict(0);
        }
        Ok(())
    }
}
