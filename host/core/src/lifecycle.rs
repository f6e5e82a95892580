//! The phases of a version, and which steps between them are allowed (design §9).
//!
//! ```text
//! Registered ─► Validated ─► Replaying ─► CaughtUp ─► Live ◄─► Draining ─► Retired
//!      │            └────────────┴────────────┴─► Discarded
//!      └─► Rejected
//! ```

use std::fmt;

/// Where a version stands between the drop of its file and its deletion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Its bytes are known, nothing of them was run.
    Registered,
    /// It may run.
    Validated,
    /// It will not run; its report says why.
    Rejected,
    /// It folds the log from the beginning and is not served.
    Replaying,
    /// It has folded everything there is, and is not served.
    CaughtUp,
    /// It is served.
    Live,
    /// It was served before, and is kept caught up for a rollback.
    Draining,
    /// Its rollback window is over: its state may be deleted.
    Retired,
    /// It was given up before it was served: its state may be deleted.
    Discarded,
}

/// What moves a version from phase to phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Trigger {
    /// Its module was found sound.
    Accept,
    /// Its module was found wanting.
    Reject,
    /// It begins to fold.
    Start,
    /// It reached the end of the log.
    CatchUp,
    /// It becomes the served version.
    Promote,
    /// Another version becomes the served one.
    Supersede,
    /// It becomes the served version again.
    RollBack,
    /// Its rollback window ends.
    Expire,
    /// An operator, or a failed gate, gives it up.
    Discard,
}

/// A trigger that a phase does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a version that is {phase} cannot {trigger}")]
pub struct NotAllowed {
    /// The phase, which stays.
    pub phase: Phase,
    /// What was asked for.
    pub trigger: Trigger,
}

/// Returns the phase after `trigger`.
///
/// # Errors
/// [`NotAllowed`] when the phase does not know the trigger.
pub fn step(phase: Phase, trigger: Trigger) -> Result<Phase, NotAllowed> {
    Ok(match (phase, trigger) {
        (Phase::Registered, Trigger::Accept) => Phase::Validated,
        (Phase::Registered, Trigger::Reject) => Phase::Rejected,
        (Phase::Validated, Trigger::Start) => Phase::Replaying,
        (Phase::Replaying, Trigger::CatchUp) => Phase::CaughtUp,
        (Phase::CaughtUp, Trigger::Promote) => Phase::Live,
        (Phase::Live, Trigger::Supersede) => Phase::Draining,
        (Phase::Draining, Trigger::RollBack) => Phase::Live,
        (Phase::Draining, Trigger::Expire) => Phase::Retired,
        (Phase::Validated | Phase::Replaying | Phase::CaughtUp, Trigger::Discard) => Phase::Discarded,
        (phase, trigger) => return Err(NotAllowed { phase, trigger }),
    })
}

impl Phase {
    /// Returns whether a version in this phase folds the log.
    pub fn folds(self) -> bool {
        matches!(self, Self::Replaying | Self::CaughtUp | Self::Live | Self::Draining)
    }

    /// Returns whether nothing moves a version out of this phase.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Rejected | Self::Retired | Self::Discarded)
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Registered => "registered",
            Self::Validated => "validated",
            Self::Rejected => "rejected",
            Self::Replaying => "replaying",
            Self::CaughtUp => "caught up",
            Self::Live => "live",
            Self::Draining => "draining",
            Self::Retired => "retired",
            Self::Discarded => "discarded",
        })
    }
}

impl fmt::Display for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Accept => "be accepted",
            Self::Reject => "be rejected",
            Self::Start => "start",
            Self::CatchUp => "catch up",
            Self::Promote => "be promoted",
            Self::Supersede => "be superseded",
            Self::RollBack => "be rolled back to",
            Self::Expire => "expire",
            Self::Discard => "be discarded",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PHASES: [Phase; 9] = [
        Phase::Registered,
        Phase::Validated,
        Phase::Rejected,
        Phase::Replaying,
        Phase::CaughtUp,
        Phase::Live,
        Phase::Draining,
        Phase::Retired,
        Phase::Discarded,
    ];

    const TRIGGERS: [Trigger; 9] = [
        Trigger::Accept,
        Trigger::Reject,
        Trigger::Start,
        Trigger::CatchUp,
        Trigger::Promote,
        Trigger::Supersede,
        Trigger::RollBack,
        Trigger::Expire,
        Trigger::Discard,
    ];

    #[track_caller]
    fn check(triggers: &[Trigger], want: Phase) {
        let end = triggers.iter().try_fold(Phase::Registered, |phase, &trigger| step(phase, trigger));
        assert_eq!(end, Ok(want));
    }

    #[test]
    fn an_upgrade_and_its_rollback_go_through_every_phase() {
        use Trigger::*;
        check(&[Accept, Start, CatchUp, Promote, Supersede, Expire], Phase::Retired);
        check(&[Accept, Start, CatchUp, Promote, Supersede, RollBack, Supersede], Phase::Draining);
        check(&[Accept, Start, Discard], Phase::Discarded);
        check(&[Reject], Phase::Rejected);
    }

    #[test]
    fn only_what_caught_up_or_was_served_before_can_be_served() {
        for phase in PHASES {
            for trigger in TRIGGERS {
                if step(phase, trigger) == Ok(Phase::Live) {
                    assert!(
                        matches!(phase, Phase::CaughtUp | Phase::Draining),
                        "{phase} to live by {trigger:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn what_is_served_is_never_given_up() {
        assert!(step(Phase::Live, Trigger::Discard).is_err());
        assert!(step(Phase::Live, Trigger::Expire).is_err());
    }

    #[test]
    fn final_phases_and_no_others_know_no_trigger() {
        for phase in PHASES {
            let stuck = TRIGGERS.iter().all(|&trigger| step(phase, trigger).is_err());
            assert_eq!(stuck, phase.is_final(), "{phase}");
        }
    }

    #[test]
    fn a_refused_step_names_phase_and_trigger() {
        let refused = step(Phase::Rejected, Trigger::Promote).unwrap_err();
        assert_eq!(refused.to_string(), "a version that is rejected cannot be promoted");
    }
}
