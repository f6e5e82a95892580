//! Whether state and documents belong to the log that is read from now on.

use foldline_core::position::Position;
use foldline_core::skips::Skips;

use super::ended::Ended;
use foldline_base::error::{Error, ErrorKind};
use foldline_base::planted::{Bug, is_planted};
use foldline_log::lineage::LogOrigin;
use foldline_sink::SinkProgress;
use foldline_source::assignment::Assignment;

/// Compares the log with the positions of state and documents. Both are needed: after a crash, documents may be ahead of the
/// last checkpoint, and either may be ahead of the log.
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

/// Checks that state and documents were made under the present skips.
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

/// Returns whether documents that show `position` may still be served. Documents from before an adoption may not: their
/// position would mean nothing to readers that wait for one. `while_rebuilding` = the documents are of a served run while
/// another one is built. Otherwise, documents may also be served if the log is another one or does not answer.
pub(super) fn may_show(
    assignment: &Assignment,
    position: &Position,
    while_rebuilding: bool,
) -> Result<bool, Error> {
    match assignment.compare(&[position]) {
        Ok(LogOrigin::ThisLog) => Ok(true),
        Ok(LogOrigin::BeforeAdoption) => Ok(false),
        // A version that halts because of it continues to show what it showed.
        Ok(LogOrigin::AnotherLog { .. }) => Ok(!while_rebuilding),
        Err(error) if error.kind() == ErrorKind::Unavailable && !while_rebuilding => Ok(true),
        Err(error) => Err(error),
    }
}
