//! Modules: compiled, checked, run. The only place that knows wasmtime.
