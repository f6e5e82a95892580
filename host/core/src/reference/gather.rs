//! Looks up what rows refer to, reference by reference, each target once.

use std::convert::Infallible;

use super::References;
use crate::aggregate::registry::AnyPlainColumn;
use crate::column::bitmap::push_bit;
use crate::column::{BytesColumn, Column};
use crate::description::TableSpec;
use crate::results::{Referred, ResultRows};
use crate::table::{Dictionary, Table};
use crate::target_keys::target_keys;

/// Where targets are read. Targets and holders must be of one state.
pub trait TargetRows {
    /// Why targets cannot be read.
    type Error;

    /// Reads the rows of a declared table with these canonical keys, with the results of `columns`.
    ///
    /// # Errors
    /// Why they cannot be read.
    fn read(
        &mut self,
        table: usize,
        spec: &TableSpec,
        columns: &[usize],
        keys: &BytesColumn,
    ) -> Result<FoundRows, Self::Error>;
}

/// Rows that were looked up, in the order of their keys.
#[derive(Clone, Debug)]
pub struct FoundRows {
    known: Vec<bool>,
    columns: Vec<Column>,
}

impl FoundRows {
    /// Puts together what was found of `count` rows: in parts, each with the places of its rows among the keys and with their
    /// results. Rows that were not found show the results of nothing.
    pub fn assemble(
        spec: &TableSpec,
        columns: &[usize],
        count: usize,
        parts: &[(Vec<u32>, Vec<Column>)],
    ) -> Self {
        // By place: the part, and the row in it.
        let mut found: Vec<Option<(usize, usize)>> = vec![None; count];
        for (part, (places, _)) in parts.iter().enumerate() {
            for (row, &place) in places.iter().enumerate() {
                found[place as usize] = Some((part, row));
            }
        }
        let column = |(nth, &aggregate): (usize, &usize)| {
            let kind = &spec.aggregates[aggregate].kind;
            let mut column = Column::empty(kind.result_type());
            let nothing = nothing(spec, aggregate);
            for place in &found {
                column.push(match *place {
                    Some((part, row)) => parts[part].1[nth].get(row),
                    None => nothing.get(0),
                });
            }
            column
        };
        let columns = columns.iter().enumerate().map(column).collect();
        Self { known: found.iter().map(Option::is_some).collect(), columns }
    }
}

/// Returns the result that an aggregate shows before anything is contributed to it.
fn nothing(spec: &TableSpec, aggregate: usize) -> Column {
    let column = AnyPlainColumn::new(&spec.aggregates[aggregate].kind);
    let mut column = column.expect("tables are made of aggregates that the host supports");
    column.grow_to(1);
    column.results(&[0])
}

/// Tables that are entirely in memory, by declared index.
pub struct InMemory<'a>(Vec<&'a Table>);

impl<'a> InMemory<'a> {
    /// Returns the declared tables, in their order, as targets.
    pub fn of(tables: impl IntoIterator<Item = &'a Table>) -> Self {
        Self(tables.into_iter().collect())
    }
}

impl TargetRows for InMemory<'_> {
    type Error = Infallible;

    fn read(
        &mut self,
        table: usize,
        spec: &TableSpec,
        columns: &[usize],
        keys: &BytesColumn,
    ) -> Result<FoundRows, Infallible> {
        let rows = self.0[table];
        let found = |place: usize| Some((place as u32, rows.find(keys.get(place))?));
        let shown = |(_, slot): &(u32, u32)| rows.has_document(*slot);
        let (places, slots): (Vec<u32>, Vec<u32>) = (0..keys.len()).filter_map(found).filter(shown).unzip();
        let results = rows.results_of(columns, &slots);
        Ok(FoundRows::assemble(spec, columns, keys.len(), &[(places, results)]))
    }
}

impl References {
    /// Adds what rows refer to.
    ///
    /// # Errors
    /// As [`TargetRows::read`].
    pub fn gather<T: TargetRows>(&self, rows: &mut ResultRows, targets: &mut T) -> Result<(), T::Error> {
        if rows.rows() == 0 {
            return Ok(());
        }
        let mut gathered: Vec<Gathered> = Vec::with_capacity(self.list.len());
        for reference in &self.list {
            let leads = match reference.holder {
                None => {
                    target_keys(&reference.via, rows.rows(), &rows.keys, |aggregate| &rows.results[aggregate])
                }
                Some(holder) => {
                    let of = &gathered[holder];
                    target_keys(&reference.via, of.count, &of.keys, |aggregate| {
                        let at = of.fetched.iter().position(|&fetched| fetched == aggregate);
                        &of.columns[at.expect("what later references lead by was read")]
                    })
                }
            };
            let mut distinct = Dictionary::new(self.seed);
            let picks: Vec<Option<u32>> =
                (0..leads.len()).map(|row| leads.get(row).map(|key| distinct.number_of(key))).collect();
            let keys = distinct.into_keys();
            let fetched: Vec<usize> = reference.columns.iter().chain(&reference.led_by).copied().collect();
            let FoundRows { known, columns } =
                targets.read(reference.table, &reference.spec, &fetched, &keys)?;
            let mut parts = reference.spec.key.empty_columns();
            (0..keys.len()).for_each(|row| reference.spec.key.push_parts(keys.get(row), &mut parts));
            // Rows pick through the chain of holders.
            let picks = match reference.holder {
                None => picks,
                Some(holder) => {
                    let through = |pick: &Option<u32>| pick.and_then(|pick| picks[pick as usize]);
                    gathered[holder].picks.iter().map(through).collect()
                }
            };
            gathered.push(Gathered { picks, known, keys: parts, fetched, columns, count: keys.len() });
        }
        let shown = |(gathered, reference): (Gathered, &super::PlannedReference)| {
            gathered.shown(reference.columns.len())
        };
        rows.referred = gathered.into_iter().zip(&self.list).map(shown).collect();
        Ok(())
    }
}

/// What was read for one reference.
struct Gathered {
    /// For each projected row, which target it shows.
    picks: Vec<Option<u32>>,
    known: Vec<bool>,
    keys: Vec<Column>,
    /// The aggregates that were read: those that are shown, then those that only lead on.
    fetched: Vec<usize>,
    columns: Vec<Column>,
    count: usize,
}

impl Gathered {
    fn shown(self, columns: usize) -> Referred {
        let none = self.count as u32;
        let mut known = Vec::with_capacity(self.count.div_ceil(8));
        self.known.iter().enumerate().for_each(|(at, &is_known)| push_bit(&mut known, at, is_known));
        Referred {
            picks: self.picks.into_iter().map(|pick| pick.unwrap_or(none)).collect(),
            known,
            keys: self.keys,
            columns: self.columns.into_iter().take(columns).collect(),
        }
    }
}
