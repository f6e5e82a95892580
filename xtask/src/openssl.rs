//! Where librdkafka's OpenSSL comes from: the system, or its source where the system has none.
//!
//! Not from source always: that takes perl and three to four minutes of one core, and a system's own library is mended with the
//! system. Not from the system always: without its headers a first build would end in an error.

use std::process::{Command, Stdio};
use std::sync::OnceLock;

use anyhow::{Result, bail};

use crate::say::say;

/// What cargo is told where OpenSSL is built from source.
const FROM_SOURCE: [&str; 2] = ["--features", "foldline/vendored-openssl"];

/// Says where it is, to `openssl-sys`, which builds it.
const VARIABLES: [&str; 3] = ["OPENSSL_DIR", "OPENSSL_LIB_DIR", "OPENSSL_INCLUDE_DIR"];

/// What its `Configure` uses of perl; a minimal perl lacks some of it.
const PERL_MODULES: [&str; 4] = ["-MFindBin", "-MIPC::Cmd", "-MFile::Compare", "-MFile::Copy"];

/// Returns what every cargo command of the workspace is told, such that nothing is compiled twice.
pub fn features() -> Result<&'static [&'static str]> {
    static FEATURES: OnceLock<Option<&'static [&'static str]>> = OnceLock::new();
    let features = FEATURES.get_or_init(|| {
        let is_named = VARIABLES.iter().any(|variable| std::env::var_os(variable).is_some());
        let is_there = is_named || succeeds("pkg-config", &["--exists", "openssl"]);
        let features = decide(is_there, || succeeds("perl", &[&PERL_MODULES[..], &["-e", "1"]].concat()));
        if features.is_some_and(|features| !features.is_empty()) {
            say!(
                "this system has no OpenSSL to build with: it is built from source, which takes some minutes"
            );
        }
        features
    });
    match features {
        Some(features) => Ok(features),
        None => bail!(
            "OpenSSL cannot be found, nor built from source without perl: Kafka over TLS needs it\n\
             hint: install its headers and pkg-config (Debian: apt-get install libssl-dev pkg-config; Fedora: dnf install \
             openssl-devel), or perl"
        ),
    }
}

fn decide(is_there: bool, has_perl: impl FnOnce() -> bool) -> Option<&'static [&'static str]> {
    if is_there { Some(&[]) } else { has_perl().then_some(&FROM_SOURCE) }
}

/// Returns whether a program is there and ends well; its output is dropped.
pub fn succeeds(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_systems_openssl_is_taken_before_its_source() {
        assert_eq!(decide(true, || unreachable!("perl is not needed")), Some(&[][..]));
        assert_eq!(decide(false, || true), Some(&FROM_SOURCE[..]));
        assert_eq!(decide(false, || false), None);
    }
}
