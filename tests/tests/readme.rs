//! Goal: every command in the README works as written, with the output that the README shows.
//! Method: the `console` blocks run in order in one shell at the repository's root; `[..]` matches anything.

use std::process::Command;

use foldline_tests::cargo::forget_this_test;
use foldline_tests::host::root;
use foldline_tests::pages;

#[test]
fn every_command_of_the_readme_answers_as_shown() {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("a README");
    let mut shell = Command::new("bash");
    shell.current_dir(root()).env("REPOSITORY", root()).env_remove("CARGO_TARGET_DIR");
    forget_this_test(&mut shell);
    // The compiled output of guests is kept between runs, outside of the user's folder.
    shell.env("XDG_CACHE_HOME", root().join("target/cache"));
    // The demo leaves a host running. It ends with the test, whatever happened before.
    let last = "cd /\nkill \"$(cat \"$REPOSITORY/target/demo/host.pid\")\"\n";
    pages::check("README.md", &readme, &mut shell, last);
}
