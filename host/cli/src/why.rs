//! `foldline diff --why`: finds the first event after which two versions make different documents or memberships of one key, and
//! prints it as a fixture.

use std::time::Duration;

use super::client::{Client, Request};
use super::output::{Format, Output};
use super::progress;
use super::stop::{Outcome, Stop};
use super::trace::{cut, moves, place, time};
use foldline_api::{DivergenceReport, Why as Answer, WhyLine};
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_base::foreign::foreign;
use foldline_base::terminal;

/// A day: the whole log is replayed.
const PATIENCE: Duration = Duration::from_secs(24 * 60 * 60);

/// The options of `diff --why`. It prints to stdout a fixture for the reducer's tests/*.jsonl that the old version passes and the
/// new one fails, and to stderr an explanation. Exit code 1 if they differ.
pub(super) struct Why {
    /// The projection.
    pub(super) name: String,
    /// The document's id; KEY@START_MS for a closed window.
    pub(super) key: String,
    /// The reference version.
    pub(super) old: Option<String>,
    /// The version compared with it.
    pub(super) new: Option<String>,
    /// The output format.
    pub(super) output: Format,
}

impl Why {
    pub(super) fn run(self, client: &Client, out: &mut Output) -> Outcome {
        let bar = progress::records(0);
        bar.set_message("replaying the log");
        let path = ["projections", &self.name, "diff", "why"];
        let request = Request::to(&path)
            .query("key", &self.key)
            .query_some("old", self.old.as_deref())
            .query_some("new", self.new.as_deref())
            .patience(PATIENCE);
        let mut why = None;
        client.get_lines(request, |line| {
            match line {
                WhyLine::Progress { read, of } => {
                    bar.set_length(of);
                    bar.set_position(read);
                }
                WhyLine::Why(answer) => why = Some(answer),
                WhyLine::Failed(problem) => return Err(client.refused(problem)),
            }
            Ok(())
        })?;
        bar.finish_and_clear();
        let why = why.ok_or_else(|| {
            Error::new(ErrorKind::Unavailable, "the host stopped before the comparison was complete")
        })?;
        if why.events == 0 && why.parting.is_none() {
            let Answer { old, new, position, .. } = &why;
            let message =
                format!("nothing touched `{}` of {old} or {new} up to {position}", foreign(&self.key));
            return Err(Stop::Failed(Error::new(ErrorKind::NotFound, message)));
        }
        match self.output {
            Format::Json => out.json(&why)?,
            Format::Text => {
                for line in explained(&why, &self.key)? {
                    terminal::say(line);
                }
                let fixture = why.parting.as_ref().and_then(|divergence| divergence.fixture.as_deref());
                for line in fixture.unwrap_or_default().lines() {
                    out.json_line(line.as_bytes())?;
                }
            }
        }
        if why.parting.is_some() { Err(Stop::No) } else { Ok(()) }
    }
}

/// Returns the explanation printed with the fixture.
fn explained(why: &Answer, key: &str) -> Result<Vec<String>> {
    let Answer { old, new, position, events, only_old, only_new, parting: divergence } = why;
    let mut lines = Vec::new();
    match divergence {
        None => lines.push(format!(
            "{old} and {new} agree on `{}` at every moment up to {position}: {events} events",
            foreign(key)
        )),
        Some(divergence) => lines.extend(explained_divergence(divergence, old, new)?),
    }
    for (version, only) in [(old, only_old), (new, only_new)] {
        if !only.is_empty() {
            lines.push(format!("not compared, because only {version} has them: {}", only.join(", ")));
        }
    }
    Ok(lines)
}

