//! Copies the results of rows between two steps, with what they refer to. The worker waits for it, so all threads share the work.

use std::sync::atomic::AtomicUsize;

use rayon::ThreadPool;
use rayon::prelude::*;

use super::Fold;
use super::shard_targets::{ShardTargets, TargetFault};
use foldline_base::error::{Error, ErrorKind};
use foldline_core::BATCH_ROWS;
use foldline_projection::RowsBatch;

/// Up to so many rows are copied on the calling thread: waking another thread takes tens of microseconds, copying a result
/// takes one.
const ALONE_MAX: usize = 64;

/// Returns the results of some rows of the projected table, given by shard, in order. Rows must have caught up with event time.
pub(super) fn copy_results(fold: &Fold, slots: &[Vec<u32>]) -> Result<Vec<RowsBatch>, TargetFault> {
    let (index, stored) = fold.projected_table();
    let cold = AtomicUsize::new(0);
    let shards = fold.shards();
    let chunks: Vec<(usize, &[u32])> = slots
        .iter()
        .enumerate()
        .flat_map(|(shard, slots)| slots.chunks(BATCH_ROWS).map(move |some| (shard, some)))
        .collect();
    let rows = chunks.iter().map(|(_, slots)| slots.len()).sum();
    let copied = each(fold.threads(), rows, chunks, |(shard, slots)| {
        let mut batch = RowsBatch::of(&shards[shard].tables()[stored], index, slots);
        fold.references().gather(&mut batch.rows, &mut ShardTargets::new(shards, &cold))?;
        Ok(batch)
    });
    copied.into_iter().collect()
}

/// Copies the results of some rows of the projected table, given by shard, with what they refer to. Rows must have caught up with
/// event time, and none that they refer to may be cold.
///
/// # Errors
/// `Unavailable` when a row that is referred to cannot be read for now, `Corrupt` when it is damaged.
pub fn copied_results(fold: &Fold, slots: &[Vec<u32>]) -> Result<Vec<RowsBatch>, Error> {
    copy_results(fold, slots).map_err(|fault| match fault {
        TargetFault::Unreadable(error) => error,
        TargetFault::TooManyCold => Error::new(ErrorKind::Unavailable, "too many rows are not in memory"),
    })
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
