//! Limits of modules: the size of the file, and memory, fuel and output of a running instance.

use std::fmt;

use wasmtime::ResourceLimiter;

use foldline_config::Limits;

/// Maximum number of elements of all tables of an instance together: 8 MiB. A large Rust guest has some thousands.
const TABLE_ELEMENTS_MAX: usize = 1 << 20;

/// Maximum number each of core instances, memories and tables of a component: the guest, two shims of wit-component, and some
/// room.
const PARTS_MAX: usize = 16;

/// The limits of modules. The configuration holds the defaults and their reasons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleLimits {
    /// Maximum size of a module file, in bytes.
    pub file_bytes_max: usize,
    /// Maximum linear memory of an instance, in bytes.
    pub memory_max: usize,
    /// Fuel of a call: about one per instruction and one per byte of a bulk copy.
    pub fuel: u64,
    /// Maximum size of an answer, in bytes as lifted into the host.
    pub output_max: usize,
}

impl From<&Limits> for ModuleLimits {
    fn from(limits: &Limits) -> Self {
        Self {
            file_bytes_max: limits.module_bytes_max,
            memory_max: limits.module_memory_max,
            fuel: limits.module_fuel,
            output_max: limits.module_output_max,
        }
    }
}

/// Why an instance could not grow.
#[derive(Debug)]
pub(super) enum LimitExceeded {
    /// It asked for more linear memory than it may have.
    Memory { desired: usize, limit: usize },
    /// It asked for more table elements than it may have.
    Table { desired: usize },
    /// It is within its limits, but the host has no memory.
    Host(String),
}

impl fmt::Display for LimitExceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory { desired, limit } => {
                write!(f, "the module asked for {desired} bytes of memory, more than its limit of {limit}")
            }
            Self::Table { desired } => {
                write!(
                    f,
                    "the module asked for {desired} table elements, more than its limit of {TABLE_ELEMENTS_MAX}"
                )
            }
            Self::Host(error) => write!(f, "the host has no room for the module's memory: {error}"),
        }
    }
}

impl std::error::Error for LimitExceeded {}

/// Limits the size of all memories and tables of one instance.
///
/// Growth beyond the limit traps instead of returning −1: a guest's allocator could only turn −1 into an `unreachable` that
/// does not tell the reason.
pub(super) struct Limiter {
    memory_max: usize,
    memory: usize,
    table_elements: usize,
}

impl Limiter {
    pub(super) fn new(limits: &ModuleLimits) -> Self {
        Self { memory_max: limits.memory_max, memory: 0, table_elements: 0 }
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if maximum.is_some_and(|maximum| desired > maximum) {
            // Growth beyond the module's own maximum returns −1, as the standard says.
            return Ok(false);
        }
        let total = self.memory.saturating_add(desired.saturating_sub(current));
        if total > self.memory_max {
            return Err(LimitExceeded::Memory { desired: total, limit: self.memory_max }.into());
        }
        self.memory = total;
        Ok(true)
    }

    fn memory_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        // Never −1: what a guest computes must not depend on this host's memory.
        Err(LimitExceeded::Host(format!("{error:#}")).into())
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        let total = self.table_elements.saturating_add(desired.saturating_sub(current));
        if total > TABLE_ELEMENTS_MAX {
            return Err(LimitExceeded::Table { desired: total }.into());
        }
        self.table_elements = total;
        Ok(true)
    }

    fn table_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        Err(LimitExceeded::Host(format!("{error:#}")).into())
    }

    fn instances(&self) -> usize {
        PARTS_MAX
    }

    fn tables(&self) -> usize {
        PARTS_MAX
    }

    fn memories(&self) -> usize {
        PARTS_MAX
    }
}
