//! Handmade reducer modules for tests, and an engine that runs them.

// Macros that print panic when stderr is closed.
#![warn(clippy::print_stdout, clippy::print_stderr)]
#![allow(clippy::unwrap_used, reason = "what cannot be made ends the test that asked for it")]

pub mod canned;
pub mod feed;

use foldline_core::column::{Column, ValueRef};
use foldline_core::description::ValueType;
use foldline_core::results::ResultRows;
use foldline_module::{ModuleEngine, ModuleLimits};

/// Returns limits that a test reaches within milliseconds.
pub fn limits() -> ModuleLimits {
    ModuleLimits { file_bytes_max: 4 << 20, memory_max: 8 << 20, fuel: 2_000_000, output_max: 1 << 20 }
}

/// Returns an engine that compiles modules, within [`limits`] and without a cache.
///
/// # Panics
/// Panics if wasmtime does not run on this machine.
pub fn engine() -> ModuleEngine {
    ModuleEngine::new(limits(), None).expect("wasmtime runs here")
}

/// Returns results for `rows` rows of the like counter, all of post `p1`.
pub fn results(rows: usize) -> ResultRows {
    let mut keys = Column::empty(ValueType::Text);
    let mut counts = Column::empty(ValueType::Int);
    for row in 0..rows {
        keys.push(Some(ValueRef::Text("p1")));
        counts.push(Some(ValueRef::Int(row as i64)));
    }
    ResultRows {
        table: 0,
        keys: vec![keys],
        window_starts: Vec::new(),
        window_ends: Vec::new(),
        results: vec![counts],
        referred: Vec::new(),
    }
}
