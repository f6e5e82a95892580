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

/// The rows that a loop goes through. Loops are compiled for each kind, so that a batch taken whole pays for no list.
pub(super) trait Rows: Copy {
    /// Returns how many there are.
    fn len(self) -> usize;

    /// Returns one of them.
    fn row(self, nth: usize) -> usize;
}

/// The rows below a number.
#[derive(Clone, Copy)]
pub(super) struct All(pub(super) usize);

impl Rows for All {
    #[inline(always)]
    fn len(self) -> usize {
        self.0
    }

    #[inline(always)]
    fn row(self, nth: usize) -> usize {
        nth
    }
}

impl Rows for &[u32] {
    #[inline(always)]
    fn len(self) -> usize {
        <[u32]>::len(self)
    }

    #[inline(always)]
    fn row(self, nth: usize) -> usize {
        self[nth] as usize
    }
}
