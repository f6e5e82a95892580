//! Pairs the rows of two versions: a merge join of two streams sorted by key.

use std::cmp::Ordering;

use super::tally::Tally;
use foldline_base::error::Result;
use foldline_projection::ShownRow;

/// Adds what two versions show, id by id, to a tally.
///
/// # Errors
/// The first error of either stream.
///
/// # Panics
/// Panics when the keys of a stream do not ascend.
pub(super) fn join(
    old: impl Iterator<Item = Result<ShownRow>>,
    new: impl Iterator<Item = Result<ShownRow>>,
    tally: &mut Tally<'_>,
) -> Result<()> {
    let (mut old, mut new) = (JoinInput::new(old)?, JoinInput::new(new)?);
    loop {
        let order = match (&old.row, &new.row) {
            (None, None) => return Ok(()),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(old), Some(new)) => old.key.cmp(&new.key),
        };
        let of_old = if order.is_le() { old.advance()? } else { None };
        let of_new = if order.is_ge() { new.advance()? } else { None };
        let Some(id) = of_old.as_ref().or(of_new.as_ref()).map(|row| row.id.as_str()) else { continue };
        tally.add(id, of_old.as_ref().into(), of_new.as_ref().into())?;
    }
}

/// One input stream, with its next row.
struct JoinInput<I> {
    rows: I,
    row: Option<ShownRow>,
}

impl<I: Iterator<Item = Result<ShownRow>>> JoinInput<I> {
    fn new(mut rows: I) -> Result<Self> {
        let row = rows.next().transpose()?;
        Ok(Self { rows, row })
    }

    fn advance(&mut self) -> Result<Option<ShownRow>> {
        let next = self.rows.next().transpose()?;
        if let (Some(row), Some(next)) = (&self.row, &next) {
            assert!(row.key < next.key, "rows come in the order of their keys");
        }
        Ok(std::mem::replace(&mut self.row, next))
    }
}
