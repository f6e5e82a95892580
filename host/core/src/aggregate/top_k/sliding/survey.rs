//! Finds out which entries of a window count.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use super::entry::Entry;
use crate::aggregate::ids::Ids;
use crate::aggregate::top_k::ranked::compare_ranks;
use crate::work;

/// The outcome of offering all entries, the newest first, to a list of the best k.
pub(super) struct Survey {
    /// A verdict for each entry, the oldest first.
    pub(super) verdicts: Vec<Verdict>,
    /// The final list, the best first.
    pub(super) best: Vec<u32>,
}

/// How an entry compares with those that are newer, or of its pane and better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is not among the best k, and does not count.
    Dropped,
    /// It is among the best k, and there was room for it.
    Added,
    /// It is among the best k, and pushed out this entry: the one of its id, or else the last.
    PushedOut(u32),
}

impl Survey {
    /// Looks at each entry once.
    ///
    /// # Panics
    /// Panics at 2^31 entries, which would be 64 GiB in one row.
    pub(super) fn of(entries: &VecDeque<Entry>, k: usize) -> Self {
        assert!(entries.len() < 1 << 31, "a window of {} entries", entries.len());
        work::steps(entries.len());
        let mut best = Best::new(entries, k);
        let mut verdicts: Vec<Verdict> = (0..entries.len() as u32).rev().map(|at| best.offer(at)).collect();
        verdicts.reverse();
        Self { verdicts, best: best.into_list() }
    }

    /// Returns whether each entry counts.
    pub(super) fn counts(&self) -> impl Iterator<Item = bool> {
        self.verdicts.iter().map(|verdict| *verdict != Verdict::Dropped)
    }
}

/// The best k of the entries offered so far.
struct Best<'a> {
    entries: &'a VecDeque<Entry>,
    k: usize,
    /// The worst first. The worst one is among the best k; others may have been outdone.
    heap: BinaryHeap<Reverse<RankedEntry<'a>>>,
    /// How many entries are among the best k.
    len: usize,
    /// For each entry, whether a larger value of its id has replaced it.
    is_outdone: Vec<bool>,
    /// By id, the best entry that was in the list. It still is, unless it ranks below the last.
    known: Ids<'a, u32>,
    known_len: usize,
    /// When this many ids or heap entries are remembered, those that are not in the list are dropped. So the memory of a survey
    /// is that of a few lists, however many entries there are.
    len_max: usize,
}

/// An entry's rank, where better is greater, and its number.
type RankedEntry<'a> = (i64, Reverse<&'a str>, u32);

impl<'a> Best<'a> {
    fn new(entries: &'a VecDeque<Entry>, k: usize) -> Self {
        let len_max = entries.len().min(2 * k);
        Self {
            entries,
            k,
            heap: BinaryHeap::with_capacity(len_max + 1),
            len: 0,
            is_outdone: vec![false; entries.len()],
            known: Ids::with_room(len_max),
            known_len: 0,
            len_max,
        }
    }

    /// Offers an entry that is older than those before, or of the same pane and not better.
    fn offer(&mut self, at: u32) -> Verdict {
        let entries = self.entries;
        let place_of = |at: u32| -> RankedEntry<'a> {
            let (value, id) = entries[at as usize].rank();
            (value, Reverse(id), at)
        };
        let offered = place_of(at);
        let (value, Reverse(id), _) = offered;
        let last = self.heap.peek().filter(|_| self.len == self.k).map(|Reverse(last)| *last);
        // Only entries with equal id and value have equal rank, and of those the older one is offered later.
        let is_cut = |place: RankedEntry<'_>| last.is_some_and(|last| (place.0, place.1) < (last.0, last.1));
        if is_cut(offered) {
            return Verdict::Dropped;
        }
        let known = self.known.place(id);
        let held = known.map(|(_, held)| held);
        let verdict = match held.filter(|&held| !is_cut(place_of(held))) {
            Some(held) if entries[held as usize].value >= value => return Verdict::Dropped,
            Some(held) => {
                self.is_outdone[held as usize] = true;
                Verdict::PushedOut(held)
            }
            None if self.len < self.k => {
                self.len += 1;
                Verdict::Added
            }
            None => {
                let Some(Reverse((.., last))) = self.heap.pop() else {
                    unreachable!("a full list has a last")
                };
                Verdict::PushedOut(last)
            }
        };
        *known = Some((id, at));
        self.known_len += usize::from(held.is_none());
        self.heap.push(Reverse(offered));
        while self.heap.peek().is_some_and(|Reverse((.., worst))| self.is_outdone[*worst as usize]) {
            self.heap.pop();
        }
        if self.known_len.max(self.heap.len()) > self.len_max {
            self.forget();
        }
        verdict
    }

    /// Drops everything that is not among the best k.
    fn forget(&mut self) {
        self.heap.retain(|Reverse((.., at))| !self.is_outdone[*at as usize]);
        self.known = Ids::with_room(self.len_max);
        self.known_len = self.heap.len();
        for &Reverse((_, Reverse(id), at)) in &self.heap {
            *self.known.place(id) = Some((id, at));
        }
    }

    /// Returns the numbers of the best, the best first.
    fn into_list(self) -> Vec<u32> {
        let places = self.heap.into_sorted_vec().into_iter();
        places.map(|Reverse((.., at))| at).filter(|&at| !self.is_outdone[at as usize]).collect()
    }
}

/// Returns how many entries of a list, the best first, rank above `rank`.
pub(super) fn rank_in<'a>(list: &[u32], rank: (i64, &str), rank_of: impl Fn(u32) -> (i64, &'a str)) -> usize {
    list.partition_point(|&at| compare_ranks(rank_of(at), rank).is_lt())
}
