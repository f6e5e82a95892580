//! Which module versions fold, and which one is served.
//!
//! [`folder`] looks at the modules folder, [`catalog`] rules what to do with a module and knows what was decided (pure),
//! `judge` looks into modules beside the supervisor, `arrivals` are those that came together, [`history`] says whether the log still holds what a replay reads,
//! `completion` what a file means whose version has other bytes, [`decisions`] makes rulings durable, [`supervisor`] takes them, and `rollout` makes what runs (`versions`) agree with them:
//! only there is the live pointer moved, by a `handover`, and a rollback window ended, by `keeping`. `answers` checks and decides what operators ask for, `skipping` which records a projection passes over, `resuming` tries again what has halted. `relays` lets the live version's module relay, and no other.
//! [`plan`](mod@plan) says what a module would do, `compare` how two versions differ.

// Macros that print panic where nobody reads.
#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod folder;
pub mod catalog;
pub mod history;
mod judge;
mod arrivals;
pub mod decisions;
pub mod module_store;
mod completion;
pub mod registry;
pub mod requests;
mod versions;
mod pace;
mod keeping;
mod growth;
mod handover;
mod gate;
pub mod supervisor;
mod rollout;
mod answers;
mod relays;
mod adoption;
pub mod skipping;
mod resuming;
mod tidying;
mod unmatched;
pub mod plan;

pub use plan::Planner;
pub use registry::{Registry, Serving};
pub use requests::{Change, Requests};
pub use skipping::Skip;
pub use supervisor::Supervisor;
