//! Checkpoints: a cut between two steps, written in one atomic synced batch while the next steps run.
//!
//! Nothing else advances durable positions.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use foldline_core::position::Position;
use foldline_core::table::Mark;
use rayon::prelude::*;
use tracing::{debug, warn};

use super::Fold;
use super::shard::Shard;
use super::volume::Volume;
use foldline_base::error::{Error, ErrorKind, Result, ResultExt};
use foldline_base::failpoints::{PanicPoint, panic_if_asked};
use foldline_base::notifier::Notifier;
use foldline_base::planted::{Bug, is_planted};
use foldline_config::CheckpointConfig;
use foldline_core::dead_letter::DeadLetter;
use foldline_state::{Cut, CutRow, Scan, StateStore};

/// Number of dead letters that triggers a checkpoint. Until then they are held in memory.
const DEAD_LETTERS_MAX: usize = 100_000;

/// Pause after the first cut that the disk refuses. Each further refusal doubles it.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// Refusals in a row after which the store is reopened: about fifteen seconds.
const FAILURES_MAX: u32 = 5;

/// How long a thread waits for a checkpoint.
const CHECKPOINT_MAX: Duration = Duration::from_secs(600);

/// Cuts checkpoints by time and by volume, and writes them on a separate thread, one at a time.
pub struct Checkpointer {
    config: CheckpointConfig,
    store: StateStore,
    cuts: Option<SyncSender<Cut>>,
    done: Receiver<Result<Scan>>,
    thread: Option<JoinHandle<()>>,
    in_flight: Option<InFlight>,
    last_cut: Instant,
    /// Position of the last checkpoint, durable or being written; `None` = there is none.
    cut_position: Option<Position>,
    /// Number of consecutive cuts that the disk refused, and when to try again.
    failures: u32,
    retry_at: Instant,
    /// Size of the last cut on disk.
    cut_bytes: u64,
    /// Dead letters since the last cut.
    pending: Vec<DeadLetter>,
    /// What changed since the last cut.
    volume: Volume,
}

/// What must become dirty again if the cut does not reach the disk.
struct InFlight {
    /// By shard and table.
    changed: Vec<Vec<Vec<u32>>>,
    dead_letters: Vec<DeadLetter>,
}

/// A checkpoint that became durable.
pub struct Durable {
    /// How many of the pending dead letters it holds: the oldest ones.
    pub dead_letters: usize,
    /// Everything it holds, as long as this is kept.
    pub scan: Scan,
}

impl Checkpointer {
    /// Starts the thread. `position` is that of the store's last checkpoint, if it has one.
    ///
    /// # Errors
    /// `Unavailable` when the system refuses a thread.
    pub fn start(
        label: &str,
        store: StateStore,
        config: CheckpointConfig,
        position: Option<Position>,
        notifier: Arc<Notifier>,
    ) -> Result<Self> {
        let (cuts, cut_queue) = sync_channel::<Cut>(1);
        let (done_queue, done) = sync_channel(1);
        let thread = std::thread::Builder::new()
            .name(format!("checkpoint {label}"))
            .spawn({
                let store = store.clone();
                let name = label.split('@').next().unwrap_or(label).to_owned();
                move || {
                    // Not contained: a panic ends the process, and the next start restores the last durable checkpoint.
                    while let Ok(mut cut) = cut_queue.recv() {
                        panic_if_asked(PanicPoint::Commit, &name);
                        let committed = store.commit(&mut cut);
                        drop(cut);
                        if done_queue.send(committed).is_err() {
                            return;
                        }
                        notifier.notify();
                    }
                }
            })
            .kind(ErrorKind::Unavailable, "starting a checkpoint thread")?;
        let now = Instant::now();
        Ok(Self {
            config,
            store,
            cuts: Some(cuts),
            done,
            thread: Some(thread),
            in_flight: None,
            last_cut: now,
            cut_position: position,
            failures: 0,
            retry_at: now,
            cut_bytes: 0,
            pending: Vec::new(),
            volume: Volume::default(),
        })
    }

