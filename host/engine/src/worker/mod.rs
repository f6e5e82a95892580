//! The thread of one projection version: `run` takes batches, steps, sends flushes and cuts checkpoints; here it is started,
//! stopped, tried again where something was in the way, and built again where its state is damaged.

mod run;
mod ended;
mod lineage_check;
mod backoff;
mod sink_driver;
mod sink_drivers;
mod event_time;
mod alignment;
mod pacing;
mod replay_rate;
mod rebuild;
mod run_switch;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tracing::{error, warn};

use self::backoff::Backoff;
use self::ended::Ended;
use self::rebuild::{begin_again, fold_without, rebuild};
use self::run::Run;
use super::flush_state::FLUSH_KEYS_MAX;
use super::fold::FoldOptions;
use super::progress::{Command, VersionHandle};
use super::runs::Runs;
use super::verify::Folding;
use foldline_base::error::{ErrorKind, Result, ResultExt};
use foldline_base::notifier::Notifier;
use foldline_base::panics;
use foldline_config::CheckpointConfig;
use foldline_log::lineage::Unproven;
use foldline_module::ValidatedModule;
use foldline_sink::SharedBackend;
use foldline_source::feed::Feeds;
use foldline_source::idle_partitions::IdlePartitions;
use foldline_source::skipping::SkipBook;

/// What a version needs to run.
pub struct VersionConfig {
    /// The module.
    pub module: ValidatedModule,
    /// The log, read together with other versions.
    pub feeds: Arc<Feeds>,
    /// Where its state and its embedded documents are.
    pub runs: Arc<Runs>,
    /// The other sinks that its documents go to, at most one fewer than [`Mark::FLUSHES`](foldline_core::table::Mark::FLUSHES).
    pub sinks: Vec<SharedBackend>,
    /// The nonce of this process: owner of every sink it writes.
    pub owner: String,
    /// How it folds; what it skips is looked up in `skips` each time its state is opened.
    pub fold: FoldOptions,
    /// What projections skip.
    pub skips: Arc<SkipBook>,
    /// Memory for rows, in bytes: beyond, rows that are durable are evicted.
    pub memory_max: usize,
    /// Dirty keys that are tracked one by one for a flush.
    pub flush_keys_max: usize,
    /// When checkpoints are cut.
    pub checkpoint: CheckpointConfig,
    /// Partitions that hold back event time, looked after for all versions.
    pub idle_partitions: Arc<IdlePartitions>,
}

/// How long a version that has halted waits between two looks: it is woken when it is to be tried again.
const HALTED_WAIT: Duration = Duration::from_secs(60);

/// What the thread is told.
#[derive(Default)]
struct Stop {
    requested: Arc<AtomicBool>,
    /// Without a last flush and checkpoint.
    abandoned: AtomicBool,
}

impl Stop {
    fn is_requested(&self) -> bool {
        self.requested.load(Ordering::Acquire)
    }
}

/// A version's thread; dropping it stops the thread and waits for it.
pub struct Worker {
    stop: Arc<Stop>,
    notifier: Arc<Notifier>,
    thread: Option<JoinHandle<()>>,
}

impl VersionConfig {
    /// Dirty keys that are tracked unless a test wants fewer.
    pub const FLUSH_KEYS_MAX: usize = FLUSH_KEYS_MAX;
}

impl VersionConfig {
    /// Makes a handle lead to the thread that hears these commands.
    fn attach(&self, handle: &VersionHandle, commands: &SyncSender<Command>) {
        handle.attach(commands.clone(), self.folding(handle), self.runs.documents().clone());
    }

    /// Returns how the version folds from now on: without what its projection skips by now.
    fn folding(&self, handle: &VersionHandle) -> Folding {
        let skips = self.skips.of(handle.name()).versions;
        let fold = FoldOptions { skips, ..self.fold.clone() };
        Folding { module: self.module.clone(), fold, memory_max: self.memory_max }
    }
}

