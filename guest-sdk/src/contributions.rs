//! The contributions of a batch of events to tables, collected in columns.

use std::rc::Rc;

use crate::bindings::foldline::reducer::types::{Batch, Contributions as Collected};
use crate::error::Result;
use crate::table::{Contribution, Holds, Tables};

/// Takes what events add to the rows of tables.
pub struct Contributions<T: Tables> {
    collectors: T::Collectors,
    /// What the events are read from: values may be named instead of copied.
    batch: Rc<Batch>,
    row: u32,
}

impl<T: Tables> Contributions<T> {
    /// Adds to one row, which is created if it does not exist: `out.add(Likes::key(post).users(user))`.
    ///
    /// Call it any number of times for an event, for the same row or for others.
    ///
    /// # Errors
    /// A count beyond 2^63 - 1; then nothing is added.
    #[inline]
    pub fn add<C: Contribution>(&mut self, contribution: C) -> Result
    where
        T: Holds<C::Table>,
    {
        T::collector(&mut self.collectors).push(&self.batch, self.row, contribution)
    }

    pub(crate) fn of(batch: Rc<Batch>) -> Self {
        Self { collectors: T::collectors(batch.rows as usize), batch, row: 0 }
    }

    /// Runs `extract` for one row of the batch; if it fails, nothing of that row remains.
    #[inline]
    pub(crate) fn of_row(&mut self, row: u32, extract: impl FnOnce(&mut Self) -> Result) -> Result {
        self.row = row;
        let outcome = extract(self);
        if outcome.is_err() {
            T::take_back(&mut self.collectors, row);
        }
        outcome
    }

    pub(crate) fn finish(self) -> Vec<Collected> {
        T::finish(self.collectors)
    }
}
