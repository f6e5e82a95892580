//! An alignment that a version was asked for: how far it has come, and what the version may read meanwhile.

use std::sync::mpsc::SyncSender;

use foldline_core::position::Position;

use super::super::alignment::{AlignmentStep, Participant};
use foldline_state::Scan;

/// An alignment that this version was asked for.
pub(super) struct PendingAlignment {
    pub(super) reply: SyncSender<Scan>,
    pub(super) state: ParticipantState,
}

pub(super) enum ParticipantState {
    /// It does not stand yet: a checkpoint that is under way would hold it up once it stands.
    Called(Participant),
    /// It stands, and reads as far as it is told to.
    Standing(Participant, AlignmentStep),
    /// It stood there, and reads on while that is written.
    Cut(Position),
}

/// What may be read for the moment.
pub(super) enum Allowed {
    Everything,
    Until(Position),
    Nothing,
}

impl PendingAlignment {
    pub(super) fn new(participant: Participant, reply: SyncSender<Scan>) -> Self {
        Self { reply, state: ParticipantState::Called(participant) }
    }

    /// Returns whether the checkpoint of the alignment is still to be cut: another one would only be in its way.
    pub(super) fn is_open(&self) -> bool {
        !matches!(self.state, ParticipantState::Cut(_))
    }

    /// Returns what may be read before the next look at it.
    pub(super) fn allowed(&self) -> Allowed {
        match &self.state {
            ParticipantState::Standing(_, AlignmentStep::Reach(position)) => Allowed::Until(position.clone()),
            ParticipantState::Standing(..) => Allowed::Nothing,
            ParticipantState::Called(_) | ParticipantState::Cut(_) => Allowed::Everything,
        }
    }
}
