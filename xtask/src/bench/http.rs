//! The HTTP client of benchmarks.

use anyhow::{Context, Result};
use reqwest::blocking::Client;

/// Returns a client that keeps its connection, waits as long as it takes, and asks no proxy of the environment.
pub fn client() -> Result<Client> {
    Client::builder().timeout(None).no_proxy().build().context("preparing an HTTP client")
}
