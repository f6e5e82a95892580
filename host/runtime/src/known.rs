//! Finds the version that answers for a projection, and tells "does not exist" from "not known yet".
//!
//! "Not found" is an answer of its own: log and modules folder show that there is none. That is not known while a module is being
//! judged, a version starts, or documents are rebuilt. Callers are then told to ask again.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Host;
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_base::planted::{Bug, is_planted};
use foldline_core::status::Phase;
use foldline_engine::VersionHandle;
use foldline_lifecycle::Serving;

/// The hint of an answer that is not known yet.
const ASK_AGAIN: &str = "try again in a moment; `foldline status` shows how far it is";

impl Host {
    /// Returns the live version of a projection.
    ///
    /// # Errors
    /// `NotFound` when there is none; `Unavailable` while a live version does not serve yet, or may become known in a moment.
    pub fn serving(&self, name: &str) -> Result<Arc<Serving>> {
        let serving = self.registry.serving(name);
        // While documents are rebuilt, their contents are not known, even if open readers still find the old ones.
        serving.filter(|serving| is_shown(&serving.handle)).ok_or_else(|| self.not_served(name))
    }

    /// Returns the version asked for: the given one, else the served one, else the one that will be.
    ///
    /// # Errors
    /// `NotFound` for an unknown projection or version; `Unavailable` while a module is being judged that may be this version.
    pub(super) fn version(&self, name: &str, version: Option<&str>) -> Result<Arc<VersionHandle>> {
        let versions = self.registry.versions_of(name);
        match (self.handle(name, version), version) {
            (Some(handle), _) => Ok(handle),
            (None, Some(version)) if !versions.is_empty() && !self.registry.may_come(name) => {
                let known: Vec<String> = versions.iter().map(|handle| handle.label()).collect();
                let message = format!("version {name}@{version} does not run");
                Err(Error::new(ErrorKind::NotFound, message)
                    .with_hint(format!("there are: {}", known.join(", "))))
            }
            (None, _) => Err(self.unknown(name)),
        }
    }

    /// As [`Host::version`], but returns `None` instead of an error.
    pub(super) fn handle(&self, name: &str, version: Option<&str>) -> Option<Arc<VersionHandle>> {
        let versions = self.registry.versions_of(name);
        match version {
            Some(version) => versions.into_iter().find(|handle| handle.version() == version),
            None => match self.registry.serving(name) {
                Some(serving) => Some(Arc::clone(&serving.handle)),
                None => versions.into_iter().next(),
            },
        }
    }

    /// Returns why nothing of this name runs.
    pub(super) fn unknown(&self, name: &str) -> Error {
        if self.registry.may_come(name) {
            let message = format!("projection `{name}` is not known yet: modules are being judged");
            return not_yet(message).with_hint("try again in a moment; `foldline modules` shows verdicts");
        }
        let names: BTreeSet<String> =
            self.registry.versions().iter().map(|version| version.name().to_owned()).collect();
        let known = names.into_iter().collect::<Vec<_>>().join(", ");
        Error::new(ErrorKind::NotFound, format!("projection `{name}` does not exist")).with_hint(
            if known.is_empty() {
                "no module was accepted yet; `foldline modules` shows verdicts".to_owned()
            } else {
                format!("there are: {known}")
            },
        )
    }

    /// Returns why no version of this name serves.
    fn not_served(&self, name: &str) -> Error {
        let (live, candidate, is_known) = self.registry.look_at_catalog(|catalog| {
            let owned = |version: Option<&semver::Version>| version.map(ToString::to_string);
            (owned(catalog.live(name)), owned(catalog.candidate(name)), catalog.highest(name).is_some())
        });
        if is_planted(Bug::NotYetIsNone) {
            return Error::new(ErrorKind::NotFound, format!("no projection `{name}` is live"));
        }
        let doing = |version: &str, otherwise: &str| {
            let handle = self.handle(name, Some(version));
            let halt = handle.and_then(|handle| handle.look(|progress| progress.halt.clone()));
            halt.map_or_else(|| otherwise.to_owned(), |halt| format!("has halted: {}", halt.reason))
        };
        match (live, candidate) {
            (Some(live), _) => {
                let doing = doing(&live, "is starting, or rebuilding its documents from the log");
                not_yet(format!("projection `{name}` does not answer yet: {name}@{live} {doing}"))
            }
            (None, Some(candidate)) => {
                let doing = doing(&candidate, "reads the log for the first time");
                not_yet(format!("projection `{name}` does not answer yet: {name}@{candidate} {doing}"))
            }
            (None, None) if is_known && !self.registry.may_come(name) => Error::new(
                ErrorKind::NotFound,
                format!("no version of `{name}` is live, and none is being built"),
            )
            .with_hint(format!("`foldline replay {name}@VERSION` builds one")),
            (None, None) => self.unknown(name),
        }
    }

    /// Checks that a version knows all dead letters that it ever reported. After a start, it lacks those of records that it has
    /// yet to fold again.
    ///
    /// # Errors
    /// `Unavailable` while it does not.
    pub(super) fn require_letters(&self, handle: &VersionHandle) -> Result<()> {
        let (phase, caught_up) = handle.look(|progress| (progress.phase, progress.caught_up));
        let label = handle.label();
        let relays = handle.only_relays()
            || handle.folding().is_ok_and(|folding| folding.module.description().relays());
        let of_relay = self.registry.relays().into_iter().find(|relay| relay.name() == handle.name());
        let relay_knows = of_relay.is_some_and(|relay| {
            relay.look(|progress| progress.frontier.is_some() || progress.halted.is_some())
        });
        if phase == Phase::Live && relays && !relay_knows {
            return Err(not_yet(format!("dead letters of {label} are not known yet: its relay is starting")));
        }
        match phase {
            _ if handle.only_relays() => Ok(()),
            Phase::Halted if !handle.has_opened() => {
                Err(not_yet(format!("dead letters of {label} cannot be read: it has halted")))
            }
            // The dead letters so far may explain the halt.
            Phase::Halted => Ok(()),
            _ if !handle.has_opened() => {
                Err(not_yet(format!("dead letters of {label} are not known yet: it is starting")))
            }
            Phase::Live | Phase::Draining if !caught_up => {
                Err(not_yet(format!("dead letters of {label} are not known yet: it reads the log again")))
            }
            _ => Ok(()),
        }
    }
}

/// Returns whether what a version shows can be relied on.
pub(super) fn is_shown(handle: &VersionHandle) -> bool {
    handle.look(|progress| progress.shown.is_some())
}

fn not_yet(message: String) -> Error {
    Error::new(ErrorKind::Unavailable, message).with_hint(ASK_AGAIN)
}
