//! Rows of closed windows: their results are final, kept for a retention, and then deleted with their documents.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::Range;

use super::encoding::{encode_behind_length, take_array, take_behind_length};
use super::size::Size;
use crate::aggregate::Value;
use crate::column::Column;
use crate::description::{TableSpec, ValueType};
use crate::slots::growth::{make_room, room_after_eviction};
use crate::slots::marks::Marks;
use crate::slots::renumbering::Renumbering;

/// A window that has just closed.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ClosedWindow {
    /// The row that it belongs to.
    pub(super) slot: u32,
    /// When it begins, in milliseconds.
    pub(super) start_ms: i64,
    /// When it ends, in milliseconds.
    pub(super) end_ms: i64,
    /// A value for each aggregate.
    pub(super) results: Box<[Option<Value>]>,
}

/// The closed windows of a table, a row each.
#[derive(Clone, Debug)]
pub(super) struct ClosedRows {
    types: Vec<ValueType>,
    /// How long a window is kept after its end, including the allowed lateness.
    kept_ms: u64,
    rows: Vec<Closed>,
    by_end: BTreeMap<i64, Vec<u32>>,
    /// Windows that end at or before this time are no longer kept.
    over_ms: i64,
    outside_bytes: usize,
}

#[derive(Clone, Debug)]
struct Closed {
    start_ms: i64,
    end_ms: i64,
    results: Box<[Option<Value>]>,
}

impl ClosedRows {
    /// Returns the rows, none yet, of a table that keeps each window for `kept_ms`.
    pub(super) fn new(spec: &TableSpec, kept_ms: u64) -> Self {
        Self {
            types: spec.aggregates.iter().map(|aggregate| aggregate.kind.result_type()).collect(),
            kept_ms: kept_ms.saturating_add(spec.allowed_lateness_ms),
            rows: Vec::new(),
            by_end: BTreeMap::new(),
            over_ms: i64::MIN,
            outside_bytes: 0,
        }
    }

    /// Adds the row with the number `slot`, which must be the next one.
    pub(super) fn push(&mut self, slot: u32, window_ms: Range<i64>, results: Box<[Option<Value>]>) {
        assert_eq!(slot as usize, self.rows.len(), "every closed window has a row of its own");
        let closed = Closed { start_ms: window_ms.start, end_ms: window_ms.end, results };
        self.outside_bytes += closed.heap_bytes();
        self.by_end.entry(closed.end_ms).or_default().push(slot);
        make_room(&mut self.rows, 1);
        self.rows.push(closed);
    }

    /// Marks rows whose retention is over as gone.
    pub(super) fn catch_up(&mut self, marks: &mut Marks) {
        while let Some(first) = self.by_end.first_entry().filter(|first| *first.key() <= self.over_ms) {
            for slot in first.remove() {
                marks.mark_dirty(slot);
                marks.set_gone(slot, true);
            }
        }
    }

    /// Returns an event time before which there is nothing to do.
    pub(super) fn next_ms(&self) -> Option<i64> {
        self.by_end.first_key_value().map(|(end_ms, _)| end_ms.saturating_add_unsigned(self.kept_ms))
    }

    /// Records how far event time has come.
    pub(super) fn raise_watermark(&mut self, watermark_ms: i64) {
        self.over_ms = self.over_ms.max(watermark_ms.saturating_sub_unsigned(self.kept_ms));
    }

    /// Returns the time at or before which windows must end to be no longer kept.
    pub(super) fn over_ms(&self) -> i64 {
        self.over_ms
    }

    /// Returns the end of a row's window, when its retention begins; `None` when it is kept for ever.
    pub(super) fn end_ms(&self, slot: u32) -> Option<i64> {
        (self.kept_ms < u64::MAX).then(|| self.rows[slot as usize].end_ms)
    }

    /// Adds the row with the number `slot`, which must be the next one. The row is gone, and exists only to report this.
    pub(super) fn push_gone(&mut self, slot: u32) {
        assert_eq!(slot as usize, self.rows.len(), "every closed window has a row of its own");
        make_room(&mut self.rows, 1);
        self.rows.push(Closed { start_ms: 0, end_ms: 0, results: Box::default() });
    }

    /// Returns a row's window, in milliseconds.
    pub(super) fn window_ms(&self, slot: u32) -> Range<i64> {
        let closed = &self.rows[slot as usize];
        closed.start_ms..closed.end_ms
    }

