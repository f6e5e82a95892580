//! What rows refer to, read from the harness's own tables.

use foldline_core::description::{self, TableSpec};
use foldline_core::reference::{InMemory, References};
use foldline_core::results::ResultRows;
use foldline_core::table::HashSeed;

use super::convert;
use super::tables::HarnessTable;
use crate::bindings::foldline::reducer::types::Description;

/// Plans the references of a reducer.
///
/// # Panics
/// Panics when they break a rule of the host: the derives let none through that does.
pub(super) fn plan(description: &Description) -> References {
    let tables: Vec<TableSpec> = description.tables.iter().map(convert::table).collect();
    let projections: Vec<_> = description.projections.iter().map(convert::projection).collect();
    for projection in &projections {
        if let Err(what) = foldline_core::reference::check(projection, &tables) {
            panic!("the projection of table `{}` {what}", projection.name);
        }
    }
    let described = description::Description {
        name: description.name.clone(),
        version: description.version.clone(),
        sdk: description.sdk.clone(),
        inputs: Vec::new(),
        tables,
        projections,
        relay_topics: Vec::new(),
    };
    References::of(&described, HashSeed::default())
}

/// Adds what rows refer to.
pub(super) fn gather(references: &References, tables: &[HarnessTable], rows: &mut ResultRows) {
    let tables = tables.iter().map(|HarnessTable { table, .. }| table);
    let Ok(()) = references.gather(rows, &mut InMemory::of(tables));
}
