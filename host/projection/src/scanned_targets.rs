//! Reads what rows refer to from the checkpoint that the rows are from.

use std::collections::BTreeMap;

use foldline_core::column::BytesColumn;
use foldline_core::description::TableSpec;
use foldline_core::reference::{FoundRows, TargetRows};

use super::projected_table::empty;
use foldline_base::error::{Error, ErrorKind, Result, ResultExt};
use foldline_state::Scan;

/// Bytes of rows that are kept, because many rows refer to the same ones.
const KEPT_BYTES_MAX: usize = 16 << 20;

/// Approximate bytes of a kept row in addition to its key and its encoding.
const KEPT_ROW_BYTES: usize = 96;

/// The targets in a checkpoint.
pub(super) struct ScannedTargets {
    scan: Scan,
    /// By table and key: rows that were read, and keys that have none.
    kept: BTreeMap<(usize, Vec<u8>), Option<Vec<u8>>>,
    kept_bytes: usize,
}

impl ScannedTargets {
    pub(super) fn new(scan: Scan) -> Self {
        Self { scan, kept: BTreeMap::new(), kept_bytes: 0 }
    }

    fn row(&mut self, table: usize, key: &[u8]) -> Result<Option<&[u8]>> {
        let place = (table, key.to_vec());
        if !self.kept.contains_key(&place) {
            if self.kept_bytes > KEPT_BYTES_MAX {
                self.kept.clear();
                self.kept_bytes = 0;
            }
            let row = self.scan.row(table as u8, key)?;
            self.kept_bytes += KEPT_ROW_BYTES + key.len() + row.as_ref().map_or(0, Vec::len);
            self.kept.insert(place.clone(), row);
        }
        Ok(self.kept.get(&place).and_then(Option::as_deref))
    }
}

impl TargetRows for ScannedTargets {
    type Error = Error;

    fn read(
        &mut self,
        table: usize,
        spec: &TableSpec,
        columns: &[usize],
        keys: &BytesColumn,
    ) -> Result<FoundRows> {
        let mut rows = empty(spec)?;
        let mut places = Vec::new();
        for place in 0..keys.len() {
            let key = keys.get(place);
            if let Some(row) = self.row(table, key)? {
                rows.restore_row(key, row).kind(ErrorKind::Corrupt, "a state row cannot be decoded")?;
                places.push(place as u32);
            }
        }
        let shown = |&slot: &u32| rows.has_document(slot);
        let slots: Vec<u32> = (0..rows.len() as u32).filter(shown).collect();
        let places = slots.iter().map(|&slot| places[slot as usize]).collect();
        let results = rows.results_of(columns, &slots);
        Ok(FoundRows::assemble(spec, columns, keys.len(), &[(places, results)]))
    }
}
