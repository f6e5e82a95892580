//! The thread of one projection version: poll, step, flush, checkpoint, until it is told to stop.
//!
//! Everything here is about *when*; what a step does is in [`super::fold`], what a flush does in
//! [`crate::projection`], what a checkpoint does in [`super::checkpoint`].

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use foldline_core::position::Position;
use foldline_core::table::Mark;
use tracing::{error, info, warn};

use super::assignment::Assignment;
use super::checkpoint::Checkpointer;
use super::progress::{Command, Troubles, VersionHandle};
use super::stage::Stage;
use super::{DeadLetter, Fold};
use crate::api::Phase;
use crate::config::{CheckpointConfig, Limits};
use crate::error::{Error, ErrorKind, Result, ResultExt};
use crate::log::Log;
use crate::module::ValidatedModule;
use crate::projection::{Done, Flusher};
use crate::sink::Sink;
use crate::sink::sqlite::SqliteSink;
use crate::state::{Checkpointed, StateStore};

/// Bytes of records per step: some ten thousand events, a few milliseconds between two looks at flushes and commands.
const STEP_BYTES: usize = 2 << 20;
/// How long to wait for records when something else may need attention soon.
const BUSY_WAIT: Duration = Duration::from_millis(2);
/// How long to wait for records when nothing else goes on; commands wait as long at most.
const IDLE_WAIT: Duration = Duration::from_millis(50);
/// How long to leave a log alone that does not answer.
const TROUBLE_WAIT: Duration = Duration::from_millis(250);
/// How long a last flush or checkpoint may take at a stop; what it misses is replayed at the next start.
const STOP_WAIT: Duration = Duration::from_secs(8);

/// What a version needs to run.
pub struct VersionConfig {
    /// The module.
    pub module: ValidatedModule,
    /// The log.
    pub log: Arc<dyn Log>,
    /// The folder of its state store.
    pub state: PathBuf,
    /// The file of its embedded documents.
    pub documents: PathBuf,
    /// The nonce of this process: owner of every sink it writes.
    pub owner: String,
    /// Limits of records and modules.
    pub limits: Limits,
    /// When checkpoints are due.
    pub checkpoint: CheckpointConfig,
}

