//! `TopK`: the k largest values of distinct ids.
//!
//! An id's value is the largest that it was given. Ids rank by value, the larger first, and then by the bytes of the id,
//! the smaller first: a total order, so that it is never left open which of two equals is the last that is kept.
//!
//! Nothing beyond rank k is remembered, and nothing of it is missed. Call S's ranking that of all contributions in S,
//! top(S) its first k, and let T be other contributions. Then **top(S ∪ T) = top(top(S) ∪ top(T))**:
//!
//! - Let an id be in top(S ∪ T), and its largest value there come from S (or else from T, by symmetry). Whatever ranks
//!   above it in S has at least as large a value in S ∪ T and ranks above it there too. So fewer than k ids are above
//!   it in S, and top(S) has it with its full value.
//! - So all ids of top(S ∪ T) are in top(S) ∪ top(T) with their full values, and every other id is there with at most
//!   its full value, which ranks below theirs.
//!
//! Hence merging is commutative and associative bit for bit, and a state follows from the set of contributions.

use std::cmp::Ordering;

use super::Aggregate;
use super::bytes::Bytes;
use super::ids::Ids;
use super::json;

const VERSION: u8 = 1;

/// A row of the longest list of the longest ids has half a megabyte.
pub const K_MAX: u32 = 1_000;

/// As many as a table's key may have: most ids are keys somewhere.
pub const ID_BYTES_MAX: usize = 512;

/// Entries of another list up to which inserting them one by one is the quicker way to merge.
const FEW: usize = 8;

/// Checks a declared k.
///
/// # Errors
/// Says which are allowed.
pub fn check_k(k: u32) -> Result<(), String> {
    match k {
        1..=K_MAX => Ok(()),
        _ => Err(format!("a TopK keeps 1 to {K_MAX} values, not {k}")),
    }
}

/// The k largest values of distinct ids: see the [module](self).
///
/// ```
/// use foldline_core::aggregate::TopK;
/// let mut best = TopK::new(2);
/// for (id, value) in [("ann", 3), ("bob", 5), ("cid", 4), ("ann", 9)] {
///     best.insert(id, value);
/// }
/// assert_eq!(best.result(), r#"[{"id":"ann","value":9},{"id":"bob","value":5}]"#);
/// ```
#[derive(Clone, Debug)]
pub struct TopK {
    /// The best first.
    entries: Vec<Ranked>,
    k: u32,
    /// What the ids add up to.
    id_bytes: u32,
}

/// An id with its value.
#[derive(Clone, Debug)]
pub(super) struct Ranked {
    pub(super) value: i64,
    pub(super) id: Box<str>,
}

impl Ranked {
    fn rank(&self) -> (i64, &str) {
        (self.value, &self.id)
    }
}

/// Returns what ids add up to.
fn id_bytes(entries: &[Ranked]) -> u32 {
    entries.iter().map(|entry| entry.id.len() as u32).sum()
}

/// Orders (value, id) by rank: what is better is less, as it comes first.
#[inline]
pub(super) fn compare_ranks(left: (i64, &str), right: (i64, &str)) -> Ordering {
    right.0.cmp(&left.0).then_with(|| left.1.cmp(right.1))
}

impl TopK {
    /// Returns the list of nothing.
    ///
    /// # Panics
    /// Panics on a k that [`check_k`] refuses: tables check theirs.
    pub fn new(k: u32) -> Self {
        assert_eq!(check_k(k), Ok(()));
        Self { entries: Vec::new(), k, id_bytes: 0 }
    }

    /// Returns how many values are kept.
    pub fn k(&self) -> u32 {
        self.k
    }

    /// Returns whether nothing was inserted.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Takes an id's value into account; returns whether the state changed.
    ///
    /// Most values are below the last that is kept, and are seen to be at one glance. The others look for their id: k
    /// lengths are compared.
    ///
    /// # Panics
    /// Panics on an id that is empty or longer than [`ID_BYTES_MAX`]: contributions are checked before.
    #[inline]
    pub fn insert(&mut self, id: &str, value: i64) -> bool {
        match self.entries.last() {
            // The id's own value, if it is kept, is no worse than the last.
            Some(last)
                if self.entries.len() == self.k as usize
                    && compare_ranks(last.rank(), (value, id)).is_lt() =>
            {
                false
            }
            _ => self.insert_among(id, value),
        }
    }

