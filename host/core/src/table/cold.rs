//! Cold rows, which are not in memory: where a table finds them.

use std::fmt;

/// Why cold rows cannot be read. The table is then inconsistent, and must not be used any more; the store may be sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColdFault {
    /// The store cannot be read for the moment.
    Unreadable(String),
    /// The store is damaged, or holds something that is not a row of the table.
    Damaged(String),
}

impl ColdFault {
    /// Returns the same fault with another message.
    pub(super) fn map(self, words: impl FnOnce(&str) -> String) -> Self {
        match self {
            Self::Unreadable(what) => Self::Unreadable(words(&what)),
            Self::Damaged(what) => Self::Damaged(words(&what)),
        }
    }
}

impl fmt::Display for ColdFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Unreadable(what) | Self::Damaged(what)) = self;
        f.write_str(what)
    }
}

impl std::error::Error for ColdFault {}

/// A store of the rows that a table has evicted, or has not read since a restart.
pub trait ColdRows {
    /// Returns the encoded row of a key's canonical bytes, or `None` when the store has none.
    ///
    /// A table calls this for keys that are not in memory, once for each batch in which they appear, or when they have something
    /// to do.
    ///
    /// # Errors
    /// Why the store cannot answer. The kind of fault says whether the store may still be sound.
    fn fetch(&mut self, key: &[u8]) -> Result<Option<Vec<u8>>, ColdFault>;
}

/// The store of tables that are entirely in memory, which never finds a row.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoColdRows;

impl ColdRows for NoColdRows {
    fn fetch(&mut self, _: &[u8]) -> Result<Option<Vec<u8>>, ColdFault> {
        Err(ColdFault::Damaged("a row is wanted from a store, and none was given".into()))
    }
}
