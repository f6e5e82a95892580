//! The running versions of one projection.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use foldline_core::lifecycle::VersionState;
use semver::Version;
use tracing::warn;

use super::build::Build;
use super::gate::Check;
use super::handover::Handover;
use super::module_store::ModuleStore;
use super::pace::Pace;
use super::registry::Serving;
use foldline_base::code::Code;
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_config::Config;
use foldline_core::status::Phase;
use foldline_engine::dead_share::DeadLettersMax;
use foldline_engine::{Runs, VersionHandle, Worker};
use foldline_module::ValidatedModule;
use foldline_sink::Refused;
use foldline_sink_sqlite::SqliteReader;

/// How long to wait before retrying a version that could not be started.
pub(super) const START_PAUSE: Duration = Duration::from_secs(1);

/// What runs of one projection.
#[derive(Default)]
pub(super) struct Projection {
    pub(super) running: BTreeMap<Version, Running>,
    /// The hand-over under way.
    pub(super) handover: Option<Handover>,
    /// The comparison of the candidate with the live version, if the gate requires one.
    pub(super) check: Option<Check>,
    /// When the gate may be tried again, after a hand-over that it started has failed.
    pub(super) gate_at: Option<Instant>,
    /// Whether garbage was collected since all readers are pointed to the live version. What they read before may only go then.
    pub(super) garbage_requested: bool,
    /// What prevents serving or switching; logged once.
    pub(super) problem: Option<String>,
}

pub(super) struct Running {
    pub(super) build: Build,
    pub(super) handle: Arc<VersionHandle>,
    /// `None` if it could not even be started; the handle says why.
    pub(super) module: Option<ValidatedModule>,
    /// Whether its bytes were missing when it should have started.
    pub(super) lost: bool,
    /// Whether its module is still being judged: its inputs are unknown, and it has compared nothing with the log.
    pub(super) is_being_judged: bool,
    /// When to try again to start it, after a temporary obstacle.
    pub(super) retry_at: Option<Instant>,
    pub(super) worker: Option<Worker>,
    /// The share of dead letters that halts it.
    pub(super) dead_letters_max: Arc<DeadLettersMax>,
    /// The folder of its state and documents.
    pub(super) runs: Arc<Runs>,
    pub(super) pace: Pace,
}

impl Projection {
    /// Returns a running version.
    pub(super) fn get(&self, version: Option<&Version>) -> Option<&Running> {
        self.running.get(version?)
    }

    /// Returns whether modules of its versions are still being judged.
    pub(super) fn is_being_judged(&self) -> bool {
        self.running.values().any(|running| running.is_being_judged)
    }

    /// Returns the handle of a running version.
    pub(super) fn handle(&self, version: Option<&Version>) -> Option<&VersionHandle> {
        self.get(version).map(|running| running.handle.as_ref())
    }

    /// Returns the handles of all versions, the live one first, then the highest.
    pub(super) fn handles(&self, live: Option<&Version>) -> Vec<Arc<VersionHandle>> {
        let mut running: Vec<(&Version, &Running)> = self.running.iter().rev().collect();
        running.sort_by_key(|(version, _)| Some(*version) != live);
        running.into_iter().map(|(_, running)| Arc::clone(&running.handle)).collect()
    }
}

impl Running {
    /// Returns whether a version that could not start for lack of its bytes can start now.
    pub(super) fn can_start_after_all(&self, modules: &ModuleStore) -> bool {
        self.lost && modules.get(&self.build.module).is_ok()
    }

    /// Returns what readers of the version need.
    pub(super) fn serving(&self) -> Result<Arc<Serving>> {
        let reader = self.reader()?;
        Ok(Arc::new(Serving {
            version: self.handle.label(),
            reader,
            shown: self.handle.shown(),
            handle: Arc::clone(&self.handle),
        }))
    }

    /// Returns what reads the version's documents.
    pub(super) fn reader(&self) -> Result<SqliteReader> {
        let module = self.module.as_ref().ok_or_else(|| {
            Error::new(ErrorKind::Unavailable, format!("{} has no module", self.handle.label()))
        })?;
        SqliteReader::follow(self.runs.documents(), module.description().document())
    }

    /// Checks that a candidate may be served: it has caught up, and every row has its document. The first version of a projection
    /// needs no complete documents: it replaces nothing, and some documents are better than none.
    pub(super) fn may_go_live(&self, first: bool, leave_sinks: bool) -> Result<()> {
        let label = self.handle.label();
        let refused = |message: String| Error::new(ErrorKind::Refused, message);
        let progress = self.handle.progress();
        match progress.phase {
            Phase::CaughtUp => {}
            Phase::Halted => {
                let reason = progress.halt.map(|halt| halt.reason).unwrap_or_default();
                return Err(refused(format!("{label} has halted: {reason}")));
            }
            _ => {
                return Err(refused(format!("{label} has not caught up with the log yet"))
                    .with_hint("`foldline status` shows how far it is; `foldline wait` waits for it"));
            }
        }
        if first {
            return Ok(());
        }
        for (sink, state) in progress.sinks.iter().filter(|_| !leave_sinks) {
            if let Some(reason) = &state.reason {
                return Err(refused(format!("sink `{sink}` of {label} has halted: {reason}")));
            }
            if state.shown.is_none() {
                let trouble =
                    state.trouble.as_ref().map(|trouble| format!(": {trouble}")).unwrap_or_default();
                return Err(refused(format!("sink `{sink}` of {label} is not loaded yet{trouble}"))
                    .with_hint(format!(
                        "`foldline wait {} --version {}` waits for it",
                        self.handle.name(),
                        self.handle.version()
                    )));
            }
            if let Refused { rows: 1.., example } = &state.refused {
                let rows = state.refused.rows;
                let example = example.as_ref().map(|row| format!(", such as `{}`: {}", row.id, row.reason));
                let message = format!(
                    "sink `{sink}` refused {rows} documents of {label}{}",
                    example.unwrap_or_default()
                );
                return Err(refused(message).with_hint("fix the reducer and drop a higher version"));
            }
        }
        if progress.shown.is_none() {
            return Ok(());
        }
        match self.reader()?.failed_count()? {
            0 => Ok(()),
            failed => {
                Err(refused(format!("{failed} rows of {label} have no document: `project` failed on them"))
                    .with_hint("`foldline status` names one; fix the reducer and drop a higher version"))
            }
        }
    }
}

/// Returns the phase in which a version starts.
pub(super) fn first_phase(state: VersionState) -> Phase {
    match state {
        VersionState::Live => Phase::Live,
        VersionState::Draining => Phase::Draining,
        _ => Phase::Replaying,
    }
}

/// Returns the share of dead letters that halts a version, for each of its topics.
pub(super) fn dead_letters_max<'a>(
    config: &'a Config,
    handle: &'a VersionHandle,
) -> impl Iterator<Item = (String, f64)> + use<'a> {
    handle.topics().iter().map(|topic| (topic.clone(), config.dead_letters_max(handle.name(), topic)))
}

/// Publishes why a version has not started yet.
pub(super) fn wait_for_start(handle: &VersionHandle, error: &Error) {
    // That a module is being judged was published when judging began.
    if error.code() != Some(Code::Judging) {
        warn!(version = handle.label(), %error, "cannot start yet, trying again");
    }
    let text = format!("{}; retried until it works", error.message());
    handle.publish(|progress| progress.troubles.state = Some(text));
}
