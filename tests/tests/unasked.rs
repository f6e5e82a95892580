//! Goal: `foldline build` installs nothing that was not asked for, whichever user runs it.
//! Method: a machine whose `rustup`, `apt-get` and `id` are scripts that note how they were called, with no Rust toolchain for wasm.

use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Output};

use foldline_tests::host::foldline;

/// Runs `foldline build` there, as root as far as it can tell; returns what it said, and what was called.
fn build(arguments: &[&str]) -> (Output, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let calls = folder.path().join("calls");
    let tool = |name: &str, does: &str| {
        let path = folder.path().join(name);
        let script = format!("#!/bin/sh\necho {name} \"$@\" >> {}\n{does}\n", calls.display());
        std::fs::write(&path, script).expect("written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("executable");
    };
    tool("id", "echo 0");
    tool("rustc", "exit 1");
    tool("rustup", "exit 1");
    tool("apt-get", "test \"$1\" = --version");
    let output = Command::new(foldline())
        .arg("build")
        .args(arguments)
        .current_dir(folder.path())
        .env("PATH", format!("{}:/nowhere", folder.path().display()))
        // Debian's compiler is looked for at its own place, and this machine may have it.
        .env("FOLDLINE_GUEST_TOOLCHAIN", "rustup")
        .output()
        .expect("it runs");
    let calls = std::fs::read_to_string(&calls).unwrap_or_default();
    (output, calls)
}

#[test]
fn a_build_names_what_is_missing_and_installs_it_only_when_asked() {
    let (refused, calls) = build(&[]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(3), "{said}");
    assert!(said.contains("has no target wasm32-unknown-unknown") && said.contains("--install"), "{said}");
    assert!(!calls.contains("rustup") && !calls.contains("install"), "{calls}");

    let (_, calls) = build(&["--install"]);
    assert!(calls.contains("rustup target add wasm32-unknown-unknown"), "{calls}");
}
