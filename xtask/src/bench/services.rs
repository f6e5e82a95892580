//! Helpers to start servers of any kind.

use std::net::{Ipv4Addr, TcpListener};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::artifacts;

/// Returns different ports on which nothing listens at the moment.
pub fn free_ports<const N: usize>() -> Result<[u16; N]> {
    let mut ports = [0; N];
    // All are held at once: a port that is released may be returned again.
    let mut listeners = Vec::with_capacity(N);
    for port in &mut ports {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port")?;
        *port = listener.local_addr().context("no free port")?.port();
        listeners.push(listener);
    }
    Ok(ports)
}

/// Returns a script of `tests/services`. A server that it starts ends with this process, which `owner` identifies.
pub fn script(name: &str, owner: &str) -> Command {
    let mut command = Command::new("bash");
    command
        .arg(artifacts::root().join("tests").join("services").join(name))
        .env(owner, std::process::id().to_string())
        .stdin(Stdio::null());
    command
}
