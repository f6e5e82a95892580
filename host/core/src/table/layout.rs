//! Which tables store a reducer's rows: the declared ones, then, for each that keeps every window, one for its closed
//! windows.

use super::Table;
use crate::description::{Keep, TableSpec, Window};

/// Returns all tables of a reducer, in the order of their stored indexes.
///
/// # Errors
/// As [`Table::new`].
pub fn stored_tables(declared: &[TableSpec]) -> Result<Vec<Table>, String> {
    let mut tables = declared.iter().map(Table::new).collect::<Result<Vec<_>, _>>()?;
    tables.extend(declared.iter().filter_map(Table::of_closed_windows));
    Ok(tables)
}

/// Returns the declared index and the stored index of each table of closed windows.
pub fn closed_tables(declared: &[TableSpec]) -> impl Iterator<Item = (usize, usize)> {
    let kept = declared.iter().enumerate().filter(|(_, spec)| keeps_closed(spec));
    kept.map(|(index, _)| index).zip(declared.len()..)
}

/// Returns the stored index of the table whose rows are shown for a declared one.
pub fn shown_table(declared: &[TableSpec], index: usize) -> usize {
    closed_tables(declared).find(|(of, _)| *of == index).map_or(index, |(_, stored)| stored)
}

fn keeps_closed(spec: &TableSpec) -> bool {
    spec.window != Window::Unbounded && spec.keep != Keep::Latest
}
