//! What every aggregate can do: be encoded, and merge.

/// A value that is stored. Equal values have equal bytes, which fingerprints rely on.
pub trait Codec: Sized {
    /// Appends the canonical encoding; its first byte is the encoding's version.
    fn encode(&self, out: &mut Vec<u8>);

    /// Reads exactly what [`Codec::encode`] wrote.
    ///
    /// # Errors
    /// Describes what is wrong with any other input.
    fn decode(bytes: &[u8]) -> Result<Self, String>;

    /// Returns the length of the encoding, in bytes, without encoding.
    fn encoded_len(&self) -> usize;

    /// Returns the bytes held outside the value itself.
    fn heap_bytes(&self) -> usize {
        0
    }
}

/// A value that merges. The order and grouping of merges do not affect a single bit.
pub trait Aggregate: Codec {
    /// Adds everything that `other` holds.
    fn merge(&mut self, other: &Self);
}
