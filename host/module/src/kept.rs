//! An instance that is kept from call to call until it fails.

use super::fault::{Fault, FaultKind};
use super::instance::Instance;
use super::validate::ValidatedModule;
use foldline_base::error::{Error, ErrorKind, Result};

/// A module with at most one instance: the first call makes it, a fault ends it, and the next call makes another one.
pub struct KeptInstance {
    module: ValidatedModule,
    instance: Option<Instance>,
}

impl KeptInstance {
    /// Returns a module without an instance yet.
    pub fn new(module: ValidatedModule) -> Self {
        Self { module, instance: None }
    }

    /// Returns the module.
    pub fn module(&self) -> &ValidatedModule {
        &self.module
    }

    /// Returns whether the next call is the first of its instance, so that earlier calls cannot have caused its fault.
    pub fn is_fresh(&self) -> bool {
        self.instance.is_none()
    }

    /// Makes one call in an instance that has not failed; returns its result or the module's fault.
    ///
    /// # Errors
    /// `Internal` when the host cannot make an instance of an accepted module, or lacks memory itself. This is no verdict
    /// about the records of the call.
    pub fn call<T>(
        &mut self,
        call: impl FnOnce(&mut Instance) -> Result<T, Fault>,
    ) -> Result<Result<T, Fault>> {
        let mut instance = match self.instance.take() {
            Some(instance) => instance,
            None => self.module.instantiate().map_err(|fault| {
                let digest = self.module.digest();
                Error::new(
                    ErrorKind::Internal,
                    format!("module {digest} cannot be instantiated any more: {fault}"),
                )
            })?,
        };
        match call(&mut instance) {
            Ok(answer) => {
                self.instance = Some(instance);
                Ok(Ok(answer))
            }
            Err(fault) if fault.kind == FaultKind::Host => Err(Error::new(ErrorKind::Internal, fault)),
            Err(fault) => Ok(Err(fault)),
        }
    }
}
