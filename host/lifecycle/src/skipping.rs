//! Records that a projection passes over, by an operator's decision: all its versions do, and every replay of them.
//!
//! A version that has not folded them yet goes on without them. One that has is rebuilt, alongside what it serves: its state would
//! not be what a replay makes.

use std::sync::Arc;

use foldline_core::lifecycle::VersionState;
use foldline_core::skips::{Disagreement, Skips};
use serde::{Deserialize, Serialize};
use tracing::warn;

use super::decisions::Decision;
use super::operator_actions::no_projection;
use super::rollout::first_phase;
use super::supervisor::SupervisorState;
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_engine::VersionHandle;
use foldline_source::skipping::Skipped;

/// Consecutive records of one partition that a projection skips, or no longer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Skip {
    /// The logical topic.
    pub topic: String,
    /// The partition.
    pub partition: u32,
    /// The first record's offset.
    pub from: u64,
    /// The offset after the last record's.
    pub to: u64,
    /// Whether the projection's relay passes over them too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub relay: bool,
    /// Whether that is taken back: they count again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub undone: bool,
    /// Why, in the operator's words.
    pub reason: String,
    /// When it was decided, in milliseconds since 1970.
    pub at_ms: i64,
}

/// Returns what a projection skips after some decisions.
pub fn skipped(decided: &[Skip]) -> Skipped {
    let (mut versions, mut relay) = (Skips::default(), Skips::default());
    for Skip { topic, partition, from, to, relay: of_relay, undone, .. } in decided {
        let offsets = *from..*to;
        let apply = |skips: &mut Skips| match undone {
            true => skips.restore(topic, *partition, offsets.clone()),
            false => skips.skip(topic, *partition, offsets.clone()),
        };
        apply(&mut versions);
        if *of_relay || *undone {
            apply(&mut relay);
        }
    }
    Skipped { versions: Arc::new(versions), relay: Arc::new(relay) }
}

/// Returns what of a version's state, or of its documents, is not as skips say.
pub fn other_state(handle: &VersionHandle, skips: &Skips) -> Option<Disagreement> {
    if handle.only_relays() {
        return None;
    }
    handle.look(|progress| skips.first_disagreement([&progress.position].into_iter().chain(&progress.shown)))
}

impl SupervisorState {
    /// Tells the engine what every projection skips.
    pub(super) fn open_skips(&self) {
        for name in self.catalog.names() {
            self.skips.set(name, skipped(self.catalog.skips(name)));
        }
    }

    /// Has readers of sinks that were left behind wait for no more than what was decided.
    pub(super) fn forget_what_was_seen(&self) {
        for (name, projection) in &self.projections {
            if let Some(live) = projection.handle(self.catalog.live(name)) {
                live.leave_sinks(&self.catalog.left(name));
            }
        }
    }

    /// Has a projection skip records, or no longer.
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

    /// Refuses what cannot be skipped whatever the log holds; that was asked before ([`Host::check_skip`](crate::Host)).
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

    /// Returns the versions whose state must be built again.
    fn built_again(&self, name: &str, after: &Skips) -> Vec<String> {
        let rebuilt = self.running(name).filter(|running| other_state(&running.handle, after).is_some());
        rebuilt.map(|running| running.handle.label()).collect()
    }

    /// Has every version of a projection open its state again, also those that have halted, and its relay if it has.
    pub(super) fn open_again(&mut self, name: &str) {
        let Some(projection) = self.projections.get_mut(name) else { return };
        // Of states that are not what they were: it opens no gate, and keeps none shut.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn skip(from: u64, to: u64, relay: bool, undone: bool) -> Skip {
        Skip { topic: "likes".into(), partition: 0, from, to, relay, undone, reason: "bad".into(), at_ms: 0 }
    }

    #[test]
    fn a_relay_skips_only_what_was_decided_for_it_and_what_is_taken_back_counts_for_both() {
        let of = |decided: &[Skip]| {
            let Skipped { versions, relay } = skipped(decided);
            [versions, relay].map(|skips| {
                let ranges = skips.of("likes", 0).into_iter().flat_map(|ranges| ranges.iter());
                ranges.map(|range| (range.start, range.end)).collect::<Vec<_>>()
            })
        };
        let mut decided = vec![skip(5, 9, false, false)];
        assert_eq!(of(&decided), [vec![(5, 9)], vec![]]);
        decided.push(skip(9, 12, true, false));
        assert_eq!(of(&decided), [vec![(5, 12)], vec![(9, 12)]]);
        decided.push(skip(7, 10, false, true));
        assert_eq!(of(&decided), [vec![(5, 7), (10, 12)], vec![(10, 12)]]);
    }
}
