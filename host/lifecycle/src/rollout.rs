//! What runs, brought in line with what was decided: versions start, are served, hand over, and go.
//!
//! A new version is built completely aside; the decision is made durable; then one assignment makes it live. Everything that
//! can fail comes before the decision; after it, only assignments.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use foldline_core::lifecycle::VersionState;
use foldline_core::position::Position;
use semver::Version;
use tracing::{error, info, warn};

use super::added_partitions::AGAIN_AFTER;
use super::decisions::Decision;
use super::gate::Check;
use super::handover::{self, Handover, HandoverProgress};
use super::operator_actions::may_go_live;
use super::pace::Pace;
use super::resuming::dead_letters_max;
use super::rollback_windows::Kept;
use super::supervisor::SupervisorState;
use super::versions::{Projection, Running, version_folder};
use foldline_base::clock::now_ms;
use foldline_base::code::Code;
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_base::failpoints::{Failpoint, reach};
use foldline_base::panics::spawn_contained;
use foldline_base::planted::{Bug, is_planted};
use foldline_config::Promote;
use foldline_core::status::Phase;
use foldline_decode::DecodeLimits;
use foldline_engine::dead_share::DeadLettersMax;
use foldline_engine::memory::flush_keys_within;
use foldline_engine::{FoldOptions, Runs, VersionConfig, VersionHandle, Worker, runs};
use foldline_inspect::compare::Tolerances;
use foldline_module::ValidatedModule;

/// How long a version waits that could not be started for now.
pub(super) const START_PAUSE: Duration = Duration::from_secs(1);

/// How long a version waits whose module is being judged: appends wait with it.
const JUDGING_PAUSE: Duration = Duration::from_millis(200);

/// How long a gate stays shut after a hand-over that it opened came to nothing.
const GATE_PAUSE: Duration = Duration::from_secs(30);

impl SupervisorState {
    /// Makes what runs agree with what is decided.
    pub(super) fn reconcile(&mut self) {
        let names: Vec<String> = self.catalog.names().map(str::to_owned).collect();
        for name in names {
            let mut projection = self.projections.remove(&name).unwrap_or_default();
            if self.catalog.live(&name).is_some() {
                self.registry.expect(&name);
            }
            let wanted: Vec<(Version, VersionState)> =
                self.catalog.folding(&name).map(|(version, state)| (version.clone(), state)).collect();
            let is_wanted = |version: &Version| wanted.iter().any(|(wanted, _)| wanted == version);
            // One that ran the beginning of its module starts again with the whole of it.
            let has_its_bytes = |version: &Version, running: &Running| {
                self.catalog.digest(&name, version) == Some(&running.digest)
            };
            let stays = |(version, running): &(&Version, &Running)| {
                is_wanted(version) && has_its_bytes(version, running)
            };
            let gone: Vec<Version> = projection
                .running
                .iter()
                .filter(|of| !stays(of))
                .map(|(version, _)| version.clone())
                .collect();
            let mut changed = !gone.is_empty();
            for version in gone {
                if let Some(running) = projection.running.remove(&version) {
                    projection.check = None;
                    self.retire(running);
                }
            }
            for (version, state) in wanted {
                // One that may be displaced as soon as those that came with it are judged.
                let waits = state == VersionState::Candidate && !self.pending_drops.are_judged_of(&name);
                if waits && projection.get(Some(&version)).is_none() {
                    continue;
                }
                let runs = projection.get(Some(&version));
                if runs.is_none_or(|running| running.can_start_after_all(&self.modules))
                    && let Some(running) = self.start(&name, &version, state)
                {
                    if running.is_being_judged {
                        let version = running.handle.label();
                        info!(version, "cannot start yet, its module is being judged");
                    }
                    projection.running.insert(version, running);
                    reach(Failpoint::VersionStarted);
                    changed = true;
                }
            }
            if changed {
                self.publish_versions(&name, &projection);
            }
            self.projections.insert(name, projection);
        }
    }

