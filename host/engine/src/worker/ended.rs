//! Why a run ended before it was told to, and what that means for its state.

use foldline_base::error::{Error, ErrorKind};

/// Why a run ended before it was told to.
pub(super) enum Ended {
    /// For good: an operator has to act.
    Halted(Error),
    /// Something does not work for the moment. What is on disk is sound: the run is opened again from there.
    Interrupted(Interruption),
    /// The state is proven to be damaged.
    StateDamaged(Error),
    /// State or documents are of another log than the one that is read from now on.
    OfAnotherLog(Error),
    /// State was made with records that are skipped by now, or without some that are not.
    OtherSkips(Error),
}

/// What does not work for the moment.
pub(super) struct Interruption {
    pub(super) error: Error,
    /// How much the disk must take before another try makes sense.
    pub(super) room_bytes: u64,
}

impl Ended {
    /// Returns what happened.
    pub(super) fn error(&self) -> &Error {
        let (Self::Halted(error)
        | Self::StateDamaged(error)
        | Self::OfAnotherLog(error)
        | Self::OtherSkips(error)
        | Self::Interrupted(Interruption { error, .. })) = self;
        error
    }

    /// Returns what an error of the state means: only damage is a reason to give state up.
    pub(super) fn of_state(error: Error) -> Self {
        match error.kind() {
            ErrorKind::Corrupt => Self::StateDamaged(error),
            _ => error.into(),
        }
    }

    /// Returns that the disk did not take `bytes` bytes.
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
