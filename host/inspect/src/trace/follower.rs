//! Runs one module over the log for one row. Every record is decoded, extracted and judged as in the engine, but only the
//! contributions to the row are kept.
//!
//! The event times of all records count. Within a batch they are taken into account up to each record of the row, so that the row
//! meets exactly the verdicts and windows of the engine's row.

use std::ops::Range;
use std::sync::Arc;

use foldline_core::watermark::Watermarks;
use parking_lot::Mutex;

use super::followed_rows::FollowedRows;
use super::row::Row;
use super::target::TraceTarget;
use foldline_base::error::Result;
use foldline_engine::extract_worker::{ExtractWorker, ExtractedBatch, Inputs, Lateness};
use foldline_engine::fold::{FoldOptions, extract, slices};
use foldline_engine::verify::Folding;
use foldline_log::{Log, RecordBatch};
use foldline_module::ValidatedModule;
use foldline_source::feed::Taken;
use foldline_source::feed::batch::FeedBatch;

/// A module that follows one row through the log.
pub(super) struct Follower {
    module: ValidatedModule,
    options: FoldOptions,
    inputs: Inputs,
    extract_workers: Mutex<Vec<ExtractWorker>>,
    lateness: Option<Lateness>,
    /// Watermarks after everything that was judged: one batch ahead of `moved`.
    judged: Watermarks,
    /// Watermarks after everything that the row has taken in.
    moved: Watermarks,
    pub(super) row: Row,
}

/// A record that contributes to the row.
pub(super) struct Touch {
    batch: usize,
    /// Its offset in the partition.
    pub(super) offset: u64,
    /// Its event time.
    pub(super) time_ms: i64,
    /// Whether it is late for the table's windows.
    pub(super) late: bool,
    /// The row of another table that it changes, if it contributes nothing to the traced row itself.
    pub(super) through: Option<String>,
    /// Per list of contributions, the rows of this record.
    rows: Vec<(usize, Vec<u32>)>,
}

/// A batch that was extracted and judged.
pub(super) struct Judged {
    extracted: Vec<ExtractedBatch>,
    /// By offset.
    pub(super) touches: Vec<Touch>,
}

impl Follower {
    /// Returns a follower before its first record. It uses the partitions that the log has now, because all of them decide how
    /// far event time has come. Added partitions begin at their decided event time.
    ///
    /// # Errors
    /// `Module` for a table that this host cannot run, `Unavailable` when the log does not answer.
    pub(super) fn new(
        folding: &Folding,
        log: &dyn Log,
        target: TraceTarget,
        followed: FollowedRows,
    ) -> Result<Self> {
        let description = folding.module.description();
        let mut watermarks = Watermarks::new(&description.inputs);
        for input in &description.inputs {
            let in_log = log.partitions(&input.topic)?.unwrap_or(0) as usize;
            let added_partitions = &folding.fold.added_partitions;
            let partitions =
                added_partitions.counted(&input.topic).map_or(in_log, |counted| counted.min(in_log));
            watermarks.set_partitions(&input.topic, partitions);
            for partition in 0..partitions {
                if let Some(start_ms) = added_partitions.start_ms(&input.topic, partition) {
                    watermarks.observe(&input.topic, partition as u32, start_ms);
                }
            }
        }
        Ok(Self {
            module: folding.module.clone(),
            options: FoldOptions { shards: 1, ..folding.fold.clone() },
            inputs: Inputs::of(&folding.module, folding.fold.limits.clone())?,
            extract_workers: Mutex::default(),
            lateness: Lateness::of(description),
            judged: watermarks.clone(),
            moved: watermarks,
            row: Row::new(&folding.module, target, followed)?,
        })
    }

    /// Returns whether the module reads a topic.
    pub(super) fn reads(&self, topic: &str) -> bool {
        self.module.description().inputs.iter().any(|input| input.topic == topic)
    }

    /// Extracts batches on all threads. Batches of topics that the module does not read give nothing.
    ///
    /// # Errors
    /// `Internal` when the host itself fails.
    pub(super) fn extract(&self, batches: &[Taken]) -> Result<Vec<Vec<ExtractedBatch>>> {
        let reads = |taken: &&Taken| self.reads(taken.batch.records.topic());
        let read: Vec<Taken> = batches.iter().filter(reads).map(copy).collect();
        let extracted = extract(&self.module, &self.options, &self.inputs, &self.extract_workers, &read)?;
        let mut extracted = extracted.into_iter();
        let of_batch = |taken: &Taken| {
            let count = if reads(&taken) { slices(taken, &self.options).len() } else { 0 };
            extracted.by_ref().take(count).collect()
        };
        Ok(batches.iter().map(of_batch).collect())
    }

