//! `foldline diff`: how the documents of two versions differ.

use std::time::Duration;

use serde_json::Value;

use super::client::{Client, Request};
use super::output::{Format, Output, table};
use super::progress;
use super::stop::{Outcome, Stop};
use super::why::Why;
use foldline_api::{
    ChangedDocument, ComparedDocuments, ComparedField, ComparedVersion, Comparison, DiffLine, SampleDocument,
};
use foldline_base::error::{Error, ErrorKind};
use foldline_base::foreign::foreign;
use foldline_config::quantity::parse_percentage;

/// A day: the comparison projects every row of both versions.
const PATIENCE: Duration = Duration::from_secs(24 * 60 * 60);

/// Compare the documents of a new version with those of the live one, at one position
///
/// Exit code 1 if they differ. Both versions keep running. With --why KEY, both modules replay the log for one document, and a
/// fixture that the old version passes and the new one fails is printed on stdout. If the documents never differ, their
/// memberships are compared.
#[derive(Debug, clap::Args)]
pub(super) struct Diff {
    /// The projection
    name: String,
    /// The version to compare it with [default: the live one]
    #[arg(long, value_name = "VERSION")]
    old: Option<String>,
    /// The new version [default: the candidate, or else another version that runs]
    #[arg(long, value_name = "VERSION")]
    new: Option<String>,
    /// Explain this document: find the first event after which it differs, and print a fixture for the reducer's tests
    #[arg(long, value_name = "KEY", conflicts_with = "tolerance")]
    why: Option<String>,
    /// Let numbers in this field differ by this percentage of the old number
    #[arg(long, value_name = "FIELD=2%", value_parser = tolerance)]
    tolerance: Vec<Tolerance>,
    /// The output format
    #[arg(short, long, value_enum, default_value_t = Format::Text)]
    output: Format,
}

/// A field, and a percentage as it was typed.
#[derive(Clone, Debug)]
struct Tolerance {
    field: String,
    percent: String,
}

fn tolerance(text: &str) -> Result<Tolerance, String> {
    let (field, percent) = text
        .rsplit_once('=')
        .filter(|(field, _)| !field.is_empty())
        .ok_or("a tolerance has the form FIELD=2%")?;
    parse_percentage(percent)?;
    Ok(Tolerance { field: field.to_owned(), percent: percent.to_owned() })
}

impl Diff {
    pub(super) fn run(self, client: &Client, out: &mut Output) -> Outcome {
        if let Some(key) = self.why {
            let Self { name, old, new, output, .. } = self;
            return Why { name, key, old, new, output }.run(client, out);
        }
        let bar = progress::records(0);
        bar.set_message("comparing rows");
        let mut compared = None;
        let path = ["projections", &self.name, "diff"];
        let mut request = Request::to(&path)
            .query_some("old", self.old.as_ref())
            .query_some("new", self.new.as_ref())
            .patience(PATIENCE);
        for Tolerance { field, percent } in &self.tolerance {
            request = request.query("tolerance", format!("{field}:{percent}"));
        }
        client.get_lines(request, |line| {
            match line {
                DiffLine::Progress { read, of } => {
                    bar.set_length(of);
                    bar.set_position(read);
                }
                DiffLine::Compared(answer) => compared = Some(answer),
                DiffLine::Failed(problem) => return Err(client.refused(problem)),
            }
            Ok(())
        })?;
        bar.finish_and_clear();
        let compared = compared.ok_or_else(|| {
            Error::new(ErrorKind::Unavailable, "the host stopped before the comparison was complete")
        })?;
        match self.output {
            Format::Json => out.json(&compared)?,
            Format::Text => print(&compared, out)?,
        }
        if compared.is_same() { Ok(()) } else { Err(Stop::No) }
    }
}

