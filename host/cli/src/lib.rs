//! The command line: commands, their output, and the exit codes (docs/design/interfaces.md).
//!
//! Answers go to stdout, everything else to stderr. Each command has its own file. Commands that talk to a host do so over HTTP
//! only, with the types of [`foldline_api`].

// Macros that print panic when stderr is closed.
#![warn(clippy::print_stdout, clippy::print_stderr)]

mod telemetry;
mod stop;
mod output;
mod address;
mod stream;
mod http;
mod client;
mod progress;
mod new;
mod build;
mod junit;
mod test;
mod run;
mod append;
mod tail;
mod punctuate;
mod query;
mod wait;
mod status;
mod modules;
mod plan;
mod dead_letters;
mod fingerprint;
mod verify;
mod operator_requests;
mod replay;
mod adopt_log;
mod skip;
mod trace;
mod why;
mod diff;
#[cfg(test)]
mod fake;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use address::Address;
use client::Client;
use output::Output;
use stop::{Outcome, Stop, exit_code};

use foldline_base::error::{ErrorKind, Result};
use foldline_base::secret::Secret;
use foldline_base::terminal;

/// Fold topics of immutable events into projections, with reducers compiled to WebAssembly.
#[derive(Debug, Parser)]
#[command(name = "foldline", version, propagate_version = true, after_help = EXIT_CODES)]
struct Cli {
    /// The host's address: http://HOST:PORT, or unix:PATH for its socket [default: the socket in the configuration's data
    /// folder if a host runs there, otherwise http://127.0.0.1:7070]
    #[arg(long, global = true, env = "FOLDLINE_HOST", value_name = "ADDRESS")]
    host: Option<String>,
    /// The configuration file [default: foldline.toml, if it exists]
    #[arg(short, long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "\
Exit codes: 0 success, 1 the answer is no, 2 usage error, 3 invalid configuration, module or data, 4 unreachable, 5 timed out.
FOLDLINE_TOKEN is sent to the host as a bearer token. If it is not set, the configuration that named the host gives the token.
NO_COLOR is honoured.";

#[derive(Debug, Subcommand)]
enum Command {
    New(new::New),
    Build(build::Build),
    Test(test::Test),
    Run(run::Run),
    Append(append::Append),
    Tail(tail::Tail),
    Punctuate(punctuate::Punctuate),
    Query(query::Query),
    Wait(wait::Wait),
    Status(status::Status),
    Modules(modules::Modules),
    Plan(plan::Plan),
    DeadLetters(dead_letters::DeadLetters),
    Fingerprint(fingerprint::Fingerprint),
    Verify(verify::Verify),
    Replay(replay::Replay),
    Promote(operator_requests::Promote),
    Rollback(operator_requests::Rollback),
    Discard(operator_requests::Discard),
    Remove(operator_requests::Remove),
    Skip(skip::Skip),
    Resume(skip::Resume),
    Resync(operator_requests::Resync),
    Adopt(operator_requests::Adopt),
    AdoptLog(adopt_log::AdoptLog),
    Trace(trace::Trace),
    Diff(diff::Diff),
    /// Compile a module for a host, from stdin to stdout
    #[command(name = foldline_module::COMPILE_COMMAND, hide = true)]
    CompileModule,
}

/// Runs the command in the process's arguments.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    if matches!(cli.command, Command::CompileModule) {
        return foldline_module::compile_module();
    }
    let mut out = Output::stdout();
    let outcome = cli.run(&mut out).and_then(|()| out.flush());
    match outcome {
        // A closed pipe means that a reader such as `head` has seen enough. This is not an error.
        Ok(()) | Err(Stop::PipeClosed) => ExitCode::SUCCESS,
        Err(Stop::No) => ExitCode::from(exit_code(ErrorKind::NotFound)),
        Err(Stop::Failed(error)) => {
            // Output written before the error is still valid.
            let _ = out.flush();
            terminal::say(format_args!("error: {error}"));
            ExitCode::from(exit_code(error.kind()))
        }
    }
}

