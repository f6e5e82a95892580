//! Real servers, started for tests; here what all of them share.

pub(crate) mod certificates;
pub mod elasticsearch;
pub mod redis;
pub mod redis_cluster;

use std::io::Write;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::atomic::{AtomicU32, Ordering};

/// Returns whether `FOLDLINE_NO_SERVICES=1` asks for tests without servers; then it says on stderr what is left out.
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

/// Returns a name that no other test uses, also in another process on the same server.
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

/// Returns ports that nothing listens on now, all of them different.
pub(crate) fn free_ports<const N: usize>() -> [u16; N] {
    let free = [(); N].map(|()| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("there are free ports"));
    free.map(|listener| listener.local_addr().expect("it is bound").port())
}

/// Starts a server by a script, on free ports: `start` finds some and runs the script.
///
/// # Panics
/// Panics with what the script printed when no try succeeds, or something is missing on this machine.
pub(crate) fn started<T>(start: impl Fn() -> (T, Output)) -> T {
    /// Another process may take a free port between finding it and using it.
    const TRIES: u32 = 3;
    /// How the scripts end when something is missing.
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

/// Panics with what a script printed.
pub(crate) fn fail(output: &Output) -> ! {
    panic!(
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout).trim_end(),
        String::from_utf8_lossy(&output.stderr).trim_end()
    );
}
