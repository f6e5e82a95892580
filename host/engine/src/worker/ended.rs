//! Why a run ended before it was told to stop, and what that means for its state.

use foldline_base::error::{Error, ErrorKind};

/// Why a run ended before it was told to stop.
pub(super) enum Ended {
    /// For good: an operator has to act.
    Halted(Error),
    /// Something does not work for the moment. The state on disk is sound, and the run is opened again from there.
    Interrupted(Interruption),
    /// The state is proven to be damaged.
    StateDamaged(Error),
    /// State or documents belong to another log than the one that is read from now on.
    OfAnotherLog(Error),
    /// The state contains records that are skipped by now, or lacks some that are no longer skipped.
    OtherSkips(Error),
}

/// What does not work for the moment.
pub(super) struct Interruption {
    pub(super) error: Error,
    /// Bytes that the disk must accept before another try makes sense.
    pub(super) room_bytes: u64,
}

impl Ended {
    /// Returns the error.
    pub(super) fn error(&self) -> &Error {
        let (Self::Halted(error)
        | Self::StateDamaged(error)
        | Self::OfAnotherLog(error)
        | Self::OtherSkips(error)
        | Self::Interrupted(Interruption { error, .. })) = self;
        error
    }

    /// Classifies an error of the state: only damage is a reason to give the state up.
    pub(super) fn of_state(error: Error) -> Self {
        match error.kind() {
            ErrorKind::Corrupt => Self::StateDamaged(error),
            _ => error.into(),
        }
    }

    /// Returns the interruption by a disk that did not accept `bytes` bytes.
    pub(super) fn refused(error: Error, bytes: u64) -> Self {
        Self::Interrupted(Interruption { error, room_bytes: bytes })
    }
}

impl From<Error> for Ended {
    fn from(error: Error) -> Self {
        match error.kind() {
            ErrorKind::Unavailable => Self::refused(error, 0),
            _ => Self::Halted(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_proven_damaged_gives_state_up() {
        let of = |kind| Ended::of_state(Error::new(kind, "why"));
        assert!(matches!(of(ErrorKind::Corrupt), Ended::StateDamaged(_)));
        assert!(matches!(of(ErrorKind::Unavailable), Ended::Interrupted(_)));
        for kind in [ErrorKind::Module, ErrorKind::Data, ErrorKind::Internal] {
            assert!(matches!(of(kind), Ended::Halted(_)), "{kind:?}");
        }
    }
}
