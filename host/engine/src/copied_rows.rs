//! Copies the results of rows between two steps, with what they refer to. The worker waits for it, so all threads share the work.

use std::sync::atomic::AtomicUsize;

use rayon::ThreadPool;
use rayon::prelude::*;

use super::Fold;
use super::shard_targets::{ShardTargets, TargetFault};
use foldline_projection::RowsBatch;

/// Up to so many rows are copied on the calling thread: waking another thread takes tens of microseconds, copying a result
/// takes one.
const ALONE_MAX: usize = 64;

/// Returns the results of some rows of the projected table, with what they refer to: a batch for each of `chunks`, which are slots
/// of a shard. Rows must have caught up with event time ([`Fold::catch_up`]).
///
/// # Errors
/// Why what they refer to cannot be read: more of it is cold than a step should wait for, or the state cannot be read.
pub fn copy_results(fold: &Fold, chunks: Vec<(usize, &[u32])>) -> Result<Vec<RowsBatch>, TargetFault> {
    let (index, stored) = fold.projected_table();
    let cold = AtomicUsize::new(0);
    let shards = fold.shards();
    let rows = chunks.iter().map(|(_, slots)| slots.len()).sum();
    let copied = each(fold.threads(), rows, chunks, |(shard, slots)| {
        let mut batch = RowsBatch::of(&shards[shard].tables()[stored], index, slots);
        fold.references().gather(&mut batch.rows, &mut ShardTargets::new(shards, &cold))?;
        Ok(batch)
    });
    copied.into_iter().collect()
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
    use foldline_core::BATCH_ROWS;
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
