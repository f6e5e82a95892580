//! Writes a version's documents beside the engine's next steps: one job in flight, results copied between two steps.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use foldline_core::contribution::ResultRows;
use foldline_core::position::Position;
use tracing::warn;

use super::project::{Documents, Projector};
use crate::error::{Error, ErrorKind, Result, ResultExt};
use crate::module::ValidatedModule;
use crate::sink::{Flush, Sink};

/// Rows of one call of `project`, copied between two steps.
pub struct RowsBatch {
    /// The documents' ids.
    pub ids: Vec<String>,
    /// The rows' results.
    pub rows: ResultRows,
}

/// What the engine hands over.
pub enum Job {
    /// A portion of the first load: invisible until the first flush.
    Load(RowsBatch),
    /// Everything that changed, as it stands at a position.
    Flush {
        /// One more than the flush before.
        seq: u64,
        /// Everything before this position is in the rows.
        position: Position,
        /// The changed rows.
        rows: Vec<RowsBatch>,
    },
}

/// What became of a job.
#[derive(Debug)]
pub enum Done {
    /// The portion is in the sinks.
    Loaded,
    /// The sinks show everything before this position.
    Flushed(Position),
    /// A sink does not answer; the job is tried again until it does.
    Trouble(String),
    /// Nothing more can be written: the version must halt.
    Failed(Error),
}

/// The thread that projects rows and writes sinks.
pub struct Flusher {
    jobs: Option<SyncSender<Job>>,
    done: Receiver<Done>,
    in_flight: bool,
    thread: Option<JoinHandle<()>>,
}

impl Flusher {
    /// Starts the thread.
    ///
    /// # Errors
    /// `Internal` when the system refuses a thread.
    pub fn start(label: &str, module: ValidatedModule, sink: Box<dyn Sink>) -> Result<Self> {
        // One job in flight; its trouble may be reported beside its end.
        let (jobs, job_queue) = sync_channel(1);
        let (done_queue, done) = sync_channel(4);
        let writer = Writer { label: label.to_owned(), projector: Projector::new(module), sink };
        let thread = std::thread::Builder::new()
            .name(format!("flush {label}"))
            .spawn(move || writer.run(&job_queue, &done_queue))
            .kind(ErrorKind::Internal, "starting a flusher")?;
        Ok(Self { jobs: Some(jobs), done, in_flight: false, thread: Some(thread) })
    }

    /// Returns whether a job is under way: no other may be sent.
    pub fn in_flight(&self) -> bool {
        self.in_flight
    }

    /// Hands over a job.
    ///
    /// # Panics
    /// Panics when one is in flight: one flush per sink, or their order would be open.
    pub fn send(&mut self, job: Job) {
        assert!(!self.in_flight, "a flush while another is in flight");
        if let Some(jobs) = &self.jobs
            && jobs.send(job).is_ok()
        {
            self.in_flight = true;
        }
    }

    /// Returns what became of the job, if that is known; waits up to `wait`.
    pub fn poll(&mut self, wait: Duration) -> Option<Done> {
        if !self.in_flight {
            return None;
        }
        let done = if wait.is_zero() {
            match self.done.try_recv() {
                Ok(done) => done,
                Err(TryRecvError::Empty) => return None,
                Err(TryRecvError::Disconnected) => Done::Failed(gone()),
            }
        } else {
            match self.done.recv_timeout(wait) {
                Ok(done) => done,
                Err(RecvTimeoutError::Timeout) => return None,
                Err(RecvTimeoutError::Disconnected) => Done::Failed(gone()),
            }
        };
        if !matches!(done, Done::Trouble(_)) {
            self.in_flight = false;
        }
        Some(done)
    }
}

