//! Copies the results of changed rows between two steps. The worker waits for it, so all threads share the work.

use foldline_core::table::{Mark, Table};
use rayon::ThreadPool;
use rayon::prelude::*;

use foldline_core::BATCH_ROWS;
use foldline_projection::RowsBatch;

/// Up to so many rows are copied on the calling thread: waking another thread takes tens of microseconds, copying a result
/// takes one.
const ALONE_MAX: usize = 64;

/// Rows of a table, and its slots that changed.
pub(super) struct DirtyRows<'a> {
    rows: &'a Table,
    slots: Vec<u32>,
}

impl<'a> DirtyRows<'a> {
    /// Takes the dirty rows of a table.
    pub(super) fn take(rows: &'a mut Table, mark: Mark) -> Self {
        let slots = rows.take_changed(mark);
        Self { rows, slots }
    }
}

/// Returns the results of changed rows, in order. `index` is the declared index of their table.
pub(super) fn copy_results(threads: &ThreadPool, index: usize, changed: &[DirtyRows<'_>]) -> Vec<RowsBatch> {
    let chunks: Vec<(&Table, &[u32])> = changed
        .iter()
        .flat_map(|DirtyRows { rows, slots }| slots.chunks(BATCH_ROWS).map(|some| (*rows, some)))
        .collect();
    let rows = chunks.iter().map(|(_, slots)| slots.len()).sum();
    each(threads, rows, chunks, |(rows, slots)| RowsBatch::of(rows, index, slots))
}

/// Maps each chunk, on all threads if there are enough rows; returns the outcomes in the order of the chunks.
fn each<P: Send, T: Send>(
    threads: &ThreadPool,
    rows: usize,
    chunks: Vec<P>,
    of_chunk: impl Fn(P) -> T + Sync + Send,
) -> Vec<T> {
    if rows <= ALONE_MAX || chunks.len() <= 1 {
        return chunks.into_iter().map(of_chunk).collect();
    }
    threads.install(|| chunks.into_par_iter().map(of_chunk).collect())
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;
    use foldline_source::threads;

    /// Each chunk waits for the other: done one after the other, neither would end.
    #[test]
    fn parts_are_copied_at_the_same_time_and_stay_in_order() {
        let together = Barrier::new(2);
        let both = each(&threads(Some(2)).unwrap(), BATCH_ROWS, vec![1, 2], |chunk| {
            together.wait();
            chunk
        });
        assert_eq!(both, [1, 2]);
    }
}
