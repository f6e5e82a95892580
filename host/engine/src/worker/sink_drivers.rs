//! How a version drives its sinks, each at its own pace: a slow or failing sink delays neither the others nor the reading of
//! the log.

use std::time::{Duration, Instant};

use foldline_core::position::Position;
use tracing::{error, info, warn};

use super::super::sink_state::SinkState;
use super::ended::Ended;
use super::run::Run;
use super::sink_driver::{EXAMINE_EVERY, HI_WITHIN, SinkDriver, writing};
use foldline_base::error::{Error, ErrorKind};
use foldline_base::planted::{Bug, is_planted};
use foldline_core::status::{Phase, SinkPhase};
use foldline_projection::{Done, Job};
use foldline_state::Scan;

impl Run<'_> {
    /// Handles what the sinks' threads have finished; waits up to `wait` for each thread that is busy.
    pub(super) fn collect_sinks(&mut self, wait: Duration) -> Result<(), Ended> {
        for at in 0..self.sinks.len() {
            if let Some(done) = self.sinks[at].flusher.poll(wait) {
                if self.sinks[at].is_embedded() {
                    self.note_embedded(at, done)?;
                } else {
                    self.note_sink(at, done)?;
                }
            }
        }
        Ok(())
    }

    fn note_embedded(&mut self, at: usize, done: Done) -> Result<(), Ended> {
        let driver = &mut self.sinks[at];
        match done {
            Done::Opened { shown, .. } => {
                driver.opened(&shown, &mut self.fold);
                if self.caught_up {
                    driver.flush_state.caught_up();
                }
            }
            Done::Loaded => driver.flush_state.loaded(),
            Done::Flushed { position, .. } => {
                driver.flush_state.flushed(&position);
                self.memory.note_durable();
                self.note_shown();
                self.handle.publish(|progress| progress.troubles.sink = None);
                if self.rebuild_of.is_some() {
                    self.ready_to_switch = Some(position);
                } else {
                    self.handle.publish(|progress| progress.shown = Some(position));
                }
            }
            Done::Trouble(trouble) => {
                self.handle.publish(|progress| progress.troubles.sink = Some(trouble));
            }
            Done::Damaged(error) => return Err(Ended::of_state(error)),
            // Readers continue to read the sound part until the documents are projected again.
            Done::Lost(error) => {
                warn!(version = self.handle.label(), %error, "documents are projected again from their rows");
                self.reopen_embedded(at, error.to_string());
            }
            Done::Failed(error) => return Err(writing(error)),
            Done::Examined { trouble } => {
                if self.handle.look(|progress| progress.troubles.sink != trouble) {
                    self.handle.publish(|progress| progress.troubles.sink = trouble);
                }
            }
            Done::Stopped | Done::Pointed => {}
        }
        Ok(())
    }

    fn note_sink(&mut self, at: usize, done: Done) -> Result<(), Ended> {
        let Self { sinks, fold, handle, .. } = self;
        let driver = &mut sinks[at];
        let name = driver.name.clone();
        let examined_live = std::mem::take(&mut driver.examines_live);
        match done {
            Done::Opened { shown, refused } => {
                info!(version = handle.label(), sink = name, shows = ?shown.lo, "sink opened");
                handle.set_intent(&name, &shown.hi);
                if shown.lo.as_ref().is_some_and(|lo| !lo.covers(&self.checkpointer.forgotten())) {
                    // The sink was restored from an older snapshot, or was not configured for a while.
                    let trouble = "it may hold documents of rows that were deleted since: it is refilled";
                    warn!(version = handle.label(), sink = name, shows = ?shown.lo, trouble);
                    self.reopen(at, Some(trouble.to_owned()));
                    return Ok(());
                }
                driver.opened(&shown, fold);
                if self.caught_up {
                    driver.flush_state.caught_up();
                }
                handle.publish_sink(&name, |state| {
                    *state = SinkState { shown: shown.lo, refused, ..SinkState::default() };
                });
            }
            Done::Pointed => {
                info!(version = handle.label(), sink = name, "readers are pointed here");
                handle.publish_sink(&name, |state| (state.pointed, state.trouble) = (true, None));
            }
            Done::Examined { trouble } => handle.publish_sink(&name, |state| state.trouble = trouble),
            Done::Loaded => driver.flush_state.loaded(),
            Done::Flushed { position, refused } => {
                driver.flush_state.flushed(&position);
                self.memory.note_durable();
                handle.publish_sink(&name, |state| {
                    (state.shown, state.refused, state.trouble) = (Some(position), refused, None);
                });
            }
            Done::Trouble(trouble) => handle.publish_sink(&name, |state| state.trouble = Some(trouble)),
            Done::Lost(error) => {
                warn!(version = handle.label(), sink = name, %error, "the sink is refilled");
                self.reopen(at, Some(error.to_string()));
            }
            Done::Stopped => {}
            Done::Damaged(error) => return Err(Ended::of_state(error)),
            // A hand-over moved the pointer during the check.
            Done::Failed(error) if examined_live && handle.look(|progress| progress.phase != Phase::Live) => {
                info!(version = handle.label(), sink = name, %error, "looked at during a hand-over to another version");
            }
            Done::Failed(error) => self.halt_sink(at, &error),
        }
        self.publish_phase(at);
        Ok(())
    }

    fn reopen(&mut self, at: usize, trouble: Option<String>) {
        let Self { sinks, fold, handle, .. } = self;
        sinks[at].reopen(fold);
        handle.publish_sink(&sinks[at].name, |state| *state = SinkState { trouble, ..SinkState::default() });
    }

    fn reopen_embedded(&mut self, at: usize, trouble: String) {
        self.sinks[at].reopen(&mut self.fold);
        self.handle.publish(|progress| progress.troubles.sink = Some(trouble));
    }

    /// Refills the embedded store if it may hold documents of rows that were deleted since, as an older copy of its file does.
    pub(super) fn refill_where_deletions_are_forgotten(&mut self, lo: Option<&Position>) {
        if lo.is_some_and(|lo| !lo.covers(&self.checkpointer.forgotten())) {
            let trouble = "documents may be of rows that were deleted since: they are projected again";
            warn!(version = self.handle.label(), shows = ?lo, trouble);
            self.reopen_embedded(0, trouble.to_owned());
        }
    }

    fn halt_sink(&mut self, at: usize, error: &Error) {
        let Self { sinks, fold, handle, .. } = self;
        let (label, sink) = (handle.label(), &sinks[at].name);
        error!(version = label, sink, %error, "sink halted");
        let reason = error.with_way_on(format_args!(
            "once that is fixed, `foldline resume {name}` tries again; `foldline resync {name} {sink}` refills it",
            name = handle.name()
        ));
        handle.publish_sink(sink, |state| (state.reason, state.trouble) = (Some(reason), None));
        sinks[at].halt(fold);
    }

    /// Publishes the phase of a sink.
    fn publish_phase(&self, at: usize) {
        let SinkDriver { name, flush_state, halted, .. } = &self.sinks[at];
        if !self.sinks[at].is_embedded() {
            let phase = match () {
                () if *halted => SinkPhase::Halted,
                () if flush_state.is_visible() => SinkPhase::Following,
                () if flush_state.is_opening() => SinkPhase::Opening,
                () if self.caught_up => SinkPhase::Loading,
                () => SinkPhase::Waiting,
            };
            self.handle.publish_sink(name, |state| state.phase = phase);
        }
    }

    /// Notes that the log's end was reached: sinks that hold nothing are loaded next.
    pub(super) fn sinks_caught_up(&mut self) {
        for at in 0..self.sinks.len() {
            self.sinks[at].flush_state.caught_up();
            self.publish_phase(at);
        }
    }

    /// Gives each sink that is idle its next job.
    pub(super) fn send_next_jobs(&mut self) -> Result<(), Ended> {
        for at in 0..self.sinks.len() {
            if self.sinks[at].resync && !self.sinks[at].flusher.in_flight() {
                self.reopen(at, None);
                self.publish_phase(at);
            }
            if self.sinks[at].is_idle() {
                self.drive(at)?;
            }
        }
        Ok(())
    }

    fn drive(&mut self, at: usize) -> Result<(), Ended> {
        let busy = match self.sinks[at].is_embedded() {
            true => self.examine_embedded(at),
            false => self.point_or_examine(at),
        };
        if busy {
            return Ok(());
        }
        self.send_next_job(at)
    }

    /// Examines the embedded store when it is time to; returns whether the store is busy.
    fn examine_embedded(&mut self, at: usize) -> bool {
        let driver = &mut self.sinks[at];
        let now = Instant::now();
        let examines = driver.flush_state.is_visible() && now >= driver.examine_at;
        if examines {
            driver.examine_at = now + EXAMINE_EVERY;
            driver.flusher.send(Job::Examine { live: false });
        }
        examines
    }

    /// Points readers here, or examines a sink when it is time to; returns whether the sink is busy or must not be sent
    /// anything else.
    fn point_or_examine(&mut self, at: usize) -> bool {
        let Self { sinks, fold, handle, .. } = self;
        let driver = &mut sinks[at];
        if driver.flush_state.is_opening() {
            return true;
        }
        let now = Instant::now();
        let passed = driver.flush_state.has_passed_hi(fold.position());
        if self.caught_up && !passed && now.duration_since(driver.opened_at) > HI_WITHIN {
            let message = format!(
                "the sink shows documents up to {}, and the log ends at {}",
                driver.flush_state.intent(),
                fold.position()
            );
            let hint = format!("a log was replaced: run `foldline resync {} {}`", handle.name(), driver.name);
            self.halt_sink(at, &Error::new(ErrorKind::Corrupt, message).with_hint(hint));
            self.publish_phase(at);
            return true;
        }
        if !driver.flush_state.is_visible() {
            return false;
        }
        let (live, pointed) = handle.look(|progress| {
            let pointed = progress.sinks.get(&driver.name).is_some_and(|state| state.pointed);
            (progress.phase == Phase::Live, pointed)
        });
        // Before any further flush, because the decided version must become visible first.
        let shown = driver.flush_state.shown().cloned().unwrap_or_default();
        let may_point = pointed || handle.shows_what_was_seen(&driver.name, &shown);
        if live && !pointed && may_point && !is_planted(Bug::FlushBeforePointing) {
            driver.flusher.send(Job::Point);
            return true;
        }
        if now >= driver.examine_at {
            driver.examine_at = now + EXAMINE_EVERY;
            // In a sink that a hand-over left behind, readers still read another version, as they should.
            driver.examines_live = live && may_point;
            driver.flusher.send(Job::Examine { live: driver.examines_live });
            return true;
        }
        false
    }

    /// Sends the next job of a sink's flush state, unless a hand-over has frozen its flushes.
    fn send_next_job(&mut self, at: usize) -> Result<(), Ended> {
        let awaits_scan = self.sinks[at].flush_state.awaits_scan();
        if !awaits_scan {
            if !self.sinks[at].flush_state.wants_flush(self.fold.position()) {
                return Ok(());
            }
            self.catch_up()?;
        }
        let Self { handle, sinks, fold, .. } = self;
        let SinkDriver { name, flush_state, scan, .. } = &mut sinks[at];
        let mut copied = Ok(());
        let mut next = || -> Option<(Job, Position)> {
            let job = match awaits_scan {
                true => flush_state.send_scan(scan.take()?),
                false => match flush_state.flush(fold) {
                    Ok(job) => job?,
                    Err(error) => {
                        copied = Err(error);
                        return None;
                    }
                },
            };
            Some((job, flush_state.intent().clone()))
        };
        let job = handle.begin_flush(name, &mut next);
        copied.map_err(Ended::of_state)?;
        if let Some(job) = job {
            if self.sinks[at].is_embedded() {
                self.unshown.send();
            }
            self.sinks[at].flusher.send(job);
        }
        Ok(())
    }

    /// Returns whether a job is under way.
    pub(super) fn any_in_flight(&self) -> bool {
        self.sinks.iter().any(|driver| driver.flusher.in_flight())
    }

    /// Returns which sinks need the contents of a checkpoint at the fold's position.
    pub(super) fn sinks_that_want_scan(&self) -> Vec<usize> {
        (0..self.sinks.len()).filter(|&at| self.sinks[at].wants_scan(&self.fold)).collect()
    }

    /// Notes that a checkpoint for some sinks is cut now. `scan` is its contents if it is already durable.
    pub(super) fn cut_for(&mut self, wanting: &[usize], scan: Option<&Scan>) {
        for &at in wanting {
            self.sinks[at].flush_state.cut(&mut self.fold);
            if let Some(scan) = scan {
                self.sinks[at].scan = Some(scan.clone());
            }
        }
    }

    /// Gives a durable checkpoint to the sinks that wait for one.
    pub(super) fn give_scan(&mut self, scan: &Scan) {
        for driver in self.sinks.iter_mut().filter(|driver| driver.flush_state.awaits_scan()) {
            driver.scan = Some(scan.clone());
        }
    }

    /// Sends the last flushes, and waits for them until a deadline. Does not wait for sinks in trouble.
    pub(super) fn finish_sinks(&mut self, deadline: Instant, look: Duration) -> Result<(), Ended> {
        let awaited = |run: &Self| {
            run.sinks.iter().any(|driver| {
                let in_trouble = || {
                    run.handle.look(|progress| {
                        progress.sinks.get(&driver.name).is_some_and(|state| state.trouble.is_some())
                    })
                };
                driver.flusher.in_flight() && !driver.flush_state.is_opening() && !in_trouble()
            })
        };
        let left = || deadline.saturating_duration_since(Instant::now());
        while awaited(self) && !left().is_zero() {
            self.collect_sinks(left().min(look))?;
        }
        for at in 0..self.sinks.len() {
            if self.sinks[at].is_idle() && self.sinks[at].flush_state.is_flushing() {
                self.send_next_job(at)?;
            }
        }
        while awaited(self) && !left().is_zero() {
            self.collect_sinks(left().min(look))?;
        }
        Ok(())
    }
}
