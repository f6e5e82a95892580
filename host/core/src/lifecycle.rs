//! Where a version stands by what was decided, and which decisions are allowed (docs/design/versions.md).
//!
//! ```text
//!              ┌─────────────── Start ───────────────┐
//!              ▼                                     │
//! Registered ─► Candidate ── Promote ─► Live ── Demote ─► Draining ── Retire ─► Retired
//!      ▲            │                    ▲                   │
//!      └─ Displace ─┘                    └───── Promote ─────┘ (a rollback)
//!
//! Registered, Candidate, Draining ── Discard ─► Discarded ── Start ─► Candidate
//! all of a projection's versions ── Remove ─► Discarded
//! ```
//!
//! How far a candidate's replay has come is no decision: it is derived from what runs.

use std::fmt;

/// What was decided of a version whose module was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Standing {
    /// It is known, and does not run.
    Registered,
    /// It replays the log alongside the live version, or has caught up with it; it is not served.
    Candidate,
    /// It is served.
    Live,
    /// It was served before, and is kept caught up for a rollback.
    Draining,
    /// Its rollback window is over: its state may be deleted.
    Retired,
    /// It was given up: its state may be deleted.
    Discarded,
}

/// What is decided of one version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// It becomes the candidate.
    Start,
    /// Another one becomes the candidate in its place.
    Displace,
    /// It becomes the live version, for the first time or again.
    Promote,
    /// Another one becomes the live version in its place.
    Demote,
    /// Its rollback window ends.
    Retire,
    /// An operator gives it up.
    Discard,
    /// An operator gives the whole projection up.
    Remove,
}

/// A step that a standing does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a version that is {standing} cannot {step}")]
pub struct NotAllowed {
    /// The standing, which stays.
    pub standing: Standing,
    /// What was asked for.
    pub step: Step,
}

impl Standing {
    /// Every standing.
    pub const ALL: [Self; 6] =
        [Self::Registered, Self::Candidate, Self::Live, Self::Draining, Self::Retired, Self::Discarded];

    /// Returns the standing after a step.
    ///
    /// ```
    /// use foldline_core::lifecycle::{Standing, Step};
    /// let live = Standing::Candidate.after(Step::Promote)?;
    /// assert_eq!(live.after(Step::Demote)?.after(Step::Promote)?, Standing::Live);
    /// assert!(live.after(Step::Discard).is_err(), "what is served is not given up");
    /// # Ok::<(), foldline_core::lifecycle::NotAllowed>(())
    /// ```
    ///
    /// # Errors
    /// [`NotAllowed`] when the standing does not know the step.
    pub fn after(self, step: Step) -> Result<Self, NotAllowed> {
        Ok(match (self, step) {
            (Self::Registered | Self::Retired | Self::Discarded, Step::Start) => Self::Candidate,
            (Self::Candidate, Step::Displace) => Self::Registered,
            (Self::Candidate | Self::Draining, Step::Promote) => Self::Live,
            (Self::Live, Step::Demote) => Self::Draining,
            (Self::Draining, Step::Retire) => Self::Retired,
            (Self::Registered | Self::Candidate | Self::Draining, Step::Discard) => Self::Discarded,
            (_, Step::Remove) => Self::Discarded,
            (standing, step) => return Err(NotAllowed { standing, step }),
        })
    }

    /// Returns whether a version that stands so folds the log.
    pub fn folds(self) -> bool {
        matches!(self, Self::Candidate | Self::Live | Self::Draining)
    }
}

impl Step {
    /// Every step.
    pub const ALL: [Self; 7] =
        [Self::Start, Self::Displace, Self::Promote, Self::Demote, Self::Retire, Self::Discard, Self::Remove];
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Registered => "registered",
            Self::Candidate => "a candidate",
            Self::Live => "live",
            Self::Draining => "draining",
            Self::Retired => "retired",
            Self::Discarded => "discarded",
        })
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Start => "be replayed",
            Self::Displace => "be displaced",
            Self::Promote => "be promoted",
            Self::Demote => "be demoted",
            Self::Retire => "be retired",
            Self::Discard => "be discarded",
            Self::Remove => "be removed",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_of_standing_and_step_is_as_designed() {
        use Standing::*;
        let table = [
            //              Start           Displace          Promote     Demote          Retire         Discard          Remove
            (Registered, [Some(Candidate), None, None, None, None, Some(Discarded), Some(Discarded)]),
            (Candidate, [None, Some(Registered), Some(Live), None, None, Some(Discarded), Some(Discarded)]),
            (Live, [None, None, None, Some(Draining), None, None, Some(Discarded)]),
            (Draining, [None, None, Some(Live), None, Some(Retired), Some(Discarded), Some(Discarded)]),
            (Retired, [Some(Candidate), None, None, None, None, None, Some(Discarded)]),
            (Discarded, [Some(Candidate), None, None, None, None, None, Some(Discarded)]),
        ];
        assert_eq!(table.map(|(standing, _)| standing), Standing::ALL);
        for (standing, expected) in table {
            for (step, expected) in Step::ALL.into_iter().zip(expected) {
                assert_eq!(standing.after(step).ok(), expected, "{standing:?} {step:?}");
            }
        }
    }

    #[test]
    fn only_what_folds_can_be_served_and_what_is_served_is_never_given_up() {
        for standing in Standing::ALL {
            for step in Step::ALL {
                if standing.after(step) == Ok(Standing::Live) {
                    assert!(standing.folds(), "{standing:?} {step:?}");
                }
            }
        }
        assert!(Standing::Live.after(Step::Retire).is_err() && Standing::Live.after(Step::Discard).is_err());
    }

    #[test]
    fn a_refused_step_names_standing_and_step() {
        let refused = Standing::Retired.after(Step::Promote).unwrap_err();
        assert_eq!(refused.to_string(), "a version that is retired cannot be promoted");
    }
}
