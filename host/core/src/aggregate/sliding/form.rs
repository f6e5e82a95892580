//! The interface of the sliding form of an aggregate.

use std::borrow::Cow;
use std::fmt::Debug;

use crate::aggregate::contract::{Aggregate, Codec};

/// An aggregate over the newest panes. Its encoding is a function of the window's panes alone: equal histories have equal
/// bytes.
pub trait Sliding: Codec {
    /// What one pane holds.
    type Pane: Aggregate;

    /// Drops what panes before `first` contributed.
    fn expire(&mut self, first: i64);

    /// Adds a pane that is newer than every one before. Panes that left the window were dropped first ([`Sliding::expire`]).
    fn seal(&mut self, pane: i64, value: Self::Pane);

    /// Returns the oldest pane of which anything is kept. Until it leaves the window, nothing changes by itself.
    fn oldest(&self) -> Option<i64>;

    /// Returns whether the result certainly stays the same when panes before `first` leave and `pane` enters. Returns false if
    /// finding out would not be cheap.
    fn stays(&self, first: i64, pane: Option<&Self::Pane>) -> bool {
        pane.is_none() && self.oldest().is_none_or(|oldest| oldest >= first)
    }
}

/// An aggregate from which merged values can be subtracted again.
pub trait Group: Aggregate + Clone {
    /// The form in which a pane is kept until it leaves the window.
    type Kept: Aggregate + Clone + Debug;

    /// Converts a pane to the form in which it is kept.
    fn keep(self) -> Self::Kept;

    /// Returns the pane in its original form.
    fn kept(kept: &Self::Kept) -> Cow<'_, Self>;

    /// Returns whether it is empty.
    fn is_empty(&self) -> bool;

    /// Subtracts `other`, which was merged before.
    fn subtract(&mut self, other: &Self);

    /// Returns whether it can be merged with `other`, which requires equal parameters.
    fn is_like(&self, _other: &Self) -> bool {
        true
    }
}
