//! `#[serde(with = "position::kept_if_any")]`: the same for an optional position.

use serde::{Deserialize, Deserializer, Serializer};

use super::Position;

/// Writes the text of [`Position::kept`], or nothing.
///
/// # Errors
/// The serializer's error.
pub fn serialize<S: Serializer>(position: &Option<Position>, serializer: S) -> Result<S::Ok, S::Error> {
    match position {
        Some(position) => serializer.serialize_some(&position.kept().to_string()),
        None => serializer.serialize_none(),
    }
}

/// Reads any text form of a position, or nothing.
///
/// # Errors
/// The deserializer's error, and an error for a text that is not a position.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Position>, D::Error> {
    Option::deserialize(deserializer)
}
