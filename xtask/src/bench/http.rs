//! The HTTP client of benchmarks.

use anyhow::{Context, Result};
use reqwest::blocking::Client;

/// Returns a client that keeps its connection open, has no time-out, and ignores proxies of the environment.
pub fn client() -> Result<Client> {
    Client::builder().timeout(None).no_proxy().build().context("preparing an HTTP client")
}
