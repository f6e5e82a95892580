//! `TopK` over a window: by a skyband.
//!
//! An entry is an id's value in a pane. It **counts** as long as it is among the top k of its own and all newer panes;
//! once it is not, it never is again, as those panes stay in the window at least as long as it does. What counts, and
//! nothing else, is kept: the k-skyband of age and rank, of distinct ids (Mouratidis, Bakiras, Papadias, "Continuous
//! monitoring of top-k queries over sliding windows", SIGMOD 2006, §5; there without ids).
//!
//! **What was dropped is not missed.** Whether an entry of pane p counts follows from the top k of panes p and newer.
//! Each member of that, taken from the newest pane that has it, counts: the top k of its own and all newer panes is of
//! fewer contributions and has it too. So it is kept, and the top k of the kept entries is that of all. And nothing
//! counts again when a pane leaves, since leaving panes are older than all that stay. So what is kept follows from the
//! window's panes alone.
//!
//! **Memory.** 32 bytes and the id for each entry. Of n panes of k fresh ids in random order k · (1 + ln n) entries
//! count: 76 for k = 10 and n = 720. The worst are values that fall as time goes on: k · n. **Cost.** A pane that enters
//! is compared with what is kept, newest first, by a look-up and a binary search each, until nothing of it is among the
//! best; so is a result.

use std::collections::VecDeque;

use super::Sliding;
use crate::aggregate::TopK;
use crate::aggregate::bytes::{Bytes, push_varint, varint_len};
use crate::aggregate::ids::Ids;
use crate::aggregate::top_k::{ID_BYTES_MAX, check_k, compare_ranks, decode_id, encode_id, result_of};

const VERSION: u8 = 1;

/// The k largest values of distinct ids in a window: see the [module](self).
#[derive(Clone, Debug)]
pub struct SlidingTopK {
    /// By rising pane; within a pane the best last: backwards, it is always the newest and the best that comes next.
    entries: VecDeque<Entry>,
    k: u32,
    /// What the ids add up to.
    id_bytes: usize,
}

#[derive(Clone, Debug)]
struct Entry {
    pane: i64,
    value: i64,
    id: Box<str>,
}

impl Entry {
    fn rank(&self) -> (i64, &str) {
        (self.value, &self.id)
    }
}

impl SlidingTopK {
    /// Returns the window of nothing.
    ///
    /// # Panics
    /// Panics on a k that [`check_k`] refuses: tables check theirs.
    pub fn new(k: u32) -> Self {
        assert_eq!(check_k(k), Ok(()));
        Self { entries: VecDeque::new(), k, id_bytes: 0 }
    }

    /// Returns how many values are in a result.
    pub fn k(&self) -> u32 {
        self.k
    }

    /// Returns the list as JSON: see [`TopK::result`].
    pub fn result(&self) -> String {
        let mut best = Best::new(self.k, self.entries.len());
        self.entries.iter().rev().for_each(|entry| {
            best.offer(entry);
        });
        result_of(best.entries.iter().map(|entry| (&*entry.id, entry.value)))
    }

    /// Returns which entries count, the newest first, as far as that may have changed with pane `newest`: older entries
    /// than these count as before.
    fn counting(&self, newest: i64) -> Vec<bool> {
        let mut best = Best::new(self.k, self.entries.len());
        let mut counts = Vec::new();
        let mut pane = newest;
        for entry in self.entries.iter().rev() {
            if entry.pane != pane {
                pane = entry.pane;
                if !best.entries.iter().any(|entry| entry.pane == newest) {
                    break;
                }
            }
            counts.push(best.offer(entry));
        }
        counts
    }

    fn drop_what_no_longer_counts(&mut self, newest: i64) {
        let counts = self.counting(newest);
        if counts.iter().all(|&counts| counts) {
            return;
        }
        let mut at = self.entries.len();
        let id_bytes = &mut self.id_bytes;
        self.entries.retain(|entry| {
            at -= 1;
            let stays = counts.get(at).copied().unwrap_or(true);
            if !stays {
                *id_bytes -= entry.id.len();
            }
            stays
        });
        self.release();
    }

