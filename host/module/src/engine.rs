//! The one wasmtime engine of a host: its settings, and what modules may import.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use wasmtime::Engine;
use wasmtime::component::Linker;

use super::abi;
use super::cache::CompileCache;
use super::limits::ModuleLimits;
use super::settings::settings;
use super::store_data::StoreData;
use foldline_base::error::{ErrorKind, Result, ResultExt};

/// Compiles, checks and instantiates modules. Cheap to clone.
#[derive(Clone)]
pub struct ModuleEngine {
    inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) engine: Engine,
    pub(super) linker: Linker<StoreData>,
    pub(super) limits: ModuleLimits,
    pub(super) cache: Option<CompileCache>,
    /// Set when the host stops: nothing is compiled any more.
    pub(super) stopping: AtomicBool,
}

impl ModuleEngine {
    /// Returns an engine. Compiled modules are kept in `cache_dir`, which is created if it is missing.
    ///
    /// # Errors
    /// `Internal` when this machine cannot run wasm code, `Config` when the folder cannot be used.
    pub fn new(limits: ModuleLimits, cache_dir: Option<PathBuf>) -> Result<Self> {
        let engine =
            Engine::new(&settings()).kind(ErrorKind::Internal, "this machine cannot run WebAssembly")?;
        let mut linker = Linker::new(&engine);
        abi::grant(&mut linker).kind(ErrorKind::Internal, "the functions that modules may call")?;
        let cache = cache_dir.map(|dir| CompileCache::open(dir, &engine)).transpose()?;
        Ok(Self {
            inner: Arc::new(Inner { engine, linker, limits, cache, stopping: AtomicBool::new(false) }),
        })
    }

    /// Ends all compilations in separate processes, present and future ones, because the host stops.
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
