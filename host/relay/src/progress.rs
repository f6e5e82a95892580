//! What a relay reports to the rest of the host.

use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::watch;

use super::frontier::Frontier;

/// Where a relay stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RelayProgress {
    /// The frontier, including everything read since; `None` until it was read.
    pub frontier: Option<Frontier>,
    /// What keeps it from sending for the moment.
    pub trouble: Option<String>,
    /// Why it halted.
    pub halted: Option<String>,
    /// Inputs that do not exist in the log.
    pub missing_topics: Vec<String>,
}

/// A relay, as the rest of the host sees it.
pub struct RelayHandle {
    name: String,
    version: String,
    topics: Vec<String>,
    progress: Mutex<RelayProgress>,
    changes: Arc<watch::Sender<u64>>,
}

impl RelayHandle {
    /// Returns the handle of a relay that has not started; `changes` is bumped whenever something is published.
    pub fn new(name: &str, version: &str, topics: Vec<String>, changes: Arc<watch::Sender<u64>>) -> Self {
        let (name, version) = (name.to_owned(), version.to_owned());
        Self { name, version, topics, progress: Mutex::default(), changes }
    }

    /// Returns the reducer's name, which is the relay's.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the version whose module relays.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Returns NAME@VERSION.
    pub fn label(&self) -> String {
        format!("{}@{}", self.name, self.version)
    }

    /// Returns the logical topics that it reads.
    pub fn topics(&self) -> &[String] {
        &self.topics
    }

    /// Returns the progress.
    pub fn progress(&self) -> RelayProgress {
        self.progress.lock().clone()
    }

    /// Changes the published progress, and wakes everyone who waits for a change.
    pub(super) fn publish(&self, change: impl FnOnce(&mut RelayProgress)) {
        change(&mut self.progress.lock());
        self.changes.send_modify(|generation| *generation += 1);
    }

    /// Calls a function with the progress, without copying it.
    pub fn look<T>(&self, at: impl FnOnce(&RelayProgress) -> T) -> T {
        at(&self.progress.lock())
    }
}
