//! The project's own commands, behind `cargo xtask`: build, demo, test.

mod artifacts;
mod demo;
mod host;
mod likes;
mod tests;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// The project's own commands.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Builds target/release/foldline and target/modules/NAME@VERSION.wasm for every reducer.
    Build,
    /// Builds, appends a million likes to a fresh host, shows the ten most liked posts beside the exact counts.
    Demo(demo::Options),
    /// Runs every test, with real servers.
    Test(tests::Options),
}

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<()> {
    match cli.command {
        Command::Build => artifacts::build().map(|_| ()),
        Command::Demo(options) => demo::run(&options),
        Command::Test(options) => tests::run(&options),
    }
}
