//! Keyed rows of aggregates: what a reducer remembers.
//!
//! A row is a slot, numbered in the order of first appearance; slots move only when rows are evicted. Keys, each
//! aggregate's values and the change marks are columns indexed by slot, and a batch is applied in phases: find the slots
//! of all keys, then update column by column. So the processor has many cache misses under way at once, where an event
//! at a time would wait for each.
//!
//! A table may be one shard of many, each of which takes the contributions whose keys it owns ([`shard_of`]). And it may
//! be larger than memory: rows that a checkpoint has made durable can be evicted ([`Table::evict`]) and come back when
//! a contribution needs them ([`ColdRows`]). Neither shows in any row.

pub mod key;
mod packed;
mod keys;
mod hash;
mod index;
mod selected;
mod add;
mod cells;
mod column;
mod marks;
mod cold;
mod growth;
mod evict;

use std::borrow::Cow;

use crate::column::Column;
use crate::contribution::{Contributions, ResultRows};
use crate::description::{TableSpec, Window};
use add::Applied;
pub use cold::{ColdRows, NoColdRows};
use column::AggregateColumn;
pub use hash::{hash as hash_key, hash_keys, shard_of};
use index::KeyIndex;
use keys::{Keys, with_keys};
pub use marks::Mark;
use marks::Marks;
pub use selected::Selected;
use selected::{All, Rows};

/// First byte of an encoded row.
const ROW_VERSION: u8 = 1;

/// Where the records of a batch stand in the log.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'a> {
    /// Rank of the logical topic's name among the reducer's sorted input topics.
    pub topic: u16,
    /// The records' partition.
    pub partition: u32,
    /// The records' offsets.
    pub offsets: &'a [u64],
    /// The records' event times, in milliseconds since the Unix epoch.
    pub times_ms: &'a [i64],
}

/// The rows of one table, or of one shard of it.
#[derive(Clone, Debug)]
pub struct Table {
    spec: TableSpec,
    keys: KeyIndex,
    columns: Vec<AggregateColumn>,
    marks: Marks,
    /// Rows that are not in memory. None of them has a slot.
    cold_len: usize,
    /// Kept between batches for its memory.
    slots: Vec<u32>,
}

impl Table {
    /// Returns a table without rows.
    ///
    /// # Errors
    /// Names what this host does not support: windows, references, some aggregates.
    pub fn new(spec: &TableSpec) -> Result<Self, String> {
        let table = |what: String| format!("table `{}`: {what}", spec.name);
        if spec.window != Window::Unbounded {
            return Err(table("windows are not supported yet".into()));
        }
        key::check_type(spec.key).map_err(table)?;
        let mut columns = Vec::with_capacity(spec.aggregates.len());
        for aggregate in &spec.aggregates {
            let named = |what: String| table(format!("aggregate `{}`: {what}", aggregate.name));
            if aggregate.refers_to.is_some() {
                return Err(named("references are not supported yet".into()));
            }
            columns.push(AggregateColumn::new(&aggregate.kind).map_err(named)?);
        }
        let keys = KeyIndex::default();
        Ok(Self {
            spec: spec.clone(),
            keys,
            columns,
            marks: Marks::default(),
            cold_len: 0,
            slots: Vec::new(),
        })
    }

    /// Returns the number of rows in memory; slots are below it.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Returns whether there are no rows in memory.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the number of rows that are not in memory.
    pub fn cold_len(&self) -> usize {
        self.cold_len
    }

    /// Returns the number of all rows.
    pub fn total_len(&self) -> usize {
        self.len() + self.cold_len
    }

    /// Takes rows into account that a restore has left in the store.
    pub fn add_cold(&mut self, rows: usize) {
        self.cold_len += rows;
    }

    /// Returns the declaration.
    pub fn spec(&self) -> &TableSpec {
        &self.spec
    }

