//! `Min` and `Max`: the smallest or largest value seen.

pub mod sliding;
pub(crate) mod column;

use std::cmp::Ordering;

use super::bytes::Bytes;
use super::contract::{Aggregate, Codec};
use super::value::{Value, compare};
use crate::column::ValueRef;

const VERSION: u8 = 1;

/// The smallest value, if any was seen.
pub type Min = Extreme<false>;

/// The largest value, if any was seen.
pub type Max = Extreme<true>;

/// The smallest or the largest value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extreme<const LARGEST: bool>(Option<Value>);

impl<const LARGEST: bool> Extreme<LARGEST> {
    /// Adds a value; returns whether it is the new extreme.
    pub fn add(&mut self, value: ValueRef<'_>) -> bool {
        let beyond = if LARGEST { Ordering::Greater } else { Ordering::Less };
        // Most values change nothing, and are not copied.
        let wins = self.0.as_ref().is_none_or(|held| compare(value, held.borrowed()) == beyond);
        if wins {
            self.0 = Some(value.into());
        }
        wins
    }

    /// Returns whether no value was seen.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Returns the extreme.
    pub fn result(&self) -> Option<&Value> {
        self.0.as_ref()
    }
}

impl<const LARGEST: bool> Codec for Extreme<LARGEST> {
    fn encode(&self, out: &mut Vec<u8>) {
        out.push(VERSION);
        if let Some(value) = &self.0 {
            value.encode(out);
        }
    }

    fn encoded_len(&self) -> usize {
        1 + self.0.as_ref().map_or(0, Value::encoded_len)
    }

    fn decode(bytes: &[u8]) -> Result<Self, String> {
        let rest = Bytes::versioned(bytes, VERSION, "an extreme")?;
        Ok(Self(if bytes.len() == 1 { None } else { Some(Value::decode(rest)?) }))
    }

    fn heap_bytes(&self) -> usize {
        self.0.as_ref().map_or(0, Value::heap_bytes)
    }
}

impl<const LARGEST: bool> Aggregate for Extreme<LARGEST> {
    fn merge(&mut self, other: &Self) {
        if let Some(value) = &other.0 {
            self.add(value.borrowed());
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

    fn any_extreme<const LARGEST: bool>() -> impl Strategy<Value = Extreme<LARGEST>> {
        proptest::option::of(any_value()).prop_map(Extreme)
    }

    proptest! {
        #![proptest_config(trials::usual())]

        #[test]
        fn merge_and_encoding_keep_the_laws(
            (a, b, c) in (any_extreme::<false>(), any_extreme::<false>(), any_extreme::<false>()),
            (d, e, f) in (any_extreme::<true>(), any_extreme::<true>(), any_extreme::<true>()),
        ) {
            laws::check(&a, &b, &c);
            laws::check(&d, &e, &f);
        }

        #[test]
        fn the_extremes_are_those_of_a_sorted_list(values in proptest::collection::vec(any_value(), 1..20)) {
            let (mut min, mut max) = (Min::default(), Max::default());
            for value in &values {
                min.add(value.borrowed());
                max.add(value.borrowed());
            }
            prop_assert_eq!(min.result(), values.iter().min());
            prop_assert_eq!(max.result(), values.iter().max());
        }

        #[test]
        fn damaged_numbers_are_refused_or_canonical(value: f64, at: usize, flip in 1u8..) {
            // Texts and blobs extend to the end of the encoding, so a truncated one would be another valid value.
            let value = Extreme::<true>(Some(ValueRef::Float(value).into()));
            let bytes = laws::encoded(&value);
            for len in 2..bytes.len() {
                prop_assert!(Max::decode(&bytes[..len]).is_err());
            }
            let mut flipped = bytes;
            let at = at % flipped.len();
            flipped[at] ^= flip;
            if let Ok(value) = Max::decode(&flipped) {
                prop_assert_eq!(laws::encoded(&value), flipped);
            }
        }

        #[test]
        fn garbage_is_refused_or_canonical(mut bytes: Vec<u8>) {
            bytes.splice(0..0, [VERSION]);
            if let Ok(value) = Min::decode(&bytes) {
                prop_assert_eq!(laws::encoded(&value), bytes);
            }
        }
    }
}