impl Worker {
    /// Starts the thread; everything it has to say goes through `handle`.
    ///
    /// # Errors
    /// `Unavailable` when the system refuses a thread.
    pub fn start(config: VersionConfig, handle: Arc<VersionHandle>) -> Result<Self> {
        let stop = Arc::new(Stop::default());
        let (commands, command_queue) = sync_channel(16);
        config.attach(&handle, &commands);
        let notifier = Arc::clone(handle.notifier());
        let unproven = config.feeds.lineage().expect(handle.topics());
        let thread = std::thread::Builder::new()
            .name(format!("fold {}", handle.label()))
            .spawn({
                let stop = Arc::clone(&stop);
                move || {
                    let mut unproven = Some(unproven);
                    loop {
                        let unproven = unproven.take();
                        let outcome =
                            panics::contain(|| run(&config, &handle, &stop, &command_queue, unproven));
                        // What it claimed still counts: its state is there.
                        config.fold.added_partitions.dismiss(&handle.state_key());
                        let Err(error) = outcome else { return handle.detach() };
                        error!(version = handle.label(), %error, "projection halted");
                        let name = handle.name();
                        let way_on = format!("once that is fixed, `foldline resume {name}` tries again");
                        handle.halt(error.with_way_on(way_on));
                        handle.detach();
                        if !resumed(&handle, &stop) {
                            return;
                        }
                        handle.close_store();
                        config.runs.forget_rebuilds();
                        config.attach(&handle, &commands);
                    }
                }
            })
            .kind(ErrorKind::Unavailable, "starting a worker")?;
        Ok(Self { stop, notifier, thread: Some(thread) })
    }

    /// Tells the thread to stop after its step; dropping the worker waits for it.
    pub fn request_stop(&self) {
        self.stop.requested.store(true, Ordering::Release);
        self.notifier.notify();
    }

    /// Ends the thread as a crash would, between two steps: no last flush, no last checkpoint. For tests.
    pub fn abandon(self) {
        self.stop.abandoned.store(true, Ordering::Release);
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.request_stop();
        if let Some(thread) = self.thread.take() {
            // The thread's own panic has already been reported by the panic hook.
            let _ = thread.join();
        }
    }
}

/// Waits until a version that has halted is to be tried again; returns whether it is, or shall stop.
fn resumed(handle: &VersionHandle, stop: &Stop) -> bool {
    loop {
        let seen = handle.notifier().seen();
        if stop.is_requested() {
            return false;
        }
        if handle.take_reopen() {
            return true;
        }
        handle.notifier().wait_until(seen, Instant::now() + HALTED_WAIT);
    }
}

/// Runs until told to stop. What does not work for the moment is waited for; a damaged state is rebuilt, loudly, alongside
/// what is served.
fn run(
    config: &VersionConfig,
    handle: &Arc<VersionHandle>,
    stop: &Stop,
    commands: &Receiver<Command>,
    mut unproven: Option<Unproven>,
) -> Result<()> {
    let mut backoff = Backoff::default();
    loop {
        handle.take_reopen();
        let ended = live(config, handle, stop, commands, &mut backoff, &mut unproven);
        if stop.is_requested() {
            if let Err(ended) = ended {
                warn!(version = handle.label(), error = %ended.error(), "stopped while interrupted, the next start continues");
            }
            return Ok(());
        }
        // What has halted is still asked for its dead letters.
        if !matches!(ended, Err(Ended::Halted(_))) {
            handle.close_store();
        }
        let ended = match ended {
            Err(Ended::StateDamaged(error)) => rebuild(config, handle, error),
            Err(Ended::OfAnotherLog(error)) => begin_again(config, handle, &error),
            Err(Ended::OtherSkips(error)) => fold_without(config, handle, &error),
            ended => ended,
        };
        match ended {
            // Opened again: by command, or alongside what it was.
            Ok(()) => {}
            Err(Ended::Interrupted(interruption)) => {
                // It may take long. Appends need not wait for a disk: what is compared later still halts.
                unproven = None;
                if !backoff.wait(&interruption, config.runs.folder(), handle, stop) {
                    return Ok(());
                }
            }
            Err(
                Ended::Halted(error)
                | Ended::StateDamaged(error)
                | Ended::OfAnotherLog(error)
                | Ended::OtherSkips(error),
            ) => return Err(error),
        }
    }
}

fn live(
    config: &VersionConfig,
    handle: &Arc<VersionHandle>,
    stop: &Stop,
    commands: &Receiver<Command>,
    backoff: &mut Backoff,
    unproven: &mut Option<Unproven>,
) -> Result<(), Ended> {
    let pair = config.runs.open()?;
    let Some(run) = Run::open(config, pair, handle, stop, commands, unproven)? else { return Ok(()) };
    backoff.note_open();
    run.run()
}
