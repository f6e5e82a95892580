//! `foldline skip`, `resume`: a projection goes on that records have stopped.

use super::client::{Client, Request};
use super::operator_requests::change;
use super::output::Output;
use super::stop::Outcome;

/// Has a projection pass over records that stop it
///
/// For records that a producer should not have written. All versions of the projection skip them, and so does every replay: the
/// decision is kept. A version that has not folded them yet goes on without them, also one that has halted. A version that has
/// folded them is built again from the log; what it shows is served meanwhile. The projection's relay does not skip them, unless
/// `--relay` says so: what it has sent stays sent.
#[derive(Debug, clap::Args)]
pub(super) struct Skip {
    /// The projection
    name: String,
    /// The topic, as reducers name it
    topic: String,
    /// The partition
    partition: u32,
    /// The offset of the first record
    from: u64,
    /// The offset after that of the last record
    to: u64,
    /// Why, for those who ask later; `foldline status` shows it
    #[arg(long, value_name = "WHY", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    reason: String,
    /// The projection's relay skips them too
    #[arg(long)]
    relay: bool,
    /// Takes an earlier decision back: the records count again
    #[arg(long, conflicts_with = "relay")]
    undo: bool,
}

/// Tries again what has halted of a projection: its versions, sinks and relay
///
/// Reads `dead_letters_max` from the configuration again, so that a limit which was raised there counts without a restart.
#[derive(Debug, clap::Args)]
pub(super) struct Resume {
    /// The projection
    name: String,
}

impl Skip {
    pub(super) fn run(self, client: &Client, out: &mut Output) -> Outcome {
        let path = ["projections", &self.name, "skip"];
        let request = Request::to(&path)
            .query("topic", &self.topic)
            .query("partition", self.partition)
            .query("from", self.from)
            .query("to", self.to)
            .query("reason", &self.reason)
            .query_if("relay", self.relay)
            .query_if("undo", self.undo);
        change(client, out, request)
    }
}

impl Resume {
    pub(super) fn run(self, client: &Client, out: &mut Output) -> Outcome {
        change(client, out, Request::to(&["projections", &self.name, "resume"]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::{FakeHost, printed};

    #[test]
    fn what_is_skipped_and_why_reaches_the_host() {
        let host = FakeHost::start(|_| (200, r#"{"message":"done"}"#.to_owned()));
        let skip = |relay, undo| Skip {
            name: "like-count".to_owned(),
            topic: "likes".to_owned(),
            partition: 1,
            from: 30,
            to: 50,
            reason: "bad deploy".to_owned(),
            relay,
            undo,
        };
        let (outcome, _) = printed(|out| {
            skip(false, false).run(&host.client(), out)?;
            skip(true, false).run(&host.client(), out)?;
            skip(false, true).run(&host.client(), out)?;
            Resume { name: "like-count".to_owned() }.run(&host.client(), out)
        });
        outcome.unwrap();
        let lines: Vec<_> = host.requests().into_iter().map(|request| request.line).collect();
        let skipped =
            "POST /projections/like-count/skip?topic=likes&partition=1&from=30&to=50&reason=bad%20deploy";
        assert_eq!(
            lines,
            [
                skipped.to_owned(),
                format!("{skipped}&relay=true"),
                format!("{skipped}&undo=true"),
                "POST /projections/like-count/resume".to_owned()
            ]
        );
    }
}
