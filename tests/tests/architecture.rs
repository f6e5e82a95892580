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

/// Returns the lines of code. Comments are left out, because they may name anything.
fn code(path: &Path) -> String {
    let text = std::fs::read_to_string(path).expect("a source");
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// Returns whether a file has unit tests, or belongs to a crate that only tests use.
fn is_test(path: &Path) -> bool {
    let path = relative(path);
    path.contains("/tests") || path.contains("testkit/")
}

/// Returns the host's crates, by folder, in the order of the code map.
fn crates() -> Vec<String> {
    let architecture = std::fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let map = architecture.split("## Code map").nth(1).and_then(|map| map.split("Around the host").next());
    let rows = map.expect("the section").lines();
    rows.filter_map(|row| Some(row.strip_prefix("| `host/")?.split('`').next()?.to_owned())).collect()
}

/// Returns the dependencies of a host crate in one section of its manifest.
fn dependencies(folder: &str, section: &str) -> Vec<String> {
    let manifest = root().join("host").join(folder).join("Cargo.toml");
    let text = std::fs::read_to_string(manifest).expect("a manifest");
    let section = text.split(&format!("\n[{section}]\n")).nth(1).unwrap_or_default();
    let lines =
        section.lines().take_while(|line| !line.starts_with('[')).filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| Some(line.split(['=', '.', ' ']).next()?.to_owned()))
        .filter(|name| !name.is_empty())
        .collect()
}

#[test]
fn each_library_is_known_in_one_place_only() {
    for (library, homes) in [
        ("wasmtime", &["module"][..]),
        ("rdkafka", &["log-kafka", "relay-kafka"]),
        ("fjall", &["state"]),
        ("rusqlite", &["sink-sqlite"]),
        ("elasticsearch", &["sink-elasticsearch"]),
        ("redis", &["sink-redis"]),
        ("axum", &["server"]),
        ("clap", &["cli"]),
        ("notify", &["lifecycle"]),
    ] {
        // The hack requests features, and uses nothing.
        let others = crates().into_iter().filter(|folder| folder != "workspace-hack");
        let users: Vec<String> = others
            .filter(|folder| dependencies(folder, "dependencies").iter().any(|name| name == library))
            .collect();
        assert_eq!(users, homes, "{library}");
    }
}

