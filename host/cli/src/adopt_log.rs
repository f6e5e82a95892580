//! `foldline adopt-log`: adopts a log that replaced another one.

use super::client::{Client, Request};
use super::operator_requests::ask;
use super::output::Output;
use super::stop::Outcome;

/// Adopt a topic that was re-created or restored, and continue with it
///
/// Use this if the topic was re-created or set back on purpose. Until then, the host halts everything that was built from the
/// former topic, and appends nothing to the new one. After adoption, projections replay the topic from its start. Relays
/// continue at its end, so that nothing is sent twice; with `--from start` they send everything that it holds.
///
/// This also works for the host's internal topics. After adopting `foldline.frontiers`, relays continue where the host last
/// saw them, or with `--from start` where the topic says. After adopting `foldline.decisions`, the host can decide again.
#[derive(Debug, clap::Args)]
pub(super) struct AdoptLog {
    /// The topic, as reducers name it
    topic: String,
    /// Where relays continue
    #[arg(long, value_enum, default_value = "end")]
    from: From,
}

/// Where relays go on in a topic that is adopted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum From {
    /// At the end: what the topic already holds is not sent
    End,
    /// At the start: everything that the topic holds is sent
    Start,
}

impl AdoptLog {
    pub(super) fn run(self, client: &Client, out: &mut Output) -> Outcome {
        let from = match self.from {
            From::End => "end",
            From::Start => "start",
        };
        ask(client, out, Request::to(&["topics", &self.topic, "adopt"]).query("from", from))
    }
}
