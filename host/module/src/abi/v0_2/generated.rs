//! The generated bindings of contract 0.2.

#![allow(
    unsafe_code,
    missing_docs,
    elided_lifetimes_in_paths,
    unused,
    reason = "wasmtime's own generated code"
)]

wasmtime::component::bindgen!({
    path: "../../wit/reducer-0.2.0",
    // The world with everything that this host calls; a module exports the whole of it, or of its parts.
    world: "reducer-with-relay",
    // The batch's columns are shared by all reducers of a topic: nothing may be cloned for a call.
    ownership: Borrowing { duplicate_if_necessary: true },
});
