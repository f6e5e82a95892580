//! Which module versions fold, and which one is served.
//!
//! [`folder`] looks at the modules folder, [`catalog`] checks what to do with a module and knows what was decided (pure),
//! `judge` looks into modules on a thread of its own, `pending_drops` are those that came together, [`history`] says whether the log still holds what a replay reads,
//! `completion` what a file means whose version has other bytes, [`decisions`] makes what is decided durable, [`supervisor`] takes them, and `rollout` makes what runs (`versions`) agree with them:
//! only there is the live pointer moved, by a `handover`, and a rollback window ended, by `rollback_windows`. `operator_actions` checks and decides what operators ask for (`operator_requests`), `garbage_collection` removes what retired versions left on servers, `skipping` which records a projection passes over, `resuming` tries again what has halted. `relays` lets the live version's module relay, and no other.
//! [`plan`](mod@plan) says what a module would do.

// Macros that print panic when stderr is closed.
#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod folder;
pub mod catalog;
pub mod history;
mod judge;
mod pending_drops;
pub mod decisions;
pub mod module_store;
mod completion;
pub mod registry;
pub mod operator_requests;
mod versions;
mod pace;
mod rollback_windows;
mod added_partitions;
mod handover;
mod gate;
pub mod supervisor;
mod rollout;
mod operator_actions;
mod relays;
mod adoption;
pub mod skipping;
mod resuming;
mod garbage_collection;
mod unmatched;
pub mod plan;

pub use operator_requests::{OperatorRequest, OperatorRequests};
pub use plan::Planner;
pub use registry::{Registry, Serving};
pub use skipping::Skip;
pub use supervisor::Supervisor;
