//! Ids with their values, in rank order.

use std::cmp::Ordering;

use crate::aggregate::bytes::Bytes;
use crate::aggregate::ids::Ids;
use crate::aggregate::json;

/// The largest k. A row with the longest list of the longest ids takes half a megabyte.
pub const K_MAX: u32 = 1_000;

/// The longest id, as long as the longest key of a table: most ids are keys somewhere.
pub const ID_BYTES_MAX: usize = 512;

/// Checks a declared k.
///
/// # Errors
/// Names the allowed values.
pub fn check_k(k: u32) -> Result<(), String> {
    match k {
        1..=K_MAX => Ok(()),
        _ => Err(format!("a TopK keeps 1 to {K_MAX} values, not {k}")),
    }
}

/// An id with its value.
#[derive(Clone, Debug)]
pub(super) struct Ranked {
    pub(super) value: i64,
    pub(super) id: Box<str>,
}

impl Ranked {
    /// Returns the sort key of the entry.
    pub(super) fn rank(&self) -> (i64, &str) {
        (self.value, &self.id)
    }
}

/// Orders (value, id) by rank. Better ones are less, because they come first.
#[inline]
pub(super) fn compare_ranks(left: (i64, &str), right: (i64, &str)) -> Ordering {
    right.0.cmp(&left.0).then_with(|| left.1.cmp(right.1))
}

/// Returns the best k of two lists, each with the best first and each id once. Merges both lists, and keeps the first entry of
/// each id.
pub(super) fn merge_ranked<'a, T: Copy>(
    left: impl ExactSizeIterator<Item = T>,
    right: impl ExactSizeIterator<Item = T>,
    k: usize,
    rank: impl Fn(T) -> (i64, &'a str),
) -> Vec<T> {
    let len_max = left.len() + right.len();
    let mut seen = Ids::with_room(len_max);
    let mut merged = Vec::with_capacity(len_max.min(k));
    let (mut left, mut right) = (left.peekable(), right.peekable());
    while merged.len() < k {
        let best = match (left.peek(), right.peek()) {
            (Some(&ours), Some(&theirs)) if compare_ranks(rank(ours), rank(theirs)).is_le() => left.next(),
            (_, Some(_)) => right.next(),
            _ => left.next(),
        };
        let Some(best) = best else { break };
        let (_, id) = rank(best);
        let place = seen.place(id);
        if place.is_none() {
            *place = Some((id, ()));
            merged.push(best);
        }
    }
    merged
}

/// Returns ids and values as JSON.
pub(super) fn result_of<'a>(entries: impl Iterator<Item = (&'a str, i64)>) -> String {
    use std::fmt::Write;
    let mut out = String::from("[");
    for (id, value) in entries {
        out.push_str(if out.len() == 1 { "{\"id\":" } else { ",{\"id\":" });
        json::push_string(&mut out, id);
        write!(out, ",\"value\":{value}}}").expect("a String takes everything");
    }
    out.push(']');
    out
}

/// Appends an id: its length in two bytes, little-endian, then its bytes.
pub(super) fn encode_id(id: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(&(id.len() as u16).to_le_bytes());
    out.extend_from_slice(id.as_bytes());
}

/// Reads what [`encode_id`] wrote.
pub(super) fn decode_id(bytes: &mut Bytes<'_>) -> Result<Box<str>, String> {
    let len = usize::from(u16::from_le_bytes(bytes.array()?));
    if !(1..=ID_BYTES_MAX).contains(&len) {
        return Err(format!("an id has {len} bytes"));
    }
    let id = std::str::from_utf8(bytes.take(len)?).map_err(|error| format!("an id is not UTF-8: {error}"))?;
    Ok(id.into())
}
