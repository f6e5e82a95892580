//! What a version needs to run.

use std::sync::Arc;
use std::sync::mpsc::SyncSender;

use super::super::command::Command;
use super::super::flush_state::FLUSH_KEYS_MAX;
use super::super::fold::FoldOptions;
use super::super::runs::Runs;
use super::super::verify::Folding;
use super::super::version_handle::VersionHandle;
use foldline_config::CheckpointConfig;
use foldline_module::ValidatedModule;
use foldline_sink::SharedBackend;
use foldline_source::feed::Feeds;
use foldline_source::idle_partitions::IdlePartitions;
use foldline_source::skipping::SkipBook;

/// What a version needs to run.
pub struct VersionConfig {
    /// The module.
    pub module: ValidatedModule,
    /// The log, read together with other versions.
    pub feeds: Arc<Feeds>,
    /// The folder of its state and its embedded documents.
    pub runs: Arc<Runs>,
    /// The other sinks that its documents go to, at most one fewer than [`Mark::FLUSHES`](foldline_core::table::Mark::FLUSHES).
    pub sinks: Vec<SharedBackend>,
    /// The nonce of this process, which owns every sink that it writes.
    pub owner: String,
    /// How it folds. Its skips are looked up in `skips` each time its state is opened.
    pub fold: FoldOptions,
    /// What projections skip.
    pub skips: Arc<SkipBook>,
    /// Memory budget for rows, in bytes. Beyond it, durable rows are evicted.
    pub memory_max: usize,
    /// Maximum number of dirty keys that are tracked one by one for a flush.
    pub flush_keys_max: usize,
    /// When checkpoints are cut.
    pub checkpoint: CheckpointConfig,
    /// The idle partitions, shared by all versions.
    pub idle_partitions: Arc<IdlePartitions>,
}

impl VersionConfig {
    /// The largest value of `flush_keys_max`.
    pub const FLUSH_KEYS_MAX: usize = FLUSH_KEYS_MAX;

    /// Attaches a handle to the thread that receives these commands.
    pub(super) fn attach(&self, handle: &VersionHandle, commands: &SyncSender<Command>) {
        handle.attach(commands.clone(), self.folding(handle), self.runs.documents().clone());
    }

    /// Returns how the version folds from now on, with the present skips of its projection.
    pub(super) fn folding(&self, handle: &VersionHandle) -> Folding {
        let skips = self.skips.of(handle.name()).versions;
        let fold = FoldOptions { skips, ..self.fold.clone() };
        Folding { module: self.module.clone(), fold, memory_max: self.memory_max }
    }
}
