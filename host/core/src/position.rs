//! How far a log was read: for each partition of each topic the NEXT offset to read.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The next offset to read of every partition that was looked at; what is absent stands at 0.
///
/// As text (tokens, `Foldline-Position`, `fingerprint`): `likes:0:120,likes:1:98`, or `-` when empty.
///
/// ```
/// use foldline_core::position::Position;
/// let position: Position = "likes:0:120,likes:1:98".parse().unwrap();
/// assert_eq!(position.next_offset("likes", 1), 98);
/// assert_eq!(position.to_string(), "likes:0:120,likes:1:98");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Position(BTreeMap<String, BTreeMap<u32, u64>>);

impl Position {
    /// Returns the next offset to read.
    pub fn next_offset(&self, topic: &str, partition: u32) -> u64 {
        self.0.get(topic).and_then(|partitions| partitions.get(&partition)).copied().unwrap_or(0)
    }

    /// Sets the next offset to read.
    pub fn set(&mut self, topic: &str, partition: u32, next_offset: u64) {
        match self.0.get_mut(topic) {
            Some(partitions) => partitions.insert(partition, next_offset),
            None => self.0.entry(topic.to_owned()).or_default().insert(partition, next_offset),
        };
    }

    /// Raises every partition to at least what `other` shows.
    pub fn raise_to(&mut self, other: &Position) {
        for (topic, partition, next_offset) in other.iter() {
            if next_offset > self.next_offset(topic, partition) {
                self.set(topic, partition, next_offset);
            }
        }
    }

    /// Returns what both positions have passed: of each partition the smaller next offset.
    ///
    /// ```
    /// # use foldline_core::position::Position;
    /// let position = |text: &str| text.parse::<Position>().unwrap();
    /// assert_eq!(position("likes:0:5,likes:1:2").least(&position("likes:0:3")), position("likes:0:3"));
    /// ```
    #[must_use]
    pub fn least(&self, other: &Position) -> Position {
        let mut least = Position::default();
        for (topic, partition, next_offset) in self.iter() {
            let next_offset = next_offset.min(other.next_offset(topic, partition));
            if next_offset > 0 {
                least.set(topic, partition, next_offset);
            }
        }
        least
    }

    /// Returns whether everything before `other` is also before this position.
    pub fn covers(&self, other: &Position) -> bool {
        other.iter().all(|(topic, partition, next_offset)| self.next_offset(topic, partition) >= next_offset)
    }

    /// Returns only the given topics' part.
    pub fn of_topics<'a>(&self, topics: impl IntoIterator<Item = &'a str>) -> Position {
        let pick = |topic: &str| self.0.get(topic).map(|partitions| (topic.to_owned(), partitions.clone()));
        Position(topics.into_iter().filter_map(pick).collect())
    }

    /// Returns (topic, partition, next offset), sorted.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u32, u64)> {
        self.0.iter().flat_map(|(topic, partitions)| {
            partitions.iter().map(move |(&partition, &next_offset)| (topic.as_str(), partition, next_offset))
        })
    }

    /// Returns the sum of all next offsets: the number of records before this position in logs that start at 0.
    pub fn records(&self) -> u64 {
        self.iter().map(|(_, _, next_offset)| next_offset).sum()
    }

    /// Returns whether no partition is named.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("-");
        }
        for (i, (topic, partition, next_offset)) in self.iter().enumerate() {
            let comma = if i == 0 { "" } else { "," };
            write!(f, "{comma}{topic}:{partition}:{next_offset}")?;
        }
        Ok(())
    }
}

/// A text that is no position.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no position; one looks like `likes:0:120,likes:1:98`")]
pub struct BadPosition(String);

impl FromStr for Position {
    type Err = BadPosition;

    fn from_str(text: &str) -> Result<Self, BadPosition> {
        let bad = || BadPosition(text.to_owned());
        let mut position = Position::default();
        if text == "-" {
            return Ok(position);
        }
        for part in text.split(',') {
            let mut fields = part.rsplitn(3, ':');
            let next_offset = fields.next().and_then(|field| field.parse().ok()).ok_or_else(bad)?;
            let partition = fields.next().and_then(|field| field.parse().ok()).ok_or_else(bad)?;
            let topic = fields.next().filter(|topic| !topic.is_empty()).ok_or_else(bad)?;
            position.set(topic, partition, next_offset);
        }
        Ok(position)
    }
}

impl Serialize for Position {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Position {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_covers_another_only_when_no_partition_is_behind() {
        let ahead: Position = "a:0:5,a:1:5".parse().unwrap();
        let behind: Position = "a:0:5,a:1:4".parse().unwrap();
        assert!(ahead.covers(&behind));
        assert!(!behind.covers(&ahead));
        assert!(ahead.covers(&Position::default()));
        assert!(!Position::default().covers(&ahead));
    }

    #[test]
    fn text_round_trips() {
        for text in ["-", "likes:0:1", "prod.likes:0:1,prod.likes:11:99"] {
            assert_eq!(text.parse::<Position>().unwrap().to_string(), text);
        }
        for text in ["", "likes", "likes:0", "likes:x:1", ":0:1"] {
            assert!(text.parse::<Position>().is_err(), "{text}");
        }
    }
}
