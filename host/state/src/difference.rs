//! Compares two stores row by row, streaming.

use super::scan::{Rows, Scan, ScannedRow};
use foldline_base::error::Result;

/// A row that two stores do not share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Index of the row's table.
    pub table: u8,
    /// The row's key.
    pub key: Vec<u8>,
    /// The row in the first store, encoded; `None` = it is missing.
    pub left: Option<Vec<u8>>,
    /// The row in the second store, encoded; `None` = it is missing.
    pub right: Option<Vec<u8>>,
}

/// Returns the first row, in order of (table, key), that two scans do not share.
///
/// Both are always read to their ends: rows that a damaged store lost are an error, not a difference.
///
/// # Errors
/// As [`Scan::rows`].
pub fn first_difference(a: &Scan, b: &Scan) -> Result<Option<Difference>> {
    let mut differences = Differences { left: Side::new(a)?, right: Side::new(b)? };
    let first = differences.next()?;
    if first.is_some() {
        differences.left.finish()?;
        differences.right.finish()?;
    }
    Ok(first)
}

struct Differences {
    left: Side,
    right: Side,
}

impl Differences {
    fn next(&mut self) -> Result<Option<Difference>> {
        loop {
            let order = match (&self.left.row, &self.right.row) {
                (None, None) => return Ok(None),
                (Some(_), None) => std::cmp::Ordering::Less,
                (None, Some(_)) => std::cmp::Ordering::Greater,
                (Some(left), Some(right)) => place(left).cmp(&place(right)),
            };
            let left = if order.is_le() { self.left.advance()? } else { None };
            let right = if order.is_ge() { self.right.advance()? } else { None };
            if left.as_ref().map(ScannedRow::row) == right.as_ref().map(ScannedRow::row) {
                continue;
            }
            let encoded = |row: &Option<ScannedRow>| row.as_ref().map(|row| row.row().to_vec());
            let (left_row, right_row) = (encoded(&left), encoded(&right));
            return Ok(left.or(right).map(|row| Difference {
                table: row.table(),
                key: row.key().to_vec(),
                left: left_row,
                right: right_row,
            }));
        }
    }
}

fn place(row: &ScannedRow) -> (u8, &[u8]) {
    (row.table(), row.key())
}

/// One scan, with its next row.
struct Side {
    rows: Rows,
    row: Option<ScannedRow>,
}

impl Side {
    fn new(scan: &Scan) -> Result<Self> {
        let mut rows = scan.rows(None);
        let row = rows.next().transpose()?;
        Ok(Self { rows, row })
    }

    fn advance(&mut self) -> Result<Option<ScannedRow>> {
        let next = self.rows.next().transpose()?;
        Ok(std::mem::replace(&mut self.row, next))
    }

    fn finish(&mut self) -> Result<()> {
        self.rows.by_ref().try_for_each(|row| row.map(drop))
    }
}
