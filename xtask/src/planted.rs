//! `cargo xtask planted`: plants each bug of `host/src/planted.rs` and sees a test notice.

use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use crate::artifacts;

/// A bug, and the test that must notice it.
struct Catch {
    bug: &'static str,
    package: &'static str,
    /// `--lib` or `--test NAME`.
    target: &'static [&'static str],
    test: &'static str,
}

const MODEL: &[&str] = &["--test", "model"];
const LIB: &[&str] = &["--lib"];

const fn in_model(bug: &'static str) -> Catch {
    let test = "documents_are_the_models_whatever_happens_on_the_way";
    Catch { bug, package: "foldline-tests", target: MODEL, test }
}

const fn in_lib(bug: &'static str, test: &'static str) -> Catch {
    Catch { bug, package: "foldline", target: LIB, test }
}

const CATCHES: &[Catch] = &[
    in_lib("DeadShareByBatch", "the_verdict_is_on_aligned_blocks_whatever_the_batches"),
    in_model("ExchangeByRow"),
    in_model("DirtyRowEvicted"),
    in_model("EvictedInFlight"),
    in_model("ColdRowForgotten"),
    in_model("PositionAhead"),
    in_model("HiNotAwaited"),
    in_model("LagNotScanned"),
    in_model("CapWithoutScan"),
];

/// Runs every test once without its bug, which must pass, and once with it, which must fail.
pub fn run() -> Result<()> {
    artifacts::build()?;
    let mut missed = Vec::new();
    for catch in CATCHES {
        if !passes(catch, None)? {
            bail!("{} fails without any bug: mend that first", catch.test);
        }
        if passes(catch, Some(catch.bug))? {
            missed.push(catch.bug);
            println!("{}: NOT NOTICED by {}", catch.bug, catch.test);
        } else {
            println!("{}: noticed by {}", catch.bug, catch.test);
        }
    }
    if !missed.is_empty() {
        bail!("{} of {} planted bugs were not noticed: {}", missed.len(), CATCHES.len(), missed.join(", "));
    }
    println!("{} of {} planted bugs noticed", CATCHES.len(), CATCHES.len());
    Ok(())
}

fn passes(catch: &Catch, bug: Option<&str>) -> Result<bool> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command
        .args(["test", "--release", "--quiet", "--features", "planted", "-p", catch.package])
        .args(catch.target)
        .args(["--", catch.test])
        .current_dir(artifacts::root())
        .env_remove("FOLDLINE_PLANTED")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    if let Some(bug) = bug {
        command.env("FOLDLINE_PLANTED", bug);
    }
    Ok(command.status()?.success())
}
