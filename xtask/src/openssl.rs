//! Chooses the OpenSSL for librdkafka: the system's, or one built from source if the system has none.
//!
//! It is not always built from source, because that takes perl and three to four minutes of one core, and a system's own library
//! is updated with the system. It is not always the system's, because a first build without its headers would end in an error.

use std::process::{Command, Stdio};
use std::sync::OnceLock;

use anyhow::{Result, bail};

use crate::say::say;

/// Arguments for cargo if OpenSSL is built from source.
const FROM_SOURCE: [&str; 2] = ["--features", "foldline/vendored-openssl"];

/// Variables that tell `openssl-sys`, which links it, where OpenSSL is.
const VARIABLES: [&str; 3] = ["OPENSSL_DIR", "OPENSSL_LIB_DIR", "OPENSSL_INCLUDE_DIR"];

/// The perl modules that its `Configure` uses; a minimal perl lacks some.
const PERL_MODULES: [&str; 4] = ["-MFindBin", "-MIPC::Cmd", "-MFile::Compare", "-MFile::Copy"];

/// Returns the feature arguments for every cargo command of the workspace; they are equal, so that nothing is compiled twice.
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

/// Runs a program without showing its output. Returns whether it exists and succeeds.
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
