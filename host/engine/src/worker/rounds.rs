//! What the thread does in each round: take batches, step, send flushes, cut checkpoints, evict rows.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tracing::info;

use super::super::command::Command;
use super::ended::Ended;
use super::pending_alignment::{Allowed, PendingAlignment};
use super::run::Run;
use foldline_base::error::ErrorKind;
use foldline_core::dead_letter::DeadLetter;
use foldline_core::status::Phase;
use foldline_state::Scan;

/// Bytes of records per step: some ten thousand events, a few milliseconds between two looks at flushes and commands.
const STEP_BYTES: usize = 2 << 20;
/// How long to sleep while work is under way that does not wake the thread.
const BUSY_WAIT: Duration = Duration::from_millis(2);
/// How long to sleep while nothing happens. It is also how often the log's end and new partitions are checked.
const IDLE_WAIT: Duration = Duration::from_millis(50);
/// How long to wait at once for a checkpoint or a sink.
const LOOK_WAIT: Duration = Duration::from_millis(250);
/// How long the last flush and checkpoint may take at a stop. Whatever they miss is replayed at the next start.
const STOP_WAIT: Duration = Duration::from_secs(8);

impl Run<'_> {
    /// Works until it is told to stop or cannot continue.
    pub(super) fn run(mut self) -> Result<(), Ended> {
        while !self.stop.is_requested() && !self.handle.is_to_reopen() {
            let seen = self.handle.notifier().seen();
            self.take_commands()?;
            self.drive_alignment()?;
            let progressed = self.poll_and_step()?;
            self.collect()?;
            self.switch_when_ready();
            self.drive_sinks()?;
            self.cut_if_needed()?;
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

    /// Takes batches from the log and makes a step; returns whether there were any.
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
        // If little came, apply at once what was extracted, rather than with the next step; but not if rows already exceed the
        // hard limit.
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

    /// Handles what the sinks and the checkpointer have finished.
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

    /// Cuts a checkpoint when it is time to, or when someone waits for what it holds.
    fn cut_if_needed(&mut self) -> Result<(), Ended> {
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
            || self.checkpointer.should_cut(&self.fold, now)
        {
            self.catch_up()?;
            self.cut_for(&wanting, None);
            self.cut(now);
        }
        Ok(())
    }

    /// Keeps rows within the memory budget.
    fn keep_within_memory(&mut self) -> Result<(), Ended> {
        if !self.checkpointer.in_flight() {
            self.fold.sweep();
        }
        if self.memory.evict(&mut self.fold, self.checkpointer.in_flight()) {
            return Ok(());
        }
        // The remaining rows have changed: they must be durable before they may be evicted.
        let hard = self.memory.is_hard(&self.fold);
        self.cap_dirty_rows(hard);
        let now = Instant::now();
        if self.checkpointer.may_cut(self.fold.position(), now) {
            self.catch_up()?;
            self.cut(now);
        }
        while self.memory.is_hard(&self.fold) && self.checkpointer.in_flight() && !self.stop.is_requested() {
            self.collect_checkpoint(LOOK_WAIT)?;
        }
        // Evict at once: the next step may start another checkpoint, and while it is in flight nothing can be evicted.
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
                    // Several readers may have found the damage; the report of the first has already started a rebuild.
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

    /// Makes a last flush and a last checkpoint. Whatever they miss is replayed at the next start.
    fn finish(&mut self) -> Result<(), Ended> {
        // A version that waits to be aligned with this one need not wait for the last flush.
        self.pending_alignment.take_if(|pending_alignment| pending_alignment.is_open());
        let deadline = Instant::now() + STOP_WAIT;
        let left = || deadline.saturating_duration_since(Instant::now());
        self.apply_pending()?;
        self.finish_sinks(deadline, LOOK_WAIT)?;
        self.switch_when_ready();
        // Without any wait, the poll would miss a checkpoint that is just being written.
        self.collect_checkpoint(left().max(BUSY_WAIT))?;
        if self.checkpointer.is_behind(self.fold.position()) {
            self.catch_up()?;
            self.cut(Instant::now());
            self.collect_checkpoint(left().max(BUSY_WAIT))?;
        }
        info!(version = self.handle.label(), position = %self.fold.position(), "stopped");
        Ok(())
    }
}
