//! One step: a pure function of (state, batches). Decode, extract, exchange, apply.
//!
//! ```text
//!  batches ─► hands, one a core: view or decode ─► extract (wasm) ─► deal out by hash(key)
//!                                                                        │
//!             shards, one a core: find slots ─► merge columns ◄──────────┘
//! ```
//!
//! A step extracts new batches while it applies those of the step before, so that no core waits at the exchange.

use std::ops::Range;
use std::sync::Arc;

use foldline_core::fingerprint::Fingerprint;
use foldline_core::position::Position;
use parking_lot::Mutex;
use rayon::ThreadPool;
use rayon::prelude::*;

use super::DeadLetter;
use super::dead_share::DeadShare;
use super::feed::Taken;
pub use super::feed::batch::BATCH_ROWS;
use super::feed::batch::{FeedBatch, parts};
use super::hand::{Hand, Inputs, Unit};
use super::shard::Shard;
use crate::error::Result;
use crate::log::RecordBatch;
use crate::module::ValidatedModule;
use crate::state::{Checkpointed, StateStore};

/// How a fold is done; none of it shows in results.
#[derive(Clone)]
pub struct FoldOptions {
    /// The threads that work, shared by all versions.
    pub threads: Arc<ThreadPool>,
    /// Parts of the state, each applied by one thread at a time.
    pub shards: usize,
    /// Rows per call of a module.
    pub batch_rows: usize,
    /// Whether every call gets an instance of its own: shows modules that remember.
    pub fresh_instances: bool,
    /// Longest record, in bytes: a longer one is a dead letter.
    pub record_bytes_max: usize,
    /// The share of dead letters among 1,000 offsets of a partition above which the projection stops; 1 = never.
    pub dead_letters_max: f64,
}

