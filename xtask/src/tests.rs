//! `cargo xtask test`: runs all tests, with real servers.

use std::io::Write;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;

use crate::artifacts;
use crate::openssl;
use crate::say::say;
use crate::test_binaries::{self, TestBinary};

/// Number of test binaries that run at the same time.
const AT_ONCE: usize = 2;

/// What `test` can be told.
#[derive(Args)]
pub struct Options {
    /// Skip tests that need Kafka or Redis; each skipped test says so.
    #[arg(long)]
    no_services: bool,
    /// Arguments for `cargo test`, which then runs one binary after the other.
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
    if options.no_services {
        say!("warning: without services: every test that needs Kafka or Redis is left out");
    }
    artifacts::build()?;
    let openssl = openssl::features()?;
    let cargo_test = |arguments: &[&str]| {
        let mut test = artifacts::cargo();
        test.args(["test", "--release", "--workspace", "--no-fail-fast"]).args(openssl).args(arguments);
        test.current_dir(&root);
        options.tell(&mut test);
        artifacts::run(&mut test)
    };
    if !options.arguments.is_empty() {
        return cargo_test(&options.arguments.iter().map(String::as_str).collect::<Vec<_>>());
    }
    let failed = run_all(&test_binaries::build(&root, &[])?, options)?;
    let documentation = cargo_test(&["--doc"]);
    if !failed.is_empty() {
        bail!("tests failed in: {}", failed.join(", "));
    }
    documentation
}

impl Options {
    fn tell(&self, test: &mut Command) {
        if self.no_services {
            test.env("FOLDLINE_NO_SERVICES", "1");
        }
    }
}

/// Runs test binaries, several at once, because most of them mostly wait for servers. Returns the names of those that failed.
fn run_all(binaries: &[TestBinary], options: &Options) -> Result<Vec<String>> {
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let worker = || -> Result<Vec<String>> {
        let mut failed = Vec::new();
        while let Some(binary) = binaries.get(next.fetch_add(1, Ordering::Relaxed)) {
            let began = Instant::now();
            let output = binary.command(options).output().with_context(|| binary.name.clone())?;
            let verdict = if output.status.success() { "passed" } else { "FAILED" };
            // Prints the output of one binary at a time.
            let mut out = std::io::stdout().lock();
            let (done, all) = (done.fetch_add(1, Ordering::Relaxed) + 1, binaries.len());
            writeln!(out, "[{done}/{all}] {} {verdict} in {} s", binary.name, began.elapsed().as_secs())?;
            out.write_all(&output.stdout)?;
            std::io::stderr().write_all(&output.stderr)?;
            if !output.status.success() {
                failed.push(binary.name.clone());
            }
        }
        Ok(failed)
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(worker)).collect();
        let mut failed = Vec::new();
        for worker in workers {
            failed.extend(worker.join().map_err(|_| anyhow!("a thread of the tests panicked"))??);
        }
        Ok(failed)
    })
}

impl TestBinary {
    /// Returns the command that runs it as cargo would.
    fn command(&self, options: &Options) -> Command {
        let mut test = Command::new(&self.executable);
        artifacts::forget_this_program(&mut test);
        test.env("CARGO_MANIFEST_DIR", &self.folder).current_dir(&self.folder);
        options.tell(&mut test);
        test
    }
}

fn is_there(tool: &str) -> bool {
    Command::new(tool).arg(if tool == "redis-server" { "--version" } else { "-version" }).output().is_ok()
}
