//! Decides which of the running versions is served: gates open, versions hand over, rollback windows end.
//!
//! A new version is built completely alongside; the decision is made durable; then one assignment makes it live. Everything that
//! can fail comes before the decision; after it, only assignments.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use foldline_core::lifecycle::VersionState;
use foldline_core::position::Position;
use semver::Version;
use tracing::{info, warn};

use super::decisions::Decision;
use super::gate::Check;
use super::handover::{self, Handover, HandoverProgress};
use super::rollback_windows::Kept;
use super::supervisor_state::{DECIDE_PAUSE, SupervisorState};
use super::versions::Projection;
use foldline_base::clock::now_ms;
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_base::failpoints::{Failpoint, reach};
use foldline_config::Promote;
use foldline_core::status::Phase;
use foldline_engine::VersionHandle;
use foldline_inspect::compare::Tolerances;

/// How long a gate stays shut after a hand-over that it started has failed.
const GATE_PAUSE: Duration = Duration::from_secs(30);

impl SupervisorState {
    /// Checks every projection: serves, opens gates, hands over, ends rollback windows.
    pub(super) fn tend(&mut self) {
        let names: Vec<String> = self.projections.keys().cloned().collect();
        for name in names {
            let Some(mut projection) = self.projections.remove(&name) else { continue };
            let problem = self.tend_projection(&name, &mut projection).err().map(|error| error.to_string());
            if problem.is_some() && problem != projection.problem {
                warn!(projection = name, problem, "cannot serve or switch yet, trying again");
            }
            projection.problem = problem;
            self.projections.insert(name, projection);
        }
        self.end_rollback_windows();
    }

    fn tend_projection(&mut self, name: &str, projection: &mut Projection) -> Result<()> {
        look_at_pace(projection);
        self.start_after_all(name, projection);
        self.tend_relay(name, projection);
        if let Some(live) = projection.handle(self.catalog.live(name))
            && let Some(draining) = projection.handle(self.catalog.draining(name).map(|(version, _)| version))
        {
            handover::thaw_behind(live, draining);
        }
        self.collect_once_pointed(name, projection);
        // A problem of the live version must not keep a candidate from replacing it.
        let served = self.serve_live(name, projection);
        self.look_at_gate(name, projection);
        match projection.handover.take() {
            None => served,
            Some(handover) => self.hand_over(name, projection, handover),
        }
    }

    /// Requests garbage collection of documents that readers read before, once all sinks' readers read the live version.
    fn collect_once_pointed(&self, name: &str, projection: &mut Projection) {
        let all_pointed =
            |live: &VersionHandle| live.look(|progress| progress.sinks.values().all(|state| state.pointed));
        if !projection.garbage_requested
            && projection.handle(self.catalog.live(name)).is_some_and(all_pointed)
        {
            self.garbage.requester(name)();
            projection.garbage_requested = true;
        }
    }

    /// Serves the live version as soon as its embedded store shows anything.
    fn serve_live(&self, name: &str, projection: &Projection) -> Result<()> {
        let Some(live) = projection.get(self.catalog.live(name)) else { return Ok(()) };
        let is_served =
            || self.registry.serving(name).is_some_and(|serving| Arc::ptr_eq(&serving.handle, &live.handle));
        if live.handle.progress().shown.is_none() || is_served() {
            return Ok(());
        }
        self.registry.serve(name, live.serving()?);
        set_phase(&live.handle, Phase::Live);
        Ok(())
    }

