//! From wasm to machine code: out of the cache, or by the compiler, on the caller's thread and all cores.
//!
//! How long it takes and how much memory is bounded by what [`inspect`](super::inspect) let through.

use wasmtime::component::Component;

use super::digest::Digest;
use super::engine::Inner;

/// Returns the compiled module.
pub(super) fn compile(host: &Inner, digest: &Digest, wasm: &[u8]) -> wasmtime::Result<Component> {
    if let Some(component) = host.cache.as_ref().and_then(|cache| cache.load(&host.engine, digest)) {
        return Ok(component);
    }
    let component = Component::from_binary(&host.engine, wasm)?;
    if let Some(cache) = &host.cache {
        cache.store(&component, digest);
    }
    Ok(component)
}
