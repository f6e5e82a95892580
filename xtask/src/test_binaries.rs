//! The test binaries that cargo builds, and the folders in which they run.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use crate::artifacts;
use crate::openssl;

/// A built test binary.
#[derive(Clone)]
pub struct TestBinary {
    /// The target's name in cargo.
    pub name: String,
    /// Whether it holds the unit tests of a library.
    pub is_lib: bool,
    /// The path of the program.
    pub executable: PathBuf,
    /// The folder of its package, where cargo runs it.
    pub folder: PathBuf,
}

/// Cargo's message about a built artifact.
#[derive(Deserialize)]
struct Message {
    executable: Option<PathBuf>,
    manifest_path: Option<PathBuf>,
    target: Option<BuiltTarget>,
    profile: Option<Profile>,
}

#[derive(Deserialize)]
struct BuiltTarget {
    name: String,
    kind: Vec<String>,
}

#[derive(Deserialize)]
struct Profile {
    test: bool,
}

/// Builds test binaries of the workspace, so that dependencies are the same in every command. `selection` is passed to cargo.
pub fn build(root: &Path, selection: &[&str]) -> Result<Vec<TestBinary>> {
    let output = artifacts::cargo()
        .args(["test", "--release", "--workspace", "--no-run", "--message-format", "json-render-diagnostics"])
        .args(openssl::features()?)
        .args(selection)
        .current_dir(root)
        .stderr(Stdio::inherit())
        .output()?;
    ensure!(output.status.success(), "building the tests failed");
    let text = String::from_utf8_lossy(&output.stdout);
    let messages = text.lines().filter_map(|line| serde_json::from_str::<Message>(line).ok());
    let tests = messages.filter(|message| message.profile.as_ref().is_some_and(|profile| profile.test));
    tests
        .filter_map(|message| Some((message.target?, message.executable?, message.manifest_path?)))
        .map(test_binary)
        .collect()
}

fn test_binary((target, executable, manifest): (BuiltTarget, PathBuf, PathBuf)) -> Result<TestBinary> {
    let folder = manifest.parent().with_context(|| format!("{} lies nowhere", manifest.display()))?;
    let is_lib = target.kind.iter().any(|kind| kind == "lib");
    Ok(TestBinary { name: target.name, is_lib, executable, folder: folder.to_owned() })
}
