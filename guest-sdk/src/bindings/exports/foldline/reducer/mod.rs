// Generated from wit/reducer-0.2.0 by `cargo xtask bindings`. Do not edit.

/// Optional: messages for other systems, stateless.
#[allow(dead_code, async_fn_in_trait, unused_imports, clippy::all)]
pub mod relay;
/// Every module exports this.
#[allow(dead_code, async_fn_in_trait, unused_imports, clippy::all)]
pub mod manifest;
#[allow(dead_code, async_fn_in_trait, unused_imports, clippy::all)]
pub mod reduce;
