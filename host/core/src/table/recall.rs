//! Brings cold rows back: when a contribution needs them, or when they have something to do.

use super::Table;
use super::cold::{ColdFault, ColdRows};
use super::values::RowValues;

impl Table {
    /// Returns the number of rows that are not in memory.
    pub fn cold_len(&self) -> usize {
        self.cold_len
    }

    /// Returns the memory of the dates and keys that cold rows over windows leave behind, in bytes.
    pub fn cold_bytes(&self) -> usize {
        self.dates.heap_bytes()
    }

    /// Counts rows that a restore leaves in the store, and that never have anything to do by themselves.
    pub fn add_cold(&mut self, rows: usize) {
        self.cold_len += rows;
    }

    /// Counts a row that a restore leaves in the store. With windows, the row is decoded to learn its next date.
    ///
    /// # Errors
    /// Describes what is wrong with the row.
    pub fn leave_row(&mut self, key: &[u8], row: &[u8]) -> Result<(), String> {
        if !matches!(self.values, RowValues::Plain(_)) {
            let rows = self.len();
            let restored = self.values.restore_row(rows, row);
            let date = restored.map(|()| self.values.next_date(rows as u32));
            self.values.truncate(rows);
            if let Some(date) = date.map_err(|what| self.named(&what))? {
                self.dates.add(date, key);
            }
        }
        self.cold_len += 1;
        Ok(())
    }

    /// Gives values to the slots from `start` on, which so far have only keys: those of cold rows, or empty ones.
    pub(super) fn fill_rows_from(&mut self, start: usize, cold: &mut dyn ColdRows) -> Result<(), ColdFault> {
        self.marks.grow_to(self.keys.len());
        for slot in start..self.keys.len() {
            let mut fetched = None;
            if self.cold_len > 0 {
                fetched = cold.fetch(self.keys.get(slot as u32)).map_err(|fault| self.at_fault(fault))?;
            }
            match fetched {
                Some(row) => {
                    self.values.grow_to(slot);
                    if let Err(what) = self.values.restore_row(slot, &row) {
                        return Err(ColdFault::Damaged(self.named(&what)));
                    }
                    self.values.schedule(slot as u32);
                    self.cold_len -= 1;
                }
                None => self.marks.mark_dirty(slot as u32),
            }
        }
        self.values.grow_to(self.keys.len());
        Ok(())
    }

    /// Returns whether cold rows have something to do at the event time reached.
    pub(super) fn is_recall_pending(&self) -> bool {
        self.values.reached().is_some_and(|reached| self.dates.has_pending(reached))
    }

    /// Brings back the cold rows that have something to do by a date, bucket by bucket, in the order of their keys.
    pub(super) fn recall_pending(&mut self, until: i64, cold: &mut dyn ColdRows) -> Result<(), ColdFault> {
        while let Some(pending) = self.dates.take(until) {
            pending.iter().try_for_each(|key| self.recall(key, cold))?;
        }
        Ok(())
    }

    /// Brings back a cold row that has something to do, unless it has already come back.
    fn recall(&mut self, key: &[u8], cold: &mut dyn ColdRows) -> Result<(), ColdFault> {
        if self.find(key).is_some() {
            return Ok(());
        }
        let slot = self.keys.insert(key);
        self.marks.grow_to(self.keys.len());
        if let RowValues::Closed(rows) = &mut self.values {
            rows.push_gone(slot);
            self.marks.mark_dirty(slot);
            self.marks.set_gone(slot, true);
        } else {
            let row = cold.fetch(key).map_err(|fault| self.at_fault(fault))?;
            let row = row.ok_or_else(|| {
                let lacks = format!("the store lacks the row of `{}`, which has a date", self.id_of_key(key));
                ColdFault::Damaged(self.named(&lacks))
            })?;
            let restored = self.values.restore_row(slot as usize, &row);
            restored.map_err(|what| ColdFault::Damaged(self.named(&what)))?;
            self.values.grow_to(self.keys.len());
            self.values.schedule(slot);
        }
        self.cold_len -= 1;
        Ok(())
    }

    fn at_fault(&self, fault: ColdFault) -> ColdFault {
        fault.map(|what| self.named(what))
    }
}
