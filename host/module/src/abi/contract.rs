//! What every version of the contract offers, in the host's own types.

use foldline_core::contribution::EventBatch;
use foldline_core::description::{Description, Parameter, Scalar};
use foldline_core::results::ResultRows;
use wasmtime::{Engine, Store};

use crate::answers::{Extracted, Projected, Relayed};
use crate::store_data::StoreData;
use foldline_base::error::Result;

/// A linked module, ready to be instantiated.
pub(crate) trait Linked: Send + Sync {
    /// Returns the engine that compiled it.
    fn engine(&self) -> &Engine;

    /// Makes an instance.
    fn instantiate(&self, store: &mut Store<StoreData>) -> wasmtime::Result<Box<dyn Exports>>;
}

/// The exported functions of one instance.
pub(crate) trait Exports: Send {
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
pub(crate) type Answer<T> = wasmtime::Result<std::result::Result<T, Objection>>;

/// Why there is no answer although the call returned.
pub(crate) enum Objection {
    /// The module says so.
    Refused(String),
    /// What the module answered breaks the contract.
    Broken(String),
    /// What the module named by reference, and what it sent, are more than it may send.
    TooLong,
}

impl Objection {
    /// Says of what an answer is broken.
    pub(super) fn named(self, name: impl FnOnce(String) -> String) -> Self {
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
