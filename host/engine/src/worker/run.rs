//! What the thread does, round after round: take batches, step, send flushes, cut checkpoints, make room.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, SyncSender};
use std::time::{Duration, Instant};

use foldline_core::description::OutputField;
use foldline_core::position::Position;
use foldline_core::watermark::Watermarks;
use tracing::{info, warn};

use super::super::Fold;
use super::super::checkpoint::Checkpointer;
use super::super::extract_worker::has_windows;
use super::super::memory::{MemoryBudget, cache_bytes, checkpoints_within};
use super::super::progress::{Command, Troubles, VersionHandle};
use super::super::restore::restore;
use super::super::runs::{RunPair, Runs};
use super::alignment::{Allowed, PendingAlignment};
use super::ended::{Ended, Interruption};
use super::lineage_check::{may_show, prove, require_skips};
use super::pacing::Unshown;
use super::replay_rate::ReplayRate;
use super::sink_driver::SinkDriver;
use super::{Stop, VersionConfig};
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_config::EMBEDDED;
use foldline_core::dead_letter::DeadLetter;
use foldline_core::status::Phase;
use foldline_log::lineage::Unproven;
use foldline_sink::Sink;
use foldline_sink_sqlite::{SqliteReader, SqliteSink, may_be_read};
use foldline_source::added_partitions::AddedPartitions;
use foldline_source::added_partitions::Claim;
use foldline_source::assignment::Assignment;
use foldline_source::idle_partitions::IdlePartitions;
use foldline_state::{Checkpointed, Scan, StateStore};

/// Bytes of records per step: some ten thousand events, a few milliseconds between two looks at flushes and commands.
const STEP_BYTES: usize = 2 << 20;
/// How long to sleep when something is under way that does not wake the thread.
const BUSY_WAIT: Duration = Duration::from_millis(2);
/// How long to sleep when nothing goes on: the log's end and new partitions are looked at as often.
const IDLE_WAIT: Duration = Duration::from_millis(50);
/// How long to leave a log alone that does not answer.
const TROUBLE_WAIT: Duration = Duration::from_millis(250);
/// How long a last flush or checkpoint may take at a stop; what it misses is replayed at the next start.
const STOP_WAIT: Duration = Duration::from_secs(8);

/// A version at work.
pub(super) struct Run<'a> {
    pub(super) handle: &'a Arc<VersionHandle>,
    pub(super) runs: &'a Runs,
    /// Which run this one is built alongside, until it takes that one's place.
    pub(super) rebuild_of: Option<RunPair>,
    /// What its documents show that no reader reads yet.
    pub(super) ready_to_switch: Option<Position>,
    /// When that is tried next.
    pub(super) switch_at: Instant,
    stop: &'a Stop,
    commands: &'a Receiver<Command>,
    pub(super) fold: Fold,
    pub(super) assignment: Assignment,
    pub(super) checkpointer: Checkpointer,
    /// The embedded store first.
    pub(super) sinks: Vec<SinkDriver>,
    pub(super) memory: MemoryBudget,
    /// Requests for everything folded, each with the position at which it was made.
    pending_scans: Vec<(Position, SyncSender<Scan>)>,
    /// The alignment with another version that is under way.
    pub(super) pending_alignment: Option<PendingAlignment>,
    /// Whether the log's end was reached once since the start.
    pub(super) caught_up: bool,
    pub(super) unshown: Unshown,
    replay_rate: ReplayRate,
    pub(super) idle_partitions: &'a IdlePartitions,
    pub(super) added_partitions: &'a AddedPartitions,
    /// What it has come to, for the decision where added partitions begin; `None` without windows.
    pub(super) claim: Option<Arc<Claim>>,
    /// When idle partitions are looked for next.
    pub(super) check_idle_at: Instant,
    /// Since when it is awaited where partitions end, so as to look for them.
    pub(super) ends_awaited_since: Option<Instant>,
    /// When those that hold back event time are named next.
    pub(super) name_holders_at: Instant,
}

