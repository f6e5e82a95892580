//! References: rows of other tables that are shown together with a row.
//!
//! The host looks up what rows refer to, and sends each target once: [`ReferredReader`] finds the target of a row. What a
//! reference needs to know of the target's table are facts about types, which only the compiler can see: [`HasColumn`],
//! [`HasReference`], [`KeyOf`]. Columns are found by name while the author's crate is compiled ([`column_of`]).

use crate::aggregate::Aggregate;
use crate::bindings::foldline::reducer::types::{Column, KeyPart, Reference, Rows, Values};
use crate::bitmap::Bitmap;
use crate::error::Result;
use crate::key::Key;
use crate::table::{Table, Tables};
use crate::windows::{LatestWindow, NoWindows, Windows};

/// A table with a column that references can show, at this place among its aggregates.
#[doc(hidden)]
pub trait HasColumn<const INDEX: usize>: Table {
    type Aggregate: Aggregate;
}

/// A table with a reference of its own, through which chains lead on, at this place among its references.
#[doc(hidden)]
pub trait HasReference<const INDEX: usize>: Table {
    type Target: Table;
    fn via() -> Vec<KeyPart>;
}

/// Returns the place of a column by its name, while the author's crate is compiled.
///
/// # Panics
/// Panics with the explanation if there is no such column. The compiler reports that, and nothing that depends on the place.
#[doc(hidden)]
#[track_caller]
pub const fn column_of<T: Table>(name: &str, explanation: &str) -> usize {
    place_of(T::COLUMNS, name, explanation)
}

/// Returns the place of a reference by the name that rows give it, as [`column_of`] does for columns.
///
/// # Panics
/// As [`column_of`].
#[doc(hidden)]
#[track_caller]
pub const fn reference_of<T: Table>(name: &str, explanation: &str) -> usize {
    place_of(T::REFERENCES, name, explanation)
}

#[track_caller]
const fn place_of(names: &[&str], name: &str, explanation: &str) -> usize {
    let mut at = 0;
    while at < names.len() {
        if is_same(names[at].as_bytes(), name.as_bytes()) {
            return at;
        }
        at += 1;
    }
    panic!("{}", explanation)
}

const fn is_same(one: &[u8], other: &[u8]) -> bool {
    let mut at = 0;
    while at < one.len() && at < other.len() && one[at] == other[at] {
        at += 1;
    }
    at == one.len() && at == other.len()
}

/// A key that is made of values of these types.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "the key of the table that is referred to is `{Self}`, not `{Via}`",
    label = "leads there by `{Via}`",
    note = "for a key of several parts, name the fields that make it: `#[refers(Table(one, two))]`"
)]
pub trait KeyOf<Via> {}

impl<K> KeyOf<K> for K {}

/// Tables that rows may refer to by any columns and through other rows.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "the table that is referred to has windows",
    label = "only a row with the same key may refer to it",
    note = "list all parts of the row's own key, in their order; and nothing leads on to such a table"
)]
pub trait ReferredByAll: Windows {}
impl ReferredByAll for NoWindows {}

/// Tables that rows may refer to by their own whole key.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "the table that is referred to keeps every window",
    label = "has no one row for a key"
)]
pub trait ReferredByKey: Windows {}
impl ReferredByKey for NoWindows {}
impl ReferredByKey for LatestWindow {}

/// A table whose references all lead to tables of the set `S`.
#[doc(hidden)]
pub trait ReferencesIn<S: Tables>: Table {
    /// Describes them: each comes after the one that leads to its holder.
    fn references() -> Vec<Reference>;
}

/// Describes a reference.
#[doc(hidden)]
pub fn describe_reference(
    holder: Option<u32>,
    via: Vec<KeyPart>,
    table: u32,
    columns: Vec<u32>,
) -> Reference {
    Reference { holder, via, table, columns, settings: Vec::new() }
}

/// The targets of a reference.
#[doc(hidden)]
pub struct ReferredReader<'a, K: Key> {
    /// By row, which target it shows; their number stands for none.
    picks: &'a [u32],
    known: &'a [u8],
    targets: usize,
    keys: K::Reader<'a>,
    pub columns: &'a [Column],
}

impl<'a, K: Key> ReferredReader<'a, K> {
    /// Opens the targets of the projection's reference with this number.
    ///
    /// # Errors
    /// A description of what is wrong. This is a fault of the host, which built them from this module's own description.
    pub fn open(rows: &'a Rows, reference: usize, name: &str) -> Result<Self, String> {
        let Some(referred) = rows.referred.get(reference) else {
            return Err(format!("the host sent nothing for reference {reference}, `{name}`"));
        };
        let lengths = referred.keys.iter().chain(&referred.columns).filter_map(len);
        let Some(targets) = lengths.max() else {
            return Err(format!("`{name}` shows nothing but booleans, which do not say how many there are"));
        };
        let none = targets as u32;
        if referred.picks.len() != rows.count as usize || referred.picks.iter().any(|&pick| pick > none) {
            return Err(format!("the host's picks of `{name}` are no rows of {targets}"));
        }
        if referred.known.len() != targets.div_ceil(8) {
            let bytes = referred.known.len();
            return Err(format!("the host says in {bytes} bytes which {targets} rows of `{name}` are known"));
        }
        let keys = K::open(&referred.keys, name, targets)?;
        let (picks, known, columns) = (&referred.picks, &referred.known, &referred.columns);
        Ok(Self { picks, known, targets, keys, columns })
    }

