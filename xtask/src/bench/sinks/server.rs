//! What the benchmark needs from a sink's server of any kind.

use anyhow::Result;

/// A running server.
pub trait Server {
    /// Returns the name of its kind in `foldline-bench-sinks` and `foldline.toml`.
    fn name(&self) -> &'static str;

    /// Returns its URL.
    fn url(&self) -> String;

    /// Returns the lines of `foldline.toml` for a sink on this server, besides its address.
    fn settings(&self) -> &'static str;

    /// Removes what an earlier host left of the projection.
    fn clear(&mut self) -> Result<()>;

    /// Writes a document of the projection to where the sink writes, as a bare client.
    fn write(&mut self, id: &str) -> Result<()>;

    /// Returns for each document whether it is visible to readers of the projection.
    fn seen(&mut self, ids: &[&str]) -> Result<Vec<bool>>;
}
