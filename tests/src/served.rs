//! Random changes of what a sink should serve: those of the conformance suite, with the test's own random numbers.

use foldline_sink::DocumentChange;
use foldline_sink_testkit::model;
pub use foldline_sink_testkit::{Contents, Model};

use crate::world::Rng;

/// Returns changes of up to `rows_max` of the rows `r0` to `r(all - 1)`, each at most once: documents, removals, and memberships
/// that appear, disappear and change their score.
pub fn random_changes(rng: &mut Rng, rows_max: u64, all: u64) -> Vec<DocumentChange> {
    model::random_changes(&mut |bound| rng.below(bound), rows_max, all)
}
