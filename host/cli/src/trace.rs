//! `foldline trace`: every event that touched a row, with the document before and after.

use std::time::Duration;

use foldline_core::rfc3339;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::client::{Client, Request};
use super::output::{Format, Output};
use super::progress;
use super::stop::{Outcome, Stop};
use foldline_api::{TraceLine, Traced, TracedEvent, TracedMembership, TracedTime};
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_base::foreign::foreign;
use foldline_log::json;

/// A day: a trace replays the whole log.
const PATIENCE: Duration = Duration::from_secs(24 * 60 * 60);

/// In text output, longer values are cut to this many characters.
const SHOWN_CHARS_MAX: usize = 300;

/// Trace one key: replay the log and show each event that touched it, with the document before and after
///
/// The replay runs alongside the host's projections, through the live version or the one given by --version. Changes made by
/// time alone, when a window moves on, have no event and are labelled. Exit code 1 if nothing ever touched the key.
#[derive(Debug, clap::Args)]
#[command(disable_version_flag = true)]
pub(super) struct Trace {
    /// The projection
    name: String,
    /// The document's id; KEY@START_MS for a closed window
    key: String,
    /// The version to trace [default: the live one]
    #[arg(long)]
    version: Option<String>,
    /// Show at most N events and changes made by time
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    limit: u64,
    /// The output format
    #[arg(short, long, value_enum, default_value_t = Format::Text)]
    output: Format,
}

impl Trace {
    pub(super) fn run(self, client: &Client, out: &mut Output) -> Outcome {
        let bar = progress::records(0);
        bar.set_message("replaying the log");
        let path = ["projections", &self.name, "trace"];
        let request = Request::to(&path)
            .query("key", &self.key)
            .query("limit", self.limit)
            .query_some("version", self.version.as_deref())
            .patience(PATIENCE);
        let mut traced = None;
        let mut stopped = None;
        let answered = client.get_lines(request, |line| {
            match line {
                TraceLine::Progress { read, of } => {
                    bar.set_length(of);
                    bar.set_position(read);
                }
                TraceLine::Failed(problem) => return Err(client.refused(problem)),
                line => {
                    let printed = bar.suspend(|| {
                        self.print(&line, out)?;
                        out.flush()
                    });
                    if let Err(stop) = printed {
                        stopped = Some(stop);
                        // The message is irrelevant: this only leaves the loop.
                        return Err(Error::new(ErrorKind::Unavailable, "nobody reads the answer"));
                    }
                    if let TraceLine::Traced(end) = line {
                        traced = Some(end);
                    }
                }
            }
            Ok(())
        });
        bar.finish_and_clear();
        if let Some(stop) = stopped {
            return Err(stop);
        }
        answered?;
        let Traced { version, position, events, times, .. } = traced.ok_or_else(|| {
            Error::new(ErrorKind::Unavailable, "the host stopped before the trace was complete")
        })?;
        if events == 0 && times == 0 {
            let message = format!("nothing touched `{}` of {version} up to {position}", foreign(&self.key));
            let hint =
                format!("a key is a document's id; list them with `foldline query {} --all`", self.name);
            return Err(Stop::Failed(Error::new(ErrorKind::NotFound, message).with_hint(hint)));
        }
        Ok(())
    }

    fn print(&self, line: &TraceLine, out: &mut Output) -> Outcome {
        match (self.output, line) {
            (_, TraceLine::Traced(Traced { events: 0, times: 0, .. })) => Ok(()),
            (Format::Json, line) => out.json(line),
            (Format::Text, TraceLine::Event(event)) => print_event(event, out),
            (Format::Text, TraceLine::Time(time)) => print_time(time, out),
            (Format::Text, TraceLine::Traced(traced)) => self.print_end(traced, out),
            (Format::Text, TraceLine::Progress { .. } | TraceLine::Failed(_)) => Ok(()),
        }
    }

