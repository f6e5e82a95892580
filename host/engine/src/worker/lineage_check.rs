//! Whether state and documents are of the log that is read from now on.

use foldline_core::position::Position;
use foldline_core::skips::Skips;

use super::ended::Ended;
use foldline_base::error::{Error, ErrorKind};
use foldline_base::planted::{Bug, is_planted};
use foldline_log::lineage::LogOrigin;
use foldline_sink::SinkProgress;
use foldline_source::assignment::Assignment;

/// Compares the log with what state and documents are made of: either may know of more than the log holds, documents after a crash
/// before the next checkpoint.
pub(super) fn prove(
    assignment: &Assignment,
    folded: Option<&Position>,
    shown: &SinkProgress,
) -> Result<(), Ended> {
    let mut claims = shown.claims();
    claims.extend(folded);
    match assignment.prove(&claims)? {
        true => Err(Ended::OfAnotherLog(Error::new(
            ErrorKind::Replaced,
            "state or documents belong to a log other than the adopted one",
        ))),
        false => Ok(()),
    }
}

/// Compares what is skipped with what a state was made of, and its documents.
pub(super) fn require_skips(
    skips: &Skips,
    folded: Option<&Position>,
    shown: &SinkProgress,
) -> Result<(), Ended> {
    let claims = shown.claims().into_iter().chain(folded);
    match skips.first_disagreement(claims) {
        Some(disagreement) if !is_planted(Bug::SkipForgotten) => {
            Err(Ended::OtherSkips(Error::new(ErrorKind::Replaced, disagreement)))
        }
        _ => Ok(()),
    }
}

/// Returns whether documents that show a position may be shown still, or again. Those of a log in whose place another one was
/// adopted are not: their position would mean nothing to those that wait for one. Where the log does not answer, they are.
pub(super) fn may_show(
    assignment: &Assignment,
    position: &Position,
    beside_another: bool,
) -> Result<bool, Error> {
    match assignment.compare(&[position]) {
        Ok(LogOrigin::ThisLog) => Ok(true),
        Ok(LogOrigin::BeforeAdoption) => Ok(false),
        // A version that halts for it goes on showing what it showed.
        Ok(LogOrigin::AnotherLog { .. }) => Ok(!beside_another),
        Err(error) if error.kind() == ErrorKind::Unavailable && !beside_another => Ok(true),
        Err(error) => Err(error),
    }
}
