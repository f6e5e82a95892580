//! Skips records of a projection by an operator's decision, in all its versions and in every replay.
//!
//! A version that has not folded the records yet continues without them. A version that has folded them is rebuilt, alongside
//! what it serves, because its state would differ from that of a replay.

use foldline_core::lifecycle::VersionState;
use foldline_core::skips::Skips;
use tracing::warn;

use super::decisions::Decision;
use super::skip::{Skip, other_state, skipped};
use super::supervisor_state::{SupervisorState, no_projection};
use super::versions::first_phase;
use foldline_base::error::{Error, ErrorKind, Result};

impl SupervisorState {
    /// Tells the engine what every projection skips.
    pub(super) fn open_skips(&self) {
        for name in self.catalog.names() {
            self.skips.set(name, skipped(self.catalog.skips(name)));
        }
    }

    /// Resets what the live versions' left-behind sinks wait for to what was decided.
    pub(super) fn forget_what_was_seen(&self) {
        for (name, projection) in &self.projections {
            if let Some(live) = projection.handle(self.catalog.live(name)) {
                live.leave_sinks(&self.catalog.left(name));
            }
        }
    }

    /// Has a projection skip records, or no longer skip them.
    pub(super) fn skip(&mut self, name: &str, skip: Skip) -> Result<String> {
        self.require_skippable(name, &skip)?;
        let mut decided = self.catalog.skips(name).to_vec();
        decided.push(skip.clone());
        let after = skipped(&decided);
        if after == self.skips.of(name) {
            let is = if skip.undone { "not skipped anyway" } else { "skipped already" };
            return Err(Error::new(ErrorKind::Refused, format!("these records are {is}")));
        }
        let rebuilt = self.built_again(name, &after.versions);
        self.decide(&Decision::Skipped { name: name.to_owned(), skip: skip.clone() })?;
        self.skips.set(name, after);
        let Skip { topic, partition, from, to, undone, reason, .. } = skip;
        warn!(projection = name, topic, partition, from, to, undone, reason, ?rebuilt, "skip decided");
        self.open_again(name);
        let what = if undone { "skips no longer" } else { "skips" };
        let rebuilt = match rebuilt.as_slice() {
            [] => String::new(),
            versions => format!(
                "; rebuilt, because their state differs: {}; what they show is served meanwhile",
                versions.join(", ")
            ),
        };
        Ok(format!(
            "`{name}` {what} offsets {from} to {to} (exclusive) of partition {partition} of topic `{topic}`{rebuilt}"
        ))
    }

    /// Refuses skips that are impossible whatever the log holds. The log was asked before ([`Host::check_skip`](crate::Host)).
    fn require_skippable(&self, name: &str, skip: &Skip) -> Result<()> {
        if !self.catalog.names().any(|known| known == name) {
            return Err(no_projection(name));
        }
        let Skip { topic, from, to, .. } = skip;
        if from >= to {
            let message = format!(
                "offsets {from} to {to} contain no record: the second offset is the one after the last"
            );
            return Err(Error::new(ErrorKind::Refused, message));
        }
        let mut readers =
            self.running(name).filter(|running| running.handle.topics().contains(topic)).peekable();
        if readers.peek().is_none() {
            let message = format!("no running version of `{name}` reads topic `{topic}`");
            return Err(Error::new(ErrorKind::Refused, message));
        }
        if !skip.relay && !skip.undone && readers.all(|running| running.handle.only_relays()) {
            let message = format!("`{name}` only relays, and its relay would still send these records");
            return Err(Error::new(ErrorKind::Refused, message)
                .with_hint("`--relay` skips what has not been sent yet"));
        }
        Ok(())
    }

    /// Returns the versions whose state must be rebuilt.
    fn built_again(&self, name: &str, after: &Skips) -> Vec<String> {
        let rebuilt = self.running(name).filter(|running| other_state(&running.handle, after).is_some());
        rebuilt.map(|running| running.handle.label()).collect()
    }

    /// Has every version of a projection reopen its state, including halted ones, and restarts its relay if it has one.
    pub(super) fn open_again(&mut self, name: &str) {
        let Some(projection) = self.projections.get_mut(name) else { return };
        // The comparison is of outdated states: it must neither open the gate nor keep it shut.
        projection.check = None;
        let mut cannot_run = Vec::new();
        for (version, running) in &projection.running {
            match &running.worker {
                Some(_) => {
                    let state = self.catalog.state_of(name, version).unwrap_or(VersionState::Candidate);
                    running.handle.reopen(first_phase(state));
                }
                None if running.handle.only_relays() => {}
                None => cannot_run.push(version.clone()),
            }
        }
        cannot_run.iter().for_each(|version| drop(projection.running.remove(version)));
        self.relays.start_again(name);
        self.reconcile();
    }
}
