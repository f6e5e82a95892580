//! The versions of one projection that run, and how one of them is started.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use semver::Version;

use super::gate::Check;
use super::handover::Handover;
use super::module_store::ModuleStore;
use super::pace::Pace;
use super::registry::Serving;
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_engine::dead_share::DeadLettersMax;
use foldline_engine::{Runs, VersionHandle, Worker};
use foldline_module::{Digest, ValidatedModule};
use foldline_sink_sqlite::SqliteReader;

/// What runs of one projection.
#[derive(Default)]
pub(super) struct Projection {
    pub(super) running: BTreeMap<Version, Running>,
    /// A change of the live version that is under way.
    pub(super) handover: Option<Handover>,
    /// Whether the candidate's documents agree with the live version's, where the gate asks for that.
    pub(super) check: Option<Check>,
    /// When the gate may be tried again, after a hand-over that it opened came to nothing.
    pub(super) gate_at: Option<Instant>,
    /// Whether servers were tidied since all readers are pointed to the live version: what they read before may go only then.
    pub(super) garbage_requested: bool,
    /// What keeps it from being served or switched, said once.
    pub(super) problem: Option<String>,
}

pub(super) struct Running {
    pub(super) digest: Digest,
    pub(super) handle: Arc<VersionHandle>,
    /// None = it could not even be started; the handle says why.
    pub(super) module: Option<ValidatedModule>,
    /// Its bytes were gone when it should have started.
    pub(super) lost: bool,
    /// Its module is still being judged: what it reads is not known, and it has compared nothing with the log.
    pub(super) is_being_judged: bool,
    /// When to try again to start it, where something was in the way that passes.
    pub(super) retry_at: Option<Instant>,
    pub(super) worker: Option<Worker>,
    /// How many dead letters stop it.
    pub(super) dead_letters_max: Arc<DeadLettersMax>,
    /// Where its state and documents are.
    pub(super) runs: Arc<Runs>,
    pub(super) pace: Pace,
}

/// Returns the folder of a version's runs.
pub(super) fn version_folder(data: &Path, name: &str, version: &Version, digest: &Digest) -> PathBuf {
    data.join("versions").join(format!("{name}@{version}-{}", digest.short()))
}

impl Projection {
    /// Returns a version that runs.
    pub(super) fn get(&self, version: Option<&Version>) -> Option<&Running> {
        self.running.get(version?)
    }

    /// Returns whether modules of its versions are still being judged.
    pub(super) fn is_being_judged(&self) -> bool {
        self.running.values().any(|running| running.is_being_judged)
    }

    /// Returns the handle of a version that runs.
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
    /// Returns whether it could not be started for want of bytes that are there now.
    pub(super) fn can_start_after_all(&self, modules: &ModuleStore) -> bool {
        self.lost && modules.get(&self.digest).is_ok()
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
        SqliteReader::follow(self.runs.documents(), &module.description().document)
    }
}
