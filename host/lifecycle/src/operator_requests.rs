//! What operators ask the supervisor to do.

use std::sync::mpsc::{RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use semver::Version;

use super::skip::Skip;
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_log::lineage::Adoption;

/// Requests that may wait to be looked at.
pub(super) const REQUESTS_MAX: usize = 64;

/// How long an answer may take: a little more than a hand-over may.
const ANSWER_MAX: Duration = Duration::from_secs(90);

/// What wakes the supervisor.
pub(super) enum SupervisorEvent {
    /// Something changed in the modules folder, or a verdict on a file of it is there.
    LookAgain,
    /// An operator asks for something.
    Requested(PendingRequest),
}

/// Something to decide, and where the answer goes: a sentence, or why not.
pub(super) struct PendingRequest {
    /// The projection, or the topic.
    pub(super) name: String,
    pub(super) request: OperatorRequest,
    pub(super) answer: SyncSender<Result<String>>,
}

/// What an operator can decide of a projection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OperatorRequest {
    /// A version that has caught up is served from now on.
    Promote {
        /// The version.
        version: Version,
        /// Whether sinks are left behind that do not show enough.
        leave_sinks: bool,
    },
    /// The version that was served before is served again.
    Rollback {
        /// Whether sinks are left behind that do not show enough.
        leave_sinks: bool,
    },
    /// The projection is given up: all its versions, their states, and its documents unless they are kept.
    Remove {
        /// Whether what servers hold stays.
        keeps_documents: bool,
    },
    /// A version that is not served is given up, its state deleted.
    Discard(Version),
    /// A version that does not run is replayed alongside the live one.
    Replay(Version),
    /// Records are passed over from now on, or no longer.
    Skip(Skip),
    /// What has halted is tried again, under the limits that the configuration sets now.
    Resume,
    /// A topic that is not the one that was read is the right one from now on; asked in the topic's name.
    AdoptLog(Adoption),
}

/// Asks the supervisor.
#[derive(Clone)]
pub struct OperatorRequests(pub(super) SyncSender<SupervisorEvent>);

impl OperatorRequests {
    /// Asks for a change and waits until it is done, or refused; blocks for as long as a hand-over may take.
    ///
    /// # Errors
    /// `NotFound` for what is not there, `Refused` for what cannot be done now, `TimedOut`, `Unavailable` when the host
    /// stops or has too much to do.
    pub fn ask(&self, name: &str, request: OperatorRequest) -> Result<String> {
        let (answer, answered) = sync_channel(1);
        let request = PendingRequest { name: name.to_owned(), request, answer };
        let stops = || Error::new(ErrorKind::Unavailable, "the host stops");
        self.0.try_send(SupervisorEvent::Requested(request)).map_err(|error| match error {
            TrySendError::Full(_) => {
                Error::new(ErrorKind::Unavailable, "too many requests are waiting; try again in a moment")
            }
            TrySendError::Disconnected(_) => stops(),
        })?;
        answered.recv_timeout(ANSWER_MAX).unwrap_or_else(|error| match error {
            RecvTimeoutError::Timeout => Err(Error::new(
                ErrorKind::TimedOut,
                format!("no decision within {} s; `foldline status` shows what runs", ANSWER_MAX.as_secs()),
            )),
            RecvTimeoutError::Disconnected => Err(stops()),
        })
    }
}
