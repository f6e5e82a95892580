//! Finds rows of a batch by their offsets.

use std::ops::Range;

use foldline_log::RecordBatch;

/// Returns the rows with these offsets, which rise and are all within `rows`.
pub(super) fn rows_of(records: &RecordBatch, mut rows: Range<usize>, offsets: &[u64]) -> Vec<usize> {
    let mut row_of = |&offset: &u64| {
        let (mut start, mut end) = (rows.start, rows.end);
        while start < end {
            let middle = start.midpoint(end);
            if records.get(middle).offset < offset { start = middle + 1 } else { end = middle }
        }
        assert!(start < rows.end && records.get(start).offset == offset, "no record {offset} in these rows");
        rows.start = start + 1;
        start
    };
    offsets.iter().map(&mut row_of).collect()
}
