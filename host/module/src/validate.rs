//! Checks whether a file is a module that this host runs: the only way to get a [`ValidatedModule`].

use std::sync::Arc;

use foldline_core::column::Column;
use foldline_core::contribution::EventBatch;
use foldline_core::description::{Description, Parameter, Scalar};
use foldline_core::parameters::{GivenValues, Values};

use super::abi::Linked;
use super::compile::compile;
use super::described;
use super::digest::Digest;
use super::engine::ModuleEngine;
use super::exported::Exported;
use super::fault::Fault;
use super::inspect::inspect;
use super::instance::{self, Described, Instance};
use super::limits::ModuleLimits;
use super::parameters;
use super::refusal::{refusal, trial};
use foldline_base::code::Code;
use foldline_base::error::Result;

/// A module that was compiled, has a valid description, and answered an empty batch. Cheap to clone.
#[derive(Clone)]
pub struct ValidatedModule {
    inner: Arc<Inner>,
}

struct Inner {
    /// Of the file.
    digest: Digest,
    /// Of the file and the values.
    build: Digest,
    parameters: Vec<Parameter>,
    /// The values that differ from the fallbacks.
    values: Values,
    /// A value for each parameter.
    all_values: Vec<Scalar>,
    description: Arc<Description>,
    exported: Exported,
    linked: Arc<dyn Linked>,
    limits: ModuleLimits,
}

impl ModuleEngine {
    /// Checks and compiles a module; all its parameters have their fallbacks. This may take seconds for a large one.
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
        let linked: Arc<dyn Linked> = Arc::from(linked);
        let described = instance::describe(unnamed, &*linked, &host.limits, &GivenValues::new())?;
        described::check(&described.description, exported)?;
        if let Some(file_name) = file_name {
            check_file_name(file_name, &described.description)?;
        }
        let module = ValidatedModule::of(digest, described, exported, linked, host.limits.clone());
        module.try_empty_batches()?;
        Ok(module)
    }
}

impl ValidatedModule {
    fn of(
        digest: Digest,
        described: Described,
        exported: Exported,
        linked: Arc<dyn Linked>,
        limits: ModuleLimits,
    ) -> Self {
        let Described { parameters, settled, description } = described;
        Self {
            inner: Arc::new(Inner {
                digest,
                build: digest.of_build(&settled.values),
                parameters,
                values: settled.values,
                all_values: settled.all,
                description: Arc::new(description),
                exported,
                linked,
                limits,
            }),
        }
    }

    /// Returns the module with these values of its parameters, and the fallbacks of all others. It is described again, and
    /// tried again, since everything about it but its name and its version may depend on them. This takes some microseconds.
    ///
    /// # Errors
    /// `Module` with [`Code::WrongParameters`] for a name that is no parameter, a value of the wrong type, and values that the
    /// module refuses, each with its place; otherwise as [`ModuleEngine::validate`].
    pub fn configured(&self, given: &GivenValues) -> Result<Self> {
        let Description { name, version, .. } = self.description().as_ref();
        let label = format!("{name}@{version}");
        self.configure(label.clone(), given).map_err(|error| error.context(format_args!("module `{label}`")))
    }

    fn configure(&self, label: String, given: &GivenValues) -> Result<Self> {
        let Inner { digest, exported, linked, limits, .. } = &*self.inner;
        let described = instance::describe(label, &**linked, limits, given)?;
        let (before, now) = (self.description(), &described.description);
        if (&now.name, &now.version) != (&before.name, &before.version) {
            return Err(parameters::refusal(format!(
                "describes itself as {} {} with `{}`",
                now.name, now.version, described.settled.values
            )));
        }
        described::check(now, *exported)?;
        let module = Self::of(*digest, described, *exported, Arc::clone(linked), limits.clone());
        module.try_empty_batches()?;
        Ok(module)
    }

    /// Returns the identity of what runs: of the module and the values of its parameters. If all of them are the fallbacks, it
    /// is the module's digest.
    pub fn build(&self) -> &Digest {
        &self.inner.build
    }

    /// Returns the digest of the module's bytes, whatever its parameters.
    pub fn digest(&self) -> &Digest {
        &self.inner.digest
    }

    /// Returns what operators may set.
    pub fn parameters(&self) -> &[Parameter] {
        &self.inner.parameters
    }

    /// Returns the values that differ from the fallbacks.
    pub fn values(&self) -> &Values {
        &self.inner.values
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
        let Inner { description, linked, all_values, limits, .. } = &*self.inner;
        let (label, description) = (format!("{name}@{version}"), Arc::clone(description));
        Instance::new(label, &**linked, all_values, description, limits.clone())
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
