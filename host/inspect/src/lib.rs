//! Examines versions without changing them: trace of a row, comparison of two versions, fixtures of a module.

// Macros that print panic when stderr is closed.
#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod trace;
pub mod compare;
pub mod fixture;