/// A version's thread; dropping it stops the thread and waits for it.
pub struct Worker {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    /// Starts the thread; everything it has to say goes through `handle`.
    ///
    /// # Errors
    /// `Internal` when the system refuses a thread.
    pub fn start(config: VersionConfig, handle: Arc<VersionHandle>) -> Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let (commands, command_queue) = sync_channel(16);
        handle.attach(commands);
        let thread = std::thread::Builder::new()
            .name(format!("fold {}", handle.label()))
            .spawn({
                let stop = Arc::clone(&stop);
                move || {
                    let outcome = Run::open(config, Arc::clone(&handle), Arc::clone(&stop), command_queue)
                        .and_then(|run| run.map_or(Ok(()), Run::run));
                    if let Err(error) = outcome {
                        error!(version = handle.label(), %error, "projection halted");
                        handle.halt(error.to_string());
                    }
                    handle.detach();
                }
            })
            .kind(ErrorKind::Internal, "starting a worker")?;
        Ok(Self { stop, thread: Some(thread) })
    }

    /// Tells the thread to stop after its step; dropping the worker waits for it.
    pub fn request_stop(&self) {
        self.stop.store(true, Ordering::Release);
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

struct Run {
    handle: Arc<VersionHandle>,
    stop: Arc<AtomicBool>,
    commands: Receiver<Command>,
    fold: Fold,
    position: Position,
    dead_letters: u64,
    assignment: Assignment,
    checkpointer: Checkpointer,
    flusher: Flusher,
    stage: Stage,
    /// Whether the log's end was reached once since the start.
    caught_up: bool,
}

impl Run {
    /// Restores state and opens the sink; `None` when told to stop meanwhile.
    fn open(
        config: VersionConfig,
        handle: Arc<VersionHandle>,
        stop: Arc<AtomicBool>,
        commands: Receiver<Command>,
    ) -> Result<Option<Self>> {
        let label = handle.label();
        let document = config.module.description().document.clone();
        // The sink first: what it shows can be served while state is restored.
        let sink = SqliteSink::open(&config.documents, &config.owner, &document)?;
        let shown = sink.progress().clone();
        handle.set_intent(&shown.hi);
        handle.publish(|progress| progress.shown.clone_from(&shown.lo));

        let (store, mut fold, checkpointed) = restore(&config, &label)?;
        let position = checkpointed.position;
        handle.attach_store(store.clone());
        handle.publish(|progress| {
            progress.position = position.clone();
            progress.events = checkpointed.events;
            progress.dead_letters = checkpointed.dead_letters;
            progress.rows = fold.rows();
        });
        let stage = Stage::resume(&shown, &position, &mut fold);
        let mut passed = position.clone();
        passed.raise_to(&shown.hi);
        let mut assignment = Assignment::new(Arc::clone(&config.log), handle.topics().to_vec());
        loop {
            match assignment.open(&position, &passed) {
                Ok(()) => break,
                Err(error) if error.kind() == ErrorKind::Unavailable => {
                    warn!(version = label, %error, "log does not answer, trying again");
                    handle.publish(|progress| progress.troubles.log = Some(error.to_string()));
                    std::thread::park_timeout(TROUBLE_WAIT);
                }
                Err(error) => return Err(error),
            }
            if stop.load(Ordering::Acquire) {
                return Ok(None);
            }
        }
        info!(version = label, %position, rows = fold.rows(), "folding");
        let now = Instant::now();
        Ok(Some(Self {
            checkpointer: Checkpointer::start(&label, store, config.checkpoint, position.clone(), now)?,
            flusher: Flusher::start(&label, config.module, Box::new(sink))?,
            handle,
            stop,
            commands,
            fold,
            position,
            dead_letters: checkpointed.dead_letters,
            assignment,
            stage,
            caught_up: false,
        }))
    }

    fn run(mut self) -> Result<()> {
        while !self.stop.load(Ordering::Acquire) {
            self.answer_commands();
            self.poll_and_step()?;
            self.collect(Duration::ZERO)?;
            self.advance_stage()?;
            let now = Instant::now();
            if self.checkpointer.is_due(&self.fold, &self.position, now) {
                self.checkpointer.cut(&mut self.fold, &self.position, self.dead_letters, now);
            }
        }
        self.finish()
    }

    fn poll_and_step(&mut self) -> Result<()> {
        let busy = self.flusher.in_flight() || self.checkpointer.in_flight() || self.stage.is_loading();
        let wait = if busy { BUSY_WAIT } else { IDLE_WAIT };
        let batches = match self.assignment.poll(&self.position, STEP_BYTES, wait) {
            Ok(batches) => batches,
            Err(error) if error.kind() == ErrorKind::Unavailable => {
                self.trouble(&error, |troubles| &mut troubles.log);
                std::thread::park_timeout(TROUBLE_WAIT);
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        self.over(|troubles| &mut troubles.log);
        if batches.is_empty() && self.handle.progress().missing_topics == self.assignment.missing() {
            return Ok(());
        }
        let mut dead: Vec<DeadLetter> = Vec::new();
        for batch in &batches {
            let expected = self.position.next_offset(batch.topic(), batch.partition());
            let first = if batch.is_empty() { batch.next_offset() } else { batch.get(0).offset };
            assert!(first >= expected, "a log reader went back from {expected} to {first}");
            self.fold.step(batch, &mut dead)?;
            self.position.set(batch.topic(), batch.partition(), batch.next_offset());
        }
        self.dead_letters += dead.len() as u64;
        self.checkpointer.add_dead_letters(&dead);
        self.handle.add_dead_letters(&dead);
        let missing = self.assignment.missing().to_vec();
        self.handle.publish(|progress| {
            progress.position.clone_from(&self.position);
            progress.events = self.fold.events();
            progress.dead_letters = self.dead_letters;
            progress.rows = self.fold.rows();
            progress.missing_topics = missing;
        });
        Ok(())
    }

    /// Takes in what flusher and checkpointer have finished.
    fn collect(&mut self, wait: Duration) -> Result<()> {
        match self.flusher.poll(wait) {
            None => {}
            Some(Done::Loaded) => {}
            Some(Done::Flushed(position)) => {
                self.stage.flushed(&position);
                self.handle.publish(|progress| {
                    progress.shown = Some(position);
                    progress.troubles.sink = None;
                });
            }
            Some(Done::Trouble(trouble)) => {
                self.handle.publish(|progress| progress.troubles.sink = Some(trouble));
            }
            Some(Done::Failed(error)) => return Err(error.context("writing documents")),
        }
        self.collect_checkpoint(Duration::ZERO)
    }

    fn collect_checkpoint(&mut self, wait: Duration) -> Result<()> {
        match self.checkpointer.poll(&mut self.fold, wait, Instant::now()) {
            None => {}
            Some(Ok(durable)) => {
                self.handle.checkpointed_dead_letters(durable.dead_letters);
                self.over(|troubles| &mut troubles.checkpoint);
            }
            Some(Err(error)) if self.checkpointer.has_given_up() => {
                return Err(
                    error.with_hint("give the data folder space, then restart the host: the log is replayed")
                );
            }
            Some(Err(error)) => self.trouble(&error, |troubles| &mut troubles.checkpoint),
        }
        Ok(())
    }

    /// Moves on to the next stage where it is time to, and sends what the stage has to send.
    fn advance_stage(&mut self) -> Result<()> {
        if !self.caught_up {
            match self.assignment.caught_up(&self.position) {
                Ok(true) => self.note_caught_up(),
                Ok(false) => {}
                Err(error) if error.kind() == ErrorKind::Unavailable => {
                    self.trouble(&error, |troubles| &mut troubles.log);
                }
                Err(error) => return Err(error),
            }
        }
        if !self.flusher.in_flight() {
            self.send_next_job();
        }
        Ok(())
    }

    fn note_caught_up(&mut self) {
        self.caught_up = true;
        info!(version = self.handle.label(), position = %self.position, "caught up");
        if self.stage.is_replaying() {
            self.stage = Stage::load(&mut self.fold);
        }
        self.handle.publish(|progress| {
            // A live version that rebuilds its documents stays live.
            if progress.phase == Phase::Replaying {
                progress.phase = Phase::CaughtUp;
            }
        });
    }

    /// Sends what the stage has to send, unless a takeover has frozen this version's flushes.
    fn send_next_job(&mut self) {
        let Self { handle, stage, fold, position, .. } = self;
        let job = handle.unless_frozen(|| Some((stage.next_job(fold, position)?, stage.intent().clone())));
        if let Some(job) = job {
            self.flusher.send(job);
        }
    }

    fn answer_commands(&mut self) {
        while let Ok(command) = self.commands.try_recv() {
            // Whoever asked may have given up: then nobody reads the answer.
            match command {
                Command::Fingerprint(reply) => {
                    let _ = reply.send((self.fold.fingerprint(), self.position.clone()));
                }
            }
        }
    }

    /// Last flush, last checkpoint: what they miss is replayed at the next start.
    fn finish(&mut self) -> Result<()> {
        let deadline = Instant::now() + STOP_WAIT;
        let left = || deadline.saturating_duration_since(Instant::now());
        while self.flusher.in_flight() && !left().is_zero() {
            self.collect(left().min(TROUBLE_WAIT))?;
        }
        if self.stage.is_flushing() && !self.flusher.in_flight() {
            self.send_next_job();
            while self.flusher.in_flight() && !left().is_zero() {
                self.collect(left().min(TROUBLE_WAIT))?;
            }
        }
        // A poll without a wait does not look at what is being written right now.
        self.collect_checkpoint(left().max(BUSY_WAIT))?;
        if self.checkpointer.is_behind(&self.position) {
            self.checkpointer.cut(&mut self.fold, &self.position, self.dead_letters, Instant::now());
            self.collect_checkpoint(left().max(BUSY_WAIT))?;
        }
        info!(version = self.handle.label(), position = %self.position, "stopped");
        Ok(())
    }

    fn trouble(&self, error: &Error, part: fn(&mut Troubles) -> &mut Option<String>) {
        let text = error.to_string();
        if part(&mut self.handle.progress().troubles).as_ref() != Some(&text) {
            warn!(version = self.handle.label(), error = text, "trouble, trying again");
            self.handle.publish(|progress| *part(&mut progress.troubles) = Some(text));
        }
    }

    fn over(&self, part: fn(&mut Troubles) -> &mut Option<String>) {
        if part(&mut self.handle.progress().troubles).is_some() {
            self.handle.publish(|progress| *part(&mut progress.troubles) = None);
        }
    }
}

/// Opens the store and restores its rows; a damaged store is thrown away, loudly, and the log is replayed.
fn restore(config: &VersionConfig, label: &str) -> Result<(StateStore, Fold, Checkpointed)> {
    let digest = config.module.digest().to_string();
    let attempt = || -> Result<(StateStore, Fold, Checkpointed)> {
        let (store, checkpointed) = StateStore::open(&config.state, &digest)?;
        let mut fold = Fold::new(config.module.clone(), config.limits.record_bytes_max)?;
        store.restore(|table, key, row| match fold.tables_mut().get_mut(usize::from(table)) {
            Some(table) => table.restore_row(key, row),
            None => Err(format!("table {table} does not exist")),
        })?;
        let checkpointed = checkpointed.unwrap_or_default();
        fold.set_events(checkpointed.events);
        for table in fold.tables_mut() {
            table.set_noting(Mark::Checkpoint, true);
        }
        Ok((store, fold, checkpointed))
    };
    match attempt() {
        Err(error) if error.kind() == ErrorKind::Corrupt => {
            error!(version = label, %error, "state is damaged: thrown away, the log is replayed from its beginning");
            let folder = config.state.display();
            std::fs::remove_dir_all(&config.state)
                .kind(ErrorKind::Unavailable, format_args!("removing damaged state `{folder}`"))?;
            attempt()
        }
        outcome => outcome,
    }
}
