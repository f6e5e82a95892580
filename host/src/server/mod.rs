//! HTTP under `/api/v1`: append and tail records, read documents and sets, ask how everything stands (design §14).
//!
//! [`serve`] owns the connections; `router` says what lives where, one file per resource; every refusal is a
//! `problem`. Handlers know the host as a `backend`, whose calls may block, so they run on blocking threads, a
//! bounded number at a time.

mod connections;
mod router;
mod backend;
mod guard;
mod parameters;
mod body;
mod problem;
mod records;
mod tail;
mod punctuations;
mod topics;
mod adoption;
mod reading;
mod documents;
mod sets;
mod modules;
mod plan;
mod status;
mod events;
mod dead_letters;
mod fingerprint;
mod lines;
mod verify;
mod changes;
mod trace;
mod why;
mod diff;
mod wait;
mod health;
mod metrics;

pub use connections::serve;

use crate::secret::Secret;

#[cfg(test)]
mod tests;

/// How the server behaves.
#[derive(Clone, Debug)]
pub struct ServerOptions {
    /// What requests that change something must carry as `Authorization: Bearer TOKEN`; `None` on loopback only.
    pub token: Option<Secret>,
    /// Longest record (key and value) that is appended.
    pub record_bytes_max: usize,
    /// Longest module that is planned.
    pub module_bytes_max: usize,
    /// Whether the server listens on a loopback address: then only this machine's own names are answered.
    pub loopback: bool,
}