#[test]
fn a_crate_depends_only_on_those_above_it_on_the_code_map() {
    let crates = crates();
    for (at, folder) in crates.iter().enumerate() {
        for name in dependencies(folder, "dependencies") {
            let Some(other) = name.strip_prefix("foldline-") else { continue };
            let above = crates.iter().position(|folder| folder == other);
            assert!(
                above.is_some_and(|above| above < at),
                "{folder} depends on {other}, which stands below it"
            );
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
fn every_crate_of_the_host_is_on_the_code_map() {
    let mut mapped = crates();
    mapped.sort();
    let entries =
        std::fs::read_dir(root().join("host")).expect("host").map(|entry| entry.expect("an entry").path());
    let mut found: Vec<String> = entries
        .filter(|path| path.join("Cargo.toml").exists())
        .map(|path| path.file_name().expect("a name").to_string_lossy().into_owned())
        .collect();
    found.sort();
    assert_eq!(found, mapped);
}

#[test]
fn every_dependency_has_its_reason_in_contributing() {
    let contributing = std::fs::read_to_string(root().join("CONTRIBUTING.md")).expect("CONTRIBUTING.md");
    let others = ["host", "guest-sdk", "guest-sdk/macros", "tests", "bench", "bench/native", "xtask"];
    let host = crates()
        .into_iter()
        .filter(|folder| folder != "workspace-hack")
        .map(|folder| format!("host/{folder}"));
    for manifest in host.chain(others.map(str::to_owned)).map(|name| root().join(name)) {
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

#[test]
fn every_test_that_a_guarantee_names_is_there() {
    let guarantees = std::fs::read_to_string(root().join("docs/guarantees.md")).expect("docs/guarantees.md");
    for (number, line) in (1..).zip(guarantees.lines()) {
        let place = format!("docs/guarantees.md:{number}");
        let Some(named) = line.strip_prefix("- ") else { continue };
        let parts: Vec<&str> = named.split('`').collect();
        let ["", file, " ", test, ""] = parts[..] else { panic!("{place} is not `FILE` `TEST`: {line}") };
        let source =
            std::fs::read_to_string(root().join(file)).unwrap_or_else(|_| panic!("{place}: no {file}"));
        assert!(source.contains(&format!("fn {test}(")), "{place}: {file} has no test {test}");
    }
    for section in guarantees.split("\n## ").skip(1).filter(|section| !section.starts_with("Not promised")) {
        let title = section.lines().next().unwrap_or_default();
        assert!(section.contains("\n- `"), "`{title}` has no test behind it");
    }
}

#[test]
fn every_planted_bug_has_its_catch() {
    let read = |path: &str| std::fs::read_to_string(root().join(path)).expect("a source");
    let (bugs, catches) = (read("host/base/src/planted.rs"), read("xtask/src/planted.rs"));
    let list =
        bugs.split("\nbugs! {").nth(1).and_then(|rest| rest.split("\n}").next()).expect("the list of bugs");
    let names = list.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//"));
    let mut count = 0;
    for name in names.map(|line| line.trim_end_matches(',')) {
        assert!(catches.contains(&format!("\"{name}\"")), "nothing catches {name}");
        let planted = sources(&root().join("host")).iter().any(|path| {
            !path.ends_with("planted.rs") && code(path).contains(&format!("is_planted(Bug::{name})"))
        });
        assert!(planted, "{name} is planted nowhere");
        count += 1;
    }
    assert!(count > 20, "only {count} bugs were found");
}

#[test]
fn durable_positions_and_the_live_pointer_are_moved_in_one_place_each() {
    for (call, home) in [
        // Invariant 2: only the checkpointer cuts and commits a checkpoint.
        (".commit(&mut cut)", "host/engine/src/checkpoint.rs"),
        // Invariant 3: only the flusher's thread writes a sink.
        ("sink.flush(", "host/projection/src/writer.rs"),
        ("sink.load(", "host/projection/src/writer.rs"),
        // A relay's messages are sent with its frontier, and only by its own thread.
        ("outbox.send(", "host/relay/src/run.rs"),
        // Invariant 5: what is served changes only with a decision.
        ("registry.serve(", "host/lifecycle/src/rollout.rs"),
    ] {
        let users: Vec<String> = sources(&root().join("host"))
            .iter()
            .filter(|path| !is_test(path) && code(path).contains(call))
            .map(|path| relative(path))
            .collect();
        assert!(!users.is_empty(), "nobody calls `{call}` any more: name what took its place");
        assert!(users.iter().all(|user| user.starts_with(home)), "`{call}` belongs to {home}: {users:?}");
    }
}

#[test]
fn core_has_neither_clock_nor_randomness_nor_input_nor_output() {
    let manifest = std::fs::read_to_string(root().join("host/core/Cargo.toml")).expect("a manifest");
    let dependencies = manifest.split("[dependencies]").nth(1).and_then(|rest| rest.split("\n[").next());
    let dependencies: Vec<&str> = dependencies
        .expect("the section")
        .lines()
        .filter_map(|line| line.split(['=', '.', ' ']).next())
        .filter(|name| !name.is_empty() && !name.starts_with('#'))
        .collect();
    assert_eq!(
        dependencies,
        ["serde", "thiserror", "xxhash-rust"],
        "core is pure: what is new here must be, too"
    );
    for path in sources(&root().join("host/core/src")) {
        for banned in
            ["std::fs", "std::net", "std::thread", "std::time::", "std::env", "std::process", "RandomState"]
        {
            assert!(!code(&path).contains(banned), "{} uses {banned}", relative(&path));
        }
    }
}

#[test]
fn the_walks_name_files_that_exist_and_hold_what_they_say() {
    let walks = std::fs::read_to_string(root().join("docs/design/walks.md")).expect("docs/design/walks.md");
    let (mut files, mut names) = (0, 0);
    for quoted in walks.split('`').skip(1).step_by(2).filter(|quoted| quoted.starts_with("host/")) {
        assert!(root().join(quoted).is_file(), "{quoted} does not exist");
        files += 1;
    }
    // 1. `FILE` `NAME`, `NAME` — what happens there
    let steps = walks
        .lines()
        .filter_map(|line| line.split_once(". `"))
        .filter(|(number, _)| number.parse::<u32>().is_ok());
    for (_, step) in steps {
        let (named, _) = step.split_once(" — ").expect("a step says what happens");
        let mut quoted = named.split('`').step_by(2);
        let file = quoted.next().expect("a step names its file");
        let source = std::fs::read_to_string(root().join(file)).expect("a source");
        for name in quoted.filter(|name| !name.is_empty()) {
            let declares = |item: &&str| source.contains(&format!("{item} {name}"));
            assert!(["fn", "struct", "enum", "static"].iter().any(declares), "{file} has no {name}");
            names += 1;
        }
    }
    assert!(files > 40 && names > 25, "{files} files and {names} names are found in the walks");
}
