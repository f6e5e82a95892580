//! Why a job ends without having been done.

use foldline_base::error::Error;

/// Why a job ends without having been done.
pub(super) enum Failure {
    /// The engine stops.
    Stopped,
    /// The state store is damaged.
    Damaged(Error),
    /// Anything else: worth another try when it is `Unavailable`.
    Other(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}
