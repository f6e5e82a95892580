//! A running module: columns go in and come out, and every kind of misbehavior is a [`Fault`].

use std::sync::Arc;

use foldline_core::contribution::{EventBatch, ResultRows};
use foldline_core::description::Description;
use wasmtime::Store;

use super::abi::v0_1;
use super::answers::{Extracted, Projected, Relayed};
use super::fault::{Fault, FaultKind, is_hosts};
use super::limits::{Limiter, ModuleLimits};
use super::store_data::StoreData;

/// One instance of a module, in its own wasmtime store. It takes one call at a time, from any thread.
///
/// After any fault but [`FaultKind::Refused`] its memory is undefined, and it accepts no more calls.
pub struct Instance {
    store: Store<StoreData>,
    bindings: v0_1::Bindings,
    description: Arc<Description>,
    limits: ModuleLimits,
    dead: bool,
}

/// Maximum bytes of the answer of `describe`: more than enough for a thousand fields.
const DESCRIPTION_BYTES_MAX: usize = 1 << 20;

impl Instance {
    pub(super) fn new(
        module: String,
        pre: &v0_1::Pre,
        description: Arc<Description>,
        limits: ModuleLimits,
    ) -> Result<Self, Fault> {
        let (store, bindings) = start(module, pre, &limits)?;
        Ok(Self { store, bindings, description, limits, dead: false })
    }

    /// Turns a batch of events into contributions.
    ///
    /// # Errors
    /// A fault of the whole batch; single bad records are in the answer.
    pub fn extract(&mut self, batch: &EventBatch) -> Result<Extracted, Fault> {
        let answer = self.call(|bindings, store| bindings.extract(store, batch))?;
        let lifted = v0_1::extracted(answer, batch.rows(), &self.description);
        self.checked(lifted)
    }

    /// Turns a batch of events into messages for other systems.
    ///
    /// # Errors
    /// A fault of the whole batch; single bad records are in the answer.
    pub fn relay(&mut self, batch: &EventBatch) -> Result<Relayed, Fault> {
        let answer = self.call(|bindings, store| bindings.relay(store, batch))?;
        let lifted = v0_1::relayed(answer, batch.rows(), self.description.relay_topics.len());
        self.checked(lifted)
    }

    /// Turns rows of results into documents and memberships.
    ///
    /// # Errors
    /// A fault of all these rows.
    pub fn project(&mut self, rows: &ResultRows) -> Result<Projected, Fault> {
        let answer = self.call(|bindings, store| bindings.project(store, rows))?;
        let lifted = v0_1::projected(answer, rows.rows());
        self.checked(lifted)
    }

    /// Makes one call with a fresh budget. The answer is wrapped in two results: the outer one is that of the call, the inner
    /// one the guest's own.
    fn call<T>(
        &mut self,
        call: impl FnOnce(&v0_1::Bindings, &mut Store<StoreData>) -> wasmtime::Result<Result<T, String>>,
    ) -> Result<T, Fault> {
        if self.dead {
            return Err(Fault::new(
                FaultKind::Trap,
                "the instance met a fault before and cannot be called again",
            ));
        }
        let called = begin_call(&mut self.store, self.limits.fuel)
            .and_then(|()| call(&self.bindings, &mut self.store));
        match called {
            Ok(answer) => answer.map_err(|reason| Fault::refused(&reason)),
            Err(error) => {
                self.dead = true;
                Err(fault(&error, &self.store, &self.limits))
            }
        }
    }

    fn checked<T>(&mut self, lifted: Result<T, String>) -> Result<T, Fault> {
        lifted.map_err(|what| {
            self.dead = true;
            Fault::bad_output(what)
        })
    }
}

/// Asks a fresh instance for its description. The answer is not checked yet.
pub(super) fn describe(module: String, pre: &v0_1::Pre, limits: &ModuleLimits) -> Result<Description, Fault> {
    let (mut store, bindings) = start(module, pre, limits)?;
    store.set_hostcall_fuel(DESCRIPTION_BYTES_MAX.min(limits.output_max));
    let limits = &ModuleLimits { output_max: DESCRIPTION_BYTES_MAX.min(limits.output_max), ..limits.clone() };
    begin_call(&mut store, limits.fuel)
        .and_then(|()| bindings.describe(&mut store))
        .map_err(|error| fault(&error, &store, limits))
}

fn start(
    module: String,
    pre: &v0_1::Pre,
    limits: &ModuleLimits,
) -> Result<(Store<StoreData>, v0_1::Bindings), Fault> {
    let mut store = Store::new(pre.engine(), StoreData::new(module, Limiter::new(limits)));
    store.limiter(|data| &mut data.limiter);
    store.set_hostcall_fuel(limits.output_max);
    // Start functions run here, so they get a budget like any call.
    let started = begin_call(&mut store, limits.fuel).and_then(|()| pre.instantiate(&mut store));
    match started {
        Ok(bindings) => Ok((store, bindings)),
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
