//! Goal: ARCHITECTURE.md stays true. Method: the sources are read as text.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use foldline_tests::host::root;

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != "target") {
                found.extend(sources(&path));
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root()).expect("below the root").display().to_string()
}

/// Lines of code: comments say anyone's name.
fn code(path: &Path) -> String {
    let text = std::fs::read_to_string(path).expect("a source");
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

#[test]
fn each_library_is_known_in_one_place_only() {
    for (library, home) in [
        ("wasmtime::", "host/src/module/"),
        ("rdkafka::", "host/src/log/kafka/"),
        ("fjall::", "host/src/state/"),
        ("rusqlite::", "host/src/sink/sqlite/"),
        ("axum::", "host/src/server/"),
        ("clap::", "host/src/cli/"),
        ("notify::", "host/src/lifecycle/"),
    ] {
        for path in sources(&root().join("host/src")) {
            let name = relative(&path);
            // Tests may know both sides: the command line's are run against a small server of their own.
            let is_test = name.contains("/tests") || name.ends_with("/fake.rs");
            if name.starts_with(home) || name == "host/src/main.rs" || is_test {
                continue;
            }
            assert!(!code(&path).contains(library), "{name} uses {library}, which belongs to {home}");
        }
    }
}

#[test]
fn unsafe_code_stands_only_in_the_files_that_architecture_lists() {
    let architecture = std::fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let section = architecture.split("## Unsafe code").nth(1).expect("the section").split("\n## ").next();
    let listed: BTreeSet<String> = section
        .expect("the section")
        .lines()
        .filter_map(|line| Some(line.strip_prefix("| `")?.split('`').next()?.to_owned()))
        .collect();
    let found: BTreeSet<String> = ["host", "guest-sdk", "reducers", "xtask", "bench"]
        .iter()
        .flat_map(|folder| sources(&root().join(folder)))
        .filter(|path| code(path).contains("unsafe_code"))
        .map(|path| relative(&path))
        .collect();
    assert_eq!(found, listed);
}

#[test]
fn every_folder_of_the_host_is_on_the_code_map() {
    let architecture = std::fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let map = architecture.split("## Code map").nth(1).expect("the section");
    for entry in std::fs::read_dir(root().join("host/src")).expect("host/src") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            assert!(
                map.contains(&format!("src/{name}`")) || map.contains(&format!("`{name}`")),
                "{name} is not on the code map"
            );
        }
    }
}

#[test]
fn every_dependency_has_its_reason_in_contributing() {
    let contributing = std::fs::read_to_string(root().join("CONTRIBUTING.md")).expect("CONTRIBUTING.md");
    for manifest in
        ["host", "host/core", "guest-sdk", "guest-sdk/macros", "tests", "bench", "bench/native", "xtask"]
            .map(|name| root().join(name))
    {
        let text = std::fs::read_to_string(manifest.join("Cargo.toml")).expect("a manifest");
        let mut inside = false;
        for line in text.lines() {
            if line.starts_with('[') {
                inside = line.contains("dependencies");
                continue;
            }
            let name = line.split(['=', '.', ' ']).next().unwrap_or_default();
            let is_name =
                !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
            if inside
                && is_name
                && line.contains('=')
                && !line.starts_with(' ')
                && !name.starts_with("foldline")
            {
                assert!(
                    contributing.contains(&format!("`{name}`")),
                    "{name} has no reason in CONTRIBUTING.md"
                );
            }
        }
    }
}
