//! Foldline: a host for reducers compiled to WebAssembly.
//!
//! The modules stand in the order in which data flows:
//!
//! ```text
//!  log ──► decode ──► module (wasm extract) ──► engine (apply, checkpoint) ──► state
//!                                                  │
//!                                                  └─► projection (wasm project) ──► sink ──► server
//!   └──► relay (wasm relay) ──► topics of other systems
//!  lifecycle decides which module versions fold, and which one is served
//! ```

// Macros that print panic where nobody reads.
#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod code;
pub mod error;
pub mod secret;
mod clock;
mod nearest;
mod byte_order_mark;
pub mod foreign;
mod note;
mod terminal;
pub mod panics;
pub mod failpoints;
pub mod planted;
pub mod config;
pub mod telemetry;
pub mod log;
pub mod decode;
pub mod module;
pub mod engine;
pub mod state;
pub mod projection;
pub mod sink;
pub mod relay;
pub mod lifecycle;
pub mod host;
pub mod api;
pub mod server;
pub mod guest;
pub mod fixture;
pub mod cli;
