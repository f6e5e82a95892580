//! One file per version of the contract, each lifting it into the host's own words (`foldline_core`).
//!
//! The version stands in the custom section `foldline:abi` at a component's top level and is read before anything is
//! compiled. A released folder under `wit/` and its file here are never edited; a new version is a new pair.

pub(super) mod v0_1;

/// The versions that this host runs, for messages.
pub(super) const SUPPORTED: &str = "0.1";

/// Returns whether this host runs modules of a version of the contract.
///
/// While the major version is 0, a minor version is a contract of its own; a patch only adds to what the host grants.
pub(super) fn supports(version: &semver::Version) -> bool {
    (version.major, version.minor) == (0, 1) && version.pre.is_empty()
}
