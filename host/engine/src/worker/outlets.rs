//! How a version feeds its sinks, each at its own pace: what one does not take delays no other, and not the log.

use std::time::{Duration, Instant};

use foldline_core::position::Position;
use tracing::{error, info, warn};

use super::super::sink_state::SinkState;
use super::ended::Ended;
use super::outlet::{EXAMINE_EVERY, HI_WITHIN, Outlet, writing};
use super::run::Run;
use foldline_base::error::{Error, ErrorKind};
use foldline_base::planted::{Bug, is_planted};
use foldline_core::status::{Phase, SinkPhase};
use foldline_projection::{Done, Job};
use foldline_state::Scan;

impl Run<'_> {
    /// Takes in what the sinks' threads have finished; waits up to `wait` for each that is at work.
    pub(super) fn collect_outlets(&mut self, wait: Duration) -> Result<(), Ended> {
        for at in 0..self.outlets.len() {
            if let Some(done) = self.outlets[at].flusher.poll(wait) {
                if self.outlets[at].is_embedded() {
                    self.note_embedded(at, done)?;
                } else {
                    self.note_sink(at, done)?;
                }
            }
        }
        Ok(())
    }

    fn note_embedded(&mut self, at: usize, done: Done) -> Result<(), Ended> {
        let outlet = &mut self.outlets[at];
        match done {
            Done::Opened { shown, .. } => {
                outlet.opened(&shown, &mut self.fold);
                if self.caught_up {
                    outlet.stage.caught_up();
                }
            }
            Done::Loaded => outlet.stage.loaded(),
            Done::Flushed { position, .. } => {
                outlet.stage.flushed(&position);
                self.pressure.relieve();
                self.note_shown();
                self.handle.publish(|progress| progress.troubles.sink = None);
                if self.unsettled.is_some() {
                    self.ready_to_settle = Some(position);
                } else {
                    self.handle.publish(|progress| progress.shown = Some(position));
                }
            }
            Done::Trouble(trouble) => {
                self.handle.publish(|progress| progress.troubles.sink = Some(trouble));
            }
            Done::Damaged(error) => return Err(Ended::of_state(error)),
            // Readers go on reading what is sound until the documents are there again.
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
        let Self { outlets, fold, handle, .. } = self;
        let outlet = &mut outlets[at];
        let name = outlet.name.clone();
        let examined_live = std::mem::take(&mut outlet.examines_live);
        match done {
            Done::Opened { shown, refused } => {
                info!(version = handle.label(), sink = name, shows = ?shown.lo, "sink opened");
                handle.set_intent(&name, &shown.hi);
                if shown.lo.as_ref().is_some_and(|lo| !lo.covers(&self.checkpointer.forgotten())) {
                    // An older snapshot, or a sink that was left out for a while.
                    let trouble = "it may hold documents of rows that were deleted since: it is filled anew";
                    warn!(version = handle.label(), sink = name, shows = ?shown.lo, trouble);
                    self.reopen(at, Some(trouble.to_owned()));
                    return Ok(());
                }
                outlet.opened(&shown, fold);
                if self.caught_up {
                    outlet.stage.caught_up();
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
            Done::Loaded => outlet.stage.loaded(),
            Done::Flushed { position, refused } => {
                outlet.stage.flushed(&position);
                self.pressure.relieve();
                handle.publish_sink(&name, |state| {
                    (state.shown, state.refused, state.trouble) = (Some(position), refused, None);
                });
            }
            Done::Trouble(trouble) => handle.publish_sink(&name, |state| state.trouble = Some(trouble)),
            Done::Lost(error) => {
                warn!(version = handle.label(), sink = name, %error, "the sink is filled anew");
                self.reopen(at, Some(error.to_string()));
            }
            Done::Stopped => {}
            Done::Damaged(error) => return Err(Ended::of_state(error)),
            // The pointer that it saw was moved by the version that took over meanwhile.
            Done::Failed(error) if examined_live && handle.look(|progress| progress.phase != Phase::Live) => {
                info!(version = handle.label(), sink = name, %error, "looked at while another version took over");
            }
            Done::Failed(error) => self.halt_sink(at, &error),
        }
        self.publish_phase(at);
        Ok(())
    }

    fn reopen(&mut self, at: usize, trouble: Option<String>) {
        let Self { outlets, fold, handle, .. } = self;
        outlets[at].reopen(fold);
        handle
            .publish_sink(&outlets[at].name, |state| *state = SinkState { trouble, ..SinkState::default() });
    }

    fn reopen_embedded(&mut self, at: usize, trouble: String) {
        self.outlets[at].reopen(&mut self.fold);
        self.handle.publish(|progress| progress.troubles.sink = Some(trouble));
    }

    /// Fills the embedded store anew where it may hold documents of rows that were deleted since: an older copy of its file.
    pub(super) fn refill_where_deletions_are_forgotten(&mut self, lo: Option<&Position>) {
        if lo.is_some_and(|lo| !lo.covers(&self.checkpointer.forgotten())) {
            let trouble = "documents may be of rows that were deleted since: they are projected again";
            warn!(version = self.handle.label(), shows = ?lo, trouble);
            self.reopen_embedded(0, trouble.to_owned());
        }
    }

    fn halt_sink(&mut self, at: usize, error: &Error) {
        let Self { outlets, fold, handle, .. } = self;
        let (label, sink) = (handle.label(), &outlets[at].name);
        error!(version = label, sink, %error, "sink halted");
        let reason = error.with_way_on(format_args!(
            "once that is mended, `foldline resume {name}` tries again; `foldline resync {name} {sink}` fills it anew",
            name = handle.name()
        ));
        handle.publish_sink(sink, |state| (state.reason, state.trouble) = (Some(reason), None));
        outlets[at].halt(fold);
    }

    /// Publishes what is done with a sink.
    fn publish_phase(&self, at: usize) {
        let Outlet { name, stage, halted, .. } = &self.outlets[at];
        if !self.outlets[at].is_embedded() {
            let phase = match () {
                () if *halted => SinkPhase::Halted,
                () if stage.is_visible() => SinkPhase::Following,
                () if stage.is_opening() => SinkPhase::Opening,
                () if self.caught_up => SinkPhase::Loading,
                () => SinkPhase::Waiting,
            };
            self.handle.publish_sink(name, |state| state.phase = phase);
        }
    }

    /// Notes that the log's end was reached: sinks that hold nothing are loaded next.
    pub(super) fn outlets_caught_up(&mut self) {
        for at in 0..self.outlets.len() {
            self.outlets[at].stage.caught_up();
            self.publish_phase(at);
        }
    }

    /// Gives each sink that is idle its next job.
    pub(super) fn feed_outlets(&mut self) -> Result<(), Ended> {
        for at in 0..self.outlets.len() {
            if self.outlets[at].resync && !self.outlets[at].flusher.in_flight() {
                self.reopen(at, None);
                self.publish_phase(at);
            }
            if self.outlets[at].is_idle() {
                self.feed(at)?;
            }
        }
        Ok(())
    }

    fn feed(&mut self, at: usize) -> Result<(), Ended> {
        let busy = match self.outlets[at].is_embedded() {
            true => self.tend_embedded(at),
            false => self.tend_sink(at),
        };
        if busy {
            return Ok(());
        }
        self.send_next_job(at)
    }

    /// Looks after the embedded store, where that is due; returns whether it has something to do.
    fn tend_embedded(&mut self, at: usize) -> bool {
        let outlet = &mut self.outlets[at];
        let now = Instant::now();
        let due = outlet.stage.is_visible() && now >= outlet.examine_at;
        if due {
            outlet.examine_at = now + EXAMINE_EVERY;
            outlet.flusher.send(Job::Examine { live: false });
        }
        due
    }

    /// Points readers here, or looks after a sink, where that is due; returns whether the sink has something to do, or must
    /// not be sent anything else.
    fn tend_sink(&mut self, at: usize) -> bool {
        let Self { outlets, fold, handle, .. } = self;
        let outlet = &mut outlets[at];
        if outlet.stage.is_opening() {
            return true;
        }
        let now = Instant::now();
        let passed = outlet.stage.has_passed_hi(fold.position());
        if self.caught_up && !passed && now.duration_since(outlet.opened_at) > HI_WITHIN {
            let message = format!(
                "the sink shows documents up to {}, and the log ends at {}",
                outlet.stage.intent(),
                fold.position()
            );
            let hint = format!("a log was replaced: `foldline resync {} {}`", handle.name(), outlet.name);
            self.halt_sink(at, &Error::new(ErrorKind::Corrupt, message).with_hint(hint));
            self.publish_phase(at);
            return true;
        }
        if !outlet.stage.is_visible() {
            return false;
        }
        let (live, pointed) = handle.look(|progress| {
            let pointed = progress.sinks.get(&outlet.name).is_some_and(|state| state.pointed);
            (progress.phase == Phase::Live, pointed)
        });
        // Before any further flush: what was decided must show first.
        let shown = outlet.stage.shown().cloned().unwrap_or_default();
        let may_point = pointed || handle.shows_what_was_seen(&outlet.name, &shown);
        if live && !pointed && may_point && !is_planted(Bug::FlushBeforePointing) {
            outlet.flusher.send(Job::Point);
            return true;
        }
        if now >= outlet.examine_at {
            outlet.examine_at = now + EXAMINE_EVERY;
            // Readers of a sink that was left behind read another version, and should.
            outlet.examines_live = live && may_point;
            outlet.flusher.send(Job::Examine { live: outlet.examines_live });
            return true;
        }
        false
    }

    /// Sends what a sink's stage has to send, unless a takeover has frozen its flushes.
    fn send_next_job(&mut self, at: usize) -> Result<(), Ended> {
        let awaits_scan = self.outlets[at].stage.awaits_scan();
        if !awaits_scan {
            if !self.outlets[at].stage.wants_flush(self.fold.position()) {
                return Ok(());
            }
            self.catch_up()?;
        }
        let Self { handle, outlets, fold, .. } = self;
        let Outlet { name, stage, scan, .. } = &mut outlets[at];
        let mut next = || -> Option<(Job, Position)> {
            let job = if awaits_scan { stage.send_scan(scan.take()?) } else { stage.flush(fold) };
            Some((job, stage.intent().clone()))
        };
        if let Some(job) = handle.unless_frozen(name, &mut next) {
            if self.outlets[at].is_embedded() {
                self.unshown.send();
            }
            self.outlets[at].flusher.send(job);
        }
        Ok(())
    }

    /// Returns whether a job is under way.
    pub(super) fn any_in_flight(&self) -> bool {
        self.outlets.iter().any(|outlet| outlet.flusher.in_flight())
    }

    /// Returns what all sinks show at least; `None` where one of them has not said. Those that are halted do not count: where
    /// rows that they show were deleted meanwhile, they are filled anew.
    pub(super) fn shown_by_all(&self) -> Option<Position> {
        let mut shown =
            self.outlets.iter().filter(|outlet| !outlet.halted).map(|outlet| outlet.stage.shown());
        let first = shown.next()??.clone();
        shown.try_fold(first, |least, shown| shown.map(|shown| least.least(shown)))
    }

    /// Stops noting changed keys one by one where they are too many, or where `give_up` asks for their memory.
    pub(super) fn cap_outlets(&mut self, give_up: bool) {
        for outlet in &mut self.outlets {
            outlet.stage.cap(&mut self.fold, give_up);
        }
    }

    /// Returns which sinks want what a checkpoint at the fold's position holds.
    pub(super) fn outlets_that_want_scan(&self) -> Vec<usize> {
        (0..self.outlets.len()).filter(|&at| self.outlets[at].wants_scan(&self.fold)).collect()
    }

    /// Notes that a checkpoint is cut now, for some sinks; what it holds is `scan`, where that is durable already.
    pub(super) fn cut_for(&mut self, wanting: &[usize], scan: Option<&Scan>) {
        for &at in wanting {
            self.outlets[at].stage.cut(&mut self.fold);
            if let Some(scan) = scan {
                self.outlets[at].scan = Some(scan.clone());
            }
        }
    }

    /// Gives a checkpoint that is durable to the sinks that wait for one.
    pub(super) fn give_scan(&mut self, scan: &Scan) {
        for outlet in self.outlets.iter_mut().filter(|outlet| outlet.stage.awaits_scan()) {
            outlet.scan = Some(scan.clone());
        }
    }

    /// Sends last flushes, and waits for them until a deadline; for a sink in trouble nobody waits.
    pub(super) fn finish_outlets(&mut self, deadline: Instant, look: Duration) -> Result<(), Ended> {
        let awaited = |run: &Self| {
            run.outlets.iter().any(|outlet| {
                let in_trouble = || {
                    run.handle.look(|progress| {
                        progress.sinks.get(&outlet.name).is_some_and(|state| state.trouble.is_some())
                    })
                };
                outlet.flusher.in_flight() && !outlet.stage.is_opening() && !in_trouble()
            })
        };
        let left = || deadline.saturating_duration_since(Instant::now());
        while awaited(self) && !left().is_zero() {
            self.collect_outlets(left().min(look))?;
        }
        for at in 0..self.outlets.len() {
            if self.outlets[at].is_idle() && self.outlets[at].stage.is_flushing() {
                self.send_next_job(at)?;
            }
        }
        while awaited(self) && !left().is_zero() {
            self.collect_outlets(left().min(look))?;
        }
        Ok(())
    }
}
