//! `foldline fingerprint`: the hash of a projection's state.

use super::client::{Client, Request};
use super::output::Output;
use super::stop::Outcome;
use foldline_api::FingerprintAnswer;

/// Show the hash of the live version's state, and the position at which it was taken
///
/// Live, replayed and restarted versions of one log have equal fingerprints if they skip the same records. A second line names
/// the skipped records.
#[derive(Debug, clap::Args)]
pub(super) struct Fingerprint {
    /// The projection
    name: String,
}

impl Fingerprint {
    pub(super) fn run(self, client: &Client, out: &mut Output) -> Outcome {
        let answer: FingerprintAnswer =
            client.get(Request::to(&["projections", &self.name, "fingerprint"]))?;
        out.line(format_args!("{} {}", answer.fingerprint, answer.position))?;
        match answer.skipped.as_slice() {
            [] => Ok(()),
            skipped => out.line(format_args!("without {}", skipped.join(","))),
        }
    }
}