    /// Merges the selected contributions into their rows and marks the rows that are new or whose state changed.
    ///
    /// While rows are cold, `cold` is asked for each key that is not in memory. What it finds is restored first,
    /// without a mark; what it does not find is a new row.
    ///
    /// # Errors
    /// Says why a cold row cannot be had. The table is then in doubt and of no further use.
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
    ) -> Result<(), String> {
        assert_eq!(contributions.values.len(), self.columns.len(), "contributions are checked before");
        assert_eq!(selected.hashes.len(), contributions.rows(), "the keys of all contributions are hashed");
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
    ) -> Result<(), String> {
        if rows.len() == 0 {
            return Ok(());
        }
        // One is as good as all: hashes of another batch, or of another seed, would scatter rows over slots for ever.
        let hash_due = with_keys!(contributions.keys, keys => keys.with(rows.row(0), hash::hash));
        assert_eq!(hashes[rows.row(0)], hash_due, "hashes are those of the keys");
        let rows_before = self.len();
        let mut slots = std::mem::take(&mut self.slots);
        with_keys!(contributions.keys, keys => self.keys.slots_of(keys, hashes, rows, &mut slots));
        self.fill_rows_from(rows_before, cold)?;
        self.marks.touch(&slots);
        let applied = Applied { rows, slots: &slots, source_rows: &contributions.source_rows, origin };
        for (column, values) in self.columns.iter_mut().zip(&contributions.values) {
            column.apply(applied, values, &mut self.marks);
        }
        self.slots = slots;
        Ok(())
    }

    /// Gives values to the slots from `start` on, which have keys only: those of cold rows, or empty ones.
    fn fill_rows_from(&mut self, start: usize, cold: &mut dyn ColdRows) -> Result<(), String> {
        self.marks.grow_to(self.keys.len());
        for slot in start..self.keys.len() {
            let mut fetched = None;
            if self.cold_len > 0 {
                fetched = cold.fetch(self.keys.get(slot as u32)).map_err(|what| self.named(&what))?;
            }
            match fetched {
                Some(row) => {
                    if let Err(what) = restore_values(&mut self.columns, slot, &row) {
                        return Err(self.named(&what));
                    }
                    self.cold_len -= 1;
                }
                None => self.marks.note(slot as u32),
            }
        }
        self.columns.iter_mut().for_each(|column| column.grow_to(self.keys.len()));
        Ok(())
    }

    fn named(&self, what: &str) -> String {
        format!("table `{}`: {what}", self.spec.name)
    }

    /// Returns a row's canonical key bytes (see [`key`]).
    pub fn key_bytes(&self, slot: u32) -> &[u8] {
        self.keys.get(slot)
    }

    /// Returns the slot of canonical key bytes; cold rows have none.
    pub fn find(&self, key: &[u8]) -> Option<u32> {
        self.keys.find(key)
    }

    /// Returns what `project` receives for some rows, in the order of `slots`.
    pub fn results(&self, table_index: usize, slots: &[u32]) -> ResultRows {
        let mut keys = Column::empty(self.spec.key);
        for &slot in slots {
            keys.push(Some(key::value(self.spec.key, self.keys.get(slot))));
        }
        let results = self.columns.iter().map(|column| column.results(slots)).collect();
        ResultRows { table: table_index, keys, results }
    }

    /// Returns the id of a row's document: the key as text, times as whole milliseconds.
    pub fn document_id(&self, slot: u32) -> Cow<'_, str> {
        key::text(self.spec.key, self.keys.get(slot))
    }

    /// Appends a row's canonical encoding, without its key.
    pub fn encode_row(&self, slot: u32, out: &mut Vec<u8>) {
        out.push(ROW_VERSION);
        for column in &self.columns {
            let start = out.len();
            out.extend_from_slice(&[0; 4]);
            column.encode(slot, out);
            let len = u32::try_from(out.len() - start - 4).expect("an aggregate is bounded far below 4 GiB");
            out[start..start + 4].copy_from_slice(&len.to_le_bytes());
        }
    }

    /// Adds a row as [`Table::encode_row`] wrote it; it is not marked as changed.
    ///
    /// # Errors
    /// Says what is wrong with key or row, and leaves the table as it was.
    pub fn restore_row(&mut self, key: &[u8], row: &[u8]) -> Result<(), String> {
        key::check(self.spec.key, key).map_err(|what| self.named(&what))?;
        if self.find(key).is_some() {
            return Err(self.named(&format!("the row of key {key:?} was restored before")));
        }
        let rows = self.len();
        if let Err(error) = restore_values(&mut self.columns, rows, row) {
            for column in &mut self.columns {
                column.truncate(rows);
            }
            return Err(self.named(&error));
        }
        self.keys.insert(key);
        self.marks.grow_to(self.keys.len());
        Ok(())
    }

    /// Returns the length of a row's encoding, in bytes.
    pub fn row_bytes_estimate(&self, slot: u32) -> usize {
        1 + self.columns.iter().map(|column| 4 + column.encoded_len(slot)).sum::<usize>()
    }

    /// Returns the memory that the table holds, in bytes, without looking at rows; cold rows take none.
    pub fn heap_bytes(&self) -> usize {
        let columns: usize = self.columns.iter().map(AggregateColumn::heap_bytes).sum();
        self.keys.heap_bytes() + self.marks.heap_bytes() + self.slots.capacity() * 4 + columns
    }

    /// Returns the rows marked since the last call, each once, and clears their marks.
    pub fn take_changed(&mut self, mark: Mark) -> Vec<u32> {
        self.marks.take(mark)
    }

    /// Returns the number of rows that are marked.
    pub fn changed_len(&self, mark: Mark) -> usize {
        self.marks.len(mark)
    }

    /// Switches whether changes are marked; a replaying shadow notes none for flushes. Switching off forgets the
    /// marks that are set; switched on in a new table.
    pub fn set_noting(&mut self, mark: Mark, on: bool) {
        self.marks.set_noting(mark, on);
    }

    /// Marks every row in memory, whether changes are being noted or not.
    pub fn mark_all(&mut self, mark: Mark) {
        for slot in 0..self.len() {
            self.marks.mark(mark, slot as u32);
        }
    }

    /// Marks one row, whether changes are being noted or not.
    pub fn mark(&mut self, mark: Mark, slot: u32) {
        self.marks.mark(mark, slot);
    }
}

/// Appends one encoded row to columns that hold `rows` rows each.
fn restore_values(columns: &mut [AggregateColumn], rows: usize, row: &[u8]) -> Result<(), String> {
    let mut rest = match row.split_first() {
        Some((&ROW_VERSION, rest)) => rest,
        Some((version, _)) => {
            return Err(format!("a row has encoding version {version}, this host reads {ROW_VERSION}"));
        }
        None => return Err("a row has no bytes".into()),
    };
    for column in columns {
        let (len, after) = rest.split_first_chunk().ok_or("a row ends before its last aggregate")?;
        let len = u32::from_le_bytes(*len) as usize;
        let (value, after) = after.split_at_checked(len).ok_or("a row ends inside an aggregate")?;
        column.grow_to(rows);
        column.push_encoded(value)?;
        rest = after;
    }
    match rest.len() {
        0 => Ok(()),
        len => Err(format!("a row has {len} bytes left over")),
    }
}

#[cfg(test)]
mod tests;
