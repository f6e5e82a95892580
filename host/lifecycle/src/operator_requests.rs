//! Operators' requests to the supervisor.

use std::sync::mpsc::{RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use semver::Version;

use super::skip::Skip;
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_log::lineage::Adoption;

/// Limit of requests in the queue.
pub(super) const REQUESTS_MAX: usize = 64;

/// Time limit of an answer: a little more than a hand-over may take.
const ANSWER_MAX: Duration = Duration::from_secs(90);

/// What wakes the supervisor.
pub(super) enum SupervisorEvent {
    /// The modules folder changed, or a verdict on one of its files is ready.
    LookAgain,
    /// An operator asks for something.
    Requested(PendingRequest),
}

/// A request, and where its answer goes: a sentence, or the error.
pub(super) struct PendingRequest {
    /// The projection, or the topic.
    pub(super) name: String,
    pub(super) request: OperatorRequest,
    pub(super) answer: SyncSender<Result<String>>,
}

/// What an operator can ask of a projection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OperatorRequest {
    /// Serve a version that has caught up.
    Promote {
        /// The version.
        version: Version,
        /// Whether sinks that do not show enough are left behind.
        leave_sinks: bool,
    },
    /// Serve the version again that was served before.
    Rollback {
        /// Whether sinks that do not show enough are left behind.
        leave_sinks: bool,
    },
    /// Remove the projection with all its versions, their states, and its documents unless they are kept.
    Remove {
        /// Whether documents on servers stay.
        keeps_documents: bool,
    },
    /// Discard a version that is not served, and delete its state.
    Discard(Version),
    /// Replay a version that does not run, alongside the live one.
    Replay(Version),
    /// Skip records from now on, or no longer.
    Skip(Skip),
    /// Try again what has halted, under the limits that the configuration sets now.
    Resume,
    /// Adopt a topic that is not the one that was read. Requested under the topic's name.
    AdoptLog(Adoption),
}

/// Sends requests to the supervisor.
#[derive(Clone)]
pub struct OperatorRequests(pub(super) SyncSender<SupervisorEvent>);

impl OperatorRequests {
    /// Sends a request and waits until it is fulfilled or refused. Blocks for as long as a hand-over may take.
    ///
    /// # Errors
    /// `NotFound` for an unknown object, `Refused` for what cannot be done now, `TimedOut`, `Unavailable` when the host is
    /// stopping or overloaded.
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
