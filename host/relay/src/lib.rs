//! Messages for other systems, each exactly once, across crashes, upgrades and rollbacks (design §10).
//!
//! ```text
//!  log ─► decode ─► relay (wasm) ─► messages ─┐
//!                                             ├─► one transaction ─► topics of other systems
//!                    where this reading ends ─┘                  └─► the frontier, in `foldline.frontiers`
//! ```
//!
//! A relay belongs to a reducer's *name*. Its [`frontier`] says up to which offset of each input everything was sent; it goes
//! out together with the messages, all or nothing, so what is sent and how far can never disagree. A sender of a
//! name takes it over first: fences the previous one, then *reads* the frontier, and goes on there ([`outbox`]). That is all
//! there is to a restart, an upgrade and a rollback; after any doubt about what was sent the same is done again. A note next to
//! the log (`sent.rs`) tells when the topic of frontiers itself went back.
//!
//! A relay runs apart from folding, in a thread of its own (`run.rs`). Only the live version's module is ever given to one, so
//! a version that is built alongside it sends nothing.

// Macros that print panic when stderr is closed.
#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod message;
pub mod relayer;
pub mod frontier;
pub mod outbox;
mod embedded;
pub mod progress;
mod run;
mod sent;
#[cfg(test)]
mod tests;

pub use embedded::EmbeddedTarget;
pub use frontier::{Frontier, StartAt};
pub use message::Message;
pub use outbox::{Outbox, RelayTarget};
pub use progress::{RelayHandle, RelayProgress};
pub use relayer::{RelayedBatch, Relayer};
pub use run::{Relay, RelayConfig};
pub use sent::SENT_FOLDER;