fn print(compared: &Comparison, out: &mut Output) -> Outcome {
    let Comparison { position, old, new, documents, fields, samples, further_field_differences } = compared;
    out.line(format_args!("{} and {} at {position}", old.version, new.version))?;
    let ComparedDocuments { same, changed, only_old, only_new } = documents;
    let share = percent(compared.changed_share() * 100.0);
    out.line(format_args!(
        "documents: {same} same, {changed} changed, {only_old} only in old, {only_new} only in new ({share} differ)"
    ))?;
    out.line("")?;
    print_versions([old, new], out)?;
    print_fields(fields, out)?;
    if *further_field_differences > 0 {
        out.line(format_args!(
            "\n{further_field_differences} more differences in fields that are not declared"
        ))?;
    }
    for (which, version) in [("old", old), ("new", new)] {
        if !version.fields_only_here.is_empty() {
            let fields = foreign(&version.fields_only_here.join(", ")).to_string();
            out.line(format_args!("\nfields only in {which}, not compared: {fields}"))?;
        }
        if let Some(failed) = &version.first_failed {
            out.line(format_args!(
                "\nfailed in {which}, first at `{}`: {}",
                foreign(&failed.id),
                foreign(&failed.reason)
            ))?;
        }
    }
    print_changed(&samples.changed, *changed, out)?;
    print_documents("only in old", &samples.only_old, *only_old, out)?;
    print_documents("only in new", &samples.only_new, *only_new, out)
}

fn print_versions(versions: [&ComparedVersion; 2], out: &mut Output) -> Outcome {
    let mut rows = table(&["VERSION", "", "DOCUMENTS", "FAILED", "EVENTS", "DEAD LETTERS", "LATE"]);
    for (version, which) in versions.into_iter().zip(["old", "new"]) {
        rows.add_row([
            version.version.clone(),
            which.to_owned(),
            version.documents.to_string(),
            version.failed_rows.to_string(),
            version.events.to_string(),
            version.dead_letters.to_string(),
            version.late.to_string(),
        ]);
    }
    out.line(rows.trim_fmt())
}

fn print_fields(fields: &[ComparedField], out: &mut Output) -> Outcome {
    if fields.is_empty() {
        return Ok(());
    }
    let buckets = fields.iter().map(|field| &field.drift).find(|drift| !drift.is_empty());
    let mut headings: Vec<String> = ["FIELD", "DIFFER", "TOLERATED"].map(str::to_owned).to_vec();
    if let Some(buckets) = buckets {
        headings.extend(["ROSE", "FELL"].map(str::to_owned));
        headings.extend(buckets.iter().map(|bucket| match bucket.up_to_percent {
            Some(bound) => format!("≤ {}", percent(bound)),
            None => "MORE".to_owned(),
        }));
    }
    let mut rows = table(&headings.iter().map(String::as_str).collect::<Vec<_>>());
    for field in fields {
        let mut row =
            vec![foreign(&field.name).to_string(), field.differ.to_string(), field.tolerated.to_string()];
        if !field.drift.is_empty() {
            row.extend([field.rose.to_string(), field.fell.to_string()]);
            row.extend(field.drift.iter().map(|bucket| bucket.documents.to_string()));
        }
        rows.add_row(row);
    }
    out.line(format_args!("\n{}", rows.trim_fmt()))
}

fn print_changed(samples: &[ChangedDocument], all: u64, out: &mut Output) -> Outcome {
    print_heading("changed", samples.len(), all, out)?;
    let value = |value: &Option<Value>| value.as_ref().map_or("absent".to_owned(), Value::to_string);
    for document in samples {
        let fields = document.fields.iter();
        let fields: Vec<String> = fields
            .map(|field| format!("{} {} -> {}", foreign(&field.name), value(&field.old), value(&field.new)))
            .collect();
        out.line(format_args!("  {}: {}", foreign(&document.id), fields.join(", ")))?;
    }
    Ok(())
}

fn print_documents(what: &str, samples: &[SampleDocument], all: u64, out: &mut Output) -> Outcome {
    print_heading(what, samples.len(), all, out)?;
    samples
        .iter()
        .try_for_each(|sample| out.line(format_args!("  {}: {}", foreign(&sample.id), sample.document)))
}

fn print_heading(what: &str, samples: usize, all: u64, out: &mut Output) -> Outcome {
    match all {
        0 => Ok(()),
        all if all == samples as u64 => out.line(format_args!("\n{what}:")),
        all => out.line(format_args!("\n{what}, {samples} of {all}:")),
    }
}