impl<'a> Run<'a> {
    /// Restores state and opens the sink; `None` when told to stop meanwhile.
    pub(super) fn open(
        config: &'a VersionConfig,
        pair: RunPair,
        handle: &'a Arc<VersionHandle>,
        stop: &'a Stop,
        commands: &'a Receiver<Command>,
        unproven: &mut Option<Unproven>,
    ) -> Result<Option<Self>, Ended> {
        let label = handle.label();
        let description = config.module.description();
        let folding = config.folding(handle);
        handle.set_folding(folding.clone());
        // Those of a run before this one are found again.
        handle.forget_recent_dead_letters();
        // The sink first: what it shows can be served while state is restored.
        let notifier = handle.notifier();
        let mut assignment =
            Assignment::new(Arc::clone(&config.feeds), Arc::clone(notifier), description.inputs.clone());
        let sink = SqliteSink::open(&pair.own.documents(), &config.owner, &description.document)
            .inspect_err(|_| show_what_is_there(&assignment, &pair, handle, &description.document))?;
        let mut shown = sink.progress().clone();
        let served = match pair.is_rebuild() {
            true => shown_by(&pair.served.documents(), &description.document),
            // What is sound in a damaged file is served until the documents are there again.
            false => shown.lo.as_ref().or(sink.replaces()).cloned(),
        };
        let served = match served {
            Some(served) if may_show(&assignment, &served, pair.is_rebuild())? => Some(served),
            _ => None,
        };
        // A run that was killed just before it took that one's place.
        let rebuilt_already = shown
            .lo
            .clone()
            .filter(|lo| pair.is_rebuild() && served.as_ref().is_none_or(|served| lo.covers(served)));
        // Nothing may show less than what is served.
        shown.hi.raise_to(&served.clone().unwrap_or_default());
        handle.set_intent(EMBEDDED, &shown.hi);
        handle.publish(|progress| {
            progress.shown.clone_from(&served);
            progress.caught_up = false;
        });

        let digest = config.module.digest().to_string();
        let (store, checkpointed) =
            StateStore::open(&pair.own.state(), &digest, cache_bytes(config.memory_max))
                .map_err(Ended::of_state)?;
        // Before rows are restored, which may take a while: others wait for it.
        let claim = claim(config, &handle.state_key(), checkpointed.as_ref());
        let added_partitions = &config.fold.added_partitions;
        if claim.is_some() {
            assignment = assignment.of_counted(Arc::clone(added_partitions));
        }
        let folded = checkpointed.map(|checkpointed| checkpointed.position);
        // Before rows are restored, which may take a while: appends wait for the answer.
        let proven = match prove(&assignment, folded.as_ref(), sink.progress()) {
            Ok(()) => true,
            // Asked again before anything is read.
            Err(Ended::Interrupted(_)) => false,
            Err(ended) => return Err(ended),
        };
        if proven {
            drop(unproven.take());
        }
        require_skips(&folding.fold.skips, folded.as_ref(), sink.progress())?;
        let mut fold =
            restore(&config.module, &folding.fold, &store, config.memory_max).map_err(Ended::of_state)?;
        let position = fold.position().clone();
        handle.attach_store(store.clone());
        publish_applied(handle, &fold, None);
        let of_documents = sink.progress().clone();
        let documents = pair.own.documents();
        let embedded =
            SinkDriver::embedded(config, &label, Box::new(sink), &documents, &shown, stop, &mut fold)?;
        let mut sinks = vec![embedded];
        sinks.extend(SinkDriver::configured(config, &label, &folding.fold.skips, stop, &mut fold)?);
        let mut passed = position.clone();
        passed.raise_to(&shown.hi);
        loop {
            let proven = match proven {
                true => Ok(()),
                false => prove(&assignment, folded.as_ref(), &of_documents),
            };
            match proven.and_then(|()| assignment.open(&position, &passed).map_err(Ended::from)) {
                Ok(()) => break,
                Err(Ended::Interrupted(Interruption { error, .. })) => {
                    warn!(version = label, %error, "log does not answer, trying again");
                    handle.publish(|progress| progress.troubles.log = Some(error.to_string()));
                    notifier.wait_until(notifier.seen(), Instant::now() + TROUBLE_WAIT);
                }
                Err(ended) => return Err(ended),
            }
            if stop.is_requested() {
                return Ok(None);
            }
        }
        drop(unproven.take());
        assignment.identify(|topic, id| fold.identify(topic, id));
        let rebuilt = pair.is_rebuild().then(|| {
            let reason = config.runs.reason();
            reason.unwrap_or_else(|| "state was damaged and is rebuilt from the log".to_owned())
        });
        handle.publish(|progress| progress.troubles.state = rebuilt);
        info!(version = label, %position, rows = fold.rows(), "folding");
        let checkpoint = checkpoints_within(&config.checkpoint, config.memory_max);
        let mut run = Self {
            checkpointer: Checkpointer::start(&label, store, checkpoint, folded, Arc::clone(notifier))?,
            memory: MemoryBudget::new(config.memory_max),
            runs: &config.runs,
            rebuild_of: pair.is_rebuild().then_some(pair),
            ready_to_switch: rebuilt_already,
            switch_at: Instant::now(),
            handle,
            stop,
            commands,
            fold,
            assignment,
            sinks,
            pending_scans: Vec::new(),
            pending_alignment: None,
            caught_up: false,
            unshown: Unshown::default(),
            replay_rate: ReplayRate::from(&position, Instant::now()),
            idle_partitions: &config.idle_partitions,
            added_partitions: &config.fold.added_partitions,
            claim,
            check_idle_at: Instant::now(),
            ends_awaited_since: None,
            name_holders_at: Instant::now(),
        };
        run.refill_where_deletions_are_forgotten(shown.lo.as_ref());
        Ok(Some(run))
    }

