//! `First` and `Last` over a window.
//!
//! Panes are slices of event time, and stamps are ordered by event time first, so everything in an older pane comes
//! before everything in a newer one. The first of a window is therefore that of its oldest pane, and the firsts of all panes
//! are kept. The last is that of its newest pane, and nothing else is kept, so there is no queue.

use std::fmt::Debug;

use super::{First, Kept, Stamped};
use crate::aggregate::bytes::Bytes;
use crate::aggregate::contract::{Aggregate, Codec};
use crate::aggregate::sliding::form::Sliding;
use crate::aggregate::sliding::monotonic::{Monotonic, Pick};
use crate::aggregate::value::Value;

const VERSION: u8 = 1;

/// The window form of a stamped value, which differs between `First` and `Last`.
pub(crate) trait OverWindows: Aggregate {
    /// The window form.
    type Window: Sliding<Pane = Self> + Clone + Debug + Default;

    /// Returns the value that a window shows.
    fn of_window(window: &Self::Window) -> Option<&Value>;
}

impl OverWindows for First {
    type Window = SlidingFirst;

    fn of_window(window: &SlidingFirst) -> Option<&Value> {
        window.result()
    }
}

impl<K: Kept> OverWindows for Stamped<true, K> {
    type Window = SlidingLast<K>;

    fn of_window(window: &SlidingLast<K>) -> Option<&Value> {
        window.result()
    }
}

/// The earliest value in a window: one for each pane that has any.
pub type SlidingFirst = Monotonic<First>;

impl Pick for First {
    const WINDOW: &'static str = "a window's First";

    fn picked(&self) -> Option<&Value> {
        self.result()
    }

    /// A newer pane never has an earlier value.
    fn outlasts(&self, _newer: &Self) -> bool {
        true
    }
}

/// The latest value in a window, with its pane.
#[derive(Clone, Debug)]
pub struct SlidingLast<K = Value>(Option<(i64, Stamped<true, K>)>);

impl<K> Default for SlidingLast<K> {
    fn default() -> Self {
        Self(None)
    }
}

impl<K: Kept> SlidingLast<K> {
    /// Returns the latest value.
    pub fn result(&self) -> Option<&Value> {
        self.0.as_ref().and_then(|(_, last)| last.result())
    }
}

impl<K: Kept> Sliding for SlidingLast<K> {
    type Pane = Stamped<true, K>;

    fn expire(&mut self, first: i64) {
        self.0.take_if(|(pane, _)| *pane < first);
    }

    fn seal(&mut self, pane: i64, value: Stamped<true, K>) {
        if value.is_empty() {
            return;
        }
        if let Some((newest, _)) = &self.0 {
            assert!(*newest < pane, "pane {pane} was sealed after pane {newest}");
        }
        self.0 = Some((pane, value));
    }

    fn oldest(&self) -> Option<i64> {
        self.0.as_ref().map(|(pane, _)| *pane)
    }
}

impl<K: Kept> Codec for SlidingLast<K> {
    /// Version, and a byte that says whether there is a value; if so, the pane and its value.
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&[VERSION, u8::from(self.0.is_some())]);
        if let Some((pane, last)) = &self.0 {
            out.extend_from_slice(&pane.to_le_bytes());
            last.encode(out);
        }
    }

    fn decode(bytes: &[u8]) -> Result<Self, String> {
        let mut rest = Bytes::versioned(bytes, VERSION, "a window's last")?;
        match rest.u8()? {
            0 => return rest.end().map(|()| Self(None)),
            1 => {}
            other => return Err(format!("a window has {other} lasts")),
        }
        let pane = i64::from_le_bytes(rest.array()?);
        let last = Stamped::decode(rest.rest())?;
        match last.is_empty() {
            true => Err("a window's last is nothing".into()),
            false => Ok(Self(Some((pane, last)))),
        }
    }

    fn encoded_len(&self) -> usize {
        2 + self.0.as_ref().map_or(0, |(_, last)| size_of::<i64>() + last.encoded_len())
    }

    fn heap_bytes(&self) -> usize {
        self.0.as_ref().map_or(0, |(_, last)| last.heap_bytes())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::aggregate::first_last::{Stamp, Stamped};
    use crate::aggregate::sliding::laws::{self, any_run};
    use crate::column::ValueRef;
    use crate::trials;

    /// Times within the pane; offsets in any order.
    fn stamped<const LATEST: bool>(pane: i64, values: &[(i64, u64, i64)]) -> Stamped<LATEST> {
        let mut stamped = Stamped::default();
        for &(time, offset, value) in values {
            let stamp = Stamp { time_ms: pane * 10 + time, topic: 0, partition: 0, offset, row: 0 };
            stamped.add(stamp, ValueRef::Int(value));
        }
        stamped
    }

    proptest! {
        #![proptest_config(trials::usual())]

        #[test]
        fn a_window_holds_what_its_panes_hold(run in any_run((0i64..10, any::<u64>(), 0i64..50))) {
            let result = |value: Option<&Value>| value.cloned();
            laws::check(
                SlidingFirst::default(),
                &run,
                stamped,
                |window| result(window.result()),
                |plain| result(plain.result()),
            );
            laws::check(
                SlidingLast::<Value>::default(),
                &run,
                stamped,
                |window| result(window.result()),
                |plain| result(plain.result()),
            );
        }
    }
}
