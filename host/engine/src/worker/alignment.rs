//! How a version is aligned with another one: it pauses, reads exactly up to the common position, cuts a checkpoint, and
//! continues.
//!
//! Flushes and checkpoints continue meanwhile. A disk that refuses checkpoints, or another version that does not reach the
//! position, ends the alignment; the version then reads on as before.

use std::sync::mpsc::SyncSender;
use std::time::Instant;

use super::super::alignment::{AlignmentStep, Participant};
use super::ended::Ended;
use super::pending_alignment::{Allowed, ParticipantState, PendingAlignment};
use super::run::Run;
use foldline_state::Scan;

impl Run<'_> {
    /// Returns what may be read before the pending alignment is looked at again.
    pub(super) fn allowed(&self) -> Allowed {
        self.pending_alignment.as_ref().map_or(Allowed::Everything, PendingAlignment::allowed)
    }

    /// Takes the next step of a pending alignment.
    pub(super) fn drive_alignment(&mut self) -> Result<(), Ended> {
        let Some(PendingAlignment { reply, state }) = self.pending_alignment.take() else { return Ok(()) };
        let now = Instant::now();
        let state = match state {
            ParticipantState::Called(participant) if participant.step(now) == AlignmentStep::Over => {
                return Ok(());
            }
            ParticipantState::Called(participant) if !self.checkpointer.in_flight() => {
                self.apply_pending()?;
                participant.stand(self.fold.position());
                let step = participant.step(now);
                self.step_of_alignment(participant, step, &reply, now)?
            }
            ParticipantState::Standing(participant, _) => {
                let step = participant.step(now);
                self.step_of_alignment(participant, step, &reply, now)?
            }
            state => Some(state),
        };
        self.pending_alignment = state.map(|state| PendingAlignment { reply, state });
        Ok(())
    }

    fn step_of_alignment(
        &mut self,
        participant: Participant,
        step: AlignmentStep,
        reply: &SyncSender<Scan>,
        now: Instant,
    ) -> Result<Option<ParticipantState>, Ended> {
        let position = self.fold.position();
        match &step {
            AlignmentStep::Over => return Ok(None),
            AlignmentStep::Reach(target) if position.covers(target) => {}
            AlignmentStep::Reach(_) | AlignmentStep::Wait => {
                return Ok(Some(ParticipantState::Standing(participant, step)));
            }
        }
        if let Some(scan) = self.checkpointer.scan_at(position).map_err(Ended::of_state)? {
            participant.arrive();
            // The thread that asked may have given up: then the answer is dropped.
            let _ = reply.send(scan);
            return Ok(None);
        }
        if self.checkpointer.in_flight() {
            return Ok(Some(ParticipantState::Standing(participant, AlignmentStep::Wait)));
        }
        if !self.checkpointer.may_cut(position, now) {
            return Ok(None);
        }
        let position = position.clone();
        self.cut(now);
        participant.arrive();
        Ok(Some(ParticipantState::Cut(position)))
    }

    /// Hands out the checkpoint that was cut for an alignment. If the disk refused it, there is no second try: the version has
    /// read on.
    pub(super) fn end_alignment(&mut self, scan: Option<&Scan>) {
        let Some(ParticipantState::Cut(position)) =
            self.pending_alignment.as_ref().map(|pending_alignment| &pending_alignment.state)
        else {
            return;
        };
        if let Some(scan) = scan.filter(|scan| scan.checkpointed().position == *position)
            && let Some(pending_alignment) = &self.pending_alignment
        {
            // The thread that asked may have given up: then the answer is dropped.
            let _ = pending_alignment.reply.send(scan.clone());
        }
        self.pending_alignment = None;
    }
}
