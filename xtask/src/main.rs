//! The project's own commands, behind `cargo xtask`: build, check, demo, generate, test, soak, planted, bench, and what is
//! generated.

// Macros that print panic when stderr is closed; `say` does not.
#![warn(clippy::print_stdout, clippy::print_stderr)]

mod say;
mod artifacts;
mod bindings;
mod check;
mod demo;
mod demo_feed;
mod features;
mod progress;
mod generate;
mod host;
mod likes;
mod openssl;
mod planted;
mod soak;
mod test_binaries;
mod tests;
mod bench;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use say::say;

/// The project's own commands.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build target/release/foldline and target/modules/NAME@VERSION.wasm for every reducer.
    Build(artifacts::Install),
    /// Check formatting, run clippy and run unit tests, unoptimised: about a minute after an edit.
    Check(check::Options),
    /// Write the feature list of other people's crates, so that each is compiled once (host/workspace-hack).
    Features(features::Options),
    /// Generate the SDK's bindings (guest-sdk/src/bindings) from the contract.
    Bindings,
    /// Build, append a million likes to a fresh host, show the ten most liked posts next to the exact counts, and rename the author
    /// of posts in a feed.
    Demo(demo::Options),
    /// Write records of a social network from a seed, and what a feed must show of them.
    Generate(generate::Options),
    /// Plant each known bug, and check that a test notices it.
    Planted,
    /// Run in full what CI runs for a few rounds: kills, damage, random runs.
    Soak(soak::Options),
    /// Run every test, with real servers.
    Test(tests::Options),
    /// Measure the engine from the log to documents, next to peers in the same run (docs/performance.md).
    Bench(bench::Options),
}

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<()> {
    match cli.command {
        Command::Build(install) => artifacts::build_with(install).map(|_| ()),
        Command::Bindings => bindings::run(),
        Command::Check(options) => check::check(&options),
        Command::Features(options) => features::run(&options),
        Command::Demo(options) => demo::run(&options),
        Command::Generate(options) => generate::run(&options),
        Command::Planted => planted::run(),
        Command::Soak(options) => soak::run(&options),
        Command::Test(options) => tests::run(&options),
        Command::Bench(options) => bench::run(&options),
    }
}

#[cfg(test)]
mod pages {
    use super::*;

    #[test]
    fn commands_that_pages_show_are_known() {
        let mut known = 0;
        for page in ["README.md", "CONTRIBUTING.md", "docs/performance.md"] {
            let text = std::fs::read_to_string(artifacts::root().join(page)).unwrap();
            for line in text.lines().filter_map(|line| line.strip_prefix("$ cargo xtask ")) {
                let words = line.split('#').next().unwrap_or_default().split_whitespace();
                if let Err(error) = Cli::try_parse_from(["cargo xtask"].into_iter().chain(words)) {
                    panic!("{page}: cargo xtask {line}\n{error}");
                }
                known += 1;
            }
        }
        assert!(known > 4, "the pages show few commands");
    }
}
