//! `#[serde(with = "position::kept")]`: a position that is written down with its ids, witnesses and
//! what was skipped.

use serde::{Deserialize, Deserializer, Serializer};

use super::Position;

/// Writes the text of [`Position::kept`].
///
/// # Errors
/// What the serializer says.
pub fn serialize<S: Serializer>(position: &Position, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&position.kept())
}

/// Reads any text of a position.
///
/// # Errors
/// What the deserializer says, and for a text that is no position.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Position, D::Error> {
    Position::deserialize(deserializer)
}
