//! All rows of a store exactly as one checkpoint left them, even while later steps and checkpoints run.

use std::sync::Arc;

use fjall::{Database, Keyspace, Readable, Snapshot, UserKey, UserValue};
use foldline_core::fingerprint::Fingerprint;
use foldline_core::position::Position;

use super::history;
use super::key;
use super::meta::{Checkpointed, Meta};
use super::seal::{DELETED, corrupt, failed, row_within, unseal_row};
use foldline_base::error::Result;
use foldline_base::planted::{Bug, is_planted};

/// A store as one checkpoint left it. Clones share it.
///
/// While a scan lives, fjall keeps every memtable and file of it, and those written since: until the scan is dropped, whatever
/// checkpoints write takes additional memory.
#[derive(Clone)]
pub struct Scan(Arc<Inner>);

struct Inner {
    snapshot: Snapshot,
    keyspace: Keyspace,
    /// Held so that the store outlives its scans.
    _database: Database,
    meta: Meta,
}

/// One row of a scan.
#[derive(Clone, Debug)]
pub struct ScannedRow {
    stored_key: UserKey,
    stored_value: UserValue,
    row_len: usize,
    epoch: u64,
}

impl Scan {
    pub(super) fn new(database: Database, keyspace: Keyspace, snapshot: Snapshot, meta: Meta) -> Self {
        Self(Arc::new(Inner { snapshot, keyspace, _database: database, meta }))
    }

    /// Returns what the checkpoint says about itself.
    pub fn checkpointed(&self) -> &Checkpointed {
        &self.0.meta.checkpointed
    }

    /// Returns the number of rows of all tables.
    pub fn row_count(&self) -> u64 {
        self.0.meta.rows
    }

    /// Reads rows in order of (table, key): all of them, or, with `changed_after`, those that may have changed after that
    /// position, deleted ones included. If the store no longer knows which, it returns more rows.
    ///
    /// It always checks the checksum of every row and, at the end, the number of rows. The first error is the last item:
    /// `Corrupt` for damage, `Unavailable` when the system cannot read.
    pub fn rows(&self, changed_after: Option<&Position>) -> Rows {
        let Inner { snapshot, keyspace, meta, .. } = &*self.0;
        let with_deleted = changed_after.is_some();
        let nothing = Rows { open: None, scan: self.clone(), unchanged_epoch: 0, with_deleted, read: 0 };
        let unchanged_epoch = match changed_after {
            None => 0,
            // The usual case, a sink that has kept up: nothing is read.
            Some(position) if position.covers(&meta.checkpointed.position) => return nothing,
            Some(position) => match history::last_covered(snapshot, keyspace, position) {
                Ok(epoch) => epoch,
                Err(error) => return Rows { open: Some(Err(error)), ..nothing },
            },
        };
        Rows { open: Some(Ok(snapshot.prefix(keyspace, key::ROWS))), unchanged_epoch, ..nothing }
    }

    /// Reads all rows in order of (table, key), deleted ones included as long as they are remembered. It checks them, and fails,
    /// as [`Scan::rows`] does.
    pub fn rows_and_deletions(&self) -> Rows {
        let Inner { snapshot, keyspace, .. } = &*self.0;
        let open = Some(Ok(snapshot.prefix(keyspace, key::ROWS)));
        Rows { open, scan: self.clone(), unchanged_epoch: 0, with_deleted: true, read: 0 }
    }

    /// Returns the number of the newest checkpoint that `position` covers: a row that a later one wrote
    /// ([`ScannedRow::epoch`]) may have changed after that position. If the store no longer knows, it returns an earlier one.
    ///
    /// # Errors
    /// `Corrupt` when the store cannot be read.
    pub fn last_covered(&self, position: &Position) -> Result<u64> {
        let Inner { snapshot, keyspace, meta, .. } = &*self.0;
        match position.covers(&meta.checkpointed.position) {
            true => Ok(meta.epoch),
            false => history::last_covered(snapshot, keyspace, position),
        }
    }

