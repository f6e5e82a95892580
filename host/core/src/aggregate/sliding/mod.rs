//! Aggregates over a window that slides: what its panes held, kept so that one more pane costs the same however many
//! panes the window has.
//!
//! Time is cut into panes of one slide each, numbered from the epoch: pane p covers `[p · slide, (p + 1) · slide)`. A
//! window of n panes that ends with pane p holds panes p - n + 1 to p. Panes are collected as plain aggregates, in any
//! order of events; once the watermark has sealed one it is final, and only then it is handed over, so that a sliding
//! form sees panes in rising order and each once.
//!
//! What a window holds equals what the plain aggregate would hold of the same contributions.

mod panes;
mod encoded;
mod subtracted;
mod monotonic;
pub mod count;
pub mod sum;
pub mod quantiles;
pub mod min_max;
pub mod first_last;
pub mod top_k;
#[cfg(test)]
pub(crate) mod laws;

use std::borrow::Cow;
use std::fmt::Debug;

use super::Aggregate;
pub use count::SlidingCount;
pub use encoded::Encoded;
pub use first_last::{SlidingFirst, SlidingLast};
pub use min_max::{SlidingMax, SlidingMin};
pub use monotonic::{Monotonic, Pick};
pub use quantiles::SlidingQuantiles;
pub use subtracted::Subtracted;
pub use sum::SlidingSum;
pub use top_k::SlidingTopK;

/// An aggregate over the newest panes.
pub trait Sliding: Sized {
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

    /// Appends the canonical encoding; its first byte is the encoding's version. It follows from the window's panes
    /// alone: equal histories have equal bytes.
    fn encode(&self, out: &mut Vec<u8>);

    /// Reads exactly what [`Sliding::encode`] wrote.
    ///
    /// # Errors
    /// Says what is wrong, for every other input.
    fn decode(bytes: &[u8]) -> Result<Self, String>;

    /// Returns the length of the encoding, in bytes, without making it.
    fn encoded_len(&self) -> usize;

    /// Returns the bytes held outside the value itself.
    fn heap_bytes(&self) -> usize;
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
