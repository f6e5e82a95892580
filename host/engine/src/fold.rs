//! One step: a pure function of (state, batches). Decode, extract, exchange, apply.
//!
//! ```text
//!  batches ─► workers, one a core: view or decode ─► extract (wasm) ─► deal out by hash(key)
//!                                                                        │
//!             shards, one a core: find slots ─► merge columns ◄──────────┘
//! ```
//!
//! A step extracts new batches while it applies those of the previous step, so that no core waits at the exchange.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use foldline_core::fingerprint::Fingerprint;
use foldline_core::position::{Position, Witness};
use foldline_core::reference::References;
use foldline_core::skips::Skips;
use foldline_core::table::layout::shown_table;
use foldline_core::watermark::Watermarks;
use parking_lot::Mutex;
use rayon::ThreadPool;
use rayon::prelude::*;

use super::dead_share::{DeadLettersMax, DeadShare};
use super::extract_worker::{BatchSlice, ExtractWorker, ExtractedBatch, Inputs, Lateness};
use super::shard::Shard;
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_base::planted::{Bug, is_planted};
use foldline_base::seed::hash_seed;
pub use foldline_core::BATCH_ROWS;
use foldline_core::dead_letter::DeadLetter;
use foldline_decode::DecodeLimits;
use foldline_log::RecordBatch;
use foldline_module::ValidatedModule;
use foldline_source::added_partitions::AddedPartitions;
use foldline_source::feed::batch::{FeedBatch, parts};
use foldline_source::feed::{Taken, offset_of};
use foldline_state::{Checkpointed, StateStore};

/// How a fold runs. Apart from `limits`, `dead_letters_max`, `skips` and `added_partitions`, results do not depend on it.
#[derive(Clone)]
pub struct FoldOptions {
    /// The thread pool, shared by all versions.
    pub threads: Arc<ThreadPool>,
    /// Number of shards. One thread at a time applies to each.
    pub shards: usize,
    /// Rows per call of a module.
    pub batch_rows: usize,
    /// Whether every call gets a fresh instance: this exposes modules that keep state between calls.
    pub fresh_instances: bool,
    /// The settings on which verdicts about records depend.
    pub limits: DecodeLimits,
    /// The share of dead letters in an aligned block of 1,000 offsets above which the version halts.
    pub dead_letters_max: Arc<DeadLettersMax>,
    /// The ranges of offsets that are skipped.
    pub skips: Arc<Skips>,
    /// The event times at which added partitions begin.
    pub added_partitions: Arc<AddedPartitions>,
}

impl FoldOptions {
    /// Returns the options of a host: one shard per thread.
    pub fn new(threads: Arc<ThreadPool>, limits: impl Into<DecodeLimits>) -> Self {
        let shards = threads.current_num_threads();
        Self {
            threads,
            shards,
            batch_rows: BATCH_ROWS,
            fresh_instances: false,
            limits: limits.into(),
            dead_letters_max: Arc::default(),
            skips: Arc::default(),
            added_partitions: Arc::default(),
        }
    }
}

/// The whole state of one projection version, and how records change it.
///
/// Deterministic: the same records per partition give the same rows, whatever the batches, their interleaving, the
/// shards or the threads.
pub struct Fold {
    module: ValidatedModule,
    options: FoldOptions,
    inputs: Inputs,
    /// What rows of the projected table refer to.
    references: Arc<References>,
    extract_workers: Mutex<Vec<ExtractWorker>>,
    shards: Vec<Shard>,
    dead_share: DeadShare,
    /// Position and counts of what the rows contain.
    applied: Checkpointed,
    /// The allowed lateness, for reducers with windows.
    lateness: Option<Lateness>,
    /// The watermarks of what the rows contain.
    watermarks: Watermarks,
    /// Generation of the added partitions that are taken into account; `None` before the first look.
    added_partitions_seen: Option<u64>,
    /// Extracted, but not applied to the rows yet.
    pending: PendingApply,
}

/// What a step extracted, for the next one to apply.
#[derive(Default)]
struct PendingApply {
    extracted: Vec<ExtractedBatch>,
    /// Where each batch ends.
    ends: Vec<BatchEnd>,
}

