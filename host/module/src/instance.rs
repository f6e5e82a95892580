//! A running module: columns go in and come out, and every kind of misbehavior is a [`Fault`].

use std::sync::Arc;

use foldline_core::contribution::EventBatch;
use foldline_core::description::{Description, Parameter, Scalar};
use foldline_core::parameters::GivenValues;
use foldline_core::results::ResultRows;
use wasmtime::Store;

use super::abi::{Answer, Exports, Linked, Objection};
use super::answers::{Extracted, Projected, Relayed};
use super::fault::{Fault, FaultKind, bounded, is_hosts};
use super::limits::{Limiter, ModuleLimits};
use super::parameters::{self, Settled};
use super::refusal::trial;
use super::store_data::StoreData;

/// One instance of a module, in its own wasmtime store. It takes one call at a time, from any thread.
///
/// After any fault but [`FaultKind::Refused`] its memory is undefined, and it accepts no more calls.
pub struct Instance {
    store: Store<StoreData>,
    exports: Box<dyn Exports>,
    description: Arc<Description>,
    limits: ModuleLimits,
    dead: bool,
}

/// Maximum bytes of the answer of `describe`: more than enough for a thousand fields.
const DESCRIPTION_BYTES_MAX: usize = 1 << 20;

impl Instance {
    pub(super) fn new(
        module: String,
        linked: &dyn Linked,
        values: &[Scalar],
        description: Arc<Description>,
        limits: ModuleLimits,
    ) -> Result<Self, Fault> {
        let (store, exports) = start(module, linked, &limits)?;
        let mut instance = Self { store, exports, description, limits, dead: false };
        instance.call(|exports, store, _| exports.configure(store, values))?;
        Ok(instance)
    }

    /// Turns a batch of events into contributions.
    ///
    /// # Errors
    /// A fault of the whole batch; single bad records are in the answer.
    pub fn extract(&mut self, batch: &EventBatch) -> Result<Extracted, Fault> {
        self.call(|exports, store, description| exports.extract(store, batch, description))
    }

    /// Turns a batch of events into messages for other systems.
    ///
    /// # Errors
    /// A fault of the whole batch; single bad records are in the answer.
    pub fn relay(&mut self, batch: &EventBatch) -> Result<Relayed, Fault> {
        self.call(|exports, store, description| exports.relay(store, batch, description))
    }

    /// Turns rows of results into documents and memberships.
    ///
    /// # Errors
    /// A fault of all these rows.
    pub fn project(&mut self, rows: &ResultRows) -> Result<Projected, Fault> {
        self.call(|exports, store, _| exports.project(store, rows))
    }

    /// Makes one call with a fresh budget.
    fn call<T>(
        &mut self,
        call: impl FnOnce(&dyn Exports, &mut Store<StoreData>, &Description) -> Answer<T>,
    ) -> Result<T, Fault> {
        if self.dead {
            return Err(Fault::new(
                FaultKind::Trap,
                "the instance met a fault before and cannot be called again",
            ));
        }
        let called = begin_call(&mut self.store, self.limits.fuel)
            .and_then(|()| call(&*self.exports, &mut self.store, &self.description));
        match called {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(Objection::Refused(reason))) => Err(Fault::refused(&reason)),
            Ok(Err(Objection::Broken(what))) => {
                self.dead = true;
                Err(Fault::bad_output(what))
            }
            Ok(Err(Objection::TooLong)) => {
                self.dead = true;
                Err(Fault::too_long(&self.limits))
            }
            Err(error) => {
                self.dead = true;
                Err(fault(&error, &self.store, &self.limits))
            }
        }
    }
}

/// What a fresh instance says about the module.
pub(super) struct Described {
    pub(super) parameters: Vec<Parameter>,
    /// The values that it was configured with.
    pub(super) settled: Settled,
    /// As it answered; nothing of it is checked yet.
    pub(super) description: Description,
}

/// Configures a fresh instance with these values, and asks what the module is.
///
/// # Errors
/// Names what the module declares and this host does not know, which values do not fit, or the fault of the module.
pub(super) fn describe(
    module: String,
    linked: &dyn Linked,
    limits: &ModuleLimits,
    given: &GivenValues,
) -> foldline_base::error::Result<Described> {
    let limits = &ModuleLimits { output_max: DESCRIPTION_BYTES_MAX.min(limits.output_max), ..limits.clone() };
    let (mut store, exports) = start(module, linked, limits).map_err(|fault| trial("start", fault))?;
    let parameters = begin_call(&mut store, limits.fuel).and_then(|()| exports.parameters(&mut store));
    let parameters = parameters.map_err(|error| trial("parameters", fault(&error, &store, limits)))?;
    parameters::check(&parameters)?;
    let settled = parameters::settle(&parameters, given)?;
    let configured =
        begin_call(&mut store, limits.fuel).and_then(|()| exports.configure(&mut store, &settled.all));
    match configured {
        Ok(Ok(())) => {}
        Ok(Err(Objection::Refused(reason))) if !settled.values.is_empty() => {
            return Err(parameters::refused(&settled.values, given, bounded(&reason)));
        }
        Ok(Err(Objection::Refused(reason) | Objection::Broken(reason))) => {
            return Err(trial("configure", Fault::refused(&reason)));
        }
        Ok(Err(Objection::TooLong)) => return Err(trial("configure", Fault::too_long(limits))),
        Err(error) => return Err(trial("configure", fault(&error, &store, limits))),
    }
    let described = begin_call(&mut store, limits.fuel).and_then(|()| exports.describe(&mut store));
    let description = described.map_err(|error| trial("describe", fault(&error, &store, limits)))??;
    Ok(Described { parameters, settled, description })
}

fn start(
    module: String,
    linked: &dyn Linked,
    limits: &ModuleLimits,
) -> Result<(Store<StoreData>, Box<dyn Exports>), Fault> {
    let mut store = Store::new(linked.engine(), StoreData::new(module, Limiter::new(limits)));
    store.limiter(|data| &mut data.limiter);
    store.set_hostcall_fuel(limits.output_max);
    // Start functions run inside: they get a budget like any call.
    let started = begin_call(&mut store, limits.fuel).and_then(|()| linked.instantiate(&mut store));
    match started {
        Ok(exports) => Ok((store, exports)),
        Err(error) if is_hosts(&error) => Err(Fault::of_host(&error)),
        Err(error) => Err(fault(&error, &store, limits)),
    }
}

fn begin_call(store: &mut Store<StoreData>, fuel: u64) -> wasmtime::Result<()> {
    store.data_mut().begin_call();
    store.set_fuel(fuel)
}

fn fault(error: &wasmtime::Error, store: &Store<StoreData>, limits: &ModuleLimits) -> Fault {
    Fault::of_call(error, store.data().last_words.as_deref(), limits)
}
