//! Applies a batch of contributions: finds the rows of all keys, then updates column by column.

use super::cold::{ColdFault, ColdRows};
use super::keys::{Keys, with_keys};
use super::selected::Selected;
use super::{Table, hash};
use crate::aggregate::contributed::{All, Contributed, Origin, Rows};
use crate::contribution::Contributions;
use crate::description::Window;

impl Table {
    /// Merges the selected contributions into their rows, and marks rows that are new or whose state changed: new ones here,
    /// changed ones where a cell changes (`Cells::update`), for the checkpoint and every sink that tracks dirty rows
    /// (`Marks::mark_dirty`).
    ///
    /// While rows are cold, `cold` is asked for each key that is not in memory. A row that it finds is first restored, without a
    /// mark. A row that it does not find is new.
    ///
    /// # Errors
    /// Why a cold row cannot be read. The table is then inconsistent, and must not be used any more.
    ///
    /// # Panics
    /// Panics on contributions that [`Contributions::check`] would refuse, and on hashes that are not those of their
    /// keys.
    pub fn apply(
        &mut self,
        contributions: &Contributions,
        origin: &Origin<'_>,
        selected: Selected<'_>,
        cold: &mut dyn ColdRows,
    ) -> Result<(), ColdFault> {
        let columns: usize = self.spec.aggregates.iter().map(|aggregate| aggregate.kind.columns()).sum();
        assert_eq!(contributions.values.len(), columns, "contributions are checked before");
        assert_eq!(selected.hashes.len(), contributions.rows(), "the keys of all contributions are hashed");
        if !origin.late_offsets.is_empty() && self.spec.window != Window::Unbounded {
            let in_time = |row: &u32| {
                let source_row = contributions.source_rows[*row as usize] as usize;
                origin.late_offsets.binary_search(&origin.offsets[source_row]).is_err()
            };
            let rows: Vec<u32> = match selected.rows {
                None => (0..contributions.rows() as u32).filter(in_time).collect(),
                Some(rows) => rows.iter().copied().filter(in_time).collect(),
            };
            return self.apply_rows(contributions, origin, selected.hashes, &*rows, cold);
        }
        match selected.rows {
            None => self.apply_rows(contributions, origin, selected.hashes, All(contributions.rows()), cold),
            Some(rows) => self.apply_rows(contributions, origin, selected.hashes, rows, cold),
        }
    }

    fn apply_rows(
        &mut self,
        contributions: &Contributions,
        origin: &Origin<'_>,
        hashes: &[u64],
        rows: impl Rows,
        cold: &mut dyn ColdRows,
    ) -> Result<(), ColdFault> {
        if rows.len() == 0 {
            return Ok(());
        }
        // Checking one hash is enough: hashes of another batch, or with another seed, would create wrong rows that stay for good.
        let seed = self.keys.seed();
        let hash_expected =
            with_keys!(contributions.keys, keys => keys.with(rows.row(0), |key| hash::hash(key, seed)));
        assert_eq!(hashes[rows.row(0)], hash_expected, "hashes are those of the keys");
        let rows_before = self.len();
        let mut slots = std::mem::take(&mut self.slots);
        with_keys!(contributions.keys, keys => self.keys.slots_of(keys, hashes, rows, &mut slots));
        self.fill_rows_from(rows_before, cold)?;
        self.marks.touch(&slots);
        if self.marks.gone_len() > 0 {
            slots.iter().for_each(|&slot| self.marks.set_gone(slot, false));
        }
        let applied = Contributed { rows, slots: &slots, source_rows: &contributions.source_rows, origin };
        self.values.apply(applied, &contributions.values, &mut self.marks);
        self.slots = slots;
        Ok(())
    }
}
