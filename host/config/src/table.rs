//! A table of the configuration: which keys and tables it may hold.

use super::key::{Entry, Row};

/// The placeholder for a name that the user chooses.
pub(crate) const CHOSEN: &str = "X";

/// A table and everything that it may hold.
pub(crate) struct Table {
    /// Its name in the table above; [`CHOSEN`] where the user chooses it.
    pub(crate) name: &'static str,
    /// What it is about: the text below its heading on the reference page.
    pub(crate) about: &'static str,
    /// Its keys, in the order of the reference page.
    pub(crate) keys: &'static [&'static dyn Entry],
    /// Its tables, in the same order.
    pub(crate) tables: &'static [&'static Table],
    /// What each table holds whose name the user chooses.
    pub(crate) each_table: Option<&'static Table>,
    /// The key of each value whose name the user chooses.
    pub(crate) each_key: Option<&'static dyn Entry>,
}

impl Table {
    /// A table that may hold nothing: the base of declarations.
    pub(crate) const EMPTY: Self =
        Self { name: "", about: "", keys: &[], tables: &[], each_table: None, each_key: None };

    /// Returns its keys, without those whose names the user chooses.
    pub(crate) fn rows(&self) -> Vec<Row> {
        self.keys.iter().flat_map(|key| key.rows()).collect()
    }

    /// Returns the names of its keys and tables in alphabetical order, without those that the user chooses.
    pub(crate) fn names(&self) -> Vec<&'static str> {
        let keys = self.rows().into_iter().map(|row| row.name);
        let mut names: Vec<&str> = keys.chain(self.tables.iter().map(|table| table.name)).collect();
        names.sort_unstable();
        names
    }

    /// Returns the table and all below it with their whole names, in the order of the reference page.
    pub(crate) fn with_all_below(&'static self) -> Vec<(String, &'static Table)> {
        let mut all = vec![(self.name.to_owned(), self)];
        for table in self.tables.iter().copied().chain(self.each_table) {
            for (path, below) in table.with_all_below() {
                let path = if self.name.is_empty() { path } else { format!("{}.{path}", self.name) };
                all.push((path, below));
            }
        }
        all
    }
}
