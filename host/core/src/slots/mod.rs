//! What everything shares that is indexed by slot: the vectors of a table, of its open panes and of its aggregates.
//!
//! A slot is the number of a row, a cell that of an open pane or session. They only move when some of them are dropped,
//! all of one table at once: see [`Renumbering`](renumbering::Renumbering).

pub(crate) mod growth;
pub(crate) mod renumbering;
pub(crate) mod marks;

/// No slot: a table has fewer rows.
pub(crate) const ABSENT: u32 = u32::MAX;
