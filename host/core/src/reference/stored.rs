//! Rows that were read from a store, as targets.

use crate::column::Column;
use crate::description::TableSpec;
use crate::table::{HashSeed, Table};

/// Some rows of a table that were looked up in a store, with their places among the keys.
#[derive(Debug)]
pub struct StoredRows<'a> {
    spec: &'a TableSpec,
    seed: HashSeed,
    /// `None` before the first row: mostly, all rows are in memory.
    rows: Option<Table>,
    /// By slot.
    places: Vec<u32>,
}

impl<'a> StoredRows<'a> {
    /// Returns no rows yet.
    pub fn new(spec: &'a TableSpec, seed: HashSeed) -> Self {
        Self { spec, seed, rows: None, places: Vec::new() }
    }

    /// Adds the row of the key at a place, as it was stored.
    ///
    /// # Errors
    /// As [`Table::new`] and [`Table::restore_row`].
    pub fn add(&mut self, place: u32, key: &[u8], row: &[u8]) -> Result<(), String> {
        let rows = match &mut self.rows {
            Some(rows) => rows,
            none => none.insert(Table::new(self.spec)?.seeded(self.seed)),
        };
        rows.restore_row(key, row)?;
        self.places.push(place);
        Ok(())
    }

    /// Returns the places of the rows that have something to show, and their results, as
    /// [`FoundRows::assemble`](super::FoundRows::assemble) takes them; `None` if no row was added.
    pub fn into_part(self, columns: &[usize]) -> Option<(Vec<u32>, Vec<Column>)> {
        let rows = self.rows?;
        let slots: Vec<u32> = (0..rows.len() as u32).filter(|&slot| rows.has_document(slot)).collect();
        let places = slots.iter().map(|&slot| self.places[slot as usize]).collect();
        Some((places, rows.results_of(columns, &slots)))
    }
}