/// The position at which a batch ends.
struct BatchEnd {
    topic: Arc<str>,
    partition: u32,
    next_offset: u64,
    /// The witness of the batch's last entry; `None` if a later batch of the partition has one.
    witness: Option<Witness>,
}

impl Fold {
    /// Returns the empty state of a module; evicted rows are read from `store`.
    ///
    /// # Errors
    /// `Module` naming the part of a table that this host cannot run.
    pub fn new(module: ValidatedModule, options: FoldOptions, store: Option<StateStore>) -> Result<Self> {
        let inputs = Inputs::of(&module, options.limits.clone())?;
        let lateness = Lateness::of(module.description());
        let watermarks = Watermarks::new(&module.description().inputs);
        let references = Arc::new(References::of(module.description(), hash_seed()));
        let shards = (0..options.shards.max(1))
            .map(|_| Shard::new(module.description(), &references, store.clone()))
            .collect::<Result<Vec<_>>>()?;
        Ok(Self {
            dead_share: DeadShare::new(&module.description().name, Arc::clone(&options.dead_letters_max)),
            module,
            options,
            inputs,
            references,
            extract_workers: Mutex::default(),
            shards,
            applied: Checkpointed::default(),
            lateness,
            watermarks,
            added_partitions_seen: None,
            pending: PendingApply::default(),
        })
    }

    /// Extracts batches while it applies those of the previous step. Adds the dead letters of the applied batches to `dead`,
    /// ordered by offset within a partition.
    ///
    /// # Errors
    /// `Internal` when the host itself fails, `Corrupt` when an evicted row is damaged, `Unavailable` when it cannot be read
    /// for now. After `Corrupt` or `Unavailable` the rows in memory are undefined and must be restored. `Module` when too many
    /// records are dead letters.
    pub fn step(&mut self, batches: &[Taken], dead: &mut Vec<DeadLetter>) -> Result<()> {
        let mut pending = std::mem::take(&mut self.pending);
        let watermark_ms = self.advance_watermarks(&mut pending.extracted);
        let Self { options, inputs, extract_workers, shards, module, .. } = self;
        let extract = || extract(module, options, inputs, extract_workers, batches);
        let apply = |shards| apply(&options.threads, shards, &pending.extracted, watermark_ms);
        let (applied, extracted) = match (pending.extracted.is_empty(), batches.is_empty()) {
            (true, _) => (Ok(()), extract()),
            (false, true) => (apply(shards), Ok(Vec::new())),
            (false, false) => options.threads.join(|| apply(shards), extract),
        };
        applied?;
        self.pending.extracted = extracted?;
        self.pending.ends = batch_ends(batches);
        self.record_applied(pending, dead)
    }

    /// Advances event time over extracted batches, in the order of their records; returns the watermark of all partitions
    /// together.
    fn advance_watermarks(&mut self, extracted: &mut [ExtractedBatch]) -> Option<i64> {
        let lateness = self.lateness.as_ref()?;
        for batch in extracted {
            self.applied.late += batch.observe(lateness, &mut self.watermarks);
        }
        let of_partitions = || self.watermarks.of_partitions().filter_map(|(.., watermark)| watermark);
        match () {
            () if is_planted(Bug::SealedEarly) => of_partitions().max(),
            () if is_planted(Bug::AbsenceIgnored) => of_partitions().min(),
            () => self.watermarks.all_ms(),
        }
    }

    /// Applies what is extracted but not applied yet.
    ///
    /// # Errors
    /// As [`Fold::step`].
    pub fn apply_pending(&mut self, dead: &mut Vec<DeadLetter>) -> Result<()> {
        self.step(&[], dead)
    }

    /// Brings rows over windows to the event time of the position. Required before rows or marks are read. Steps do not do it,
    /// since a row takes many panes at once faster than one by one.
    ///
    /// # Errors
    /// `Corrupt` when an evicted row is damaged, `Unavailable` when it cannot be read for now. The rows in memory are
    /// undefined then.
    pub fn catch_up(&mut self) -> Result<()> {
        let Self { shards, options, .. } = self;
        if !shards.iter().any(Shard::lags) {
            return Ok(());
        }
        options.threads.install(|| shards.par_iter_mut().try_for_each(Shard::catch_up))
    }

