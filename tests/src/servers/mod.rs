//! Real servers, started for tests. This file has their common parts.

pub(crate) mod certificates;
pub mod elasticsearch;
pub mod redis;
pub mod redis_cluster;

use std::io::Write;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::atomic::{AtomicU32, Ordering};

/// Returns whether `FOLDLINE_NO_SERVICES=1` asks for tests without servers; reports on stderr which test is left out.
pub(crate) fn left_out(server: &str) -> bool {
    let left_out = std::env::var("FOLDLINE_NO_SERVICES").is_ok_and(|value| value == "1");
    if left_out {
        let test = std::thread::current();
        let name = test.name().unwrap_or("a test");
        // Not `eprintln!`: the test runner would swallow it.
        let _ = writeln!(std::io::stderr(), "LEFT OUT: {name} needs {server}, and FOLDLINE_NO_SERVICES=1");
    }
    left_out
}

/// Returns a unique name, even among other processes that use the same server.
pub(crate) fn unique(prefix: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let nanos = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| since.subsec_nanos());
    format!("{prefix}-{}-{nanos:x}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

/// Returns the folder of the scripts that start servers.
pub(crate) fn services() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("services")
}

/// Returns different ports on which nothing listens at the moment.
pub(crate) fn free_ports<const N: usize>() -> [u16; N] {
    let free = [(); N].map(|()| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("there are free ports"));
    free.map(|listener| listener.local_addr().expect("it is bound").port())
}

/// Starts a server with a script, on free ports: `start` finds them and runs the script.
///
/// # Panics
/// Panics with the script's output when no try succeeds, or when something is missing on this machine.
pub(crate) fn started<T>(start: impl Fn() -> (T, Output)) -> T {
    /// Another process may take a free port before it is used.
    const TRIES: u32 = 3;
    /// The exit code of the scripts when something is missing.
    const MISSING: i32 = 69;
    let mut tries = 1..=TRIES;
    loop {
        let (server, output) = start();
        if output.status.success() {
            return server;
        }
        if tries.next() == Some(TRIES) || output.status.code() == Some(MISSING) {
            drop(server);
            fail(&output);
        }
    }
}

/// Panics with a script's output.
pub(crate) fn fail(output: &Output) -> ! {
    panic!(
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout).trim_end(),
        String::from_utf8_lossy(&output.stderr).trim_end()
    );
}
