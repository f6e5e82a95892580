//! `foldline skip`, `resume`: gets a projection past records that have halted it.

use super::client::{Client, Request};
use super::operator_requests::ask;
use super::output::Output;
use super::stop::Outcome;

/// Skip records that halt a projection
///
/// Use this for records that a producer should not have written. The decision is durable: all versions of the projection skip
/// the records, and so does every replay. A version that has not folded them yet continues without them, even if it has
/// halted. A version that has folded them is rebuilt from the log; what it shows is served in the meantime. The projection's
/// relay skips them only with `--relay`; what it has sent stays sent.
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
    /// The offset after the last record
    to: u64,
    /// Why the records are skipped; `foldline status` shows it
    #[arg(long, value_name = "WHY", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    reason: String,
    /// Skip them in the projection's relay, too
    #[arg(long)]
    relay: bool,
    /// Undo an earlier skip: the records count again
    #[arg(long, conflicts_with = "relay")]
    undo: bool,
}

/// Resume everything of a projection that has halted: its versions, sinks and relay
///
/// Rereads `dead_letters_max` from the configuration, so that a raised limit applies without a restart.
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
        ask(client, out, request)
    }
}

impl Resume {
    pub(super) fn run(self, client: &Client, out: &mut Output) -> Outcome {
        ask(client, out, Request::to(&["projections", &self.name, "resume"]))
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
