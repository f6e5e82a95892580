//! Verifies that every sink of a version shows what the version's rows say.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use foldline_core::position::Position;

use super::Host;
use foldline_api as api;
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_config::EMBEDDED;
use foldline_core::status::SinkPhase;
use foldline_engine::VersionHandle;
use foldline_module::ValidatedModule;
use foldline_projection::agreement::{self, Agreement, Disagreement, EntryKey};
use foldline_sink::{Reading, SinkVersion};
use foldline_state::Scan;

/// A sink that keeps up gets there within moments. After this long, it is reported as behind.
const SHOWN_WITHIN: Duration = Duration::from_secs(60);

/// How often to check whether a sink has got there.
const LOOK: Duration = Duration::from_millis(20);

impl Host {
    /// Compares every sink of a version with its rows. A sink that cannot be compared reports why.
    pub(super) fn verify_sinks(
        &self,
        handle: &VersionHandle,
        module: &ValidatedModule,
        goes_on: &mut dyn FnMut() -> bool,
    ) -> Result<Vec<api::SinkVerified>> {
        let goes_on = RefCell::new(goes_on);
        let passed = || match (*goes_on.borrow_mut())() {
            true => Ok(()),
            false => Err(Error::new(ErrorKind::Unavailable, "stopped before the comparison was complete")),
        };
        let rows = |sink| Rows { handle, sink, passed: &passed };
        let embedded = || {
            let serving = self.serving(handle.name()).ok();
            let serving =
                serving.filter(|serving| Arc::as_ptr(&serving.handle) == std::ptr::from_ref(handle));
            Ok(serving.map(|serving| Box::new(serving.reader.clone()) as Box<dyn Reading>))
        };
        let mut verified = vec![verify_sink(module, &rows(EMBEDDED), embedded)?];
        let version = SinkVersion {
            projection: handle.name().to_owned(),
            version: module.description().version.clone(),
            digest: module.build().short(),
            document: module.description().document().to_vec(),
        };
        for backend in handle.backends() {
            verified.push(verify_sink(module, &rows(backend.name()), || backend.read_back(&version))?);
        }
        Ok(verified)
    }
}

fn verify_sink(
    module: &ValidatedModule,
    rows: &Rows<'_>,
    open: impl FnOnce() -> Result<Option<Box<dyn Reading>>>,
) -> Result<api::SinkVerified> {
    let not = |why: String| api::SinkVerified {
        sink: rows.sink.to_owned(),
        not_compared: Some(why),
        ..api::SinkVerified::default()
    };
    if let Some(why) = rows.why_not() {
        return Ok(not(why));
    }
    let compared = match open() {
        Ok(None) => return Ok(not("it shows nothing of this version".to_owned())),
        Ok(Some(mut reading)) => agreement::agreement(module, rows, reading.as_mut()),
        Err(error) => Err(error),
    };
    (rows.passed)()?;
    match compared {
        Ok(Agreement { documents, memberships, undecided, differing, first }) => Ok(api::SinkVerified {
            sink: rows.sink.to_owned(),
            documents,
            places: memberships,
            undecided,
            differing,
            difference: first.map(in_words),
            ..api::SinkVerified::default()
        }),
        // The other sinks can still be compared.
        Err(error) => {
            let damaged = matches!(error.kind(), ErrorKind::Lost | ErrorKind::Corrupt);
            Ok(api::SinkVerified { damaged, ..not(error.message().to_owned()) })
        }
    }
}

fn in_words(disagreement: Disagreement) -> api::EntryDifference {
    let Disagreement { key, expected: state, found: shown } = disagreement;
    match key {
        EntryKey::Document(id) => {
            api::EntryDifference { document: Some(id), state, shown, ..api::EntryDifference::default() }
        }
        EntryKey::Member(set, member) => {
            api::EntryDifference { document: None, set: Some(set), member: Some(member), state, shown }
        }
    }
}

/// The rows of a version, with one of its sinks.
struct Rows<'a> {
    handle: &'a VersionHandle,
    sink: &'a str,
    /// Called after each part that was read; an error ends the comparison.
    passed: &'a dyn Fn() -> Result<()>,
}

impl Rows<'_> {
    fn shown(&self) -> Option<Position> {
        self.handle.look(|progress| match self.sink {
            EMBEDDED => progress.shown.clone(),
            sink => progress.sinks.get(sink).and_then(|state| state.shown.clone()),
        })
    }

    /// Returns why the sink cannot be compared, if that is known before reading it.
    fn why_not(&self) -> Option<String> {
        match self.handle.progress().sinks.remove(self.sink) {
            Some(state) if state.phase == SinkPhase::Halted => {
                Some(format!("it has halted: {}", state.reason.unwrap_or_default()))
            }
            _ if self.shown().is_none() => Some("it is not loaded yet".to_owned()),
            _ => None,
        }
    }
}

impl agreement::Rows for Rows<'_> {
    fn scan(&self) -> Result<Scan> {
        self.handle.scan()
    }

    fn wait_until_shown(&self, position: &Position) -> Result<()> {
        let until = Instant::now() + SHOWN_WITHIN;
        while !self.shown().is_some_and(|shown| shown.covers(position)) {
            if Instant::now() > until {
                return Err(Error::new(ErrorKind::Unavailable, format!("it is behind {position}")));
            }
            (self.passed)()?;
            std::thread::sleep(LOOK);
        }
        Ok(())
    }

    fn passed(&self) -> Result<()> {
        (self.passed)()
    }
}
