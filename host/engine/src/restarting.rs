//! A fold that is restarted on purpose: its state is checkpointed to disk, and restored as after a crash.

use std::path::Path;
use std::sync::Arc;

use foldline_core::position::Position;

use super::checkpoint::Checkpointer;
use super::fold::{Fold, FoldOptions};
use super::memory::cache_bytes;
use super::restore::restore;
use foldline_base::error::Result;
use foldline_base::notifier::Notifier;
use foldline_config::CheckpointConfig;
use foldline_module::ValidatedModule;
use foldline_state::{Scan, StateStore};

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
        let (store, _) = StateStore::open(folder, &module.digest().to_string(), cache_bytes(0))?;
        let notifier = Arc::new(Notifier::default());
        let config = CheckpointConfig::default();
        let checkpointer = Checkpointer::start("restarts", store.clone(), config, None, notifier)?;
        let fold = Fold::new(module.clone(), options.clone(), Some(store.clone()))?;
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

    /// Discards the fold and restores the last checkpoint. With `cold`, all rows stay in the store until a contribution needs
    /// them.
    ///
    /// # Errors
    /// `Corrupt` when a row cannot be restored.
    pub fn restart(&mut self, cold: bool) -> Result<()> {
        self.fold = restore(&self.module, &self.options, &self.store, usize::MAX)?;
        if cold {
            self.fold.evict(0);
        }
        Ok(())
    }
}
