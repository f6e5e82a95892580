//! Why a job ends unfinished.

use foldline_base::error::Error;

/// Why a job ends unfinished.
pub(super) enum Failure {
    /// The engine stops.
    Stopped,
    /// The state store is damaged.
    Damaged(Error),
    /// Anything else. Another try makes sense if the error is `Unavailable`.
    Other(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}
