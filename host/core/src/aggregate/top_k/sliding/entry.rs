//! An id's value in a pane.

/// An id with its value in a pane.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) pane: i64,
    pub(super) value: i64,
    pub(super) id: Box<str>,
}

impl Entry {
    /// Returns what entries are ordered by.
    pub(super) fn rank(&self) -> (i64, &str) {
        (self.value, &self.id)
    }
}