    /// Promotes the candidate if its gate opens without an operator; otherwise reports what it waits for.
    fn look_at_gate(&self, name: &str, projection: &mut Projection) {
        let Some(version) = self.catalog.candidate(name).cloned() else { return };
        let Some(candidate) = projection.get(Some(&version)) else { return };
        let first = self.catalog.live(name).is_none();
        if projection.handover.is_some() || candidate.handle.progress().phase != Phase::CaughtUp {
            return;
        }
        let now = Instant::now();
        let waits_for = match (candidate.may_go_live(first, false), self.config.projection(name).promote) {
            (Err(error), _) => Some(error.message().to_owned()),
            (Ok(()), _) if first => None,
            (Ok(()), Promote::WhenCaughtUp) => None,
            (Ok(()), Promote::Manual) => Some(format!("`foldline promote {name}@{version}`")),
            (Ok(()), Promote::WhenDiffBelow) => self.difference_keeps_shut(name, projection, &version, now),
        };
        let Some(candidate) = projection.get(Some(&version)) else { return };
        let opens = waits_for.is_none() && projection.gate_at.is_none_or(|at| at <= now);
        set_waits_for(&candidate.handle, waits_for);
        if opens {
            projection.handover = Some(Handover::to(version, now));
            projection.gate_at = Some(now + GATE_PAUSE);
        }
    }

    /// Returns the comparison's objection to a candidate; starts the comparison if it was not made yet.
    fn difference_keeps_shut(
        &self,
        name: &str,
        projection: &mut Projection,
        version: &Version,
        now: Instant,
    ) -> Option<String> {
        let settings = self.config.projection(name);
        if !projection.check.as_ref().is_some_and(|check| check.is_of(version, now)) {
            let handle = |version| projection.get(version).map(|running| Arc::clone(&running.handle));
            let pair = handle(self.catalog.live(name)).zip(handle(Some(version)));
            projection.check = pair.map(|(old, new)| {
                let tolerances = Tolerances::from(&settings.tolerance);
                Check::begin(version.clone(), [old, new], tolerances, Arc::clone(&self.registry))
            });
        }
        match &mut projection.check {
            Some(check) => check.keeps_shut(settings.diff_below, now),
            None => Some("the live version does not run".to_owned()),
        }
    }

    fn hand_over(&mut self, name: &str, projection: &mut Projection, mut handover: Handover) -> Result<()> {
        let live = self.catalog.live(name).cloned();
        let old = projection.handle(live.as_ref());
        let new = projection.get(Some(handover.version()));
        let reached = match new {
            Some(new) if new.handle.progress().phase == Phase::Halted => {
                Err(Error::new(ErrorKind::Refused, format!("{} has halted", new.handle.label())))
            }
            Some(new) => handover.look(&new.handle, old, Instant::now()),
            None => Err(Error::new(ErrorKind::Refused, "the version is no longer running")),
        };
        let outcome = match reached {
            Ok(HandoverProgress::NotYet) => {
                projection.handover = Some(handover);
                return Ok(());
            }
            Ok(HandoverProgress::Enough { shown, left }) => {
                self.go_live(name, projection, handover.version(), shown, left)
            }
            Err(error) => Err(error),
        };
        if outcome.is_ok() {
            projection.garbage_requested = false;
            // The pause applies only to the failed hand-over; the next version does not have to wait.
            projection.gate_at = None;
        }
        handover.end(projection.handle(live.as_ref()), &outcome);
        outcome.map(drop)
    }