impl Drop for Flusher {
    /// Ends the thread after the job it is at; a job that a sink keeps refusing is given up.
    fn drop(&mut self) {
        self.jobs = None;
        // Nobody reads answers any more: a thread that has one must not wait for us.
        drop(std::mem::replace(&mut self.done, sync_channel(1).1));
        if let Some(thread) = self.thread.take() {
            // The thread's own panic has already been reported by the panic hook.
            let _ = thread.join();
        }
    }
}

fn gone() -> Error {
    Error::new(ErrorKind::Internal, "the flusher ended unexpectedly")
}

struct Writer {
    label: String,
    projector: Projector,
    sink: Box<dyn Sink>,
}

/// Pauses between tries of a sink that does not answer: quick enough to be back at once, rare enough to be no load.
const RETRY_FIRST: Duration = Duration::from_millis(100);
const RETRY_MAX: Duration = Duration::from_secs(5);

impl Writer {
    fn run(mut self, jobs: &Receiver<Job>, done: &SyncSender<Done>) {
        while let Ok(job) = jobs.recv() {
            let outcome = match self.prepare(job) {
                Ok(prepared) => match self.write_until_taken(&prepared, jobs, done) {
                    Some(outcome) => outcome,
                    None => return,
                },
                Err(error) => Done::Failed(error),
            };
            if done.send(outcome).is_err() {
                return;
            }
        }
    }

    fn prepare(&mut self, job: Job) -> Result<Prepared> {
        let mut documents = Documents::default();
        let prepared = self.project(job, &mut documents);
        if let Ok(Prepared::Load(Documents { failed, .. }) | Prepared::Flush(Flush { failed, .. })) =
            &prepared
            && let Some(first) = failed.first()
        {
            let (rows, id, reason) = (failed.len(), &first.id, &first.reason);
            warn!(version = self.label, rows, id, reason, "rows without an up-to-date document");
        }
        prepared
    }

    fn project(&mut self, job: Job, documents: &mut Documents) -> Result<Prepared> {
        match job {
            Job::Load(batch) => {
                self.projector.project(&batch.ids, batch.rows, documents)?;
                Ok(Prepared::Load(std::mem::take(documents)))
            }
            Job::Flush { seq, position, rows } => {
                for batch in rows {
                    self.projector.project(&batch.ids, batch.rows, documents)?;
                }
                let Documents { changes, failed } = std::mem::take(documents);
                Ok(Prepared::Flush(Flush { seq, position, documents: changes, failed }))
            }
        }
    }

    /// Writes until the sink takes it; `None` when the engine is gone.
    fn write_until_taken(
        &mut self,
        prepared: &Prepared,
        jobs: &Receiver<Job>,
        done: &SyncSender<Done>,
    ) -> Option<Done> {
        let mut pause = RETRY_FIRST;
        loop {
            let result = match prepared {
                Prepared::Load(documents) => {
                    self.sink.load(&documents.changes, &documents.failed).map(|()| Done::Loaded)
                }
                Prepared::Flush(flush) => {
                    self.sink.flush(flush).map(|()| Done::Flushed(flush.position.clone()))
                }
            };
            match result {
                Ok(outcome) => return Some(outcome),
                Err(error) if error.kind() == ErrorKind::Unavailable => {
                    warn!(version = self.label, %error, ?pause, "sink does not take a flush, trying again");
                    // Full: the engine has not read the last report yet, which says the same.
                    let _ = done.try_send(Done::Trouble(error.to_string()));
                    // The engine sends nothing while a job is in flight: this waits, and ends when it goes.
                    match jobs.recv_timeout(pause) {
                        Err(RecvTimeoutError::Timeout) => pause = RETRY_MAX.min(pause * 2),
                        Err(RecvTimeoutError::Disconnected) => return None,
                        Ok(_) => {
                            return Some(Done::Failed(Error::new(
                                ErrorKind::Internal,
                                "two flushes in flight",
                            )));
                        }
                    }
                }
                Err(error) => return Some(Done::Failed(error)),
            }
        }
    }
}

enum Prepared {
    Load(Documents),
    Flush(Flush),
}
