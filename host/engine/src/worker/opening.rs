//! How a version starts: its documents are served first, then its state is restored, then the log is opened.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use foldline_core::description::OutputField;
use foldline_core::position::Position;
use foldline_core::watermark::Watermarks;
use tracing::{info, warn};

use super::super::checkpoint::Checkpointer;
use super::super::command::Command;
use super::super::extract_worker::has_windows;
use super::super::memory::{MemoryBudget, cache_bytes, checkpoints_within};
use super::super::restore::restore;
use super::super::runs::RunPair;
use super::super::version_handle::VersionHandle;
use super::ended::{Ended, Interruption};
use super::lineage_check::{may_show, prove, require_skips};
use super::replay_rate::ReplayRate;
use super::run::{Run, publish_applied};
use super::sink_driver::SinkDriver;
use super::stop::Stop;
use super::unshown::Unshown;
use super::version_config::VersionConfig;
use foldline_config::EMBEDDED;
use foldline_log::lineage::Unproven;
use foldline_sink::Sink;
use foldline_sink_sqlite::{SqliteReader, SqliteSink, may_be_read};
use foldline_source::added_partitions::Claim;
use foldline_source::assignment::Assignment;
use foldline_state::{Checkpointed, StateStore};

/// Pause before the next try when the log does not answer.
const TROUBLE_WAIT: Duration = Duration::from_millis(250);

impl<'a> Run<'a> {
    /// Opens the embedded store, restores state and opens the log; `None` when told to stop meanwhile.
    pub(super) fn open(
        config: &'a VersionConfig,
        pair: RunPair,
        handle: &'a Arc<VersionHandle>,
        stop: &'a Stop,
        commands: &'a Receiver<Command>,
        unproven: &mut Option<Unproven>,
    ) -> Result<Option<Self>, Ended> {
        let label = handle.label();
        let description = config.module.description();
        let folding = config.folding(handle);
        handle.set_folding(folding.clone());
        // Folding again finds those of the previous run again.
        handle.forget_recent_dead_letters();
        // The embedded store first: its documents can be served while state is restored.
        let notifier = handle.notifier();
        let mut assignment =
            Assignment::new(Arc::clone(&config.feeds), Arc::clone(notifier), description.inputs.clone());
        let sink = SqliteSink::open(&pair.own.documents(), &config.owner, description.document())
            .inspect_err(|_| show_what_is_there(&assignment, &pair, handle, description.document()))?;
        let mut shown = sink.progress().clone();
        let served = match pair.is_rebuild() {
            true => shown_by(&pair.served.documents(), description.document()),
            // The sound part of a damaged file is served until the documents are projected again.
            false => shown.lo.as_ref().or(sink.replaces()).cloned(),
        };
        let served = match served {
            Some(served) if may_show(&assignment, &served, pair.is_rebuild())? => Some(served),
            _ => None,
        };
        // The rebuild was complete, and killed just before it took the place of the served run.
        let rebuilt_already = shown
            .lo
            .clone()
            .filter(|lo| pair.is_rebuild() && served.as_ref().is_none_or(|served| lo.covers(served)));
        // No flush may show less than what is served.
        shown.hi.raise_to(&served.clone().unwrap_or_default());
        handle.set_intent(EMBEDDED, &shown.hi);
        handle.publish(|progress| {
            progress.shown.clone_from(&served);
            progress.caught_up = false;
        });

        let build = config.module.build().to_string();
        let (store, checkpointed) =
            StateStore::open(&pair.own.state(), &build, cache_bytes(config.memory_max))
                .map_err(Ended::of_state)?;
        // Before rows are restored, which may take a while: decisions about added partitions wait for this claim.
        let claim = claim(config, &handle.state_key(), checkpointed.as_ref());
        let added_partitions = &config.fold.added_partitions;
        if claim.is_some() {
            assignment = assignment.of_counted(Arc::clone(added_partitions));
        }
        let folded = checkpointed.map(|checkpointed| checkpointed.position);
        // Before rows are restored, which may take a while: appends wait for the answer.
        let proven = match prove(&assignment, folded.as_ref(), sink.progress()) {
            Ok(()) => true,
            // The comparison is repeated before anything is read.
            Err(Ended::Interrupted(_)) => false,
            Err(ended) => return Err(ended),
        };
        if proven {
            drop(unproven.take());
        }
        require_skips(&folding.fold.skips, folded.as_ref(), sink.progress())?;
        let mut fold =
            restore(&config.module, &folding.fold, &store, config.memory_max).map_err(Ended::of_state)?;
        let position = fold.position().clone();
        handle.attach_store(store.clone());
        publish_applied(handle, &fold, None);
        let of_documents = sink.progress().clone();
        let documents = pair.own.documents();
        let embedded =
            SinkDriver::embedded(config, &label, Box::new(sink), &documents, &shown, stop, &mut fold)?;
        let mut sinks = vec![embedded];
        sinks.extend(SinkDriver::configured(config, &label, &folding.fold.skips, stop, &mut fold)?);
        let mut passed = position.clone();
        passed.raise_to(&shown.hi);
        loop {
            let proven = match proven {
                true => Ok(()),
                false => prove(&assignment, folded.as_ref(), &of_documents),
            };
            match proven.and_then(|()| assignment.open(&position, &passed).map_err(Ended::from)) {
                Ok(()) => break,
                Err(Ended::Interrupted(Interruption { error, .. })) => {
                    warn!(version = label, %error, "log does not answer, trying again");
                    handle.publish(|progress| progress.troubles.log = Some(error.to_string()));
                    notifier.wait_until(notifier.seen(), Instant::now() + TROUBLE_WAIT);
                }
                Err(ended) => return Err(ended),
            }
            if stop.is_requested() {
                return Ok(None);
            }
        }
        drop(unproven.take());
        assignment.identify(|topic, id| fold.identify(topic, id));
        let rebuilt = pair.is_rebuild().then(|| {
            let reason = config.runs.reason();
            reason.unwrap_or_else(|| "state was damaged and is rebuilt from the log".to_owned())
        });
        handle.publish(|progress| progress.troubles.state = rebuilt);
        info!(version = label, %position, rows = fold.rows(), "folding");
        let checkpoint = checkpoints_within(&config.checkpoint, config.memory_max);
        let mut run = Self {
            checkpointer: Checkpointer::start(&label, store, checkpoint, folded, Arc::clone(notifier))?,
            memory: MemoryBudget::new(config.memory_max),
            runs: &config.runs,
            rebuild_of: pair.is_rebuild().then_some(pair),
            ready_to_switch: rebuilt_already,
            switch_at: Instant::now(),
            handle,
            stop,
            commands,
            fold,
            assignment,
            sinks,
            pending_scans: Vec::new(),
            pending_alignment: None,
            caught_up: false,
            unshown: Unshown::default(),
            replay_rate: ReplayRate::from(&position, Instant::now()),
            idle_partitions: &config.idle_partitions,
            added_partitions: &config.fold.added_partitions,
            claim,
            check_idle_at: Instant::now(),
            ends_awaited_since: None,
            name_holders_at: Instant::now(),
        };
        run.refill_where_deletions_are_forgotten(shown.lo.as_ref());
        Ok(Some(run))
    }
}

