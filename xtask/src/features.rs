//! `cargo xtask features`: keeps one set of features for every third-party crate.
//!
//! Cargo unifies the features of the packages that a command selects. So `cargo test -p foldline-engine` and `cargo test
//! --workspace` would want the same crate with different features, and compile it twice, with everything that depends on it:
//! wasmtime, for one. Therefore every crate of the host depends on `host/workspace-hack`, which requests the features that are
//! wanted anywhere.
//!
//! Macros and build scripts and their dependencies are compiled separately from what is linked, with their own features. Their
//! list is one of build dependencies. It is as short as possible, because cargo compiles what is listed even if nothing uses it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use serde::Deserialize;

use crate::artifacts;
use crate::say::say;

/// The folder of the package that lists the features.
const FOLDER: &str = "host/workspace-hack";

/// The package in that folder.
const HACK: &str = "foldline-workspace-hack";

/// What `features` can be told.
#[derive(Args)]
pub struct Options {
    /// Change nothing, and fail if the list is out of date.
    #[arg(long)]
    check: bool,
}

/// Third-party crates, `NAME vVERSION`, and the feature sets that selections of our packages give each.
type Wanted = BTreeMap<String, BTreeSet<Features>>;

/// The features that each listed crate gets.
type Listed = BTreeMap<String, Features>;

type Features = BTreeSet<String>;

/// A value for crates that are linked into a program, and another one for crates that macros and build scripts use.
#[derive(Default, PartialEq)]
struct Both<T> {
    linked: T,
    of_macros: T,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
}

/// Writes the list, or checks it.
pub fn run(options: &Options) -> Result<()> {
    let root = artifacts::root();
    let manifest = root.join(FOLDER).join("Cargo.toml");
    let before = std::fs::read_to_string(&manifest).with_context(|| manifest.display().to_string())?;
    if options.check {
        let wanted = wanted(&root)?;
        let unlike: Vec<String> =
            unlike(&wanted.linked).into_keys().chain(unlike(&wanted.of_macros).into_keys()).collect();
        ensure!(
            unlike.is_empty(),
            "these crates would be compiled more than once, with other features for other commands: {}\n\
             hint: run `cargo xtask features` and commit {FOLDER}/Cargo.toml",
            unlike.join(", ")
        );
        return Ok(());
    }
    let mut listed = Both::<Listed>::default();
    // A requested feature may request others.
    for _ in 0..10 {
        write(&manifest, &before, &listed)?;
        let wanted = wanted(&root)?;
        let next = Both {
            linked: grown(&listed.linked, &wanted.linked)?,
            of_macros: grown(&listed.of_macros, &wanted.of_macros)?,
        };
        if next == listed {
            say!("{} crates have one set of features", listed.linked.len() + listed.of_macros.len());
            return Ok(());
        }
        listed = next;
    }
    bail!("the features of {FOLDER} do not settle")
}

/// Returns the crates that are listed or have different features, with all wanted features.
fn grown(listed: &Listed, wanted: &Wanted) -> Result<Listed> {
    let mut next = unlike(wanted);
    for (name, features) in listed {
        let all = wanted.get(name).into_iter().flatten().flatten();
        next.entry(name.clone()).or_default().extend(all.chain(features).cloned());
    }
    Ok(next)
}

/// Returns the crates whose features differ between selections, with all their features.
fn unlike(wanted: &Wanted) -> Listed {
    let unlike = wanted.iter().filter(|(_, sets)| sets.len() > 1);
    unlike.map(|(name, sets)| (name.clone(), sets.iter().flatten().cloned().collect())).collect()
}

