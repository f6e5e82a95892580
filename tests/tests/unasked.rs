//! Goal: `foldline build` installs nothing unless asked, whichever user runs it.
//! Method: a machine whose `rustup`, `apt-get` and `id` are scripts that record their calls, without a Rust toolchain for wasm.

use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Output};

use foldline_tests::host::foldline;

/// Runs `foldline build` there as an apparent root user. Returns the output, and the recorded calls.
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
        // Debian's compiler has a fixed path, and this machine may have it.
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
