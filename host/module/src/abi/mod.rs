//! One module per version of the contract, each of which lifts it into the host's own types (`foldline_core`).
//!
//! The version is in the custom section `foldline:abi` at a component's top level, and is read before anything is compiled. A
//! released folder under `wit/` and its file here are never edited: a new version is a new pair.

mod lift;
mod v0_1;
mod v0_2;

use foldline_core::contribution::{EventBatch, ResultRows};
use foldline_core::description::{Description, Parameter, Scalar};
use wasmtime::component::{InstancePre, Linker};
use wasmtime::{Engine, Store};

use super::answers::{Extracted, Projected, Relayed};
use super::exported::Exported;
use super::imports;
use super::store_data::StoreData;
use foldline_base::error::Result;

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

/// A linked module, ready to be instantiated.
pub(super) trait Linked: Send + Sync {
    /// Returns the engine that compiled it.
    fn engine(&self) -> &Engine;

    /// Makes an instance.
    fn instantiate(&self, store: &mut Store<StoreData>) -> wasmtime::Result<Box<dyn Exports>>;
}

/// The exported functions of one instance.
pub(super) trait Exports: Send {
    /// Returns what operators may set.
    fn parameters(&self, _store: &mut Store<StoreData>) -> wasmtime::Result<Vec<Parameter>> {
        Ok(Vec::new())
    }

    /// Sets a value for each parameter, in their order.
    fn configure(&self, _store: &mut Store<StoreData>, _values: &[Scalar]) -> Answer<()> {
        Ok(Ok(()))
    }

    /// Returns what the module says about itself, or which part of it this host does not know.
    fn describe(&self, store: &mut Store<StoreData>) -> wasmtime::Result<Result<Description>>;

    /// Returns what the events of a batch add.
    fn extract(
        &self,
        store: &mut Store<StoreData>,
        batch: &EventBatch,
        description: &Description,
    ) -> Answer<Extracted>;

    /// Returns the messages that the events of a batch cause.
    fn relay(
        &self,
        store: &mut Store<StoreData>,
        batch: &EventBatch,
        description: &Description,
    ) -> Answer<Relayed>;

    /// Returns the documents and the memberships of rows.
    fn project(&self, store: &mut Store<StoreData>, rows: &ResultRows) -> Answer<Projected>;
}

/// What becomes of a call: a trap, an objection, or an answer.
pub(super) type Answer<T> = wasmtime::Result<std::result::Result<T, Objection>>;

/// Why there is no answer although the call returned.
pub(super) enum Objection {
    /// The module says so.
    Refused(String),
    /// What the module answered breaks the contract.
    Broken(String),
    /// What the module named by reference, and what it sent, are more than it may send.
    TooLong,
}

impl Objection {
    /// Says of what an answer is broken.
    fn named(self, name: impl FnOnce(String) -> String) -> Self {
        match self {
            Self::Broken(what) => Self::Broken(name(what)),
            other => other,
        }
    }
}

impl From<String> for Objection {
    fn from(what: String) -> Self {
        Self::Broken(what)
    }
}
