//! Why a command ends early, and the exit code for it.

use foldline_base::error::{Error, ErrorKind};

/// Why a command ends early.
#[derive(Debug)]
pub(super) enum Stop {
    /// An error, or a negative answer that is still to be printed.
    Failed(Error),
    /// A negative answer that stdout already shows.
    No,
    /// The reader of stdout has closed the pipe.
    PipeClosed,
}

/// The result of a command.
pub(super) type Outcome<T = ()> = Result<T, Stop>;

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Stop::Failed(error)
    }
}

/// Returns the exit code of an error.
pub(super) fn exit_code(kind: ErrorKind) -> u8 {
    match kind {
        ErrorKind::NotFound | ErrorKind::Refused => 1,
        ErrorKind::Usage => 2,
        ErrorKind::Config | ErrorKind::Module | ErrorKind::Data => 3,
        ErrorKind::Unavailable
        | ErrorKind::Corrupt
        | ErrorKind::Lost
        | ErrorKind::Replaced
        | ErrorKind::Internal => 4,
        ErrorKind::TimedOut => 5,
    }
}