/// Asks cargo for the features of third-party crates that each of our packages wants, and all of them together.
fn wanted(root: &Path) -> Result<Both<Wanted>> {
    let metadata = output(root, &["metadata", "--no-deps", "--format-version", "1"])?;
    let metadata: Metadata = serde_json::from_str(&metadata).context("cargo metadata")?;
    let ours = metadata
        .packages
        .iter()
        .filter(|package| package.dependencies.iter().any(|dependency| dependency.name == HACK));
    let selections = ours.map(|package| vec!["-p", package.name.as_str()]).chain([vec!["--workspace"]]);
    let mut wanted = Both::<Wanted>::default();
    for selection in selections {
        let linked = tree(root, &[&["-e", "normal,dev,no-proc-macro"], &selection[..]].concat())?;
        let all = tree(root, &[&["-e", "normal,build,dev"], &selection[..]].concat())?;
        for (name, features) in all {
            // A tree does not distinguish them if both have the same features; the use by macros then goes unnoticed.
            let is_linked = linked.contains(&(name.clone(), features.clone()));
            let wanted = if is_linked { &mut wanted.linked } else { &mut wanted.of_macros };
            wanted.entry(name).or_default().insert(features);
        }
    }
    Ok(wanted)
}

/// Asks cargo for a tree. Returns its third-party crates with their features.
fn tree(root: &Path, arguments: &[&str]) -> Result<BTreeSet<(String, Features)>> {
    let tree = output(root, &[&["tree", "--prefix", "none", "-f", "{p}|{f}"], arguments].concat())?;
    let crates = tree.lines().filter_map(|line| line.split_once('|'));
    let foreign = crates.filter(|(name, _)| !name.contains("(/"));
    let named = foreign.map(|(name, features)| {
        let features = features.trim_end_matches(" (*)").trim().split(',');
        let features = features.filter(|feature| !feature.is_empty()).map(str::to_owned).collect();
        (name.trim_end_matches(" (proc-macro)").to_owned(), features)
    });
    Ok(named.collect())
}

fn output(root: &Path, arguments: &[&str]) -> Result<String> {
    let output = artifacts::cargo().args(arguments).current_dir(root).output()?;
    ensure!(
        output.status.success(),
        "cargo {}: {}",
        arguments.join(" "),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8(output.stdout)?)
}

/// Writes the manifest; everything before its dependencies stays.
fn write(manifest: &PathBuf, before: &str, listed: &Both<Listed>) -> Result<()> {
    let (head, _) = before.split_once("[dependencies]").context("no [dependencies] in the manifest")?;
    // A crate has the same name in both.
    let known: BTreeSet<&String> = listed.linked.keys().chain(listed.of_macros.keys()).collect();
    let (linked, of_macros) = (lines(&listed.linked, &known)?, lines(&listed.of_macros, &known)?);
    let text = format!(
        "{head}[dependencies]\n{linked}\n[build-dependencies]\n{of_macros}\n[lints]\nworkspace = true\n"
    );
    std::fs::write(manifest, text).with_context(|| manifest.display().to_string())
}

/// Returns a line for each listed crate. A crate with several `known` versions is named with its version.
fn lines(listed: &Listed, known: &BTreeSet<&String>) -> Result<String> {
    let mut lines = String::new();
    for (crate_, features) in listed {
        let (name, version) =
            name_and_version(crate_).context("cargo tree names a crate without a version")?;
        let versions =
            known.iter().filter_map(|known| name_and_version(known)).filter(|(other, _)| *other == name);
        let (key, package) = if versions.count() == 1 {
            (name.to_owned(), String::new())
        } else {
            (format!("{name}-{}", version.replace('.', "-")), format!("package = \"{name}\", "))
        };
        let features: Vec<String> = features.iter().map(|feature| format!("\"{feature}\"")).collect();
        writeln!(
            lines,
            "{key} = {{ {package}version = \"{version}\", default-features = false, features = [{}] }}",
            features.join(", ")
        )?;
    }
    Ok(lines)
}

fn name_and_version(crate_: &str) -> Option<(&str, &str)> {
    let (name, version) = crate_.split_once(" v")?;
    Some((name, version.split('+').next()?))
}