    fn release(&mut self) {
        if self.entries.len() * 4 <= self.entries.capacity() {
            self.entries.shrink_to(self.entries.len() * 2);
        }
    }
}

/// The top k of what was offered.
struct Best<'a> {
    /// The best first.
    entries: Vec<&'a Entry>,
    /// The best that was ever kept of each id; it is kept still, unless it ranks below the last.
    known: Ids<'a, &'a Entry>,
    k: usize,
}

impl<'a> Best<'a> {
    /// Returns an empty list, to which no more than `offers` will be offered.
    fn new(k: u32, offers: usize) -> Self {
        let k = k as usize;
        Self { entries: Vec::with_capacity(k.min(offers)), known: Ids::with_room(offers), k }
    }

    /// Takes an entry into account that is older than those before, or of the same pane and not better; returns whether
    /// it is among the best.
    fn offer(&mut self, entry: &'a Entry) -> bool {
        let last = self.entries.last().filter(|_| self.entries.len() == self.k);
        let is_cut = |rank| last.is_some_and(|last| compare_ranks(last.rank(), rank).is_lt());
        if is_cut(entry.rank()) {
            return false;
        }
        let place = self.known.place(&entry.id);
        match place.filter(|(_, held)| !is_cut(held.rank())) {
            Some((_, held)) if held.value >= entry.value => return false,
            Some((_, held)) => {
                let at =
                    self.entries.partition_point(|other| compare_ranks(other.rank(), held.rank()).is_lt());
                self.entries.remove(at);
            }
            None if self.entries.len() == self.k => {
                self.entries.pop();
            }
            None => {}
        }
        *place = Some((&entry.id, entry));
        let at = self.entries.partition_point(|other| compare_ranks(other.rank(), entry.rank()).is_lt());
        self.entries.insert(at, entry);
        true
    }
}

impl Sliding for SlidingTopK {
    type Pane = TopK;

    fn expire(&mut self, first: i64) {
        while let Some(entry) = self.entries.pop_front_if(|entry| entry.pane < first) {
            self.id_bytes -= entry.id.len();
        }
        self.release();
    }

    /// # Panics
    /// Panics on a pane of another k.
    fn seal(&mut self, pane: i64, value: TopK) {
        assert_eq!(value.k(), self.k, "a window's panes have its k");
        if value.is_empty() {
            return;
        }
        if let Some(newest) = self.entries.back() {
            assert!(newest.pane < pane, "pane {pane} was sealed after pane {}", newest.pane);
        }
        let entered = value.into_entries();
        if self.entries.capacity() - self.entries.len() < entered.len() {
            // By half, where it would double: there is one of these for each row.
            self.entries.reserve_exact(entered.len().max(self.entries.len() / 2));
        }
        for ranked in entered.into_iter().rev() {
            self.id_bytes += ranked.id.len();
            self.entries.push_back(Entry { pane, value: ranked.value, id: ranked.id });
        }
        self.drop_what_no_longer_counts(pane);
    }

    fn oldest(&self) -> Option<i64> {
        self.entries.front().map(|entry| entry.pane)
    }

