//! `Min` and `Max` over a window: by a monotonic queue.
//!
//! A pane's extreme can only be the window's as long as no newer pane has one at least as good. Those that can are kept:
//! from the oldest to the newest each is worse than the one before, so that the first is the window's. Every pane enters
//! once and leaves once: a slide costs O(1), spread over slides. Of n panes in random order about ln n are kept, n at
//! most.

use std::cmp::Ordering;

use super::Sliding;
use super::panes::Panes;
use crate::aggregate::Value;
use crate::aggregate::bytes::Bytes;
use crate::aggregate::min_max::Extreme;
use crate::aggregate::value::compare;

const VERSION: u8 = 1;

/// The smallest value in a window.
pub type SlidingMin = SlidingExtreme<false>;

/// The largest value in a window.
pub type SlidingMax = SlidingExtreme<true>;

/// The value at one end of the order, over a window.
#[derive(Clone, Debug, Default)]
pub struct SlidingExtreme<const LARGEST: bool>(Panes<Extreme<LARGEST>>);

impl<const LARGEST: bool> SlidingExtreme<LARGEST> {
    /// Returns the extreme.
    pub fn result(&self) -> Option<&Value> {
        self.0.front().and_then(Extreme::result)
    }
}

/// Says whether an older pane's extreme still counts beside a newer one's.
fn beats<const LARGEST: bool>(older: &Extreme<LARGEST>, newer: &Extreme<LARGEST>) -> bool {
    let beyond = if LARGEST { Ordering::Greater } else { Ordering::Less };
    match (older.result(), newer.result()) {
        (Some(older), Some(newer)) => compare(older.borrowed(), newer.borrowed()) == beyond,
        (older, _) => older.is_some(),
    }
}

impl<const LARGEST: bool> Sliding for SlidingExtreme<LARGEST> {
    type Pane = Extreme<LARGEST>;

    fn expire(&mut self, first: i64) {
        self.0.drop_before(first);
    }

    fn seal(&mut self, pane: i64, value: Extreme<LARGEST>) {
        if !value.is_empty() {
            self.0.drop_newest_while(|older| !beats(older, &value));
            self.0.push(pane, value);
        }
    }

    fn oldest(&self) -> Option<i64> {
        self.0.oldest()
    }

    /// Version, then the panes that are kept.
    fn encode(&self, out: &mut Vec<u8>) {
        out.push(VERSION);
        self.0.encode(out);
    }

    fn decode(bytes: &[u8]) -> Result<Self, String> {
        let panes: Panes<Extreme<LARGEST>> =
            Panes::decode(Bytes::versioned(bytes, VERSION, "a window's extremes")?)?;
        if panes.values().any(Extreme::is_empty) {
            return Err("a window's extremes have one of nothing".into());
        }
        if !panes.values().zip(panes.values().skip(1)).all(|(older, newer)| beats(older, newer)) {
            return Err("a window's extremes have one that no longer counts".into());
        }
        Ok(Self(panes))
    }

    fn encoded_len(&self) -> usize {
        1 + self.0.encoded_len()
    }

    fn heap_bytes(&self) -> usize {
        self.0.heap_bytes()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::aggregate::sliding::laws::{self, any_life};
    use crate::aggregate::value::tests::any_value;

    fn extreme<const LARGEST: bool>(values: &[Value]) -> Extreme<LARGEST> {
        let mut extreme = Extreme::default();
        values.iter().for_each(|value| {
            extreme.add(value.borrowed());
        });
        extreme
    }

    proptest! {
        #[test]
        fn a_window_holds_what_its_panes_hold(
            life in any_life(prop_oneof![(0i64..5).prop_map(Value::Int), any_value()]),
        ) {
            let result = |value: Option<&Value>| value.cloned();
            laws::check(
                SlidingMin::default(),
                &life,
                |_, values| extreme(values),
                |window| result(window.result()),
                |plain| result(plain.result()),
            );
            laws::check(
                SlidingMax::default(),
                &life,
                |_, values| extreme(values),
                |window| result(window.result()),
                |plain| result(plain.result()),
            );
        }
    }
}
