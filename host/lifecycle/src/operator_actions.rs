//! Operators' requests about versions: checked against decisions and running versions, then decided.
//!
//! A promotion or rollback only begins here; `rollout` performs the hand-over.

use std::sync::mpsc::SyncSender;
use std::time::Instant;

use foldline_core::lifecycle::VersionState;
use semver::Version;

use super::decisions::Decision;
use super::handover::Handover;
use super::operator_requests::{OperatorRequest, PendingRequest};
use super::supervisor_state::{SupervisorState, no_projection};
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_base::failpoints::{Failpoint, reach};

impl SupervisorState {
    /// Fulfils a request, or replies why not.
    pub(super) fn answer(&mut self, request: PendingRequest) {
        let PendingRequest { name, request, answer } = request;
        let outcome = match request {
            OperatorRequest::AdoptLog(adoption) => self.adopt_log(name, adoption),
            OperatorRequest::Skip(skip) => {
                self.unless_taking_over(&name).and_then(|()| self.skip(&name, skip))
            }
            OperatorRequest::Resume => self.unless_taking_over(&name).and_then(|()| self.resume(&name)),
            OperatorRequest::Remove { keeps_documents } => self.remove(&name, keeps_documents),
            OperatorRequest::Promote { version, leave_sinks } => {
                match self.may_promote(&name, &version, leave_sinks) {
                    Ok(()) => return self.begin_handover(name, version, leave_sinks, answer),
                    Err(error) => Err(error),
                }
            }
            OperatorRequest::Rollback { leave_sinks } => match self.may_roll_back(&name) {
                Ok(version) => return self.begin_handover(name, version, leave_sinks, answer),
                Err(error) => Err(error),
            },
            OperatorRequest::Discard(version) => self.discard(&name, version),
            OperatorRequest::Replay(version) => self.replay(&name, version),
        };
        // The requesting thread may be gone.
        let _ = answer.try_send(outcome);
    }

    fn begin_handover(
        &mut self,
        name: String,
        to: Version,
        leave_sinks: bool,
        answer: SyncSender<Result<String>>,
    ) {
        let projection = self.projections.entry(name).or_default();
        let handover = projection.handover.get_or_insert_with(|| Handover::to(to, Instant::now()));
        if leave_sinks {
            handover.leave_sinks();
        }
        handover.add_requester(answer);
    }

    /// Checks that a version may be promoted now.
    fn may_promote(&self, name: &str, version: &Version, leave_sinks: bool) -> Result<()> {
        let refused = |message: String| Error::new(ErrorKind::Refused, message);
        let state = self.state_of(name, version)?;
        self.unless_another_takes_over(name, version)?;
        if state == VersionState::Draining {
            return Ok(());
        }
        if state != VersionState::Candidate {
            let hint = match state {
                VersionState::Live => "it is already live".to_owned(),
                _ => format!("`foldline replay {name}@{version}` builds it first"),
            };
            return Err(
                refused(format!("{name}@{version} is {state}, so it cannot be promoted")).with_hint(hint)
            );
        }
        let projection = self.projections.get(name);
        let running = projection.and_then(|projection| projection.get(Some(version)));
        let running = running.ok_or_else(|| refused(format!("{name}@{version} does not run")))?;
        running.may_go_live(self.catalog.live(name).is_none(), leave_sinks)
    }

    /// Returns the version that a rollback would return to, if it is possible now.
    fn may_roll_back(&self, name: &str) -> Result<Version> {
        let draining = self.catalog.draining(name).map(|(version, _)| version.clone());
        let version = draining.ok_or_else(|| {
            let message = format!("projection `{name}` has no previous version to go back to");
            Error::new(ErrorKind::Refused, message).with_hint(
                "an old version is kept for `keep_old`; `foldline replay` brings back a retired one",
            )
        })?;
        self.unless_another_takes_over(name, &version)?;
        Ok(version)
    }

