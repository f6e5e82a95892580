//! Tables: keyed rows of aggregates, the state of a reducer.
//!
//! A row is a slot, numbered in the order of first appearance; slots move only when rows are evicted or swept. Keys, each
//! aggregate's values and the change marks are columns indexed by slot. A batch is applied in phases: find the slots
//! of all keys, then update column by column. So the processor overlaps many cache misses, whereas one event
//! at a time would wait for each.
//!
//! A table may be one of many shards, each of which takes the contributions whose keys it owns ([`shard_of`]). It may also
//! be larger than memory: rows that a checkpoint has made durable can be evicted ([`Table::evict`]), and come back when
//! a contribution needs them or their windows advance ([`ColdRows`]). Neither affects any row.
//!
//! Rows over windows collect in open panes or sessions, and follow event time ([`Table::advance`]). If every
//! window is kept, closed windows become rows of another table ([`Table::of_closed_windows`]). A row that holds
//! nothing any more is *gone*: it stays in memory until the checkpoint and the flushes that report this are under way.

mod packed;
mod keys;
mod hash;
mod index;
mod selected;
mod encoding;
mod cold;
mod size;
mod crowded;
mod open;
mod calendar;
mod dates;
mod plain;
mod windows;
mod sessions;
mod closed;
mod values;
mod apply;
mod shown;
mod recall;
mod dictionary;
mod holders;
mod leading;
mod evict;
pub mod layout;

pub use crate::aggregate::contributed::Origin;
use crate::aggregate::registry::AnyPlainColumn;
use crate::description::TableSpec;
pub use crate::slots::marks::Mark;
use crate::slots::marks::Marks;
use closed::{ClosedWindow, START_BYTES, closed_key};
pub use cold::{ColdFault, ColdRows, NoColdRows};
use dates::ColdDates;
pub use dictionary::Dictionary;
pub use hash::{HashSeed, hash as hash_key, hash_keys, shard_of};
use holders::HolderIndexes;
use index::KeyIndex;
pub use selected::Selected;
use values::RowValues;

/// The rows of one table, or of one shard of it.
#[derive(Clone, Debug)]
pub struct Table {
    spec: TableSpec,
    keys: KeyIndex,
    values: RowValues,
    marks: Marks,
    /// The number of rows that are not in memory. They have no slots.
    cold_len: usize,
    /// The next dates of cold rows.
    dates: ColdDates,
    /// Closed windows that [`Table::close`] has not taken yet.
    closed: Vec<ClosedWindow>,
    /// Which rows lead to others.
    holders: HolderIndexes,
    /// Scratch space, reused for each batch.
    slots: Vec<u32>,
}

impl Table {
    /// Returns a table without rows.
    ///
    /// # Errors
    /// Names what this host does not support (some aggregates), or what is wrong with the declaration.
    pub fn new(spec: &TableSpec) -> Result<Self, String> {
        let table = |what: String| format!("table `{}`: {what}", spec.name);
        spec.key.check().map_err(table)?;
        for aggregate in &spec.aggregates {
            let named = |what: String| table(format!("aggregate `{}`: {what}", aggregate.name));
            AnyPlainColumn::new(&aggregate.kind).map_err(named)?;
        }
        Ok(Self::with(spec, RowValues::new(spec).map_err(table)?))
    }

    /// Returns a table for the closed windows of `spec`, if it keeps every one of them: see [`Table::close`].
    pub fn of_closed_windows(spec: &TableSpec) -> Option<Self> {
        RowValues::of_closed_windows(spec).map(|values| Self::with(spec, values))
    }

    /// Returns this table with a hash seed. Hashes of whatever is applied to it must use the same seed.
    ///
    /// # Panics
    /// Panics when it has rows, because these were placed with another seed.
    #[must_use]
    pub fn seeded(self, seed: HashSeed) -> Self {
        assert!(self.is_empty(), "keys lie by the seed they came in with");
        Self { keys: KeyIndex::new(seed), ..self }
    }

    fn with(spec: &TableSpec, values: RowValues) -> Self {
        Self {
            spec: spec.clone(),
            keys: KeyIndex::default(),
            dates: values.cold_dates(),
            values,
            marks: Marks::default(),
            cold_len: 0,
            closed: Vec::new(),
            holders: HolderIndexes::default(),
            slots: Vec::new(),
        }
    }

    /// Returns the number of rows in memory; slots are below it.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Returns whether there are no rows in memory.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the number of all rows, cold ones included, except those that are gone.
    pub fn total_len(&self) -> usize {
        self.len() - self.marks.gone_len() + self.cold_len
    }

    /// Returns the declaration.
    pub fn spec(&self) -> &TableSpec {
        &self.spec
    }

    /// Advances windows to an event time that every partition has passed: panes are sealed, results change, windows
    /// close, and rows whose retention is over are gone. Rows that change are dirty. Without windows, nothing happens.
    ///
    /// Rows may lag behind until [`Table::catch_up`], because a row takes many boundaries faster in one visit. They do not lag
    /// while cold rows have something to do, or those of many boundaries would come back at once.
    ///
    /// # Errors
    /// As [`Table::catch_up`].
    pub fn advance(&mut self, watermark_ms: i64, cold: &mut dyn ColdRows) -> Result<(), ColdFault> {
        self.values.raise_watermark(watermark_ms);
        if self.values.must_catch_up() || self.is_recall_pending() { self.catch_up(cold) } else { Ok(()) }
    }