    fn print_end(&self, traced: &Traced, out: &mut Output) -> Outcome {
        let Traced { version, position, events, times, more } = traced;
        let of_time = match times {
            0 => String::new(),
            _ => format!(", {times} changes made by time alone"),
        };
        let key = foreign(&self.key);
        if *more {
            return out.line(format_args!(
                "the first {events} events of `{key}` in {version}{of_time}; there are more: --limit N shows them"
            ));
        }
        out.line(format_args!("{events} events touched `{key}` of {version} up to {position}{of_time}"))
    }
}

fn print_event(event: &TracedEvent, out: &mut Output) -> Outcome {
    let (place, value) = place(&event.record)?;
    out.line(format_args!("{place} at {} {value}", time(event.time_ms)))?;
    if let Some(through) = &event.through {
        out.line(format_args!("  through {}", foreign(through)))?;
    }
    match (event.late, event.open) {
        (true, _) => out.line("  late: no window accepts it"),
        (_, true) => out.line("  in a window that is still open"),
        _ => {
            let TracedEvent { before, after, sets_before, sets_after, failed, .. } = event;
            let documents = [before.as_deref(), after.as_deref()];
            print_change(documents, [sets_before, sets_after], failed.as_deref(), out)
        }
    }
}

/// Returns a record's location, and its value, cut.
pub(super) fn place(record: &RawValue) -> Result<(String, String)> {
    let line = json::parse(record.get().as_bytes())?;
    let partition = line.record.partition.unwrap_or_default();
    let (topic, offset) = (line.topic.unwrap_or_default(), line.offset.unwrap_or_default());
    let value = line.record.value.as_deref();
    let value = value.map_or("no value".into(), |value| cut(&String::from_utf8_lossy(value)));
    Ok((format!("{topic}:{partition}:{offset}"), value))
}

fn print_time(change: &TracedTime, out: &mut Output) -> Outcome {
    let TracedTime { time_ms, id, before, after, sets_before, sets_after, failed } = change;
    out.line(format_args!(
        "time {}: `{}` changed by time alone, without an event",
        time(*time_ms),
        foreign(id)
    ))?;
    let documents = [before.as_deref(), after.as_deref()];
    print_change(documents, [sets_before, sets_after], failed.as_deref(), out)
}

/// Prints what changed, before and after: fields of the document, and memberships.
fn print_change(
    documents: [Option<&RawValue>; 2],
    sets: [&Vec<TracedMembership>; 2],
    failed: Option<&str>,
    out: &mut Output,
) -> Outcome {
    if let Some(reason) = failed {
        return out.line(format_args!("  no new document: {}", foreign(reason)));
    }
    let moves = moves(sets.map(Vec::as_slice));
    for moved in &moves {
        out.line(format_args!("  {moved}"))?;
    }
    let moved = !moves.is_empty();
    let (before, after) = match documents {
        [None, None] if moved || !sets[1].is_empty() => (Map::new(), Map::new()),
        [None, None] => return out.line("  there is no document"),
        [None, Some(after)] => return out.line(format_args!("  no document → {}", cut(after.get()))),
        [Some(before), None] => return out.line(format_args!("  {} → no document", cut(before.get()))),
        [Some(before), Some(after)] => (fields(before)?, fields(after)?),
    };
    let mut changed = moved;
    let gone = before.keys().filter(|name| !after.contains_key(*name));
    for name in after.keys().chain(gone) {
        let (old, new) = (before.get(name), after.get(name));
        if old != new {
            let shown = |value: Option<&Value>| value.map_or("-".into(), |value| cut(&value.to_string()));
            out.line(format_args!("  {name}: {} → {}", shown(old), shown(new)))?;
            changed = true;
        }
    }
    if changed { Ok(()) } else { out.line("  nothing changed") }
}

