//! Looks into versions without changing them: what made a row, how two versions differ, what a module does with a fixture.

// Macros that print panic when stderr is closed.
#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod trace;
pub mod compare;
pub mod fixture;