    /// Folds one batch completely.
    ///
    /// # Errors
    /// As [`Fold::step`].
    pub fn fold(&mut self, records: RecordBatch, dead: &mut Vec<DeadLetter>) -> Result<()> {
        let rows = 0..records.len();
        let batch = Arc::new(FeedBatch::undecoded(records));
        self.step(&[Taken::of(batch, rows)], dead)?;
        self.apply_pending(dead)
    }

    /// Extracts records and discards the contributions; returns the dead letters. The kept instances have then been used. For
    /// tests of modules.
    ///
    /// # Errors
    /// `Internal` when the host itself fails.
    pub fn warm_up(&self, records: RecordBatch) -> Result<Vec<DeadLetter>> {
        let rows = 0..records.len();
        let taken = [Taken::of(Arc::new(FeedBatch::undecoded(records)), rows)];
        let extracted = extract(&self.module, &self.options, &self.inputs, &self.extract_workers, &taken)?;
        Ok(extracted.into_iter().flat_map(|batch| batch.dead).collect())
    }

    fn record_applied(&mut self, pending: PendingApply, dead: &mut Vec<DeadLetter>) -> Result<()> {
        let position = &mut self.applied.position;
        for BatchEnd { topic, partition, next_offset, witness } in pending.ends {
            let expected = position.next_offset(&topic, partition);
            assert!(next_offset >= expected, "a log reader went back from {expected} to {next_offset}");
            position.set(&topic, partition, next_offset);
            if let Some(witness) = witness {
                position.witness(&topic, partition, witness);
            }
            if let Some(skipped) = self.options.skips.of(&topic, partition) {
                position.note_skipped(&topic, partition, Some(skipped));
            }
        }
        let mut outcome = Ok(());
        for batch in pending.extracted {
            self.applied.events += batch.events;
            self.applied.passed_over += batch.passed_over;
            self.applied.dead_letters += batch.dead.len() as u64;
            outcome = outcome.and(self.dead_share.add(&batch.dead));
            dead.extend(batch.dead);
        }
        outcome
    }

    /// Returns the module that folds.
    pub fn module(&self) -> &ValidatedModule {
        &self.module
    }

    /// Returns the thread pool.
    pub fn threads(&self) -> &Arc<ThreadPool> {
        &self.options.threads
    }

    /// Returns the shards.
    pub fn shards(&self) -> &[Shard] {
        &self.shards
    }

    /// Returns the shards, for marks and for restoring.
    pub fn shards_mut(&mut self) -> &mut [Shard] {
        &mut self.shards
    }

    /// Returns the projected table: its declared index, and the stored index of the table whose rows are shown.
    pub fn projected_table(&self) -> (usize, usize) {
        let description = self.module.description();
        let index = description.projected_table();
        let index = index.expect("validation accepts only modules that project a table");
        (index, shown_table(&description.tables, index))
    }

    /// Returns what rows of the projected table refer to.
    pub fn references(&self) -> Arc<References> {
        Arc::clone(&self.references)
    }

    /// Sets the number of a topic's partitions: event time waits for all of them. An added partition begins at its decided
    /// event time.
    ///
    /// # Errors
    /// `Data` when windows have already advanced beyond the event time at which a new partition begins. The state must then be
    /// rebuilt.
    pub fn set_partitions(&mut self, topic: &str, partitions: usize) -> Result<()> {
        let moved_on_ms = self.lateness.as_ref().and_then(|_| self.watermarks.all_ms());
        for partition in self.watermarks.partitions(topic)..partitions {
            self.watermarks.set_partitions(topic, partition + 1);
            if let Some(start_ms) = self.options.added_partitions.start_ms(topic, partition)
                && !is_planted(Bug::AdditionForgotten)
            {
                self.watermarks.observe(topic, partition as u32, start_ms);
            }
            if moved_on_ms.is_some() && self.watermarks.all_ms() < moved_on_ms {
                let message = format!(
                    "partition {partition} of topic `{topic}` is new, and windows have moved on beyond where it begins"
                );
                return Err(Error::new(ErrorKind::Data, message));
            }
        }
        Ok(())
    }

