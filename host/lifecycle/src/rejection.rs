//! Why a module is not folded, as a sentence and a stable code.

use semver::Version;

use foldline_base::code::Code;
use foldline_base::error::{Error, ErrorKind, Result, ResultExt};
use foldline_module::Digest;

/// Returns the stable code of why a module is not folded.
pub(super) fn code_of(error: &Error) -> Code {
    error.code().unwrap_or(match error.kind() {
        ErrorKind::Module => Code::InvalidModule,
        ErrorKind::Unavailable => Code::HostUnavailable,
        _ => Code::HostFailed,
    })
}

/// Returns the error that a version cannot have other bytes than it was registered with.
pub(super) fn conflict(name: &str, version: &Version, known: &Digest, digest: &Digest) -> Error {
    let message = format!("{name}@{version} is registered with digest {known}, this file has {digest}");
    Error::new(ErrorKind::Module, message)
        .with_hint("raise the version in the reducer's Cargo.toml and build again")
        .with_code(Code::Conflict)
}

/// Parses a module's version.
pub(super) fn parse_version(version: &str) -> Result<Version> {
    version.parse().kind(ErrorKind::Module, format_args!("version `{version}`"))
}