    /// Returns how many targets there are.
    pub fn targets(&self) -> usize {
        self.targets
    }

    /// Returns the target that a row shows.
    #[inline]
    pub fn target_of(&self, row: usize) -> Option<usize> {
        let target = self.picks[row] as usize;
        (target < self.targets).then_some(target)
    }

    /// Returns a target's key.
    pub fn key(&self, target: usize) -> K::Ref<'a> {
        K::get(&self.keys, target)
    }

    /// Returns whether a target exists.
    pub fn is_known(&self, target: usize) -> bool {
        Bitmap::bit(self.known, target)
    }
}

/// Returns a column's length; that of a bitmap is not known.
fn len(column: &Column) -> Option<usize> {
    match &column.values {
        Values::Booleans(_) => None,
        Values::Ints(values) | Values::Times(values) => Some(values.len()),
        Values::Floats(values) => Some(values.len()),
        Values::Texts(bytes) | Values::Blobs(bytes) => Some(bytes.offsets.len().saturating_sub(1)),
    }
}

/// Returns the row that a reference by parts of the key leads to: it always leads to one.
///
/// # Errors
/// The host sent none.
#[doc(hidden)]
pub fn required<R>(row: Option<R>, name: &str) -> Result<R> {
    row.ok_or_else(|| format!("the host sent no row for `{name}`").into())
}

/// Compiles if values of the types `Via` make a key of the table.
#[doc(hidden)]
pub fn leads_by_key<T: Table<Key: KeyOf<Via>>, Via>() {}

/// Compiles if rows may refer to the table by their own whole key.
#[doc(hidden)]
pub fn leads_by_whole_key<T: Table<Windows: ReferredByKey>>() {}

/// Compiles if rows may refer to the table by anything.
#[doc(hidden)]
pub fn leads_anyhow<T: Table<Windows: ReferredByAll>>() {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bindings::foldline::reducer::types::Referred;
    use crate::column::ColumnBuilder;
    use crate::value::Value;
    use crate::value::{Boolean, Text};

    fn column<V: Value>(values: &[V::Ref<'_>]) -> Column {
        let mut column = ColumnBuilder::<V>::with_capacity(0);
        values.iter().for_each(|&value| column.push(Some(value)));
        column.finish()
    }

    /// Rows that pick among targets with these keys.
    fn rows(picks: &[u32], known: &[u8], keys: Column) -> Rows {
        let referred =
            Referred { picks: picks.to_vec(), known: known.to_vec(), keys: vec![keys], columns: Vec::new() };
        Rows {
            projection: 0,
            count: 3,
            keys: Vec::new(),
            window_starts: Vec::new(),
            window_ends: Vec::new(),
            window_open: None,
            results: Vec::new(),
            referred: vec![referred],
        }
    }

    #[test]
    fn the_number_of_targets_stands_for_none() {
        let rows = rows(&[1, 2, 0], &[0b10], column::<Text>(&["ann", "bob"]));
        let reader = ReferredReader::<Text>::open(&rows, 0, "author").unwrap();
        assert_eq!([0, 1, 2].map(|row| reader.target_of(row)), [Some(1), None, Some(0)]);
        assert_eq!((reader.key(1), reader.is_known(1), reader.is_known(0)), ("bob", true, false));
    }

    #[test]
    fn targets_that_are_not_as_described_are_an_error() {
        let keys = || column::<Text>(&["ann", "bob"]);
        for (rows, reference, why) in [
            (rows(&[0, 0, 0], &[0], keys()), 1, "nothing for reference 1"),
            (rows(&[0, 3, 0], &[0], keys()), 0, "no rows of 2"),
            (rows(&[0, 0], &[0], keys()), 0, "no rows of 2"),
            (rows(&[0, 0, 0], &[], keys()), 0, "in 0 bytes which 2"),
            (rows(&[0, 0, 0], &[0], column::<Boolean>(&[true])), 0, "nothing but booleans"),
            (rows(&[0, 0, 0], &[0], column::<crate::value::Int>(&[1, 2])), 0, "no column of 2 rows"),
        ] {
            let error = ReferredReader::<Text>::open(&rows, reference, "author").err().unwrap();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn names_are_the_same_only_as_a_whole() {
        assert_eq!(place_of(&["names", "", "nam", "name"], "name", "there is none"), 3);
    }
}