    /// Version, k, the number of entries; then for each, the oldest first and within a pane the best last, its pane, its
    /// value and its id.
    fn encode(&self, out: &mut Vec<u8>) {
        out.push(VERSION);
        out.extend_from_slice(&(self.k as u16).to_le_bytes());
        push_varint(out, self.entries.len() as u64);
        for entry in &self.entries {
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
        window.check()?;
        Ok(window)
    }

    fn encoded_len(&self) -> usize {
        /// A pane, a value, and the length of an id.
        const ENTRY_BYTES: usize = 8 + 8 + 2;
        const { assert!(ID_BYTES_MAX <= u16::MAX as usize) };
        3 + varint_len(self.entries.len() as u64) + self.entries.len() * ENTRY_BYTES + self.id_bytes
    }

    fn heap_bytes(&self) -> usize {
        self.entries.capacity() * size_of::<Entry>() + self.id_bytes
    }
}

impl SlidingTopK {
    /// Refuses entries that no history leaves: out of order, or one that does not count, as an id's second in a pane.
    fn check(&self) -> Result<(), String> {
        let mut best = Best::new(self.k, self.entries.len());
        let mut newer: Option<&Entry> = None;
        for entry in self.entries.iter().rev() {
            let in_order = newer.is_none_or(|newer| {
                entry.pane < newer.pane
                    || entry.pane == newer.pane && compare_ranks(newer.rank(), entry.rank()).is_lt()
            });
            if !in_order {
                return Err("a window's TopK is out of order".into());
            }
            if !best.offer(entry) {
                return Err("a window's TopK has an entry that does not count".into());
            }
            newer = Some(entry);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::aggregate::Aggregate;
    use crate::aggregate::sliding::laws::{self, any_life};
    use crate::aggregate::top_k::tests::top;

    proptest! {
        #[test]
        fn a_window_holds_what_its_panes_hold(
            k in 1u32..6,
            life in any_life(("[a-e]{1,2}", prop_oneof![4 => -3i64..4, 1 => any::<i64>()])),
        ) {
            let pane = |_: i64, items: &[(String, i64)]| top(k, items);
            laws::check(SlidingTopK::new(k), &life, pane, SlidingTopK::result, TopK::result);
        }

        /// What is kept, by its definition.
        #[test]
        fn what_counts_is_kept_and_nothing_else(
            k in 1u32..5,
            panes in proptest::collection::vec(
                proptest::collection::vec(("[a-e]", -3i64..4), 0..5), 1..12),
        ) {
            let mut window = SlidingTopK::new(k);
            let plain: Vec<TopK> = panes.iter().map(|items| top(k, items)).collect();
            for (pane, value) in (0..).zip(&plain) {
                window.seal(pane, value.clone());
            }
            let mut want = Vec::new();
            let mut newer = TopK::new(k);
            for (pane, value) in (0i64..).zip(&plain).collect::<Vec<_>>().into_iter().rev() {
                let before = newer.clone();
                newer.merge(value);
                let counts = |entry: &(&str, i64)| {
                    newer.iter().any(|held| held == *entry) && !before.iter().any(|held| held == *entry)
                };
                want.extend(value.iter().filter(counts).map(|(id, value)| (pane, value, id.to_owned())));
            }
            let got: Vec<_> =
                window.entries.iter().rev().map(|entry| (entry.pane, entry.value, entry.id.to_string())).collect();
            prop_assert_eq!(got, want);
            prop_assert_eq!(window.id_bytes, window.entries.iter().map(|entry| entry.id.len()).sum::<usize>());
        }
    }

    #[test]
    fn entries_that_no_history_leaves_are_refused() {
        let encoding = |k: u16, entries: &[(i64, i64, &str)]| {
            let mut out = vec![VERSION];
            out.extend_from_slice(&k.to_le_bytes());
            push_varint(&mut out, entries.len() as u64);
            for (pane, value, id) in entries {
                out.extend_from_slice(&pane.to_le_bytes());
                out.extend_from_slice(&value.to_le_bytes());
                encode_id(id, &mut out);
            }
            out
        };
        for good in [encoding(2, &[(1, 5, "a"), (1, 6, "b"), (2, 4, "a")]), encoding(1, &[])] {
            assert!(SlidingTopK::decode(&good).is_ok());
        }
        for (bad, want) in [
            (encoding(0, &[]), "1 to 1000"),
            (encoding(2, &[(1, 6, "a"), (1, 5, "b")]), "order"),
            (encoding(2, &[(2, 6, "a"), (1, 7, "b")]), "order"),
            (encoding(2, &[(1, 4, "a"), (2, 4, "a")]), "count"),
            (encoding(1, &[(1, 4, "a"), (2, 5, "b")]), "count"),
            (encoding(3, &[(1, 4, "a"), (1, 5, "a")]), "count"),
            (encoding(3, &[(1, 4, "")]), "bytes"),
        ] {
            assert!(SlidingTopK::decode(&bad).unwrap_err().contains(want), "{want}");
        }
    }
}
