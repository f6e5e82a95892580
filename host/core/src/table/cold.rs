//! Rows that are not in memory: where a table finds them again.

use std::fmt;

/// Why cold rows cannot be had. The table is then in doubt and of no further use; the store may be sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColdFault {
    /// The store cannot be read for now.
    Unreadable(String),
    /// The store is damaged, or holds something that is no row of the table.
    Damaged(String),
}

impl ColdFault {
    /// Returns the same fault with other words.
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

/// A store of rows that a table has evicted, or has never read since a restart.
pub trait ColdRows {
    /// Returns the encoded row of a key's canonical bytes, or `None` when the store has none.
    ///
    /// It is asked for keys that are not in memory, once for each batch they appear in or when they have something to do.
    ///
    /// # Errors
    /// Says why the store cannot tell, and whether it may be sound all the same.
    fn fetch(&mut self, key: &[u8]) -> Result<Option<Vec<u8>>, ColdFault>;
}

/// The store of tables that are wholly in memory: there is nothing to ask for.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoColdRows;

impl ColdRows for NoColdRows {
    fn fetch(&mut self, _: &[u8]) -> Result<Option<Vec<u8>>, ColdFault> {
        Err(ColdFault::Damaged("a row is wanted from a store, and none was given".into()))
    }
}
