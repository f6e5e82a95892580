//! A column of one kind of aggregate: the values of all rows, or of all cells, by slot.
//!
//! Columns are generic over the [`Kind`](super::kind::Kind), and their loops are compiled for each of them: which kind it
//! is, is asked once for a batch and a column.

pub(crate) mod contributed;
pub(crate) mod cells;
pub(crate) mod plain;
pub(crate) mod sliding;
