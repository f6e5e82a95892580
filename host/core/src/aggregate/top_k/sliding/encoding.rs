//! The encoding of a window: the entries that count, without the index.

use super::SlidingTopK;
use super::entry::Entry;
use super::index::Index;
use super::survey::Survey;
use crate::aggregate::bytes::{Bytes, push_varint, varint_len};
use crate::aggregate::contract::Codec;
use crate::aggregate::top_k::ranked::{ID_BYTES_MAX, check_k, compare_ranks, decode_id, encode_id};

/// The version of the encoding.
pub(super) const VERSION: u8 = 1;

impl Codec for SlidingTopK {
    /// Version, k, the number of entries that count; then, for each entry, its pane, its value and its id. The oldest pane comes
    /// first; within a pane, the best entry comes last.
    fn encode(&self, out: &mut Vec<u8>) {
        let counting = self.counting();
        out.push(VERSION);
        out.extend_from_slice(&(self.k as u16).to_le_bytes());
        push_varint(out, counting.len() as u64);
        for entry in counting {
            out.extend_from_slice(&entry.pane.to_le_bytes());
            out.extend_from_slice(&entry.value.to_le_bytes());
            encode_id(&entry.id, out);
        }
    }

    fn decode(bytes: &[u8]) -> Result<Self, String> {
        let mut bytes = Bytes::versioned(bytes, VERSION, "a window's TopK")?;
        let k = u32::from(u16::from_le_bytes(bytes.array()?));
        check_k(k)?;
        let mut window = Self::new(k);
        for _ in 0..bytes.varint()? {
            let pane = i64::from_le_bytes(bytes.array()?);
            let value = i64::from_le_bytes(bytes.array()?);
            let id = decode_id(&mut bytes)?;
            window.id_bytes += id.len();
            window.entries.push_back(Entry { pane, value, id });
        }
        bytes.end()?;
        window.entries.shrink_to_fit();
        let in_order = |(older, newer): (&Entry, &Entry)| {
            older.pane < newer.pane
                || older.pane == newer.pane && compare_ranks(newer.rank(), older.rank()).is_lt()
        };
        if !window.entries.iter().zip(window.entries.iter().skip(1)).all(in_order) {
            return Err("a window's TopK is out of order".into());
        }
        let survey = Survey::of(&window.entries, k as usize);
        if survey.counts().any(|counts| !counts) {
            return Err("a window's TopK has an entry that does not count".into());
        }
        if window.entries.len() > window.few() {
            window.index = Some(Box::new(Index::new(&survey)));
        }
        Ok(window)
    }

    fn encoded_len(&self) -> usize {
        /// A pane, a value, and the length of an id.
        const ENTRY_BYTES: usize = 8 + 8 + 2;
        const { assert!(ID_BYTES_MAX <= u16::MAX as usize) };
        let counting = self.counting();
        let id_bytes: usize = counting.iter().map(|entry| entry.id.len()).sum();
        3 + varint_len(counting.len() as u64) + counting.len() * ENTRY_BYTES + id_bytes
    }

    fn heap_bytes(&self) -> usize {
        let index = self.index.as_deref().map_or(0, Index::bytes);
        self.entries.capacity() * size_of::<Entry>() + self.id_bytes + index
    }
}
