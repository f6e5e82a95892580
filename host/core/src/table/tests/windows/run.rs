//! A table over windows and the table of its closed windows, as a host runs them.

use std::collections::BTreeMap;

use super::Event;
use crate::table::tests::cold::Store;
use crate::table::tests::*;
use crate::watermark::EventTimes;

/// When rows catch up with event time.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Lag {
    Never,
    UntilTheEnd,
}

pub(in crate::table::tests) type Rows = Vec<(Vec<u8>, Vec<u8>)>;
pub(in crate::table::tests) type Shown = BTreeMap<String, (Vec<Option<Value>>, i64, i64)>;

pub(in crate::table::tests) struct Run {
    pub(in crate::table::tests) table: Table,
    pub(in crate::table::tests) closed: Option<Table>,
    /// The stores of both tables, which hold their evicted rows.
    pub(in crate::table::tests) stores: [Store; 2],
    pub(super) bound_ms: u64,
    pub(super) largest_ms: Option<i64>,
    pub(super) offset: u64,
    pub(super) late: usize,
    pub(super) lag: Lag,
}

impl Run {
    pub(in crate::table::tests) fn new(spec: &TableSpec, bound_ms: u64) -> Self {
        let table = Table::new(spec).unwrap();
        let closed = Table::of_closed_windows(spec);
        Self {
            table,
            closed,
            stores: Default::default(),
            bound_ms,
            largest_ms: None,
            offset: 0,
            late: 0,
            lag: Lag::Never,
        }
    }

    pub(in crate::table::tests) fn add(&mut self, events: &[Event]) {
        let offsets: Vec<u64> = (self.offset..).take(events.len()).collect();
        let times_ms: Vec<i64> = events.iter().map(|event| event.2).collect();
        let mut event_times = EventTimes::default();
        event_times.add(&offsets, &times_ms);
        let late = event_times.late(self.largest_ms, self.bound_ms + self.table.spec().allowed_lateness_ms);
        self.late += late.len();
        let text = |text: String| Some(Value::Text(text.into()));
        let keys = column(ValueType::Text, events.iter().map(|event| text(format!("k{}", event.0))));
        let items = || column(ValueType::Text, events.iter().map(|event| text(format!("i{}", event.1))));
        let ints = || column(ValueType::Int, events.iter().map(|event| Some(Value::Int(i64::from(event.1)))));
        let values = self.table.spec().aggregates.iter().flat_map(|aggregate| match aggregate.kind {
            AggregateKind::Count => vec![column(ValueType::Int, events.iter().map(|_| Some(Value::Int(1))))],
            AggregateKind::Distinct(_) => vec![items()],
            AggregateKind::TopK(_) => vec![items(), ints()],
            _ => vec![ints()],
        });
        let contributions = Contributions::new(0, (0..events.len() as u32).collect(), keys, values);
        let origin =
            Origin { topic: 0, partition: 0, offsets: &offsets, times_ms: &times_ms, late_offsets: &late };
        let mut hashes = Vec::new();
        hash_keys(&contributions.keys, HashSeed::default(), &mut hashes);
        self.table.apply(&contributions, &origin, Selected::all(&hashes), &mut self.stores[0]).unwrap();
        self.offset += events.len() as u64;
        self.largest_ms = self.largest_ms.max(event_times.largest_ms());
        if let Some(watermark_ms) = self.watermark_ms() {
            self.advance(watermark_ms);
        }
    }

    fn watermark_ms(&self) -> Option<i64> {
        self.largest_ms.map(|largest| largest - self.bound_ms as i64)
    }

    pub(super) fn advance(&mut self, watermark_ms: i64) {
        self.table.advance(watermark_ms, &mut self.stores[0]).unwrap();
        if self.lag == Lag::Never {
            self.table.catch_up(&mut self.stores[0]).unwrap();
        }
        if let Some(closed) = &mut self.closed {
            closed.close(&mut self.table);
            closed.advance(watermark_ms, &mut self.stores[1]).unwrap();
        }
    }