impl FoldOptions {
    /// Returns the options of a host: a shard a thread.
    pub fn new(threads: Arc<ThreadPool>, record_bytes_max: usize) -> Self {
        let shards = threads.current_num_threads();
        Self {
            threads,
            shards,
            batch_rows: BATCH_ROWS,
            fresh_instances: false,
            record_bytes_max,
            dead_letters_max: 1.0,
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
    hands: Mutex<Vec<Hand>>,
    shards: Vec<Shard>,
    dead_share: DeadShare,
    /// What is in the rows.
    applied: Checkpointed,
    /// Extracted, but not in the rows yet.
    ahead: Ahead,
}

/// What a step extracted, for the next one to apply.
#[derive(Default)]
struct Ahead {
    units: Vec<Unit>,
    /// Topic, partition and next offset after each batch.
    positions: Vec<(Arc<str>, u32, u64)>,
}

impl Fold {
    /// Returns the empty state of a module; evicted rows are read from `store`.
    ///
    /// # Errors
    /// `Module` naming the part of a table that this host cannot run.
    pub fn new(module: ValidatedModule, options: FoldOptions, store: Option<StateStore>) -> Result<Self> {
        let inputs = Inputs::of(&module, options.record_bytes_max)?;
        let shards = (0..options.shards.max(1))
            .map(|_| Shard::new(module.description(), store.clone()))
            .collect::<Result<Vec<_>>>()?;
        Ok(Self {
            dead_share: DeadShare::new(options.dead_letters_max),
            module,
            options,
            inputs,
            hands: Mutex::default(),
            shards,
            applied: Checkpointed::default(),
            ahead: Ahead::default(),
        })
    }

    /// Extracts batches while it applies those of the step before; dead letters of what was applied join `dead`, by
    /// offset within a partition.
    ///
    /// # Errors
    /// `Internal` when the host itself fails, `Corrupt` when an evicted row cannot be read: the state is then in doubt
    /// and must be restored. `Module` when too many records are dead letters.
    pub fn step(&mut self, batches: &[Taken], dead: &mut Vec<DeadLetter>) -> Result<()> {
        let ahead = std::mem::take(&mut self.ahead);
        let Self { options, inputs, hands, shards, module, .. } = self;
        let extract = || extract(module, options, inputs, hands, batches);
        let (applied, extracted) = match (ahead.units.is_empty(), batches.is_empty()) {
            (true, _) => (Ok(()), extract()),
            (false, true) => (apply(&options.threads, shards, &ahead.units), Ok(Vec::new())),
            (false, false) => options.threads.join(|| apply(&options.threads, shards, &ahead.units), extract),
        };
        applied?;
        self.ahead.units = extracted?;
        self.ahead.positions = batches
            .iter()
            .map(|Taken { batch, .. }| {
                let records = &batch.records;
                (Arc::clone(records.topic()), records.partition(), records.next_offset())
            })
            .collect();
        self.note_applied(ahead, dead)
    }

    /// Applies what was extracted and not applied yet.
    ///
    /// # Errors
    /// As [`Fold::step`].
    pub fn settle(&mut self, dead: &mut Vec<DeadLetter>) -> Result<()> {
        self.step(&[], dead)
    }

    /// Folds one batch wholly.
    ///
    /// # Errors
    /// As [`Fold::step`].
    pub fn fold(&mut self, records: RecordBatch, dead: &mut Vec<DeadLetter>) -> Result<()> {
        let batch = Arc::new(FeedBatch::undecoded(records));
        self.step(&[Taken { batch, from_row: 0 }], dead)?;
        self.settle(dead)
    }

    fn note_applied(&mut self, ahead: Ahead, dead: &mut Vec<DeadLetter>) -> Result<()> {
        for (topic, partition, next_offset) in ahead.positions {
            let expected = self.applied.position.next_offset(&topic, partition);
            assert!(next_offset >= expected, "a log reader went back from {expected} to {next_offset}");
            self.applied.position.set(&topic, partition, next_offset);
        }
        let mut outcome = Ok(());
        for unit in ahead.units {
            self.applied.events += unit.events;
            self.applied.dead_letters += unit.dead.len() as u64;
            outcome = outcome.and(self.dead_share.add(&unit.dead));
            dead.extend(unit.dead);
        }
        outcome
    }

    /// Returns the module that folds.
    pub fn module(&self) -> &ValidatedModule {
        &self.module
    }

    /// Returns the threads that work.
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

    /// Returns the index of the table that becomes documents.
    pub fn projected_table(&self) -> usize {
        self.module
            .description()
            .projected_table()
            .expect("validation accepts only modules that project a table")
    }

    /// Returns the position of the rows, and what was counted on the way there.
    pub fn applied(&self) -> &Checkpointed {
        &self.applied
    }

    /// Returns the position of the rows: everything before it is in them, nothing after.
    pub fn position(&self) -> &Position {
        &self.applied.position
    }

    /// Returns whether something is extracted and not in the rows yet.
    pub fn is_ahead(&self) -> bool {
        !self.ahead.positions.is_empty()
    }

    /// Takes over the position of restored rows, and how many dead letters the blocks around it hold.
    pub(super) fn resume(&mut self, applied: Checkpointed, dead_share: DeadShare) {
        assert!(!self.is_ahead(), "a restore comes before the first step");
        self.applied = applied;
        self.dead_share = dead_share;
    }

    /// Returns the number of rows of all tables, evicted ones included.
    pub fn rows(&self) -> u64 {
        self.shards.iter().map(Shard::rows).sum()
    }

    /// Returns the memory that the rows hold, in bytes.
    pub fn heap_bytes(&self) -> usize {
        self.shards.iter().map(Shard::heap_bytes).sum()
    }

    /// Evicts rows that no mark holds back until the rest takes about `bytes`; returns how many. Only for rows whose
    /// last change is durable: not while a checkpoint is in flight.
    pub(super) fn evict(&mut self, bytes: usize) -> usize {
        let share = bytes / self.shards.len();
        let Self { shards, options, .. } = self;
        options.threads.install(|| shards.par_iter_mut().map(|shard| shard.evict(share)).sum())
    }

    /// Returns the hash over all rows, which depends on nothing else.
    ///
    /// # Panics
    /// Panics when rows were evicted: ask the store's scan instead.
    pub fn fingerprint(&self) -> String {
        let mut fingerprint = Fingerprint::default();
        let mut row = Vec::new();
        for table in self.shards.iter().flat_map(|shard| shard.tables().iter().enumerate()) {
            let (index, table) = table;
            assert_eq!(table.cold_len(), 0, "a fingerprint of rows that are not in memory");
            for slot in 0..table.len() as u32 {
                row.clear();
                table.encode_row(slot, &mut row);
                fingerprint.add_row(index, table.key_bytes(slot), &row);
            }
        }
        fingerprint.finish()
    }
}

/// Turns batches into contributions on all threads, in the batches' order.
fn extract(
    module: &ValidatedModule,
    options: &FoldOptions,
    inputs: &Inputs,
    hands: &Mutex<Vec<Hand>>,
    batches: &[Taken],
) -> Result<Vec<Unit>> {
    let units: Vec<(&FeedBatch, Range<usize>)> =
        batches.iter().flat_map(|taken| units(taken, options.batch_rows)).collect();
    let extract = |(batch, rows): (&FeedBatch, Range<usize>)| {
        let mut hand = match hands.lock().pop() {
            Some(hand) if !options.fresh_instances => hand,
            _ => Hand::new(module.clone()),
        };
        let unit = hand.extract(inputs, batch, rows, options.shards);
        hands.lock().push(hand);
        unit
    };
    // A single unit is done here: live, waking another thread would cost more than it saves.
    match units.len() {
        0 | 1 => units.into_iter().map(extract).collect(),
        _ => options.threads.install(|| units.into_par_iter().map(extract).collect()),
    }
}

/// Returns the rows of a batch that go into each call of a module: as they were decoded, where that fits.
fn units(taken: &Taken, batch_rows: usize) -> impl Iterator<Item = (&FeedBatch, Range<usize>)> {
    let batch = taken.batch.as_ref();
    let whole = taken.from_row == 0 && batch_rows == BATCH_ROWS;
    let shared = batch.shared.iter().filter(move |_| whole);
    let decoded = shared.flat_map(|shared| shared.parts.iter().map(|(rows, _)| rows.clone()));
    let own_from = if whole && batch.shared.is_some() { batch.records.len() } else { taken.from_row };
    decoded.chain(parts(own_from, batch.records.len(), batch_rows)).map(move |rows| (batch, rows))
}

/// Merges contributions into all shards.
fn apply(threads: &ThreadPool, shards: &mut [Shard], units: &[Unit]) -> Result<()> {
    match shards {
        [only] => only.apply(0, units),
        shards if units.len() <= 1 => {
            shards.iter_mut().enumerate().try_for_each(|(index, shard)| shard.apply(index, units))
        }
        shards => threads.install(|| {
            shards.par_iter_mut().enumerate().try_for_each(|(index, shard)| shard.apply(index, units))
        }),
    }
}
