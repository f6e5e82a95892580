//! What is asked of a sink's server, whichever it is.

use anyhow::Result;

/// A running server.
pub trait Server {
    /// Returns how `foldline-bench-sinks` and `foldline.toml` call its kind.
    fn name(&self) -> &'static str;

    /// Returns where it listens.
    fn url(&self) -> String;

    /// Returns the lines of `foldline.toml` for a sink on this server, besides its address.
    fn settings(&self) -> &'static str;

    /// Removes what an earlier host has left of the projection.
    fn clear(&mut self) -> Result<()>;

    /// Writes a document of the projection as a client that knows nothing else, where the sink writes too.
    fn write(&mut self, id: &str) -> Result<()>;

    /// Returns for each document whether readers of the projection see it.
    fn seen(&mut self, ids: &[&str]) -> Result<Vec<bool>>;
}
