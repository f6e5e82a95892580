//! Reads what rows refer to from the checkpoint that the rows are from.

use std::collections::BTreeMap;

use foldline_core::column::BytesColumn;
use foldline_core::description::TableSpec;
use foldline_core::reference::{FoundRows, StoredRows, TargetRows};

use foldline_base::error::{Error, ErrorKind, Result, ResultExt};
use foldline_base::seed::hash_seed;
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
        let mut stored = StoredRows::new(spec, hash_seed());
        for place in 0..keys.len() {
            let key = keys.get(place);
            if let Some(row) = self.row(table, key)? {
                let added = stored.add(place as u32, key, row);
                added.kind(ErrorKind::Corrupt, "a state row cannot be decoded")?;
            }
        }
        Ok(FoundRows::assemble(spec, columns, keys.len(), stored.into_part(columns).as_slice()))
    }
}
