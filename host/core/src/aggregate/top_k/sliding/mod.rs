//! `TopK` over a window: by a skyband.
//!
//! An entry is an id's value in a pane. It **counts** as long as it is among the top k of its own and all newer panes.
//! Once it is not, it never is again, as those panes stay in the window at least as long as it does. The entries that count are
//! the k-skyband of age and rank, of distinct ids (Mouratidis, Bakiras, Papadias, "Continuous monitoring of top-k queries over
//! sliding windows", SIGMOD 2006, §5; there without ids).
//!
//! **Entries that do not count are not missed.** Whether an entry of pane p counts follows from the top k of panes p and newer.
//! Each member of that top k, taken from the newest pane that has it, counts: the top k of its own and all newer panes is of
//! fewer contributions, and has it too. So the top k of the entries that count is that of all. And no entry counts again when a
//! pane leaves, since leaving panes are older than all that stay. So the entries that count follow from the window's panes alone,
//! and they are what an encoding holds.
//!
//! **Surveys.** To find out which entries count, all of them are offered, the newest first, to a list of the best k. An entry
//! that enters the list counts (`survey`). This costs a hash look-up and O(log k) for a heap per entry. It is deferred until half
//! as many entries have entered as the last survey kept, and at least k. So a survey looks at no more than three entries for
//! each that entered since the previous one. (The paper counts dominators instead. With ids, that takes more than adding one
//! to a range of ranks, as an id that already dominates an entry does not count again.)
//!
//! **Slides.** An entry that a survey lets into the list pushes out another, or finds room. The survey notes this, because it
//! says what returns when the entry leaves, as entries leave in the opposite order. So the list of surveyed entries is kept up to
//! date (`index`), at O(log k) comparisons and one move of 4 k bytes for each entry that leaves. Next to it is the list of
//! entries that entered since. Merging a pane into it takes O(k), and so does merging both lists for a result. With its share of
//! surveys, a change costs O(log k + k). With up to 2 k entries there is no index, and a result surveys them.
//!
//! **Memory.** 32 bytes and the id for each entry, 4 for each surveyed one, 8 k for the lists. Of n panes of k new
//! ids in random order, k · (1 + ln n) entries count: 76 for k = 10 and n = 720. The worst case is values that fall over
//! time: k · n. Entries that no longer count are dropped by the next survey. Until then there are at most half as many entries
//! more than it kept, or k, and another k.

mod entry;
mod survey;
mod index;
mod encoding;

use std::collections::VecDeque;

use super::TopK;
use super::ranked::{check_k, result_of};
use crate::aggregate::sliding::form::Sliding;
use entry::Entry;
use index::Index;
use survey::Survey;

/// The k largest values of distinct ids in a window: see the [module](self).
#[derive(Clone, Debug)]
pub struct SlidingTopK {
    /// By rising pane; within a pane, the best last. Backwards, the newest pane and the best entry come first.
    entries: VecDeque<Entry>,
    /// Makes results cheap; `None` with few entries.
    index: Option<Box<Index>>,
    k: u32,
    /// The total length of the ids.
    id_bytes: usize,
}

/// A table holds one window per row.
const _: () = assert!(size_of::<SlidingTopK>() <= 56);

impl SlidingTopK {
    /// Returns an empty window.
    ///
    /// # Panics
    /// Panics on a k that [`check_k`] refuses. Tables check declarations before.
    pub fn new(k: u32) -> Self {
        assert_eq!(check_k(k), Ok(()));
        Self { entries: VecDeque::new(), index: None, k, id_bytes: 0 }
    }

    /// Returns how many values are in a result.
    pub fn k(&self) -> u32 {
        self.k
    }

    /// Returns the list as JSON: see [`TopK::result`].
    pub fn result(&self) -> String {
        let k = self.k as usize;
        let best = match &self.index {
            Some(index) => index.best(&self.entries, k),
            None => {
                let best = Survey::of(&self.entries, k).best;
                best.into_iter().map(|at| &self.entries[at as usize]).collect()
            }
        };
        result_of(best.into_iter().map(|entry| (&*entry.id, entry.value)))
    }

    /// Returns the most entries that need no index.
    fn few(&self) -> usize {
        2 * self.k as usize
    }

    /// Returns the entries that count: the oldest pane first, and within a pane the best last.
    fn counting(&self) -> Vec<&Entry> {
        let is_surveyed = |index: &Index| index.since_len(self.entries.len()) == 0;
        if self.index.as_deref().is_some_and(is_surveyed) {
            return self.entries.iter().collect();
        }
        let survey = Survey::of(&self.entries, self.k as usize);
        self.entries
            .iter()
            .zip(survey.counts())
            .filter_map(|(entry, counts)| counts.then_some(entry))
            .collect()
    }

    /// Drops the entries that do not count, and rebuilds the index.
    fn survey(&mut self) {
        let survey = Survey::of(&self.entries, self.k as usize);
        self.index = Some(Box::new(Index::new(&survey)));
        let mut counts = survey.counts();
        let id_bytes = &mut self.id_bytes;
        self.entries.retain(|entry| {
            let stays = counts.next().unwrap_or(true);
            if !stays {
                *id_bytes -= entry.id.len();
            }
            stays
        });
        if self.entries.len() * 2 <= self.entries.capacity() {
            self.entries.shrink_to(self.entries.len() + self.entries.len() / 2);
        }
    }
}

impl Sliding for SlidingTopK {
    type Pane = TopK;

    fn expire(&mut self, first: i64) {
        let before = self.entries.len();
        while let Some(entry) = self.entries.pop_front_if(|entry| entry.pane < first) {
            self.id_bytes -= entry.id.len();
        }
        let left = before - self.entries.len();
        if left == 0 {
            return;
        }
        if self.entries.len() <= self.k as usize {
            self.index = None;
        }
        if let Some(index) = &mut self.index
            && !index.leave(left, &self.entries)
        {
            self.survey();
        }
        if self.entries.len() * 4 <= self.entries.capacity() {
            self.entries.shrink_to(self.entries.len() * 2);
        }
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
        let entered_len = entered.len();
        if self.entries.capacity() - self.entries.len() < entered_len {
            // By an eighth, not by doubling: every row has such a queue.
            self.entries.reserve_exact(entered_len.max(self.entries.len() / 8));
        }
        for ranked in entered.into_iter().rev() {
            self.id_bytes += ranked.id.len();
            self.entries.push_back(Entry { pane, value: ranked.value, id: ranked.id });
        }
        let (len, few, k) = (self.entries.len(), self.few(), self.k as usize);
        match &mut self.index {
            None if len <= few => {}
            Some(index) if index.since_len(len) < k.max(index.surveyed_len().div_ceil(2)) => {
                index.enter(&self.entries, entered_len, k);
            }
            _ => self.survey(),
        }
    }

    fn oldest(&self) -> Option<i64> {
        self.entries.front().map(|entry| entry.pane)
    }

    /// Most panes of a long window have no entry among its best.
    fn stays(&self, first: i64, pane: Option<&TopK>) -> bool {
        let enters = pane.and_then(|pane| pane.iter().next());
        let is_beyond = |(id, value)| {
            let index = self.index.as_deref();
            index.is_some_and(|index| index.is_beyond(&self.entries, self.k as usize, (value, id)))
        };
        self.oldest().is_none_or(|oldest| oldest >= first) && enters.is_none_or(is_beyond)
    }
}

#[cfg(test)]
mod tests;
