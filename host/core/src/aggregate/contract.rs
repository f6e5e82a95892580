//! What every aggregate can do: encode itself, and merge.

/// A value that is stored. Equal values have equal bytes, which is what fingerprints compare.
pub trait Codec: Sized {
    /// Appends the canonical encoding; its first byte is the encoding's version.
    fn encode(&self, out: &mut Vec<u8>);

    /// Reads exactly what [`Codec::encode`] wrote.
    ///
    /// # Errors
    /// Says what is wrong, for every other input.
    fn decode(bytes: &[u8]) -> Result<Self, String>;

    /// Returns the length of the encoding, in bytes, without making it.
    fn encoded_len(&self) -> usize;

    /// Returns the bytes held outside the value itself.
    fn heap_bytes(&self) -> usize {
        0
    }
}

/// A value that merges. Order and grouping of merges do not show in any bit.
pub trait Aggregate: Codec {
    /// Adds everything that `other` holds.
    fn merge(&mut self, other: &Self);
}
