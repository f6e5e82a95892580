//! HTTP under `/api/v1`: append and tail records, read documents and sets, get the status (docs/design/interfaces.md).
//!
//! [`serve`] listens for readers, and separately for operators and probes, who have connections and threads of their own.
//! `admission` decides which connections may be open. `routes` declares all routes, one file per resource; every refusal is a
//! `problem`. Handlers see the host as a `host_api`. Its calls may block, so they run on blocking threads, a bounded number at a
//! time.

// Macros that print panic when stderr is closed.
#![warn(clippy::print_stdout, clippy::print_stderr)]

mod serve;
mod listener;
mod admission;
mod activity;
mod timeout_stream;
mod connections;
mod connection;
mod routes;
mod route;
mod router;
mod app;
mod capacity;
mod host_api;
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
mod operator_requests;
mod trace;
mod why;
mod diff;
mod wait;
mod health;
mod metrics;
mod reference;

pub use listener::{Listener, OPERATORS_SOCKET, Socket, address};
pub use reference::http_reference;
pub use serve::serve;

use foldline_base::secret::Secret;
use foldline_config::ServerConfig;

#[cfg(test)]
mod tests;

/// The server's settings.
#[derive(Clone, Debug)]
pub struct ServerOptions {
    /// The token that changes must carry as `Authorization: Bearer TOKEN`; `None` on loopback only.
    pub token: Option<Secret>,
    /// Longest record (key and value) that may be appended.
    pub record_bytes_max: usize,
    /// Longest module that may be planned.
    pub module_bytes_max: usize,
    /// Limits per client and in total.
    pub limits: ServerConfig,
}

#[cfg(test)]
impl ServerOptions {
    fn for_tests() -> Self {
        let limits = ServerConfig::default();
        Self { token: None, record_bytes_max: 100, module_bytes_max: 100, limits }
    }
}