    fn insert_among(&mut self, id: &str, value: i64) -> bool {
        assert!((1..=ID_BYTES_MAX).contains(&id.len()), "an id of {} bytes", id.len());
        let id = match self.entries.iter().position(|entry| *entry.id == *id) {
            Some(at) if self.entries[at].value >= value => return false,
            Some(at) => self.entries.remove(at).id,
            None => {
                if self.entries.len() == self.k as usize
                    && let Some(last) = self.entries.pop()
                {
                    self.id_bytes -= last.id.len() as u32;
                }
                self.id_bytes += id.len() as u32;
                id.into()
            }
        };
        let at = self.entries.partition_point(|entry| compare_ranks(entry.rank(), (value, &id)).is_lt());
        if self.entries.len() == self.entries.capacity() {
            // By half, and never beyond k: rows are many, and most of their lists short.
            let more = (self.entries.len() / 2).clamp(1, self.k as usize - self.entries.len());
            self.entries.reserve_exact(more);
        }
        self.entries.insert(at, Ranked { value, id });
        true
    }

    /// Returns ids and values, the best first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&str, i64)> {
        self.entries.iter().map(|entry| (&*entry.id, entry.value))
    }

    /// Gives ids and values away, the best first.
    pub(super) fn into_entries(self) -> Vec<Ranked> {
        self.entries
    }

    /// Returns the list as JSON: `[{"id":"ann","value":9},…]`, the best first.
    pub fn result(&self) -> String {
        result_of(self.iter())
    }
}

/// Returns the best k of two lists that have the best first, and each id once: goes through both at once, and takes of
/// each id the first.
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

/// Appends an id: its length in two bytes, little end first, then its bytes.
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

impl Aggregate for TopK {
    /// Lists of different k merge into the shorter one, exactly as if all had been inserted there.
    fn merge(&mut self, other: &Self) {
        if other.k < self.k {
            self.k = other.k;
            self.entries.truncate(other.k as usize);
            self.id_bytes = id_bytes(&self.entries);
        }
        if other.entries.len() <= FEW {
            other.entries.iter().for_each(|entry| {
                self.insert(&entry.id, entry.value);
            });
        } else {
            let both = merge_ranked(self.entries.iter(), other.entries.iter(), self.k as usize, |entry| {
                entry.rank()
            });
            self.entries = both.into_iter().cloned().collect();
            self.id_bytes = id_bytes(&self.entries);
        }
    }

    /// Version, k, the number of entries; then for each, the best first, its value and its id.
    fn encode(&self, out: &mut Vec<u8>) {
        out.reserve(self.encoded_len());
        out.push(VERSION);
        out.extend_from_slice(&(self.k as u16).to_le_bytes());
        out.extend_from_slice(&(self.entries.len() as u16).to_le_bytes());
        for entry in &self.entries {
            out.extend_from_slice(&entry.value.to_le_bytes());
            encode_id(&entry.id, out);
        }
    }

    fn encoded_len(&self) -> usize {
        /// A value, and the length of an id.
        const ENTRY_BYTES: usize = 8 + 2;
        5 + self.entries.len() * ENTRY_BYTES + self.id_bytes as usize
    }

    fn decode(bytes: &[u8]) -> Result<Self, String> {
        let mut bytes = Bytes::versioned(bytes, VERSION, "a TopK")?;
        let k = u32::from(u16::from_le_bytes(bytes.array()?));
        check_k(k)?;
        let len = u32::from(u16::from_le_bytes(bytes.array()?));
        if len > k {
            return Err(format!("a TopK of {k} values has {len}"));
        }
        let mut top = Self { entries: Vec::with_capacity(len as usize), k, id_bytes: 0 };
        for _ in 0..len {
            let entry = Ranked { value: i64::from_le_bytes(bytes.array()?), id: decode_id(&mut bytes)? };
            top.id_bytes += entry.id.len() as u32;
            top.entries.push(entry);
        }
        bytes.end()?;
        for pair in top.entries.windows(2) {
            let (better, worse) = (pair[0].rank(), pair[1].rank());
            if compare_ranks(better, worse).is_ge() {
                return Err(format!("a TopK has {better:?} before {worse:?}"));
            }
        }
        let mut seen = Ids::with_room(top.entries.len());
        for entry in &top.entries {
            if seen.place(&entry.id).replace((&entry.id, ())).is_some() {
                return Err(format!("a TopK has the id {:?} twice", entry.id));
            }
        }
        Ok(top)
    }

    fn heap_bytes(&self) -> usize {
        self.entries.capacity() * size_of::<Ranked>() + self.id_bytes as usize
    }
}

#[cfg(test)]
pub(super) mod tests;
