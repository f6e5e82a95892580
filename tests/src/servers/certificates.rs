//! Certificates for servers with TLS.

use std::path::Path;
use std::process::Command;

/// Creates an authority (`ca.crt`), and a certificate of it for this machine (`server.crt`, `server.key`).
///
/// # Panics
/// Panics with the output of `openssl`.
pub(crate) fn make(folder: &Path) {
    openssl(folder, &format!("{AUTHORITY}\n{SIGN}\nsign server 3650 DNS:localhost,IP:127.0.0.1"));
}

/// In addition, creates certificates of the same authority: an expired one (`expired`), one of another machine (`elsewhere`), and
/// one for a client (`client`); each with its key and, as `NAME.pem`, with both. Also creates another authority that signed none
/// of them (`stranger.crt`).
///
/// # Panics
/// As [`make`].
pub(crate) fn make_also_wrong_ones(folder: &Path) {
    make(folder);
    openssl(
        folder,
        &format!(
            "{SIGN}
            sign expired -1 DNS:localhost,IP:127.0.0.1
            sign elsewhere 3650 DNS:kafka.elsewhere.example
            sign client 3650 DNS:client
            for name in server expired elsewhere client; do cat $name.key $name.crt > $name.pem; done
            openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=stranger -keyout stranger.key -out stranger.crt"
        ),
    );
}

const AUTHORITY: &str = "openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=foldline-tests-ca -keyout ca.key -out ca.crt";

/// Creates a certificate: its name, its validity in days, its subject.
const SIGN: &str = "sign() {
    openssl req -newkey rsa:2048 -nodes -subj /CN=$1 -keyout $1.key -out $1.csr
    printf 'subjectAltName=%s\\nextendedKeyUsage=serverAuth,clientAuth\\n' $3 > $1.names
    openssl x509 -req -in $1.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days $2 -extfile $1.names -out $1.crt
}";

fn openssl(folder: &Path, script: &str) {
    let script = format!("set -e\n{script}");
    let made = Command::new("sh").args(["-c", &script]).current_dir(folder).output().expect("sh runs");
    assert!(made.status.success(), "openssl: {}", String::from_utf8_lossy(&made.stderr));
}
