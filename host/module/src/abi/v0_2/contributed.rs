//! Lifts what `extract` answered: columns of the module's own, and columns by reference to the batch's.

use std::iter::zip;

use foldline_core::column::{Column, TimeUnit, ValueRef, ValueType, Values};
use foldline_core::contribution::{Contributions, EventBatch};
use foldline_core::description::{Description, TableSpec};
use foldline_core::key::KeyColumns;

use super::{column, rejected, wit};
use crate::answers::Extracted;

/// In this contract, times outside records are milliseconds.
const TIME: ValueType = ValueType::Time(TimeUnit::Milliseconds);

/// Checks and moves what `extract` answered for a batch. What is named by reference may take `budget` bytes, as if it had
/// been sent.
pub(super) fn extracted(
    answer: wit::Extracted,
    batch: &EventBatch,
    description: &Description,
    budget: usize,
) -> Result<Extracted, String> {
    let tables = description.tables.len();
    let mut seen = vec![false; tables];
    let mut bytes_left = budget;
    let mut lifted = Vec::with_capacity(answer.contributions.len().min(tables));
    for wit::Contributions { table, source_rows, keys, values, ends } in answer.contributions {
        let table = table as usize;
        let spec = description
            .tables
            .get(table)
            .ok_or_else(|| format!("contributions to table {table} of {tables}"))?;
        let name = &spec.name;
        if std::mem::replace(&mut seen[table], true) {
            return Err(format!("contributions to table `{name}` twice"));
        }
        if let Some(&row) = source_rows.iter().find(|&&row| row as usize >= batch.rows()) {
            let rows = batch.rows();
            return Err(format!("table `{name}` has a contribution of row {row} in a batch of {rows} rows"));
        }
        if ends.is_some() {
            return Err(format!("contributions to table `{name}` end rows, which it does not declare"));
        }
        let mut lift = Lift { batch, description, source_rows: &source_rows, bytes_left, budget };
        let keys = lift.keys(spec, keys)?;
        let values = lift.values(spec, values)?;
        bytes_left = lift.bytes_left;
        lifted.push(Contributions { table, source_rows, keys, values });
    }
    Ok(Extracted { contributions: lifted, rejected: rejected(answer.rejected, batch.rows())? })
}

/// What columns by reference refer to.
struct Lift<'a, 'r> {
    batch: &'a EventBatch,
    description: &'a Description,
    source_rows: &'r [u32],
    bytes_left: usize,
    budget: usize,
}

