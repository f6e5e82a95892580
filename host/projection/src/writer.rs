//! What the flusher's thread does with a job: project, write, and retry if a sink does not answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::Duration;

use foldline_core::position::Position;
use parking_lot::Mutex;
use tracing::warn;

use super::chunks::{Failures, ScannedChunks, go_on, projected};
use super::failure::Failure;
use super::job::{Changes, Done, Job, Opener, SinkSource};
use super::project::Projector;
use super::projected_table::ProjectedTable;
use super::rows_batch::RowsBatch;
use super::scanned_rows::ScannedRows;
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_base::panics;
use foldline_module::ValidatedModule;
use foldline_sink::{DocumentChunks, FlushHead, Interrupt, ReadyChunks, Sink, SinkProgress};
use foldline_state::Scan;

/// Pauses between tries of a sink that does not answer: short at first, to recover quickly; long later, to be no load.
const RETRY_FIRST: Duration = Duration::from_millis(100);
const RETRY_MAX: Duration = Duration::from_secs(5);
/// How often a pause checks whether the engine stops.
const STOP_LOOK: Duration = Duration::from_millis(50);

pub(super) struct SinkWriter {
    label: String,
    table: ProjectedTable,
    projector: Projector,
    sink: Option<Box<dyn Sink>>,
    opener: Opener,
    interrupt: Arc<Mutex<Option<Interrupt>>>,
    ending: Ending,
}

/// Whether the engine stops, or is gone already.
pub(super) struct Ending {
    pub(super) stop: Arc<AtomicBool>,
    pub(super) gone: Arc<AtomicBool>,
}

impl SinkWriter {
    pub(super) fn new(
        label: &str,
        module: ValidatedModule,
        source: SinkSource,
        interrupt: Arc<Mutex<Option<Interrupt>>>,
        ending: Ending,
    ) -> Self {
        let table = ProjectedTable::of(module.description());
        let (sink, opener) = match source {
            SinkSource::Opened(sink, opener) => (Some(sink), opener),
            SinkSource::ToOpen(opener) => (None, opener),
        };
        *interrupt.lock() = sink.as_ref().map(|sink| sink.interrupt());
        let projector = Projector::new(module);
        Self { label: label.to_owned(), table, projector, sink, opener, interrupt, ending }
    }

    /// Does jobs until the engine drops the flusher.
    pub(super) fn run(mut self, jobs: &Receiver<Job>, done: &SyncSender<Done>) {
        let label = self.label.clone();
        let retrier = Retrier { label: &label, jobs, done };
        while let Ok(job) = jobs.recv() {
            let worked = panics::contain(|| Ok(self.work(job, retrier)));
            let worked = worked.unwrap_or_else(|panicked| Err(self.give_up(panicked)));
            let outcome = worked.unwrap_or_else(|failure| match failure {
                Failure::Stopped => Done::Stopped,
                Failure::Damaged(error) => Done::Damaged(error),
                Failure::Other(error) if error.kind() == ErrorKind::Lost => Done::Lost(error),
                Failure::Other(error) => Done::Failed(error),
            });
            if done.send(outcome).is_err() {
                return;
            }
        }
    }

    /// Drops whatever a panic may have left half done. The sink must be opened again before it is written.
    fn give_up(&mut self, panicked: Error) -> Failure {
        (*self.interrupt.lock(), self.sink) = (None, None);
        self.projector = self.projector.afresh();
        panicked.into()
    }

    fn work(&mut self, job: Job, retrier: Retrier<'_>) -> Result<Done, Failure> {
        match job {
            Job::Open { from_empty } => self.open(from_empty, retrier),
            Job::Point => {
                let Self { sink, ending, .. } = self;
                let sink = opened(sink)?;
                retrier.until_done(|| ending.stops(), || Ok(sink.point()?)).map(|()| Done::Pointed)
            }
            Job::Examine { live } => match opened(&mut self.sink)?.examine(live) {
                Ok(()) => Ok(Done::Examined { trouble: None }),
                Err(error) if error.kind() == ErrorKind::Unavailable => {
                    Ok(Done::Examined { trouble: Some(error.to_string()) })
                }
                Err(error) => Err(error.into()),
            },
            Job::Load { scan } => self.load(&scan, retrier).map(|()| Done::Loaded),
            Job::Flush { seq, position, changes } => {
                let head = FlushHead { seq, position };
                match changes {
                    Changes::Rows(batches) => self.flush_rows(&head, batches, retrier),
                    Changes::Scan { scan, after } => self.flush_scan(&head, &scan, &after, retrier),
                }?;
                Ok(Done::Flushed { position: head.position, refused: opened(&mut self.sink)?.refused() })
            }
        }
    }

    fn open(&mut self, from_empty: bool, retrier: Retrier<'_>) -> Result<Done, Failure> {
        let Self { sink, opener, interrupt, ending, .. } = self;
        // Close the previous sink first: its connections are of no more use.
        (*interrupt.lock(), *sink) = (None, None);
        let mut shown = SinkProgress::default();
        retrier.until_done(
            || ending.stops(),
            || {
                let opened = opener(from_empty)?;
                shown = opened.shown;
                *sink = Some(opened.sink);
                Ok(())
            },
        )?;
        let sink = opened(sink)?;
        *interrupt.lock() = Some(sink.interrupt());
        Ok(Done::Opened { shown, refused: sink.refused() })
    }

