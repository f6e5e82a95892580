//! What may be sent to one of a version's sinks now: nothing, the first load, or a flush (invariant 3 in
//! docs/design/invariants.md).
//!
//! A flush carries the results of the rows that changed since the previous one, copied between two steps. If the changed rows
//! are not known one by one (the first load; after a restart that finds the sink behind the checkpoint; more changed keys than
//! are tracked), the flush carries the contents of a checkpoint instead: a checkpoint is cut, and the rows are read from the
//! store during the next steps. Dirty rows are tracked again from that cut on, so no change is lost in between.

use foldline_core::position::Position;

use super::Fold;
use super::changed_rows;
use foldline_base::error::Result;
use foldline_base::planted::{Bug, is_planted};
use foldline_projection::{Changes, Job};
use foldline_sink::SinkProgress;
use foldline_state::Scan;

/// Number of dirty keys that are tracked one by one: 4 MiB of marks. With more of them, a flush reads the store.
pub const FLUSH_KEYS_MAX: usize = 1 << 20;

/// What a version may send to one of its sinks now.
#[derive(Debug)]
pub struct FlushState {
    /// The number under which dirty rows are tracked for this sink.
    sink: u8,
    phase: FlushPhase,
    dirty: DirtyTracking,
    /// The position since which dirty rows are tracked.
    dirty_since: Position,
    /// The number of the last flush that was sent.
    seq: u64,
    /// The position of the last flush that was sent: what the sink may show.
    hi: Position,
    /// What the sink holds at least: the position of the last flush that it acknowledged, or of the first load.
    lo: Option<Position>,
    /// Whether a flush has made the load visible.
    visible: bool,
    keys_max: usize,
}

#[derive(Debug, PartialEq, Eq)]
enum FlushPhase {
    /// It is not known yet what the sink holds.
    Opening,
    /// The sink holds nothing, and is sent nothing before the log's end is reached.
    Replaying,
    /// The first load is pending or under way.
    Loading,
    /// The sink holds documents. Nothing is sent until the engine has passed `hi`.
    Flushing,
}

/// Whether all rows that changed after `lo` are known one by one.
#[derive(Debug, PartialEq, Eq)]
enum DirtyTracking {
    All,
    /// No: a checkpoint must be cut, to be read from the store.
    NotAll,
    /// That checkpoint is cut, and changes since the cut are tracked.
    SinceCut,
    /// That checkpoint is cut, but changes since the cut are not all tracked either: another checkpoint must follow.
    NotAllSinceCut,
}

impl FlushState {
    /// Returns the flush state of the sink with this number, whose contents are not known yet. Rows that change from the fold's
    /// position on are tracked, `keys_max` keys at most.
    pub fn new(fold: &mut Fold, sink: u8, keys_max: usize) -> Self {
        let state = Self {
            sink,
            phase: FlushPhase::Opening,
            dirty: DirtyTracking::All,
            dirty_since: fold.position().clone(),
            seq: 0,
            hi: Position::default(),
            lo: None,
            visible: false,
            keys_max,
        };
        state.track_dirty(fold, true);
        state
    }

    /// Takes over the progress that the opened sink reported: it may show everything up to `shown.hi`.
    pub fn opened(&mut self, shown: &SinkProgress, fold: &mut Fold) {
        (self.seq, self.hi, self.lo) = (shown.seq, shown.hi.clone(), shown.lo.clone());
        self.visible = shown.lo.is_some();
        let knows_all = match &shown.lo {
            None => false,
            // Rows that changed before the checkpoint are not replayed, but a sink that lags behind it needs them too.
            Some(lo) => lo.covers(&self.dirty_since) || is_planted(Bug::LagNotScanned),
        };
        self.phase = if shown.lo.is_some() { FlushPhase::Flushing } else { FlushPhase::Replaying };
        if !knows_all {
            self.track_dirty(fold, false);
            self.dirty = DirtyTracking::NotAll;
        }
    }

    /// Forgets what the sink holds, because the sink is opened again or given up.
    pub fn close(&mut self, fold: &mut Fold) {
        self.track_dirty(fold, false);
        (self.phase, self.dirty, self.visible) = (FlushPhase::Opening, DirtyTracking::NotAll, false);
    }

    /// Notes that the log's end was reached: a sink that holds nothing is loaded next.
    pub fn caught_up(&mut self) {
        if self.phase == FlushPhase::Replaying {
            self.phase = FlushPhase::Loading;
        }
    }

    /// Returns what the sink shows at least.
    pub fn shown(&self) -> Option<&Position> {
        self.lo.as_ref().filter(|_| self.is_flushing())
    }

    /// Returns whether the sink holds a complete set of documents that readers may see.
    pub fn is_visible(&self) -> bool {
        self.visible && self.is_flushing()
    }

    /// Returns whether it is not known what the sink holds.
    pub fn is_opening(&self) -> bool {
        self.phase == FlushPhase::Opening
    }

    /// Returns whether flushes follow the engine's steps.
    pub fn is_flushing(&self) -> bool {
        self.phase == FlushPhase::Flushing
    }

    /// Returns the position up to which the sink may show documents.
    pub fn intent(&self) -> &Position {
        &self.hi
    }

