//! Inspects, compiles, checks and runs modules. The only crate that knows wasmtime.
//!
//! ```text
//!  bytes ─► inspect (kind, ABI, sizes, imports: nothing is compiled yet)
//!        ─► compile (or the cache) ─► one trial instance: parameters, configure, describe, an empty extract
//!        ─► ValidatedModule ─► Instance per worker ─► extract, project, relay ─► columns or a Fault
//! ```
//!
//! What an operator sets for a module's parameters makes another build of it: [`ValidatedModule::configured`] checks the values
//! and describes the module once more, because everything about it may depend on them.
//!
//! A module is untrusted data that was dropped into a folder. Whatever it does, the outcome is an error that names cause and
//! remedy ([`ModuleEngine::validate`]), or a [`Fault`] that fits into a dead letter ([`Instance`]). The host survives.

// Macros that print panic when stderr is closed.
#![warn(clippy::print_stdout, clippy::print_stderr)]

mod settings;
mod engine;
mod refusal;
mod exported;
mod inspect;
mod instantiated;
mod compile;
mod aside;
mod cache;
mod validate;
mod described;
mod parameters;
mod digest;
mod limits;
mod store_data;
mod imports;
mod answers;
mod instance;
mod kept;
mod fault;
pub mod bisection;
mod abi;
#[cfg(test)]
pub mod tests;

pub use answers::{Extracted, Projected, Relayed};
pub use aside::{COMMAND as COMPILE_COMMAND, compile_aside, run as compile_module};
pub use digest::{BadDigest, Digest};
pub use engine::ModuleEngine;
pub use fault::{Fault, FaultKind};
pub use inspect::{is_component, is_cut_off};
pub use instance::Instance;
pub use kept::KeptInstance;
pub use limits::ModuleLimits;
pub use validate::ValidatedModule;