    fn load(&mut self, scan: &Scan, retrier: Retrier<'_>) -> Result<(), Failure> {
        let Self { table, projector, sink, ending, .. } = self;
        let sink = opened(sink)?;
        let ends = || ending.stops();
        let passed = |_| go_on(&ends);
        // If the store cannot be read for the moment, the scan ends, and the load starts again.
        retrier.until_done(ends, || {
            let rows = ScannedRows::new(table, scan, None, &passed);
            let mut chunks = ScannedChunks::new(projector, rows, &ends);
            loop {
                match chunks.next() {
                    Ok(Some(documents)) => retrier.until_done(ends, || Ok(sink.load(documents)?))?,
                    Ok(None) => break,
                    Err(error) => return Err(chunks.failure(error)),
                }
            }
            retrier.tell_failures(chunks.failures());
            Ok(())
        })
    }

    fn flush_rows(
        &mut self,
        head: &FlushHead,
        batches: Vec<RowsBatch>,
        retrier: Retrier<'_>,
    ) -> Result<(), Failure> {
        let Self { projector, sink, ending, .. } = self;
        let sink = opened(sink)?;
        let chunks = projected(projector, batches)?;
        let mut failures = Failures::default();
        chunks.iter().for_each(|documents| failures.add(documents));
        retrier.tell_failures(&failures);
        retrier.until_done(|| ending.is_gone(), || Ok(sink.flush(head, &mut ReadyChunks::new(&chunks))?))
    }

    fn flush_scan(
        &mut self,
        head: &FlushHead,
        scan: &Scan,
        after: &Position,
        retrier: Retrier<'_>,
    ) -> Result<(), Failure> {
        let scanned = &scan.checkpointed().position;
        if head.position != *scanned {
            let message = format!("flush at {} of a checkpoint at {scanned}", head.position);
            return Err(Error::new(ErrorKind::Internal, message).into());
        }
        let Self { table, projector, sink, ending, .. } = self;
        let sink = opened(sink)?;
        let ends = || ending.stops();
        let passed = |_| go_on(&ends);
        retrier.until_done(ends, || {
            let rows = ScannedRows::new(table, scan, Some(after), &passed);
            let mut chunks = ScannedChunks::new(projector, rows, &ends);
            sink.flush(head, &mut chunks).map_err(|error| chunks.failure(error))?;
            retrier.tell_failures(chunks.failures());
            Ok(())
        })
    }
}

fn opened(sink: &mut Option<Box<dyn Sink>>) -> Result<&mut dyn Sink> {
    match sink {
        Some(sink) => Ok(sink.as_mut()),
        None => Err(Error::new(ErrorKind::Internal, "a sink that is not open is written")),
    }
}

impl Ending {
    fn is_gone(&self) -> bool {
        self.gone.load(Ordering::Acquire)
    }

    fn stops(&self) -> bool {
        self.is_gone() || self.stop.load(Ordering::Acquire)
    }
}

/// Retries until something succeeds, and reports trouble to the engine.
#[derive(Clone, Copy)]
struct Retrier<'a> {
    label: &'a str,
    jobs: &'a Receiver<Job>,
    done: &'a SyncSender<Done>,
}

impl Retrier<'_> {
    fn until_done(
        self,
        ends: impl Fn() -> bool,
        mut attempt: impl FnMut() -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut pause = RETRY_FIRST;
        loop {
            let error = match attempt() {
                Err(Failure::Other(error)) if error.kind() == ErrorKind::Unavailable => error,
                outcome => return outcome,
            };
            if ends() {
                return Err(Failure::Stopped);
            }
            warn!(version = self.label, %error, ?pause, "sink does not accept documents, trying again");
            // If the channel is full, the engine has not read the last report yet, which says the same.
            let _ = self.done.try_send(Done::Trouble(error.to_string()));
            self.pause(pause, &ends)?;
            pause = RETRY_MAX.min(pause * 2);
        }
    }

    /// Waits. The engine sends nothing while a job is in flight, but hangs up when it drops the flusher, which ends the wait.
    fn pause(self, mut left: Duration, ends: impl Fn() -> bool) -> Result<(), Failure> {
        while !left.is_zero() {
            let look = left.min(STOP_LOOK);
            match self.jobs.recv_timeout(look) {
                Err(RecvTimeoutError::Timeout) if ends() => return Err(Failure::Stopped),
                Err(RecvTimeoutError::Timeout) => left -= look,
                Err(RecvTimeoutError::Disconnected) => return Err(Failure::Stopped),
                Ok(_) => return Err(Error::new(ErrorKind::Internal, "two jobs in flight").into()),
            }
        }
        Ok(())
    }

    fn tell_failures(self, failures: &Failures) {
        if let Some(first) = &failures.first {
            let (rows, id, reason) = (failures.rows, &first.id, &first.reason);
            warn!(version = self.label, rows, id, reason, "rows without an up-to-date document");
        }
    }
}
