//! What a version's worker tells the rest of the host, and how the rest talks to it.

use std::sync::Arc;
use std::sync::mpsc::SyncSender;

use foldline_core::position::Position;
use parking_lot::Mutex;
use tokio::sync::watch;

use super::DeadLetter;
use crate::api::Phase;
use crate::error::{Error, ErrorKind, Result};
use crate::module::Digest;
use crate::state::StateStore;

/// Why a version stopped for good; an operator has to act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Halt {
    /// What happened, with the next step.
    pub reason: String,
}

/// Where a version stands.
#[derive(Clone, Debug)]
pub struct Progress {
    /// The phase.
    pub phase: Phase,
    /// Why it halted.
    pub halt: Option<Halt>,
    /// A passing trouble: a sink or log that does not answer.
    pub trouble: Option<String>,
    /// Everything before this is folded.
    pub position: Position,
    /// Everything before this is shown by every sink; `None` = the first load has not ended.
    pub shown: Option<Position>,
    /// Records folded, dead letters not counted.
    pub events: u64,
    /// Records that could not be folded.
    pub dead_letters: u64,
    /// Rows in state.
    pub rows: u64,
    /// Inputs that do not exist in the log.
    pub missing_topics: Vec<String>,
}

/// A request to a version's worker, answered between two steps.
pub enum Command {
    /// Take a fingerprint.
    Fingerprint(SyncSender<(String, Position)>),
    /// Start no further flush, and say what the sinks may show already.
    Freeze(SyncSender<Position>),
    /// Flush again.
    Thaw,
}

/// Answers to [`Command`]s come back within this many seconds, or the worker is stuck.
const ANSWER_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(60);

/// One running (or halted) version, as the rest of the host sees it.
pub struct VersionHandle {
    name: String,
    version: String,
    digest: Digest,
    topics: Vec<String>,
    progress: Mutex<Progress>,
    shown: watch::Sender<Position>,
    changes: Arc<watch::Sender<u64>>,
    recent_dead_letters: Mutex<Vec<DeadLetter>>,
    store: Mutex<Option<StateStore>>,
    commands: Mutex<Option<SyncSender<Command>>>,
}

impl VersionHandle {
    /// Returns the handle of a version that has not started; `changes` is bumped whenever something is published.
    pub fn new(
        name: &str,
        version: &str,
        digest: Digest,
        topics: Vec<String>,
        phase: Phase,
        changes: Arc<watch::Sender<u64>>,
    ) -> Self {
        Self {
            name: name.to_owned(),
            version: version.to_owned(),
            digest,
            topics,
            progress: Mutex::new(Progress {
                phase,
                halt: None,
                trouble: None,
                position: Position::default(),
                shown: None,
                events: 0,
                dead_letters: 0,
                rows: 0,
                missing_topics: Vec::new(),
            }),
            shown: watch::Sender::new(Position::default()),
            changes,
            recent_dead_letters: Mutex::default(),
            store: Mutex::default(),
            commands: Mutex::default(),
        }
    }

    /// Returns the projection's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the module's version.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Returns NAME@VERSION.
    pub fn label(&self) -> String {
        format!("{}@{}", self.name, self.version)
    }

    /// Returns the module's digest.
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// Returns the logical topics that the version reads.
    pub fn topics(&self) -> &[String] {
        &self.topics
    }

    /// Returns where the version stands.
    pub fn progress(&self) -> Progress {
        self.progress.lock().clone()
    }

    /// Returns what every sink shows, as it changes.
    pub fn shown(&self) -> watch::Receiver<Position> {
        self.shown.subscribe()
    }

    /// Changes the published progress and wakes everyone who waits for a change.
    pub(crate) fn publish(&self, change: impl FnOnce(&mut Progress)) {
        let shown = {
            let mut progress = self.progress.lock();
            change(&mut progress);
            progress.shown.clone()
        };
        if let Some(shown) = shown {
            self.shown.send_if_modified(|current| {
                let changed = *current != shown;
                *current = shown;
                changed
            });
        }
        self.changes.send_modify(|generation| *generation += 1);
    }

    /// Marks the version as halted.
    pub(crate) fn halt(&self, reason: String) {
        self.publish(|progress| {
            progress.phase = Phase::Halted;
            progress.halt = Some(Halt { reason });
        });
    }

    pub(crate) fn attach(&self, commands: SyncSender<Command>) {
        *self.commands.lock() = Some(commands);
    }

    pub(crate) fn detach(&self) {
        *self.commands.lock() = None;
        *self.store.lock() = None;
    }

    pub(crate) fn attach_store(&self, store: StateStore) {
        *self.store.lock() = Some(store);
    }

    pub(crate) fn add_dead_letters(&self, letters: &[DeadLetter]) {
        self.recent_dead_letters.lock().extend_from_slice(letters);
    }

    /// Forgets the first `count` recent dead letters: a checkpoint holds them now.
    pub(crate) fn checkpointed_dead_letters(&self, count: usize) {
        self.recent_dead_letters.lock().drain(..count);
    }

    /// Returns up to `limit` dead letters after (topic, partition, offset), in that order.
    ///
    /// # Errors
    /// `Corrupt` when the state store cannot be read.
    pub fn dead_letters(&self, after: Option<(&str, u32, u64)>, limit: usize) -> Result<Vec<DeadLetter>> {
        // The recent ones first: a checkpoint in between may show a letter twice, never not at all.
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

    /// Takes a fingerprint between two steps.
    ///
    /// # Errors
    /// `Unavailable` when the version does not run.
    pub fn fingerprint(&self) -> Result<(String, Position)> {
        self.ask(Command::Fingerprint)
    }

    /// Freezes the version's flushes; returns the position up to which its sinks may show documents.
    ///
    /// # Errors
    /// `Unavailable` when the version does not run.
    pub fn freeze(&self) -> Result<Position> {
        self.ask(Command::Freeze)
    }

    /// Lets the version flush again.
    pub fn thaw(&self) {
        if let Some(commands) = self.commands.lock().clone() {
            // A worker that is gone flushes nothing, frozen or not.
            let _ = commands.send(Command::Thaw);
        }
    }

    fn ask<T>(&self, command: impl FnOnce(SyncSender<T>) -> Command) -> Result<T> {
        let gone = || {
            let reason = self.progress().halt.map(|halt| format!(": {}", halt.reason)).unwrap_or_default();
            Error::new(ErrorKind::Unavailable, format!("{} does not run{reason}", self.label()))
        };
        let commands = self.commands.lock().clone().ok_or_else(gone)?;
        let (reply, answer) = std::sync::mpsc::sync_channel(1);
        commands.send(command(reply)).map_err(|_| gone())?;
        answer.recv_timeout(ANSWER_TIMEOUT).map_err(|_| gone())
    }
}
