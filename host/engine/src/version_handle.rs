//! A version as the rest of the host sees it: its progress, and how to send its worker commands.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError};
use std::time::Duration;

use foldline_core::position::Position;
use parking_lot::Mutex;
use tokio::sync::watch;

use super::command::Command;
use super::flush_gates::FlushGates;
use super::progress::{Halt, Progress, Troubles};
use super::sink_state::SinkState;
use super::verify::Folding;
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_base::notifier::Notifier;
use foldline_core::dead_letter::DeadLetter;
use foldline_core::parameters::Values;
use foldline_core::status::{Holder, Phase};
use foldline_module::Digest;
use foldline_sink::SharedBackend;
use foldline_sink_sqlite::{DocumentsFile, SqliteReader};
use foldline_state::{Scan, StateStore};

/// How long to wait for the answer to a [`Command`]. A worker that takes longer is stuck.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);

/// One running (or halted) version, as the rest of the host sees it.
pub struct VersionHandle {
    name: String,
    version: String,
    build: Digest,
    values: Values,
    topics: Vec<String>,
    progress: Mutex<Progress>,
    shown: Mutex<watch::Sender<Position>>,
    flush_gates: FlushGates,
    changes: Arc<watch::Sender<u64>>,
    recent_dead_letters: Mutex<Vec<DeadLetter>>,
    store: Mutex<Option<StateStore>>,
    commands: Mutex<Option<SyncSender<Command>>>,
    /// `Some` = open the state again; the phase is the one it continues in if it has halted.
    reopens: Mutex<Option<Phase>>,
    folding: Mutex<Option<Folding>>,
    /// The embedded store's file.
    documents: Mutex<Option<DocumentsFile>>,
    notifier: Arc<Notifier>,
    /// The sinks other than the embedded store.
    backends: Vec<SharedBackend>,
    /// Whether it only relays: it then has no state, no documents and no worker.
    only_relays: bool,
}

impl VersionHandle {
    /// Returns the handle of a version that has not started. `version` is the one that decisions name, and `build` the identity
    /// of what runs; `changes` is bumped whenever something is published.
    pub fn new(
        name: &str,
        version: &str,
        build: Digest,
        topics: Vec<String>,
        phase: Phase,
        changes: Arc<watch::Sender<u64>>,
    ) -> Self {
        Self {
            name: name.to_owned(),
            version: version.to_owned(),
            build,
            values: Values::default(),
            topics,
            progress: Mutex::new(Progress {
                phase,
                halt: None,
                troubles: Troubles::default(),
                position: Position::default(),
                shown: None,
                sinks: BTreeMap::new(),
                events: 0,
                dead_letters: 0,
                late: 0,
                passed_over: 0,
                watermark_ms: None,
                held_by: Vec::new(),
                kept: None,
                rows: 0,
                rows_bytes: 0,
                cold_bytes: 0,
                missing_topics: Vec::new(),
                producer_times: Vec::new(),
                coarse_times: BTreeMap::new(),
                caught_up: false,
                waits_for: None,
                records_per_s: None,
                replayed_per_s: None,
            }),
            shown: Mutex::new(watch::Sender::new(Position::default())),
            flush_gates: FlushGates::new(phase == Phase::Draining),
            changes,
            recent_dead_letters: Mutex::default(),
            store: Mutex::default(),
            commands: Mutex::default(),
            reopens: Mutex::default(),
            folding: Mutex::default(),
            documents: Mutex::default(),
            notifier: Arc::default(),
            backends: Vec::new(),
            only_relays: false,
        }
    }

    /// Marks the version as one that only relays, without state and documents.
    #[must_use]
    pub fn only_relaying(self) -> Self {
        Self { only_relays: true, ..self }
    }

    /// Returns whether the version only relays, without state and documents.
    pub fn only_relays(&self) -> bool {
        self.only_relays
    }

    /// Sets the values of its parameters that differ from the fallbacks.
    #[must_use]
    pub fn with_values(self, values: Values) -> Self {
        Self { values, ..self }
    }

    /// Sets the sinks other than the embedded store.
    #[must_use]
    pub fn with_sinks(mut self, sinks: &[SharedBackend]) -> Self {
        self.backends = sinks.to_vec();
        let states = sinks.iter().map(|sink| (sink.name().to_owned(), SinkState::default()));
        self.progress.lock().sinks = states.collect();
        self
    }

    /// Returns the sinks other than the embedded store.
    pub fn backends(&self) -> &[SharedBackend] {
        &self.backends
    }

