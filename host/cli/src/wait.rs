//! `foldline wait`: returns once a projection shows everything that is in the log now.

use std::time::Duration;

use super::client::{Client, Request};
use super::output::Output;
use super::stop::Outcome;
use foldline_api::Waited;
use foldline_config::quantity::parse_duration;

/// Wait until every sink shows everything that is in the log now
///
/// This includes waiting for a projection that does not exist yet, and for a sink that is unreachable. Prints NAME@VERSION
/// and the position. Exit code 5 on timeout, with what was still missing; 1 if the version has halted, with the reason.
#[derive(Debug, clap::Args)]
#[command(disable_version_flag = true)]
pub(super) struct Wait {
    /// The projection
    name: String,
    /// Wait for this version, live or not, instead of the live one
    #[arg(long, value_name = "VERSION")]
    version: Option<String>,
    /// Wait only for the embedded store, which serves HTTP reads
    #[arg(long)]
    embedded: bool,
    /// The longest time to wait
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = parse_duration)]
    timeout: Duration,
}

impl Wait {
    pub(super) fn run(self, client: &Client, out: &mut Output) -> Outcome {
        let path = ["projections", &self.name, "wait"];
        let request = Request::to(&path)
            .query_some("version", self.version.as_deref())
            .query_some("embedded", self.embedded.then_some(true))
            .query("timeout", format_args!("{}ms", self.timeout.as_millis()))
            .patience(self.timeout);
        let Waited { version, position } = client.get(request)?;
        out.line(format_args!("{version} {position}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::{FakeHost, printed, problem};
    use crate::stop::{Stop, exit_code};

    #[test]
    fn the_version_and_the_timeout_reach_the_host() {
        let host =
            FakeHost::start(|_| (200, r#"{"version":"like-count@0.2.0","position":"likes:0:7"}"#.to_owned()));
        let wait = Wait {
            name: "like-count".to_owned(),
            version: Some("0.2.0".to_owned()),
            embedded: false,
            timeout: Duration::from_secs(90),
        };
        let (outcome, printed) = printed(|out| wait.run(&host.client(), out));
        outcome.unwrap();
        assert_eq!(printed, "like-count@0.2.0 likes:0:7\n");
        assert_eq!(host.requests()[0].line, "GET /projections/like-count/wait?version=0.2.0&timeout=90000ms");
    }

    #[test]
    fn the_embedded_store_alone_is_asked_for_by_name() {
        let host =
            FakeHost::start(|_| (200, r#"{"version":"like-count@0.2.0","position":"likes:0:7"}"#.to_owned()));
        let wait =
            Wait { name: "x".to_owned(), version: None, embedded: true, timeout: Duration::from_secs(1) };
        printed(|out| wait.run(&host.client(), out)).0.unwrap();
        assert_eq!(host.requests()[0].line, "GET /projections/x/wait?embedded=true&timeout=1000ms");
    }

    #[test]
    fn a_version_that_has_halted_is_a_no_and_not_an_unreachable_host() {
        let host = FakeHost::start(|_| problem(409, "like-count@0.2.0 has halted: out of fuel", None));
        let wait =
            Wait { name: "x".to_owned(), version: None, embedded: false, timeout: Duration::from_secs(1) };
        let Err(Stop::Failed(error)) = printed(|out| wait.run(&host.client(), out)).0 else {
            panic!("the answer is no")
        };
        assert_eq!(
            (exit_code(error.kind()), error.message()),
            (1, "like-count@0.2.0 has halted: out of fuel")
        );
    }
}
