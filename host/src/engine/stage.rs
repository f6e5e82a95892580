//! What may be sent to a sink now: nothing, a portion of the first load, or a flush (design §5, invariant 3).

use foldline_core::position::Position;
use foldline_core::table::Mark;

use super::Fold;
use super::fold::BATCH_ROWS;
use crate::projection::{Job, RowsBatch};
use crate::sink::SinkProgress;

/// Where a version stands towards its sink.
#[derive(Debug)]
pub struct Stage {
    kind: Kind,
    /// The last flush that was sent.
    seq: u64,
    /// The position of the last flush that was sent: what the sink may show.
    hi: Position,
    /// The position of the last flush that the sink took.
    lo: Option<Position>,
}

#[derive(Debug, PartialEq, Eq)]
enum Kind {
    /// The sink holds nothing; changes are not even noted.
    Replaying,
    /// Rows before the cursor are in the sink; rows that came or changed since the start are noted for the first flush.
    Loading { cursor: usize, end: usize },
    /// The sink holds documents; it is sent nothing until the engine has passed `hi`.
    Flushing,
}

impl Stage {
    /// Returns the stage after a start: the sink may show everything up to `shown.hi`, rows stand at `position`.
    pub fn resume(shown: &SinkProgress, position: &Position, fold: &mut Fold) -> Self {
        let projected = fold.projected_table();
        let table = &mut fold.tables_mut()[projected];
        let kind = match &shown.lo {
            None => {
                table.set_noting(Mark::Flush, false);
                Kind::Replaying
            }
            Some(lo) => {
                table.set_noting(Mark::Flush, true);
                // Rows that changed before the checkpoint are not replayed: a sink that lags behind needs them all.
                if !lo.covers(position) {
                    table.mark_all(Mark::Flush);
                }
                Kind::Flushing
            }
        };
        Self { kind, seq: shown.seq, hi: shown.hi.clone(), lo: shown.lo.clone() }
    }

    /// Returns the stage of a version that has caught up and now loads its sink for the first time.
    pub fn load(fold: &mut Fold) -> Self {
        let projected = fold.projected_table();
        let table = &mut fold.tables_mut()[projected];
        table.set_noting(Mark::Flush, true);
        Self {
            kind: Kind::Loading { cursor: 0, end: table.len() },
            seq: 0,
            hi: Position::default(),
            lo: None,
        }
    }

    /// Returns whether nothing is sent before the log's end is reached.
    pub fn is_replaying(&self) -> bool {
        self.kind == Kind::Replaying
    }

    /// Returns whether the first load is under way.
    pub fn is_loading(&self) -> bool {
        matches!(self.kind, Kind::Loading { .. })
    }

    /// Returns whether flushes follow the engine's steps.
    pub fn is_flushing(&self) -> bool {
        self.kind == Kind::Flushing
    }

    /// Returns the position up to which the sink may show documents.
    pub fn intent(&self) -> &Position {
        &self.hi
    }

    /// Notes that the sink took a flush.
    pub fn flushed(&mut self, position: &Position) {
        self.kind = Kind::Flushing;
        self.lo = Some(position.clone());
    }

    /// Returns what to send now, if anything; called only when nothing is in flight.
    pub fn next_job(&mut self, fold: &mut Fold, position: &Position) -> Option<Job> {
        match &mut self.kind {
            Kind::Replaying => None,
            Kind::Loading { cursor, end } => {
                if *cursor < *end {
                    let next = (*end).min(*cursor + BATCH_ROWS);
                    let slots: Vec<u32> = (*cursor as u32..next as u32).collect();
                    *cursor = next;
                    Some(Job::Load(batch(fold, &slots)))
                } else {
                    Some(self.flush(fold, position))
                }
            }
            Kind::Flushing => {
                let ahead = position.covers(&self.hi);
                let news = self.lo.as_ref() != Some(position);
                (ahead && news).then(|| self.flush(fold, position))
            }
        }
    }

    fn flush(&mut self, fold: &mut Fold, position: &Position) -> Job {
        let projected = fold.projected_table();
        let slots = fold.tables_mut()[projected].take_changed(Mark::Flush);
        let rows = slots.chunks(BATCH_ROWS).map(|slots| batch(fold, slots)).collect();
        self.seq += 1;
        self.hi = position.clone();
        Job::Flush { seq: self.seq, position: position.clone(), rows }
    }
}

fn batch(fold: &Fold, slots: &[u32]) -> RowsBatch {
    let index = fold.projected_table();
    let table = &fold.tables()[index];
    RowsBatch {
        ids: slots.iter().map(|&slot| table.document_id(slot).into()).collect(),
        rows: table.results(index, slots),
    }
}
