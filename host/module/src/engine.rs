//! The one wasmtime engine of a host: its settings, and what modules may import.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use wasmtime::component::Linker;
use wasmtime::{Config, Engine};

use super::cache::CompileCache;
use super::imports::{self, StoreData};
use super::limits::ModuleLimits;
use foldline_base::error::{ErrorKind, Result, ResultExt};

/// Native stack of a call. Well under the 2 MiB of a thread, since calls run on the caller's.
const STACK_BYTES: usize = 512 << 10;

/// Compiles, checks and instantiates modules; cheap to clone.
#[derive(Clone)]
pub struct ModuleEngine {
    inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) engine: Engine,
    pub(super) linker: Linker<StoreData>,
    pub(super) limits: ModuleLimits,
    pub(super) cache: Option<CompileCache>,
    /// Nothing is compiled any more.
    pub(super) stopping: AtomicBool,
}

impl ModuleEngine {
    /// Returns an engine; compiled modules are kept in `cache_dir`, which is created when it is missing.
    ///
    /// # Errors
    /// `Internal` when this machine cannot run wasm code, `Config` when the folder cannot be used.
    pub fn new(limits: ModuleLimits, cache_dir: Option<PathBuf>) -> Result<Self> {
        let engine =
            Engine::new(&settings()).kind(ErrorKind::Internal, "this machine cannot run WebAssembly")?;
        let mut linker = Linker::new(&engine);
        imports::grant(&mut linker).kind(ErrorKind::Internal, "the functions that modules may call")?;
        let cache = cache_dir.map(|dir| CompileCache::open(dir, &engine)).transpose()?;
        Ok(Self {
            inner: Arc::new(Inner { engine, linker, limits, cache, stopping: AtomicBool::new(false) }),
        })
    }

    /// Ends what is compiled aside, now and from now on: the host stops.
    pub fn stop_compiling(&self) {
        self.inner.stopping.store(true, Ordering::Release);
    }

    pub(super) fn inner(&self) -> &Inner {
        &self.inner
    }

    /// Returns what a module may use.
    pub fn limits(&self) -> &ModuleLimits {
        &self.inner.limits
    }
}

/// Every setting that decides what a module computes or may use is named here, also where it is the default today.
pub(super) fn settings() -> Config {
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        .concurrency_support(false)
        // The same result on every machine, whatever its floating point unit does with NaNs.
        .cranelift_nan_canonicalization(true)
        .wasm_relaxed_simd(false)
        .relaxed_simd_deterministic(true)
        // 64-bit memories would need bounds checks in place of guard pages.
        .wasm_memory64(false)
        .wasm_gc(false)
        .wasm_stack_switching(false)
        .wasm_shared_everything_threads(false)
        .wasm_custom_page_sizes(false)
        .wasm_wide_arithmetic(false)
        // Fuel, not epochs: what decides over an event must not depend on the clock.
        .consume_fuel(true)
        .max_wasm_stack(STACK_BYTES)
        // Guests are stripped, so that frames would have no names; the panic's text comes through `fail`.
        .wasm_backtrace_max_frames(None)
        .generate_address_map(false)
        .parallel_compilation(true)
        // An instance lives as long as its worker, so the 8 µs that a pool would save per instance are not worth
        // reserving address space for a bounded number of them.
        .allocation_strategy(wasmtime::InstanceAllocationStrategy::OnDemand);
    config
}
