//! One module per version of the contract, each of which lifts it into the host's own types (`foldline_core`).
//!
//! The version is in the custom section `foldline:abi` at a component's top level, and is read before anything is compiled. A
//! released folder under `wit/` is never edited: a new version is a new folder, and a new module here. What touches generated
//! types stands in each of these modules; what does not is in `lift`.

mod contract;
mod lift;
mod v0_1;
mod v0_2;

use wasmtime::component::{InstancePre, Linker};

use super::exported::Exported;
use super::imports;
use super::store_data::StoreData;

pub(super) use self::contract::{Answer, Exports, Linked, Objection};

/// The versions that this host runs, for messages.
pub(super) const SUPPORTED: &str = "0.1 and 0.2";

/// A version of the contract that this host runs.
///
/// While the major version is 0, each minor version is a separate contract. A patch version only adds to what the host
/// provides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Abi {
    V0_1,
    V0_2,
}

impl Abi {
    /// Returns the contract of a version, if this host runs it.
    pub(super) fn of(version: &semver::Version) -> Option<Self> {
        match (version.major, version.minor, version.pre.is_empty()) {
            (0, 1, true) => Some(Self::V0_1),
            (0, 2, true) => Some(Self::V0_2),
            _ => None,
        }
    }

    /// Looks up the exported functions of a linked module; `exported` says of which interfaces.
    pub(super) fn link(
        self,
        linked: InstancePre<StoreData>,
        exported: Exported,
    ) -> wasmtime::Result<Box<dyn Linked>> {
        Ok(match self {
            Self::V0_1 => Box::new(v0_1::Pre::new(linked, exported)?),
            Self::V0_2 => Box::new(v0_2::Pre::new(linked, exported)?),
        })
    }
}

/// Grants modules of all versions what they may call.
pub(super) fn grant(linker: &mut Linker<StoreData>) -> wasmtime::Result<()> {
    imports::grant::<v0_1::Level>(linker, v0_1::HOST_INTERFACE)?;
    imports::grant::<v0_2::Level>(linker, v0_2::HOST_INTERFACE)
}
