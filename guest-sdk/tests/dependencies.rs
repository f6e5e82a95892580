//! Every dependency that the SDK brings to a reducer is known by name.
//!
//! Goal: nobody adds a dependency to every module by accident. Method: compare the tree of normal dependencies, as cargo resolves
//! it for wasm, with the list in `dependencies.txt`. If the change is intended, edit the list.

use std::process::Command;

#[test]
fn the_tree_of_dependencies_is_the_one_on_the_list() {
    let linked = tree("normal,no-proc-macro");
    let compiling: Vec<String> = tree("normal").into_iter().filter(|name| !linked.contains(name)).collect();
    let found = format!(
        "# linked into modules\n{}\n\n# used while compiling them\n{}\n",
        linked.join("\n"),
        compiling.join("\n")
    );
    let listed = include_str!("dependencies.txt");
    assert_eq!(found, listed, "tests/dependencies.txt should read:\n{found}");
}

/// Returns the names of all crates in the SDK's tree, sorted.
fn tree(edges: &str) -> Vec<String> {
    let arguments =
        ["tree", "--offline", "--locked", "--package", "foldline-sdk", "--prefix", "none", "--format", "{p}"];
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .args(["--target", "wasm32-unknown-unknown", "--edges", edges])
        .output()
        .expect("cargo runs, for it runs this test");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).expect("cargo writes UTF-8");
    let mut names: Vec<String> =
        lines.lines().filter_map(|line| Some(line.split_once(' ')?.0.to_owned())).collect();
    names.sort();
    names.dedup();
    names
}