    fn state_of(&self, name: &str, version: &Version) -> Result<VersionState> {
        self.catalog.state_of(name, version).ok_or_else(|| self.not_registered(name, version))
    }

    /// Refuses while a version of the projection is taking over.
    pub(super) fn unless_taking_over(&self, name: &str) -> Result<()> {
        let projection = self.projections.get(name);
        match projection.and_then(|projection| projection.handover.as_ref()) {
            Some(handover) => Err(taking_over(name, handover)),
            None => Ok(()),
        }
    }

    /// Refuses while another version of the projection is taking over.
    fn unless_another_takes_over(&self, name: &str, version: &Version) -> Result<()> {
        let projection = self.projections.get(name);
        match projection.and_then(|projection| projection.handover.as_ref()) {
            Some(handover) if handover.version() != version => Err(taking_over(name, handover)),
            _ => Ok(()),
        }
    }

    /// Removes a projection.
    fn remove(&mut self, name: &str, keeps_documents: bool) -> Result<String> {
        if self.catalog.versions(name).next().is_none() {
            return Err(no_projection(name));
        }
        self.unless_taking_over(name)?;
        self.decide(&Decision::Removed { name: name.to_owned(), keeps_documents })?;
        reach(Failpoint::RemoveDecided);
        self.registry.dismiss(name);
        self.reconcile();
        // This includes what versions left that do not run.
        self.garbage.requester(name)();
        let documents =
            if keeps_documents { "; what servers hold of it stays" } else { ", and its documents" };
        Ok(format!(
            "`{name}` is removed with all its versions: their states are deleted{documents}; a higher version, or `foldline replay`, \
             brings it back"
        ))
    }

    fn discard(&mut self, name: &str, version: Version) -> Result<String> {
        self.state_of(name, &version)?;
        self.unless_taking_over(name)?;
        self.decide(&Decision::Discarded { name: name.to_owned(), version: version.clone() })?;
        reach(Failpoint::DiscardDecided);
        self.reconcile();
        Ok(format!("{name}@{version} is discarded"))
    }

    fn replay(&mut self, name: &str, version: Version) -> Result<String> {
        self.state_of(name, &version)?;
        self.unless_taking_over(name)?;
        let known = self.catalog.build(name, &version).cloned();
        let build = known.ok_or_else(|| self.not_registered(name, &version))?;
        let bytes = self.modules.get(&build.module).map_err(|error| {
            error.with_hint(format!("put {name}@{}.wasm into the modules folder again", build.release))
        })?;
        let module = self.judge.ask(None, &bytes, &build.values.given())?;
        self.require_history(&module)?;
        self.decide(&Decision::Started { name: name.to_owned(), version: version.clone() })?;
        reach(Failpoint::ReplayDecided);
        self.reconcile();
        Ok(format!("{name}@{version} replays the log"))
    }

    /// Returns the error that a version was never accepted, or not yet.
    fn not_registered(&self, name: &str, version: &Version) -> Error {
        // With values of its parameters, a version is known by its builds.
        let hint = match self.catalog.builds(name, version).as_slice() {
            [] => {
                format!(
                    "copy {name}@{version}.wasm into the modules folder; `foldline modules` shows verdicts"
                )
            }
            builds => {
                let builds: Vec<String> = builds.iter().map(|build| format!("{name}@{build}")).collect();
                format!("its builds are registered: {}", builds.join(", "))
            }
        };
        match self.registry.may_come(name) {
            true => Error::new(ErrorKind::Unavailable, format!("{name}@{version} has not been judged yet"))
                .with_hint("try again in a moment; `foldline modules` shows verdicts"),
            false => {
                Error::new(ErrorKind::NotFound, format!("{name}@{version} is not registered")).with_hint(hint)
            }
        }
    }
}

fn taking_over(name: &str, handover: &Handover) -> Error {
    let message = format!("{name}@{} is taking over right now; try again in a moment", handover.version());
    Error::new(ErrorKind::Refused, message)
}