    /// Returns the projection's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the module's version, with its build if the values of its parameters differ from the fallbacks.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Returns NAME@VERSION, or NAME@VERSION+BUILD.
    pub fn label(&self) -> String {
        format!("{}@{}", self.name, self.version)
    }

    /// Returns the unique name of the version's state: NAME@VERSION-BUILD, as its folder is called.
    pub fn state_key(&self) -> String {
        let build = self.build.short();
        let release = self.version.strip_suffix(&build).and_then(|rest| rest.strip_suffix(['+', '.']));
        format!("{}@{}-{build}", self.name, release.unwrap_or(&self.version))
    }

    /// Returns the identity of what runs: of the module and the values of its parameters.
    pub fn build(&self) -> &Digest {
        &self.build
    }

    /// Returns the values of its parameters that differ from the fallbacks.
    pub fn values(&self) -> &Values {
        &self.values
    }

    /// Returns the logical topics that the version reads.
    pub fn topics(&self) -> &[String] {
        &self.topics
    }

    /// Returns the progress.
    pub fn progress(&self) -> Progress {
        self.progress.lock().clone()
    }

    /// Calls a function with the progress, without copying it.
    pub fn look<T>(&self, at: impl FnOnce(&Progress) -> T) -> T {
        at(&self.progress.lock())
    }

    /// Returns the notifier that wakes the version's worker.
    pub fn notifier(&self) -> &Arc<Notifier> {
        &self.notifier
    }

    /// Returns a channel of the position that the embedded store shows. It closes after a hand-over to another version.
    pub fn shown(&self) -> watch::Receiver<Position> {
        self.shown.lock().subscribe()
    }

    /// Tells everyone who waits for this version that another one is live.
    pub fn close_shown(&self) {
        let mut shown = self.shown.lock();
        let last = shown.borrow().clone();
        *shown = watch::Sender::new(last);
    }

    /// Changes the published progress and wakes everyone who waits for a change.
    pub fn publish(&self, change: impl FnOnce(&mut Progress)) {
        {
            let mut progress = self.progress.lock();
            change(&mut progress);
            // Under the lock, so that two threads send in the order in which they wrote.
            if let Some(shown) = &progress.shown {
                self.shown.lock().send_if_modified(|current| {
                    let changed = current != shown;
                    current.clone_from(shown);
                    changed
                });
            }
        }
        self.changes.send_modify(|generation| *generation += 1);
    }

    /// Sets how fast the version folds; wakes no thread.
    pub fn set_pace(&self, records_per_s: Option<u64>) {
        self.progress.lock().records_per_s = records_per_s;
    }

    /// Sets which partitions hold back event time; wakes no thread.
    pub fn set_held_by(&self, held_by: Vec<Holder>) {
        self.progress.lock().held_by = held_by;
    }

    /// Sets what is left of the rollback window; wakes no thread.
    pub fn set_kept(&self, kept: Option<Duration>) {
        self.progress.lock().kept = kept;
    }

    /// Marks the version as halted.
    pub fn halt(&self, reason: String) {
        self.publish(|progress| {
            progress.phase = Phase::Halted;
            progress.halt = Some(Halt { reason });
        });
    }

    /// Takes in that the worker runs: the channel for its commands, how it folds, and where to read its documents.
    pub fn attach(&self, commands: SyncSender<Command>, folding: Folding, documents: DocumentsFile) {
        *self.commands.lock() = Some(commands);
        *self.documents.lock() = Some(documents);
        self.set_folding(folding);
    }

    /// Sets how the version folds from now on.
    pub fn set_folding(&self, folding: Folding) {
        *self.folding.lock() = Some(folding);
    }

    /// Takes in that the worker has ended. The last checkpoint stays readable, since operators read a halted version's dead
    /// letters.
    pub fn detach(&self) {
        *self.commands.lock() = None;
    }

    /// Closes the state store, before its folder is deleted or the host ends.
    pub fn close_store(&self) {
        *self.store.lock() = None;
    }

    /// Runs `flush` and stores the intent that it returns, unless flushes to the sink are frozen.
    pub fn begin_flush<T>(&self, sink: &str, flush: impl FnOnce() -> Option<(T, Position)>) -> Option<T> {
        self.flush_gates.begin_flush(sink, flush)
    }

    /// Returns whether it is known what a sink may show: whether it was opened since the start.
    pub fn knows_intent(&self, sink: &str) -> bool {
        self.flush_gates.knows_intent(sink)
    }

    /// Stores what readers of the sinks that a hand-over left behind may have seen. They are pointed here once this version
    /// shows as much.
    pub fn leave_sinks(&self, left: &BTreeMap<String, Position>) {
        self.flush_gates.leave(left);
    }

