//! References: rows that are shown together with other rows.
//!
//! A reference leads from its *holder* to its *target*. The holder is the projected row, or the row that an earlier reference
//! leads to. The target is the row of another table whose key is made of parts of the holder's key and of results of its
//! aggregates: the reference's `via`. A row that is not there shows what an empty row shows.
//!
//! Nothing is sent between the two sides. Targets are looked up when rows are projected ([`References::gather`]), so that both
//! come from one state. What has to be found is only which rows show a target that changed: by an index of the holders
//! (`Table::holders`), or, where holder and target have equal keys, by the key.

mod check;
mod gather;
mod stored;

use crate::description::{Description, KeyPart, TableSpec};
use crate::table::HashSeed;
pub use check::check;
pub use gather::{FoundRows, InMemory, TargetRows};
pub use stored::StoredRows;

/// The references of the projection that readers get.
#[derive(Clone, Debug, Default)]
pub struct References {
    list: Vec<PlannedReference>,
    seed: HashSeed,
}

/// A reference, and what it takes to follow it.
#[derive(Clone, Debug)]
pub struct PlannedReference {
    /// The reference that leads to the holder; `None` if the holder is the projected row.
    pub holder: Option<usize>,
    /// The holder's table.
    pub holder_table: usize,
    /// Where each part of the target's key comes from.
    pub via: Vec<KeyPart>,
    /// The target's table.
    pub table: usize,
    /// The declaration of that table.
    spec: TableSpec,
    /// The aggregates of the target that are shown.
    pub columns: Vec<usize>,
    /// The aggregates of the target through which later references lead, and which are not shown.
    led_by: Vec<usize>,
    /// How the holders of a target are found.
    pub holders_by: HoldersBy,
}

/// How the holders of a target are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoldersBy {
    /// By the target's key, which is the holder's whole key. Both rows belong to the same shard.
    Key,
    /// By an index of the holder's table: the one with this number ([`References::vias_of`]).
    Index(usize),
}

impl References {
    /// Returns the references of a description that was checked.
    pub fn of(description: &Description, seed: HashSeed) -> Self {
        let Some(projection) = description.projection() else { return Self::default() };
        let declared = &projection.references;
        let table_of =
            |holder: Option<usize>| holder.map_or(projection.table, |holder| declared[holder].table);
        let mut list: Vec<PlannedReference> = Vec::with_capacity(declared.len());
        for (at, reference) in declared.iter().enumerate() {
            let holder_table = table_of(reference.holder);
            let own_key = &description.tables[holder_table].key;
            let spec = &description.tables[reference.table];
            let in_order = reference.via.iter().enumerate().all(|(nth, part)| *part == KeyPart::Key(nth));
            let mut led_by: Vec<usize> = declared
                .iter()
                .filter(|later| later.holder == Some(at))
                .flat_map(|later| &later.via)
                .filter_map(|part| match part {
                    KeyPart::Aggregate(aggregate) => Some(*aggregate),
                    KeyPart::Key(_) => None,
                })
                .filter(|aggregate| !reference.columns.contains(aggregate))
                .collect();
            led_by.sort_unstable();
            led_by.dedup();
            let holders_by = if in_order && *own_key == spec.key {
                HoldersBy::Key
            } else {
                let vias = vias_of(&list, holder_table);
                let known = vias.iter().position(|via| *via == reference.via);
                HoldersBy::Index(known.unwrap_or(vias.len()))
            };
            list.push(PlannedReference {
                holder: reference.holder,
                holder_table,
                via: reference.via.clone(),
                table: reference.table,
                spec: spec.clone(),
                columns: reference.columns.clone(),
                led_by,
                holders_by,
            });
        }
        Self { list, seed }
    }

    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Returns them in their order: each comes after the one that leads to its holder.
    pub fn list(&self) -> &[PlannedReference] {
        &self.list
    }

    /// Returns how many of them follow one another at most.
    pub fn depth(&self) -> usize {
        let mut depths: Vec<usize> = Vec::with_capacity(self.list.len());
        for reference in &self.list {
            depths.push(1 + reference.holder.map_or(0, |holder| depths[holder]));
        }
        depths.into_iter().max().unwrap_or(0)
    }

    /// Returns the aggregates of a table whose changes other rows may show; `None` if nothing refers to the table. Results
    /// through which further references lead are among them.
    pub fn shown_of(&self, table: usize) -> Option<Vec<usize>> {
        let leading = self.list.iter().filter(|reference| reference.table == table);
        let mut shown: Vec<usize> = Vec::new();
        let mut any = false;
        for reference in leading {
            any = true;
            shown.extend(reference.columns.iter().chain(&reference.led_by));
        }
        shown.sort_unstable();
        shown.dedup();
        any.then_some(shown)
    }

    /// Returns the ways by which the rows of a table lead to targets whose keys are not their own, each once.
    pub fn vias_of(&self, table: usize) -> Vec<Vec<KeyPart>> {
        vias_of(&self.list, table)
    }
}

fn vias_of(list: &[PlannedReference], table: usize) -> Vec<Vec<KeyPart>> {
    let mut vias: Vec<Vec<KeyPart>> = Vec::new();
    for reference in list {
        let is_indexed = reference.holder_table == table && reference.holders_by != HoldersBy::Key;
        if is_indexed && !vias.contains(&reference.via) {
            vias.push(reference.via.clone());
        }
    }
    vias
}

#[cfg(test)]
mod tests;
