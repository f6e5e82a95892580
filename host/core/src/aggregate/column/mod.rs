//! Columns of one kind of aggregate: the values of all rows, or of all cells, by slot.
//!
//! Columns are generic over the [`Kind`](super::kind::Kind), so that their loops are compiled for each kind. The kind is
//! looked up once per batch and column, never per row.

pub(crate) mod plain;
pub(crate) mod sliding;
