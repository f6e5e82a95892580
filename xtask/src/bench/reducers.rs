//! Builds equal reducers under different names, because a module's name is part of the module.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::tools::Tools;
use crate::artifacts;

/// The source of all of them.
const SOURCE: &str = "reducers/like-count/src/lib.rs";

/// The reducer with windows, and the window that it declares.
const WINDOWED: &str = "reducers/trending/src/lib.rs";
const WINDOW: &str = r#"window = "24h / 2m""#;

/// A module and the name of its projection.
pub struct Module {
    pub name: String,
    pub path: PathBuf,
}

/// Builds `count` modules of the reducer `like-count`, each with its own name.
pub fn build(tools: &Tools, count: usize) -> Result<Vec<Module>> {
    let names: Vec<String> = (1..=count).map(|number| format!("like-count-{number}")).collect();
    let source = artifacts::root().join(SOURCE);
    build_all(tools, "reducers", names.into_iter().map(|name| (name, source.clone())).collect())
}

/// Builds the reducer `trending` with these windows.
pub fn build_windowed(tools: &Tools, windows: &[&str]) -> Result<Vec<Module>> {
    let source = std::fs::read_to_string(artifacts::root().join(WINDOWED)).context("reading trending")?;
    let folder = tools.folder.join("windowed");
    let reducer = |(nth, window): (usize, &&str)| -> Result<(String, PathBuf)> {
        let other = source.replace(WINDOW, &format!("window = {window:?}"));
        let path = folder.join(format!("trending-{nth}.rs"));
        write(&path, &other)?;
        Ok((format!("trending-{nth}"), path))
    };
    build_all(tools, "windowed", windows.iter().enumerate().map(reducer).collect::<Result<_>>()?)
}

/// Builds reducers (name, source) in a folder.
fn build_all(tools: &Tools, folder: &str, reducers: Vec<(String, PathBuf)>) -> Result<Vec<Module>> {
    let root = artifacts::root();
    let folder = tools.folder.join(folder);
    let names: Vec<&str> = reducers.iter().map(|(name, _)| name.as_str()).collect();
    // A separate workspace: its members share compiled code, and the repository's workspace does not contain them.
    write(&folder.join("Cargo.toml"), &format!("[workspace]\nresolver = \"3\"\nmembers = {names:?}\n"))?;
    let lock = std::fs::read_to_string(root.join("Cargo.lock")).context("reading Cargo.lock")?;
    if !folder.join("Cargo.lock").exists() {
        write(&folder.join("Cargo.lock"), &lock)?;
    }
    for (name, source) in &reducers {
        write(&folder.join(name).join("Cargo.toml"), &manifest(name, source, &root))?;
    }
    reducers.into_iter().map(|(name, _)| build_one(tools, &folder, name)).collect()
}

fn build_one(tools: &Tools, folder: &Path, name: String) -> Result<Module> {
    let out = folder.join("modules");
    let mut build = Command::new(&tools.foldline);
    build.arg("build").arg(folder.join(&name)).arg("--out").arg(&out);
    // Reuses what the repository's own reducers have compiled.
    build.env("CARGO_TARGET_DIR", artifacts::target_folder(&artifacts::root()));
    artifacts::run(build.stdout(artifacts::to_stderr()?))?;
    let path = out.join(format!("{name}@0.1.0.wasm"));
    Ok(Module { name, path })
}

fn manifest(name: &str, source: &Path, root: &Path) -> String {
    let sdk = root.join("guest-sdk");
    format!(
        "[package]\nname = {name:?}\nversion = \"0.1.0\"\nedition = \"2024\"\npublish = false\n\n\
         [lib]\npath = {source:?}\n\n[dependencies]\nfoldline-sdk = {{ path = {sdk:?} }}\n"
    )
}

/// Writes a file only if its content has changed, so that cargo does not rebuild.
fn write(path: &Path, text: &str) -> Result<()> {
    if std::fs::read_to_string(path).is_ok_and(|there| there == text) {
        return Ok(());
    }
    let context = || format!("writing {}", path.display());
    std::fs::create_dir_all(path.parent().unwrap_or(path)).with_context(context)?;
    std::fs::write(path, text).with_context(context)
}
