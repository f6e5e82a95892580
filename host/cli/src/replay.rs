//! `foldline replay`: replays a version that does not run, and follows its progress.

use std::time::Duration;

use super::client::{Client, Request};
use super::operator_requests::{Label, ask};
use super::output::Output;
use super::progress;
use super::stop::Outcome;
use foldline_api::{Status, VersionStatus};
use foldline_base::error::{Error, ErrorKind};
use foldline_core::status::Phase;

/// How often to ask the host for the progress.
const EVERY: Duration = Duration::from_millis(250);

/// Replay the log through a version alongside the live one, and follow until it has caught up
///
/// A version that is not running is started, and replaces any other candidate. A version that is already replaying is only
/// followed. Interrupting this command does not stop the replay. The version is served after `foldline promote`, or once the
/// projection's gate opens.
#[derive(Debug, clap::Args)]
#[command(disable_version_flag = true)]
pub(super) struct Replay {
    /// The version
    #[arg(value_name = "NAME@VERSION")]
    version: Label,
    /// Start the replay without following it
    #[arg(long)]
    detach: bool,
}

impl Replay {
    pub(super) fn run(self, client: &Client, out: &mut Output) -> Outcome {
        let Label { name, version } = &self.version;
        if find(client, &self.version)?.is_none() {
            let path = ["projections", name, "replay"];
            ask(client, out, Request::to(&path).query("version", version))?;
        }
        if self.detach {
            return Ok(());
        }
        let bar = progress::records(0);
        bar.set_message("replaying");
        loop {
            let Some(status) = find(client, &self.version)? else {
                let gone = format!("{name}@{version} is no longer running");
                return Err(Error::new(ErrorKind::Refused, gone).into());
            };
            let folded: u64 = status.positions.iter().map(|at| at.next_offset).sum();
            match status.phase {
                Phase::Replaying => {
                    bar.set_length(status.positions.iter().map(|at| at.end_offset).sum());
                    bar.set_position(folded);
                }
                Phase::Halted => {
                    let reason = status.reason.unwrap_or_default();
                    let halted = format!("{name}@{version} has halted: {reason}");
                    return Err(Error::new(ErrorKind::Refused, halted).into());
                }
                Phase::CaughtUp | Phase::Live | Phase::Draining => {
                    bar.finish_and_clear();
                    let waits = status.waits_for.map(|waits| format!("; next: {waits}")).unwrap_or_default();
                    let line = format!("{name}@{version} has caught up after {folded} records{waits}");
                    return out.line(line);
                }
            }
            std::thread::sleep(EVERY);
        }
    }
}

fn find(client: &Client, label: &Label) -> Result<Option<VersionStatus>, super::stop::Stop> {
    let status: Status = client.get(Request::to(&["status"]))?;
    let version = label.version.to_string();
    Ok(status.projections.into_iter().find(|of| of.name == label.name && of.version == version))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::fake::{FakeHost, printed};

    #[test]
    fn a_version_that_does_not_run_is_started_and_followed() {
        let asked = AtomicUsize::new(0);
        let host = FakeHost::start(move |request| {
            if request.line.starts_with("POST") {
                return (200, r#"{"message":"a@1.0.0 replays the log"}"#.to_owned());
            }
            let version = |phase: &str, next: u64| {
                format!(
                    r#"{{"name":"a","version":"1.0.0","digest":"ab","phase":"{phase}","positions":[{{"topic":"t",
                    "partition":0,"next_offset":{next},"shown_offset":0,"end_offset":9}}],"missing_topics":[],
                    "events":0,"dead_letters":0,"failed_rows":0,"rows":0,"documents":0}}"#
                )
            };
            let versions = match asked.fetch_add(1, Ordering::Relaxed) {
                0 => String::new(),
                1 => version("replaying", 4),
                _ => version("caught_up", 9),
            };
            (200, format!(r#"{{"version":"0.1.0","log":"embedded","projections":[{versions}]}}"#))
        });
        let replay = Replay { version: "a@1.0.0".parse().unwrap(), detach: false };
        let (outcome, text) = printed(|out| replay.run(&host.client(), out));
        outcome.unwrap();
        assert_eq!(text, "a@1.0.0 replays the log\na@1.0.0 has caught up after 9 records\n");
    }
}
