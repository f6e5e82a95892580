//! The value of an id in a pane.

/// An id with its value in one pane.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) pane: i64,
    pub(super) value: i64,
    pub(super) id: Box<str>,
}

impl Entry {
    /// Returns the sort key of the entry.
    pub(super) fn rank(&self) -> (i64, &str) {
        (self.value, &self.id)
    }
}