    /// Remembers dead letters for the next cut.
    pub fn add_dead_letters(&mut self, letters: &[DeadLetter]) {
        self.pending.extend_from_slice(letters);
    }

    /// Returns whether to cut now, by time or by volume since the last cut. Never while one is in flight.
    pub fn should_cut(&mut self, fold: &Fold, now: Instant) -> bool {
        self.may_cut(fold.position(), now)
            && ((now.duration_since(self.last_cut) >= self.config.every && !is_planted(Bug::TimeNotDue))
                || self.pending.len() >= DEAD_LETTERS_MAX
                || (self.volume.bytes(fold) >= self.config.bytes && !is_planted(Bug::VolumeNotDue)))
    }

    /// Returns whether a cut at this position would hold something new, none is in flight, and a retry is not still waiting.
    pub fn may_cut(&self, position: &Position, now: Instant) -> bool {
        self.is_behind(position) && now >= self.retry_at
    }

    /// Returns whether a cut at this position would hold something new, and none is in flight.
    pub fn is_behind(&self, position: &Position) -> bool {
        self.in_flight.is_none() && self.cut_position.as_ref() != Some(position)
    }

    /// Returns a scan of the last checkpoint if that checkpoint is of `position`.
    ///
    /// # Errors
    /// `Corrupt` when the store cannot be read.
    pub fn scan_at(&self, position: &Position) -> Result<Option<Scan>> {
        if self.in_flight.is_some() || self.is_behind(position) {
            return Ok(None);
        }
        self.store.scan()
    }

    /// Returns the position before which the store no longer remembers deleted rows.
    pub fn forgotten(&self) -> Position {
        self.store.forgotten()
    }

    /// Cuts a checkpoint: encodes changed rows on all threads, and hands them to the writing thread. `shown` is what every
    /// sink shows at least: rows that were deleted before it are forgotten.
    ///
    /// # Panics
    /// Panics while a cut is in flight, and when rows lag behind event time ([`Fold::catch_up`]).
    pub fn cut(&mut self, fold: &mut Fold, shown: Option<&Position>, now: Instant) {
        assert!(self.in_flight.is_none(), "a checkpoint while another is in flight");
        let threads = Arc::clone(fold.threads());
        let encoded: Vec<(Vec<Vec<u32>>, Vec<CutRow>)> =
            threads.install(|| fold.shards_mut().par_iter_mut().map(encode_changed).collect());
        let (changed, rows): (Vec<_>, Vec<_>) = encoded.into_iter().unzip();
        let dead = std::mem::take(&mut self.pending);
        let rows: Vec<CutRow> = rows.into_iter().flatten().collect();
        debug!(rows = rows.len(), position = %fold.position(), "checkpoint cut");
        let mut checkpointed = fold.checkpointed();
        if is_planted(Bug::PositionAhead) {
            let first =
                fold.position().iter().next().map(|(topic, partition, _)| (topic.to_owned(), partition));
            if let Some((topic, partition)) = first {
                let next_offset = fold.position().next_offset(&topic, partition);
                checkpointed.position.set(&topic, partition, next_offset + 1);
            }
        }
        self.cut_bytes = rows.iter().map(CutRow::bytes).sum();
        let (row_count, shown) = (fold.rows(), shown.cloned());
        let cut = Cut { checkpointed, row_count, rows, dead_letters: dead.clone(), shown };
        self.last_cut = now;
        self.volume = Volume::default();
        self.cut_position = Some(fold.position().clone());
        self.in_flight = Some(InFlight { changed, dead_letters: dead });
        if let Some(cuts) = &self.cuts {
            // The receiver is there: the thread ends only when this sender is dropped, or by a panic, which ends the process.
            let _ = cuts.send(cut);
        }
    }

