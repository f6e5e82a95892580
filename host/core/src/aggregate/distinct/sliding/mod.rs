//! `Distinct` over a window that slides: how many different items its panes hold, at a cost that does not depend on the
//! number of panes.
//!
//! An item counts until the pane in which it was last seen leaves. Of the items of one register, only those matter that
//! may later be its maximum: an entry (pane, rank) can never be the maximum again once its own or a later pane has reached
//! its rank. So the past of a register is a short list in which panes rise and ranks fall. The first entry is the register
//! now; the next one takes over when the first one's pane has left.
//!
//! | | sparse: up to 3/16 · 2^precision indexes at once | dense: beyond |
//! |---|---|---|
//! | keeps | 25 bits of each hash, the rank of the rest, and the newest pane of each (`log`) | the list of each register (`blocks`) |
//! | an item | is found by a table, and goes to the end of a log | replaces the newer end of a list |
//! | a pane leaves | from the front of the log | through the bucket of the registers that it leads (`panes`) |
//! | memory | 32 bytes up to 4 items, then about 20 an item | 8 bytes a register, 5 to 6 an entry, 16 a pane |
//!
//! Neither an item, nor a slide, nor an estimate scans anything: all work can be charged to an entry that was
//! added. Registers, and so estimates in the same form, are those of a [`Distinct`] of the window's items.
//!
//! A plain sketch's form follows from its items. A window's form follows from its history: it becomes dense when it holds too
//! many indexes at once, or is given a dense pane, and it stays dense *until it is empty*, since the lists of registers
//! do not record indexes. This is still a function of the sealed panes alone, so every replay goes
//! through the same forms; and a window whose size is near the limit does not change its form with each pane.
//!
//! Y. Chabchoub, G. Hébrail, "Sliding HyperLogLog: Estimating cardinality in a data stream over a sliding window"
//! (2010), for the lists of possible future maxima.

mod log;
mod places;
mod sparse;
mod entry;
mod cell;
mod blocks;
mod panes;
mod dense;
mod encoding;

use super::limits::{PRECISION_MAX, PRECISION_MIN, SPARSE_PRECISION, sparse_len_max};
use super::place::lower;
use super::sparse::unpack;
use super::tally::Tally;
use super::{Distinct, estimate};
use crate::aggregate::sliding::form::Sliding;
use dense::DenseWindow;
use sparse::SparseWindow;

/// The distinct items of the newest panes, in the sparse or the dense form of the [module](self).
///
/// ```
/// use foldline_core::aggregate::distinct::hash;
/// use foldline_core::aggregate::{Distinct, Sliding, SlidingDistinct};
/// let pane = |users: &[&str]| {
///     let mut pane = Distinct::new(14);
///     users.iter().for_each(|user| {
///         pane.insert(hash::bytes(user.as_bytes()));
///     });
///     pane
/// };
/// let mut window = SlidingDistinct::new(14);
/// window.seal(7, pane(&["ann", "bob"]));
/// window.seal(8, pane(&["bob", "eve"]));
/// assert_eq!(window.estimate(), 3);
/// window.expire(8);
/// assert_eq!(window.estimate(), 2);
/// ```
#[derive(Clone, Debug)]
pub struct SlidingDistinct {
    form: Form,
    precision: u8,
}

#[derive(Clone, Debug)]
enum Form {
    Sparse(SparseWindow),
    Dense(Box<DenseWindow>),
}

/// How many items of a pane are prefetched ahead of the one that is added.
const ITEMS_AHEAD: usize = 16;

/// A table holds one for each row.
const _: () = assert!(size_of::<SlidingDistinct>() <= 80);

impl SlidingDistinct {
    /// Returns an empty window.
    ///
    /// # Panics
    /// Panics on a precision outside [`PRECISION_MIN`]..=[`PRECISION_MAX`]. Tables check declarations before.
    pub fn new(precision: u8) -> Self {
        assert!((PRECISION_MIN..=PRECISION_MAX).contains(&precision), "precision {precision}");
        Self { form: Form::Sparse(SparseWindow::default()), precision }
    }

    /// Returns the precision: the logarithm of the number of registers.
    pub fn precision(&self) -> u8 {
        self.precision
    }

    /// Returns the estimated number of distinct items in the window, rounded.
    pub fn estimate(&self) -> u64 {
        self.counted().estimate()
    }

    /// Returns what the estimate is computed from, for comparisons that do not need the estimate itself.
    pub(crate) fn counted(&self) -> Counted {
        match &self.form {
            Form::Sparse(held) => Counted::Indexes(held.indexes()),
            Form::Dense(held) => Counted::Registers(*held.tally(), self.precision),
        }
    }

    /// Returns whether the window holds nothing.
    pub fn is_empty(&self) -> bool {
        match &self.form {
            Form::Sparse(held) => held.is_empty(),
            Form::Dense(held) => held.is_empty(),
        }
    }

    /// Returns the registers of a sketch of all items in the window. Slow; for comparisons in tests.
    pub fn registers(&self) -> Vec<u8> {
        match &self.form {
            Form::Sparse(held) => {
                let mut registers = vec![0; 1 << self.precision];
                for (_, index, rank) in held.iter() {
                    let (index, rank) = lower(index, rank, SPARSE_PRECISION - self.precision);
                    let register: &mut u8 = &mut registers[index as usize];
                    *register = rank.max(*register);
                }
                registers
            }
            Form::Dense(held) => {
                held.lists().map(|mut list| list.next().map_or(0, |(_, rank)| rank)).collect()
            }
        }
    }

