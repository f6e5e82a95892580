//! Adopts another log in place of the one that was read. Everything that reads it starts over, by an operator's decision.

use semver::Version;
use tracing::warn;

use super::decisions::{self, Decision};
use super::supervisor_state::SupervisorState;
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_log::lineage::Adoption;

impl SupervisorState {
    /// Adopts a topic that is not the one that was read. Versions that read it are restarted, and find out for themselves which
    /// of their state belongs to another log.
    pub(super) fn adopt_log(&mut self, topic: String, adoption: Adoption) -> Result<String> {
        let reads = |topics: &[String]| topics.contains(&topic);
        let taking_over = self.projections.iter().find(|(_, projection)| {
            projection.handover.is_some()
                && projection.running.values().any(|running| reads(running.handle.topics()))
        });
        if let Some((name, _)) = taking_over {
            let message = format!("a version of `{name}` is taking over right now; try again in a moment");
            return Err(Error::new(ErrorKind::Refused, message));
        }
        let Adoption { position, from_start } = adoption.clone();
        // The log comes first: it may refuse, and until then the topic of decisions accepts no decision. A crash in between
        // leaves the topic in doubt.
        match topic == decisions::TOPIC {
            true => self.decisions.log().adopt(&topic)?,
            false => self.feeds.log().adopt(&topic)?,
        }
        self.decide(&Decision::LogAdopted { topic: topic.clone(), position, from_start })?;
        self.feeds.lineage().adopt(&topic, adoption);
        // Skips of the former log, and what readers saw in left-behind sinks, do not apply to the new log.
        self.open_skips();
        self.forget_what_was_seen();
        let mut restarted = Vec::new();
        for (name, projection) in &mut self.projections {
            let readers: Vec<Version> = projection
                .running
                .iter()
                .filter(|(_, running)| reads(running.handle.topics()))
                .map(|(version, _)| version.clone())
                .collect();
            if !readers.is_empty() {
                // What it serves is of the former log, so its position would mislead those that wait for one.
                self.registry.withdraw(name);
            }
            for version in readers {
                if let Some(running) = projection.running.remove(&version) {
                    restarted.push(running.handle.label());
                    // This includes a last flush and checkpoint: what was already read of the adopted log is kept.
                    drop(running.worker);
                    running.handle.close_store();
                }
            }
        }
        restarted.extend(self.relays.restart_readers(&topic));
        self.reconcile();
        warn!(topic, ?restarted, "log adopted");
        Ok(match restarted.as_slice() {
            [] => format!("topic `{topic}` is adopted; nothing that runs reads it"),
            readers => format!("topic `{topic}` is adopted; started again: {}", readers.join(", ")),
        })
    }
}
