//! Which contributions of a batch a table takes: all of them, or those whose keys its shard owns.

/// Some contributions of a batch, with the hashes of all keys.
#[derive(Clone, Copy, Debug)]
pub struct Selected<'a> {
    /// The hash of every contribution's key, also of those that are not taken: see [`hash_keys`](super::hash_keys).
    pub hashes: &'a [u64],
    /// The contributions taken, rising; `None` = all.
    pub rows: Option<&'a [u32]>,
}

impl<'a> Selected<'a> {
    /// Takes all contributions.
    pub fn all(hashes: &'a [u64]) -> Self {
        Self { hashes, rows: None }
    }

    /// Takes the contributions listed, each once and rising.
    pub fn listed(hashes: &'a [u64], rows: &'a [u32]) -> Self {
        Self { hashes, rows: Some(rows) }
    }
}