/// Returns the memberships that differ between two lists, as `set SET: MEMBER: OLD → NEW`.
pub(super) fn moves([before, after]: [&[TracedMembership]; 2]) -> Vec<String> {
    let of = |memberships: &[TracedMembership], membership: &TracedMembership| {
        memberships
            .iter()
            .find(|other| (&other.set, &other.member) == (&membership.set, &membership.member))
            .map(|of| of.score)
    };
    let gone = before.iter().filter(|membership| of(after, membership).is_none());
    let moved = gone.chain(after).filter_map(|membership| {
        let (old, new) = (of(before, membership), of(after, membership));
        let shown = |score: Option<f64>| score.map_or("-".to_owned(), |score| score.to_string());
        let TracedMembership { set, member, .. } = membership;
        (old != new)
            .then(|| format!("set {}: {}: {} → {}", foreign(set), foreign(member), shown(old), shown(new)))
    });
    moved.collect()
}

fn fields(document: &RawValue) -> Result<Map<String, Value>> {
    serde_json::from_str(document.get()).map_err(|error| {
        Error::new(ErrorKind::Unavailable, format!("a document is not a JSON object: {error}"))
    })
}

/// Formats a time for people.
pub(super) fn time(ms: i64) -> String {
    rfc3339::print(ms).unwrap_or_else(|| format!("{ms} ms"))
}

