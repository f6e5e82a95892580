//! Copies the results of changed rows, between two steps, on all threads: the worker waits for it.

use foldline_core::table::{Mark, Table};
use rayon::ThreadPool;
use rayon::prelude::*;

use foldline_core::BATCH_ROWS;
use foldline_projection::RowsBatch;

/// Fewer rows are copied here: waking another thread takes tens of microseconds, and a result one.
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

/// Returns the results of rows that changed, of the table whose declared index is `index`, in their order.
pub(super) fn copy_results(threads: &ThreadPool, index: usize, changed: &[DirtyRows<'_>]) -> Vec<RowsBatch> {
    let chunks: Vec<(&Table, &[u32])> = changed
        .iter()
        .flat_map(|DirtyRows { rows, slots }| slots.chunks(BATCH_ROWS).map(|some| (*rows, some)))
        .collect();
    let rows = chunks.iter().map(|(_, slots)| slots.len()).sum();
    each(threads, rows, chunks, |(rows, slots)| RowsBatch::of(rows, index, slots))
}

/// Does something to each chunk, on all threads where there are rows enough; returns the outcomes in the chunks' order.
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

    /// Each chunk waits for the other one: were they done one after the other, neither would end.
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
