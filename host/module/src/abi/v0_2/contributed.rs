//! Lifts what `extract` answered: columns of the module's own, and columns by reference to the batch's.

use std::iter::zip;
use std::sync::Arc;

use foldline_core::column::{Column, ValueRef, Values};
use foldline_core::contribution::{Contributions, EventBatch};
use foldline_core::description::{Description, TableSpec};
use foldline_core::key::KeyColumns;

use super::super::contract::Objection;
use super::super::lift;
use super::columns::{column, rejected};
use super::generated::foldline::reducer::types as wit;
use crate::answers::Extracted;

/// Checks and moves what `extract` answered for a batch. All columns together may take `budget` bytes, those by reference as
/// if they were sent.
pub(super) fn extracted(
    answer: wit::Extracted,
    batch: &EventBatch,
    description: &Description,
    budget: usize,
) -> Result<Extracted, Objection> {
    let mut tables = lift::Tables::of(description);
    let mut bytes_left = budget;
    let mut lifted = Vec::with_capacity(answer.contributions.len().min(tables.len()));
    for wit::Contributions { table, source_rows, keys, values, ends } in answer.contributions {
        let table = table as usize;
        let spec = tables.take(table)?;
        let name = &spec.name;
        if let Some(&row) = source_rows.iter().find(|&&row| row as usize >= batch.rows()) {
            let rows = batch.rows();
            let what = format!("table `{name}` has a contribution of row {row} in a batch of {rows} rows");
            return Err(what.into());
        }
        if ends.is_some() {
            return Err(format!("contributions to table `{name}` end rows, which it does not declare").into());
        }
        let mut columns = Columns { batch, description, source_rows: &source_rows, bytes_left };
        let keys = columns.keys(spec, keys)?;
        let values = columns.values(spec, values)?;
        bytes_left = columns.bytes_left;
        lifted.push(Contributions { table, source_rows, keys, values });
    }
    Ok(Extracted { contributions: lifted, rejected: rejected(answer.rejected, batch.rows())? })
}

/// Lifts the columns of contributions to one table; those by reference refer to a batch.
struct Columns<'a, 'r> {
    batch: &'a EventBatch,
    description: &'a Description,
    source_rows: &'r [u32],
    bytes_left: usize,
}

