//! The driver of one sink of a version: what it may be sent, and what is in flight.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use foldline_core::skips::Skips;
use tracing::info;

use super::super::flush_state::FlushState;
use super::super::fold::Fold;
use super::ended::Ended;
use super::stop::Stop;
use super::version_config::VersionConfig;
use foldline_base::error::{Error, ErrorKind};
use foldline_config::EMBEDDED;
use foldline_log::lineage::LogOrigin;
use foldline_projection::{Flusher, Job, OpenedSink, SinkSource};
use foldline_sink::{Sink, SinkProgress, SinkVersion};
use foldline_sink_sqlite::SqliteSink;
use foldline_state::Scan;

/// How often a sink is checked for whether it still holds what was written.
pub(super) const EXAMINE_EVERY: Duration = Duration::from_secs(5);

/// How long a sink may show more than a version that has reached the log's end. If it lasts longer, the log was shortened or
/// replaced.
pub(super) const HI_WITHIN: Duration = Duration::from_secs(60);

pub(super) struct SinkDriver {
    pub(super) name: String,
    pub(super) flusher: Flusher,
    pub(super) flush_state: FlushState,
    /// The checkpoint that the flush state waited for, until it is sent.
    pub(super) scan: Option<Scan>,
    pub(super) halted: bool,
    /// Whether an operator asked for a resync.
    pub(super) resync: bool,
    /// When to check next whether the sink still holds what was written.
    pub(super) examine_at: Instant,
    /// Whether the check in flight also covers the pointer, because readers read this version.
    pub(super) examines_live: bool,
    /// Since when the sink is open.
    pub(super) opened_at: Instant,
}

impl SinkDriver {
    /// Returns the driver of the embedded store in `documents`. `sink` is open already; `shown` includes what the run that it
    /// replaces may show.
    pub(super) fn embedded(
        config: &VersionConfig,
        label: &str,
        sink: Box<dyn Sink>,
        documents: &Path,
        shown: &SinkProgress,
        stop: &Stop,
        fold: &mut Fold,
    ) -> Result<Self, Error> {
        let opener = {
            let (path, owner) = (documents.to_owned(), config.owner.clone());
            let document = config.module.description().document().to_vec();
            // Opened again only if its contents are damaged.
            Box::new(move |_| {
                let sink = Box::new(SqliteSink::open_fresh(&path, &owner, &document)?);
                let shown = sink.progress().clone();
                Ok(OpenedSink { sink, shown })
            })
        };
        let mut driver = Self::new(EMBEDDED, 0, config, label, SinkSource::Opened(sink, opener), stop, fold)?;
        driver.opened(shown, fold);
        Ok(driver)
    }

    /// Returns the drivers of the other sinks, and begins to open them.
    pub(super) fn configured(
        config: &VersionConfig,
        label: &str,
        skips: &Arc<Skips>,
        stop: &Stop,
        fold: &mut Fold,
    ) -> Result<Vec<Self>, Error> {
        let description = config.module.description();
        let mut sinks = Vec::with_capacity(config.sinks.len());
        for (at, backend) in (1..).zip(&config.sinks) {
            let version = SinkVersion {
                projection: description.name.clone(),
                version: description.version.clone(),
                digest: config.module.build().short(),
                document: description.document().to_vec(),
            };
            let opener = {
                let (backend, owner) = (backend.clone(), config.owner.clone());
                let (lineage, log) = (Arc::clone(config.feeds.lineage()), Arc::clone(config.feeds.log()));
                let skips = Arc::clone(skips);
                let topics = description.topics();
                let sink_of = format!("{label} in {}", backend.name());
                Box::new(move |from_empty| {
                    if from_empty {
                        lineage.forget(&sink_of);
                    }
                    let sink = backend.open(&version, &owner, from_empty)?;
                    let shown = sink.progress().clone();
                    let sink = match lineage.compare(log.as_ref(), &topics, &shown.claims())? {
                        LogOrigin::ThisLog => match skips.first_disagreement(shown.claims()) {
                            None => return Ok(OpenedSink { sink, shown }),
                            Some(other) => {
                                info!(sink = sink_of, %other, "refilled");
                                drop(sink);
                                backend.open(&version, &owner, true)?
                            }
                        },
                        LogOrigin::AnotherLog { topic, contradiction } if !from_empty => {
                            lineage.doubt_by(&topic, contradiction.clone(), &sink_of);
                            let message = format!(
                                "it was filled from a log other than topic `{topic}`: {contradiction}"
                            );
                            let hint = format!(
                                "restore the log that the host knew; or, to continue with this one, run `foldline \
                                 adopt-log {topic}`; if the sink alone is wrong, `foldline resync {} {}` refills it",
                                version.projection,
                                backend.name()
                            );
                            return Err(Error::new(ErrorKind::Replaced, message).with_hint(hint));
                        }
                        // Readers keep the old documents until they are pointed to the generation that is filled alongside.
                        LogOrigin::BeforeAdoption | LogOrigin::AnotherLog { .. } => {
                            drop(sink);
                            backend.disown(&version)?;
                            backend.open(&version, &owner, true)?
                        }
                    };
                    let seq = sink.progress().seq;
                    Ok(OpenedSink { sink, shown: SinkProgress { seq, ..SinkProgress::default() } })
                })
            };
            let source = SinkSource::ToOpen(opener);
            let mut driver = Self::new(backend.name(), at, config, label, source, stop, fold)?;
            driver.flusher.send(Job::Open { from_empty: false });
            sinks.push(driver);
        }
        Ok(sinks)
    }

    fn new(
        name: &str,
        at: u8,
        config: &VersionConfig,
        label: &str,
        source: SinkSource,
        stop: &Stop,
        fold: &mut Fold,
    ) -> Result<Self, Error> {
        let thread = if name == EMBEDDED { label.to_owned() } else { format!("{label} to {name}") };
        Ok(Self {
            name: name.to_owned(),
            flusher: Flusher::start(&thread, config.module.clone(), source, Arc::clone(&stop.requested))?,
            flush_state: FlushState::new(fold, at, config.flush_keys_max),
            scan: None,
            halted: false,
            resync: false,
            examine_at: Instant::now() + EXAMINE_EVERY,
            examines_live: false,
            opened_at: Instant::now(),
        })
    }

    pub(super) fn is_embedded(&self) -> bool {
        self.name == EMBEDDED
    }

    /// Returns whether a job may be sent.
    pub(super) fn is_idle(&self) -> bool {
        !self.halted && !self.flusher.in_flight()
    }

    /// Takes over what the opened sink reports.
    pub(super) fn opened(&mut self, shown: &SinkProgress, fold: &mut Fold) {
        self.flush_state.opened(shown, fold);
        self.opened_at = Instant::now();
    }

    /// Discards what the sink holds, and refills it.
    pub(super) fn reopen(&mut self, fold: &mut Fold) {
        self.flush_state.close(fold);
        (self.scan, self.halted, self.resync) = (None, false, false);
        self.flusher.send(Job::Open { from_empty: true });
    }

    /// Halts the sink until an operator or a restart tries again.
    pub(super) fn halt(&mut self, fold: &mut Fold) {
        self.flush_state.close(fold);
        (self.scan, self.halted) = (None, true);
    }

    /// Returns whether the sink needs the contents of a checkpoint at the fold's position.
    pub(super) fn wants_scan(&self, fold: &Fold) -> bool {
        self.is_idle() && self.flush_state.wants_scan(fold.position())
    }
}

/// Adds to an error of a version that it came from writing documents.
pub(super) fn writing(error: Error) -> Ended {
    error.context("writing documents").into()
}
