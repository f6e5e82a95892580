//! The two functions that a module may call: `log`, and `fail` for the panic hook's text.
//!
//! Both cost the guest fuel, one unit per byte. Otherwise a loop of long texts would cost the host minutes for little fuel.

use wasmtime::component::{ComponentType, Lift, Linker};
use wasmtime::{StoreContextMut, Trap};

use super::fault::bounded;
use super::store_data::StoreData;

/// Fuel of crossing into the host and back, on top of the bytes.
const HOST_CALL_FUEL: u64 = 1_000;

/// How much a module's text matters, whatever the contract's own type for it.
#[derive(Clone, Copy)]
pub(super) enum LogLevel {
    Debug,
    Info,
    Warn,
    Error,
}

/// Provides `log` and `fail` of a version of the contract, and nothing else.
pub(super) fn grant<L>(linker: &mut Linker<StoreData>, interface: &str) -> wasmtime::Result<()>
where
    L: Into<LogLevel> + Lift + ComponentType + Send + Sync + 'static,
{
    let mut host = linker.instance(interface)?;
    host.func_wrap("log", |mut store: StoreContextMut<'_, StoreData>, (level, text): (L, String)| {
        charge(&mut store, &text)?;
        log(store.data_mut(), level.into(), &text);
        Ok(())
    })?;
    host.func_wrap("fail", |mut store: StoreContextMut<'_, StoreData>, (text,): (String,)| {
        charge(&mut store, &text)?;
        store.data_mut().last_words = Some(bounded(&text));
        Ok(())
    })?;
    Ok(())
}

fn log(data: &mut StoreData, level: LogLevel, text: &str) {
    if !data.may_log() {
        return;
    }
    let module = data.module();
    // One line per text, without terminal control sequences: the log belongs to the operator.
    let text = bounded(text).escape_debug().to_string();
    match level {
        LogLevel::Debug => tracing::debug!(module, "{text}"),
        LogLevel::Info => tracing::info!(module, "{text}"),
        LogLevel::Warn => tracing::warn!(module, "{text}"),
        LogLevel::Error => tracing::error!(module, "{text}"),
    }
}

fn charge(store: &mut StoreContextMut<'_, StoreData>, text: &str) -> wasmtime::Result<()> {
    let cost = HOST_CALL_FUEL + text.len() as u64;
    let left = store.get_fuel()?.checked_sub(cost).ok_or(Trap::OutOfFuel)?;
    store.set_fuel(left)
}
