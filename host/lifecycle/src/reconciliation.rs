//! Makes the running versions agree with the decisions: some start, others stop.

use std::sync::Arc;
use std::time::{Duration, Instant};

use foldline_core::lifecycle::VersionState;
use semver::Version;
use tracing::{error, info};

use super::pace::Pace;
use super::supervisor_state::SupervisorState;
use super::versions::{Projection, Running, START_PAUSE, dead_letters_max, first_phase, wait_for_start};
use foldline_base::code::Code;
use foldline_base::error::ErrorKind;
use foldline_base::failpoints::{Failpoint, reach};
use foldline_decode::DecodeLimits;
use foldline_engine::dead_share::DeadLettersMax;
use foldline_engine::memory::flush_keys_within;
use foldline_engine::{FoldOptions, Runs, VersionConfig, VersionHandle, Worker};

/// How long to wait before retrying a version whose module is being judged. Appends wait as well.
const JUDGING_PAUSE: Duration = Duration::from_millis(200);

impl SupervisorState {
    /// Makes what runs agree with the decisions.
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
            // A version that ran the beginning of its module restarts with the whole module.
            let has_its_bytes = |version: &Version, running: &Running| {
                self.catalog.build(&name, version) == Some(&running.build)
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
                // It may be displaced as soon as the modules that arrived with it are judged.
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

    fn start(&mut self, name: &str, version: &Version, state: VersionState) -> Option<Running> {
        let phase = first_phase(state);
        let build = self.catalog.build(name, version)?.clone();
        let runs = Arc::new(Runs::of(build.folder(&self.config.data, name)));
        let bytes = self.modules.get(&build.module);
        let lost = bytes.as_ref().is_err_and(|error| error.kind() != ErrorKind::Unavailable);
        let validated = bytes.and_then(|bytes| self.judge.ask(None, &bytes, &build.values.given()));
        let is_being_judged = validated.as_ref().is_err_and(|error| error.code() == Some(Code::Judging));
        let topics = match &validated {
            Ok(module) => module.description().topics(),
            Err(_) => Vec::new(),
        };
        let changes = self.registry.changes_sender();
        let handle = VersionHandle::new(name, &version.to_string(), build.digest(), topics, phase, changes)
            .with_values(build.values.clone());
        if let Ok(module) = &validated
            && !module.description().reduces()
        {
            self.added_partitions.dismiss(&handle.state_key());
            return Some(self.start_relay_only(build, module.clone(), handle, runs));
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
                let hint = format!("put {name}@{}.wasm into the modules folder again", build.release);
                let error = if error.hint().is_some() { error } else { error.with_hint(hint) };
                self.added_partitions.dismiss(&handle.state_key());
                error!(%error, "projection halted");
                handle.halt(error.to_string());
                (None, None)
            }
        };
        Some(Running {
            build,
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

    /// Tries again to start versions whose start was prevented.
    pub(super) fn start_after_all(&mut self, name: &str, projection: &mut Projection) {
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

    pub(super) fn publish_versions(&self, name: &str, projection: &Projection) {
        self.registry.set_versions(name, projection.handles(self.catalog.live(name)));
    }
}
