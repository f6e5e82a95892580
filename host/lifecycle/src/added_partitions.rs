//! Decides at which event time a partition begins that is added to a topic while versions over windows fold it.

use std::time::Instant;

use tracing::{info, warn};

use super::decisions::Decision;
use super::supervisor_state::{DECIDE_PAUSE, SupervisorState};

impl SupervisorState {
    /// Decides the beginnings of partitions that versions have found.
    pub(super) fn add_partitions(&mut self, now: Instant) {
        if self.decide_at.is_some_and(|at| now < at) {
            return;
        }
        let added_partitions = std::sync::Arc::clone(&self.added_partitions);
        for (topic, in_log) in added_partitions.wanted() {
            let decided = added_partitions.decide(&topic, in_log, |partition, event_time| {
                let partition = partition as u32;
                self.decide(&Decision::PartitionAdded { topic: topic.clone(), partition, event_time })?;
                info!(
                    topic,
                    partition,
                    event_time,
                    "a partition was added: state goes on, and its event time begins here"
                );
                Ok(())
            });
            if let Err(error) = decided {
                warn!(topic, %error, "cannot decide where a partition begins that was added, trying again");
                self.decide_at = Some(now + DECIDE_PAUSE);
            }
        }
    }
}
