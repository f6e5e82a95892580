//! The rows that a trace follows: the traced row, and those that it ever shows.

use std::collections::BTreeMap;

use foldline_core::key::KeyColumns;
use foldline_core::table::hash_key;

use foldline_base::error::{Error, ErrorKind, Result};
use foldline_base::seed::hash_seed;

/// Nobody reads the trace of a row that shows more rows than this.
const ROWS_MAX: usize = 100_000;

/// Rows by table and key.
#[derive(Clone, Debug, Default)]
pub(super) struct FollowedRows {
    /// By table and hash: the canonical keys.
    keys: BTreeMap<(usize, u64), Vec<Vec<u8>>>,
    len: usize,
}

impl FollowedRows {
    /// Adds a row. Returns whether it is new.
    ///
    /// # Errors
    /// `Unavailable` when there are too many.
    pub(super) fn add(&mut self, table: usize, key: &[u8]) -> Result<bool> {
        let keys = self.keys.entry((table, hash_key(key, hash_seed()))).or_default();
        if keys.iter().any(|known| known == key) {
            return Ok(false);
        }
        if self.len == ROWS_MAX {
            let message =
                format!("the row has shown more than {ROWS_MAX} rows of other tables, too many to follow");
            return Err(Error::new(ErrorKind::Unavailable, message));
        }
        keys.push(key.to_vec());
        self.len += 1;
        Ok(true)
    }

    /// Returns whether the key of a contribution, with this hash, is that of a row that is followed.
    #[inline]
    pub(super) fn holds(&self, table: usize, hash: u64, keys: &KeyColumns, row: usize) -> bool {
        let known = self.keys.get(&(table, hash));
        known.is_some_and(|known| {
            let key = keys.canonical_bytes(row);
            known.contains(&key)
        })
    }

    /// Returns how many rows are followed.
    pub(super) fn len(&self) -> usize {
        self.len
    }
}
