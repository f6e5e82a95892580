//! The memory of rows beyond their places in columns.

/// What rows hold beyond their places in columns.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    /// Cells of what is open.
    pub(super) cells: usize,
    /// Memory outside columns, in bytes.
    pub(super) outside_bytes: usize,
}