    fn publish_versions(&self, name: &str, projection: &Projection) {
        self.registry.set_versions(name, projection.handles(self.catalog.live(name)));
    }

    /// Notes what a version reads: no topic of changes is written into it.
    pub(super) fn note_inputs(&self, handle: &Arc<VersionHandle>, module: &ValidatedModule) {
        let (label, version) = (handle.label(), Arc::clone(handle));
        self.inputs.note(version, &label, handle.name(), &module.description().inputs);
    }

    fn start(&mut self, name: &str, version: &Version, state: VersionState) -> Option<Running> {
        let phase = first_phase(state);
        let digest = *self.catalog.digest(name, version)?;
        let runs = Arc::new(Runs::of(version_folder(&self.config.data, name, version, &digest)));
        let bytes = self.modules.get(&digest);
        let lost = bytes.as_ref().is_err_and(|error| error.kind() != ErrorKind::Unavailable);
        let validated = bytes.and_then(|bytes| self.judge.ask(None, &bytes));
        let is_being_judged = validated.as_ref().is_err_and(|error| error.code() == Some(Code::Judging));
        let topics = match &validated {
            Ok(module) => module.description().inputs.iter().map(|input| input.topic.clone()).collect(),
            Err(_) => Vec::new(),
        };
        let changes = self.registry.changes_sender();
        let handle = VersionHandle::new(name, &version.to_string(), digest, topics, phase, changes);
        if let Ok(module) = &validated
            && !module.description().reduces()
        {
            self.added_partitions.dismiss(&handle.state_key());
            return Some(self.start_relay_only(module.clone(), handle, runs));
        }
        let sinks = self.sinks_of(name);
        let dead_letters_max = Arc::new(DeadLettersMax::of(dead_letters_max(&self.newest_config, &handle)));
        let handle = Arc::new(handle.with_sinks(&sinks));
        if state == VersionState::Live {
            handle.leave_sinks(&self.catalog.left(name));
        }
        if let Ok(module) = &validated {
            self.note_inputs(&handle, module);
        }
        let started = validated.and_then(|module| {
            let config = VersionConfig {
                module: module.clone(),
                feeds: Arc::clone(&self.feeds),
                runs: Arc::clone(&runs),
                sinks,
                owner: self.owner.clone(),
                skips: Arc::clone(&self.skips),
                fold: FoldOptions {
                    dead_letters_max: Arc::clone(&dead_letters_max),
                    added_partitions: Arc::clone(&self.added_partitions),
                    ..FoldOptions::new(Arc::clone(self.feeds.threads()), DecodeLimits::of(&self.config))
                },
                memory_max: self.config.engine.memory_max,
                flush_keys_max: flush_keys_within(self.config.engine.memory_max),
                checkpoint: self.config.checkpoint.clone(),
                idle_partitions: Arc::clone(&self.idle_partitions),
            };
            Ok((module, Worker::start(config, Arc::clone(&handle))?))
        });
        let mut retry_at = None;
        let (module, worker) = match started {
            Ok((module, worker)) => (Some(module), Some(worker)),
            Err(error) if error.kind() == ErrorKind::Unavailable => {
                let error = error.context(format_args!("{name}@{version} cannot start yet"));
                let pause = if is_being_judged { JUDGING_PAUSE } else { START_PAUSE };
                retry_at = Some(Instant::now() + pause);
                wait_for_start(&handle, &error);
                (None, None)
            }
            Err(error) => {
                let error = error.context(format_args!("{name}@{version} cannot run"));
                let hint = format!("put {name}@{version}.wasm into the modules folder again");
                let error = if error.hint().is_some() { error } else { error.with_hint(hint) };
                self.added_partitions.dismiss(&handle.state_key());
                error!(%error, "projection halted");
                handle.halt(error.to_string());
                (None, None)
            }
        };
        Some(Running {
            digest,
            handle,
            module,
            lost,
            is_being_judged,
            retry_at,
            worker,
            dead_letters_max,
            runs,
            pace: Pace::default(),
        })
    }

