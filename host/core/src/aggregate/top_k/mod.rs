//! `TopK`: the k largest values of distinct ids.
//!
//! An id's value is the largest that it was given. Ids rank by value, the larger first, and then by the bytes of the id,
//! the smaller first. This is a total order, so ties at the end of the list are always decided.
//!
//! Nothing beyond rank k is remembered, and nothing of it is missed. Let top(S) be the first k of the ranking of all
//! contributions in S, and let T be other contributions. Then **top(S ∪ T) = top(top(S) ∪ top(T))**:
//!
//! - Let an id be in top(S ∪ T), and its largest value there come from S (the case of T is symmetric). Whatever ranks
//!   above it in S has at least as large a value in S ∪ T, and ranks above it there too. So fewer than k ids are above
//!   it in S, and top(S) has it with its full value.
//! - So top(S) ∪ top(T) has all ids of top(S ∪ T) with their full values. Every other id is there with at most its full
//!   value, which ranks below theirs.
//!
//! Hence merging is commutative and associative bit for bit, and a state is a function of the set of contributions.

mod ranked;
pub mod sliding;
pub(crate) mod column;

use super::bytes::Bytes;
use super::contract::{Aggregate, Codec};
use super::ids::Ids;
pub use ranked::{ID_BYTES_MAX, K_MAX, check_k};
use ranked::{Ranked, compare_ranks, decode_id, encode_id, merge_ranked, result_of};

const VERSION: u8 = 1;

/// Up to this many entries of another list, inserting them one by one is the faster way to merge.
const FEW: usize = 8;

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
    /// The total length of the ids.
    id_bytes: u32,
}

/// Returns the total length of the ids.
fn id_bytes(entries: &[Ranked]) -> u32 {
    entries.iter().map(|entry| entry.id.len() as u32).sum()
}

impl TopK {
    /// Returns an empty list.
    ///
    /// # Panics
    /// Panics on a k that [`check_k`] refuses. Tables check declarations before.
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

    /// Adds a value of an id. Returns whether the state changed.
    ///
    /// Most values are below the last one kept, which takes one comparison to see. For the others, the id is searched for, by
    /// comparing k lengths.
    ///
    /// # Panics
    /// Panics on an id that is empty or longer than [`ID_BYTES_MAX`]. Contributions are checked before.
    #[inline]
    pub fn insert(&mut self, id: &str, value: i64) -> bool {
        match self.entries.last() {
            // If the id is in the list, its own value is at least as good as the last one.
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
            // By half, and never beyond k: there are many rows, and most of their lists are short.
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

    /// Consumes the list and returns its entries, the best first.
    fn into_entries(self) -> Vec<Ranked> {
        self.entries
    }

    /// Returns the list as JSON: `[{"id":"ann","value":9},…]`, the best first.
    pub fn result(&self) -> String {
        result_of(self.iter())
    }
}

impl Codec for TopK {
    /// Version, k, the number of entries; then, for each entry, the best first, its value and its id.
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

impl Aggregate for TopK {
    /// Lists of different k merge into one of the smaller k, exactly as if all values had been inserted there.
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
}

#[cfg(test)]
pub(super) mod tests;
