//! Rows that are not in memory: where a table finds them again.

/// A store of rows that a table has evicted, or has never read since a restart.
pub trait ColdRows {
    /// Returns the encoded row of a key's canonical bytes, or `None` when the store has none.
    ///
    /// It is asked for keys that are not in memory, once for each batch they appear in.
    ///
    /// # Errors
    /// Says why the store cannot tell.
    fn fetch(&mut self, key: &[u8]) -> Result<Option<Vec<u8>>, String>;
}

/// The store of tables that are wholly in memory: there is nothing to ask for.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoColdRows;

impl ColdRows for NoColdRows {
    fn fetch(&mut self, _: &[u8]) -> Result<Option<Vec<u8>>, String> {
        Err("a row is wanted from a store, and none was given".into())
    }
}
