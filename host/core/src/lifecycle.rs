//! The state of a version according to the decisions, and which decisions are allowed (docs/design/versions.md).
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
//! How far a candidate's replay has come is not decided but derived from what runs.

use std::fmt;

/// The state of a version whose module was accepted, according to the decisions made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VersionState {
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

/// How one decision changes the state of one version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transition {
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

/// A transition that is not allowed in a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a version that is {state} cannot {transition}")]
pub struct NotAllowed {
    /// The state, which remains.
    pub state: VersionState,
    /// The refused transition.
    pub transition: Transition,
}

impl VersionState {
    /// Every state.
    pub const ALL: [Self; 6] =
        [Self::Registered, Self::Candidate, Self::Live, Self::Draining, Self::Retired, Self::Discarded];

    /// Returns the state after a transition.
    ///
    /// ```
    /// use foldline_core::lifecycle::{Transition, VersionState};
    /// let live = VersionState::Candidate.after(Transition::Promote)?;
    /// assert_eq!(live.after(Transition::Demote)?.after(Transition::Promote)?, VersionState::Live);
    /// assert!(live.after(Transition::Discard).is_err(), "what is served is not given up");
    /// # Ok::<(), foldline_core::lifecycle::NotAllowed>(())
    /// ```
    ///
    /// # Errors
    /// [`NotAllowed`] when the state does not allow the transition.
    pub fn after(self, transition: Transition) -> Result<Self, NotAllowed> {
        Ok(match (self, transition) {
            (Self::Registered | Self::Retired | Self::Discarded, Transition::Start) => Self::Candidate,
            (Self::Candidate, Transition::Displace) => Self::Registered,
            (Self::Candidate | Self::Draining, Transition::Promote) => Self::Live,
            (Self::Live, Transition::Demote) => Self::Draining,
            (Self::Draining, Transition::Retire) => Self::Retired,
            (Self::Registered | Self::Candidate | Self::Draining, Transition::Discard) => Self::Discarded,
            (_, Transition::Remove) => Self::Discarded,
            (state, transition) => return Err(NotAllowed { state, transition }),
        })
    }

    /// Returns whether a version in this state folds the log.
    pub fn folds(self) -> bool {
        matches!(self, Self::Candidate | Self::Live | Self::Draining)
    }
}

impl Transition {
    /// Every transition.
    pub const ALL: [Self; 7] =
        [Self::Start, Self::Displace, Self::Promote, Self::Demote, Self::Retire, Self::Discard, Self::Remove];
}

impl fmt::Display for VersionState {
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

impl fmt::Display for Transition {
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
    fn every_pair_of_state_and_transition_is_as_designed() {
        use VersionState::*;
        let table = [
            //              Start           Displace          Promote     Demote          Retire         Discard          Remove
            (Registered, [Some(Candidate), None, None, None, None, Some(Discarded), Some(Discarded)]),
            (Candidate, [None, Some(Registered), Some(Live), None, None, Some(Discarded), Some(Discarded)]),
            (Live, [None, None, None, Some(Draining), None, None, Some(Discarded)]),
            (Draining, [None, None, Some(Live), None, Some(Retired), Some(Discarded), Some(Discarded)]),
            (Retired, [Some(Candidate), None, None, None, None, None, Some(Discarded)]),
            (Discarded, [Some(Candidate), None, None, None, None, None, Some(Discarded)]),
        ];
        assert_eq!(table.map(|(state, _)| state), VersionState::ALL);
        for (state, expected) in table {
            for (transition, expected) in Transition::ALL.into_iter().zip(expected) {
                assert_eq!(state.after(transition).ok(), expected, "{state:?} {transition:?}");
            }
        }
    }

    #[test]
    fn only_what_folds_can_be_served_and_what_is_served_is_never_given_up() {
        for state in VersionState::ALL {
            for transition in Transition::ALL {
                if state.after(transition) == Ok(VersionState::Live) {
                    assert!(state.folds(), "{state:?} {transition:?}");
                }
            }
        }
        assert!(
            VersionState::Live.after(Transition::Retire).is_err()
                && VersionState::Live.after(Transition::Discard).is_err()
        );
    }

    #[test]
    fn a_refused_transition_names_state_and_transition() {
        let refused = VersionState::Retired.after(Transition::Promote).unwrap_err();
        assert_eq!(refused.to_string(), "a version that is retired cannot be promoted");
    }
}