    /// Tries again to start versions that something was in the way of.
    fn start_after_all(&mut self, name: &str, projection: &mut Projection) {
        let now = Instant::now();
        let may_retry = |running: &Running| running.retry_at.is_some_and(|at| at <= now);
        let retried: Vec<Version> = projection
            .running
            .iter()
            .filter(|(_, running)| may_retry(running))
            .map(|(version, _)| version.clone())
            .collect();
        for version in &retried {
            if let Some(state) = self.catalog.state_of(name, version)
                && let Some(running) = self.start(name, version, state)
            {
                projection.running.insert(version.clone(), running);
            }
        }
        if !retried.is_empty() {
            self.publish_versions(name, projection);
        }
    }

    /// Looks at every projection: serves, opens gates, hands over, ends rollback windows.
    pub(super) fn tend(&mut self) {
        let names: Vec<String> = self.projections.keys().cloned().collect();
        for name in names {
            let Some(mut projection) = self.projections.remove(&name) else { continue };
            let problem = self.advance(&name, &mut projection).err().map(|error| error.to_string());
            if problem.is_some() && problem != projection.problem {
                warn!(projection = name, problem, "cannot serve or switch yet, trying again");
            }
            projection.problem = problem;
            self.projections.insert(name, projection);
        }
        self.end_rollback_windows();
    }

    fn advance(&mut self, name: &str, projection: &mut Projection) -> Result<()> {
        look_at_pace(projection);
        self.start_after_all(name, projection);
        self.tend_relay(name, projection);
        if let Some(live) = projection.handle(self.catalog.live(name))
            && let Some(draining) = projection.handle(self.catalog.draining(name).map(|(version, _)| version))
        {
            handover::thaw_behind(live, draining);
        }
        self.collect_once_pointed(name, projection);
        // What the live version cannot do must not keep a candidate from replacing it.
        let served = self.serve_live(name, projection);
        self.look_at_gate(name, projection);
        match projection.handover.take() {
            None => served,
            Some(handover) => self.hand_over(name, projection, handover),
        }
    }

    /// Removes what readers of servers have read before, once all of them read the live version.
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

    /// Serves the live version as soon as its sink shows anything.
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

    /// Promotes the candidate when no operator has to agree, and says what it waits for otherwise.
    fn look_at_gate(&self, name: &str, projection: &mut Projection) {
        let Some(version) = self.catalog.candidate(name).cloned() else { return };
        let Some(candidate) = projection.get(Some(&version)) else { return };
        let first = self.catalog.live(name).is_none();
        if projection.handover.is_some() || candidate.handle.progress().phase != Phase::CaughtUp {
            return;
        }
        let now = Instant::now();
        let waits_for = match (may_go_live(candidate, first, false), self.config.projection(name).promote) {
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

    /// Returns what the comparison with the live version has against a candidate; begins it if that was not done.
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
            // The pause is for what came to nothing: the next version need not wait.
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
            digest: new.digest,
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
            // Readers that wait for the old version ask the new one.
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
            // A hand-over back to it may be under way.
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
                self.decide_at = Some(now + AGAIN_AFTER);
                return;
            }
            reach(Failpoint::RetireDecided);
        }
        // Also those that a promotion has ended.
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

    /// Stops a version and deletes what it wrote, in the background.
    fn retire(&mut self, running: Running) {
        let collect = self.garbage.requester(running.handle.name());
        let Running { worker, runs, handle, .. } = running;
        // At once: one that is started under the same name from now on has a folder of its own.
        let given_up = runs.close();
        self.added_partitions.forget(&handle.state_key());
        let retire = move || {
            drop(worker);
            collect();
            handle.close_store();
            reach(Failpoint::BeforeDelete);
            given_up.iter().for_each(|folder| delete(folder));
            // The next version under the same name has its run there.
            let _ = std::fs::remove_dir(runs.folder());
            reach(Failpoint::Deleted);
            info!(version = handle.label(), "retired");
        };
        match spawn_contained("retire", retire) {
            Ok(thread) => self.retiring.push(thread),
            Err(error) => warn!(%error, "cannot retire a version now; the next start does"),
        }
    }

