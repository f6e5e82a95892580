//! How far a log has been read: the NEXT offset of each partition of each topic.

pub mod kept;
pub mod kept_if_any;

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::offset_ranges::OffsetRanges;

/// The next offset to read of every partition that was looked at. An absent partition stands at 0.
///
/// As text (tokens, `Foldline-Position`, `fingerprint`): `likes:0:120,likes:1:98`, or `-` when empty.
///
/// A position can also identify the log that it belongs to, by the topic's id per topic and a [`Witness`] per partition, and can
/// record which of the records before it were skipped. Comparisons ignore all this: two positions are equal when their next
/// offsets are. [`Position::kept`] is the text form that includes it.
///
/// ```
/// use foldline_core::position::Position;
/// let position: Position = "likes:0:120,likes:1:98".parse().unwrap();
/// assert_eq!(position.next_offset("likes", 1), 98);
/// assert_eq!(position.to_string(), "likes:0:120,likes:1:98");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Position(BTreeMap<String, Partitions>);

/// The partitions of one topic.
#[derive(Clone, Debug, Default)]
struct Partitions {
    id: Option<Arc<str>>,
    read: BTreeMap<u32, Read>,
}

impl PartialEq for Partitions {
    fn eq(&self, other: &Self) -> bool {
        self.read == other.read
    }
}

impl Eq for Partitions {}

/// How far one partition has been read.
#[derive(Clone, Debug, Default)]
struct Read {
    next_offset: u64,
    witness: Option<Witness>,
    /// Records before `next_offset` that were skipped; `None` = none.
    skipped: Option<OffsetRanges>,
}

impl PartialEq for Read {
    fn eq(&self, other: &Self) -> bool {
        self.next_offset == other.next_offset
    }
}

impl Eq for Read {}

/// A record that was read before a position. A log with another record at its offset is not the log that was read.
///
/// It is the last record that was read. Its offset is not always the position less one, which may be a transaction's marker, or
/// an offset that compaction has emptied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Witness {
    /// The record's offset.
    pub offset: u64,
    /// The record's hash.
    pub hash: u64,
}

impl Position {
    /// Returns the next offset to read.
    pub fn next_offset(&self, topic: &str, partition: u32) -> u64 {
        self.read(topic, partition).map_or(0, |read| read.next_offset)
    }

    fn read(&self, topic: &str, partition: u32) -> Option<&Read> {
        self.0.get(topic)?.read.get(&partition)
    }

    /// Sets the next offset to read. The witness, and skips, are kept as far as they lie before it.
    pub fn set(&mut self, topic: &str, partition: u32, next_offset: u64) {
        let read = self.entry(topic).read.entry(partition).or_default();
        read.next_offset = next_offset;
        read.witness = read.witness.filter(|witness| witness.offset < next_offset);
        if let Some(skipped) = read.skipped.take() {
            read.skipped = Some(skipped.below(next_offset)).filter(|skipped| !skipped.is_empty());
        }
    }

    /// Notes which records before the next offset of a partition were skipped: those of `skipped` below it.
    pub fn note_skipped(&mut self, topic: &str, partition: u32, skipped: Option<&OffsetRanges>) {
        let read = self.entry(topic).read.entry(partition).or_default();
        let below = skipped.map(|skipped| skipped.below(read.next_offset));
        read.skipped = below.filter(|skipped| !skipped.is_empty());
    }

    /// Returns which records before the next offset of a partition were skipped; `None` = none.
    pub fn skipped(&self, topic: &str, partition: u32) -> Option<&OffsetRanges> {
        self.read(topic, partition)?.skipped.as_ref()
    }

    /// Returns the partitions of a topic. Does not allocate if the topic is known.
    fn entry(&mut self, topic: &str) -> &mut Partitions {
        if !self.0.contains_key(topic) {
            self.0.insert(topic.to_owned(), Partitions::default());
        }
        self.0.get_mut(topic).expect("it was inserted above")
    }

    /// Sets the witness: the last record that was read before the next offset.
    ///
    /// # Panics
    /// Panics when the record is not before the next offset.
    pub fn witness(&mut self, topic: &str, partition: u32, witness: Witness) {
        let read = self.entry(topic).read.entry(partition).or_default();
        assert!(witness.offset < read.next_offset, "a witness stands before the position");
        read.witness = Some(witness);
    }

    /// Sets the id of the topic that was read.
    pub fn identify(&mut self, topic: &str, id: &str) {
        self.entry(topic).id = Some(id.into());
    }

    /// Replaces everything that this position holds about a topic by what `other` holds.
    pub fn replace_topic(&mut self, topic: &str, other: &Position) {
        match other.0.get(topic) {
            Some(partitions) => self.0.insert(topic.to_owned(), partitions.clone()),
            None => self.0.remove(topic),
        };
    }

    /// Returns the id of the topic that was read, if known.
    pub fn topic_id(&self, topic: &str) -> Option<&str> {
        self.0.get(topic)?.id.as_deref()
    }

    /// Returns the witnesses of a topic, by partition.
    pub fn witnesses(&self, topic: &str) -> impl Iterator<Item = (u32, Witness)> {
        let partitions = self.0.get(topic).into_iter().flat_map(|partitions| &partitions.read);
        partitions.filter_map(|(&partition, read)| Some((partition, read.witness?)))
    }

    /// Returns the text form with topic ids, witnesses and skips: `likes#ID,likes:0:120@119.HASH!30-50`. It parses back to a
    /// position, as the plain form does.
    pub fn kept(&self) -> impl fmt::Display {
        Kept(self)
    }