    /// Returns one row in its canonical encoding; `None` if there is no such row.
    ///
    /// # Errors
    /// `Corrupt` when the row is damaged, `Unavailable` when the system cannot read it.
    pub fn row(&self, table: u8, key: &[u8]) -> Result<Option<Vec<u8>>> {
        let key = key::row(table, key);
        let Inner { snapshot, keyspace, .. } = &*self.0;
        let sealed = snapshot.get(keyspace, &key).map_err(failed("reading a row of state"))?;
        row_within(&key, sealed)
    }

    /// Returns the hash over all rows, which equals that of the same rows in memory.
    ///
    /// # Errors
    /// As [`Scan::rows`].
    pub fn fingerprint(&self) -> Result<String> {
        let mut fingerprint = Fingerprint::default();
        for row in self.rows(None) {
            let row = row?;
            fingerprint.add_row(row.table().into(), row.key(), row.row());
        }
        Ok(fingerprint.finish())
    }
}

/// The rows of a scan.
pub struct Rows {
    /// The rest of the rows, or the error that ends them; `None` after the end.
    open: Option<Result<fjall::Iter>>,
    scan: Scan,
    /// Rows written by this checkpoint or an older one are left out.
    unchanged_epoch: u64,
    with_deleted: bool,
    read: u64,
}

impl Iterator for Rows {
    type Item = Result<ScannedRow>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let guard = match self.open.as_mut()? {
                Ok(open) => open.next(),
                Err(_) => return self.open.take().and_then(Result::err).map(Err),
            };
            let row = match guard {
                Some(guard) => self.read(guard).map(Some),
                None => self.end(),
            };
            match row {
                Ok(Some(row)) if row.epoch <= self.unchanged_epoch => {}
                // Deleted rows are left out for readers of all rows.
                Ok(Some(row)) if row.is_deleted() && !self.with_deleted => {}
                Ok(Some(row)) => return Some(Ok(row)),
                end => {
                    self.open = None;
                    return end.transpose();
                }
            }
        }
    }
}

impl Rows {
    fn read(&mut self, guard: fjall::Guard) -> Result<ScannedRow> {
        let (stored_key, stored_value) = guard.into_inner().map_err(failed("reading state"))?;
        let (row, epoch) = unseal_row(&stored_key, &stored_value)?;
        let last = self.scan.0.meta.epoch;
        if stored_key.len() < key::ROW_PREFIX_BYTES || epoch > last {
            let key = stored_key.escape_ascii();
            return Err(corrupt(format!("state row `{key}` of checkpoint {epoch} is none of {last}")));
        }
        let row_len = row.len();
        self.read += u64::from(row != DELETED);
        Ok(ScannedRow { stored_key, stored_value, row_len, epoch })
    }

    fn end<T>(&self) -> Result<Option<T>> {
        match (self.read, self.scan.row_count()) {
            (read, expected) if read == expected || is_planted(Bug::RowsNotCounted) => Ok(None),
            (read, expected) => {
                Err(corrupt(format!("state holds {read} rows where {expected} are expected")))
            }
        }
    }
}

impl ScannedRow {
    /// Returns the index of the row's table.
    pub fn table(&self) -> u8 {
        self.stored_key[key::ROW_PREFIX_BYTES - 1]
    }

    /// Returns the row's key.
    pub fn key(&self) -> &[u8] {
        &self.stored_key[key::ROW_PREFIX_BYTES..]
    }

    /// Returns the row in its canonical encoding.
    pub fn row(&self) -> &[u8] {
        &self.stored_value[..self.row_len]
    }

    /// Returns whether the row was deleted, so that its document must be deleted too.
    pub fn is_deleted(&self) -> bool {
        self.row() == DELETED
    }

    /// Returns the number of the checkpoint that wrote the row last.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }
}
