//! The settings of wasmtime.

use wasmtime::Config;

/// Native stack of a call. Well under the 2 MiB of a thread, since calls run on the caller's.
const STACK_BYTES: usize = 512 << 10;

/// Returns wasmtime's settings. Every setting that decides what a module computes or may use is set here, even if it equals
/// today's default.
pub(super) fn settings() -> Config {
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        .concurrency_support(false)
        // The same result on every machine, however its floating point unit treats NaNs.
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
        // Fuel, not epochs: the verdict on an event must not depend on the clock.
        .consume_fuel(true)
        .max_wasm_stack(STACK_BYTES)
        // Guests are stripped, so frames would have no names. A panic's text comes through `fail`.
        .wasm_backtrace_max_frames(None)
        .generate_address_map(false)
        .parallel_compilation(true)
        // An instance lives as long as its worker, so the 8 µs that a pool would save per instance are not worth reserving
        // address space for a fixed number of them.
        .allocation_strategy(wasmtime::InstanceAllocationStrategy::OnDemand);
    config
}
