//! Contributions of a batch, with the slots that they go to.

/// Where the records of a batch stand in the log.
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
    /// Offsets of records that are late for the table, rising: windows do not take them.
    pub late_offsets: &'a [u64],
}

/// Contributions of a batch whose rows are found.
#[derive(Clone, Copy)]
pub(crate) struct Contributed<'a, R> {
    /// Which contributions are applied.
    pub(crate) rows: R,
    /// The slot of each of them.
    pub(crate) slots: &'a [u32],
    /// The record of each contribution, also of those that are not applied.
    pub(crate) source_rows: &'a [u32],
    /// Where the records stand in the log.
    pub(crate) origin: &'a Origin<'a>,
}

impl<R: Rows> Contributed<'_, R> {
    /// Returns the row of the batch and the slot of each contribution that is applied, in their order.
    #[inline(always)]
    pub(crate) fn each(&self) -> impl Iterator<Item = (usize, u32)> {
        self.slots.iter().enumerate().map(|(nth, &slot)| (self.rows.row(nth), slot))
    }
}

/// The rows that a loop goes through. Loops are compiled for each kind, so that a batch taken whole pays for no list.
pub(crate) trait Rows: Copy {
    /// Returns how many there are.
    fn len(self) -> usize;

    /// Returns one of them.
    fn row(self, nth: usize) -> usize;
}

/// The rows below a number.
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
