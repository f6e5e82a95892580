//! One record on its way into a log.

/// A record to append.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewRecord {
    /// The key decides the partition; without one the log chooses.
    pub key: Option<Vec<u8>>,
    /// The value; `None` is a deletion in a changelog topic.
    pub value: Option<Vec<u8>>,
    /// The record's own time in milliseconds; `None` = the time of the append.
    pub time_ms: Option<i64>,
    /// A partition chosen by hand.
    pub partition: Option<u32>,
}

impl NewRecord {
    /// Returns the bytes that count against limits: key and value.
    pub fn bytes(&self) -> usize {
        self.key.as_ref().map_or(0, Vec::len) + self.value.as_ref().map_or(0, Vec::len)
    }
}