    /// Takes partitions into account that were added since the last call.
    ///
    /// # Errors
    /// As [`Fold::set_partitions`].
    pub fn count_additions(&mut self) -> Result<()> {
        let added_partitions = Arc::clone(&self.options.added_partitions);
        let generation = added_partitions.generation();
        if self.added_partitions_seen == Some(generation) || self.lateness.is_none() {
            return Ok(());
        }
        let module = self.module.clone();
        for input in &module.description().inputs {
            if let Some(counted) = added_partitions.counted(&input.topic) {
                self.set_partitions(&input.topic, counted)?;
            }
        }
        self.added_partitions_seen = Some(generation);
        Ok(())
    }

    /// Stores the id of a topic that is read.
    pub fn identify(&mut self, topic: &str, id: &str) {
        self.applied.position.identify(topic, id);
    }

    /// Returns how far event time has come; `None` for reducers without windows.
    pub fn watermarks(&self) -> Option<&Watermarks> {
        self.lateness.as_ref().map(|_| &self.watermarks)
    }

    /// Returns, by topic, the description of the first coarse time.
    pub fn coarse_times(&self) -> BTreeMap<String, String> {
        self.inputs.coarse_times()
    }

    /// Returns what a checkpoint that is cut now says about itself.
    pub fn checkpointed(&self) -> Checkpointed {
        let mut checkpointed = self.applied.clone();
        if self.lateness.is_some() {
            checkpointed.largest_times.clone_from(self.watermarks.largest_times());
        }
        checkpointed
    }

    /// Returns the position of the rows, and what was counted on the way there.
    pub fn applied(&self) -> &Checkpointed {
        &self.applied
    }

    /// Returns the position of the rows: everything before it is in them, nothing after.
    pub fn position(&self) -> &Position {
        &self.applied.position
    }

    /// Returns whether something is extracted but not applied to the rows yet.
    pub fn has_pending(&self) -> bool {
        !self.pending.ends.is_empty()
    }

    /// Sets the position of the rows that are restored next, and the number of dead letters in the current blocks.
    pub(super) fn resume(&mut self, applied: Checkpointed, dead_share: DeadShare) {
        assert!(!self.has_pending(), "a restore comes before the first step");
        self.watermarks.resume(&applied.largest_times);
        let watermark_ms = self.watermarks.all_ms();
        let tables = self.shards.iter_mut().flat_map(|shard| shard.tables_mut());
        tables.for_each(|table| table.resume(watermark_ms));
        self.applied = applied;
        self.dead_share = dead_share;
    }

    /// Returns the number of rows of all tables, evicted ones included. Rows that lag behind event time count even if catching
    /// up would delete them.
    pub fn rows(&self) -> u64 {
        self.shards.iter().map(Shard::rows).sum()
    }

    /// Returns the memory of the resident rows, in bytes.
    pub fn heap_bytes(&self) -> usize {
        self.shards.iter().map(Shard::heap_bytes).sum()
    }

    /// Returns the memory that evicted rows still take, in bytes.
    pub fn cold_bytes(&self) -> usize {
        self.shards.iter().map(Shard::cold_bytes).sum()
    }

    /// Drops deleted rows whose deletion is in a checkpoint and in the sinks. Must not be called while a checkpoint is in
    /// flight.
    pub(super) fn sweep(&mut self) -> usize {
        self.shards.iter_mut().map(Shard::sweep).sum()
    }

    /// Evicts rows that carry no mark until the rest takes about `bytes`; returns how many. Must not be called while a
    /// checkpoint is in flight: the last change of an evicted row must be durable.
    pub(super) fn evict(&mut self, bytes: usize) -> usize {
        let share = bytes / self.shards.len();
        let Self { shards, options, .. } = self;
        options.threads.install(|| shards.par_iter_mut().map(|shard| shard.evict(share)).sum())
    }

    /// Returns the hash over all rows. It depends on nothing else.
    ///
    /// # Panics
    /// Panics if rows were evicted: use the fingerprint of the store's scan instead.
    pub fn fingerprint(&mut self) -> String {
        self.catch_up().expect("no row was evicted");
        let mut fingerprint = Fingerprint::default();
        let mut row = Vec::new();
        for table in self.shards.iter().flat_map(|shard| shard.tables().iter().enumerate()) {
            let (index, table) = table;
            assert_eq!(table.cold_len(), 0, "a fingerprint of rows that are not in memory");
            for slot in (0..table.len() as u32).filter(|&slot| !table.is_gone(slot)) {
                row.clear();
                table.encode_row(slot, &mut row);
                fingerprint.add_row(index, table.key_bytes(slot), &row);
            }
        }
        fingerprint.finish()
    }
}