/// Publishes that readers may read the file as it is, when nothing can be written, such as on a full disk.
fn show_what_is_there(
    assignment: &Assignment,
    pair: &RunPair,
    handle: &VersionHandle,
    document: &[OutputField],
) {
    let documents = pair.served.documents();
    let served = may_be_read(&documents).then(|| shown_by(&documents, document)).flatten();
    if let Some(served) =
        served.filter(|served| matches!(may_show(assignment, served, pair.is_rebuild()), Ok(true)))
    {
        handle.publish(|progress| progress.shown = Some(served));
    }
}

/// Returns the position that the served run's documents show, if they can be read.
fn shown_by(documents: &Path, document: &[OutputField]) -> Option<Position> {
    let shown = SqliteReader::open(documents, document).and_then(|reader| reader.count());
    let shown = shown.inspect_err(|error| warn!(%error, "nothing is served while state is rebuilt"));
    Some(shown.ok()?.position)
}

/// Claims the event time that a version's state has reached: decisions where added partitions begin take it into account.
fn claim(config: &VersionConfig, key: &str, checkpointed: Option<&Checkpointed>) -> Option<Arc<Claim>> {
    let added_partitions = &config.fold.added_partitions;
    if !has_windows(config.module.description()) {
        added_partitions.dismiss(key);
        return None;
    }
    let mut watermarks = Watermarks::new(&config.module.description().inputs);
    checkpointed.into_iter().for_each(|checkpointed| watermarks.resume(&checkpointed.largest_times));
    Some(added_partitions.claim(key, &watermarks))
}
