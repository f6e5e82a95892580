//! The thread of one projection version. `rounds` takes batches, steps, sends flushes and cuts checkpoints. This module starts
//! and stops the thread, retries after interruptions, and rebuilds damaged state.

mod version_config;
mod stop;
mod ended;
mod lineage_check;
mod backoff;
mod rebuild;
mod sink_driver;
mod pending_alignment;
mod unshown;
mod replay_rate;
mod run;
mod pacing;
mod sink_drivers;
mod event_time;
mod alignment;
mod run_switch;
mod opening;
mod rounds;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tracing::{error, warn};

use self::backoff::Backoff;
use self::ended::Ended;
use self::rebuild::{begin_again, fold_without, rebuild};
use self::run::Run;
use self::stop::Stop;
pub use self::version_config::VersionConfig;
use super::command::Command;
use super::version_handle::VersionHandle;
use foldline_base::error::{ErrorKind, Result, ResultExt};
use foldline_base::notifier::Notifier;
use foldline_base::panics;
use foldline_log::lineage::Unproven;

/// How long a halted version sleeps at once. A request to resume wakes it.
const HALTED_WAIT: Duration = Duration::from_secs(60);

/// A version's thread. Dropping it stops the thread and waits for it.
pub struct Worker {
    stop: Arc<Stop>,
    notifier: Arc<Notifier>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    /// Starts the thread. It reports everything through `handle`.
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
                        // Its claim still counts, because its state is still there.
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

/// Waits until a halted version is resumed; returns false if it is told to stop instead.
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

/// Runs until told to stop. Waits out interruptions; rebuilds a damaged state alongside what is served, with a warning.
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
        let ended = run_once(config, handle, stop, commands, &mut backoff, &mut unproven);
        if stop.is_requested() {
            if let Err(ended) = ended {
                warn!(version = handle.label(), error = %ended.error(), "stopped in trouble, the next start continues");
            }
            return Ok(());
        }
        // A halted version keeps its store open, because operators read its dead letters.
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
            // The run is opened again: an operator asked for it, or a rebuild has begun.
            Ok(()) => {}
            Err(Ended::Interrupted(interruption)) => {
                // This may take long, and appends need not wait for a disk: the log is compared later, and a mismatch still
                // halts.
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

fn run_once(
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
