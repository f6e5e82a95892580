//! `foldline verify`: checks that a projection's state agrees with the log.

use std::time::Duration;

use super::client::{Client, Request};
use super::output::{Format, Output};
use super::progress;
use super::stop::{Outcome, Stop};
use foldline_api::{EntryDifference, RowDifference, SinkVerified, Verified, VerifyLine};
use foldline_base::error::{Error, ErrorKind};
use foldline_base::foreign::foreign;

/// A day: a verification folds the whole log once more.
const PATIENCE: Duration = Duration::from_secs(24 * 60 * 60);

/// Verify the live version: fold the log again, and compare the states and what each sink shows
///
/// States are compared row by row. Exit code 1 if anything differs or a sink is damaged; prints the first difference. The
/// projection keeps running.
#[derive(Debug, clap::Args)]
pub(super) struct Verify {
    /// The projection
    name: String,
    /// The output format
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
            Error::new(ErrorKind::Unavailable, "the host stopped before the comparison was complete")
        })?;
        match self.output {
            Format::Json => out.json(&verified)?,
            Format::Text => print(&verified, out)?,
        }
        let is_wrong = |sink: &SinkVerified| sink.difference.is_some() || sink.damaged;
        let differs = verified.difference.is_some() || verified.sinks.iter().any(is_wrong);
        if differs { Err(Stop::No) } else { Ok(()) }
    }
}

fn print(verified: &Verified, out: &mut Output) -> Outcome {
    print_state(verified, out)?;
    verified.sinks.iter().try_for_each(|sink| print_sink(sink, out))
}

fn print_sink(verified: &SinkVerified, out: &mut Output) -> Outcome {
    let SinkVerified {
        sink,
        documents,
        places: memberships,
        undecided,
        not_compared,
        differing,
        difference,
        ..
    } = verified;
    if let Some(why) = not_compared {
        return out.line(format_args!("{sink} was not compared: {why}"));
    }
    let memberships =
        if *memberships == 0 { String::new() } else { format!(" and {memberships} memberships") };
    let undecided = match undecided {
        0 => String::new(),
        rows => format!("; {rows} rows kept changing and were not compared"),
    };
    let Some(EntryDifference { document, set, member, state, shown }) = difference else {
        return out
            .line(format_args!("{sink} matches the rows: {documents} documents{memberships}{undecided}"));
    };
    let what = match (document, set, member) {
        (_, Some(set), Some(member)) => format!("member `{}` of set `{}`", foreign(member), foreign(set)),
        (document, ..) => format!("document `{}`", foreign(document.as_deref().unwrap_or_default())),
    };
    out.line(format_args!("{sink} differs from the rows in {differing} entries{undecided}"))?;
    out.line(format_args!("first in {what}"))?;
    out.line(format_args!("state: {}", foreign(state.as_deref().unwrap_or("none"))))?;
    out.line(format_args!("shown: {}", foreign(shown.as_deref().unwrap_or("none"))))
}

fn print_state(verified: &Verified, out: &mut Output) -> Outcome {
    let Verified { version, position, rows, fingerprint, difference, .. } = verified;
    let Some(RowDifference { table, key, state, log }) = difference else {
        return out.line(format_args!("{version} matches the log: {rows} rows, {fingerprint} at {position}"));
    };
    let row =
        |row: &Option<serde_json::Value>| row.as_ref().map_or("no such row".to_owned(), ToString::to_string);
    out.line(format_args!("{version} differs from the log at {position}"))?;
    out.line(format_args!("first at key `{}` of table {table}", foreign(key)))?;
    out.line(format_args!("state: {}", row(state)))?;
    out.line(format_args!("log:   {}", row(log)))?;
    if state.is_some() && state == log {
        out.line("the results are equal, but the state behind them differs")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::{FakeHost, printed};

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
        assert_eq!(text, "like-count@0.1.0 matches the log: 2 rows, ab at likes:0:7\n");
    }

    #[test]
    fn a_sink_that_holds_damage_is_a_no() {
        let (outcome, text) = verify(concat!(
            r#"{"verified":{"version":"like-count@0.1.0","position":"likes:0:7","rows":2,"fingerprint":"ab","#,
            r#""sinks":[{"sink":"embedded","documents":0,"places":0,"damaged":true,"not_compared":"a page is damaged"}]}}"#,
            "\n"
        ));
        assert!(matches!(outcome, Err(Stop::No)));
        assert!(text.contains("embedded was not compared: a page is damaged"), "{text}");
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
    fn what_a_sink_shows_otherwise_is_named_and_the_answer_is_no() {
        let (outcome, text) = verify(concat!(
            r#"{"verified":{"version":"like-count@0.1.0","position":"likes:0:7","rows":2,"fingerprint":"ab","sinks":["#,
            r#"{"sink":"embedded","documents":2,"places":3},"#,
            r#"{"sink":"cache","documents":2,"places":0,"undecided":1,"differing":4,"#,
            r#""difference":{"document":"p1","state":"{}"}},"#,
            r#"{"sink":"search","documents":0,"places":0,"not_compared":"it has halted: full"}]}}"#,
            "\n"
        ));
        assert!(matches!(outcome, Err(Stop::No)));
        assert_eq!(
            text,
            "like-count@0.1.0 matches the log: 2 rows, ab at likes:0:7\n\
             embedded matches the rows: 2 documents and 3 memberships\n\
             cache differs from the rows in 4 entries; 1 rows kept changing and were not compared\n\
             first in document `p1`\nstate: {}\nshown: none\n\
             search was not compared: it has halted: full\n"
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
