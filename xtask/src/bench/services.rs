//! What starting servers takes, whichever they are.

use std::net::{Ipv4Addr, TcpListener};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::artifacts;

/// Returns ports that nothing listens on now, all of them different.
pub fn free_ports<const N: usize>() -> Result<[u16; N]> {
    let mut ports = [0; N];
    // All at once: one that is let go may be found again.
    let mut listeners = Vec::with_capacity(N);
    for port in &mut ports {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port")?;
        *port = listener.local_addr().context("no free port")?.port();
        listeners.push(listener);
    }
    Ok(ports)
}

/// Returns a script of `tests/services`; a server that it starts goes when this process has gone, as `owner` tells it.
pub fn script(name: &str, owner: &str) -> Command {
    let mut command = Command::new("bash");
    command
        .arg(artifacts::root().join("tests").join("services").join(name))
        .env(owner, std::process::id().to_string())
        .stdin(Stdio::null());
    command
}
