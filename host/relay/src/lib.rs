//! Sends messages to other systems, each exactly once, across crashes, upgrades and rollbacks (docs/design/relays.md).
//!
//! ```text
//!  log ─► decode ─► relay (wasm) ─► messages ─┐
//!                                             ├─► one transaction ─► topics of other systems
//!                    where this reading ends ─┘                  └─► the frontier, in `foldline.frontiers`
//! ```
//!
//! A relay belongs to a reducer's *name*. Its [`frontier`] says up to which offset of each input everything was sent. It is
//! sent together with the messages, all or nothing, so messages and frontier can never disagree. A sender of a name first
//! takes the name over: it fences the previous sender, then *reads* the frontier, and continues there ([`outbox`]). A restart,
//! an upgrade and a rollback consist of nothing else, and after any doubt about what was sent the same is done again. A note
//! next to the log (`sent.rs`) tells when the topic of frontiers itself went back.
//!
//! A relay runs apart from folding, in its own thread (`run.rs`). It only ever gets the live version's module, so a candidate
//! sends nothing.

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
