//! The thread that writes a version's documents into one sink while the engine's next steps run. It has one job in flight.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::job::{Done, Job, SinkSource};
use super::writer::{Ending, SinkWriter};
use foldline_base::error::{Error, ErrorKind, Result, ResultExt};
use foldline_base::planted::{Bug, is_planted};
use foldline_module::ValidatedModule;
use foldline_sink::Interrupt;

/// The thread that projects rows and writes one sink.
pub struct Flusher {
    jobs: Option<SyncSender<Job>>,
    done: Receiver<Done>,
    in_flight: bool,
    /// Set when this value is dropped: every job then ends.
    gone: Arc<AtomicBool>,
    /// Interrupts the sink's present call, once the sink is open.
    interrupt: Arc<Mutex<Option<Interrupt>>>,
    thread: Option<JoinHandle<()>>,
}

/// How soon to repeat an interrupt, which may have come between two statements of the sink.
const INTERRUPT_AGAIN: Duration = Duration::from_millis(20);

/// How long to wait at the end for a sink that is being opened, which nothing can interrupt.
const OPENING_MAX: Duration = Duration::from_secs(2);

impl Flusher {
    /// Starts the thread. Once `stop` is set, loads and flushes of scans end at their next chunk; a flush of rows in memory is
    /// completed.
    ///
    /// # Errors
    /// `Unavailable` when the system refuses a thread.
    pub fn start(
        label: &str,
        module: ValidatedModule,
        sink: SinkSource,
        stop: Arc<AtomicBool>,
    ) -> Result<Self> {
        // One job is in flight, but it may report trouble as well as its end.
        let (jobs, job_queue) = sync_channel(1);
        let (done_queue, done) = sync_channel(4);
        let gone = Arc::new(AtomicBool::new(false));
        let interrupt = Arc::default();
        let ending = Ending { stop, gone: Arc::clone(&gone) };
        let writer = SinkWriter::new(label, module, sink, Arc::clone(&interrupt), ending);
        let thread = std::thread::Builder::new()
            .name(format!("flush {label}"))
            .spawn(move || writer.run(&job_queue, &done_queue))
            .kind(ErrorKind::Unavailable, "starting a flusher")?;
        Ok(Self { jobs: Some(jobs), done, in_flight: false, gone, interrupt, thread: Some(thread) })
    }

    /// Returns whether a job is in flight, so that no other may be sent.
    pub fn in_flight(&self) -> bool {
        self.in_flight && !is_planted(Bug::SecondFlight)
    }

    /// Sends a job.
    ///
    /// # Panics
    /// Panics when one is in flight: with two flushes per sink, their order would be undefined.
    pub fn send(&mut self, job: Job) {
        assert!(!self.in_flight, "a flush while another is in flight");
        if let Some(jobs) = &self.jobs
            && jobs.send(job).is_ok()
        {
            self.in_flight = true;
        }
    }

    /// Returns the next report of the job, if there is one; waits up to `wait`.
    pub fn poll(&mut self, wait: Duration) -> Option<Done> {
        if !self.in_flight {
            return None;
        }
        let done = if wait.is_zero() {
            match self.done.try_recv() {
                Ok(done) => done,
                Err(TryRecvError::Empty) => return None,
                Err(TryRecvError::Disconnected) => Done::Failed(ended()),
            }
        } else {
            match self.done.recv_timeout(wait) {
                Ok(done) => done,
                Err(RecvTimeoutError::Timeout) => return None,
                Err(RecvTimeoutError::Disconnected) => Done::Failed(ended()),
            }
        };
        if !matches!(done, Done::Trouble(_)) {
            self.in_flight = false;
        }
        Some(done)
    }
}

impl Drop for Flusher {
    /// Ends the thread and its present job. The sink takes all of a flush or nothing.
    fn drop(&mut self) {
        self.jobs = None;
        self.gone.store(true, Ordering::Release);
        // Take answers until the thread ends, so that it never waits for this one.
        if self.in_flight {
            let until = Instant::now() + OPENING_MAX;
            loop {
                match &*self.interrupt.lock() {
                    Some(interrupt) => interrupt(),
                    // A server does not answer, and its answer is no longer needed.
                    None if Instant::now() > until => return,
                    None => {}
                }
                if matches!(self.done.recv_timeout(INTERRUPT_AGAIN), Err(RecvTimeoutError::Disconnected)) {
                    break;
                }
            }
        }
        if let Some(thread) = self.thread.take() {
            // The thread's own panic has already been reported by the panic hook.
            let _ = thread.join();
        }
    }
}

fn ended() -> Error {
    Error::new(ErrorKind::Internal, "the flusher ended unexpectedly")
}
