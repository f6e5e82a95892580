//! The rows of the projected table in a checkpoint, chunk by chunk: all of them, or those that may show something else than at an
//! earlier position.

use foldline_core::BATCH_ROWS;
use foldline_core::position::Position;
use foldline_core::table::Table;

use super::affected::{Affected, Counter, Passed};
use super::projected_table::ProjectedTable;
use super::rows_batch::RowsBatch;
use super::scanned_targets::ScannedTargets;
use foldline_base::error::{ErrorKind, Result, ResultExt};
use foldline_base::planted::{Bug, is_planted};
use foldline_state::Scan;
use foldline_state::scan::Rows;

/// Reads chunks of rows.
pub(super) struct ScannedRows<'a> {
    table: &'a ProjectedTable,
    scan: Scan,
    rows: Option<Rows>,
    /// Only rows that changed after this position, by themselves or by what they refer to.
    after: Option<Position>,
    /// Rows that later checkpoints wrote have changed; known from the first chunk on.
    changes: Option<Changes>,
    targets: ScannedTargets,
    counter: Counter<'a>,
}

/// Which rows changed.
struct Changes {
    unchanged_epoch: u64,
    affected: Option<Affected>,
}

/// Some rows of the projected table.
pub(super) struct Chunk {
    /// A table that holds them, and perhaps others.
    pub(super) rows: Table,
    /// Their slots in it.
    pub(super) slots: Vec<u32>,
    /// The ids of rows that were deleted.
    pub(super) deleted: Vec<String>,
}

impl<'a> ScannedRows<'a> {
    /// Returns the rows of a scan that may have changed after a position; with `None`, all of them. `passed` is called with the
    /// number of further rows read, of any table, and may end the iteration with an error.
    pub(super) fn new(
        table: &'a ProjectedTable,
        scan: &Scan,
        after: Option<&Position>,
        passed: Passed<'a>,
    ) -> Self {
        Self {
            table,
            scan: scan.clone(),
            rows: None,
            after: after.cloned(),
            changes: None,
            targets: ScannedTargets::new(scan.clone()),
            counter: Counter::new(passed),
        }
    }

    /// Returns the next rows; `None` at the end.
    ///
    /// # Errors
    /// Those of the scan and of `passed`; `Corrupt` for a row that cannot be decoded.
    pub(super) fn next_chunk(&mut self) -> Result<Option<Chunk>> {
        if self.rows.is_none() {
            self.rows = Some(self.open()?);
        }
        loop {
            let Some(chunk) = self.read_chunk()? else { return Ok(None) };
            if !chunk.slots.is_empty() || !chunk.deleted.is_empty() {
                return Ok(Some(chunk));
            }
        }
    }

    /// Copies the results of a chunk's rows, with what they refer to.
    ///
    /// # Errors
    /// As [`ScannedRows::next_chunk`].
    pub(super) fn batch(&mut self, chunk: &Chunk) -> Result<RowsBatch> {
        let mut batch = RowsBatch::of(&chunk.rows, self.table.index(), &chunk.slots);
        self.table.references().gather(&mut batch.rows, &mut self.targets)?;
        Ok(batch)
    }

    fn open(&mut self) -> Result<Rows> {
        let Some(after) = &self.after else { return Ok(self.scan.rows(None)) };
        let unchanged_epoch = self.scan.last_covered(after)?;
        let is_shown = after.covers(&self.scan.checkpointed().position);
        if self.table.references().is_empty() || is_shown || is_planted(Bug::AffectedForgotten) {
            self.changes = Some(Changes { unchanged_epoch, affected: None });
            return Ok(self.scan.rows(Some(after)));
        }
        let affected = Affected::find(self.table, &self.scan, unchanged_epoch, &mut self.counter)?;
        self.changes = Some(Changes { unchanged_epoch, affected: Some(affected) });
        Ok(self.scan.rows_and_deletions())
    }

    fn read_chunk(&mut self) -> Result<Option<Chunk>> {
        let Self { table, rows: Some(scanned), changes, counter, .. } = self else { return Ok(None) };
        let mut rows = table.empty()?;
        // By slot: whether the row itself changed.
        let mut changed = Vec::new();
        let mut deleted = Vec::new();
        let mut at_end = true;
        for row in scanned {
            let row = row?;
            counter.count()?;
            if !table.holds(&row) {
                continue;
            }
            let is_changed = changes.as_ref().is_none_or(|changes| row.epoch() > changes.unchanged_epoch);
            if row.is_deleted() {
                if is_changed {
                    deleted.push(rows.id_of_key(row.key()).into_owned());
                }
            } else {
                let restored = rows.restore_row(row.key(), row.row());
                restored.kind(ErrorKind::Corrupt, "a state row cannot be decoded")?;
                changed.push(is_changed);
            }
            if rows.len() + deleted.len() == BATCH_ROWS {
                at_end = false;
                break;
            }
        }
        if at_end {
            counter.tell()?;
            if rows.is_empty() && deleted.is_empty() {
                return Ok(None);
            }
        }
        let all: Vec<u32> = (0..rows.len() as u32).collect();
        let affected = match changes.as_ref().and_then(|changes| changes.affected.as_ref()) {
            None => changed,
            Some(Affected::All) => vec![true; all.len()],
            Some(Affected::By(targets)) => {
                let affected = targets.affects(table.references(), &rows, &all);
                affected.into_iter().zip(changed).map(|(affected, changed)| affected || changed).collect()
            }
        };
        let slots = all.into_iter().filter(|&slot| affected[slot as usize]).collect();
        Ok(Some(Chunk { rows, slots, deleted }))
    }
}

#[cfg(test)]
mod tests;
