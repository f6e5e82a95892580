//! A record that does not decode.

/// A record that does not decode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undecodable {
    /// The record's offset.
    pub offset: u64,
    /// Why: a function of the record and the declaration, short whatever the record holds.
    pub reason: String,
}