/// Returns where batches end. Only one entry per partition is hashed, because a position has one witness.
fn batch_ends(batches: &[Taken]) -> Vec<BatchEnd> {
    let mut ends: Vec<BatchEnd> = Vec::with_capacity(batches.len());
    for taken in batches.iter().rev() {
        let records = &taken.batch.records;
        let (topic, partition) = (records.topic(), records.partition());
        let known = ends
            .iter()
            .any(|later| later.partition == partition && later.topic == *topic && later.witness.is_some());
        let witness = if known { None } else { taken.witness() };
        let topic = Arc::clone(topic);
        ends.push(BatchEnd { topic, partition, next_offset: taken.next_offset(), witness });
    }
    ends.reverse();
    ends
}

/// Turns batches into contributions on all threads; returns them in the order of the batches.
pub fn extract(
    module: &ValidatedModule,
    options: &FoldOptions,
    inputs: &Inputs,
    extract_workers: &Mutex<Vec<ExtractWorker>>,
    batches: &[Taken],
) -> Result<Vec<ExtractedBatch>> {
    let slices: Vec<BatchSlice<'_>> = batches.iter().flat_map(|taken| slices(taken, options)).collect();
    let extract = |slice: BatchSlice<'_>| {
        let mut worker = match extract_workers.lock().pop() {
            Some(worker) if !options.fresh_instances => worker,
            _ => ExtractWorker::new(module.clone()),
        };
        let batch = worker.extract(inputs, &slice, options.shards);
        extract_workers.lock().push(worker);
        batch
    };
    // A single slice is extracted on this thread: at the log's end, waking another one costs more than it saves.
    match slices.len() {
        0 | 1 => slices.into_iter().map(extract).collect(),
        _ => options.threads.install(|| slices.into_par_iter().map(extract).collect()),
    }
}

/// Returns the slices of a batch, one per call of a module: rows that were decoded together if that fits, without skipped
/// rows.
pub fn slices<'a>(taken: &'a Taken, options: &FoldOptions) -> Vec<BatchSlice<'a>> {
    let Taken { batch, rows, offsets } = taken;
    let records = &batch.records;
    let slice = |rows: Range<usize>, offsets: Range<u64>| BatchSlice { batch, rows, offsets };
    let all = parts(rows.start, rows.end, options.batch_rows).map(|rows_of_slice| {
        let start = if rows_of_slice.start == rows.start {
            offsets.start
        } else {
            offset_of(records, rows_of_slice.start)
        };
        let end =
            if rows_of_slice.end == rows.end { offsets.end } else { offset_of(records, rows_of_slice.end) };
        slice(rows_of_slice, start..end)
    });
    let mut slices: Vec<BatchSlice<'a>> = match options.skips.of(records.topic(), records.partition()) {
        Some(skipped) => all.flat_map(|slice| slice.without(skipped)).collect(),
        None => all.collect(),
    };
    if rows.is_empty() {
        slices.push(slice(rows.clone(), offsets.clone()));
    }
    // Punctuations advance event time even without rows.
    slices.retain(|slice| !slice.rows.is_empty() || slice.has_punctuations());
    slices
}

/// Merges contributions into all shards, and advances their windows to an event time.
fn apply(
    threads: &ThreadPool,
    shards: &mut [Shard],
    extracted: &[ExtractedBatch],
    watermark_ms: Option<i64>,
) -> Result<()> {
    let apply = |(index, shard): (usize, &mut Shard)| {
        shard.apply(index, extracted)?;
        if let Some(watermark_ms) = watermark_ms {
            shard.advance(watermark_ms)?;
        }
        Ok(())
    };
    if shards.len() == 1 || extracted.len() <= 1 {
        return shards.iter_mut().enumerate().try_for_each(apply);
    }
    threads.install(|| shards.par_iter_mut().enumerate().try_for_each(apply))
}