impl Cli {
    fn run(self, out: &mut Output) -> Outcome {
        let Self { host, config, command } = self;
        let client = || client(host.as_deref(), config.as_deref());
        match command {
            Command::New(command) => command.run(out),
            Command::Build(command) => command.run(out),
            Command::Test(command) => command.run(out),
            Command::Run(command) => command.run(config.as_deref()),
            Command::Append(command) => command.run(&client()?, out),
            Command::Tail(command) => command.run(&client()?, out),
            Command::Punctuate(command) => command.run(&client()?, out),
            Command::Query(command) => command.run(&client()?, out),
            Command::Wait(command) => command.run(&client()?, out),
            Command::Status(command) => command.run(&client()?, out),
            Command::Modules(command) => command.run(&client()?, out),
            Command::Plan(command) => command.run(&client()?, out),
            Command::DeadLetters(command) => command.run(&client()?, out),
            Command::Fingerprint(command) => command.run(&client()?, out),
            Command::Verify(command) => command.run(&client()?, out),
            Command::Replay(command) => command.run(&client()?, out),
            Command::Promote(command) => command.run(&client()?, out),
            Command::Rollback(command) => command.run(&client()?, out),
            Command::Discard(command) => command.run(&client()?, out),
            Command::Remove(command) => command.run(&client()?, out),
            Command::Skip(command) => command.run(&client()?, out),
            Command::Resume(command) => command.run(&client()?, out),
            Command::Resync(command) => command.run(&client()?, out),
            Command::Adopt(command) => command.run(&client()?, out),
            Command::AdoptLog(command) => command.run(&client()?, out),
            Command::Trace(command) => command.run(&client()?, out),
            Command::Diff(command) => command.run(&client()?, out),
            Command::CompileModule => Ok(()),
        }
    }
}

/// Returns a client of the named host, or of the host that is found.
fn client(host: Option<&str>, config: Option<&Path>) -> Result<Client> {
    let env = |variable: &str| std::env::var(variable).ok();
    let (address, known) = match host.filter(|host| !host.is_empty()) {
        Some(host) => (Address::parse(host)?, None),
        None => address::find(config, &env)?,
    };
    Client::new(address, env("FOLDLINE_TOKEN").map(Secret::new).or(known))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    fn parsed(line: &str) -> Cli {
        Cli::try_parse_from(line.split(' ')).unwrap()
    }

    fn usage_error(line: &str) -> clap::Error {
        Cli::try_parse_from(line.split(' ')).expect_err(line)
    }

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_host_may_stand_before_or_after_the_command() {
        for line in ["foldline --host http://h:1 status", "foldline status --host http://h:1"] {
            assert_eq!(parsed(line).host.as_deref(), Some("http://h:1"));
        }
    }

    #[test]
    fn append_takes_a_file_with_or_without_a_topic() {
        let append = |line: &str| match parsed(line).command {
            Command::Append(append) => {
                let (topic, file) = append.target().unwrap();
                (topic, file.display().to_string())
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(append("foldline append likes -"), (Some("likes".to_owned()), "-".to_owned()));
        assert_eq!(append("foldline append records.jsonl"), (None, "records.jsonl".to_owned()));
    }

    #[test]
    fn a_key_may_stand_before_between_and_after_the_topic_and_the_file() {
        for line in ["--key post likes a.jsonl", "likes --key post a.jsonl", "likes a.jsonl --key post"] {
            let Command::Append(append) = parsed(&format!("foldline append {line}")).command else {
                panic!("{line}")
            };
            assert_eq!(append.target().unwrap(), (Some("likes".to_owned()), "a.jsonl".into()), "{line}");
        }
    }

    #[test]
    fn a_usage_shows_arguments_in_the_order_in_which_they_are_given() {
        for (line, usage) in [
            ("foldline query", "Usage: foldline query [OPTIONS] <NAME> <ID>..."),
            ("foldline append", "Usage: foldline append [OPTIONS] [TOPIC] <FILE>"),
        ] {
            let told = usage_error(line).to_string();
            assert!(told.contains(usage), "{told}");
        }
    }

    #[test]
    fn what_contradicts_itself_is_a_usage_error() {
        for line in [
            "foldline",
            "foldline frobnicate",
            "foldline append",
            "foldline append --key post_id records.jsonl",
            "foldline query",
            "foldline query like-count p1 --all",
            "foldline query like-count p1 --sort count",
            "foldline query like-count --where count",
            "foldline query like-count --limit 0",
            "foldline query like-count --all --limit 3",
            "foldline wait like-count --timeout soon",
            "foldline diff like-count --tolerance count=2",
            "foldline status -o yaml",
            "foldline run --listen nowhere",
        ] {
            assert_eq!(usage_error(line).exit_code(), 2, "{line}");
        }
    }
}
