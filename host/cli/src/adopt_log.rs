//! `foldline adopt-log`: a log that took another one's place is the right one from now on.

use super::client::{Client, Request};
use super::operator_requests::change;
use super::output::Output;
use super::stop::Outcome;

/// Takes a topic that is not the one that was read for the right one from now on
///
/// For a topic that was re-created or set back on purpose: the host halts what was made of the former one, and appends nothing,
/// until this command. Projections then replay the topic from its start. Relays go on at its end, so that nothing is sent twice;
/// with `--from start` they send everything that it holds.
///
/// Of the host's own topics, `foldline.frontiers` lets relays go on where the host saw them last, or with `--from start` where the
/// topic says; `foldline.decisions` lets the host decide again.
#[derive(Debug, clap::Args)]
pub(super) struct AdoptLog {
    /// The topic, as reducers name it
    topic: String,
    /// Where relays go on
    #[arg(long, value_enum, default_value = "end")]
    from: From,
}

/// Where relays go on in a topic that is adopted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum From {
    /// At its end: what it holds is not sent
    End,
    /// At its start: everything that it holds is sent
    Start,
}

impl AdoptLog {
    pub(super) fn run(self, client: &Client, out: &mut Output) -> Outcome {
        let from = match self.from {
            From::End => "end",
            From::Start => "start",
        };
        change(client, out, Request::to(&["topics", &self.topic, "adopt"]).query("from", from))
    }
}
