//! One file per version of the contract, each of which lifts it into the host's own types (`foldline_core`).
//!
//! The version is in the custom section `foldline:abi` at a component's top level, and is read before anything is compiled. A
//! released folder under `wit/` and its file here are never edited: a new version is a new pair.

pub(super) mod v0_1;

/// The versions that this host runs, for messages.
pub(super) const SUPPORTED: &str = "0.1";

/// Returns whether this host runs modules of an ABI version.
///
/// While the major version is 0, each minor version is a separate contract. A patch version only adds to what the host
/// provides.
pub(super) fn supports(version: &semver::Version) -> bool {
    (version.major, version.minor) == (0, 1) && version.pre.is_empty()
}
