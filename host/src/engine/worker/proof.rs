//! Whether state and documents are of the log that is read from now on.

use foldline_core::position::Position;

use super::super::assignment::Assignment;
use super::ended::Ended;
use crate::error::{Error, ErrorKind};
use crate::log::lineage::Origin;
use crate::sink::SinkProgress;

/// Compares the log with what state and documents are made of. Documents that contradict a log which state agrees with are of
/// another log themselves.
pub(super) fn prove(
    assignment: &Assignment,
    folded: Option<&Position>,
    shown: &SinkProgress,
) -> Result<(), Ended> {
    let state = folded.filter(|folded| !folded.is_empty());
    let begins_again = match state {
        Some(folded) => assignment.prove(&[folded])?,
        None => assignment.prove(&shown.claims())?,
    };
    if begins_again {
        return Err(another("state is of another log than the one that was adopted"));
    }
    match state.map(|_| assignment.compare(&shown.claims())).transpose()? {
        None | Some(Origin::ThisLog) => Ok(()),
        Some(_) => Err(another("documents are of another log than state")),
    }
}

/// Returns whether documents that show a position may be shown still, or again. Those of a log in whose place another one was
/// adopted are not: nobody could wait for anything by their position. Where the log does not answer, they are.
pub(super) fn may_show(
    assignment: &Assignment,
    position: &Position,
    beside_another: bool,
) -> Result<bool, Error> {
    match assignment.compare(&[position]) {
        Ok(Origin::ThisLog) => Ok(true),
        Ok(Origin::BeforeAdoption) => Ok(false),
        // A version that halts for it goes on showing what it showed.
        Ok(Origin::AnotherLog { .. }) => Ok(!beside_another),
        Err(error) if error.kind() == ErrorKind::Unavailable && !beside_another => Ok(true),
        Err(error) => Err(error),
    }
}

fn another(why: &str) -> Ended {
    Ended::OfAnotherLog(Error::new(ErrorKind::Replaced, why))
}
