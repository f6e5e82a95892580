//! The results of rows, as `project` receives them.

use std::ops::Range;

use crate::column::Column;
use crate::column::bitmap::{bit, picked_bits};

/// The results of some rows of the projected table: what `project` receives.
#[derive(Clone, Debug, PartialEq)]
pub struct ResultRows {
    /// Index into the description's tables.
    pub table: usize,
    /// The keys, a column per part.
    pub keys: Vec<Column>,
    /// For each row, the start of the window at which its results last changed, or of its closed window, in milliseconds.
    /// Empty without windows.
    pub window_starts: Vec<i64>,
    /// The ends of those windows.
    pub window_ends: Vec<i64>,
    /// One column of results per aggregate.
    pub results: Vec<Column>,
    /// What the rows refer to, for each reference of the projection.
    pub referred: Vec<Referred>,
}

/// The rows that some rows refer to, each once.
#[derive(Clone, Debug, PartialEq)]
pub struct Referred {
    /// For each row, which of these rows it shows; their number stands for none.
    pub picks: Vec<u32>,
    /// Which of them exist: a bitmap, the least significant bit first. The others show the results of nothing.
    pub known: Vec<u8>,
    /// Their keys, a column per part.
    pub keys: Vec<Column>,
    /// One column of results per column of the reference.
    pub columns: Vec<Column>,
}

impl ResultRows {
    /// Returns a copy of some consecutive rows. Bisection uses it to find the rows on which a call fails.
    pub fn slice(&self, rows: Range<usize>) -> ResultRows {
        let windows = |times: &[i64]| times.get(rows.clone()).unwrap_or_default().to_vec();
        ResultRows {
            table: self.table,
            keys: self.keys.iter().map(|part| part.slice(rows.clone())).collect(),
            window_starts: windows(&self.window_starts),
            window_ends: windows(&self.window_ends),
            results: self.results.iter().map(|column| column.slice(rows.clone())).collect(),
            referred: self.referred.iter().map(|referred| referred.slice(rows.clone())).collect(),
        }
    }

    /// Returns the number of rows.
    pub fn rows(&self) -> usize {
        self.keys.first().map_or(0, Column::len)
    }
}

impl Referred {
    /// Returns how many rows are referred to.
    pub fn len(&self) -> usize {
        self.keys.first().map_or(0, Column::len)
    }

    /// Returns whether no row is referred to.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns whether one of these rows exists.
    pub fn is_known(&self, at: usize) -> bool {
        bit(&self.known, at)
    }

    /// Returns what some consecutive rows refer to.
    fn slice(&self, rows: Range<usize>) -> Referred {
        let none = self.len() as u32;
        let shown = self.picks[rows.clone()].iter().filter(|&&pick| pick != none);
        let mut kept: Vec<usize> = shown.map(|&pick| pick as usize).collect();
        kept.sort_unstable();
        kept.dedup();
        let place = |pick: &u32| kept.binary_search(&(*pick as usize)).unwrap_or(kept.len()) as u32;
        let pick = |column: &Column| column.pick(kept.iter().copied());
        Referred {
            picks: self.picks[rows].iter().map(place).collect(),
            known: picked_bits(&self.known, &kept),
            keys: self.keys.iter().map(pick).collect(),
            columns: self.columns.iter().map(pick).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::column::{ValueRef, ValueType};

    fn texts(values: &[&str]) -> Column {
        let mut column = Column::empty(ValueType::Text);
        values.iter().for_each(|&value| column.push(Some(ValueRef::Text(value))));
        column
    }

    #[test]
    fn a_slice_refers_to_the_rows_that_its_own_rows_show_and_to_no_other() {
        let referred = Referred {
            picks: vec![2, 0, 3, 1, 2],
            known: vec![0b101],
            keys: vec![texts(&["a", "b", "c"])],
            columns: vec![texts(&["A", "B", "C"])],
        };
        let rows = ResultRows {
            table: 0,
            keys: vec![texts(&["1", "2", "3", "4", "5"])],
            window_starts: Vec::new(),
            window_ends: Vec::new(),
            results: Vec::new(),
            referred: vec![referred],
        };
        let expected = Referred {
            picks: vec![0, 2, 1],
            known: vec![0b01],
            keys: vec![texts(&["a", "b"])],
            columns: vec![texts(&["A", "B"])],
        };
        assert_eq!(rows.slice(1..4).referred, [expected]);
        assert_eq!(rows.slice(2..3).referred[0].picks, [0], "the number of rows stands for none");
        assert_eq!(rows.slice(0..5).referred, rows.referred);
    }
}
