//! Checks whether a file is a module that this host runs: the only way to get a [`ValidatedModule`].

use std::sync::Arc;

use foldline_core::column::Column;
use foldline_core::contribution::EventBatch;
use foldline_core::description::{Description, Scalar};

use super::abi::Linked;
use super::compile::compile;
use super::described;
use super::digest::Digest;
use super::engine::ModuleEngine;
use super::fault::Fault;
use super::inspect::inspect;
use super::instance::{self, Instance};
use super::limits::ModuleLimits;
use super::refusal::{refusal, trial};
use foldline_base::code::Code;
use foldline_base::error::Result;

/// A module that was compiled, has a valid description, and answered an empty batch. Cheap to clone.
#[derive(Clone)]
pub struct ValidatedModule {
    inner: Arc<Inner>,
}

struct Inner {
    digest: Digest,
    description: Arc<Description>,
    linked: Box<dyn Linked>,
    values: Vec<Scalar>,
    limits: ModuleLimits,
}

impl ModuleEngine {
    /// Checks and compiles a module. This may take seconds for a large one.
    ///
    /// `file_name` is its name in the modules folder, `NAME@VERSION.wasm`. A name that disagrees with `describe` is rejected.
    ///
    /// # Errors
    /// `Module`, with the cause in the message and the remedy in the hint; `Unavailable` when the host lacks memory or threads
    /// for now; `Internal` when the compiler fails.
    pub fn validate(&self, file_name: Option<&str>, wasm: &[u8]) -> Result<ValidatedModule> {
        self.check(file_name, wasm).map_err(|error| match file_name {
            Some(file_name) => error.context(format_args!("module `{}`", file_name.escape_debug())),
            None => error.context("module"),
        })
    }

    fn check(&self, file_name: Option<&str>, wasm: &[u8]) -> Result<ValidatedModule> {
        let host = self.inner();
        let (abi, exported) = inspect(wasm, &host.limits)?;
        let digest = Digest::of(wasm);
        let component = compile(host, &digest, wasm)?;
        let linked = host.linker.instantiate_pre(&component);
        let linked = linked.and_then(|linked| abi.link(linked, exported)).map_err(|error| {
            refusal(format!("does not fit the contract: {error:#}")).with_hint("build it with foldline-sdk")
        })?;
        let unnamed = file_name.map_or_else(|| digest.to_string(), str::to_owned);
        let (description, values) = instance::describe(unnamed, &*linked, &host.limits)?;
        described::check(&description, exported)?;
        if let Some(file_name) = file_name {
            check_file_name(file_name, &description)?;
        }
        let (description, limits) = (Arc::new(description), host.limits.clone());
        let module =
            ValidatedModule { inner: Arc::new(Inner { digest, description, linked, values, limits }) };
        module.try_empty_batches()?;
        Ok(module)
    }
}

impl ValidatedModule {
    /// Returns the module's identity.
    pub fn digest(&self) -> &Digest {
        &self.inner.digest
    }

    /// Returns the module's description.
    pub fn description(&self) -> &Arc<Description> {
        &self.inner.description
    }

    /// Returns a fresh instance. This takes some microseconds.
    ///
    /// # Errors
    /// A fault of the module's start function, or of the host.
    pub fn instantiate(&self) -> Result<Instance, Fault> {
        let Description { name, version, .. } = self.description().as_ref();
        let Inner { description, linked, values, limits, .. } = &*self.inner;
        Instance::new(format!("{name}@{version}"), &**linked, values, Arc::clone(description), limits.clone())
    }

    /// Finds modules that trap in every call, or whose types differ from the contract, before they get events.
    fn try_empty_batches(&self) -> Result<()> {
        let mut instance = self.instantiate().map_err(|fault| trial("start", fault))?;
        for (i, input) in self.description().inputs.iter().enumerate() {
            let columns =
                input.fields.iter().map(|field| Arc::new(Column::empty(field.ty.column_type()))).collect();
            let batch =
                EventBatch { input: i, partition: 0, offsets: Vec::new(), times_ms: Vec::new(), columns };
            if self.description().reduces() {
                let extracted = instance.extract(&batch).map_err(|fault| trial("extract", fault))?;
                if extracted.contributions.iter().any(|contributions| !contributions.source_rows.is_empty()) {
                    let topic = &input.topic;
                    return Err(refusal(format!("makes contributions out of no events of topic `{topic}`"))
                        .with_hint("contribute only what a record of the batch brings"));
                }
            }
            // Any message is a fault here, since it has no row.
            if self.description().relays() {
                instance.relay(&batch).map_err(|fault| trial("relay", fault))?;
            }
        }
        Ok(())
    }
}

fn check_file_name(file_name: &str, description: &Description) -> Result<()> {
    let Description { name, version, .. } = description;
    let expected = format!("{name}@{version}.wasm");
    if file_name == expected {
        return Ok(());
    }
    Err(refusal(format!("describes itself as {name} {version}"))
        .with_code(Code::WrongName)
        .with_hint(format!("rename the file to `{expected}`; `foldline build` names it so")))
}
