//! `foldline verify`: whether a projection's state is what the log says.

use std::time::Duration;

use super::Format;
use super::client::{Client, Request};
use super::output::Output;
use super::progress;
use super::stop::{Outcome, Stop};
use crate::api::{RowDifference, Verified, VerifyLine};
use crate::error::{Error, ErrorKind};

/// A day: a verification folds the whole log once more.
const PATIENCE: Duration = Duration::from_secs(24 * 60 * 60);

/// Folds the log once more beside the live version and compares the two states, row by row
///
/// Exit code 1 when they differ, with the first key that does. The projection goes on meanwhile.
#[derive(Debug, clap::Args)]
pub(super) struct Verify {
    /// The projection
    name: String,
    /// How to print
    #[arg(short, long, value_enum, default_value_t = Format::Text)]
    output: Format,
}

impl Verify {
    pub(super) fn run(self, client: &Client, out: &mut Output) -> Outcome {
        let bar = progress::records(0);
        bar.set_message("folding the log once more");
        let mut verified = None;
        let path = ["projections", &self.name, "verify"];
        client.get_lines(Request::to(&path).patience(PATIENCE), |line| {
            match line {
                VerifyLine::Progress { read, of } => {
                    bar.set_length(of);
                    bar.set_position(read);
                }
                VerifyLine::Verified(answer) => verified = Some(answer),
                VerifyLine::Failed(problem) => return Err(client.refused(problem)),
            }
            Ok(())
        })?;
        bar.finish_and_clear();
        let verified = verified.ok_or_else(|| {
            Error::new(ErrorKind::Unavailable, "the host ended before everything was compared")
        })?;
        match self.output {
            Format::Json => out.json(&verified)?,
            Format::Text => print(&verified, out)?,
        }
        if verified.difference.is_some() { Err(Stop::No) } else { Ok(()) }
    }
}

fn print(verified: &Verified, out: &mut Output) -> Outcome {
    let Verified { version, position, rows, fingerprint, difference } = verified;
    let Some(RowDifference { table, key, state, log }) = difference else {
        return out
            .line(format_args!("{version} is what the log says: {rows} rows, {fingerprint} at {position}"));
    };
    let row =
        |row: &Option<serde_json::Value>| row.as_ref().map_or("no such row".to_owned(), ToString::to_string);
    out.line(format_args!("{version} differs from the log at {position}"))?;
    out.line(format_args!("first at key `{key}` of table {table}"))?;
    out.line(format_args!("state: {}", row(state)))?;
    out.line(format_args!("log:   {}", row(log)))?;
    if state.is_some() && state == log {
        out.line("the results are the same; what is behind them differs")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::fake::{FakeHost, printed};

    fn verify(answer: &'static str) -> (Outcome, String) {
        let host = FakeHost::start(move |_| (200, answer.to_owned()));
        let command = Verify { name: "like-count".to_owned(), output: Format::Text };
        let result = printed(|out| command.run(&host.client(), out));
        assert_eq!(host.requests()[0].line, "GET /projections/like-count/verify");
        result
    }

    #[test]
    fn a_state_that_is_what_the_log_says_is_said_so() {
        let (outcome, text) = verify(concat!(
            r#"{"progress":{"read":1,"of":7}}"#,
            "\n",
            r#"{"verified":{"version":"like-count@0.1.0","position":"likes:0:7","rows":2,"fingerprint":"ab"}}"#,
            "\n"
        ));
        assert!(outcome.is_ok());
        assert_eq!(text, "like-count@0.1.0 is what the log says: 2 rows, ab at likes:0:7\n");
    }

    #[test]
    fn the_first_key_that_differs_is_named_and_the_answer_is_no() {
        let (outcome, text) = verify(concat!(
            r#"{"verified":{"version":"like-count@0.1.0","position":"likes:0:7","rows":2,"fingerprint":"ab","#,
            r#""difference":{"table":"Likes","key":"p1","state":{"users":3}}}}"#,
            "\n"
        ));
        assert!(matches!(outcome, Err(Stop::No)));
        assert_eq!(
            text,
            "like-count@0.1.0 differs from the log at likes:0:7\nfirst at key `p1` of table Likes\n\
             state: {\"users\":3}\nlog:   no such row\n"
        );
    }

    #[test]
    fn a_verification_that_fails_in_the_middle_or_just_ends_is_no_answer() {
        let (outcome, _) = verify(concat!(
            r#"{"progress":{"read":1,"of":7}}"#,
            "\n",
            r#"{"failed":{"title":"x","status":503,"detail":"the log does not answer"}}"#,
            "\n"
        ));
        assert!(matches!(outcome, Err(Stop::Failed(error)) if error.message() == "the log does not answer"));
        let (outcome, _) = verify("{\"progress\":{\"read\":1,\"of\":7}}\n");
        assert!(matches!(outcome, Err(Stop::Failed(error)) if error.kind() == ErrorKind::Unavailable));
    }
}
