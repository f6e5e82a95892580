//! One sink of a version, as its worker sees it: what it may be sent, and what is under way.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use foldline_core::skips::Skips;
use foldline_core::table::Mark;
use tracing::info;

use super::super::fold::Fold;
use super::super::stage::Stage;
use super::ended::Ended;
use super::{Stop, VersionConfig};
use foldline_base::error::{Error, ErrorKind};
use foldline_config::EMBEDDED;
use foldline_log::lineage::Origin;
use foldline_projection::{Flusher, Job, OpenedSink, SinkSource};
use foldline_sink::{Sink, SinkProgress, SinkVersion};
use foldline_sink_sqlite::SqliteSink;
use foldline_state::Scan;

/// How often a sink is asked whether it still holds what was written.
pub(super) const EXAMINE_EVERY: Duration = Duration::from_secs(5);

/// How long a version that is at the log's end may lack what its sink shows: a log that was shortened never has it.
pub(super) const HI_WITHIN: Duration = Duration::from_secs(60);

pub(super) struct Outlet {
    pub(super) name: String,
    pub(super) flusher: Flusher,
    pub(super) stage: Stage,
    /// A checkpoint that the stage waited for, until it may be sent.
    pub(super) scan: Option<Scan>,
    pub(super) halted: bool,
    /// An operator wants it filled anew.
    pub(super) resync: bool,
    /// When the sink is asked next whether it still holds what was written.
    pub(super) examine_at: Instant,
    /// Whether it is being asked that as the sink that readers read.
    pub(super) examines_live: bool,
    /// Since when the sink is open.
    pub(super) opened_at: Instant,
}

impl Outlet {
    /// Returns the outlet to the embedded store in `documents`, which is open; what is `shown` may be shown by the run that it replaces.
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
            let document = config.module.description().document.clone();
            // It is opened once more only where what it holds is damaged.
            Box::new(move |_| {
                let sink = Box::new(SqliteSink::open_anew(&path, &owner, &document)?);
                let shown = sink.progress().clone();
                Ok(OpenedSink { sink, shown })
            })
        };
        let mut outlet = Self::new(EMBEDDED, 0, config, label, SinkSource::Opened(sink, opener), stop, fold)?;
        outlet.opened(shown, fold);
        Ok(outlet)
    }

    /// Returns the outlets to the other sinks, which are being opened.
    pub(super) fn configured(
        config: &VersionConfig,
        label: &str,
        skips: &Arc<Skips>,
        stop: &Stop,
        fold: &mut Fold,
    ) -> Result<Vec<Self>, Error> {
        let description = config.module.description();
        let mut outlets = Vec::with_capacity(config.sinks.len());
        for (at, backend) in (1..).zip(&config.sinks) {
            let version = SinkVersion {
                projection: description.name.clone(),
                version: description.version.clone(),
                digest: config.module.digest().short(),
                document: description.document.clone(),
            };
            let opener = {
                let (backend, owner) = (backend.clone(), config.owner.clone());
                let (lineage, log) = (Arc::clone(config.feeds.lineage()), Arc::clone(config.feeds.log()));
                let skips = Arc::clone(skips);
                let topics: Vec<String> =
                    description.inputs.iter().map(|input| input.topic.clone()).collect();
                let sink_of = format!("{label} in {}", backend.name());
                Box::new(move |anew| {
                    if anew {
                        lineage.forget(&sink_of);
                    }
                    let sink = backend.open(&version, &owner, anew)?;
                    let shown = sink.progress().clone();
                    let sink = match lineage.compare(log.as_ref(), &topics, &shown.claims())? {
                        Origin::ThisLog => match skips.first_disagreement(shown.claims()) {
                            None => return Ok(OpenedSink { sink, shown }),
                            Some(other) => {
                                info!(sink = sink_of, %other, "filled anew");
                                drop(sink);
                                backend.open(&version, &owner, true)?
                            }
                        },
                        Origin::AnotherLog { topic, contradiction } if !anew => {
                            lineage.doubt_by(&topic, contradiction.clone(), &sink_of);
                            let message = format!(
                                "it holds what was made of another log than topic `{topic}`: {contradiction}"
                            );
                            let hint = format!(
                                "give the host the log it knew; or, if this is the one from now on, `foldline adopt-log \
                                 {topic}`; if the sink alone is wrong, `foldline resync {} {}` fills it anew",
                                version.projection,
                                backend.name()
                            );
                            return Err(Error::new(ErrorKind::Replaced, message).with_hint(hint));
                        }
                        // Its readers keep it until what is filled beside it is pointed to.
                        Origin::BeforeAdoption | Origin::AnotherLog { .. } => {
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
            let mut outlet = Self::new(backend.name(), at, config, label, source, stop, fold)?;
            outlet.flusher.send(Job::Open { anew: false });
            outlets.push(outlet);
        }
        Ok(outlets)
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
            stage: Stage::new(fold, Mark::Flush(at), config.flush_keys_max),
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

    /// Takes in what the sink shows.
    pub(super) fn opened(&mut self, shown: &SinkProgress, fold: &mut Fold) {
        self.stage.opened(shown, fold);
        self.opened_at = Instant::now();
    }

    /// Gives up what the sink holds and fills it anew.
    pub(super) fn reopen(&mut self, fold: &mut Fold) {
        self.stage.close(fold);
        (self.scan, self.halted, self.resync) = (None, false, false);
        self.flusher.send(Job::Open { anew: true });
    }

    /// Gives the sink up until an operator or a restart has another try.
    pub(super) fn halt(&mut self, fold: &mut Fold) {
        self.stage.close(fold);
        (self.scan, self.halted) = (None, true);
    }

    /// Returns whether the sink wants what a checkpoint at the fold's position holds.
    pub(super) fn wants_scan(&self, fold: &Fold) -> bool {
        self.is_idle() && self.stage.wants_scan(fold.position())
    }
}

/// Gives an error of a version the outlet that it came from.
pub(super) fn writing(error: Error) -> Ended {
    error.context("writing documents").into()
}
