//! `First` and `Last`: the earliest or latest value by event time.

pub mod sliding;
pub(crate) mod column;

use super::bytes::Bytes;
use super::contract::{Aggregate, Codec};
use super::value::Value;
use crate::column::ValueRef;

const VERSION: u8 = 1;

/// When a contribution happened, then its place in the log: a total order over all contributions to a table.
///
/// Ties in time are broken by topic, partition, offset and row, in this order, so that replays agree on the winner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stamp {
    /// Event time in milliseconds since the Unix epoch.
    pub time_ms: i64,
    /// Rank of the logical topic's name among the reducer's sorted input topics.
    pub topic: u16,
    /// The record's partition.
    pub partition: u32,
    /// The record's offset.
    pub offset: u64,
    /// The number of the contribution among those of its record to this table.
    pub row: u32,
}

/// The earliest value, if any was seen.
pub type First = Stamped<false>;

/// The latest value, if any was seen.
pub type Last = Stamped<true>;

/// The earliest or the latest value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stamped<const LATEST: bool>(Option<(Stamp, Value)>);

impl<const LATEST: bool> Stamped<LATEST> {
    /// Adds a value; returns whether it is the new winner.
    pub fn add(&mut self, stamp: Stamp, value: ValueRef<'_>) -> bool {
        let wins = match &self.0 {
            None => true,
            Some((held, _)) if stamp == *held => self.breaks_tie(value),
            Some((held, _)) => (stamp > *held) == LATEST,
        };
        if wins {
            self.0 = Some((stamp, value.into()));
        }
        wins
    }

    /// A stamp identifies one contribution, and so one value. If that were violated, merging would still have to commute.
    #[cold]
    fn breaks_tie(&self, value: ValueRef<'_>) -> bool {
        let value = Value::from(value);
        self.0.as_ref().is_some_and(|(_, held)| value != *held && (value > *held) == LATEST)
    }

    /// Returns whether no value was seen.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Returns the winner.
    pub fn result(&self) -> Option<&Value> {
        self.0.as_ref().map(|(_, value)| value)
    }
}

impl<const LATEST: bool> Codec for Stamped<LATEST> {
    fn encode(&self, out: &mut Vec<u8>) {
        out.push(VERSION);
        let Some((stamp, value)) = &self.0 else { return };
        out.extend_from_slice(&stamp.time_ms.to_le_bytes());
        out.extend_from_slice(&stamp.topic.to_le_bytes());
        out.extend_from_slice(&stamp.partition.to_le_bytes());
        out.extend_from_slice(&stamp.offset.to_le_bytes());
        out.extend_from_slice(&stamp.row.to_le_bytes());
        value.encode(out);
    }

    fn encoded_len(&self) -> usize {
        /// Time, topic, partition, offset and row.
        const STAMP_BYTES: usize = 8 + 2 + 4 + 8 + 4;
        1 + self.0.as_ref().map_or(0, |(_, value)| STAMP_BYTES + value.encoded_len())
    }

    fn decode(bytes: &[u8]) -> Result<Self, String> {
        let mut rest = Bytes::versioned(bytes, VERSION, "a stamped value")?;
        if bytes.len() == 1 {
            return Ok(Self(None));
        }
        let stamp = Stamp {
            time_ms: i64::from_le_bytes(rest.array()?),
            topic: u16::from_le_bytes(rest.array()?),
            partition: u32::from_le_bytes(rest.array()?),
            offset: u64::from_le_bytes(rest.array()?),
            row: u32::from_le_bytes(rest.array()?),
        };
        Ok(Self(Some((stamp, Value::decode(rest)?))))
    }

    fn heap_bytes(&self) -> usize {
        self.0.as_ref().map_or(0, |(_, value)| value.heap_bytes())
    }
}

impl<const LATEST: bool> Aggregate for Stamped<LATEST> {
    fn merge(&mut self, other: &Self) {
        if let Some((stamp, value)) = &other.0 {
            self.add(*stamp, value.borrowed());
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::aggregate::laws;
    use crate::aggregate::value::tests::any_value;
    use crate::trials;

    /// Few stamps, so that ties occur at every level of the order.
    fn any_stamp() -> impl Strategy<Value = Stamp> {
        (-1i64..2, 0u16..2, 0u32..2, 0u64..2, 0u32..2).prop_map(|(time_ms, topic, partition, offset, row)| {
            Stamp { time_ms, topic, partition, offset, row }
        })
    }

    fn any_stamped<const LATEST: bool>() -> impl Strategy<Value = Stamped<LATEST>> {
        proptest::option::of((any_stamp(), any_value())).prop_map(Stamped)
    }

    proptest! {
        #![proptest_config(trials::usual())]

        #[test]
        fn merge_and_encoding_keep_the_laws(
            (a, b, c) in (any_stamped::<false>(), any_stamped::<false>(), any_stamped::<false>()),
            (d, e, f) in (any_stamped::<true>(), any_stamped::<true>(), any_stamped::<true>()),
        ) {
            laws::check(&a, &b, &c);
            laws::check(&d, &e, &f);
        }

        #[test]
        fn garbage_is_refused_or_canonical(mut bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            bytes.splice(0..0, [VERSION]);
            if let Ok(value) = Last::decode(&bytes) {
                prop_assert_eq!(laws::encoded(&value), bytes);
            }
        }
    }

    #[test]
    fn ties_in_time_fall_to_topic_then_partition_then_offset_then_row() {
        let lowest = Stamp { time_ms: 5, topic: 1, partition: 1, offset: 1, row: 1 };
        let rising = [
            lowest,
            Stamp { row: 2, ..lowest },
            Stamp { offset: 2, row: 0, ..lowest },
            Stamp { partition: 2, offset: 0, row: 0, ..lowest },
            Stamp { topic: 2, partition: 0, offset: 0, row: 0, ..lowest },
            Stamp { time_ms: 6, topic: 0, partition: 0, offset: 0, row: 0 },
        ];
        for (earlier, later) in rising.iter().zip(&rising[1..]) {
            let (mut first, mut last) = (First::default(), Last::default());
            for (stamp, value) in [(later, 2), (earlier, 1)] {
                first.add(*stamp, ValueRef::Int(value));
                last.add(*stamp, ValueRef::Int(value));
            }
            assert_eq!(first.result(), Some(&Value::Int(1)));
            assert_eq!(last.result(), Some(&Value::Int(2)));
        }
    }
}