impl<'a> Columns<'a, '_> {
    fn keys(&mut self, spec: &TableSpec, parts: Vec<wit::Contributed>) -> Result<KeyColumns, Objection> {
        let of = |what: String| format!("`keys` of table `{}` {what}", spec.name);
        let (got, want) = (parts.len(), spec.key.parts().len());
        if got != want {
            return Err(of(format!("have {got} parts where {want} are expected")).into());
        }
        let parts = zip(parts, spec.key.parts()).map(|(part, &ty)| {
            let is_declared = |values: &Values| values.is_of(ty);
            self.column(part, &is_declared).map_err(|objection| objection.named(of))
        });
        Ok(KeyColumns::new(parts.collect::<Result<_, _>>()?).map_err(of)?)
    }

    fn values(
        &mut self,
        spec: &TableSpec,
        columns: Vec<wit::Contributed>,
    ) -> Result<Vec<Arc<Column>>, Objection> {
        let aggregates = lift::values_of(spec, columns.len())?;
        let lifted = zip(columns, aggregates).map(|(column, (aggregate, nth))| {
            let is_declared = |values: &Values| aggregate.kind.check_type(nth, values).is_ok();
            self.column(column, &is_declared).map_err(|objection| {
                objection.named(|what| format!("`{}` of table `{}` {what}", aggregate.name, spec.name))
            })
        });
        lifted.collect()
    }

    /// Returns a column of contributions; `is_declared` tells which values may stand in it.
    fn column(
        &mut self,
        contributed: wit::Contributed,
        is_declared: &dyn Fn(&Values) -> bool,
    ) -> Result<Arc<Column>, Objection> {
        let len = self.source_rows.len();
        match contributed {
            wit::Contributed::Column(own) => {
                let own = column(len, own)?;
                self.spend(bytes_of_all(&own))?;
                Ok(Arc::new(own))
            }
            wit::Contributed::Nulls => {
                // Before anything is allocated: a few rows may name many.
                self.spend(size_of::<i64>().saturating_mul(len))?;
                let nulls = Column::nulls_of_allowed(is_declared, len);
                Ok(Arc::new(nulls.ok_or_else(|| "has no type".to_owned())?))
            }
            wit::Contributed::Same(scalar) => self.same(&scalar).map(Arc::new),
            wit::Contributed::Field(field) => {
                let values = self.field(field)?;
                if self.description.inputs[self.batch.input].fields[field as usize].in_list.is_some() {
                    let what = format!("names field {field}, which stands in a list, by the record's row");
                    return Err(what.into());
                }
                let is_whole = len == self.batch.rows()
                    && (0..).zip(self.source_rows).all(|(row, &source_row)| row == source_row);
                if is_whole {
                    self.spend(bytes_of_all(values))?;
                    return Ok(Arc::clone(values));
                }
                self.spend(self.source_rows.iter().map(|&row| bytes_of(values, row as usize)).sum())?;
                Ok(Arc::new(values.pick(self.source_rows.iter().map(|&row| row as usize))))
            }
            wit::Contributed::Picked(wit::Picked { field, rows }) => {
                let values = self.field(field)?;
                if rows.len() != len {
                    return Err(format!(
                        "picks {} values of field {field} for {len} contributions",
                        rows.len()
                    )
                    .into());
                }
                if let Some(row) = rows.iter().find(|&&row| row as usize > values.len()) {
                    return Err(
                        format!("picks value {row} of field {field}, which has {}", values.len()).into()
                    );
                }
                self.spend(size_of::<i64>().saturating_mul(len))?;
                let present = |row: u32| (row as usize) < values.len();
                self.spend(
                    rows.iter().filter(|&&row| present(row)).map(|&row| bytes_of(values, row as usize)).sum(),
                )?;
                let mut picked = values.pick([]);
                for row in rows {
                    picked.push(if present(row) { values.get(row as usize) } else { None });
                }
                Ok(Arc::new(picked))
            }
        }
    }

    fn field(&self, field: u32) -> Result<&'a Arc<Column>, String> {
        let columns = &self.batch.columns;
        columns.get(field as usize).ok_or_else(|| format!("names field {field} of {}", columns.len()))
    }

    fn same(&mut self, scalar: &wit::ScalarResult) -> Result<Column, Objection> {
        let len = self.source_rows.len();
        let value = match scalar {
            wit::ScalarResult::Boolean(value) => ValueRef::Boolean(*value),
            wit::ScalarResult::Int(value) => ValueRef::Int(*value),
            wit::ScalarResult::Time(value) => ValueRef::Time(*value),
            wit::ScalarResult::Float(value) if !value.is_finite() => {
                return Err(format!("has the float {value} in all rows, which is not finite").into());
            }
            wit::ScalarResult::Float(value) => ValueRef::Float(*value),
            wit::ScalarResult::Text(value) => ValueRef::Text(value),
        };
        let bytes =
            if let ValueRef::Text(text) = value { text.len() + size_of::<u32>() } else { size_of::<i64>() };
        self.spend(bytes.saturating_mul(len))?;
        Ok(Column::repeated(value, len))
    }

    fn spend(&mut self, bytes: usize) -> Result<(), Objection> {
        self.bytes_left = self.bytes_left.checked_sub(bytes).ok_or(Objection::TooLong)?;
        Ok(())
    }
}

/// Returns what a value would take if it were sent.
fn bytes_of(column: &Column, row: usize) -> usize {
    match column.values() {
        Values::Texts(values) | Values::Blobs(values) => values.get(row).len() + size_of::<u32>(),
        _ => size_of::<i64>(),
    }
}

/// Returns what a whole column would take if it were sent.
fn bytes_of_all(column: &Column) -> usize {
    match column.values() {
        Values::Texts(values) | Values::Blobs(values) => {
            values.as_parts().1.len() + column.len() * size_of::<u32>()
        }
        _ => column.len() * size_of::<i64>(),
    }
}