/// Returns a percentage with at most two decimals.
fn percent(percent: f64) -> String {
    let text = format!("{percent:.2}");
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::{FakeHost, printed};

    fn diff(answer: String) -> (Outcome, String) {
        let host = FakeHost::start(move |_| (200, answer.clone()));
        let command = Diff {
            why: None,
            name: "like-count".to_owned(),
            old: None,
            new: Some("0.2.0".to_owned()),
            tolerance: vec![tolerance("count=2%").unwrap()],
            output: Format::Text,
        };
        let result = printed(|out| command.run(&host.client(), out));
        let line = "GET /projections/like-count/diff?new=0.2.0&tolerance=count%3A2%25";
        assert_eq!(host.requests()[0].line, line);
        result
    }

    fn version(version: &str, more: &str) -> String {
        format!(
            r#"{{"version":"like-count@{version}","documents":3,"failed_rows":0,"events":9,"dead_letters":1,"late":0,{more}}}"#
        )
    }

    fn answer(old: &str, new: &str, documents: &str, fields: &str, samples: &str) -> String {
        let (old, new) = (version("0.1.0", old), version("0.2.0", new));
        format!(
            "{{\"progress\":{{\"read\":1,\"of\":7}}}}\n{{\"compared\":{{\"position\":\"likes:0:10\",\"old\":{old},\
             \"new\":{new},\"documents\":{documents},\"fields\":{fields},\"samples\":{samples}}}}}\n"
        )
    }

    const NONE: &str = r#""fields_only_here":[]"#;

    #[test]
    fn two_versions_that_show_the_same_are_said_to() {
        let (outcome, text) = diff(answer(
            NONE,
            NONE,
            r#"{"same":3,"changed":0,"only_old":0,"only_new":0}"#,
            r#"[{"name":"count","differ":0,"tolerated":0,"rose":0,"fell":0,"drift":[]}]"#,
            r#"{"changed":[],"only_old":[],"only_new":[]}"#,
        ));
        assert!(outcome.is_ok());
        assert_eq!(
            text,
            "like-count@0.1.0 and like-count@0.2.0 at likes:0:10\n\
             documents: 3 same, 0 changed, 0 only in old, 0 only in new (0 % differ)\n\n\
             VERSION                DOCUMENTS  FAILED  EVENTS  DEAD LETTERS  LATE\n\
             like-count@0.1.0  old  3          0       9       1             0\n\
             like-count@0.2.0  new  3          0       9       1             0\n\n\
             FIELD  DIFFER  TOLERATED\n\
             count  0       0\n"
        );
    }

    #[test]
    fn what_differs_is_shown_and_the_answer_is_no() {
        let (outcome, text) = diff(answer(
            r#""fields_only_here":["late"],"first_failed":{"id":"x","reason":"trapped"}"#,
            NONE,
            r#"{"same":1,"changed":12,"only_old":0,"only_new":1}"#,
            concat!(
                r#"[{"name":"count","differ":12,"tolerated":1,"rose":12,"fell":1,"#,
                r#""drift":[{"up_to_percent":0.1,"documents":0},{"up_to_percent":null,"documents":13}]}]"#
            ),
            concat!(
                r#"{"changed":[{"id":"p1","fields":[{"name":"count","old":1,"new":null},{"name":"tags","new":[2]}]}],"#,
                r#""only_old":[],"only_new":[{"id":"p9","document":{"count":4}}]}"#
            ),
        ));
        assert!(matches!(outcome, Err(Stop::No)));
        assert_eq!(
            text.split_once("LATE\n").unwrap().1,
            "like-count@0.1.0  old  3          0       9       1             0\n\
             like-count@0.2.0  new  3          0       9       1             0\n\n\
             FIELD  DIFFER  TOLERATED  ROSE  FELL  ≤ 0.1 %  MORE\n\
             count  12      1          12    1     0        13\n\n\
             fields only in old, not compared: late\n\n\
             failed in old, first at `x`: trapped\n\n\
             changed, 1 of 12:\n  p1: count 1 -> null, tags absent -> [2]\n\n\
             only in new:\n  p9: {\"count\":4}\n"
        );
    }

    #[test]
    fn a_comparison_that_fails_in_the_middle_or_just_ends_is_no_answer() {
        let failed = r#"{"failed":{"title":"x","status":503,"detail":"it has not caught up"}}"#;
        let (outcome, _) = diff(format!("{failed}\n"));
        assert!(matches!(outcome, Err(Stop::Failed(error)) if error.message() == "it has not caught up"));
        let (outcome, _) = diff("{\"progress\":{\"read\":1,\"of\":7}}\n".to_owned());
        assert!(matches!(outcome, Err(Stop::Failed(error)) if error.kind() == ErrorKind::Unavailable));
    }

    #[test]
    fn a_tolerance_names_a_field_and_a_percentage() {
        assert!(tolerance("a=b=2%").is_ok_and(|tolerance| tolerance.field == "a=b"));
        for text in ["count", "=2%", "count=2", "count=much", "count="] {
            assert!(tolerance(text).is_err(), "{text}");
        }
    }
}
