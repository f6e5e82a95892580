//! How much a checkpoint would have to write: the size of the rows that changed, not an average over all rows.
//!
//! Rows that change often are often the largest. To measure each of them again and again would cost as much as folding. So
//! they are measured again only after enough records to make up for it; in between the size is extrapolated by the number of
//! rows.

use foldline_core::table::{Mark, Table};

use super::Fold;
use super::shard::Shard;

/// Number of records that make up for measuring one row: it reads some places in memory, as folding a record does.
const RECORDS_PER_ROW: u64 = 4;

/// The last measurement of what changed since the last cut.
#[derive(Debug, Default)]
pub(super) struct Volume {
    bytes: usize,
    rows: usize,
    /// How many records were folded when it was measured.
    events: u64,
}

impl Volume {
    /// Returns about how many bytes of rows have changed.
    pub(super) fn bytes(&mut self, fold: &Fold) -> usize {
        let tables = || fold.shards().iter().flat_map(Shard::tables);
        let rows: usize = tables().map(|table| table.changed_len(Mark::Checkpoint)).sum();
        let events = fold.applied().events;
        if self.must_measure(rows, events) {
            let bytes = tables().map(|table: &Table| table.changed_bytes(Mark::Checkpoint)).sum();
            *self = Self { bytes, rows, events };
        }
        self.bytes / self.rows.max(1) * rows
    }

    fn must_measure(&self, rows: usize, events: u64) -> bool {
        rows < self.rows || self.rows == 0 || events >= self.events + RECORDS_PER_ROW * rows as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_measured_again_once_records_make_up_for_it() {
        let volume = Volume { bytes: 1_000, rows: 10, events: 100 };
        assert!(!volume.must_measure(10, 139));
        assert!(volume.must_measure(10, 140));
        assert!(!volume.must_measure(20, 140), "more rows take longer");
        assert!(volume.must_measure(9, 100), "others than those that were measured");
        assert!(Volume::default().must_measure(1, 1));
    }
}
