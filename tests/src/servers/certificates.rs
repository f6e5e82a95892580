//! Certificates for servers that speak TLS.

use std::path::Path;
use std::process::Command;

/// Makes an authority (`ca.crt`) and, under it, a certificate of this machine (`server.crt`, `server.key`).
///
/// # Panics
/// Panics with what `openssl` says.
pub(crate) fn make(folder: &Path) {
    let script = "set -e
        openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=foldline-tests-ca -keyout ca.key -out ca.crt
        openssl req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout server.key -out server.csr
        printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\\nextendedKeyUsage=serverAuth\\n' > names
        openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 3650 -extfile names -out server.crt";
    let made = Command::new("sh").args(["-c", script]).current_dir(folder).output().expect("sh runs");
    assert!(made.status.success(), "openssl: {}", String::from_utf8_lossy(&made.stderr));
}
