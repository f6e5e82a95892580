//! A record that does not decode.

/// A record that does not decode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undecodable {
    /// The record's offset.
    pub offset: u64,
    /// Why it does not decode: a function of the record and the declaration, and short whatever the record holds.
    pub reason: String,
}