    /// Returns what retired versions and runs left behind when the host ended before it could delete it. Asked before anything
    /// runs. What no decision knows of stays: the decisions may have been lost, and what is there may be all that is left.
    pub(super) fn leftovers(&self) -> Vec<PathBuf> {
        let Ok(entries) = std::fs::read_dir(self.config.data.join("versions")) else { return Vec::new() };
        let mut leftovers = Vec::new();
        for folder in entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()) {
            let name = folder.file_name().unwrap_or_default().to_string_lossy();
            match self.whose(&folder, &name) {
                Owner::Folds => match runs::leftovers(&folder) {
                    Ok(left) => leftovers.extend(left),
                    Err(error) => warn!(folder = %folder.display(), %error, "cannot look for leftovers"),
                },
                Owner::Gone => leftovers.push(folder),
                Owner::Unknown => {
                    warn!(folder = %folder.display(), "no decision mentions this version: its folder is left unchanged");
                }
            }
        }
        leftovers
    }

    fn whose(&self, folder: &Path, name: &str) -> Owner {
        let of = |projection: &str, version: &Version| {
            let digest = self.catalog.digest(projection, version)?;
            Some(version_folder(&self.config.data, projection, version, digest))
        };
        let folds = self.catalog.names().any(|projection| {
            self.catalog
                .folding(projection)
                .any(|(version, _)| of(projection, version).as_deref() == Some(folder))
        });
        let is_known = || {
            self.catalog.names().any(|projection| {
                let known = |version: &Version| name.starts_with(&format!("{projection}@{version}-"));
                self.catalog.versions(projection).any(known)
            })
        };
        match () {
            () if folds => Owner::Folds,
            () if is_known() || is_planted(Bug::UnknownDeleted) => Owner::Gone,
            () => Owner::Unknown,
        }
    }

    /// Deletes folders in the background.
    pub(super) fn delete_beside(&mut self, folders: Vec<PathBuf>) {
        if folders.is_empty() {
            return;
        }
        let delete = move || folders.iter().for_each(|folder| delete(folder));
        match spawn_contained("leftovers", delete) {
            Ok(thread) => self.retiring.push(thread),
            Err(error) => warn!(%error, "cannot delete what retired versions left; the next start does"),
        }
    }
}

/// Whom a folder of versions belongs to.
enum Owner {
    /// A version that folds.
    Folds,
    /// A version that was given up, or bytes that another file replaced.
    Gone,
    /// No version, as far as decisions tell.
    Unknown,
}

fn delete(folder: &Path) {
    if let Err(error) = runs::remove(folder) {
        warn!(folder = %folder.display(), %error, "cannot delete what a retired version left; the next start does");
    }
}

fn look_at_pace(projection: &mut Projection) {
    let now = Instant::now();
    for running in projection.running.values_mut().filter(|running| running.pace.is_due(now)) {
        let folded = running.handle.look(|progress| progress.position.iter().map(|(.., next)| next).sum());
        let pace = running.pace.look(now, folded);
        // Wakes no thread that waits for changes: those that look see it.
        running.handle.set_pace(pace.map(|pace| pace.round() as u64));
    }
}

/// Says why a version has not started yet.
pub(super) fn wait_for_start(handle: &VersionHandle, error: &Error) {
    // That a module is being judged was said when that began.
    if error.code() != Some(Code::Judging) {
        warn!(version = handle.label(), %error, "cannot start yet, trying again");
    }
    let text = format!("{}; retried until it works", error.message());
    handle.publish(|progress| progress.troubles.state = Some(text));
}

/// Returns the phase in which a version starts.
pub(super) fn first_phase(state: VersionState) -> Phase {
    match state {
        VersionState::Live => Phase::Live,
        VersionState::Draining => Phase::Draining,
        _ => Phase::Replaying,
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
