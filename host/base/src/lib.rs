//! What every crate of the host uses: errors and their codes, secrets, the clock, containment of panics, failpoints.

// The `print` macros panic when stdout or stderr is closed.
#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod code;
pub mod error;
pub mod partly;
pub mod secret;
pub mod clock;
pub mod seed;
pub mod notifier;
pub mod nearest;
pub mod byte_order_mark;
pub mod foreign;
pub mod note;
pub mod artifact;
pub mod terminal;
pub mod panics;
pub mod failpoints;
pub mod planted;
