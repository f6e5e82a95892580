//! A pending alignment: how far it has come, and what the version may read meanwhile.

use std::sync::mpsc::SyncSender;

use foldline_core::position::Position;

use super::super::alignment::{AlignmentStep, Participant};
use foldline_state::Scan;

/// An alignment as this version's worker sees it, until its checkpoint is cut.
pub(super) struct PendingAlignment {
    pub(super) reply: SyncSender<Scan>,
    pub(super) state: ParticipantState,
}

pub(super) enum ParticipantState {
    /// The version has not paused yet: it first lets a checkpoint in flight finish, which would delay the alignment later.
    Called(Participant),
    /// The version has paused, and reads as far as the alignment tells it.
    Standing(Participant, AlignmentStep),
    /// The checkpoint is cut at the common position. The version reads on while it is written.
    Cut(Position),
}

/// What may be read now.
pub(super) enum Allowed {
    Everything,
    Until(Position),
    Nothing,
}

impl PendingAlignment {
    pub(super) fn new(participant: Participant, reply: SyncSender<Scan>) -> Self {
        Self { reply, state: ParticipantState::Called(participant) }
    }

    /// Returns whether the alignment's checkpoint is still to be cut. No other one is cut then: it would delay this one.
    pub(super) fn is_open(&self) -> bool {
        !matches!(self.state, ParticipantState::Cut(_))
    }

    /// Returns what may be read before the alignment is looked at again.
    pub(super) fn allowed(&self) -> Allowed {
        match &self.state {
            ParticipantState::Standing(_, AlignmentStep::Reach(position)) => Allowed::Until(position.clone()),
            ParticipantState::Standing(..) => Allowed::Nothing,
            ParticipantState::Called(_) | ParticipantState::Cut(_) => Allowed::Everything,
        }
    }
}
