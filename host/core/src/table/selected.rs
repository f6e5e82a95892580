//! Which contributions of a batch a table takes: all of them, or those whose keys its shard owns.

/// The selected contributions of a batch, and the hashes of all its keys.
#[derive(Clone, Copy, Debug)]
pub struct Selected<'a> {
    /// The hash of every contribution's key, including those not selected: see [`hash_keys`](super::hash_keys).
    pub hashes: &'a [u64],
    /// The selected contributions, rising; `None` = all.
    pub rows: Option<&'a [u32]>,
}

impl<'a> Selected<'a> {
    /// Selects all contributions.
    pub fn all(hashes: &'a [u64]) -> Self {
        Self { hashes, rows: None }
    }

    /// Selects the contributions listed, which must be rising and unique.
    pub fn listed(hashes: &'a [u64], rows: &'a [u32]) -> Self {
        Self { hashes, rows: Some(rows) }
    }
}
