//! What a batch of events adds to rows, as a module returns it.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use crate::column::Column;
use crate::description::TableSpec;
use crate::key::KeyColumns;

/// Decoded records of one partition, in columns: what `extract` receives.
#[derive(Clone, Debug, PartialEq)]
pub struct EventBatch {
    /// Index into the description's inputs.
    pub input: usize,
    /// The records' partition.
    pub partition: u32,
    /// The records' offsets, rising, with gaps where records were dead letters.
    pub offsets: Vec<u64>,
    /// Event times in milliseconds.
    pub times_ms: Vec<i64>,
    /// One column per declared field, in the order of declaration; shared between reducers and between the halves of a bisection.
    pub columns: Vec<Arc<Column>>,
}

impl EventBatch {
    /// Returns the number of records.
    pub fn rows(&self) -> usize {
        self.offsets.len()
    }

    /// Returns whether the records are in the order of the log, which readers of the batch rely on.
    pub fn is_in_order(&self) -> bool {
        self.offsets.is_sorted_by(|before, after| before < after)
    }

    /// Returns a copy of some consecutive records. Bisection uses it to find the records on which a call fails.
    pub fn slice(&self, rows: Range<usize>) -> EventBatch {
        EventBatch {
            input: self.input,
            partition: self.partition,
            offsets: self.offsets[rows.clone()].to_vec(),
            times_ms: self.times_ms[rows.clone()].to_vec(),
            columns: self.columns.iter().map(|column| Arc::new(column.slice(rows.clone()))).collect(),
        }
    }
}

/// What `extract` adds to one table, a row per contribution.
#[derive(Clone, Debug, PartialEq)]
pub struct Contributions {
    /// Index into the description's tables.
    pub table: usize,
    /// For each contribution, the batch's row that it comes from; never falling.
    pub source_rows: Vec<u32>,
    /// The rows' keys.
    pub keys: KeyColumns,
    /// The columns of each aggregate in turn, as many as its kind has
    /// ([`columns`](crate::aggregate::AggregateKind::columns)). A null adds nothing.
    pub values: Vec<Arc<Column>>,
}

impl Contributions {
    /// Returns contributions to a table with columns of their own.
    pub fn new(
        table: usize,
        source_rows: Vec<u32>,
        keys: impl Into<KeyColumns>,
        values: impl IntoIterator<Item = Column>,
    ) -> Self {
        let values = values.into_iter().map(Arc::new).collect();
        Self { table, source_rows, keys: keys.into(), values }
    }

    /// Returns the number of contributions.
    pub fn rows(&self) -> usize {
        self.source_rows.len()
    }

    /// Checks what a module returned for a batch of `rows` records, before any of it is applied.
    ///
    /// Returns the records whose contributions cannot be applied, in rising order, with the first reason found. Nothing
    /// of such a record may be applied to any table ([`Contributions::without_rows`]).
    ///
    /// # Errors
    /// A fault of the module, not of a record: lengths or types differ from the declared ones. Names table and aggregate.
    pub fn check(&self, table: &TableSpec, rows: usize) -> Result<Vec<Rejected>, String> {
        self.check_shape(table, rows)?;
        let mut reasons = Reasons { source_rows: &self.source_rows, reasons: BTreeMap::new() };
        check_keys(&self.keys, &table.name, &mut reasons);
        let mut rest = &self.values[..];
        for aggregate in &table.aggregates {
            let (values, after) = rest.split_at(aggregate.kind.columns());
            rest = after;
            let named =
                |what: String| format!("aggregate `{}` of table `{}`: {what}", aggregate.name, table.name);
            aggregate.kind.check_contributions(values, &mut |row, what| reasons.add(row, named(what)));
        }
        Ok(reasons.reasons.into_iter().map(|(row, reason)| Rejected { row, reason }).collect())
    }

    /// Drops every contribution of the given records (rows of the batch, in any order).
    pub fn without_rows(self, rejected: &[u32]) -> Contributions {
        if rejected.is_empty() {
            return self;
        }
        let mut rejected = rejected.to_vec();
        rejected.sort_unstable();
        let kept: Vec<usize> =
            (0..self.rows()).filter(|&row| rejected.binary_search(&self.source_rows[row]).is_err()).collect();
        if kept.len() == self.rows() {
            return self;
        }
        let pick = |column: &Arc<Column>| Arc::new(column.pick(kept.iter().copied()));
        Contributions {
            table: self.table,
            source_rows: kept.iter().map(|&row| self.source_rows[row]).collect(),
            keys: self.keys.pick(kept.iter().copied()),
            values: self.values.iter().map(pick).collect(),
        }
    }

    fn check_shape(&self, table: &TableSpec, rows: usize) -> Result<(), String> {
        let name = &table.name;
        let expected = self.rows();
        if let Some(at) = self.source_rows.windows(2).position(|pair| pair[1] < pair[0]) {
            let (before, after) = (self.source_rows[at], self.source_rows[at + 1]);
            return Err(format!("source rows of table `{name}` fall from {before} to {after}"));
        }
        if let Some(&last) = self.source_rows.last().filter(|&&last| last as usize >= rows) {
            return Err(format!("table `{name}` has a contribution of row {last} in a batch of {rows} rows"));
        }
        if self.keys.len() != expected {
            return Err(format!("table `{name}` has {} keys for {expected} contributions", self.keys.len()));
        }
        self.keys.check_type(&table.key).map_err(|what| format!("keys of table `{name}` {what}"))?;
        let columns: usize = table.aggregates.iter().map(|aggregate| aggregate.kind.columns()).sum();
        if self.values.len() != columns {
            let (got, aggregates) = (self.values.len(), table.aggregates.len());
            let mut what = format!("table `{name}` has {got} columns of values for {aggregates} aggregates");
            if columns != aggregates {
                what += &format!(", which have {columns}");
            }
            return Err(what);
        }
        let mut rest = &self.values[..];
        for aggregate in &table.aggregates {
            let (columns, after) = rest.split_at(aggregate.kind.columns());
            rest = after;
            let place = format!("aggregate `{}` of table `{name}`", aggregate.name);
            for (nth, values) in columns.iter().enumerate() {
                if values.len() != expected {
                    return Err(format!("{place} has {} values for {expected} contributions", values.len()));
                }
                let checked = aggregate.kind.check_type(nth, values.values());
                checked.map_err(|what| format!("{place} {what}"))?;
            }
        }
        Ok(())
    }
}

/// The first reason found against each record.
struct Reasons<'a> {
    source_rows: &'a [u32],
    reasons: BTreeMap<u32, String>,
}

impl Reasons<'_> {
    #[cold]
    fn add(&mut self, contribution: usize, reason: String) {
        self.reasons.entry(self.source_rows[contribution]).or_insert(reason);
    }
}

fn check_keys(keys: &KeyColumns, table: &str, reasons: &mut Reasons<'_>) {
    keys.check(&mut |row, what| reasons.add(row, format!("the key of table `{table}` {what}")));
}

/// Returns why an event of an untimed input is refused that contributes to a table over windows.
pub fn untimed_in_windows(table: &str, topic: &str) -> String {
    format!("contributes to table `{table}`, which has windows, and topic `{topic}` is read untimed")
}

/// A record whose contributions cannot be applied, with the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// The row in the batch.
    pub row: u32,
    /// The reason that the dead letter gives.
    pub reason: String,
}

#[cfg(test)]
mod tests;