    /// Judges the next batch of its partition, and finds the records of the row.
    ///
    /// # Errors
    /// None at present.
    pub(super) fn judge(&mut self, mut extracted: Vec<ExtractedBatch>) -> Result<Judged> {
        let mut touches = Vec::new();
        for (at, batch) in extracted.iter_mut().enumerate() {
            if let Some(lateness) = &self.lateness {
                batch.observe(lateness, &mut self.judged);
            }
            self.find_touches(at, batch, &mut touches)?;
        }
        Ok(Judged { extracted, touches })
    }

    fn find_touches(&self, at: usize, batch: &ExtractedBatch, touches: &mut Vec<Touch>) -> Result<()> {
        let mut list = 0;
        let mut found: Vec<Found> = Vec::new();
        batch.contributions_to(0, |contributions, origin, hashes, _| {
            let table = contributions.table;
            for (row, &hash) in (0_u32..).zip(hashes) {
                let keys = &contributions.keys;
                let is_own = self.row.is(table, hash, keys, row as usize);
                if !is_own && !self.row.followed().holds(table, hash, keys, row as usize) {
                    continue;
                }
                let source_row = contributions.source_rows[row as usize] as usize;
                let offset = origin.offsets[source_row];
                found.push(Found {
                    offset,
                    list,
                    row,
                    time_ms: origin.times_ms[source_row],
                    late: is_own && origin.late_offsets.binary_search(&offset).is_ok(),
                    through: (!is_own).then(|| self.row.name_of(table, &keys.canonical_bytes(row as usize))),
                });
            }
            list += 1;
            Ok(())
        })?;
        found.sort_unstable_by_key(|found| (found.offset, found.list, found.row));
        for of_record in found.chunk_by(|a, b| a.offset == b.offset) {
            let own = of_record.iter().find(|found| found.through.is_none());
            let Found { offset, time_ms, late, through, .. } = own.unwrap_or(&of_record[0]).clone();
            let of_list = of_record.chunk_by(|a, b| a.list == b.list);
            let rows =
                of_list.map(|some| (some[0].list, some.iter().map(|found| found.row).collect())).collect();
            touches.push(Touch { batch: at, offset, time_ms, late, through, rows });
        }
        Ok(())
    }

    /// Takes the event times at some offsets of a batch into account. Returns the largest one, with its offset.
    pub(super) fn observe(&mut self, judged: &Judged, offsets: Range<u64>) -> Option<(i64, u64)> {
        self.lateness.as_ref()?;
        let of_unit = |batch: &ExtractedBatch| batch.observe_within(offsets.clone(), &mut self.moved);
        judged.extracted.iter().filter_map(of_unit).max()
    }

    /// Returns how far event time has come; `None` without windows, and before all partitions have shown a time.
    pub(super) fn watermark_ms(&self) -> Option<i64> {
        self.lateness.as_ref()?;
        self.moved.all_ms()
    }

    /// Applies a record of the row.
    ///
    /// # Errors
    /// `Internal` when the host itself fails.
    pub(super) fn apply(&mut self, judged: &Judged, touch: &Touch) -> Result<()> {
        let mut list = 0;
        judged.extracted[touch.batch].contributions_to(0, |contributions, origin, hashes, _| {
            let rows = touch.rows.iter().find(|(of, _)| *of == list);
            list += 1;
            match rows {
                Some((_, rows)) => self.row.apply(contributions, origin, hashes, rows),
                None => Ok(()),
            }
        })
    }
}

/// A contribution to a row that is followed.
#[derive(Clone)]
struct Found {
    offset: u64,
    /// The list of contributions, and the row in it.
    list: usize,
    row: u32,
    time_ms: i64,
    late: bool,
    /// The row of another table that it changes.
    through: Option<String>,
}

impl Judged {
    /// Returns the record of the row at an offset.
    pub(super) fn touch(&self, offset: u64) -> Option<&Touch> {
        let at = self.touches.binary_search_by_key(&offset, |touch| touch.offset).ok()?;
        Some(&self.touches[at])
    }

    /// Returns why the record at an offset could not be folded.
    pub(super) fn refusal(&self, offset: u64) -> Option<&str> {
        let dead = self.extracted.iter().flat_map(|batch| &batch.dead);
        dead.into_iter().find(|letter| letter.offset == offset).map(|letter| letter.reason.as_str())
    }
}

/// Returns the batches as taken whole.
pub(super) fn taken(batches: Vec<RecordBatch>) -> Vec<Taken> {
    let whole = |records: RecordBatch| {
        let rows = 0..records.len();
        Taken::of(Arc::new(FeedBatch::undecoded(records)), rows)
    };
    batches.into_iter().map(whole).collect()
}

fn copy(taken: &Taken) -> Taken {
    Taken { batch: Arc::clone(&taken.batch), rows: taken.rows.clone(), offsets: taken.offsets.clone() }
}
