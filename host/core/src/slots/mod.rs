//! Building blocks of everything that is indexed by slot: the vectors of a table, of its open panes and of its aggregates.
//!
//! A slot is the number of a row; a cell is the number of an open pane or session. Slots move only when some of them are
//! dropped, and then all vectors of a table move together: see [`Renumbering`](renumbering::Renumbering).

pub(crate) mod growth;
pub(crate) mod renumbering;
pub(crate) mod marks;

/// The number that stands for no slot. A table has fewer rows.
pub(crate) const ABSENT: u32 = u32::MAX;