fn explained_divergence(divergence: &DivergenceReport, old: &str, new: &str) -> Result<Vec<String>> {
    let DivergenceReport { id, time_ms, fields, .. } = divergence;
    let after = match &divergence.record {
        Some(record) => {
            let (place, value) = place(record)?;
            format!("after {place} at {} {value}", time(*time_ms))
        }
        None => format!("when time reached {}, without an event", time(*time_ms)),
    };
    let mut lines = vec![format!("{old} and {new} diverge at `{}` {after}", foreign(id))];
    for (version, document, failed) in
        [(old, &divergence.old, &divergence.old_failed), (new, &divergence.new, &divergence.new_failed)]
    {
        let document = document.as_ref().map_or("no document".to_owned(), |document| cut(document.get()));
        let failed =
            failed.as_ref().map(|reason| format!(" (no new one: {})", foreign(reason))).unwrap_or_default();
        lines.push(format!("  {version}: {document}{failed}"));
    }
    lines
        .extend(moves([&divergence.old_sets, &divergence.new_sets]).iter().map(|moved| format!("  {moved}")));
    if !fields.is_empty() {
        lines.push(format!("  what differs: {}", fields.join(", ")));
    }
    if let Some(why) = &divergence.no_fixture {
        lines.push(format!("no fixture: {why}"));
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::{FakeHost, printed};

    fn why(answer: &str, output: Format) -> (Outcome, String) {
        let answer = format!("{{\"progress\":{{\"read\":1,\"of\":7}}}}\n{{\"why\":{answer}}}\n");
        let host = FakeHost::start(move |_| (200, answer.clone()));
        let command =
            Why { name: "like-count".into(), key: "p1".into(), old: None, new: Some("0.2.0".into()), output };
        let result = printed(|out| command.run(&host.client(), out));
        assert_eq!(host.requests()[0].line, "GET /projections/like-count/diff/why?key=p1&new=0.2.0");
        result
    }

    const DIVERGED: &str = concat!(
        r#"{"old":"like-count@0.1.0","new":"like-count@0.2.0","position":"likes:0:9","events":2,"only_new":["rate"],"#,
        r#""parting":{"record":{"topic":"likes","value":{"n":1},"partition":0,"offset":7},"time_ms":1,"id":"p1","#,
        r#""fields":["count"],"old":{"count":1},"new":{"count":2},"fixture":"{\"value\":{\"n\":1}}\n{\"expect\":{}}\n"}}"#
    );

    #[test]
    fn the_answer_is_a_fixture_and_no() {
        let (outcome, text) = why(DIVERGED, Format::Text);
        assert!(matches!(outcome, Err(Stop::No)));
        assert_eq!(text, "{\"value\":{\"n\":1}}\n{\"expect\":{}}\n");
        let (outcome, text) = why(DIVERGED, Format::Json);
        assert!(matches!(outcome, Err(Stop::No)));
        assert_eq!(text, format!("{DIVERGED}\n"));
    }

    #[test]
    fn the_explanation_is_printed_with_the_fixture() {
        let lines = explained(&serde_json::from_str(DIVERGED).unwrap(), "p1").unwrap();
        assert_eq!(
            lines,
            [
                "like-count@0.1.0 and like-count@0.2.0 diverge at `p1` after likes:0:7 at 1970-01-01T00:00:00.001Z {\"n\":1}",
                "  like-count@0.1.0: {\"count\":1}",
                "  like-count@0.2.0: {\"count\":2}",
                "  what differs: count",
                "not compared, because only like-count@0.2.0 has them: rate",
            ]
        );
    }

    #[test]
    fn memberships_are_told_as_they_are_in_both() {
        let diverged = DIVERGED.replace(
            r#""fields":["count"]"#,
            r#""fields":["(memberships)"],"old_sets":[{"set":"s","member":"m","score":1}],"new_sets":[{"set":"t","member":"m","score":1},{"set":"s","member":"m","score":2}]"#,
        );
        let lines = explained(&serde_json::from_str(&diverged).unwrap(), "p1").unwrap();
        assert_eq!(lines[3..6], ["  set t: m: - → 1", "  set s: m: 1 → 2", "  what differs: (memberships)"]);
    }

    #[test]
    fn versions_that_agree_are_a_yes_and_an_unknown_key_is_a_no() {
        let same = r#"{"old":"a@1","new":"a@2","position":"likes:0:9","events":2}"#;
        let (outcome, text) = why(same, Format::Text);
        assert!(outcome.is_ok());
        assert_eq!(text, "");
        let (outcome, _) = why(&same.replace("\"events\":2", "\"events\":0"), Format::Text);
        let Err(Stop::Failed(error)) = outcome else { panic!("the answer is no") };
        assert_eq!(error.message(), "nothing touched `p1` of a@1 or a@2 up to likes:0:9");
    }
}