    /// Returns whether a sink shows what its readers may have seen of an earlier version. Topics that this version does not
    /// read do not count.
    pub fn shows_what_was_seen(&self, sink: &str, shown: &Position) -> bool {
        let seen = self.flush_gates.seen(sink);
        seen.is_none_or(|seen| shown.covers(&seen.of_topics(self.topics.iter().map(String::as_str))))
    }

    /// Returns what readers of a sink may have seen: the intent of this version, raised to what they may have seen of an
    /// earlier one.
    pub fn may_be_read(&self, sink: &str, intent: &Position) -> Position {
        let mut seen = intent.clone();
        seen.raise_to(&self.flush_gates.seen(sink).unwrap_or_default());
        seen
    }

    /// Stores what a sink may show when it is opened.
    pub fn set_intent(&self, sink: &str, intent: &Position) {
        self.flush_gates.set_intent(sink, intent);
    }

    /// Changes the published state of a sink other than the embedded store. Wakes waiting threads only if the state changed.
    pub fn publish_sink(&self, sink: &str, change: impl FnOnce(&mut SinkState)) {
        {
            let mut progress = self.progress.lock();
            let state = progress.sinks.entry(sink.to_owned()).or_default();
            let before = state.clone();
            change(state);
            if *state == before {
                return;
            }
        }
        self.changes.send_modify(|generation| *generation += 1);
    }

    /// Makes the version open its state again. A halted version continues in `phase`.
    pub fn reopen(&self, phase: Phase) {
        *self.reopens.lock() = Some(phase);
        self.notifier.notify();
    }

    /// Returns whether the state is to be opened again.
    pub fn is_to_reopen(&self) -> bool {
        self.reopens.lock().is_some()
    }

    /// Takes the request to open the state again; returns whether there was one. A halted version is no longer halted then.
    pub fn take_reopen(&self) -> bool {
        let Some(phase) = self.reopens.lock().take() else { return false };
        // A candidate that had caught up may not have any more.
        if self.look(|progress| matches!(progress.phase, Phase::Halted | Phase::CaughtUp)) {
            self.publish(|progress| (progress.phase, progress.halt) = (phase, None));
        }
        true
    }

    /// Refills a sink, alongside the documents that its readers read meanwhile.
    ///
    /// # Errors
    /// `Unavailable` when the version does not run.
    pub fn resync(&self, sink: &str) -> Result<()> {
        self.tell(Command::Resync(sink.to_owned()))
    }

    /// Returns whether the state has been opened. Until then nothing is known about it.
    pub fn has_opened(&self) -> bool {
        self.only_relays || self.store.lock().is_some()
    }

    /// Returns whether the version has halted.
    pub fn has_halted(&self) -> bool {
        self.look(|progress| progress.phase == Phase::Halted)
    }

    /// Returns the store of the run that folds, while it is open.
    pub fn store(&self) -> Option<StateStore> {
        self.store.lock().clone()
    }

    /// Stores the state store of the worker, for other readers.
    pub fn attach_store(&self, store: StateStore) {
        *self.store.lock() = Some(store);
    }

    /// Adds dead letters that no checkpoint holds yet.
    pub fn add_dead_letters(&self, letters: &[DeadLetter]) {
        self.recent_dead_letters.lock().extend_from_slice(letters);
    }

    /// Forgets the dead letters that no checkpoint holds yet: the records after the last checkpoint are folded again.
    pub fn forget_recent_dead_letters(&self) {
        self.recent_dead_letters.lock().clear();
    }

    /// Forgets the first `count` recent dead letters: a checkpoint holds them now.
    pub fn checkpointed_dead_letters(&self, count: usize) {
        self.recent_dead_letters.lock().drain(..count);
    }

    /// Returns up to `limit` dead letters after (topic, partition, offset), in that order.
    ///
    /// # Errors
    /// `Corrupt` when the state store cannot be read.
    pub fn dead_letters(&self, after: Option<(&str, u32, u64)>, limit: usize) -> Result<Vec<DeadLetter>> {
        // The recent ones first: a checkpoint in between may then return a letter twice, but never omit one.
        let recent = self.recent_dead_letters.lock().clone();
        let store = self.store.lock().clone();
        let place = |letter: &DeadLetter| (letter.topic.to_string(), letter.partition, letter.offset);
        let after_place = after.map(|(topic, partition, offset)| (topic.to_owned(), partition, offset));
        let mut letters = match store {
            Some(store) => store.dead_letters(after, limit)?,
            None => Vec::new(),
        };
        letters.extend(recent.into_iter().filter(|letter| Some(place(letter)) > after_place));
        letters.sort_by_cached_key(place);
        letters.dedup_by_key(|letter| place(letter));
        letters.truncate(limit);
        Ok(letters)
    }

