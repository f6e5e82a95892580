//! What rows refer to, read from the harness's own tables.

use std::convert::Infallible;

use foldline_core::column::BytesColumn;
use foldline_core::description::{self, TableSpec};
use foldline_core::reference::{FoundRows, References, TargetRows};
use foldline_core::results::ResultRows;
use foldline_core::table::{HashSeed, Table};

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
    let Ok(()) = references.gather(rows, &mut Targets(tables));
}

/// The tables of a harness as targets.
struct Targets<'h>(&'h [HarnessTable]);

impl TargetRows for Targets<'_> {
    type Error = Infallible;

    fn read(
        &mut self,
        table: usize,
        spec: &TableSpec,
        columns: &[usize],
        keys: &BytesColumn,
    ) -> Result<FoundRows, Infallible> {
        let table: &Table = &self.0[table].table;
        let shown = |place: usize| {
            let slot = table.find(keys.get(place)).filter(|&slot| table.has_document(slot))?;
            Some((place as u32, slot))
        };
        let (places, slots): (Vec<u32>, Vec<u32>) = (0..keys.len()).filter_map(shown).unzip();
        let results = table.results_of(columns, &slots);
        Ok(FoundRows::assemble(spec, columns, keys.len(), &[(places, results)]))
    }
}
