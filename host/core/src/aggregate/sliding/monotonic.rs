//! Windows whose result is the value of one pane, by a monotonic queue.
//!
//! A pane's value can be the window's result only until a newer pane has one that is at least as good. Values that still can be
//! are kept. From the oldest to the newest, each is worse than the previous one, so the first is the window's result. Every pane
//! enters once and leaves once, so a slide costs amortized O(1).

use super::form::Sliding;
use super::panes::Panes;
use crate::aggregate::bytes::Bytes;
use crate::aggregate::contract::{Aggregate, Codec};
use crate::aggregate::value::Value;

const VERSION: u8 = 1;

/// An aggregate that is one of the values it was given, or nothing.
pub trait Pick: Aggregate {
    /// The name of the windowed form in messages.
    const WINDOW: &'static str;

    /// Returns the value that was picked.
    fn picked(&self) -> Option<&Value>;

    /// Returns whether an older pane's value still counts once a newer pane has a value. Neither is empty.
    fn outlasts(&self, newer: &Self) -> bool;
}

/// The panes of a window whose values may yet be its result.
#[derive(Clone, Debug)]
pub struct Monotonic<A>(Panes<A>);

impl<A> Default for Monotonic<A> {
    fn default() -> Self {
        Self(Panes::default())
    }
}

impl<A: Pick> Monotonic<A> {
    /// Returns the window's value.
    pub fn result(&self) -> Option<&Value> {
        self.0.front().and_then(A::picked)
    }
}

impl<A: Pick> Sliding for Monotonic<A> {
    type Pane = A;

    fn expire(&mut self, first: i64) {
        self.0.drop_before(first);
    }

    fn seal(&mut self, pane: i64, value: A) {
        if value.picked().is_some() {
            self.0.drop_newest_while(|older| !older.outlasts(&value));
            self.0.push(pane, value);
        }
    }

    fn oldest(&self) -> Option<i64> {
        self.0.oldest()
    }
}

impl<A: Pick> Codec for Monotonic<A> {
    /// Version, then the kept panes.
    fn encode(&self, out: &mut Vec<u8>) {
        out.push(VERSION);
        self.0.encode(out);
    }

    fn decode(bytes: &[u8]) -> Result<Self, String> {
        let panes: Panes<A> = Panes::decode(Bytes::versioned(bytes, VERSION, A::WINDOW)?)?;
        if panes.values().any(|value| value.picked().is_none()) {
            return Err(format!("{} has a pane of nothing", A::WINDOW));
        }
        if !panes.values().zip(panes.values().skip(1)).all(|(older, newer)| older.outlasts(newer)) {
            return Err(format!("{} has a pane that no longer counts", A::WINDOW));
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
