//! Counts distinct users per post from a file of likes, or makes a feed from record lines: a program as one would write it by hand
//! for this one answer, without a host.
//!
//! It has one thread and no durability, upgrades or dead letters, and so shows the minimal cost of the job. It first reads the
//! file into memory, and measures that time separately.

// Macros that print panic when stderr is closed.
#![warn(clippy::print_stdout, clippy::print_stderr)]

mod feed;
mod likes;
mod posts;
mod sketches;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use feed::Feed;
use posts::Posts;

const USAGE: &str = "usage: foldline-bench-native [--phases | --parse-only] [--documents FILE] LIKES.ndjson\n       \
     foldline-bench-native --feed [--documents FILE] RECORDS.jsonl";

fn main() -> ExitCode {
    match Options::parse().and_then(|options| run(&options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            let _ = writeln!(std::io::stderr(), "error: {message}");
            ExitCode::FAILURE
        }
    }
}

/// How to process the likes.
#[derive(Clone, Copy)]
enum Form {
    /// Parse and count one like after the other.
    EventByEvent,
    /// Parse a whole batch, then look up, then count.
    Phases,
    /// Only parse: a lower bound for every program that uses this parser.
    ParseOnly,
    /// Make a feed, event by event.
    Feed,
}

struct Options {
    form: Form,
    documents: Option<PathBuf>,
    input: PathBuf,
}

impl Options {
    fn parse() -> Result<Self, String> {
        let (mut form, mut documents, mut input) = (Form::EventByEvent, None, None);
        let mut arguments = std::env::args_os().skip(1);
        while let Some(argument) = arguments.next() {
            match argument.to_str() {
                Some("--phases") => form = Form::Phases,
                Some("--parse-only") => form = Form::ParseOnly,
                Some("--feed") => form = Form::Feed,
                Some("--documents") => documents = Some(arguments.next().ok_or(USAGE)?.into()),
                Some(option) if option.starts_with("--") => {
                    return Err(format!("unknown option `{option}`\n{USAGE}"));
                }
                _ => input = Some(PathBuf::from(argument)),
            }
        }
        Ok(Self { form, documents, input: input.ok_or(USAGE)? })
    }
}

fn run(options: &Options) -> Result<(), String> {
    let began = Instant::now();
    let input = std::fs::read(&options.input)
        .map_err(|error| format!("cannot read {}: {error}", options.input.display()))?;
    let read_s = began.elapsed().as_secs_f64();

    let began = Instant::now();
    let cpu_before_s = cpu_s()?;
    let (mut posts, mut feed) = (Posts::default(), Feed::default());
    let events = match options.form {
        Form::EventByEvent => likes::event_by_event(&input, &mut posts),
        Form::Phases => likes::in_phases(&input, &mut posts),
        Form::ParseOnly => likes::parse_only(&input),
        Form::Feed => feed.fold(&input),
    }?;
    let mut documents = if matches!(options.form, Form::Feed) { feed.documents() } else { posts.documents() };
    let cpu_s = cpu_s()? - cpu_before_s;
    let wall_s = began.elapsed().as_secs_f64();

    if let Some(path) = &options.documents {
        // By id, as a host lists them.
        documents.sort_unstable();
        let written = std::fs::File::create(path).and_then(|mut file| {
            documents.iter().try_for_each(|document| {
                file.write_all(document)?;
                file.write_all(b"\n")
            })
        });
        written.map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    }
    let answer = serde_json::json!({
        "events": events,
        "documents": documents.len(),
        "input_bytes": input.len(),
        "read_s": read_s,
        "wall_s": wall_s,
        "cpu_s": cpu_s,
        "peak_rss_bytes": peak_rss_bytes()?,
    });
    writeln!(std::io::stdout(), "{answer}").map_err(|error| format!("cannot write the answer: {error}"))
}

/// Returns the CPU seconds of the only thread.
fn cpu_s() -> Result<f64, String> {
    const PATH: &str = "/proc/thread-self/schedstat";
    let text = std::fs::read_to_string(PATH).map_err(|error| format!("{PATH}: {error}"))?;
    let nanoseconds = text.split(' ').next().and_then(|number| number.parse::<u64>().ok());
    Ok(nanoseconds.ok_or(format!("{PATH} holds `{text}`"))? as f64 / 1e9)
}

/// Returns the peak memory use, including the input.
fn peak_rss_bytes() -> Result<u64, String> {
    const PATH: &str = "/proc/self/status";
    let text = std::fs::read_to_string(PATH).map_err(|error| format!("{PATH}: {error}"))?;
    let peak = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = peak.and_then(|peak| peak.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    Ok(kib.ok_or(format!("{PATH} has no VmHWM"))? << 10)
}