    /// Returns the checkpoint that became durable, if one did; waits up to `wait`. If the disk refused the cut, its rows count
    /// as changed again.
    pub fn poll(&mut self, fold: &mut Fold, wait: Duration, now: Instant) -> Option<Result<Durable>> {
        self.in_flight.as_ref()?;
        let result = if wait.is_zero() {
            match self.done.try_recv() {
                Ok(result) => result,
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => return None,
            }
        } else {
            match self.done.recv_timeout(wait) {
                Ok(result) => result,
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return None,
            }
        };
        let in_flight = self.in_flight.take()?;
        Some(match result {
            Ok(scan) => {
                self.failures = 0;
                Ok(Durable { dead_letters: in_flight.dead_letters.len(), scan })
            }
            Err(error) => {
                warn!(%error, "checkpoint failed, its rows join the next one");
                let changed =
                    if is_planted(Bug::FailedCutForgotten) { Vec::new() } else { in_flight.changed };
                for (shard, tables) in fold.shards_mut().iter_mut().zip(changed) {
                    for (table, slots) in shard.tables_mut().iter_mut().zip(tables) {
                        slots.into_iter().for_each(|slot| table.mark(Mark::Checkpoint, slot));
                    }
                }
                let newer = std::mem::replace(&mut self.pending, in_flight.dead_letters);
                self.pending.extend(newer);
                self.failures += 1;
                self.retry_at = now + FIRST_PAUSE * 2_u32.saturating_pow(self.failures - 1);
                // Not durable: the same position must be cut again.
                self.cut_position = None;
                Err(error)
            }
        })
    }

    /// Cuts a checkpoint and waits until it is durable. None may be in flight.
    ///
    /// # Errors
    /// `Unavailable` when the disk refuses it or takes too long, `Corrupt` as [`Fold::catch_up`].
    pub fn cut_and_wait(&mut self, fold: &mut Fold, shown: Option<&Position>) -> Result<Scan> {
        fold.catch_up()?;
        self.cut(fold, shown, Instant::now());
        let slow = || Error::new(ErrorKind::Unavailable, "the disk does not accept a checkpoint");
        Ok(self.poll(fold, CHECKPOINT_MAX, Instant::now()).ok_or_else(slow)??.scan)
    }

    /// Waits for the checkpoint that is in flight, if one is; returns whether one was.
    ///
    /// # Errors
    /// `Unavailable` when the disk refuses it.
    pub fn wait(&mut self, fold: &mut Fold) -> Result<bool> {
        let durable = self.poll(fold, CHECKPOINT_MAX, Instant::now());
        Ok(durable.transpose()?.is_some())
    }

    /// Returns whether the store must be reopened before the next cut: it accepts no write after a failed one, or the disk has
    /// refused too many cuts in a row.
    pub fn has_given_up(&self) -> bool {
        self.failures >= FAILURES_MAX || self.store.is_broken()
    }

    /// Returns the bytes that the disk must have free for the last cut: it is written to a journal, and again from there.
    pub fn refused_bytes(&self) -> u64 {
        self.cut_bytes * 2
    }

    /// Returns whether a cut is being written.
    pub fn in_flight(&self) -> bool {
        self.in_flight.is_some()
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        self.cuts = None;
        if let Some(thread) = self.thread.take() {
            // The thread's own panic has already been reported by the panic hook.
            let _ = thread.join();
        }
    }
}

/// Takes a shard's changed rows, and encodes them.
fn encode_changed(shard: &mut Shard) -> (Vec<Vec<u32>>, Vec<CutRow>) {
    let changed: Vec<Vec<u32>> =
        shard.tables_mut().iter_mut().map(|table| table.take_changed(Mark::Checkpoint)).collect();
    let mut rows = Vec::with_capacity(changed.iter().map(Vec::len).sum());
    for (index, (table, slots)) in shard.tables().iter().zip(&changed).enumerate() {
        for &slot in slots {
            let row = (!table.is_gone(slot)).then(|| {
                let mut row = Vec::with_capacity(table.row_bytes_estimate(slot));
                table.encode_row(slot, &mut row);
                row
            });
            rows.push(CutRow { table: index as u8, key: table.key_bytes(slot).to_vec(), row });
        }
    }
    (changed, rows)
}