    /// Returns the results of some rows, a column for each aggregate.
    pub(super) fn results(&self, slots: &[u32]) -> Vec<Column> {
        let column = |(at, &ty): (usize, &ValueType)| {
            let mut column = Column::empty(ty);
            for &slot in slots {
                column.push(self.rows[slot as usize].results[at].as_ref().map(Value::borrowed));
            }
            column
        };
        self.types.iter().enumerate().map(column).collect()
    }

    /// Start and end; then, for each aggregate, its result, if there is one.
    pub(super) fn encode(&self, slot: u32, out: &mut Vec<u8>) {
        let closed = &self.rows[slot as usize];
        out.extend_from_slice(&closed.start_ms.to_le_bytes());
        out.extend_from_slice(&closed.end_ms.to_le_bytes());
        for result in &closed.results {
            encode_behind_length(out, |out| {
                if let Some(value) = result {
                    value.encode(out);
                }
            });
        }
    }

    /// Returns the length of that encoding.
    pub(super) fn encoded_len(&self, slot: u32) -> usize {
        let results = self.rows[slot as usize].results.iter();
        16 + results.map(|result| 4 + result.as_ref().map_or(0, Value::encoded_len)).sum::<usize>()
    }

    /// Reads what [`ClosedRows::encode`] wrote as the row with the number `rows`.
    pub(super) fn push_encoded(&mut self, rows: usize, rest: &mut &[u8]) -> Result<(), String> {
        let start_ms = i64::from_le_bytes(take_array(rest)?);
        let end_ms = i64::from_le_bytes(take_array(rest)?);
        let mut results = Vec::with_capacity(self.types.len());
        for &ty in &self.types {
            let value = match take_behind_length(rest)? {
                [] => None,
                bytes => Some(Value::decode_all(bytes)?),
            };
            if let Some(value) = value.as_ref().filter(|value| !value.is_of(ty)) {
                return Err(format!("{value:?} stands where {ty:?} is declared"));
            }
            results.push(value);
        }
        self.push(rows as u32, start_ms..end_ms, results.into());
        Ok(())
    }

    /// Drops the rows from `rows` on.
    pub(super) fn truncate(&mut self, rows: usize) {
        for closed in self.rows.drain(rows.min(self.rows.len())..) {
            self.outside_bytes -= closed.heap_bytes();
            if let Entry::Occupied(mut slots) = self.by_end.entry(closed.end_ms) {
                // Slots rise, so the dropped ones are the last.
                while slots.get().last().is_some_and(|&slot| slot as usize >= rows) {
                    slots.get_mut().pop();
                }
                if slots.get().is_empty() {
                    slots.remove();
                }
            }
        }
    }

    /// Moves rows to their new slots.
    pub(super) fn compact(&mut self, renumbering: &Renumbering) {
        let outside_bytes = &mut self.outside_bytes;
        renumbering.compact(&mut self.rows, |closed| *outside_bytes -= closed.heap_bytes());
        self.by_end.retain(|_, slots| {
            slots.retain_mut(|slot| renumbering.new_slot(*slot).inspect(|new| *slot = *new).is_some());
            !slots.is_empty()
        });
    }

    /// Returns the size of all rows.
    pub(super) fn size(&self) -> Size {
        Size { cells: 0, outside_bytes: self.outside_bytes }
    }

    /// Returns the size of one row.
    pub(super) fn size_of(&self, slot: u32) -> Size {
        Size { cells: 0, outside_bytes: self.rows[slot as usize].heap_bytes() }
    }

    /// Returns the memory that [`ClosedRows::compact`] leaves for this many rows, not counting what they hold outside.
    pub(super) fn compact_bytes(&self, rows: usize) -> usize {
        room_after_eviction(rows) * size_of::<Closed>() + rows * 4 + self.by_end.len().min(rows) * DATE_BYTES
    }

    /// Returns the approximate memory held, in bytes.
    pub(super) fn heap_bytes(&self) -> usize {
        let dates = self.rows.len() * 4 + self.by_end.len() * DATE_BYTES;
        self.rows.capacity() * size_of::<Closed>() + self.outside_bytes + dates
    }
}

impl Closed {
    fn heap_bytes(&self) -> usize {
        size_of_val(&*self.results) + self.results.iter().flatten().map(Value::heap_bytes).sum::<usize>()
    }
}

/// Returns the key of a closed window: its start, by which such keys sort, then the key of its row.
pub(super) fn closed_key(start_ms: i64, key: &[u8]) -> Vec<u8> {
    let mut bytes = crate::key::of_int(start_ms).to_vec();
    bytes.extend_from_slice(key);
    bytes
}

/// The memory of a date without its slots: its place in the map.
const DATE_BYTES: usize = 48;

/// Bytes of [`closed_key`] before the key of its row.
pub(super) const START_BYTES: usize = 8;