    pub(super) fn catch_up(&mut self) {
        self.lag = Lag::Never;
        if let Some(watermark_ms) = self.watermark_ms() {
            self.advance(watermark_ms);
        }
    }

    pub(in crate::table::tests) fn tables(&self) -> impl Iterator<Item = &Table> {
        std::iter::once(&self.table).chain(&self.closed)
    }

    /// Both tables, each with its store.
    pub(in crate::table::tests) fn tables_mut(&mut self) -> impl Iterator<Item = (&mut Table, &mut Store)> {
        std::iter::once(&mut self.table).chain(&mut self.closed).zip(&mut self.stores)
    }

    /// The rows of each table; cold ones come from its store.
    pub(in crate::table::tests) fn rows_by_table(&self) -> Vec<BTreeMap<Vec<u8>, Vec<u8>>> {
        let of_table = |(table, store): (&Table, &Store)| {
            let is_cold = |key: &[u8]| table.find(key).is_none();
            let cold = store.rows.iter().filter(|(key, _)| table.cold_len() > 0 && is_cold(key));
            let mut rows: BTreeMap<_, _> = cold.map(|(key, row)| (key.clone(), row.clone())).collect();
            assert_eq!(rows.len(), table.cold_len(), "the store holds the rows that are cold");
            rows.extend(live(table).map(|slot| (table.key_bytes(slot).to_vec(), row(table, slot))));
            assert_eq!(rows.len(), table.total_len());
            rows
        };
        self.tables().zip(&self.stores).map(of_table).collect()
    }

    pub(in crate::table::tests) fn rows(&self) -> Rows {
        let mut rows: Rows = self.rows_by_table().into_iter().flatten().collect();
        rows.sort();
        rows
    }

    pub(in crate::table::tests) fn shown(&self) -> Shown {
        if self.tables().any(|table| table.cold_len() > 0) {
            return self.restarted().shown();
        }
        let table = self.closed.as_ref().unwrap_or(&self.table);
        let slots: Vec<u32> = live(table).filter(|&slot| table.has_document(slot)).collect();
        let results = table.results(0, &slots);
        let document = |(at, &slot): (usize, &u32)| {
            let values = results.results.iter().map(|column| column.get(at).map(Value::from)).collect();
            (
                table.document_id(slot).into_owned(),
                (values, results.window_starts[at], results.window_ends[at]),
            )
        };
        slots.iter().enumerate().map(document).collect()
    }

    /// Restarts from a checkpoint: rows are restored from bytes into new tables, in any order. Only the first `hot` rows of each
    /// come into memory; the others stay in the store.
    pub(in crate::table::tests) fn restarted_with(&self, hot: usize) -> Self {
        let mut again = Self::new(self.table.spec(), self.bound_ms);
        for table in self.tables() {
            live(table).for_each(|slot| assert_eq!(table.row_bytes_estimate(slot), row(table, slot).len()));
        }
        let watermark_ms = self.watermark_ms();
        for ((table, store), rows) in again.tables_mut().zip(self.rows_by_table()) {
            table.resume(watermark_ms);
            for (nth, (key, row)) in rows.iter().rev().enumerate() {
                let restored =
                    if nth < hot { table.restore_row(key, row) } else { table.leave_row(key, row) };
                restored.unwrap();
            }
            store.rows = rows;
        }
        (again.offset, again.largest_ms, again.late) = (self.offset, self.largest_ms, self.late);
        again
    }

    pub(super) fn restarted(&self) -> Self {
        self.restarted_with(usize::MAX)
    }
}

/// Returns the rows that are not gone.
pub(super) fn live(table: &Table) -> impl Iterator<Item = u32> {
    (0..table.len() as u32).filter(|&slot| !table.is_gone(slot))
}
