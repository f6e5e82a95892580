//! The programs that are measured.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::artifacts::{self, Artifacts};
use crate::openssl;

/// The measured programs, once built.
pub struct Tools {
    /// The `foldline` binary.
    pub foldline: PathBuf,
    /// The module of the reducer `like-count`.
    pub like_count: PathBuf,
    /// The folder of all modules.
    modules: PathBuf,
    /// The peer (`bench/native`).
    pub native: PathBuf,
    /// The program that reads Kafka without Foldline (`bench/src/bin/kafka`).
    pub kafka: PathBuf,
    /// The program that loads servers with and without sinks (`bench/src/bin/sinks`).
    pub sinks: PathBuf,
    /// The folder for everything that the benchmark writes.
    pub folder: PathBuf,
}

impl Tools {
    /// Builds everything.
    pub fn build() -> Result<Self> {
        let Artifacts { foldline, modules } = artifacts::build()?;
        let root = artifacts::root();
        // Together with the host, although it is already built: alone, the others would need fewer features of the shared
        // dependencies, and librdkafka would be compiled a second time.
        let packages = ["foldline", "foldline-bench-native", "foldline-bench"];
        let packages = packages.into_iter().flat_map(|package| ["--package", package]);
        let mut build = artifacts::cargo();
        build
            .args(["build", "--release", "--bins"])
            .args(openssl::features()?)
            .args(packages)
            .current_dir(&root);
        artifacts::run(&mut build)?;
        let target = artifacts::target_folder(&root);
        let built = |name: &str| target.join("release").join(name);
        Ok(Self {
            foldline,
            like_count: module(&modules, "like-count")?,
            modules,
            native: built("foldline-bench-native"),
            kafka: built("foldline-bench-kafka"),
            sinks: built("foldline-bench-sinks"),
            folder: target.join("bench"),
        })
    }

    /// Returns the module of a reducer.
    pub fn module(&self, name: &str) -> Result<PathBuf> {
        module(&self.modules, name)
    }
}

/// Runs a program whose answer is JSON.
pub fn answer(command: &mut Command) -> Result<Value> {
    let text = format!("{command:?}");
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let output = output.with_context(|| format!("cannot start {text}"))?;
    ensure!(output.status.success(), "{text} failed: {}", output.status);
    serde_json::from_slice(&output.stdout).with_context(|| format!("the answer of {text}"))
}

/// Returns the newest module of a reducer.
fn module(folder: &Path, name: &str) -> Result<PathBuf> {
    let prefix = format!("{name}@");
    std::fs::read_dir(folder)
        .context("listing modules")?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.file_name().is_some_and(|file| file.to_string_lossy().starts_with(&prefix)))
        .max()
        .with_context(|| format!("no module of {name} in {}", folder.display()))
}
