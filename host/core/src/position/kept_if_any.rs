//! `#[serde(with = "position::kept_if_any")]`: the same where there may be none.

use serde::{Deserialize, Deserializer, Serializer};

use super::Position;

/// Writes the text of [`Position::kept`], or nothing.
///
/// # Errors
/// What the serializer says.
pub fn serialize<S: Serializer>(position: &Option<Position>, serializer: S) -> Result<S::Ok, S::Error> {
    match position {
        Some(position) => serializer.serialize_some(&position.kept().to_string()),
        None => serializer.serialize_none(),
    }
}

/// Reads any text of a position, or nothing.
///
/// # Errors
/// What the deserializer says, and for a text that is no position.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Position>, D::Error> {
    Option::deserialize(deserializer)
}
