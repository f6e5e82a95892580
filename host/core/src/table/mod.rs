//! Keyed rows of aggregates: what a reducer remembers.
//!
//! A row is a slot, numbered in the order of first appearance; slots move only when rows are evicted or swept. Keys, each
//! aggregate's values and the change marks are columns indexed by slot, and a batch is applied in phases: find the slots
//! of all keys, then update column by column. So the processor has many cache misses under way at once, where an event
//! at a time would wait for each.
//!
//! A table may be one shard of many, each of which takes the contributions whose keys it owns ([`shard_of`]). And it may
//! be larger than memory: rows that a checkpoint has made durable can be evicted ([`Table::evict`]) and come back when
//! a contribution needs them or their windows move on ([`ColdRows`]). Neither shows in any row.
//!
//! Rows over windows collect in open panes or sessions and move on with event time ([`Table::advance`]). Where every
//! window is kept, those that are over become rows of a table beside it ([`Table::of_closed_windows`]). A row that holds
//! nothing any more is *gone*: it stays in memory until the checkpoint and the flush that tell of it are under way.

mod packed;
mod keys;
mod hash;
mod index;
mod selected;
mod cold;
mod evict;
mod crowded;
mod open;
mod due;
mod dates;
mod windows;
mod sessions;
mod closed;
mod values;
pub mod layout;

use std::borrow::Cow;

pub use crate::aggregate::column::contributed::Origin;
use crate::aggregate::column::contributed::{All, Contributed, Rows};
use crate::aggregate::registry::AnyPlainColumn;
use crate::column::Column;
use crate::contribution::{Contributions, ResultRows};
use crate::description::{TableSpec, Window};
pub use crate::key;
pub use crate::slots::marks::Mark;
use crate::slots::marks::Marks;
use closed::{ClosedWindow, START_BYTES, closed_key};
pub use cold::{ColdFault, ColdRows, NoColdRows};
use dates::ColdDates;
pub use hash::{HashSeed, hash as hash_key, hash_keys, shard_of};
use index::KeyIndex;
use keys::{Keys, with_keys};
pub use selected::Selected;
use values::RowValues;

/// First byte of an encoded row.
const ROW_VERSION: u8 = 1;

/// The rows of one table, or of one shard of it.
#[derive(Clone, Debug)]
pub struct Table {
    spec: TableSpec,
    keys: KeyIndex,
    values: RowValues,
    marks: Marks,
    /// Rows that are not in memory. None of them has a slot.
    cold_len: usize,
    /// When they have something to do next.
    dates: ColdDates,
    /// Windows that are over and not taken yet.
    closed: Vec<ClosedWindow>,
    /// Kept between batches for its memory.
    slots: Vec<u32>,
}

impl Table {
    /// Returns a table without rows.
    ///
    /// # Errors
    /// Names what this host does not support (references, some aggregates), or what is wrong with the declaration.
    pub fn new(spec: &TableSpec) -> Result<Self, String> {
        let table = |what: String| format!("table `{}`: {what}", spec.name);
        key::check_type(spec.key).map_err(table)?;
        for aggregate in &spec.aggregates {
            let named = |what: String| table(format!("aggregate `{}`: {what}", aggregate.name));
            if aggregate.refers_to.is_some() {
                return Err(named("references are not supported yet".into()));
            }
            AnyPlainColumn::new(&aggregate.kind).map_err(named)?;
        }
        Ok(Self::with(spec, RowValues::new(spec).map_err(table)?))
    }

    /// Returns a table for the windows of `spec` that are over, where every one of them is kept: see [`Table::close`].
    pub fn of_closed_windows(spec: &TableSpec) -> Option<Self> {
        RowValues::of_closed_windows(spec).map(|values| Self::with(spec, values))
    }

    /// Returns this table, in which keys lie by a seed; hashes of what is applied are of the same one.
    ///
    /// # Panics
    /// Panics when it has rows: they lie by another seed.
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