/// Returns a text, cut if it is long.
pub(super) fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::{FakeHost, printed};

    const LINES: &str = concat!(
        r#"{"progress":{"read":1,"of":7}}"#,
        "\n",
        r#"{"event":{"record":{"topic":"likes","key":"p1","value":{"user":"ann"},"time":"2026-01-01T00:00:00Z","partition":3,"offset":5},"time_ms":1,"after":{"post":"p1","count":1}}}"#,
        "\n",
        r#"{"event":{"record":{"topic":"likes","value":{"user":"bob"},"partition":0,"offset":6},"time_ms":2,"before":{"post":"p1","count":1},"after":{"post":"p1","count":2}}}"#,
        "\n",
        r#"{"event":{"record":{"topic":"likes","value":{"user":"bob"},"partition":0,"offset":7},"time_ms":2,"before":{"post":"p1"},"after":{"post":"p1"}}}"#,
        "\n",
        r#"{"event":{"record":{"topic":"likes","value":{"user":"eve"},"partition":0,"offset":8},"time_ms":3,"late":true}}"#,
        "\n",
        r#"{"time":{"time_ms":120000,"id":"p1","before":{"post":"p1","count":2}}}"#,
        "\n",
    );

    fn trace(end: &str, output: Format) -> (Outcome, String) {
        let answer = format!("{LINES}{end}\n");
        let host = FakeHost::start(move |_| (200, answer.clone()));
        let command = Trace { name: "like-count".into(), key: "p/1".into(), version: None, limit: 3, output };
        let result = printed(|out| command.run(&host.client(), out));
        assert_eq!(host.requests()[0].line, "GET /projections/like-count/trace?key=p%2F1&limit=3");
        result
    }

    #[test]
    fn each_event_is_printed_with_what_it_changed() {
        let end = r#"{"traced":{"version":"like-count@0.1.0","position":"likes:0:9","events":4,"times":1,"more":false}}"#;
        let (outcome, text) = trace(end, Format::Text);
        assert!(outcome.is_ok());
        assert_eq!(
            text,
            "likes:3:5 at 1970-01-01T00:00:00.001Z {\"user\":\"ann\"}\n  no document → {\"post\":\"p1\",\"count\":1}\n\
             likes:0:6 at 1970-01-01T00:00:00.002Z {\"user\":\"bob\"}\n  count: 1 → 2\n\
             likes:0:7 at 1970-01-01T00:00:00.002Z {\"user\":\"bob\"}\n  nothing changed\n\
             likes:0:8 at 1970-01-01T00:00:00.003Z {\"user\":\"eve\"}\n  late: no window accepts it\n\
             time 1970-01-01T00:02:00Z: `p1` changed by time alone, without an event\n  {\"post\":\"p1\",\"count\":2} → no document\n\
             4 events touched `p/1` of like-count@0.1.0 up to likes:0:9, 1 changes made by time alone\n"
        );
    }

    #[test]
    fn json_is_a_line_each_as_the_host_wrote_it() {
        let end = r#"{"traced":{"version":"like-count@0.1.0","position":"likes:0:9","events":4,"times":1,"more":true}}"#;
        let (outcome, text) = trace(end, Format::Json);
        assert!(outcome.is_ok());
        let (_, without_progress) = LINES.split_once('\n').unwrap();
        assert_eq!(text, format!("{without_progress}{end}\n"));
    }

    #[test]
    fn memberships_are_told_with_and_without_a_document() {
        let lines = concat!(
            r#"{"event":{"record":{"topic":"follows","value":1,"partition":0,"offset":0},"time_ms":1,"sets_after":[{"set":"s","member":"m","score":1},{"set":"t","member":"m","score":1}]}}"#,
            "\n",
            r#"{"event":{"record":{"topic":"follows","value":2,"partition":0,"offset":1},"time_ms":2,"before":{"a":1},"after":{"a":2},"sets_before":[{"set":"s","member":"m","score":1},{"set":"t","member":"m","score":1}],"sets_after":[{"set":"s","member":"m","score":2.5}]}}"#,
            "\n",
            r#"{"event":{"record":{"topic":"follows","value":3,"partition":0,"offset":2},"time_ms":3,"sets_before":[{"set":"s","member":"m","score":2.5}],"sets_after":[{"set":"s","member":"m","score":2.5}]}}"#,
            "\n",
            r#"{"traced":{"version":"f@0.1.0","position":"follows:0:3","events":3,"times":0,"more":false}}"#,
            "\n",
        );
        let host = FakeHost::start(move |_| (200, lines.to_owned()));
        let command =
            Trace { name: "f".into(), key: "a/b".into(), version: None, limit: 9, output: Format::Text };
        let (outcome, text) = printed(|out| command.run(&host.client(), out));
        assert!(outcome.is_ok());
        assert_eq!(
            text,
            "follows:0:0 at 1970-01-01T00:00:00.001Z 1\n  set s: m: - → 1\n  set t: m: - → 1\n\
             follows:0:1 at 1970-01-01T00:00:00.002Z 2\n  set t: m: 1 → -\n  set s: m: 1 → 2.5\n  a: 1 → 2\n\
             follows:0:2 at 1970-01-01T00:00:00.003Z 3\n  nothing changed\n\
             3 events touched `a/b` of f@0.1.0 up to follows:0:3\n"
        );
    }

    #[test]
    fn more_than_the_limit_is_said_so() {
        let end = r#"{"traced":{"version":"like-count@0.1.0","position":"likes:0:9","events":4,"times":1,"more":true}}"#;
        let (_, text) = trace(end, Format::Text);
        let last = text.lines().last().unwrap();
        assert!(last.starts_with("the first 4 events of `p/1`") && last.contains("there are more"), "{last}");
    }

    #[test]
    fn a_trace_that_just_ends_is_no_answer_and_an_unknown_key_is_a_no() {
        let (outcome, _) = trace("", Format::Text);
        assert!(matches!(outcome, Err(Stop::Failed(error)) if error.kind() == ErrorKind::Unavailable));
        let host = FakeHost::start(|_| {
            let traced = r#"{"traced":{"version":"like-count@0.1.0","position":"likes:0:9","events":0,"times":0,"more":false}}"#;
            (200, format!("{traced}\n"))
        });
        let command = Trace {
            name: "like-count".into(),
            key: "p9".into(),
            version: Some("0.2.0".into()),
            limit: 3,
            output: Format::Json,
        };
        let (outcome, text) = printed(|out| command.run(&host.client(), out));
        let Err(Stop::Failed(error)) = outcome else { panic!("the answer is no") };
        assert_eq!((error.kind(), text.as_str()), (ErrorKind::NotFound, ""));
        assert_eq!(error.message(), "nothing touched `p9` of like-count@0.1.0 up to likes:0:9");
        assert!(host.requests()[0].line.ends_with("&version=0.2.0"));
    }
}
