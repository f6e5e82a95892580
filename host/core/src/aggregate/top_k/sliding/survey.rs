//! Finds out which entries of a window count.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use super::entry::Entry;
use crate::aggregate::ids::Ids;
use crate::aggregate::top_k::ranked::compare_ranks;
use crate::work;

/// What is found of all entries, by offering them, the newest first, to a list of the best k.
pub(super) struct Survey {
    /// One for each entry, the oldest first.
    pub(super) verdicts: Vec<Verdict>,
    /// What the list has in the end, the best first.
    pub(super) best: Vec<u32>,
}

/// What an entry is to those that are newer, or of its pane and better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is not among the best of them, and does not count.
    Dropped,
    /// It is, and there was room for it.
    Added,
    /// It is, and pushed out this entry: its id's, or else the last.
    PushedOut(u32),
}

impl Survey {
    /// Looks at each entry once.
    ///
    /// # Panics
    /// Panics at 2^31 entries: 64 GiB of one row.
    pub(super) fn of(entries: &VecDeque<Entry>, k: usize) -> Self {
        assert!(entries.len() < 1 << 31, "a window of {} entries", entries.len());
        work::steps(entries.len());
        let mut best = Best::new(entries, k);
        let mut verdicts: Vec<Verdict> = (0..entries.len() as u32).rev().map(|at| best.offer(at)).collect();
        verdicts.reverse();
        Self { verdicts, best: best.into_list() }
    }

    /// Says of each entry whether it counts.
    pub(super) fn counts(&self) -> impl Iterator<Item = bool> {
        self.verdicts.iter().map(|verdict| *verdict != Verdict::Dropped)
    }
}

/// The best k of what was offered.
struct Best<'a> {
    entries: &'a VecDeque<Entry>,
    k: usize,
    /// The worst first; that one is among the best, others may no longer be.
    heap: BinaryHeap<Reverse<RankedEntry<'a>>>,
    /// How many are among the best.
    len: usize,
    /// For each entry, whether a larger value of its id has taken its place.
    is_outdone: Vec<bool>,
    /// The best that was in the list of an id; it still is, unless it ranks below the last.
    known: Ids<'a, u32>,
    known_len: usize,
    /// What is remembered of ids, and of those that were outdone, is cut down at this length to what the list has: a
    /// survey takes memory for some lists, however many entries there are.
    len_max: usize,
}

/// An entry's rank, what is better being more, and its number.
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

    /// Takes an entry into account that is older than those before, or of the same pane and not better.
    fn offer(&mut self, at: u32) -> Verdict {
        let entries = self.entries;
        let place_of = |at: u32| -> RankedEntry<'a> {
            let (value, id) = entries[at as usize].rank();
            (value, Reverse(id), at)
        };
        let offered = place_of(at);
        let (value, Reverse(id), _) = offered;
        let last = self.heap.peek().filter(|_| self.len == self.k).map(|Reverse(last)| *last);
        // Of equal rank are only those of an id's equal values, and of these the older is offered.
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

    /// Keeps in mind only what is among the best.
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

/// Returns how many of a list, the best first, rank above `rank`.
pub(super) fn rank_in<'a>(list: &[u32], rank: (i64, &str), rank_of: impl Fn(u32) -> (i64, &'a str)) -> usize {
    list.partition_point(|&at| compare_ranks(rank_of(at), rank).is_lt())
}
