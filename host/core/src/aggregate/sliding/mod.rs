//! Sliding forms: aggregates over a sliding window, kept so that one more pane costs the same however many panes the
//! window has.
//!
//! Time is cut into panes of one slide each, numbered from the epoch: pane p covers `[p · slide, (p + 1) · slide)`. A
//! window of n panes that ends with pane p holds panes p - n + 1 to p. Panes are collected as plain aggregates, in any
//! order of events. A pane is final once the watermark has sealed it, and only then it is handed over, so that a sliding
//! form sees each pane once, in rising order.
//!
//! What a window holds equals what the plain aggregate would hold of the same contributions.

pub(crate) mod form;
mod panes;
pub(crate) mod encoded;
pub(crate) mod subtracted;
pub(crate) mod monotonic;
#[cfg(test)]
pub(crate) mod laws;