    /// Returns whether the next job needs the contents of a checkpoint at `position`. Called only while nothing is in flight.
    pub fn wants_scan(&self, position: &Position) -> bool {
        self.dirty == DirtyTracking::NotAll
            && match self.phase {
                FlushPhase::Opening | FlushPhase::Replaying => false,
                // The run or generation that is replaced may already show everything up to `hi`.
                FlushPhase::Loading => self.has_passed_hi(position) || is_planted(Bug::RefilledTooEarly),
                FlushPhase::Flushing => self.has_passed_hi(position),
            }
    }

    /// Returns whether the engine has passed what the sink may show.
    pub fn has_passed_hi(&self, position: &Position) -> bool {
        position.covers(&self.hi) || is_planted(Bug::HiNotAwaited)
    }

    /// Tracks dirty rows from here on: earlier changes are in the checkpoint that is cut now.
    pub fn cut(&mut self, fold: &mut Fold) {
        self.track_dirty(fold, false);
        self.track_dirty(fold, true);
        self.dirty = DirtyTracking::SinceCut;
    }

    /// Undoes [`FlushState::cut`] after the disk refused the checkpoint.
    pub fn cut_failed(&mut self) {
        if self.awaits_scan() {
            self.dirty = DirtyTracking::NotAll;
        }
    }

    /// Returns whether a checkpoint was cut that is still to be sent.
    pub fn awaits_scan(&self) -> bool {
        matches!(self.dirty, DirtyTracking::SinceCut | DirtyTracking::NotAllSinceCut)
    }

    /// Returns the job that sends what the checkpoint holds.
    pub fn send_scan(&mut self, scan: Scan) -> Job {
        self.dirty =
            if self.dirty == DirtyTracking::SinceCut { DirtyTracking::All } else { DirtyTracking::NotAll };
        let position = scan.checkpointed().position.clone();
        match &self.lo {
            Some(lo) if self.phase == FlushPhase::Flushing => {
                self.seq += 1;
                self.hi.clone_from(&position);
                let changes = Changes::Scan { scan, after: lo.clone() };
                Job::Flush { seq: self.seq, position, changes }
            }
            _ => {
                self.lo = Some(position);
                Job::Load { scan }
            }
        }
    }

    /// Notes that the first load is in the sink: the next flush makes it visible.
    pub fn loaded(&mut self) {
        self.phase = FlushPhase::Flushing;
    }

    /// Notes that the sink acknowledged a flush.
    pub fn flushed(&mut self, position: &Position) {
        self.lo = Some(position.clone());
        self.visible = true;
    }

    /// Stops tracking dirty keys one by one when they are too many, or when `give_up` asks for their memory.
    pub fn cap(&mut self, fold: &mut Fold, give_up: bool) {
        let changed = changed_rows::len(fold, self.sink);
        if changed > self.keys_max || (give_up && changed > 0) {
            self.give_up_tracking(fold);
        }
    }

    /// Forgets which rows are dirty: they are read from a checkpoint instead.
    fn give_up_tracking(&mut self, fold: &mut Fold) {
        self.track_dirty(fold, false);
        if is_planted(Bug::CapWithoutScan) {
            return self.track_dirty(fold, true);
        }
        self.dirty = match self.dirty {
            DirtyTracking::All | DirtyTracking::NotAll => DirtyTracking::NotAll,
            DirtyTracking::SinceCut | DirtyTracking::NotAllSinceCut => DirtyTracking::NotAllSinceCut,
        };
    }

    /// Returns whether changed rows are to be sent now. Called only while nothing is in flight.
    pub fn wants_flush(&self, position: &Position) -> bool {
        // The first flush makes a load visible, even if no record came after it.
        let has_changed = !self.visible || self.lo.as_ref() != Some(position);
        self.phase == FlushPhase::Flushing
            && self.dirty == DirtyTracking::All
            && self.has_passed_hi(position)
            && has_changed
    }

    /// Returns the job that sends the changed rows, and those that show a changed row; `None` if they are too many, or not all
    /// known because rows are cold: then a checkpoint is wanted. Rows must have caught up with event time ([`Fold::catch_up`]).
    ///
    /// # Errors
    /// `Unavailable` when a row that is referred to cannot be read for now, `Corrupt` when it is damaged.
    pub fn flush(&mut self, fold: &mut Fold) -> Result<Option<Job>> {
        let Some(rows) = changed_rows::take(fold, self.sink, self.keys_max)? else {
            self.give_up_tracking(fold);
            return Ok(None);
        };
        self.seq += 1;
        self.hi.clone_from(fold.position());
        let mut position = self.hi.clone();
        if is_planted(Bug::FlushAhead) {
            position = one_further(&position);
        }
        Ok(Some(Job::Flush { seq: self.seq, position, changes: Changes::Rows(rows) }))
    }

    fn track_dirty(&self, fold: &mut Fold, on: bool) {
        changed_rows::track(fold, self.sink, on);
    }
}

/// Returns the position one record further in its first partition.
fn one_further(position: &Position) -> Position {
    let mut further = position.clone();
    if let Some((topic, partition, next_offset)) = position.iter().next() {
        further.set(topic, partition, next_offset + 1);
    }
    further
}
