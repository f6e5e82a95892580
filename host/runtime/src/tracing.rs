//! Traces a row: replays the log for one key, in the background.

use serde_json::value::RawValue;

use super::Host;
use foldline_api as api;
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_engine::verify::Folding;
use foldline_inspect::fixture;
use foldline_inspect::trace::{Comparer, Divergence, TraceTarget, Tracer, traced};
use foldline_log::history::require_history;

impl Host {
    /// Replays the log for the row whose document has this id, through the live version or the given one. Reports each event and
    /// each change to `tell`, `limit` at most. `tell` returns whether to go on. The version goes on meanwhile.
    ///
    /// # Errors
    /// `NotFound` for an unknown projection or version, and for an id that cannot be one; `Unavailable` when another trace is
    /// under way, or when `tell` stops it; `Corrupt` when the log cannot be read.
    pub fn trace(
        &self,
        name: &str,
        version: Option<&str>,
        id: &str,
        limit: u64,
        tell: &mut dyn FnMut(api::TraceLine) -> bool,
    ) -> Result<api::Traced> {
        let handle = self.version(name, version)?;
        let _alone = self.tracing.try_lock().ok_or_else(under_way)?;
        let folding = handle.folding()?;
        let target = TraceTarget::new(id, folding.module.description())?;
        require_history(self.log.as_ref(), &folding.module.description().inputs)?;
        let tracer = Tracer { folding: &folding, log: self.log.as_ref() };
        let traced = tracer.trace(target, limit, tell)?;
        Ok(api::Traced {
            version: handle.label(),
            position: traced.position,
            events: traced.events,
            times: traced.times,
            more: traced.more,
        })
    }

    /// Replays the log for one row through two versions until their documents diverge, or else their memberships. By default
    /// these are the versions that [`Host::diff`] compares. `progress` receives the records read and the records to read, and
    /// returns whether to go on.
    ///
    /// # Errors
    /// As [`Host::trace`]; `Data` where there is only one version.
    pub fn why(
        &self,
        name: &str,
        id: &str,
        [old, new]: [Option<&str>; 2],
        progress: &mut dyn FnMut(u64, u64) -> bool,
    ) -> Result<api::Why> {
        let [old, new] = self.two_versions(name, old, new)?;
        let _alone = self.tracing.try_lock().ok_or_else(under_way)?;
        let (of_old, of_new) = (old.folding()?, new.folding()?);
        for folding in [&of_old, &of_new] {
            require_history(self.log.as_ref(), &folding.module.description().inputs)?;
        }
        let comparer = Comparer { old: &of_old, new: &of_new, log: self.log.as_ref() };
        let compared = comparer.compare(id, progress)?;
        let limit = self.config.limits.record_bytes_max;
        let divergence =
            compared.divergence.map(|divergence| shown(divergence, &of_old, &of_new, limit)).transpose()?;
        let [only_old, only_new] = compared.alone;
        Ok(api::Why {
            old: old.label(),
            new: new.label(),
            position: compared.position,
            events: compared.events,
            only_old,
            only_new,
            parting: divergence,
        })
    }
}

fn under_way() -> Error {
    Error::new(ErrorKind::Unavailable, "another trace is under way").with_hint("try again later")
}

/// Returns a divergence as reported, with a fixture only if running it confirmed the divergence.
fn shown(
    divergence: Divergence,
    old: &Folding,
    new: &Folding,
    record_bytes_max: usize,
) -> Result<api::DivergenceReport> {
    let raw =
        |json: String| RawValue::from_string(json).map_err(|error| Error::new(ErrorKind::Internal, error));
    let fixture = divergence.fixture.and_then(|fixture| {
        tried(&fixture, old, new, record_bytes_max)?;
        Ok(with_parameters(fixture, new))
    });
    let (fixture, no_fixture) = match fixture {
        Ok(fixture) => (Some(fixture), None),
        Err(why) => (None, Some(why)),
    };
    let differ = divergence.old.memberships != divergence.new.memberships;
    let [old_sets, new_sets] = [divergence.old.memberships, divergence.new.memberships]
        .map(|memberships| if differ { traced(memberships) } else { Vec::new() });
    Ok(api::DivergenceReport {
        record: divergence.record.map(raw).transpose()?,
        time_ms: divergence.time_ms,
        id: divergence.id,
        fields: divergence.fields,
        old: divergence.old.document.map(raw).transpose()?,
        new: divergence.new.document.map(raw).transpose()?,
        old_sets,
        new_sets,
        old_failed: divergence.old.failed,
        new_failed: divergence.new.failed,
        fixture,
        no_fixture,
    })
}

/// Returns a fixture with the values of the new version's parameters: `foldline test` runs it against the module alone.
fn with_parameters(fixture: String, new: &Folding) -> String {
    match new.module.values() {
        fallbacks if fallbacks.is_empty() => fixture,
        values => format!("{}\n{fixture}", serde_json::json!({ "parameters": values })),
    }
}

/// Runs a fixture against both modules: the old one must pass it and the new one must fail it.
fn tried(fixture: &str, old: &Folding, new: &Folding, record_bytes_max: usize) -> Result<(), String> {
    let lines = fixture::parse::parse("fixture", fixture.as_bytes()).map_err(|error| error.to_string())?;
    // An error that keeps a fixture from running counts as a difference, as in `foldline test`.
    let run = |folding: &Folding| {
        fixture::run_in_memory(&folding.module, &lines, record_bytes_max)
            .unwrap_or_else(|error| vec![error.to_string()])
    };
    if let Some(difference) = run(old).into_iter().next() {
        return Err(format!("the key's own events do not make what the old version shows: {difference}"));
    }
    match run(new).is_empty() {
        true => Err("the key's own events make the same in both versions".to_owned()),
        false => Ok(()),
    }
}
