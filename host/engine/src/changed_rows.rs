//! Which rows a sink must be sent: rows of the projected table that changed, and rows that show a row that changed.

use foldline_core::BATCH_ROWS;
use foldline_core::table::Mark;

use super::Fold;
use super::copied_rows::copy_results;
use super::echo::mark_holders;
use super::shard::Shard;
use super::shard_targets::TargetFault;
use foldline_base::error::Result;
use foldline_projection::RowsBatch;

/// Switches whether changes are tracked for the sink with this number. Switching off forgets those that were.
pub(super) fn track(fold: &mut Fold, sink: u8, on: bool) {
    let (_, projected) = fold.projected_table();
    let references = fold.references();
    let is_shown = |table| references.shown_of(table).is_some();
    for shard in fold.shards_mut() {
        for (index, table) in shard.tables_mut().iter_mut().enumerate() {
            table.track_dirty(Mark::Flush(sink), on && index == projected);
            table.track_dirty(Mark::Echo(sink), on && is_shown(index));
        }
    }
}

/// Returns how many changed rows are tracked for a sink.
pub(super) fn len(fold: &Fold, sink: u8) -> usize {
    let of_shard = |shard: &Shard| shard.changed_len(Mark::Flush(sink)) + shard.changed_len(Mark::Echo(sink));
    fold.shards().iter().map(of_shard).sum()
}

/// Copies the results of the rows that the sink must be sent, and forgets that they changed. Returns `None` if they are more than
/// `rows_max`, or not all known because rows are cold. Rows must have caught up with event time ([`Fold::catch_up`]).
///
/// # Errors
/// `Unavailable` when a row that is referred to cannot be read for now, `Corrupt` when it is damaged.
pub(super) fn take(fold: &mut Fold, sink: u8, rows_max: usize) -> Result<Option<Vec<RowsBatch>>> {
    let mark = Mark::Flush(sink);
    if !mark_holders(fold, mark, Mark::Echo(sink)) || len(fold, sink) > rows_max {
        return Ok(None);
    }
    let (_, stored) = fold.projected_table();
    let slots: Vec<Vec<u32>> =
        fold.shards_mut().iter_mut().map(|shard| shard.tables_mut()[stored].take_changed(mark)).collect();
    let slots = slots.iter().enumerate();
    let chunks = slots.flat_map(|(shard, slots)| slots.chunks(BATCH_ROWS).map(move |some| (shard, some)));
    match copy_results(fold, chunks.collect()) {
        Ok(batches) => Ok(Some(batches)),
        Err(TargetFault::TooManyCold) => Ok(None),
        Err(TargetFault::Unreadable(error)) => Err(error),
    }
}