impl<'a> Lift<'a, '_> {
    fn keys(&mut self, spec: &TableSpec, parts: Vec<wit::Contributed>) -> Result<KeyColumns, String> {
        let of = |what: String| format!("`keys` of table `{}` {what}", spec.name);
        let (got, want) = (parts.len(), spec.key.parts().len());
        if got != want {
            return Err(of(format!("have {got} parts where {want} are expected")));
        }
        let parts = zip(parts, spec.key.parts()).map(|(part, &ty)| {
            let is_declared = |values: &Values| values.is_of(ty);
            self.column(part, &is_declared).map_err(&of)
        });
        KeyColumns::new(parts.collect::<Result<_, _>>()?).map_err(of)
    }

    fn values(&mut self, spec: &TableSpec, columns: Vec<wit::Contributed>) -> Result<Vec<Column>, String> {
        let expected: usize = spec.aggregates.iter().map(|aggregate| aggregate.kind.columns()).sum();
        if columns.len() != expected {
            let (got, aggregates) = (columns.len(), spec.aggregates.len());
            return Err(format!(
                "{got} columns for the {aggregates} aggregates of table `{}`, which take {expected}",
                spec.name
            ));
        }
        let mut columns = columns.into_iter();
        let mut values = Vec::with_capacity(expected);
        for aggregate in &spec.aggregates {
            for nth in 0..aggregate.kind.columns() {
                let is_declared = |values: &Values| aggregate.kind.check_type(nth, values).is_ok();
                let lifted = columns
                    .next()
                    .map_or_else(|| Err("is missing".to_owned()), |values| self.column(values, &is_declared));
                values.push(
                    lifted.map_err(|what| format!("`{}` of table `{}` {what}", aggregate.name, spec.name))?,
                );
            }
        }
        Ok(values)
    }

    /// Returns a column of contributions; `is_declared` tells which values may stand in it.
    fn column(
        &mut self,
        contributed: wit::Contributed,
        is_declared: &dyn Fn(&Values) -> bool,
    ) -> Result<Column, String> {
        let len = self.source_rows.len();
        match contributed {
            wit::Contributed::Column(own) => column(len, own),
            wit::Contributed::Nulls => {
                let mut nulls = Column::empty(declared_type(is_declared)?);
                (0..len).for_each(|_| nulls.push(None));
                Ok(nulls)
            }
            wit::Contributed::Same(scalar) => self.same(&scalar),
            wit::Contributed::Field(field) => {
                let values = self.field(field)?;
                if self.description.inputs[self.batch.input].fields[field as usize].in_list.is_some() {
                    return Err(format!("names field {field}, which stands in a list, by the record's row"));
                }
                let is_whole = len == self.batch.rows()
                    && (0..).zip(self.source_rows).all(|(row, &source_row)| row == source_row);
                if is_whole {
                    self.spend((0..len).map(|row| bytes_of(values, row)).sum())?;
                    return Ok(values.clone());
                }
                self.spend(self.source_rows.iter().map(|&row| bytes_of(values, row as usize)).sum())?;
                Ok(values.pick(self.source_rows.iter().map(|&row| row as usize)))
            }
            wit::Contributed::Picked(wit::Picked { field, rows }) => {
                let values = self.field(field)?;
                if rows.len() != len {
                    return Err(format!(
                        "picks {} values of field {field} for {len} contributions",
                        rows.len()
                    ));
                }
                if let Some(row) = rows.iter().find(|&&row| row as usize > values.len()) {
                    return Err(format!("picks value {row} of field {field}, which has {}", values.len()));
                }
                let present = |row: u32| (row as usize) < values.len();
                self.spend(
                    rows.iter().filter(|&&row| present(row)).map(|&row| bytes_of(values, row as usize)).sum(),
                )?;
                let mut picked = values.pick([]);
                for row in rows {
                    picked.push(if present(row) { values.get(row as usize) } else { None });
                }
                Ok(picked)
            }
        }
    }

    fn field(&self, field: u32) -> Result<&'a Column, String> {
        let columns = &self.batch.columns;
        let column = columns.get(field as usize);
        column.map(|column| &**column).ok_or_else(|| format!("names field {field} of {}", columns.len()))
    }

    fn same(&mut self, scalar: &wit::ScalarResult) -> Result<Column, String> {
        let len = self.source_rows.len();
        let (ty, value) = match scalar {
            wit::ScalarResult::Boolean(value) => (ValueType::Boolean, ValueRef::Boolean(*value)),
            wit::ScalarResult::Int(value) => (ValueType::Int, ValueRef::Int(*value)),
            wit::ScalarResult::Time(value) => (TIME, ValueRef::Time(*value)),
            wit::ScalarResult::Float(value) => (ValueType::Float, ValueRef::Float(*value)),
            wit::ScalarResult::Text(value) => {
                self.spend(value.len().saturating_mul(len))?;
                (ValueType::Text, ValueRef::Text(value))
            }
        };
        let mut column = Column::empty(ty);
        (0..len).for_each(|_| column.push(Some(value)));
        Ok(column)
    }

    fn spend(&mut self, bytes: usize) -> Result<(), String> {
        self.bytes_left = self
            .bytes_left
            .checked_sub(bytes)
            .ok_or_else(|| format!("names more than the limit of {} bytes by reference", self.budget))?;
        Ok(())
    }
}

/// Returns a type whose values may stand in a column.
fn declared_type(is_declared: &dyn Fn(&Values) -> bool) -> Result<ValueType, String> {
    let types =
        [ValueType::Int, ValueType::Text, ValueType::Boolean, ValueType::Float, TIME, ValueType::Blob];
    let declared = types.into_iter().find(|&ty| is_declared(&Values::empty(ty)));
    declared.ok_or_else(|| "has no type".to_owned())
}

/// Returns what a value would take if it were sent.
fn bytes_of(column: &Column, row: usize) -> usize {
    match column.values() {
        Values::Texts(values) | Values::Blobs(values) => values.get(row).len() + size_of::<u32>(),
        _ => size_of::<i64>(),
    }
}
