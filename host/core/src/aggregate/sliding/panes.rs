//! A queue of panes, each with its contribution to windows.

use std::collections::VecDeque;

use crate::aggregate::bytes::{Bytes, push_varint, varint_len};
use crate::aggregate::contract::Codec;

/// Panes in rising order; those that add nothing are left out.
#[derive(Clone, Debug)]
pub(super) struct Panes<A> {
    queue: VecDeque<(i64, A)>,
    /// The sum of [`Codec::heap_bytes`] over all values.
    outside_bytes: usize,
}

impl<A> Default for Panes<A> {
    fn default() -> Self {
        Self { queue: VecDeque::new(), outside_bytes: 0 }
    }
}

impl<A: Codec> Panes<A> {
    /// Appends a pane.
    ///
    /// # Panics
    /// Panics when it is not newer than all before: each pane is sealed once, in order.
    pub(super) fn push(&mut self, pane: i64, value: A) {
        if let Some((newest, _)) = self.queue.back() {
            assert!(*newest < pane, "pane {pane} was sealed after pane {newest}");
        }
        if self.queue.len() == self.queue.capacity() {
            // By half, not by doubling: every row has such a queue.
            self.queue.reserve_exact((self.queue.len() / 2).max(1));
        }
        self.outside_bytes += value.heap_bytes();
        self.queue.push_back((pane, value));
    }

    /// Removes and returns the oldest value if its pane is before `first`.
    pub(super) fn pop_before(&mut self, first: i64) -> Option<A> {
        match self.queue.front() {
            Some((pane, _)) if *pane < first => {}
            _ => return None,
        }
        let (_, value) = self.queue.pop_front()?;
        Some(self.released(value))
    }

    /// Drops all values whose panes are before `first`.
    pub(super) fn drop_before(&mut self, first: i64) {
        while self.pop_before(first).is_some() {}
    }

    /// Drops the newest values while `drop` returns true.
    pub(super) fn drop_newest_while(&mut self, drop: impl Fn(&A) -> bool) {
        while let Some((_, value)) = self.queue.pop_back_if(|(_, value)| drop(value)) {
            self.released(value);
        }
    }

    fn released(&mut self, value: A) -> A {
        self.outside_bytes -= value.heap_bytes();
        if self.queue.len() * 4 <= self.queue.capacity() {
            self.queue.shrink_to(self.queue.len() * 2);
        }
        value
    }

    /// Returns the oldest pane.
    pub(super) fn oldest(&self) -> Option<i64> {
        self.queue.front().map(|(pane, _)| *pane)
    }

    /// Returns the oldest pane's value.
    pub(super) fn front(&self) -> Option<&A> {
        self.queue.front().map(|(_, value)| value)
    }

    /// Returns all values, the oldest first.
    pub(super) fn values(&self) -> impl DoubleEndedIterator<Item = &A> {
        self.queue.iter().map(|(_, value)| value)
    }

    /// Appends the number of panes; the first pane; then, for each pane, its distance from the previous one, the length of its
    /// value, and the value. All numbers except the first pane are varints.
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        push_varint(out, self.queue.len() as u64);
        if let Some(first) = self.oldest() {
            out.extend_from_slice(&first.to_le_bytes());
        }
        self.each_distance(|distance, value| {
            push_varint(out, distance);
            push_varint(out, value.encoded_len() as u64);
            value.encode(out);
        });
    }

    /// Returns how many bytes [`Panes::encode`] appends.
    pub(super) fn encoded_len(&self) -> usize {
        let mut len = varint_len(self.queue.len() as u64);
        if !self.queue.is_empty() {
            len += size_of::<i64>();
        }
        self.each_distance(|distance, value| {
            let value_len = value.encoded_len();
            len += varint_len(distance) + varint_len(value_len as u64) + value_len;
        });
        len
    }

    fn each_distance(&self, mut each: impl FnMut(u64, &A)) {
        let mut before = self.oldest().unwrap_or_default();
        for (pane, value) in &self.queue {
            each(pane.wrapping_sub(before) as u64, value);
            before = *pane;
        }
    }

    /// Reads what [`Panes::encode`] wrote, to the end.
    pub(super) fn decode(mut bytes: Bytes<'_>) -> Result<Self, String> {
        let len = bytes.varint()?;
        let mut panes = Self::default();
        let mut pane = match len {
            0 => 0,
            _ => i64::from_le_bytes(bytes.array()?),
        };
        for nth in 0..len {
            let distance = bytes.varint()?;
            if (distance == 0) != (nth == 0) {
                return Err(format!("pane {nth} of a window is {distance} after the previous one"));
            }
            let Some(next) = pane.checked_add_unsigned(distance) else {
                return Err(format!("pane {nth} of a window is beyond all panes"));
            };
            pane = next;
            let value_len = usize::try_from(bytes.varint()?).unwrap_or(usize::MAX);
            panes.push(pane, A::decode(bytes.take(value_len)?)?);
        }
        bytes.end()?;
        panes.queue.shrink_to_fit();
        Ok(panes)
    }

    /// Returns the memory held outside the queue itself, in bytes.
    pub(super) fn heap_bytes(&self) -> usize {
        self.queue.capacity() * size_of::<(i64, A)>() + self.outside_bytes
    }
}