    fn go_live(
        &mut self,
        name: &str,
        projection: &Projection,
        version: &Version,
        shown: Position,
        left: BTreeMap<String, Position>,
    ) -> Result<String> {
        let gone = || Error::new(ErrorKind::Refused, format!("{name}@{version} does not run"));
        let new = projection.get(Some(version)).ok_or_else(gone)?;
        let serving = new.serving()?;
        let before = self.catalog.live(name).cloned();
        reach(Failpoint::BeforeLive);
        self.decide(&Decision::Live {
            name: name.to_owned(),
            version: version.clone(),
            digest: new.build.digest(),
            position: shown,
            at_ms: now_ms(),
            left: left.clone(),
        })?;
        reach(Failpoint::LiveDecided);
        self.registry.expect(name);
        self.registry.serve(name, serving);
        reach(Failpoint::PointerMoved);
        handover::step_up(&new.handle, &left);
        new.handle.set_kept(None);
        set_phase(&new.handle, Phase::Live);
        set_waits_for(&new.handle, None);
        self.publish_versions(name, projection);
        info!(version = new.handle.label(), "live");
        let sinks = match left.is_empty() {
            true => String::new(),
            false => {
                let sinks: Vec<String> = left.keys().map(|sink| format!("`{sink}`")).collect();
                format!("; readers of {} move once it shows there what they may have seen", sinks.join(", "))
            }
        };
        let Some(before) = before else { return Ok(format!("{name}@{version} is live")) };
        if let Some(old) = projection.get(Some(&before)) {
            // Readers that wait for the old version then ask the new one.
            old.handle.close_shown();
            handover::step_down(&old.handle);
            set_phase(&old.handle, Phase::Draining);
        }
        Ok(format!(
            "{name}@{version} is live in place of {before}; `foldline rollback {name}` goes back{sinks}"
        ))
    }

    fn end_rollback_windows(&mut self) {
        let names: Vec<String> = self.catalog.names().map(str::to_owned).collect();
        let draining: Vec<(String, Version, Kept)> = names
            .into_iter()
            .filter_map(|name| {
                let (version, since_ms) = self.catalog.draining(&name)?;
                let kept = (format!("{name}@{version}"), since_ms);
                Some((name, version.clone(), kept))
            })
            .collect();
        let kept: Vec<Kept> = draining.iter().map(|(.., kept)| kept.clone()).collect();
        self.rollback_windows.look(&kept, Instant::now());
        let mut over = Vec::new();
        for (name, version, kept) in draining {
            let left = self.config.projection(&name).keep_old.checked_sub(self.rollback_windows.kept(&kept));
            let left = left.filter(|left| !left.is_zero());
            let projection = self.projections.get(&name);
            if let Some(handle) = projection.and_then(|projection| projection.handle(Some(&version))) {
                handle.set_kept(left);
            }
            // A hand-over back to this version may be under way.
            if left.is_none() && projection.is_none_or(|projection| projection.handover.is_none()) {
                over.push((name, version));
            }
        }
        let now = Instant::now();
        if self.decide_at.is_some_and(|at| now < at) {
            over.clear();
        }
        let any = !over.is_empty();
        for (name, version) in over {
            if let Err(error) = self.decide(&Decision::Retired { name, version }) {
                warn!(%error, "cannot end a rollback window, trying again");
                self.decide_at = Some(now + DECIDE_PAUSE);
                return;
            }
            reach(Failpoint::RetireDecided);
        }
        // This includes windows that a promotion has ended.
        if any || self.runs_what_it_should_not() {
            self.reconcile();
        }
    }

    fn runs_what_it_should_not(&self) -> bool {
        self.projections.iter().any(|(name, projection)| {
            let folds = |version| self.catalog.state_of(name, version).is_some_and(VersionState::folds);
            projection.running.keys().any(|version| !folds(version))
        })
    }
}

fn look_at_pace(projection: &mut Projection) {
    let now = Instant::now();
    for running in projection.running.values_mut().filter(|running| running.pace.wants_sample(now)) {
        let folded = running.handle.look(|progress| progress.position.iter().map(|(.., next)| next).sum());
        let pace = running.pace.look(now, folded);
        // Does not wake threads that wait for changes; those that poll see it.
        running.handle.set_pace(pace.map(|pace| pace.round() as u64));
    }
}

fn set_phase(handle: &VersionHandle, phase: Phase) {
    handle.publish(|progress| {
        if progress.phase != Phase::Halted {
            progress.phase = phase;
        }
    });
}

fn set_waits_for(handle: &VersionHandle, waits_for: Option<String>) {
    if handle.look(|progress| progress.waits_for != waits_for) {
        handle.publish(|progress| progress.waits_for = waits_for);
    }
}
