//! `#[serde(with = "position::kept")]`: a position, serialized with its topic ids, witnesses and skips.

use serde::{Deserialize, Deserializer, Serializer};

use super::Position;

/// Writes the text of [`Position::kept`].
///
/// # Errors
/// The serializer's error.
pub fn serialize<S: Serializer>(position: &Position, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&position.kept())
}

/// Reads any text form of a position.
///
/// # Errors
/// The deserializer's error, and an error for a text that is not a position.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Position, D::Error> {
    Position::deserialize(deserializer)
}
