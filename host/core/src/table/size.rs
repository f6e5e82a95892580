//! The size of rows, apart from their slots in columns.

/// What rows take, apart from their slots in columns.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    /// The number of open cells.
    pub(super) cells: usize,
    /// Memory outside columns, in bytes.
    pub(super) outside_bytes: usize,
}
