//! Which module versions fold, and which one is served.
//!
//! One thread does all of this (`supervisor`), with one value that only it changes (`supervisor_state`). The modules below that
//! value know nothing of each other's work:
//!
//! - [`folder`] scans the modules folder; `judge` judges modules on a thread of its own, and `pending_drops` holds those that
//!   arrived together. [`history`] says whether the log still holds what a replay reads. `completion` judges a file whose version
//!   is registered with other bytes, and `rejection` says why a module is not folded.
//! - [`decisions`] makes decisions durable, including what a projection skips ([`skip`]). A [`mod@build`] is a module with the values
//!   of its parameters. [`catalog`] checks what to do with a
//!   module, and knows all decisions (pure).
//! - `versions` holds the running versions of a projection, `relays` the relays. A `handover` and a `gate` belong to a
//!   projection; `rollback_windows` measures how long old versions are kept, and `garbage_collection` removes what retired
//!   versions left on servers. [`registry`] is for everyone who only reads.
//!
//! The modules above that value are the thread's work:
//!
//! - `drops` registers the modules in the folder, and `operator_actions` checks and decides operators' requests
//!   ([`operator_requests`]): `skipping` records, `resuming` what has halted, `adoption` of another log. `added_partitions`
//!   decides where a partition begins.
//! - `reconciliation` makes what runs agree with the decisions: versions start, and go (`retirement`). `relaying` lets the live
//!   version's module relay, and no other. Only `rollout` moves the live pointer.
//!
//! [`plan`](mod@plan) predicts what a module would do.

// Macros that print panic when stderr is closed.
#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod folder;
pub mod skip;
mod rejection;
pub mod build;
pub mod decisions;
pub mod catalog;
pub mod history;
mod judge;
mod pending_drops;
pub mod module_store;
mod completion;
pub mod registry;
pub mod operator_requests;
mod pace;
mod rollback_windows;
mod handover;
mod gate;
mod versions;
mod relays;
mod garbage_collection;
mod supervisor_state;
mod retirement;
mod relaying;
mod reconciliation;
mod rollout;
mod drops;
mod added_partitions;
mod skipping;
mod resuming;
mod adoption;
mod operator_actions;
mod unmatched;
mod supervisor;
pub mod plan;

pub use operator_requests::{OperatorRequest, OperatorRequests};
pub use plan::Planner;
pub use registry::{Registry, Serving};
pub use skip::Skip;
pub use supervisor::Supervisor;
pub use supervisor_state::SupervisorConfig;
