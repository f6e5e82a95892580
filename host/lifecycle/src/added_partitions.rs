//! Decides where partitions begin that are added to a topic while versions over windows fold it.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use tracing::{info, warn};

use super::catalog::Catalog;
use super::decisions::Decision;
use super::supervisor::SupervisorState;
use super::versions::version_folder;
use foldline_source::added_partitions::AddedPartitions;

/// How long a log that refused a decision is left alone.
pub(super) const AGAIN_AFTER: Duration = Duration::from_secs(1);

impl SupervisorState {
    /// Decides where partitions begin that versions have found.
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
                self.decide_at = Some(now + AGAIN_AFTER);
            }
        }
    }
}

/// Returns what was decided so far, and which versions have a state to be asked what it has come to.
pub(super) fn added_partitions(decided: &[Decision], catalog: &Catalog, data: &Path) -> AddedPartitions {
    let added = decided.iter().filter_map(|decision| match decision {
        Decision::PartitionAdded { topic, partition, event_time } => {
            Some((topic.clone(), *partition, *event_time))
        }
        _ => None,
    });
    // As `VersionHandle::state_key` says.
    let mut expected = BTreeSet::new();
    for name in catalog.names() {
        for (version, _) in catalog.folding(name) {
            if let Some(digest) = catalog.digest(name, version)
                && version_folder(data, name, version, digest).is_dir()
            {
                expected.insert(format!("{name}@{version}-{}", digest.short()));
            }
        }
    }
    AddedPartitions::decided(added, expected)
}