    /// Returns the number of all rows; those that are gone do not count.
    pub fn total_len(&self) -> usize {
        self.len() - self.marks.gone_len() + self.cold_len
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
        // One is as good as all: hashes of another batch, or of another seed, would scatter rows over slots for ever.
        let seed = self.keys.seed();
        let hash_due =
            with_keys!(contributions.keys, keys => keys.with(rows.row(0), |key| hash::hash(key, seed)));
        assert_eq!(hashes[rows.row(0)], hash_due, "hashes are those of the keys");
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

    /// Moves windows on to an event time that every partition has passed: panes are sealed, results change, windows
    /// close, what was kept long enough is gone. Changes are marked. Without windows nothing happens.
    ///
    /// Rows may lag behind until [`Table::catch_up`]: a row that takes many steps at once takes them faster. Not where cold
    /// rows are due: those of many steps would come back at once.
    ///
    /// # Errors
    /// As [`Table::catch_up`].
    pub fn advance(&mut self, watermark_ms: i64, cold: &mut dyn ColdRows) -> Result<(), ColdFault> {
        self.values.note(watermark_ms);
        if self.values.must_catch_up() || self.is_cold_due() { self.catch_up(cold) } else { Ok(()) }
    }

    /// Brings all rows to the event time that [`Table::advance`] was last called with: due before anybody looks at rows,
    /// marks or closed windows.
    ///
    /// Cold rows that have something to do by then are asked of `cold`, but for closed windows that are gone: all rows
    /// that are due are in memory at once.
    ///
    /// # Errors
    /// Says why a cold row cannot be had. The table is then in doubt and of no further use.
    pub fn catch_up(&mut self, cold: &mut dyn ColdRows) -> Result<(), ColdFault> {
        if let Some(reached) = self.values.reached() {
            // Before anything moves: until a cold row's date there was nothing for it to do.
            self.recall_due(reached, cold)?;
            self.values.catch_up(&mut self.marks, &mut self.closed);
        }
        Ok(())
    }

    /// Returns whether rows may lag behind event time.
    pub fn lags(&self) -> bool {
        self.values.lags()
    }

    /// Returns an event time before which [`Table::advance`] changes nothing; `None` when it never does, as things stand.
    /// Whoever advances from one to the next sees every change that time makes.
    pub fn next_change_ms(&self) -> Option<i64> {
        self.values.next_ms()
    }

    /// Notes how far event time had come at the checkpoint that rows are restored from, if it had come anywhere; due
    /// before any is restored.
    pub fn resume(&mut self, watermark_ms: Option<i64>) {
        self.values.resume(watermark_ms);
    }

    /// Adds the windows of `table` that have closed since the last call to this table of closed windows.
    ///
    /// # Panics
    /// Panics where the one is not the table of the other's closed windows.
    pub fn close(&mut self, table: &mut Table) {
        let RowValues::Closed(rows) = &mut self.values else { panic!("a table of closed windows") };
        for ClosedWindow { slot, start_ms, end_ms, results } in table.closed.drain(..) {
            let key = closed_key(start_ms, table.keys.get(slot));
            let slot = self.keys.insert(&key);
            self.marks.grow_to(self.keys.len());
            rows.push(slot, start_ms..end_ms, results);
            self.marks.note(slot);
        }
    }

    fn assert_caught_up(&self) {
        assert!(!self.lags(), "rows are looked at after they have caught up with event time");
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

    /// Returns whether a row holds nothing any more: a checkpoint deletes it.
    pub fn is_gone(&self, slot: u32) -> bool {
        self.marks.is_gone(slot)
    }

    /// Returns whether there is something to show of a row; if not, its document is deleted.
    pub fn has_document(&self, slot: u32) -> bool {
        !self.is_gone(slot) && self.values.has_document(slot)
    }

    /// Returns what `project` receives for some rows that have documents, in the order of `slots`.
    pub fn results(&self, table_index: usize, slots: &[u32]) -> ResultRows {
        self.assert_caught_up();
        let mut keys = Column::empty(self.spec.key);
        let (mut window_starts, mut window_ends) = (Vec::new(), Vec::new());
        for &slot in slots {
            keys.push(Some(key::value(self.spec.key, self.own_key(slot))));
            if let Some(window_ms) = self.values.window_ms(slot) {
                window_starts.push(window_ms.start);
                window_ends.push(window_ms.end);
            }
        }
        ResultRows {
            table: table_index,
            keys,
            window_starts,
            window_ends,
            results: self.values.results(slots),
        }
    }

    /// Returns the id of a row's document: the key as text, times as whole milliseconds; of a closed window
    /// `KEY@START_MS`.
    pub fn document_id(&self, slot: u32) -> Cow<'_, str> {
        self.id_of_key(self.keys.get(slot))
    }

    /// Returns the id of the document of a row with these canonical key bytes, which need not be in memory.
    pub fn id_of_key<'a>(&self, key: &'a [u8]) -> Cow<'a, str> {
        match &self.values {
            RowValues::Closed(_) => {
                let (start_ms, key) = key.split_at(START_BYTES);
                format!("{}@{}", key::text(self.spec.key, key), key::int(start_ms)).into()
            }
            _ => key::text(self.spec.key, key),
        }
    }

    /// Returns the key that contributions name; that of a closed window has its start before it.
    fn own_key(&self, slot: u32) -> &[u8] {
        let key = self.keys.get(slot);
        if matches!(self.values, RowValues::Closed(_)) { &key[START_BYTES..] } else { key }
    }

    /// Appends a row's canonical encoding, without its key.
    pub fn encode_row(&self, slot: u32, out: &mut Vec<u8>) {
        self.assert_caught_up();
        out.push(ROW_VERSION);
        self.values.encode(slot, out);
    }

    /// Adds a row as [`Table::encode_row`] wrote it; it is not marked as changed.
    ///
    /// # Errors
    /// Says what is wrong with key or row, and leaves the table as it was.
    pub fn restore_row(&mut self, key: &[u8], row: &[u8]) -> Result<(), String> {
        let own_key = match self.values {
            RowValues::Closed(_) => key.get(START_BYTES..).unwrap_or_default(),
            _ => key,
        };
        key::check(self.spec.key, own_key).map_err(|what| self.named(&what))?;
        if self.find(key).is_some() {
            return Err(self.named(&format!("the row of key {key:?} was restored before")));
        }
        let rows = self.len();
        if let Err(error) = restore_values(&mut self.values, rows, row) {
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

    /// Returns the memory that rows in memory hold, in bytes, without looking at them.
    pub fn heap_bytes(&self) -> usize {
        self.keys.heap_bytes()
            + self.marks.heap_bytes()
            + self.slots.capacity() * 4
            + self.values.heap_bytes()
    }

    /// Returns the rows marked since the last call, each once, and clears their marks.
    pub fn take_changed(&mut self, mark: Mark) -> Vec<u32> {
        self.assert_caught_up();
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

/// Appends one encoded row to values of `rows` rows.
fn restore_values(values: &mut RowValues, rows: usize, row: &[u8]) -> Result<(), String> {
    let mut rest = match row.split_first() {
        Some((&ROW_VERSION, rest)) => rest,
        Some((version, _)) => {
            return Err(format!("a row has encoding version {version}, this host reads {ROW_VERSION}"));
        }
        None => return Err("a row has no bytes".into()),
    };
    values.push_encoded(rows, &mut rest)?;
    match rest.len() {
        0 => Ok(()),
        len => Err(format!("a row has {len} bytes left over")),
    }
}

/// Appends an encoding behind its length.
fn encode_behind_length(out: &mut Vec<u8>, encode: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    encode(out);
    let len = u32::try_from(out.len() - start - 4).expect("an aggregate is bounded far below 4 GiB");
    out[start..start + 4].copy_from_slice(&len.to_le_bytes());
}

/// Takes an encoding that stands behind its length.
fn take_behind_length<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8], String> {
    let len = u32::from_le_bytes(take_array(rest)?) as usize;
    let (value, after) = rest.split_at_checked(len).ok_or("a row ends inside an aggregate")?;
    *rest = after;
    Ok(value)
}

/// Takes some bytes.
fn take_array<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], String> {
    let (array, after) = rest.split_first_chunk().ok_or("a row ends before its last aggregate")?;
    *rest = after;
    Ok(*array)
}

#[cfg(test)]
mod tests;