    /// Raises every partition to at least its offset in `other`.
    pub fn raise_to(&mut self, other: &Position) {
        for (topic, partitions) in &other.0 {
            let raised = self.entry(topic);
            raised.id = raised.id.take().or_else(|| partitions.id.clone());
            for (&partition, read) in &partitions.read {
                let raised = raised.read.entry(partition).or_default();
                if raised.next_offset < read.next_offset {
                    *raised = read.clone();
                }
            }
        }
    }

    /// Returns what both positions have passed: the smaller next offset of each partition.
    ///
    /// ```
    /// # use foldline_core::position::Position;
    /// let position = |text: &str| text.parse::<Position>().unwrap();
    /// assert_eq!(position("likes:0:5,likes:1:2").least(&position("likes:0:3")), position("likes:0:3"));
    /// ```
    #[must_use]
    pub fn least(&self, other: &Position) -> Position {
        let mut least = Position::default();
        for (topic, partitions) in &self.0 {
            for (&partition, read) in &partitions.read {
                let Some(of_other) = other.read(topic, partition) else { continue };
                let read = if of_other.next_offset < read.next_offset { of_other } else { read };
                if read.next_offset > 0 {
                    let entry = least.entry(topic);
                    entry.id.clone_from(&partitions.id);
                    entry.read.insert(partition, read.clone());
                }
            }
        }
        least
    }

    /// Returns whether everything before `other` is also before this position.
    pub fn covers(&self, other: &Position) -> bool {
        other.iter().all(|(topic, partition, next_offset)| self.next_offset(topic, partition) >= next_offset)
    }

    /// Returns the part of the position that concerns the given topics.
    pub fn of_topics<'a>(&self, topics: impl IntoIterator<Item = &'a str>) -> Position {
        let pick = |topic: &str| self.0.get(topic).map(|partitions| (topic.to_owned(), partitions.clone()));
        Position(topics.into_iter().filter_map(pick).collect())
    }

    /// Returns (topic, partition, next offset), sorted.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u32, u64)> {
        self.0.iter().flat_map(|(topic, partitions)| {
            partitions
                .read
                .iter()
                .map(move |(&partition, read)| (topic.as_str(), partition, read.next_offset))
        })
    }

    /// Returns the sum of all next offsets: the number of records before this position in logs that start at 0.
    pub fn records(&self) -> u64 {
        self.iter().map(|(_, _, next_offset)| next_offset).sum()
    }

    /// Returns whether it names no partition.
    pub fn is_empty(&self) -> bool {
        self.0.values().all(|partitions| partitions.read.is_empty())
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

/// A position as text, with topic ids, witnesses and skips.
struct Kept<'a>(&'a Position);

impl fmt::Display for Kept<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.0.is_empty() {
            return f.write_str("-");
        }
        let mut comma = "";
        for (topic, Partitions { id, read }) in &self.0.0 {
            if let Some(id) = id {
                write!(f, "{comma}{topic}#{id}")?;
                comma = ",";
            }
            for (partition, Read { next_offset, witness, skipped }) in read {
                write!(f, "{comma}{topic}:{partition}:{next_offset}")?;
                if let Some(Witness { offset, hash }) = witness {
                    write!(f, "@{offset}.{hash:016x}")?;
                }
                for Range { start, end } in skipped.iter().flat_map(OffsetRanges::iter) {
                    write!(f, "!{start}-{end}")?;
                }
                comma = ",";
            }
        }
        Ok(())
    }
}

/// A text that is not a position.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a position; use one such as `likes:0:120,likes:1:98`")]
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
            if let Some((topic, id)) = part.split_once('#') {
                if topic.is_empty() || id.is_empty() {
                    return Err(bad());
                }
                position.identify(topic, id);
                continue;
            }
            let mut pieces = part.split('!');
            let part = pieces.next().unwrap_or_default();
            let skipped: OffsetRanges = pieces.map(parse_range).collect::<Option<_>>().ok_or_else(bad)?;
            let (part, witness) = match part.split_once('@') {
                Some((part, witness)) => (part, Some(parse_witness(witness).ok_or_else(bad)?)),
                None => (part, None),
            };
            let mut fields = part.rsplitn(3, ':');
            let next_offset = fields.next().and_then(|field| field.parse().ok()).ok_or_else(bad)?;
            let partition = fields.next().and_then(|field| field.parse().ok()).ok_or_else(bad)?;
            let topic = fields.next().filter(|topic| !topic.is_empty()).ok_or_else(bad)?;
            // A partition may be named twice, as in concatenated tokens in no particular order. The higher offset counts.
            if next_offset < position.next_offset(topic, partition) {
                continue;
            }
            position.set(topic, partition, next_offset);
            if let Some(witness) = witness {
                if witness.offset >= next_offset {
                    return Err(bad());
                }
                position.witness(topic, partition, witness);
            }
            if skipped.below(next_offset) != skipped {
                return Err(bad());
            }
            position.note_skipped(topic, partition, Some(&skipped));
        }
        Ok(position)
    }
}

/// Parses a witness, `OFFSET.HASH`.
fn parse_witness(text: &str) -> Option<Witness> {
    let (offset, hash) = text.split_once('.')?;
    Some(Witness { offset: offset.parse().ok()?, hash: u64::from_str_radix(hash, 16).ok()? })
}

/// Parses a range of offsets, `FROM-TO`.
fn parse_range(text: &str) -> Option<Range<u64>> {
    let (start, end) = text.split_once('-')?;
    let range = start.parse().ok()?..end.parse().ok()?;
    (!range.is_empty()).then_some(range)
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
mod tests;
