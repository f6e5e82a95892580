//! `foldline promote`, `rollback`, `discard`, `remove`, `resync`, `adopt`: changes to a projection's versions.

use std::time::Duration;

use semver::Version;

use super::client::{Client, Request};
use super::output::Output;
use super::stop::Outcome;
use foldline_api::OperatorAnswer;

/// Longer than a host takes to decide.
const PATIENCE: Duration = Duration::from_secs(120);

/// A version of a projection, as typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Label {
    pub(super) name: String,
    pub(super) version: Version,
}

impl std::str::FromStr for Label {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, version) =
            text.split_once('@').ok_or("use the form NAME@VERSION, such as like-count@0.2.0")?;
        let version = version.parse().map_err(|why| format!("`{version}` is not a version: {why}"))?;
        Ok(Self { name: name.to_owned(), version })
    }
}

/// Promote a version that has caught up: serve it in place of the live one
///
/// Readers see the old version until the new one shows at least as much. The old one is kept caught up for `keep_old`, so
/// that `foldline rollback` takes effect at once. Exit code 1 if the version cannot be promoted now; the reason is printed.
#[derive(Debug, clap::Args)]
#[command(disable_version_flag = true)]
pub(super) struct Promote {
    /// The version
    #[arg(value_name = "NAME@VERSION")]
    version: Label,
    /// Do not wait for sinks that lag or are unreachable
    ///
    /// Readers of those sinks keep reading the old version, and move to the new one once it shows what they may have seen.
    #[arg(long)]
    leave_sinks: bool,
}

/// Roll back: serve the previous version again
#[derive(Debug, clap::Args)]
pub(super) struct Rollback {
    /// The projection
    name: String,
    /// Do not wait for sinks that lag or are unreachable
    ///
    /// Readers of those sinks keep reading the newer version, and move to the old one once it shows what they may have seen.
    #[arg(long)]
    leave_sinks: bool,
}

/// Remove a projection: its versions, their states, and its documents in all sinks
///
/// This also works for a projection that is being served, and for one whose first replay failed. The log and the module files
/// are kept, but the removed versions do not start again by themselves. To bring the projection back, drop a higher version
/// or use `foldline replay`.
#[derive(Debug, clap::Args)]
pub(super) struct Remove {
    /// The projection
    name: String,
    /// Keep its documents on servers, for their readers, until another version is live
    #[arg(long)]
    keep_documents: bool,
}

/// Discard a version that is not served, and delete its state
///
/// `foldline replay` rebuilds it.
#[derive(Debug, clap::Args)]
#[command(disable_version_flag = true)]
pub(super) struct Discard {
    /// The version
    #[arg(value_name = "NAME@VERSION")]
    version: Label,
}

impl Promote {
    pub(super) fn run(self, client: &Client, out: &mut Output) -> Outcome {
        let Label { name, version } = self.version;
        let path = ["projections", &name, "promote"];
        let request = Request::to(&path).query("version", version).query_if("leave_sinks", self.leave_sinks);
        ask(client, out, request)
    }
}

impl Remove {
    pub(super) fn run(self, client: &Client, out: &mut Output) -> Outcome {
        let path = ["projections", &self.name, "remove"];
        ask(client, out, Request::to(&path).query_if("keep_documents", self.keep_documents))
    }
}

impl Rollback {
    pub(super) fn run(self, client: &Client, out: &mut Output) -> Outcome {
        let path = ["projections", &self.name, "rollback"];
        ask(client, out, Request::to(&path).query_if("leave_sinks", self.leave_sinks))
    }
}

impl Discard {
    pub(super) fn run(self, client: &Client, out: &mut Output) -> Outcome {
        let Label { name, version } = self.version;
        ask(client, out, Request::to(&["projections", &name, "discard"]).query("version", version))
    }
}

