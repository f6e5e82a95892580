//! The first load of a server, by Foldline's sink or by a bare client.
//!
//! `foldline-bench-sinks redis|elasticsearch sink|bare URL DOCUMENTS` loads this number of documents and prints what it took. For
//! Elasticsearch, `bare` copies the mapping that an earlier run of `sink` has left, and deletes both indexes.

// Macros that print panic when stderr is closed.
#![warn(clippy::print_stdout, clippy::print_stderr)]

mod failure;
mod documents;
mod redis;
mod elasticsearch;

use std::io::Write as _;
use std::process::ExitCode;

use failure::Result;
use serde_json::Value;

const USAGE: &str = "usage: foldline-bench-sinks redis|elasticsearch sink|bare URL DOCUMENTS";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(answer) => {
            // A result that cannot be printed counts as a failure.
            if writeln!(std::io::stdout(), "{answer}").is_ok() {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            }
        }
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<Value> {
    let [server, who, url, documents] = arguments else { return Err(USAGE.into()) };
    let documents =
        documents.parse().map_err(|error| format!("`{documents}` is not a number of documents: {error}"))?;
    match (server.as_str(), who.as_str()) {
        ("redis", "sink") => redis::load_by_sink(url, documents),
        ("redis", "bare") => redis::load_bare(url, documents),
        ("elasticsearch", "sink") => elasticsearch::load_by_sink(url, documents),
        ("elasticsearch", "bare") => elasticsearch::load_bare(url, documents),
        _ => Err(USAGE.into()),
    }
}
