//! `First` and `Last`: the earliest or latest value by event time. `LastOrNone` is a `Last` that may say that there is no
//! value any more.

mod kept;
pub mod sliding;
pub(crate) mod column;

use super::bytes::Bytes;
use super::contract::{Aggregate, Codec};
use super::value::Value;
pub use kept::Kept;

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

/// The latest value or statement that there is none, if any was seen.
pub type LastOrNone = Stamped<true, Option<Value>>;

/// The earliest or the latest value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamped<const LATEST: bool, K = Value>(Option<(Stamp, K)>);

impl<const LATEST: bool, K> Default for Stamped<LATEST, K> {
    fn default() -> Self {
        Self(None)
    }
}

impl<const LATEST: bool, K: Kept> Stamped<LATEST, K> {
    /// Adds a value; returns whether it is the new winner.
    pub fn add(&mut self, stamp: Stamp, value: K::Ref<'_>) -> bool {
        self.add_owned(stamp, value, K::owned)
    }

    /// Adds a value, which `own` copies if it wins.
    fn add_owned<V: Copy>(&mut self, stamp: Stamp, value: V, own: impl Fn(V) -> K) -> bool {
        let wins = match &self.0 {
            None => true,
            Some((held, _)) if stamp == *held => self.breaks_tie(&own(value)),
            Some((held, _)) => (stamp > *held) == LATEST,
        };
        if wins {
            self.0 = Some((stamp, own(value)));
        }
        wins
    }

    /// A stamp identifies one contribution, and so one value. If that were violated, merging would still have to commute.
    #[cold]
    fn breaks_tie(&self, value: &K) -> bool {
        self.0.as_ref().is_some_and(|(_, held)| value != held && (value > held) == LATEST)
    }

    /// Returns whether no value was seen.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Returns the winner, if it is a value.
    pub fn result(&self) -> Option<&Value> {
        self.0.as_ref().and_then(|(_, kept)| kept.value())
    }
}

impl<const LATEST: bool, K: Kept> Codec for Stamped<LATEST, K> {
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
        Ok(Self(Some((stamp, K::decode(rest.rest())?))))
    }

    fn heap_bytes(&self) -> usize {
        self.result().map_or(0, Value::heap_bytes)
    }
}

impl<const LATEST: bool, K: Kept> Aggregate for Stamped<LATEST, K> {
    fn merge(&mut self, other: &Self) {
        if let Some((stamp, kept)) = &other.0 {
            self.add_owned(*stamp, kept, K::clone);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::aggregate::laws;
    use crate::aggregate::value::tests::any_value;
    use crate::column::ValueRef;
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

    fn any_last_or_none() -> impl Strategy<Value = LastOrNone> {
        proptest::option::of((any_stamp(), proptest::option::of(any_value()))).prop_map(Stamped)
    }

    proptest! {
        #![proptest_config(trials::usual())]

        #[test]
        fn merge_and_encoding_keep_the_laws(
            (a, b, c) in (any_stamped::<false>(), any_stamped::<false>(), any_stamped::<false>()),
            (d, e, f) in (any_stamped::<true>(), any_stamped::<true>(), any_stamped::<true>()),
            (g, h, i) in (any_last_or_none(), any_last_or_none(), any_last_or_none()),
        ) {
            laws::check(&a, &b, &c);
            laws::check(&d, &e, &f);
            laws::check(&g, &h, &i);
        }

        #[test]
        fn garbage_is_refused_or_canonical(mut bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            bytes.splice(0..0, [VERSION]);
            if let Ok(value) = Last::decode(&bytes) {
                prop_assert_eq!(laws::encoded(&value), &bytes[..]);
            }
            if let Ok(value) = LastOrNone::decode(&bytes) {
                prop_assert_eq!(laws::encoded(&value), bytes);
            }
        }
    }

    #[test]
    fn a_later_statement_that_there_is_none_clears_the_value_and_an_earlier_one_does_not() {
        let at = |time_ms| Stamp { time_ms, topic: 0, partition: 0, offset: 0, row: 0 };
        let mut last = LastOrNone::default();
        assert!(last.add(at(5), Some(ValueRef::Int(1))));
        assert!(!last.add(at(4), None));
        assert_eq!(last.result(), Some(&Value::Int(1)));
        assert!(last.add(at(6), None));
        assert_eq!(last.result(), None);
        assert!(!last.is_empty(), "it is known that there is none");
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
