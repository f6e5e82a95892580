//! What operators ask of versions: checked against what was decided and what runs, then decided.
//!
//! A promotion and a rollback only begin here: the hand-over that they ask for is `rollout`'s.

use std::time::Instant;

use foldline_core::lifecycle::Standing;
use semver::Version;

use super::decisions::Decision;
use super::handover::Handover;
use super::requests::{Change, Request};
use super::supervisor::State;
use super::versions::Running;
use crate::api::Phase;
use crate::error::{Error, ErrorKind, Result};
use crate::failpoints::{Failpoint, reach};
use crate::sink::Refused;

impl State {
    /// Does an operator's will, or says why not.
    pub(super) fn answer(&mut self, request: Request) {
        let Request { name, change, answer } = request;
        if let Change::AdoptLog(adoption) = change {
            // Whoever asked may have gone.
            return drop(answer.try_send(self.adopt_log(name, adoption)));
        }
        let to = match self.check(&name, &change) {
            Ok(to) => to,
            Err(error) => return drop(answer.try_send(Err(error))),
        };
        let outcome = match change {
            Change::Promote(_) | Change::Rollback => {
                let projection = self.projections.entry(name).or_default();
                let now = Instant::now();
                return projection.handover.get_or_insert_with(|| Handover::to(to, now)).add_asker(answer);
            }
            Change::Discard(_) => self.discard(&name, to),
            Change::Replay(_) => self.replay(&name, to),
            Change::AdoptLog(_) => return,
        };
        // Whoever asked may have gone.
        let _ = answer.try_send(outcome);
    }

    /// Returns the version that a change is about, if it may be made as things stand.
    fn check(&self, name: &str, change: &Change) -> Result<Version> {
        let refused = |message: String| Error::new(ErrorKind::Refused, message);
        let version = match change {
            Change::Promote(version) | Change::Discard(version) | Change::Replay(version) => version,
            Change::AdoptLog(_) => return Err(refused("a log has no version".to_owned())),
            Change::Rollback => {
                let draining = self.catalog.draining(name).map(|(version, _)| version);
                draining.ok_or_else(|| {
                    refused(format!("projection `{name}` has no version before the live one to go back to"))
                        .with_hint("an old version is kept for `keep_old`; a retired one is brought back by `foldline replay`")
                })?
            }
        };
        let standing =
            self.catalog.standing(name, version).ok_or_else(|| self.not_registered(name, version))?;
        let projection = self.projections.get(name);
        if let Some(handover) = projection.and_then(|projection| projection.handover.as_ref())
            && (handover.version() != version || !matches!(change, Change::Promote(_) | Change::Rollback))
        {
            return Err(refused(format!(
                "{name}@{} is just taking over; ask again in a moment",
                handover.version()
            )));
        }
        match change {
            Change::Promote(_) if standing == Standing::Draining => {}
            Change::Promote(_) if standing != Standing::Candidate => {
                return Err(refused(format!("{name}@{version} is {standing}, so it cannot be promoted"))
                    .with_hint(match standing {
                        Standing::Live => "nothing is to do".to_owned(),
                        _ => format!("`foldline replay {name}@{version}` builds it first"),
                    }));
            }
            Change::Promote(_) => {
                let running = projection.and_then(|projection| projection.get(Some(version)));
                let first = self.catalog.live(name).is_none();
                running.map_or_else(
                    || Err(refused(format!("{name}@{version} does not run"))),
                    |running| may_go_live(running, first),
                )?;
            }
            Change::Rollback | Change::Discard(_) | Change::Replay(_) | Change::AdoptLog(_) => {}
        }
        Ok(version.clone())
    }

    fn discard(&mut self, name: &str, version: Version) -> Result<String> {
        self.decide(&Decision::Discarded { name: name.to_owned(), version: version.clone() })?;
        reach(Failpoint::DiscardDecided);
        self.reconcile();
        Ok(format!("{name}@{version} is discarded"))
    }

    fn replay(&mut self, name: &str, version: Version) -> Result<String> {
        let known = self.catalog.digest(name, &version).copied();
        let digest = known.ok_or_else(|| self.not_registered(name, &version))?;
        let bytes = self.modules.get(&digest).map_err(|error| {
            error.with_hint(format!("put {name}@{version}.wasm into the modules folder again"))
        })?;
        let module = self.judge.ask(None, &bytes)?;
        self.require_history(&module)?;
        self.decide(&Decision::Started { name: name.to_owned(), version: version.clone() })?;
        reach(Failpoint::ReplayDecided);
        self.reconcile();
        Ok(format!("{name}@{version} replays the log"))
    }

    /// Returns that a version was never accepted, or not yet.
    fn not_registered(&self, name: &str, version: &Version) -> Error {
        let hint =
            format!("copy {name}@{version}.wasm into the modules folder; `foldline modules` shows verdicts");
        match self.registry.may_come(name) {
            true => Error::new(ErrorKind::Unavailable, format!("{name}@{version} is not judged yet"))
                .with_hint("ask again in a moment; `foldline modules` shows verdicts"),
            false => {
                Error::new(ErrorKind::NotFound, format!("{name}@{version} is not registered")).with_hint(hint)
            }
        }
    }
}

/// Checks that a candidate may be served: it has caught up, and every row of it has its document. The first version of a
/// projection replaces nothing: what it has is better than nothing.
pub(super) fn may_go_live(running: &Running, first: bool) -> Result<()> {
    let label = running.handle.label();
    let refused = |message: String| Error::new(ErrorKind::Refused, message);
    let progress = running.handle.progress();
    match progress.phase {
        Phase::CaughtUp => {}
        Phase::Halted => {
            let reason = progress.halt.map(|halt| halt.reason).unwrap_or_default();
            return Err(refused(format!("{label} has halted: {reason}")));
        }
        _ => {
            return Err(refused(format!("{label} has not caught up with the log yet"))
                .with_hint("`foldline status` says how far it is; `foldline wait` waits for it"));
        }
    }
    if first {
        return Ok(());
    }
    for (sink, state) in &progress.sinks {
        if let Some(reason) = &state.reason {
            return Err(refused(format!("sink `{sink}` of {label} has halted: {reason}")));
        }
        if state.shown.is_none() {
            let trouble = state.trouble.as_ref().map(|trouble| format!(": {trouble}")).unwrap_or_default();
            return Err(refused(format!("sink `{sink}` of {label} is not loaded yet{trouble}")).with_hint(
                format!(
                    "`foldline wait {} --version {}` waits for it",
                    running.handle.name(),
                    running.handle.version()
                ),
            ));
        }
        if let Refused { rows: 1.., example } = &state.refused {
            let rows = state.refused.rows;
            let example = example.as_ref().map(|row| format!(", such as `{}`: {}", row.id, row.reason));
            let message =
                format!("sink `{sink}` refused {rows} documents of {label}{}", example.unwrap_or_default());
            return Err(refused(message).with_hint("mend the reducer and drop a higher version"));
        }
    }
    if progress.shown.is_none() {
        return Ok(());
    }
    match running.reader()?.failed_count()? {
        0 => Ok(()),
        failed => {
            Err(refused(format!("{failed} rows of {label} have no document: `project` failed on them"))
                .with_hint("`foldline status` names one; mend the reducer and drop a higher version"))
        }
    }
}