    /// Brings all rows to the event time that [`Table::advance`] was last called with. Call it before
    /// looking at rows, marks or closed windows.
    ///
    /// Cold rows that have something to do by then are read from `cold`, and are then all in memory at once. Closed windows
    /// whose retention is over need not be read.
    ///
    /// # Errors
    /// Why a cold row cannot be read. The table is then inconsistent, and must not be used any more.
    pub fn catch_up(&mut self, cold: &mut dyn ColdRows) -> Result<(), ColdFault> {
        if let Some(reached) = self.values.reached() {
            // Before anything advances: a cold row has nothing to do until its date.
            self.recall_pending(reached, cold)?;
            self.values.catch_up(&mut self.marks, &mut self.closed);
        }
        Ok(())
    }

    /// Returns whether rows may lag behind event time.
    pub fn lags(&self) -> bool {
        self.values.lags()
    }

    /// Returns an event time before which [`Table::advance`] changes nothing; `None` if no event time changes anything without
    /// further contributions. A caller that advances from one such time to the next sees every change that time makes.
    pub fn next_change_ms(&self) -> Option<i64> {
        self.values.next_ms()
    }

    /// Sets how far event time had come at the checkpoint that rows are restored from; `None` = nowhere yet. Call
    /// it before any row is restored.
    pub fn resume(&mut self, watermark_ms: Option<i64>) {
        self.values.resume(watermark_ms);
    }

    /// Adds the windows of `table` that have closed since the last call to this table of closed windows.
    ///
    /// # Panics
    /// Panics when this is not the table of `table`'s closed windows.
    pub fn close(&mut self, table: &mut Table) {
        let RowValues::Closed(rows) = &mut self.values else { panic!("a table of closed windows") };
        for ClosedWindow { slot, start_ms, end_ms, results } in table.closed.drain(..) {
            let key = closed_key(start_ms, table.keys.get(slot));
            let slot = self.keys.insert(&key);
            self.marks.grow_to(self.keys.len());
            rows.push(slot, start_ms..end_ms, results);
            self.marks.mark_dirty(slot);
        }
    }

    fn assert_caught_up(&self) {
        assert!(!self.lags(), "rows are looked at after they have caught up with event time");
    }

    fn named(&self, what: &str) -> String {
        format!("table `{}`: {what}", self.spec.name)
    }

    /// Returns a row's canonical key bytes (see [`key`](crate::key)).
    pub fn key_bytes(&self, slot: u32) -> &[u8] {
        self.keys.get(slot)
    }

    /// Returns the slot of canonical key bytes; `None` for unknown and for cold rows.
    pub fn find(&self, key: &[u8]) -> Option<u32> {
        self.keys.find(key)
    }

    /// Returns whether a row is gone: it holds nothing any more, and a checkpoint deletes it.
    pub fn is_gone(&self, slot: u32) -> bool {
        self.marks.is_gone(slot)
    }

    /// Appends a row's canonical encoding, without its key.
    pub fn encode_row(&self, slot: u32, out: &mut Vec<u8>) {
        self.assert_caught_up();
        self.values.encode_row(slot, out);
    }

    /// Adds a row as [`Table::encode_row`] wrote it, without marking it as changed.
    ///
    /// # Errors
    /// Describes what is wrong with key or row, and leaves the table unchanged.
    pub fn restore_row(&mut self, key: &[u8], row: &[u8]) -> Result<(), String> {
        let own_key = match self.values {
            RowValues::Closed(_) => key.get(START_BYTES..).unwrap_or_default(),
            _ => key,
        };
        self.spec.key.check_bytes(own_key).map_err(|what| self.named(&what))?;
        if self.find(key).is_some() {
            return Err(self.named(&format!("the row of key {key:?} was restored before")));
        }
        let rows = self.len();
        if let Err(error) = self.values.restore_row(rows, row) {
            self.values.truncate(rows);
            return Err(self.named(&error));
        }
        self.keys.insert(key);
        self.marks.grow_to(self.keys.len());
        self.values.schedule(rows as u32);
        Ok(())
    }

    /// Returns the length of a row's encoding, in bytes.
    pub fn row_bytes_estimate(&self, slot: u32) -> usize {
        1 + self.values.encoded_len(slot)
    }

    /// Returns the memory that rows in memory hold, in bytes, without visiting them.
    pub fn heap_bytes(&self) -> usize {
        self.keys.heap_bytes()
            + self.marks.heap_bytes()
            + self.slots.capacity() * 4
            + self.holders.heap_bytes()
            + self.values.heap_bytes()
    }

    /// Returns the rows that have a mark, each once, and clears these marks.
    pub fn take_changed(&mut self, mark: Mark) -> Vec<u32> {
        self.assert_caught_up();
        self.marks.take(mark)
    }

    /// Returns the number of dirty rows.
    pub fn changed_len(&self, mark: Mark) -> usize {
        self.marks.len(mark)
    }

    /// Switches whether changes set a mark; a replaying candidate sets none for flushes. Switching off clears the
    /// marks that are set. On in a new table.
    pub fn track_dirty(&mut self, mark: Mark, on: bool) {
        self.marks.track_dirty(mark, on);
    }

    /// Marks every row in memory, whether or not changes set this mark.
    pub fn mark_all(&mut self, mark: Mark) {
        for slot in 0..self.len() {
            self.marks.mark(mark, slot as u32);
        }
    }

    /// Marks one row, whether or not changes set this mark.
    pub fn mark(&mut self, mark: Mark, slot: u32) {
        self.marks.mark(mark, slot);
    }
}

#[cfg(test)]
mod tests;
