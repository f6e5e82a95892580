//! `foldline plan`: what a module would do if it were dropped.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::value::RawValue;

use super::client::{Client, Request};
use super::output::{self, Format, Output};
use super::stop::{Outcome, Stop};
use foldline_api::{Outcome as Planned, Plan as Answer, PlannedInput, PlannedModule};
use foldline_base::error::{ErrorKind, ResultExt};
use foldline_config::quantity::format_duration;

/// More than the compilation of a large module takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// Plan an upgrade: show what a module would do if it were dropped, without registering it
///
/// The host judges the file like those in the modules folder, and looks up what a replay would read. Exit code 1 if the module
/// would not replay: it would be rejected, is already known, or is lower than a known version.
#[derive(Debug, clap::Args)]
pub(super) struct Plan {
    /// The module file, NAME@VERSION.wasm
    file: PathBuf,
    /// The output format
    #[arg(short, long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    output: Format,
}

impl Plan {
    pub(super) fn run(self, client: &Client, out: &mut Output) -> Outcome {
        let bytes = std::fs::read(&self.file)
            .kind(ErrorKind::Data, format_args!("module `{}`", self.file.display()))?;
        let name = self.file.file_name().map(|name| name.to_string_lossy());
        let request = Request::to(&["plan"]).query_some("file", name).patience(PATIENCE);
        // Printed as the host wrote it, so that an older command line does not drop newer fields.
        let raw: Box<RawValue> = client.post(request, "application/wasm", &bytes)?;
        let plan: Answer = client.parse(raw.get().as_bytes())?;
        match self.output {
            Format::Json => out.json_line(raw.get().as_bytes())?,
            Format::Text => print(&plan, out)?,
        }
        match plan.outcome {
            Planned::Replays => Ok(()),
            Planned::Registered | Planned::Known | Planned::Rejected => Err(Stop::No),
        }
    }
}

fn print(plan: &Answer, out: &mut Output) -> Outcome {
    match &plan.code {
        Some(code) => out.line(format_args!("would be rejected ({code}): {}", plan.message))?,
        None => out.line(&plan.message)?,
    }
    if let Some(hint) = &plan.hint {
        out.line(format_args!("hint: {hint}"))?;
    }
    match &plan.module {
        Some(module) => print_module(module, out),
        None => Ok(()),
    }
}

fn print_module(module: &PlannedModule, out: &mut Output) -> Outcome {
    out.line("")?;
    let mut table =
        output::table(&["TOPIC", "IN THE LOG", "PARTITIONS", "RECORDS", "BYTES", "HISTORY", "OFFSETS"]);
    for input in &module.inputs {
        table.add_row([
            input.topic.clone(),
            input.name.clone(),
            input.partitions.len().to_string(),
            input.records.to_string(),
            input.bytes.map_or_else(|| "-".to_owned(), bytes),
            history(input).to_owned(),
            offsets(input),
        ]);
    }
    out.line(table.trim_fmt())?;
    if !module.parameters.is_empty() {
        out.line(format_args!("parameters: {}", module.parameters))?;
    }
    for table in &module.tables {
        out.line(format_args!("table {table}"))?;
    }
    let size = module.bytes.map_or_else(String::new, |size| format!(", {}", bytes(size)));
    out.line(format_args!("to read: {} records{size}", module.records))?;
    match (module.replay_ms, module.records_per_s, &module.measured_by) {
        (Some(ms), Some(rate), Some(by)) => {
            let time = about(ms);
            out.line(format_args!(
                "time: {time}, at {rate} records a second, the rate at which {by} replayed"
            ))?;
        }
        _ => out.line("time: unknown, no version has replayed enough to tell since the host started")?,
    }
    match (module.disk_bytes, &module.live) {
        (Some(size), Some(live)) => {
            out.line(format_args!("disk: about {}, as {}@{live} takes", bytes(size), module.name))
        }
        _ => out.line("disk: unknown, no version of the projection is live"),
    }
}

fn history(input: &PlannedInput) -> &'static str {
    match (input.exists, input.complete) {
        (false, _) => "no such topic yet",
        (true, true) => "whole",
        (true, false) => "records are missing",
    }
}

/// Returns the first and last offset of each partition, one per line.
fn offsets(input: &PlannedInput) -> String {
    let lines: Vec<String> = input
        .partitions
        .iter()
        .map(|at| match at.end_offset.checked_sub(1) {
            Some(last) if at.start_offset <= last => {
                format!("{}: {} to {last}", at.partition, at.start_offset)
            }
            _ => format!("{}: none", at.partition),
        })
        .collect();
    lines.join("\n")
}

