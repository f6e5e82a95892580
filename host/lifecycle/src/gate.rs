//! The gate of a candidate that needs no operator: compares its documents with the live version's.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::time::{Duration, Instant};

use semver::Version;

use super::registry::Registry;
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_base::panics;
use foldline_engine::VersionHandle;
use foldline_inspect::compare::{Tolerances, compare};

/// How long to wait before repeating a comparison that failed.
const AGAIN: Duration = Duration::from_secs(30);

/// One comparison of a candidate, made once, on its own thread.
pub(super) struct Check {
    version: Version,
    state: CheckState,
    /// Set when the result is no longer wanted.
    given_up: Arc<AtomicBool>,
}

enum CheckState {
    Running(Receiver<Result<f64>>),
    /// The share of documents that differ, 0 to 1.
    Differ(f64),
    Failed(String, Instant),
}

impl Check {
    /// Starts comparing a candidate with the live version.
    pub(super) fn begin(
        version: Version,
        [old, new]: [Arc<VersionHandle>; 2],
        tolerances: Tolerances,
        registry: Arc<Registry>,
    ) -> Self {
        let (tell, told) = sync_channel(1);
        let given_up = Arc::new(AtomicBool::new(false));
        let work = {
            let given_up = Arc::clone(&given_up);
            move || {
                let goes_on = &mut |_, _| !given_up.load(Ordering::Acquire);
                let compared = panics::contain(|| match registry.try_examine() {
                    Some(_alone) => compare(&old, &new, &tolerances, goes_on),
                    None => Err(Error::new(ErrorKind::Unavailable, "another comparison is under way")),
                });
                // The receiving thread may be gone.
                let _ = tell.send(compared.map(|comparison| comparison.changed_share()));
            }
        };
        let state = match std::thread::Builder::new().name("compare".to_owned()).spawn(work) {
            Ok(_) => CheckState::Running(told),
            Err(error) => CheckState::Failed(error.to_string(), Instant::now()),
        };
        Self { version, state, given_up }
    }

    /// Returns whether it concerns this version and does not have to be repeated.
    pub(super) fn is_of(&self, version: &Version, now: Instant) -> bool {
        self.version == *version
            && !matches!(&self.state, CheckState::Failed(_, since) if now.duration_since(*since) > AGAIN)
    }

    /// Returns why the gate stays shut if this percentage of documents may differ; `None` if it opens.
    pub(super) fn keeps_shut(&mut self, percent: f64, now: Instant) -> Option<String> {
        if let CheckState::Running(told) = &self.state {
            match told.try_recv() {
                Ok(Ok(share)) => self.state = CheckState::Differ(share),
                Ok(Err(error)) => self.state = CheckState::Failed(error.message().to_owned(), now),
                Err(TryRecvError::Disconnected) => {
                    self.state = CheckState::Failed("the comparison was interrupted".to_owned(), now);
                }
                Err(TryRecvError::Empty) => {}
            }
        }
        match &self.state {
            CheckState::Running(_) => {
                Some("its documents are being compared with those of the live version".to_owned())
            }
            CheckState::Differ(share) if share * 100.0 <= percent => None,
            CheckState::Differ(share) => Some(format!(
                "{:.3} % of the documents differ, but at most {percent} % may (`diff_below`); `foldline diff` shows which, \
                 `foldline promote` and `discard` decide",
                share * 100.0
            )),
            CheckState::Failed(why, _) => Some(format!("its documents could not be compared: {why}")),
        }
    }
}

impl Drop for Check {
    fn drop(&mut self) {
        self.given_up.store(true, Ordering::Release);
    }
}
