//! Commands that run cargo.

use std::process::Command;

/// Removes from a command the variables that cargo sets for a test. A build script that reads them (ring's) would run again, and
/// everything above it would be compiled again: here, and once more with the next command outside of a test.
pub fn forget_this_test(command: &mut Command) {
    let is_of_test = |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(is_of_test)) {
        command.env_remove(name);
    }
}
