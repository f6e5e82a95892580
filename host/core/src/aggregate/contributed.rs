//! Contributions of a batch, with the slots of their rows.

/// The position of a batch's records in the log.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'a> {
    /// Rank of the logical topic's name among the reducer's sorted input topics.
    pub topic: u16,
    /// The records' partition.
    pub partition: u32,
    /// The records' offsets.
    pub offsets: &'a [u64],
    /// The records' event times, in milliseconds since the Unix epoch.
    pub times_ms: &'a [i64],
    /// Offsets of records that are late for the table, rising. Windows ignore these records.
    pub late_offsets: &'a [u64],
}

/// Contributions of a batch, after their rows have been found.
#[derive(Clone, Copy)]
pub(crate) struct Contributed<'a, R> {
    /// Which contributions are applied.
    pub(crate) rows: R,
    /// The slot of each applied contribution.
    pub(crate) slots: &'a [u32],
    /// The record of each contribution, including those that are not applied.
    pub(crate) source_rows: &'a [u32],
    /// Where the records stand in the log.
    pub(crate) origin: &'a Origin<'a>,
}

impl<R: Rows> Contributed<'_, R> {
    /// Returns the row in the batch and the slot of each applied contribution, in order.
    #[inline(always)]
    pub(crate) fn each(&self) -> impl Iterator<Item = (usize, u32)> {
        self.slots.iter().enumerate().map(|(nth, &slot)| (self.rows.row(nth), slot))
    }
}

/// The rows that a loop visits. Loops are compiled for each implementation, so that a whole batch needs no list of rows.
pub(crate) trait Rows: Copy {
    /// Returns the number of rows.
    fn len(self) -> usize;

    /// Returns the nth row.
    fn row(self, nth: usize) -> usize;
}

/// All rows below a number.
#[derive(Clone, Copy)]
pub(crate) struct All(pub(crate) usize);

impl Rows for All {
    #[inline(always)]
    fn len(self) -> usize {
        self.0
    }

    #[inline(always)]
    fn row(self, nth: usize) -> usize {
        nth
    }
}

impl Rows for &[u32] {
    #[inline(always)]
    fn len(self) -> usize {
        <[u32]>::len(self)
    }

    #[inline(always)]
    fn row(self, nth: usize) -> usize {
        self[nth] as usize
    }
}
