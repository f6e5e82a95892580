//! A version at work: what its thread knows, and the basic operations that its other methods are made of.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender};
use std::time::Instant;

use foldline_core::position::Position;
use tracing::warn;

use super::super::Fold;
use super::super::checkpoint::Checkpointer;
use super::super::command::Command;
use super::super::memory::MemoryBudget;
use super::super::progress::Troubles;
use super::super::runs::{RunPair, Runs};
use super::super::version_handle::VersionHandle;
use super::ended::Ended;
use super::pending_alignment::PendingAlignment;
use super::replay_rate::ReplayRate;
use super::sink_driver::SinkDriver;
use super::stop::Stop;
use super::unshown::Unshown;
use foldline_base::error::{Error, Result};
use foldline_core::dead_letter::DeadLetter;
use foldline_source::added_partitions::{AddedPartitions, Claim};
use foldline_source::assignment::Assignment;
use foldline_source::idle_partitions::IdlePartitions;
use foldline_state::Scan;

/// A version at work.
pub(super) struct Run<'a> {
    pub(super) handle: &'a Arc<VersionHandle>,
    pub(super) runs: &'a Runs,
    /// The pair of runs while this one is a rebuild; `None` once it is served.
    pub(super) rebuild_of: Option<RunPair>,
    /// The position that the rebuild's documents show, while no reader reads them yet.
    pub(super) ready_to_switch: Option<Position>,
    /// When to try the switch next.
    pub(super) switch_at: Instant,
    pub(super) stop: &'a Stop,
    pub(super) commands: &'a Receiver<Command>,
    pub(super) fold: Fold,
    pub(super) assignment: Assignment,
    pub(super) checkpointer: Checkpointer,
    /// The drivers of all sinks, the embedded store first.
    pub(super) sinks: Vec<SinkDriver>,
    pub(super) memory: MemoryBudget,
    /// Requests for scans, each with the position at which it was made.
    pub(super) pending_scans: Vec<(Position, SyncSender<Scan>)>,
    /// The alignment with another version that is under way.
    pub(super) pending_alignment: Option<PendingAlignment>,
    /// Whether the log's end was reached once since the start.
    pub(super) caught_up: bool,
    pub(super) unshown: Unshown,
    pub(super) replay_rate: ReplayRate,
    pub(super) idle_partitions: &'a IdlePartitions,
    pub(super) added_partitions: &'a AddedPartitions,
    /// The event time it has reached, for decisions where added partitions begin; `None` without windows.
    pub(super) claim: Option<Arc<Claim>>,
    /// When to look for idle partitions next.
    pub(super) check_idle_at: Instant,
    /// When the ends of the partitions were requested, to look for idle ones.
    pub(super) ends_awaited_since: Option<Instant>,
    /// When to determine next which partitions hold back event time.
    pub(super) name_holders_at: Instant,
}

impl Run<'_> {
    /// Folds while no decision about an added partition is taken. Takes earlier decisions into account first.
    pub(super) fn fold_with(
        &mut self,
        fold: impl FnOnce(&mut Fold) -> Result<()>,
    ) -> Result<Result<()>, Ended> {
        let Some(claim) = &self.claim else { return Ok(fold(&mut self.fold)) };
        let _step = self.added_partitions.step();
        self.fold.count_additions().map_err(Ended::StateDamaged)?;
        let folded = fold(&mut self.fold);
        self.fold.watermarks().into_iter().for_each(|watermarks| claim.note(watermarks));
        Ok(folded)
    }

    /// Applies what is extracted but not applied yet.
    pub(super) fn apply_pending(&mut self) -> Result<bool, Ended> {
        let mut dead = Vec::new();
        let applied = self.fold_with(|fold| fold.apply_pending(&mut dead))?;
        self.note_step(dead, applied)?;
        Ok(false)
    }

    /// Notes the outcome of a step.
    pub(super) fn note_step(&mut self, dead: Vec<DeadLetter>, stepped: Result<()>) -> Result<(), Ended> {
        // Also the dead letters of a step that halts the version: they say why.
        self.checkpointer.add_dead_letters(&dead);
        self.handle.add_dead_letters(&dead);
        stepped.map_err(Ended::of_state)?;
        self.cap_dirty_rows(false);
        let missing = self.assignment.missing();
        let changed = self.handle.look(|progress| {
            progress.missing_topics != missing || progress.position != *self.fold.position()
        });
        if changed {
            publish_applied(self.handle, &self.fold, Some(missing));
        }
        Ok(())
    }

    /// Brings rows to the event time of the position, before they are read.
    pub(super) fn catch_up(&mut self) -> Result<(), Ended> {
        self.fold.catch_up().map_err(Ended::of_state)
    }

    /// Cuts a checkpoint. Rows must have caught up with event time.
    pub(super) fn cut(&mut self, now: Instant) {
        let shown = self.shown_by_all();
        self.checkpointer.cut(&mut self.fold, shown.as_ref(), now);
    }

    /// Returns the position that all sinks show at least; `None` if it is not known of one of them. Halted sinks do not count:
    /// if rows that they show are deleted meanwhile, they are refilled later.
    pub(super) fn shown_by_all(&self) -> Option<Position> {
        let mut shown =
            self.sinks.iter().filter(|driver| !driver.halted).map(|driver| driver.flush_state.shown());
        let first = shown.next()??.clone();
        shown.try_fold(first, |least, shown| shown.map(|shown| least.least(shown)))
    }

    /// For each sink, stops tracking dirty keys one by one if there are too many, or if `give_up` asks for their memory.
    pub(super) fn cap_dirty_rows(&mut self, give_up: bool) {
        for driver in &mut self.sinks {
            driver.flush_state.cap(&mut self.fold, give_up);
        }
    }

    /// Publishes what does not work for the moment.
    pub(super) fn trouble(&self, error: &Error, part: fn(&mut Troubles) -> &mut Option<String>) {
        let text = error.to_string();
        let mut known = self.handle.look(|progress| progress.troubles.clone());
        if part(&mut known).as_ref() != Some(&text) {
            warn!(version = self.handle.label(), error = text, "trouble, trying again");
            self.handle.publish(|progress| *part(&mut progress.troubles) = Some(text));
        }
    }

    /// Publishes that a part works again.
    pub(super) fn over(&self, part: fn(&mut Troubles) -> &mut Option<String>) {
        let mut known = self.handle.look(|progress| progress.troubles.clone());
        if part(&mut known).is_some() {
            self.handle.publish(|progress| *part(&mut progress.troubles) = None);
        }
    }
}

/// Publishes how far a version has come.
pub(super) fn publish_applied(handle: &VersionHandle, fold: &Fold, missing: Option<&[String]>) {
    let applied = fold.applied();
    handle.publish(|progress| {
        progress.position.clone_from(&applied.position);
        progress.events = applied.events;
        progress.dead_letters = applied.dead_letters;
        progress.rows = fold.rows();
        (progress.rows_bytes, progress.cold_bytes) = (fold.heap_bytes() as u64, fold.cold_bytes() as u64);
        (progress.late, progress.passed_over) = (applied.late, applied.passed_over);
        if let Some(watermarks) = fold.watermarks() {
            progress.watermark_ms = watermarks.all_ms();
        }
        if let Some(missing) = missing {
            progress.missing_topics = missing.to_vec();
        }
    });
}
