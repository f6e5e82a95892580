//! How a version meets another one at a position: it stands still, reads exactly as far as both must, cuts, and goes on.
//!
//! Flushes and checkpoints go on meanwhile. A disk that refuses checkpoints, or another version that does not come, ends
//! it; then the version reads on as if nobody had asked.

use std::sync::mpsc::SyncSender;
use std::time::Instant;

use foldline_core::position::Position;

use super::super::meeting::{Party, Step};
use super::ended::Ended;
use super::run::Run;
use foldline_state::Scan;

/// A meeting that this version was called to.
pub(super) struct Appointment {
    reply: SyncSender<Scan>,
    stage: Stage,
}

enum Stage {
    /// It does not stand yet: a checkpoint that is under way would hold it up once it stands.
    Called(Party),
    /// It stands, and reads as far as it is told to.
    Standing(Party, Step),
    /// It stood there, and reads on while that is written.
    Cut(Position),
}

/// What may be read for the moment.
pub(super) enum Allowed {
    Everything,
    Until(Position),
    Nothing,
}

impl Appointment {
    pub(super) fn new(party: Party, reply: SyncSender<Scan>) -> Self {
        Self { reply, stage: Stage::Called(party) }
    }

    /// Returns whether the checkpoint of the meeting is still to be cut: another one would only be in its way.
    pub(super) fn is_open(&self) -> bool {
        !matches!(self.stage, Stage::Cut(_))
    }

    fn allowed(&self) -> Allowed {
        match &self.stage {
            Stage::Standing(_, Step::Reach(position)) => Allowed::Until(position.clone()),
            Stage::Standing(..) => Allowed::Nothing,
            Stage::Called(_) | Stage::Cut(_) => Allowed::Everything,
        }
    }
}

impl Run<'_> {
    /// Returns what may be read before the next look at the appointment.
    pub(super) fn allowed(&self) -> Allowed {
        self.appointment.as_ref().map_or(Allowed::Everything, Appointment::allowed)
    }

    /// Takes the next step of an appointment.
    pub(super) fn tend_appointment(&mut self) -> Result<(), Ended> {
        let Some(Appointment { reply, stage }) = self.appointment.take() else { return Ok(()) };
        let now = Instant::now();
        let stage = match stage {
            Stage::Called(party) if party.step(now) == Step::Over => return Ok(()),
            Stage::Called(party) if !self.checkpointer.in_flight() => {
                self.settle()?;
                party.stand(self.fold.position());
                let step = party.step(now);
                self.step_of_meeting(party, step, &reply, now)?
            }
            Stage::Standing(party, _) => {
                let step = party.step(now);
                self.step_of_meeting(party, step, &reply, now)?
            }
            stage => Some(stage),
        };
        self.appointment = stage.map(|stage| Appointment { reply, stage });
        Ok(())
    }

    fn step_of_meeting(
        &mut self,
        party: Party,
        step: Step,
        reply: &SyncSender<Scan>,
        now: Instant,
    ) -> Result<Option<Stage>, Ended> {
        let position = self.fold.position();
        match &step {
            Step::Over => return Ok(None),
            Step::Reach(target) if position.covers(target) => {}
            Step::Reach(_) | Step::Wait => return Ok(Some(Stage::Standing(party, step))),
        }
        if let Some(scan) = self.checkpointer.scan_at(position).map_err(Ended::of_state)? {
            party.arrive();
            // Whoever asked may have given up: then nobody reads the answer.
            let _ = reply.send(scan);
            return Ok(None);
        }
        if self.checkpointer.in_flight() {
            return Ok(Some(Stage::Standing(party, Step::Wait)));
        }
        if !self.checkpointer.may_cut(position, now) {
            return Ok(None);
        }
        let position = position.clone();
        self.cut(now);
        party.arrive();
        Ok(Some(Stage::Cut(position)))
    }

    /// Hands out the checkpoint that was cut for a meeting. One that the disk refused is not made up for: the version has
    /// read on.
    pub(super) fn end_appointment(&mut self, scan: Option<&Scan>) {
        let Some(Stage::Cut(position)) = self.appointment.as_ref().map(|appointment| &appointment.stage)
        else {
            return;
        };
        if let Some(scan) = scan.filter(|scan| scan.checkpointed().position == *position)
            && let Some(appointment) = &self.appointment
        {
            // Whoever asked may have given up: then nobody reads the answer.
            let _ = appointment.reply.send(scan.clone());
        }
        self.appointment = None;
    }
}