    pub(super) fn run(mut self) -> Result<(), Ended> {
        while !self.stop.is_requested() && !self.handle.is_to_reopen() {
            let seen = self.handle.notifier().seen();
            self.take_commands()?;
            self.drive_alignment()?;
            let progressed = self.poll_and_step()?;
            self.collect()?;
            self.switch_when_ready();
            self.drive_sinks()?;
            self.cut_if_due()?;
            self.keep_within_memory()?;
            self.move_idle_partitions();
            if !progressed {
                let busy = self.any_in_flight() || self.checkpointer.in_flight();
                let wait = if busy { BUSY_WAIT } else { IDLE_WAIT };
                self.handle.notifier().wait_until(seen, Instant::now() + wait);
            }
        }
        if self.stop.abandoned.load(Ordering::Acquire) {
            return Ok(());
        }
        self.finish()
    }

    /// Takes what the log has and makes a step; returns whether there was anything to do.
    fn poll_and_step(&mut self) -> Result<bool, Ended> {
        let until = match self.allowed() {
            Allowed::Everything => None,
            Allowed::Until(position) => Some(position),
            Allowed::Nothing => return Ok(false),
        };
        let rows_max = self.memory.step_rows(&self.fold);
        let watermarks = self.fold.watermarks();
        let reached_ms = |topic: &str| watermarks.map_or(0, |watermarks| watermarks.of_topic_ms(topic));
        let batches = match self.assignment.poll(STEP_BYTES, rows_max, until.as_ref(), reached_ms) {
            Ok(batches) => batches,
            Err(error) if error.kind() == ErrorKind::Unavailable => {
                self.trouble(&error, |troubles| &mut troubles.log);
                return self.apply_pending();
            }
            Err(error) => return Err(error.into()),
        };
        self.know_partitions()?;
        if !batches.is_empty() {
            self.over(|troubles| &mut troubles.log);
        }
        self.note_clocks(&batches);
        let began = Instant::now();
        let mut dead: Vec<DeadLetter> = Vec::new();
        let bytes: usize = batches.iter().map(|taken| taken.batch.records.bytes()).sum();
        // Little came: what was extracted must not wait for more, unless its rows were a second step's beyond the memory.
        let hard_bytes = self.memory.hard_bytes(&self.fold);
        let stepped = self.fold_with(|fold| {
            fold.step(&batches, &mut dead)?;
            let apply_now = until.is_some() || (bytes < STEP_BYTES && fold.heap_bytes() <= hard_bytes);
            if apply_now { fold.apply_pending(&mut dead).and_then(|()| fold.catch_up()) } else { Ok(()) }
        })?;
        self.note_coarse_times();
        self.note_step(dead, stepped)?;
        self.pace(&batches, began.elapsed());
        Ok(!batches.is_empty())
    }

    pub(super) fn apply_pending(&mut self) -> Result<bool, Ended> {
        let mut dead = Vec::new();
        let applied = self.fold_with(|fold| fold.apply_pending(&mut dead))?;
        self.note_step(dead, applied)?;
        Ok(false)
    }

