//! `cargo xtask bindings`: generates the SDK's bindings from the contract.

use anyhow::Result;

use crate::artifacts;

/// Replaces the files in `guest-sdk/src/bindings`.
///
/// The generator is a dependency of the test that compares those files with the contract (`xtask/tests/bindings.rs`). The
/// test writes them too: every other command of xtask would have to compile the generator otherwise.
pub fn run() -> Result<()> {
    let mut test = artifacts::cargo();
    test.args(["test", "--release", "--package", "xtask", "--test", "bindings"]);
    artifacts::run(test.env("FOLDLINE_BINDINGS", "write").current_dir(artifacts::root()))
}
