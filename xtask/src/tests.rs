//! `cargo xtask test`: everything, with real servers.

use std::process::Command;

use anyhow::{Result, bail};
use clap::Args;

use crate::artifacts;

/// What `test` can be told.
#[derive(Args)]
pub struct Options {
    /// Leave out what needs Kafka or Redis; every test left out says so.
    #[arg(long)]
    no_services: bool,
    /// Passed to `cargo test`.
    #[arg(last = true)]
    arguments: Vec<String>,
}

/// Runs everything.
pub fn run(options: &Options) -> Result<()> {
    let root = artifacts::root();
    let missing: Vec<&str> =
        ["java", "mvn", "redis-server", "openssl"].into_iter().filter(|tool| !is_there(tool)).collect();
    if !options.no_services && !missing.is_empty() {
        bail!(
            "{} not found: tests run against real servers, Kafka and Redis\n\
             hint: install Java 17, Maven and Redis 7 (Debian: RUNLEVEL=1 apt-get install default-jre-headless maven \
             redis-server openssl), or run `cargo xtask test --no-services` without them",
            missing.join(" and ")
        );
    }
    artifacts::build()?;
    let mut test = artifacts::cargo();
    test.args(["test", "--release", "--workspace", "--no-fail-fast"])
        .args(&options.arguments)
        .current_dir(&root);
    if options.no_services {
        eprintln!("warning: without services: every test that needs Kafka or Redis is left out");
        test.env("FOLDLINE_NO_SERVICES", "1");
    }
    artifacts::run(&mut test)
}

fn is_there(tool: &str) -> bool {
    Command::new(tool).arg(if tool == "redis-server" { "--version" } else { "-version" }).output().is_ok()
}
