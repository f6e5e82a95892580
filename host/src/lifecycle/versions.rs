//! The versions of one projection that run: the live one, and the candidate that may take over from it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use foldline_core::position::Position;
use semver::Version;

use super::module_store::ModuleStore;
use super::registry::Serving;
use crate::api::Phase;
use crate::engine::{VersionHandle, Worker};
use crate::error::{Error, ErrorKind, Result};
use crate::module::{Digest, ValidatedModule};
use crate::sink::sqlite::SqliteReader;

/// How long the old version's flushes stay frozen while the new one reaches what they showed.
const FREEZE_MAX: Duration = Duration::from_secs(10);

/// The versions of one projection that run.
#[derive(Default)]
pub(super) struct Projection {
    pub(super) live: Option<Running>,
    pub(super) candidate: Option<Running>,
    /// Since when the live version's flushes are frozen, and what its sinks may show.
    pub(super) frozen: Option<(Instant, Position)>,
    /// What keeps it from being served or switched, said once.
    pub(super) problem: Option<String>,
}

pub(super) struct Running {
    pub(super) version: Version,
    pub(super) digest: Digest,
    pub(super) handle: Arc<VersionHandle>,
    /// None = it could not even be started; the handle says why.
    pub(super) module: Option<ValidatedModule>,
    /// Its bytes were gone when it should have started.
    pub(super) lost: bool,
    pub(super) worker: Option<Worker>,
    pub(super) folder: PathBuf,
}

impl Projection {
    pub(super) fn handles(&self) -> Vec<Arc<VersionHandle>> {
        [&self.live, &self.candidate]
            .into_iter()
            .flatten()
            .map(|running| Arc::clone(&running.handle))
            .collect()
    }

    /// Returns what the candidate shows if it may be served: at least what the live version shows, observed after its
    /// flushes were frozen.
    pub(super) fn may_take_over(&mut self) -> Option<Position> {
        let candidate = &self.candidate.as_ref()?.handle;
        let progress = candidate.progress();
        if progress.phase != Phase::CaughtUp {
            return None;
        }
        let shown = progress.shown?;
        let Some(live) = &self.live else { return Some(shown) };
        // A new version may have dropped an input of the old one.
        let covers =
            |other: &Position| shown.covers(&other.of_topics(candidate.topics().iter().map(String::as_str)));
        if self.frozen.is_none() && live.handle.progress().shown.is_none_or(|live| covers(&live)) {
            self.frozen = Some((Instant::now(), live.handle.freeze()));
        }
        let (_, intent) = self.frozen.as_ref()?;
        covers(intent).then_some(shown)
    }

    /// Returns whether flushes are frozen for a candidate that does not take over.
    pub(super) fn is_frozen_in_vain(&self) -> bool {
        let ready =
            self.candidate.as_ref().is_some_and(|running| running.handle.progress().phase == Phase::CaughtUp);
        self.frozen.as_ref().is_some_and(|(since, _)| !ready || since.elapsed() > FREEZE_MAX)
    }

    pub(super) fn thaw(&mut self) {
        if let (Some(_), Some(live)) = (self.frozen.take(), &self.live) {
            live.handle.thaw();
        }
    }
}

impl Running {
    /// Returns whether it could not be started for want of bytes that are there now.
    pub(super) fn can_start_after_all(&self, modules: &ModuleStore) -> bool {
        self.lost && modules.get(&self.digest).is_ok()
    }

    pub(super) fn serving(&self) -> Result<Arc<Serving>> {
        let module = self.module.as_ref().ok_or_else(|| {
            Error::new(ErrorKind::Unavailable, format!("{} has no module", self.handle.label()))
        })?;
        let reader =
            SqliteReader::open(&self.folder.join("documents.sqlite"), &module.description().document)?;
        Ok(Arc::new(Serving {
            version: self.handle.label(),
            reader,
            shown: self.handle.shown(),
            handle: Arc::clone(&self.handle),
        }))
    }
}
