//! `foldline punctuate`: moves the watermark of partitions in which nothing happens.

use super::client::{Client, Request};
use super::output::Output;
use super::stop::Outcome;
use foldline_api::Punctuated;
use foldline_log::json::parse_time;

/// Append punctuations: mark partitions of a topic as done with everything before a time
///
/// A partition without events holds back every window. A punctuation advances its watermark as an event of that time would,
/// and has no other effect. It cannot be undone: older events that are appended later are late. On Kafka, the topic needs
/// `punctuate = true`. Prints the token of the position after the punctuations.
#[derive(Debug, clap::Args)]
pub(super) struct Punctuate {
    /// The topic
    topic: String,
    /// The time, as RFC 3339 or milliseconds since 1970 [default: now]
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    time: Option<i64>,
    /// Punctuate only this partition [default: all]
    #[arg(long, value_name = "N")]
    partition: Option<u32>,
}

impl Punctuate {
    pub(super) fn run(self, client: &Client, out: &mut Output) -> Outcome {
        let path = ["topics", &self.topic, "punctuations"];
        let request =
            Request::to(&path).query_some("time", self.time).query_some("partition", self.partition);
        let Punctuated { token, .. } = client.post(request, "application/octet-stream", b"")?;
        out.line(format_args!("token {token}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::{FakeHost, printed};

    #[test]
    fn time_and_partition_reach_the_host_and_are_left_to_it_otherwise() {
        let host = FakeHost::start(|_| (200, r#"{"token":"likes:0:7","time_ms":5}"#.to_owned()));
        for (time, partition) in [(None, None), (parse_time("2026-01-01T00:00:00Z").ok(), Some(3))] {
            let punctuate = Punctuate { topic: "likes".to_owned(), time, partition };
            let (outcome, printed) = printed(|out| punctuate.run(&host.client(), out));
            outcome.unwrap();
            assert_eq!(printed, "token likes:0:7\n");
        }
        let lines: Vec<_> = host.requests().into_iter().map(|request| request.line).collect();
        assert_eq!(
            lines,
            [
                "POST /topics/likes/punctuations",
                "POST /topics/likes/punctuations?time=1767225600000&partition=3"
            ]
        );
    }
}
