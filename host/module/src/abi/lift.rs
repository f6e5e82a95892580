//! What the lifting of answers has in common: lengths, rows and numbers that a module may get wrong.

use foldline_core::column::{BytesColumn, Column, Values};
use foldline_core::contribution::Rejected;
use foldline_core::description::{AggregateSpec, Description, TableSpec};

use crate::fault::bounded;

/// The tables to which a call may contribute, each once.
pub(super) struct Tables<'d> {
    tables: &'d [TableSpec],
    taken: Vec<bool>,
}

impl<'d> Tables<'d> {
    pub(super) fn of(description: &'d Description) -> Self {
        Self { tables: &description.tables, taken: vec![false; description.tables.len()] }
    }

    /// Returns the number of tables.
    pub(super) fn len(&self) -> usize {
        self.tables.len()
    }

    /// Returns a table that contributions name.
    pub(super) fn take(&mut self, table: usize) -> Result<&'d TableSpec, String> {
        let tables = self.tables.len();
        let spec =
            self.tables.get(table).ok_or_else(|| format!("contributions to table {table} of {tables}"))?;
        match std::mem::replace(&mut self.taken[table], true) {
            true => Err(format!("contributions to table `{}` twice", spec.name)),
            false => Ok(spec),
        }
    }
}

/// Returns whose each of `columns` columns of values is: the aggregate, and the number among its own columns.
pub(super) fn values_of(spec: &TableSpec, columns: usize) -> Result<Vec<(&AggregateSpec, usize)>, String> {
    let own = |of: &AggregateSpec| 0..of.kind.columns();
    let owners: Vec<_> = spec.aggregates.iter().flat_map(|of| own(of).map(move |nth| (of, nth))).collect();
    if owners.len() != columns {
        let (aggregates, want) = (spec.aggregates.len(), owners.len());
        let name = &spec.name;
        return Err(format!(
            "{columns} columns for the {aggregates} aggregates of table `{name}`, which take {want}"
        ));
    }
    Ok(owners)
}

/// Checks rejected rows of a batch of `rows`.
pub(super) fn rejected(
    answer: impl ExactSizeIterator<Item = (u32, String)>,
    rows: usize,
) -> Result<Vec<Rejected>, String> {
    // Checked against the size of the batch before anything is allocated.
    if answer.len() > rows {
        return Err(format!("{} rejected rows in a batch of {rows}", answer.len()));
    }
    let mut seen = vec![false; if answer.len() == 0 { 0 } else { rows }];
    let lift = |(row, reason): (u32, String)| {
        let seen =
            seen.get_mut(row as usize).ok_or_else(|| format!("row {row} rejected in a batch of {rows}"))?;
        match std::mem::replace(seen, true) {
            true => Err(format!("row {row} rejected twice")),
            false => Ok(Rejected { row, reason: bounded(&reason) }),
        }
    };
    answer.map(lift).collect()
}

/// Checks the rows and the topics of messages, of a module that declares `topics` of them, from a batch of `rows`.
pub(super) fn messages(
    source_rows: &[u32],
    messages_topics: &[u32],
    rows: usize,
    topics: usize,
) -> Result<(), String> {
    let len = source_rows.len();
    if messages_topics.len() != len {
        return Err(format!("{} topics for {len} messages", messages_topics.len()));
    }
    if let Some(topic) = messages_topics.iter().find(|&&topic| topic as usize >= topics) {
        return Err(format!("a message to topic {topic} of {topics}"));
    }
    if let Some(row) = source_rows.last().filter(|&&row| row as usize >= rows) {
        return Err(format!("a message of row {row} in a batch of {rows}"));
    }
    if !source_rows.is_sorted() {
        return Err("messages that are not in the order of the batch's rows".to_owned());
    }
    Ok(())
}

/// Checks a column of messages' keys or values.
pub(super) fn bytes(name: &str, column: Result<Column, String>) -> Result<Column, String> {
    let column = column.map_err(|what| format!("`{name}` {what}"))?;
    match column.values() {
        Values::Texts(_) | Values::Blobs(_) => Ok(column),
        other => Err(format!("`{name}` has {} where texts or blobs are expected", other.type_name())),
    }
}

/// Checks the column of documents.
pub(super) fn documents(column: Result<Column, String>) -> Result<Column, String> {
    let documents = column.map_err(|what| format!("`documents` {what}"))?;
    if !matches!(documents.values(), Values::Texts(_)) {
        return Err(format!("`documents` has {} where texts are expected", documents.values().type_name()));
    }
    Ok(documents)
}

/// Lifts a column of names. An empty one may lack the offset that the format requires.
pub(super) fn names(what: &str, offsets: Vec<u32>, data: Vec<u8>) -> Result<BytesColumn, String> {
    if offsets.is_empty() && data.is_empty() {
        return Ok(BytesColumn::default());
    }
    BytesColumn::from_parts(offsets, data).map_err(|damage| format!("`{what}` is damaged: {damage}"))
}

/// Lifts values of variable length.
pub(super) fn bytes_column(offsets: Vec<u32>, data: Vec<u8>) -> Result<BytesColumn, String> {
    BytesColumn::from_parts(offsets, data).map_err(|damage| format!("is damaged: {damage}"))
}

/// Returns a number of the host's as the contract has it.
pub(super) fn index(number: usize) -> u32 {
    u32::try_from(number).expect("batches and descriptions are bounded far below 2^32")
}

/// Returns a name of the module's for a message: short, and without what would move a cursor.
pub(super) fn shortened(name: impl AsRef<str>) -> String {
    name.as_ref().escape_debug().take(128).collect()
}
