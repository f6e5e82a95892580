//! The owner of a block: log and topic get random ids when they are created, and every block holds a mark of the log, topic
//! and partition that it was written for.
//!
//! Only the mark exposes a file that was copied over another one: its checksums are all right.

use std::fmt;
use std::io::{self, Read};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use xxhash_rust::xxh3::Xxh3;

use super::header::{BlockHeader, UNMARKED};
use foldline_base::planted::{Bug, is_planted};

/// The id of a log, or of a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Id(pub(super) [u8; 16]);

impl Id {
    /// Returns a new random id.
    pub(super) fn new() -> io::Result<Self> {
        let mut bytes = [0; 16];
        std::fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
        Ok(Self(bytes))
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl FromStr for Id {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_hex = text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let number = is_hex.then(|| u128::from_str_radix(text, 16).ok()).flatten();
        number.map(|number| Self(number.to_be_bytes())).ok_or_else(|| format!("`{text}` is not an id"))
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// The owner of a file's blocks: a partition of a topic of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Owner {
    /// The mark in its blocks.
    pub(super) mark: u32,
    /// Blocks of version 1 have no mark. Beyond this offset there are none.
    unmarked_until: u64,
}

impl Owner {
    /// Returns the owner of a partition's blocks.
    pub(super) fn new(log: Id, topic: Id, partition: u32, unmarked_until: u64) -> Self {
        let mut hash = Xxh3::new();
        hash.update(&log.0);
        hash.update(&topic.0);
        hash.update(&partition.to_le_bytes());
        // Half of the hash is enough.
        Self { mark: hash.digest() as u32, unmarked_until }
    }

    /// Returns this owner, without blocks of version 1 beyond offset `until`.
    pub(super) fn without_unmarked(self, until: u64) -> Self {
        Self { unmarked_until: until, ..self }
    }

    /// Returns whether a block may be in a file of this owner.
    pub(super) fn owns(&self, header: &BlockHeader) -> bool {
        match header.version {
            _ if is_planted(Bug::OwnerNotAsked) => true,
            // A seal at the end of version 1 holds no records.
            UNMARKED => header.next_offset() <= self.unmarked_until,
            _ => header.owner == self.mark,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_its_text() {
        let id = Id::new().unwrap();
        assert_ne!(id, Id::new().unwrap());
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(Id([0xAB; 16]).to_string(), "ab".repeat(16));
        for text in
            ["", "a", &"g".repeat(32), &"a".repeat(33), &"A".repeat(32), &format!("+{}", "a".repeat(31))]
        {
            assert!(text.parse::<Id>().is_err(), "{text}");
        }
    }

    #[test]
    fn logs_topics_and_partitions_have_marks_of_their_own() {
        let mark = |log, topic, partition| Owner::new(Id([log; 16]), Id([topic; 16]), partition, 0).mark;
        let marks = [mark(1, 2, 0), mark(1, 2, 1), mark(1, 3, 0), mark(2, 2, 0), mark(2, 1, 0)];
        assert!(marks.iter().all(|mark| marks.iter().filter(|other| *other == mark).count() == 1));
        // The mark is on disk, so it must never change.
        assert_eq!(mark(1, 2, 0), 0x738A_EA41);
    }
}