    /// Returns the fingerprint and the position of everything folded by now. Reads the store while the engine's steps run.
    ///
    /// # Errors
    /// `Unavailable` when the version does not run, `Corrupt` when its state cannot be read.
    pub fn fingerprint(&self) -> Result<(String, Position)> {
        let scan = self.scan()?;
        Ok((scan.fingerprint()?, scan.checkpointed().position.clone()))
    }

    /// Returns a scan of a durable checkpoint that holds everything folded by now.
    ///
    /// # Errors
    /// `Unavailable` when the version does not run.
    pub fn scan(&self) -> Result<Scan> {
        self.ask(Command::Scan)
    }

    /// Returns a reader of the version's own documents, whether it is served or not; `None` while it shows none.
    ///
    /// # Errors
    /// `Unavailable` when they cannot be read.
    pub fn documents(&self) -> Result<Option<SqliteReader>> {
        let file = self.documents.lock().clone().filter(|_| self.look(|progress| progress.shown.is_some()));
        let Some(file) = file else { return Ok(None) };
        SqliteReader::follow(&file, self.folding()?.module.description().document()).map(Some)
    }

    /// Returns how the version folds, as is needed to fold the log once more.
    ///
    /// # Errors
    /// `Unavailable` when the version never ran.
    pub fn folding(&self) -> Result<Folding> {
        self.folding.lock().clone().ok_or_else(|| self.gone())
    }

    /// Freezes the version's flushes; returns, by sink, the position up to which it may show documents.
    pub fn freeze(&self) -> BTreeMap<String, Position> {
        self.flush_gates.freeze_all()
    }

    /// Freezes or thaws the flushes to a sink.
    pub fn set_frozen(&self, sink: &str, frozen: bool) {
        self.flush_gates.set_frozen(sink, frozen);
    }

    fn ask<T>(&self, command: impl FnOnce(SyncSender<T>) -> Command) -> Result<T> {
        self.send(command)?.wait()
    }

    /// Sends a command without waiting for the answer.
    ///
    /// # Errors
    /// `Unavailable` when the version does not run.
    pub(super) fn send<T>(
        &self,
        command: impl FnOnce(SyncSender<T>) -> Command,
    ) -> Result<PendingReply<'_, T>> {
        let (reply, answer) = std::sync::mpsc::sync_channel(1);
        self.tell(command(reply))?;
        Ok(PendingReply { of: self, answer })
    }

    /// Sends a command that has no answer.
    ///
    /// # Errors
    /// `Unavailable` when the version does not run.
    pub(super) fn tell(&self, command: Command) -> Result<()> {
        let commands = self.commands.lock().clone().ok_or_else(|| self.gone())?;
        commands.try_send(command).map_err(|error| match error {
            TrySendError::Full(_) => Error::new(
                ErrorKind::Unavailable,
                format!("{} has too many requests to answer", self.label()),
            ),
            TrySendError::Disconnected(_) => self.gone(),
        })?;
        self.notifier.notify();
        Ok(())
    }

    /// Returns whether the version's worker runs.
    pub(super) fn runs(&self) -> bool {
        self.commands.lock().is_some()
    }

    /// Returns the error that the version does not run, with the reason.
    pub(super) fn gone(&self) -> Error {
        if self.only_relays {
            let message = format!("{} only relays: it has no state and no documents", self.label());
            return Error::new(ErrorKind::Refused, message);
        }
        let reason = self.progress().halt.map(|halt| format!(": {}", halt.reason)).unwrap_or_default();
        Error::new(ErrorKind::Unavailable, format!("{} does not run{reason}", self.label()))
    }
}

/// The answer to a command, not received yet.
pub(super) struct PendingReply<'a, T> {
    of: &'a VersionHandle,
    answer: Receiver<T>,
}

impl<T> PendingReply<'_, T> {
    /// Waits for the answer.
    ///
    /// # Errors
    /// `Unavailable` when the version ends without an answer, or does not answer within 60 s.
    pub(super) fn wait(self) -> Result<T> {
        self.answer.recv_timeout(ANSWER_TIMEOUT).map_err(|error| match error {
            RecvTimeoutError::Timeout => {
                Error::new(ErrorKind::Unavailable, format!("{} is still starting, or stuck", self.of.label()))
            }
            RecvTimeoutError::Disconnected => self.of.gone(),
        })
    }
}
