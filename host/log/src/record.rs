//! A record to append.

use foldline_base::error::{Error, ErrorKind, Result};

/// A record to append.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewRecord {
    /// The key decides the partition; without one the log chooses.
    pub key: Option<Vec<u8>>,
    /// The value; `None` is a deletion in a changelog topic.
    pub value: Option<Vec<u8>>,
    /// The record's own time in milliseconds; `None` = the time of the append.
    pub time_ms: Option<i64>,
    /// An explicit partition.
    pub partition: Option<u32>,
    /// The id of a message that a relay sends, or the mark of a topic of changes. It is stored with the record.
    pub id: Option<String>,
    /// Whether this is a punctuation. One without a partition goes to all partitions.
    pub punctuation: bool,
}

impl NewRecord {
    /// Returns a punctuation of one partition, or of all.
    pub fn punctuation(partition: Option<u32>, time_ms: i64) -> Self {
        Self { time_ms: Some(time_ms), partition, punctuation: true, ..Self::default() }
    }

    /// Returns the kind of block that the record goes into in the embedded log. Kinds are never mixed.
    pub(super) fn kind(&self) -> (bool, bool) {
        (self.punctuation, self.id.is_some())
    }

    /// Returns the bytes that count against limits: key and value.
    pub fn bytes(&self) -> usize {
        self.key.as_ref().map_or(0, Vec::len) + self.value.as_ref().map_or(0, Vec::len)
    }

    /// Returns the time of a punctuation, after checking it; `None` for an ordinary record.
    ///
    /// # Errors
    /// `Data` for a punctuation with a key or a value, without a time, or with a time before 1970.
    pub fn punctuation_ms(&self) -> Result<Option<i64>> {
        if !self.punctuation {
            return Ok(None);
        }
        let refused = |what: &str| Err(Error::new(ErrorKind::Data, format!("a punctuation {what}")));
        match self.time_ms {
            _ if self.key.is_some() || self.value.is_some() => {
                refused("has a time, and neither key nor value")
            }
            None => refused("has no time"),
            Some(time_ms) if time_ms < 0 => refused(&format!("of {time_ms} ms is before 1970")),
            Some(time_ms) => Ok(Some(time_ms)),
        }
    }
}
