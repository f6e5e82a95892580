//! Windows of aggregates that form a group: a pane that enters is added to the total, and subtracted when it leaves.
//!
//! This is exact, since all counts are modulo a power of two: the order of additions and subtractions does not affect the total.
//! A slide costs one of each, whatever the number of panes. A pane's value is kept until the pane leaves.

use super::form::{Group, Sliding};
use super::panes::Panes;
use crate::aggregate::bytes::Bytes;
use crate::aggregate::contract::Codec;

const VERSION: u8 = 1;

/// The panes of a window, with their total.
#[derive(Clone, Debug)]
pub struct Subtracted<A: Group> {
    panes: Panes<A::Kept>,
    /// The sum of all panes; `None` = there are none.
    total: Option<A>,
}

impl<A: Group> Default for Subtracted<A> {
    fn default() -> Self {
        Self { panes: Panes::default(), total: None }
    }
}

impl<A: Group> Subtracted<A> {
    /// Returns the sum of the window's panes; `None` = it has none.
    pub fn total(&self) -> Option<&A> {
        self.total.as_ref()
    }

    fn add(&mut self, value: &A) {
        match &mut self.total {
            Some(total) => total.merge(value),
            None => self.total = Some(value.clone()),
        }
    }
}

impl<A: Group> Sliding for Subtracted<A> {
    type Pane = A;

    fn expire(&mut self, first: i64) {
        while let Some(kept) = self.panes.pop_before(first) {
            if let Some(total) = &mut self.total {
                total.subtract(&A::kept(&kept));
            }
        }
        if self.panes.oldest().is_none() {
            self.total = None;
        }
    }

    fn seal(&mut self, pane: i64, value: A) {
        if value.is_empty() {
            return;
        }
        self.add(&value);
        self.panes.push(pane, value.keep());
    }

    fn oldest(&self) -> Option<i64> {
        self.panes.oldest()
    }
}

impl<A: Group> Codec for Subtracted<A> {
    /// Version, then the panes; the total follows from them.
    fn encode(&self, out: &mut Vec<u8>) {
        out.push(VERSION);
        self.panes.encode(out);
    }

    fn decode(bytes: &[u8]) -> Result<Self, String> {
        let panes: Panes<A::Kept> = Panes::decode(Bytes::versioned(bytes, VERSION, "a window")?)?;
        let mut window = Self::default();
        for value in panes.values().map(A::kept) {
            if value.is_empty() {
                return Err("a window has a pane of nothing".into());
            }
            if window.total().is_some_and(|total| !value.is_like(total)) {
                return Err("a window has panes of two kinds".into());
            }
            window.add(&value);
        }
        Ok(Self { panes, ..window })
    }

    fn encoded_len(&self) -> usize {
        1 + self.panes.encoded_len()
    }

    fn heap_bytes(&self) -> usize {
        self.panes.heap_bytes() + self.total.as_ref().map_or(0, A::heap_bytes)
    }
}