fn about(ms: u64) -> String {
    match ms {
        0..1_000 => "less than a second".to_owned(),
        ms => format!("about {}", format_duration(Duration::from_secs(ms.div_ceil(1_000)))),
    }
}

fn bytes(bytes: u64) -> String {
    indicatif::BinaryBytes(bytes).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::{FakeHost, printed};

    const REPLAYS: &str = r#"{"outcome":"replays","message":"like-count@0.2.0 would replay the log",
        "hint":"copy the file into the modules folder","digest":"ab","module":{
        "name":"like-count","version":"0.2.0","live":"0.1.0","inputs":[
        {"topic":"likes","name":"prod.likes","exists":true,"complete":true,"records":107,"bytes":2048,"partitions":[
            {"partition":0,"start_offset":0,"end_offset":100},{"partition":1,"start_offset":0,"end_offset":7},
            {"partition":2,"start_offset":0,"end_offset":0}]},
        {"topic":"posts","name":"posts","exists":false,"complete":true,"records":0,"partitions":[]}],
        "tables":["posts by text: count Count"],"records":107,"bytes":2048,"records_per_s":50,
        "measured_by":"like-count@0.1.0","replay_ms":2140,"disk_bytes":1536}}"#;

    const REJECTED: &str = r#"{"outcome":"rejected","message":"module `x.wasm` is not WebAssembly",
        "hint":"make it with `foldline build`","code":"invalid_module","digest":"ab"}"#;

    fn plan(answer: &'static str, output: Format) -> (Outcome, String, FakeHost) {
        let host = FakeHost::start(move |_| (200, answer.to_owned()));
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("like-count@0.2.0.wasm");
        std::fs::write(&file, "module").unwrap();
        let (outcome, printed) = printed(|out| Plan { file, output }.run(&host.client(), out));
        (outcome, printed, host)
    }

    #[test]
    fn people_see_what_is_read_and_what_it_costs() {
        let (outcome, printed, host) = plan(REPLAYS, Format::Text);
        outcome.unwrap();
        let expected = "\
like-count@0.2.0 would replay the log
hint: copy the file into the modules folder

TOPIC  IN THE LOG  PARTITIONS  RECORDS  BYTES     HISTORY            OFFSETS
likes  prod.likes  3           107      2.00 KiB  whole              0: 0 to 99
                                                                     1: 0 to 6
                                                                     2: none
posts  posts       0           0        -         no such topic yet
table posts by text: count Count
to read: 107 records, 2.00 KiB
time: about 3s, at 50 records a second, the rate at which like-count@0.1.0 replayed
disk: about 1.50 KiB, as like-count@0.1.0 takes
";
        assert_eq!(printed, expected);
        let sent = &host.requests()[0];
        assert_eq!(sent.line, "POST /plan?file=like-count%400.2.0.wasm");
        assert_eq!((sent.content_type.as_deref(), sent.body.as_str()), (Some("application/wasm"), "module"));
    }

    #[test]
    fn what_would_be_rejected_is_a_no_with_code_reason_and_remedy() {
        let (outcome, printed, _) = plan(REJECTED, Format::Text);
        assert!(matches!(outcome, Err(Stop::No)));
        let expected = "\
would be rejected (invalid_module): module `x.wasm` is not WebAssembly
hint: make it with `foldline build`
";
        assert_eq!(printed, expected);
    }

    #[test]
    fn programs_get_the_hosts_own_json_and_the_same_exit_code() {
        let (outcome, printed, _) = plan(REJECTED, Format::Json);
        assert!(matches!(outcome, Err(Stop::No)));
        assert_eq!(printed, format!("{REJECTED}\n"));
        for outcome in ["known", "registered"] {
            let answer = format!(r#"{{"outcome":"{outcome}","message":"m","digest":"ab"}}"#);
            assert!(matches!(plan(answer.leak(), Format::Json).0, Err(Stop::No)), "{outcome}");
        }
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let host = FakeHost::start(|_| (200, "{}".to_owned()));
        let file = PathBuf::from("gone@1.0.0.wasm");
        let (outcome, _) = printed(|out| Plan { file, output: Format::Text }.run(&host.client(), out));
        let Err(Stop::Failed(error)) = outcome else { panic!("a failure") };
        assert!(error.message().starts_with("module `gone@1.0.0.wasm`: "), "{error}");
    }
}
