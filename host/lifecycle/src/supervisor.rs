//! The thread that turns module files and operators' requests into decisions: judge, register, promote, discard.
//!
//! `reconciliation` makes what runs follow the decisions, and `rollout` what is served. Everything between two decisions is
//! derived, so after a crash at any point, a start resumes by comparing the decisions with what runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use notify::Watcher;
use tracing::warn;

use super::folder::Folder;
use super::operator_requests::{OperatorRequests, REQUESTS_MAX, SupervisorEvent};
use super::registry::Registry;
use super::supervisor_state::{SupervisorConfig, SupervisorState};
use super::versions::Projection;
use foldline_base::error::{ErrorKind, Result, ResultExt};
use foldline_engine::Worker;

/// How often versions are checked: a candidate that has caught up goes live at most this much later.
const TICK: Duration = Duration::from_millis(20);
/// How often the folder is scanned while files may still change.
const LOOK_SOON: Duration = Duration::from_millis(200);
/// How often the folder is scanned without a notification: notifications can be lost.
const LOOK_ANYWAY: Duration = Duration::from_secs(2);

/// The supervisor's thread. Dropping it stops every version and waits.
pub struct Supervisor {
    stop: Arc<AtomicBool>,
    requests: OperatorRequests,
    thread: Option<JoinHandle<()>>,
}

impl Supervisor {
    /// Reads decisions, resumes versions, and starts scanning the modules folder.
    ///
    /// # Errors
    /// `Config` when a folder cannot be used, `Corrupt` when decisions cannot be read.
    pub fn start(config: SupervisorConfig, registry: Arc<Registry>) -> Result<Self> {
        let (wake, wakes) = sync_channel(REQUESTS_MAX);
        let mut state = SupervisorState::open(config, registry, wake.clone())?;
        state.begin();
        let watcher = watch(&state.folder, wake.clone());
        let stop = Arc::new(AtomicBool::new(false));
        let thread = std::thread::Builder::new()
            .name("lifecycle".to_owned())
            .spawn({
                let stop = Arc::clone(&stop);
                move || {
                    state.run(&wakes, &stop);
                    drop(watcher);
                }
            })
            .kind(ErrorKind::Internal, "starting the lifecycle thread")?;
        Ok(Self { stop, requests: OperatorRequests(wake), thread: Some(thread) })
    }

    /// Returns a sender of requests.
    pub fn requests(&self) -> OperatorRequests {
        self.requests.clone()
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            // The thread's own panic has already been reported by the panic hook.
            let _ = thread.join();
        }
    }
}

/// Watches the folder if the system supports it; otherwise the scan every few seconds is enough.
fn watch(folder: &Folder, wake: SyncSender<SupervisorEvent>) -> Option<notify::RecommendedWatcher> {
    let told = move |event: notify::Result<notify::Event>| {
        // Our own scans are accesses, too.
        if event.is_ok_and(|event| event.kind.is_access()) {
            return;
        }
        // Full: the supervisor has been notified and has not scanned yet.
        let _ = wake.try_send(SupervisorEvent::LookAgain);
    };
    let watching = notify::recommended_watcher(told).and_then(|mut watcher| {
        watcher.watch(folder.path(), notify::RecursiveMode::NonRecursive)?;
        Ok(watcher)
    });
    watching
        .inspect_err(|error| warn!(%error, "cannot watch the modules folder, checking it every two seconds"))
        .ok()
}

impl SupervisorState {
    /// Starts what was decided to run, and has all other leftovers deleted.
    fn begin(&mut self) {
        self.open_skips();
        let leftovers = self.leftovers();
        self.reconcile();
        // Before any append is possible: relays compare the log with their frontiers, too.
        self.tend_relays();
        self.admit_appends();
        self.delete_in_background(leftovers);
        let names: Vec<String> = self.catalog.names().map(str::to_owned).collect();
        names.iter().for_each(|name| self.garbage.requester(name)());
    }

    /// Admits appends once every version and relay has been started. Until a version or relay has compared its topics, it holds
    /// up appends itself. One that halted or cannot start for now is not waited for; what it compares later still halts it.
    fn admit_appends(&mut self) {
        if self.unproven.is_some() && !self.projections.values().any(Projection::is_being_judged) {
            self.unproven = None;
        }
    }

    fn run(&mut self, wakes: &Receiver<SupervisorEvent>, stop: &AtomicBool) {
        let mut look_at = Some(Instant::now());
        while !stop.load(Ordering::Acquire) {
            // Versions are judged first, because appends wait for them.
            if self.unproven.is_none() && look_at.is_some_and(|at| at <= Instant::now()) {
                self.look();
                look_at = None;
                if !self.folder.is_unsettled() {
                    self.registry.set_folder_read();
                    self.name_unmatched();
                }
            }
            self.tend();
            self.admit_appends();
            self.add_partitions(Instant::now());
            self.garbage.tend(&self.config, &self.sinks, &self.registry, Instant::now());
            self.retiring.retain(|thread| !thread.is_finished());
            let pause = if self.folder.is_unsettled() { LOOK_SOON } else { LOOK_ANYWAY };
            let next_look = *look_at.get_or_insert_with(|| Instant::now() + pause);
            match wakes.recv_timeout(TICK) {
                // A notification comes in the middle of a copy: scan soon, not at once.
                Ok(SupervisorEvent::LookAgain) => {
                    look_at = Some(next_look.min(Instant::now() + LOOK_SOON / 4))
                }
                Ok(SupervisorEvent::Requested(request)) => self.answer(request),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => std::thread::park_timeout(TICK),
            }
        }
        self.stop();
    }

    fn stop(&mut self) {
        self.judge.stop();
        self.rollback_windows.write(Instant::now());
        self.relays.stop();
        let projections = std::mem::take(&mut self.projections);
        let running = projections.into_values().flat_map(|projection| projection.running.into_values());
        let (workers, handles): (Vec<_>, Vec<_>) =
            running.map(|running| (running.worker, running.handle)).unzip();
        // All at once: each takes a last flush and a last checkpoint.
        workers.iter().flatten().for_each(Worker::request_stop);
        drop(workers);
        handles.iter().for_each(|handle| handle.close_store());
        for thread in self.retiring.drain(..) {
            // Its own panic has already been reported by the panic hook.
            let _ = thread.join();
        }
    }
}