    fn note_step(&mut self, dead: Vec<DeadLetter>, stepped: Result<()>) -> Result<(), Ended> {
        // Also those of a step that stops the projection: they say why.
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

    /// Takes in what sinks and checkpointer have finished.
    fn collect(&mut self) -> Result<(), Ended> {
        self.collect_sinks(Duration::ZERO)?;
        self.collect_checkpoint(Duration::ZERO)
    }

    fn collect_checkpoint(&mut self, wait: Duration) -> Result<(), Ended> {
        match self.checkpointer.poll(&mut self.fold, wait, Instant::now()) {
            None => {}
            Some(Ok(durable)) => {
                self.handle.checkpointed_dead_letters(durable.dead_letters);
                self.memory.note_durable();
                self.over(|troubles| &mut troubles.checkpoint);
                self.answer_scans(&durable.scan);
                self.end_alignment(Some(&durable.scan));
                self.give_scan(&durable.scan);
            }
            Some(Err(error)) if error.kind() == ErrorKind::Corrupt => return Err(Ended::StateDamaged(error)),
            Some(Err(error)) if self.checkpointer.has_given_up() => {
                return Err(Ended::refused(error, self.checkpointer.refused_bytes()));
            }
            Some(Err(error)) => {
                self.sinks.iter_mut().for_each(|driver| driver.flush_state.cut_failed());
                self.end_alignment(None);
                self.trouble(&error, |troubles| &mut troubles.checkpoint);
            }
        }
        Ok(())
    }

    /// Notes when the log's end is reached, and gives each idle sink its next job.
    fn drive_sinks(&mut self) -> Result<(), Ended> {
        if !self.caught_up {
            match self.assignment.caught_up(self.fold.position()) {
                Ok(true) => self.note_caught_up(),
                Ok(false) => {}
                Err(error) if error.kind() == ErrorKind::Unavailable => {
                    self.trouble(&error, |troubles| &mut troubles.log);
                }
                Err(error) => return Err(error.into()),
            }
        }
        self.send_next_jobs()
    }

    fn note_caught_up(&mut self) {
        self.caught_up = true;
        info!(version = self.handle.label(), position = %self.fold.position(), "caught up");
        self.sinks_caught_up();
        let rate = self.replay_rate.rate(self.fold.position(), Instant::now());
        self.handle.publish(|progress| {
            progress.replayed_per_s = rate;
            progress.caught_up = true;
            // A live version that rebuilds its documents stays live.
            if progress.phase == Phase::Replaying {
                progress.phase = Phase::CaughtUp;
            }
        });
    }

    /// Brings rows to the event time of the position, before they are read.
    pub(super) fn catch_up(&mut self) -> Result<(), Ended> {
        self.fold.catch_up().map_err(Ended::of_state)
    }

    /// Cuts a checkpoint when it is time to, or when someone waits for what it holds.
    fn cut_if_due(&mut self) -> Result<(), Ended> {
        if self.pending_alignment.as_ref().is_some_and(PendingAlignment::is_open) {
            return Ok(());
        }
        let now = Instant::now();
        let position = self.fold.position();
        let wanting = self.sinks_that_want_scan();
        let scan_wanted = !wanting.is_empty() || !self.pending_scans.is_empty();
        if scan_wanted && let Some(scan) = self.checkpointer.scan_at(position).map_err(Ended::of_state)? {
            self.cut_for(&wanting, Some(&scan));
            self.answer_scans(&scan);
            return Ok(());
        }
        if (scan_wanted && self.checkpointer.may_cut(position, now))
            || self.checkpointer.is_due(&self.fold, now)
        {
            self.catch_up()?;
            self.cut_for(&wanting, None);
            self.cut(now);
        }
        Ok(())
    }

    /// Cuts a checkpoint of rows that have caught up.
    pub(super) fn cut(&mut self, now: Instant) {
        let shown = self.shown_by_all();
        self.checkpointer.cut(&mut self.fold, shown.as_ref(), now);
    }

    /// Keeps rows within their memory.
    fn keep_within_memory(&mut self) -> Result<(), Ended> {
        if !self.checkpointer.in_flight() {
            self.fold.sweep();
        }
        if self.memory.evict(&mut self.fold, self.checkpointer.in_flight()) {
            return Ok(());
        }
        // What is left has changed: it must be durable before it may go.
        let hard = self.memory.is_hard(&self.fold);
        self.cap_dirty_rows(hard);
        let now = Instant::now();
        if self.checkpointer.may_cut(self.fold.position(), now) {
            self.catch_up()?;
            self.cut(now);
        }
        while self.memory.is_hard(&self.fold) && self.checkpointer.in_flight() && !self.stop.is_requested() {
            self.collect_checkpoint(TROUBLE_WAIT)?;
        }
        // At once: the next step may make another checkpoint due, and while that is on its way nothing could go.
        self.memory.evict(&mut self.fold, self.checkpointer.in_flight());
        Ok(())
    }

    fn take_commands(&mut self) -> Result<(), Ended> {
        while let Ok(command) = self.commands.try_recv() {
            match command {
                Command::Scan(reply) => self.pending_scans.push((self.fold.position().clone(), reply)),
                Command::Align(participant, reply) => {
                    self.pending_alignment = Some(PendingAlignment::new(participant, reply))
                }
                Command::Resync(sink) => {
                    let named = self.sinks.iter_mut().filter(|driver| driver.name == sink);
                    named.for_each(|driver| driver.resync = true);
                }
                Command::Damaged(store, damage) => {
                    // Several may have found it, and the first of them has had it built again.
                    if self.handle.store().is_some_and(|own| own.is(&store)) {
                        return Err(Ended::StateDamaged(damage));
                    }
                }
            }
        }
        Ok(())
    }

    fn answer_scans(&mut self, scan: &Scan) {
        let position = &scan.checkpointed().position;
        self.pending_scans.retain(|(since, reply)| {
            let is_covered = position.covers(since);
            if is_covered {
                // The thread that asked may have given up: then the answer is dropped.
                let _ = reply.send(scan.clone());
            }
            !is_covered
        });
    }

    /// Last flush, last checkpoint: what they miss is replayed at the next start.
    fn finish(&mut self) -> Result<(), Ended> {
        // A version that would be aligned with this one need not wait for its last flush.
        self.pending_alignment.take_if(|pending_alignment| pending_alignment.is_open());
        let deadline = Instant::now() + STOP_WAIT;
        let left = || deadline.saturating_duration_since(Instant::now());
        self.apply_pending()?;
        self.finish_sinks(deadline, TROUBLE_WAIT)?;
        self.switch_when_ready();
        // A poll without a wait does not look at what is being written right now.
        self.collect_checkpoint(left().max(BUSY_WAIT))?;
        if self.checkpointer.is_behind(self.fold.position()) {
            self.catch_up()?;
            self.cut(Instant::now());
            self.collect_checkpoint(left().max(BUSY_WAIT))?;
        }
        info!(version = self.handle.label(), position = %self.fold.position(), "stopped");
        Ok(())
    }

    pub(super) fn trouble(&self, error: &Error, part: fn(&mut Troubles) -> &mut Option<String>) {
        let text = error.to_string();
        let mut known = self.handle.look(|progress| progress.troubles.clone());
        if part(&mut known).as_ref() != Some(&text) {
            warn!(version = self.handle.label(), error = text, "trouble, trying again");
            self.handle.publish(|progress| *part(&mut progress.troubles) = Some(text));
        }
    }

    fn over(&self, part: fn(&mut Troubles) -> &mut Option<String>) {
        let mut known = self.handle.look(|progress| progress.troubles.clone());
        if part(&mut known).is_some() {
            self.handle.publish(|progress| *part(&mut progress.troubles) = None);
        }
    }
}

/// Says what readers may read where nothing can be written, such as on a full disk: the file as it is.
fn show_what_is_there(
    assignment: &Assignment,
    pair: &RunPair,
    handle: &VersionHandle,
    document: &[OutputField],
) {
    let documents = pair.served.documents();
    let served = may_be_read(&documents).then(|| shown_by(&documents, document)).flatten();
    if let Some(served) =
        served.filter(|served| matches!(may_show(assignment, served, pair.is_rebuild()), Ok(true)))
    {
        handle.publish(|progress| progress.shown = Some(served));
    }
}

/// Returns what the documents of the run that is served show, if they can be read.
fn shown_by(documents: &Path, document: &[OutputField]) -> Option<Position> {
    let shown = SqliteReader::open(documents, document).and_then(|reader| reader.count());
    let shown = shown.inspect_err(|error| warn!(%error, "nothing is served while state is rebuilt"));
    Some(shown.ok()?.position)
}

/// Claims what a version's state has come to, before it is decided where added partitions begin.
fn claim(config: &VersionConfig, key: &str, checkpointed: Option<&Checkpointed>) -> Option<Arc<Claim>> {
    let added_partitions = &config.fold.added_partitions;
    if !has_windows(config.module.description()) {
        added_partitions.dismiss(key);
        return None;
    }
    let mut watermarks = Watermarks::new(&config.module.description().inputs);
    checkpointed.into_iter().for_each(|checkpointed| watermarks.resume(&checkpointed.largest_times));
    Some(added_partitions.claim(key, &watermarks))
}

fn publish_applied(handle: &VersionHandle, fold: &Fold, missing: Option<&[String]>) {
    let applied = fold.applied();
    handle.publish(|progress| {
        progress.position.clone_from(&applied.position);
        progress.events = applied.events;
        progress.dead_letters = applied.dead_letters;
        progress.rows = fold.rows();
        (progress.rows_bytes, progress.cold_bytes) = (fold.heap_bytes() as u64, fold.cold_bytes() as u64);
        progress.late = applied.late;
        if let Some(watermarks) = fold.watermarks() {
            progress.watermark_ms = watermarks.all_ms();
        }
        if let Some(missing) = missing {
            progress.missing_topics = missing.to_vec();
        }
    });
}
