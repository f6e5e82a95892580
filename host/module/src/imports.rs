//! The two functions a module may call: `log`, and `fail` for the panic hook's text.
//!
//! Both are charged in the guest's own fuel, a unit per byte: otherwise a loop of long texts would cost the host minutes
//! for a fuel that seems small.

use wasmtime::component::Linker;
use wasmtime::{StoreContextMut, Trap};

use super::abi::v0_1::{HOST_INTERFACE, Level};
use super::fault::bounded;
use super::limits::Limiter;

/// Lines that one call may log; the rest is dropped, and said once.
const LOG_LINES_MAX: u32 = 16;

/// Fuel of crossing into the host and back, on top of the bytes.
const HOST_CALL_FUEL: u64 = 1_000;

/// What the host keeps with an instance.
pub(super) struct StoreData {
    pub(super) limiter: Limiter,
    /// What the guest said through `fail` in this call.
    pub(super) last_words: Option<String>,
    /// How many lines this call has logged.
    log_lines: u32,
    /// NAME@VERSION, for the log.
    module: String,
}

impl StoreData {
    pub(super) fn new(module: String, limiter: Limiter) -> Self {
        Self { limiter, last_words: None, log_lines: 0, module }
    }

    /// Forgets what was said, before the next call.
    pub(super) fn begin_call(&mut self) {
        self.last_words = None;
        self.log_lines = 0;
    }

    fn log(&mut self, level: Level, text: &str) {
        let module = self.module.as_str();
        self.log_lines = self.log_lines.saturating_add(1);
        if self.log_lines > LOG_LINES_MAX {
            if self.log_lines == LOG_LINES_MAX + 1 {
                tracing::warn!(
                    module,
                    "more than {LOG_LINES_MAX} log lines in one call, the rest is dropped"
                );
            }
            return;
        }
        // One line per text and nothing that drives a terminal: the log belongs to the operator.
        let text = bounded(text).escape_debug().to_string();
        match level {
            Level::Debug => tracing::debug!(module, "{text}"),
            Level::Info => tracing::info!(module, "{text}"),
            Level::Warn => tracing::warn!(module, "{text}"),
            Level::Error => tracing::error!(module, "{text}"),
        }
    }
}

/// Grants `log` and `fail`, nothing else.
pub(super) fn grant(linker: &mut Linker<StoreData>) -> wasmtime::Result<()> {
    let mut host = linker.instance(HOST_INTERFACE)?;
    host.func_wrap("log", |mut store: StoreContextMut<'_, StoreData>, (level, text): (Level, String)| {
        charge(&mut store, &text)?;
        store.data_mut().log(level, &text);
        Ok(())
    })?;
    host.func_wrap("fail", |mut store: StoreContextMut<'_, StoreData>, (text,): (String,)| {
        charge(&mut store, &text)?;
        store.data_mut().last_words = Some(bounded(&text));
        Ok(())
    })?;
    Ok(())
}

fn charge(store: &mut StoreContextMut<'_, StoreData>, text: &str) -> wasmtime::Result<()> {
    let cost = HOST_CALL_FUEL + text.len() as u64;
    let left = store.get_fuel()?.checked_sub(cost).ok_or(Trap::OutOfFuel)?;
    store.set_fuel(left)
}