    /// Prefetches what adding a pane of a few items will need.
    #[inline]
    pub(crate) fn prefetch(&self, pane: &Distinct) {
        let super::Form::Sparse(items) = &pane.form else { return };
        for &item in items.few() {
            let (index, rank) = unpack(item);
            match &self.form {
                Form::Sparse(held) => held.prefetch(index),
                Form::Dense(held) => {
                    held.prefetch(lower(index, rank, SPARSE_PRECISION - self.precision).0);
                }
            }
        }
    }

    /// Returns the oldest and the newest pane that have an entry.
    fn ends(&self) -> Option<(i64, i64)> {
        match &self.form {
            Form::Sparse(held) => held.oldest().zip(held.newest()),
            Form::Dense(held) => held.oldest().zip(held.newest()),
        }
    }

    /// Makes the window dense if it is sparse, and adds a pane.
    fn seal_dense(&mut self, pane: i64, value: &Distinct) {
        if let Form::Sparse(held) = &self.form {
            self.form = Form::Dense(Box::new(dense_of(held, self.precision)));
        }
        let Form::Dense(held) = &mut self.form else { unreachable!("the window has just become dense") };
        held.open(pane);
        match &value.form {
            super::Form::Sparse(items) => held.add_sparse(items),
            super::Form::Dense(registers) => held.add_dense(registers),
        }
        // The new pane may have replaced everything that the oldest panes held.
        held.expire(i64::MIN);
    }
}

impl Sliding for SlidingDistinct {
    type Pane = Distinct;

    fn expire(&mut self, first: i64) {
        match &mut self.form {
            Form::Sparse(held) => held.expire(first),
            Form::Dense(held) if held.newest() < Some(first) => *self = Self::new(self.precision),
            Form::Dense(held) => held.expire(first),
        }
    }

    /// # Panics
    /// Panics when the pane is not newer than all before, has another precision, or is 2^32 panes newer than the oldest
    /// that was not dropped. Windows have at most 2^20 panes.
    fn seal(&mut self, pane: i64, value: Distinct) {
        assert_eq!(value.precision, self.precision, "a window's panes have its precision");
        if value.is_empty() {
            return;
        }
        if let Some((oldest, newest)) = self.ends() {
            assert!(newest < pane, "pane {pane} was sealed after pane {newest}");
            span(oldest, pane);
        }
        let len_max = sparse_len_max(self.precision);
        if let (Form::Sparse(held), super::Form::Sparse(items)) = (&mut self.form, &value.form) {
            held.open(pane);
            let mut ahead = items.iter();
            ahead.by_ref().take(ITEMS_AHEAD).for_each(|(index, _)| held.prefetch(index));
            let mut add = |(index, rank)| {
                ahead.next().into_iter().for_each(|(index, _)| held.prefetch(index));
                held.add(pane, index, rank, len_max)
            };
            if items.iter().all(&mut add) {
                // The front of the log may now be gaps.
                return held.expire(i64::MIN);
            }
            // One index too many. The items that were already added are added again below, which changes nothing.
        }
        self.seal_dense(pane, &value);
    }

    /// Exact in both forms: an entry leaves with this pane.
    fn oldest(&self) -> Option<i64> {
        self.ends().map(|(oldest, _)| oldest)
    }
}

/// What an estimate is computed from. Equal when the estimates are.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Counted {
    /// The number of different indexes out of 2^[`SPARSE_PRECISION`].
    Indexes(usize),
    /// The tally of all registers, and the logarithm of their number.
    Registers(Tally, u8),
}

impl Counted {
    fn estimate(&self) -> u64 {
        let estimate = match self {
            Self::Indexes(indexes) => estimate::linear(*indexes, SPARSE_PRECISION),
            Self::Registers(tally, precision) => estimate::raw(tally, *precision),
        };
        estimate.round() as u64
    }
}

impl PartialEq for Counted {
    /// Most windows change by an index or not at all, and then no estimate is computed.
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            // One more index raises the estimate by at least one item.
            (Self::Indexes(left), Self::Indexes(right)) => left == right,
            (Self::Registers(left, _), Self::Registers(right, _)) if left == right => true,
            _ => self.estimate() == other.estimate(),
        }
    }
}

/// Returns the dense form of a sparse window.
fn dense_of(held: &SparseWindow, precision: u8) -> DenseWindow {
    let mut dense = DenseWindow::new(precision);
    for (pane, index, rank) in held.iter() {
        let (register, rank) = lower(index, rank, SPARSE_PRECISION - precision);
        dense.open(pane);
        dense.add(register, rank);
    }
    dense
}

/// Returns how many panes lie from the oldest to another one.
#[inline]
fn span(oldest: i64, pane: i64) -> u32 {
    pane.checked_sub(oldest)
        .and_then(|span| u32::try_from(span).ok())
        .expect("a window has at most 2^32 panes")
}

#[cfg(test)]
mod tests;