/// Refill a sink from the live version while readers keep what they have
///
/// Use this for a sink that has halted, or whose contents were changed by hand. Readers move to the new contents once they are
/// complete.
#[derive(Debug, clap::Args)]
#[command(disable_version_flag = true)]
pub(super) struct Resync {
    /// The projection
    name: String,
    /// The sink, as the configuration names it
    sink: String,
    /// Refill from this version instead of the live one
    #[arg(long)]
    version: Option<Version>,
}

impl Resync {
    pub(super) fn run(self, client: &Client, out: &mut Output) -> Outcome {
        let path = ["projections", &self.name, "resync"];
        let request =
            Request::to(&path).query("sink", &self.sink).query_some("version", self.version.as_ref());
        ask(client, out, request)
    }
}

/// Take over a sink of a projection from another installation
///
/// A server records which installation writes a projection's documents, and refuses every other. This command records this
/// host's instead: the other installation is fenced, and the sink is refilled while its readers keep what they have. To keep
/// both, give one of them a `namespace` of its own.
#[derive(Debug, clap::Args)]
pub(super) struct Adopt {
    /// The projection
    name: String,
    /// The sink, as the configuration names it
    sink: String,
}

impl Adopt {
    pub(super) fn run(self, client: &Client, out: &mut Output) -> Outcome {
        ask(client, out, Request::to(&["projections", &self.name, "adopt"]).query("sink", &self.sink))
    }
}

pub(super) fn ask(client: &Client, out: &mut Output, request: Request<'_>) -> Outcome {
    let OperatorAnswer { message } =
        client.post(request.patience(PATIENCE), "application/octet-stream", b"")?;
    out.line(message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::{FakeHost, printed, problem};
    use crate::stop::{Stop, exit_code};

    #[test]
    fn a_request_reaches_the_host_and_its_answer_the_operator() {
        let host = FakeHost::start(|_| (200, r#"{"message":"done"}"#.to_owned()));
        let version: Label = "like-count@0.2.0".parse().unwrap();
        let promote = Promote { version: version.clone(), leave_sinks: false };
        let rollback = Rollback { name: "like-count".to_owned(), leave_sinks: true };
        let (outcome, text) = printed(|out| {
            promote.run(&host.client(), out)?;
            rollback.run(&host.client(), out)?;
            Discard { version }.run(&host.client(), out)?;
            let (name, sink) = ("like-count".to_owned(), "cache".to_owned());
            Resync { name, sink, version: None }.run(&host.client(), out)?;
            let (name, sink) = ("like-count".to_owned(), "cache".to_owned());
            Adopt { name, sink }.run(&host.client(), out)?;
            Remove { name: "like-count".to_owned(), keep_documents: true }.run(&host.client(), out)
        });
        outcome.unwrap();
        assert_eq!(text, "done\n".repeat(6));
        let lines: Vec<_> = host.requests().into_iter().map(|request| request.line).collect();
        assert_eq!(
            lines,
            [
                "POST /projections/like-count/promote?version=0.2.0",
                "POST /projections/like-count/rollback?leave_sinks=true",
                "POST /projections/like-count/discard?version=0.2.0",
                "POST /projections/like-count/resync?sink=cache",
                "POST /projections/like-count/adopt?sink=cache",
                "POST /projections/like-count/remove?keep_documents=true"
            ]
        );
    }

    #[test]
    fn what_cannot_be_done_now_is_a_no() {
        let host = FakeHost::start(|_| problem(409, "like-count@0.2.0 has not caught up", None));
        let promote = Promote { version: "like-count@0.2.0".parse().unwrap(), leave_sinks: false };
        let (outcome, _) = printed(|out| promote.run(&host.client(), out));
        let Err(Stop::Failed(error)) = outcome else { panic!("a refusal") };
        assert_eq!((exit_code(error.kind()), error.message()), (1, "like-count@0.2.0 has not caught up"));
    }

    #[test]
    fn a_label_is_a_name_and_a_version() {
        assert!("like-count".parse::<Label>().is_err());
        assert!("like-count@1".parse::<Label>().unwrap_err().contains("`1` is not a version"));
    }
}
