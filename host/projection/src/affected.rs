//! Finds which rows of a checkpoint show rows of other tables that changed after a position.
//!
//! A pass collects the keys of targets that changed; a chain of references takes one more pass for each of its links. It is how a
//! sink catches up that was not told of each change: after a restart, or when too much changed at once.

use std::collections::BTreeMap;

use foldline_core::BATCH_ROWS;
use foldline_core::reference::{PlannedReference, References};
use foldline_core::table::{Dictionary, Table};

use super::projected_table::ProjectedTable;
use foldline_base::error::{ErrorKind, Result, ResultExt};
use foldline_base::seed::hash_seed;
use foldline_state::Scan;

/// Number of changed targets that are told apart. With more of them, every row counts as affected.
const TARGETS_MAX: usize = 1 << 20;

/// What a pass tells from time to time: the number of further rows that were read. May end the pass with an error.
pub(super) type Passed<'a> = &'a dyn Fn(u64) -> Result<()>;

/// Which targets changed.
pub(super) enum Affected {
    /// These ones.
    By(ChangedTargets),
    /// So many that every row counts as affected.
    All,
}

/// The targets that changed after a position.
pub(super) struct ChangedTargets {
    /// By table: the keys of rows that changed themselves.
    changed: BTreeMap<usize, Dictionary>,
    /// By reference: the keys of targets that show something else through a further reference.
    through: Vec<Dictionary>,
}

impl Affected {
    /// Finds the targets in a scan that a checkpoint after `unchanged_epoch` wrote or deleted.
    ///
    /// # Errors
    /// Those of the scan, and of what counts its rows.
    pub(super) fn find(
        table: &ProjectedTable,
        scan: &Scan,
        unchanged_epoch: u64,
        counter: &mut Counter<'_>,
    ) -> Result<Self> {
        let references = table.references();
        let mut changed: BTreeMap<usize, Dictionary> = references
            .list()
            .iter()
            .map(|reference| (reference.table, Dictionary::new(hash_seed())))
            .collect();
        let mut found = 0;
        for row in scan.rows_and_deletions() {
            let row = row?;
            counter.count()?;
            if row.epoch() > unchanged_epoch
                && let Some(changed) = changed.get_mut(&usize::from(row.table()))
            {
                changed.number_of(row.key());
                found += 1;
                if found > TARGETS_MAX {
                    return Ok(Self::All);
                }
            }
        }
        let none = || Dictionary::new(hash_seed());
        let through = references.list().iter().map(|_| none()).collect();
        let mut targets = ChangedTargets { changed, through };
        for (at, reference) in references.list().iter().enumerate().rev() {
            if let Some(holder) = reference.holder
                && targets.any(at, reference)
                && !targets.follow(table, scan, at, reference, holder, counter)?
            {
                return Ok(Self::All);
            }
        }
        counter.tell()?;
        Ok(Self::By(targets))
    }
}

impl ChangedTargets {
    /// Returns, for each of some rows of the projected table, whether it shows a target that changed.
    pub(super) fn affects(&self, references: &References, rows: &Table, slots: &[u32]) -> Vec<bool> {
        let mut affected = vec![false; slots.len()];
        for (at, reference) in references.list().iter().enumerate() {
            if reference.holder.is_some() || !self.any(at, reference) {
                continue;
            }
            let targets = rows.targets_of(slots, &reference.via);
            for (row, affected) in affected.iter_mut().enumerate() {
                *affected |= targets.get(row).is_some_and(|key| self.contains(at, reference, key));
            }
        }
        affected
    }

    fn any(&self, at: usize, reference: &PlannedReference) -> bool {
        !self.changed[&reference.table].is_empty() || !self.through[at].is_empty()
    }

    fn contains(&self, at: usize, reference: &PlannedReference, key: &[u8]) -> bool {
        self.changed[&reference.table].find(key).is_some() || self.through[at].find(key).is_some()
    }

    /// Collects the rows that lead to changed targets by one reference, which are targets of another one. Returns false if they
    /// are too many.
    fn follow(
        &mut self,
        table: &ProjectedTable,
        scan: &Scan,
        at: usize,
        reference: &PlannedReference,
        holder: usize,
        counter: &mut Counter<'_>,
    ) -> Result<bool> {
        let mut rows = table.empty_declared(reference.holder_table)?;
        for row in scan.rows(None) {
            let row = row?;
            counter.count()?;
            if usize::from(row.table()) == reference.holder_table {
                let restored = rows.restore_row(row.key(), row.row());
                restored.kind(ErrorKind::Corrupt, "a state row cannot be decoded")?;
                if rows.len() == BATCH_ROWS {
                    self.take(at, reference, holder, &rows);
                    rows = table.empty_declared(reference.holder_table)?;
                }
            }
        }
        self.take(at, reference, holder, &rows);
        Ok(self.through[holder].len() <= TARGETS_MAX)
    }

    fn take(&mut self, at: usize, reference: &PlannedReference, holder: usize, rows: &Table) {
        let slots: Vec<u32> = (0..rows.len() as u32).collect();
        let targets = rows.targets_of(&slots, &reference.via);
        for &slot in &slots {
            if targets.get(slot as usize).is_some_and(|key| self.contains(at, reference, key)) {
                self.through[holder].number_of(rows.key_bytes(slot));
            }
        }
    }
}

/// Counts rows that were read, and tells from time to time.
pub(super) struct Counter<'a> {
    passed: Passed<'a>,
    not_told: u64,
}

impl<'a> Counter<'a> {
    pub(super) fn new(passed: Passed<'a>) -> Self {
        Self { passed, not_told: 0 }
    }

    pub(super) fn count(&mut self) -> Result<()> {
        self.not_told += 1;
        if self.not_told >= BATCH_ROWS as u64 { self.tell() } else { Ok(()) }
    }

    pub(super) fn tell(&mut self) -> Result<()> {
        (self.passed)(std::mem::take(&mut self.not_told))
    }
}
