//! From a reducer's crate to a module file: what `foldline build`, `foldline test` and `cargo xtask build` share.
//!
//! ```text
//!  crate ─► cargo (wasm32-unknown-unknown) ─► core module ─► component + ABI version ─► NAME@VERSION.wasm
//! ```

// Macros that print panic when stderr is closed.
#![warn(clippy::print_stdout, clippy::print_stderr)]

mod diagnostics;
mod toolchain;
mod package;
mod target;
mod build;
mod componentise;
#[cfg(test)]
mod tests;

pub use build::{Built, build};
pub use componentise::componentise;
pub use toolchain::{GuestToolchain, Install};
