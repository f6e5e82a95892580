//! From wasm to machine code: from the cache, or by the compiler, if possible in a separate process.

use wasmtime::component::Component;

use super::aside;
use super::digest::Digest;
use super::engine::Inner;
use super::fault::is_hosts;
use foldline_base::error::{Error, ErrorKind, Result};

/// Returns the compiled module.
///
/// # Errors
/// `Module` when it does not compile; `Unavailable` when the host stops, or lacks memory or threads; `Internal` when the
/// compiler fails.
pub(super) fn compile(host: &Inner, digest: &Digest, wasm: &[u8]) -> Result<Component> {
    if let Some(component) = host.cache.as_ref().and_then(|cache| cache.load(&host.engine, digest)) {
        return Ok(component);
    }
    let component = match aside::is_on() {
        true => compile_aside(host, wasm)?,
        false => Component::from_binary(&host.engine, wasm).map_err(|error| failure(&error))?,
    };
    if let Some(cache) = &host.cache {
        cache.store(&component, digest);
    }
    Ok(component)
}

fn compile_aside(host: &Inner, wasm: &[u8]) -> Result<Component> {
    let code = aside::precompile(wasm, &host.stopping).map_err(|error| match error.kind() {
        ErrorKind::Module => explained(error),
        _ => error,
    })?;
    super::cache::load_code(&host.engine, &code).map_err(|error| failure(&error))
}

fn failure(error: &wasmtime::Error) -> Error {
    if is_hosts(error) {
        return aside::no_room(format_args!("{error:#}"));
    }
    explained(Error::new(ErrorKind::Module, format_args!("{error:#}")))
}

fn explained(error: Error) -> Error {
    if error.message().starts_with("takes more than") {
        return error.with_hint(
            "build it with `foldline build`, and leave out dependencies that a reducer does not need",
        );
    }
    error
        .context("is not a valid component")
        .with_hint("build it again with `foldline build`; threads, 64-bit memories and GC are switched off")
}
