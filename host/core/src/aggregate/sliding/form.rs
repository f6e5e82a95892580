//! What the sliding form of an aggregate can do.

use std::borrow::Cow;
use std::fmt::Debug;

use crate::aggregate::contract::{Aggregate, Codec};

/// An aggregate over the newest panes. Its encoding follows from the window's panes alone: equal histories have equal
/// bytes.
pub trait Sliding: Codec {
    /// What one pane holds.
    type Pane: Aggregate;

    /// Drops what panes before `first` contributed.
    fn expire(&mut self, first: i64);

    /// Adds a pane, newer than every one before. Panes that left the window were dropped first ([`Sliding::expire`]).
    fn seal(&mut self, pane: i64, value: Self::Pane);

    /// Returns the oldest pane that something is still kept of: until it leaves the window, nothing changes by itself.
    fn oldest(&self) -> Option<i64>;

    /// Returns whether it is seen at once that the result stays the same when panes before `first` leave and `pane`
    /// enters. Where that would take more than a look, the answer is no.
    fn stays(&self, first: i64, pane: Option<&Self::Pane>) -> bool {
        pane.is_none() && self.oldest().is_none_or(|oldest| oldest >= first)
    }
}

/// An aggregate of which what was merged can be taken back.
pub trait Group: Aggregate + Clone {
    /// A pane as it is kept until it leaves the window.
    type Kept: Aggregate + Clone + Debug;

    /// Returns a pane as it is kept.
    fn keep(self) -> Self::Kept;

    /// Returns the pane that is kept.
    fn kept(kept: &Self::Kept) -> Cow<'_, Self>;

    /// Returns whether it is the aggregate of nothing.
    fn is_empty(&self) -> bool;

    /// Takes back what `other` holds, which was merged before.
    fn subtract(&mut self, other: &Self);

    /// Returns whether it can be merged with `other`: their parameters are the same.
    fn is_like(&self, _other: &Self) -> bool {
        true
    }
}
