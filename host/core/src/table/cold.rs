//! Rows that are not in memory: where a table finds them again.

use std::fmt;

use super::values::RowValues;
use super::{Table, restore_values};

/// Why cold rows cannot be had. The table is then in doubt and of no further use; the store may be sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColdFault {
    /// The store cannot be read for now.
    Unreadable(String),
    /// The store is damaged, or holds something that is no row of the table.
    Damaged(String),
}

impl ColdFault {
    /// Returns the same fault with other words.
    fn map(self, words: impl FnOnce(&str) -> String) -> Self {
        match self {
            Self::Unreadable(what) => Self::Unreadable(words(&what)),
            Self::Damaged(what) => Self::Damaged(words(&what)),
        }
    }
}

impl fmt::Display for ColdFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Unreadable(what) | Self::Damaged(what)) = self;
        f.write_str(what)
    }
}

impl std::error::Error for ColdFault {}

/// A store of rows that a table has evicted, or has never read since a restart.
pub trait ColdRows {
    /// Returns the encoded row of a key's canonical bytes, or `None` when the store has none.
    ///
    /// It is asked for keys that are not in memory, once for each batch they appear in or when they are due.
    ///
    /// # Errors
    /// Says why the store cannot tell, and whether it may be sound all the same.
    fn fetch(&mut self, key: &[u8]) -> Result<Option<Vec<u8>>, ColdFault>;
}

/// The store of tables that are wholly in memory: there is nothing to ask for.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoColdRows;

impl ColdRows for NoColdRows {
    fn fetch(&mut self, _: &[u8]) -> Result<Option<Vec<u8>>, ColdFault> {
        Err(ColdFault::Damaged("a row is wanted from a store, and none was given".into()))
    }
}

impl Table {
    /// Returns the number of rows that are not in memory.
    pub fn cold_len(&self) -> usize {
        self.cold_len
    }

    /// Returns the memory that cold rows take, in bytes: their keys and dates, where they have any.
    pub fn cold_bytes(&self) -> usize {
        self.dates.heap_bytes()
    }

    /// Takes rows into account that a restore leaves in the store and that have nothing to do by themselves.
    pub fn add_cold(&mut self, rows: usize) {
        self.cold_len += rows;
    }

    /// Takes a row into account that a restore leaves in the store; over windows it is decoded, to know its next date.
    ///
    /// # Errors
    /// Says what is wrong with the row.
    pub fn leave_row(&mut self, key: &[u8], row: &[u8]) -> Result<(), String> {
        if !matches!(self.values, RowValues::Plain(_)) {
            let rows = self.len();
            let restored = restore_values(&mut self.values, rows, row);
            let date = restored.map(|()| self.values.next_date(rows as u32));
            self.values.truncate(rows);
            if let Some(date) = date.map_err(|what| self.named(&what))? {
                self.dates.add(date, key);
            }
        }
        self.cold_len += 1;
        Ok(())
    }

    /// Gives values to the slots from `start` on, which have keys only: those of cold rows, or empty ones.
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
                    if let Err(what) = restore_values(&mut self.values, slot, &row) {
                        return Err(ColdFault::Damaged(self.named(&what)));
                    }
                    self.values.schedule(slot as u32);
                    self.cold_len -= 1;
                }
                None => self.marks.note(slot as u32),
            }
        }
        self.values.grow_to(self.keys.len());
        Ok(())
    }

    /// Returns whether rows that are not in memory have something to do by now.
    pub(super) fn is_cold_due(&self) -> bool {
        self.values.reached().is_some_and(|reached| self.dates.is_due(reached))
    }

    /// Brings back the rows that have something to do until a date, bucket by bucket in the order of their keys.
    pub(super) fn recall_due(&mut self, until: i64, cold: &mut dyn ColdRows) -> Result<(), ColdFault> {
        while let Some(due) = self.dates.take(until) {
            due.iter().try_for_each(|key| self.recall(key, cold))?;
        }
        Ok(())
    }

    /// Brings back a row that has something to do, unless it has come back before.
    fn recall(&mut self, key: &[u8], cold: &mut dyn ColdRows) -> Result<(), ColdFault> {
        if self.find(key).is_some() {
            return Ok(());
        }
        let slot = self.keys.insert(key);
        self.marks.grow_to(self.keys.len());
        if let RowValues::Closed(rows) = &mut self.values {
            rows.push_gone(slot);
            self.marks.note(slot);
            self.marks.set_gone(slot, true);
        } else {
            let row = cold.fetch(key).map_err(|fault| self.at_fault(fault))?;
            let row = row.ok_or_else(|| {
                let lacks = format!("the store lacks the row of `{}`, which has a date", self.id_of_key(key));
                ColdFault::Damaged(self.named(&lacks))
            })?;
            let restored = restore_values(&mut self.values, slot as usize, &row);
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
