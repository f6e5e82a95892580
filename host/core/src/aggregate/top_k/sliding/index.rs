//! Two lists from which the best entries of a window follow.

use std::collections::VecDeque;

use super::entry::Entry;
use super::survey::{Survey, Verdict, rank_in};
use crate::aggregate::top_k::ranked::{compare_ranks, merge_ranked};

/// The number that stands for no entry.
const NONE: u32 = u32::MAX;

/// The best of the entries that the last survey kept, and the best of those that entered since.
///
/// Entries are numbered from the oldest that the survey kept.
#[derive(Clone, Debug)]
pub(super) struct Index {
    /// The number of entries that have left since the survey.
    gone: u32,
    /// For each entry that the survey kept, the entry that it pushed out of the list, which returns when the former leaves.
    pushed_out: Box<[u32]>,
    /// The best of those that the survey kept, the best first.
    surveyed: Vec<u32>,
    /// The best of those that entered since, the best first.
    since: Vec<u32>,
}

impl Index {
    /// Starts from a survey's result, without the entries that do not count.
    pub(super) fn new(survey: &Survey) -> Self {
        let mut kept = 0;
        let numbers: Vec<u32> = survey
            .counts()
            .map(|counts| {
                kept += u32::from(counts);
                kept.wrapping_sub(1)
            })
            .collect();
        let pushed_out = survey.verdicts.iter().filter_map(|verdict| match verdict {
            Verdict::Dropped => None,
            Verdict::Added => Some(NONE),
            Verdict::PushedOut(at) => Some(numbers[*at as usize]),
        });
        Self {
            gone: 0,
            pushed_out: pushed_out.collect(),
            surveyed: survey.best.iter().map(|&at| numbers[at as usize]).collect(),
            since: Vec::new(),
        }
    }

    /// Returns how many entries the survey kept.
    pub(super) fn surveyed_len(&self) -> usize {
        self.pushed_out.len()
    }

    /// Returns how many of `len` entries entered since the survey.
    pub(super) fn since_len(&self, len: usize) -> usize {
        self.gone as usize + len - self.pushed_out.len()
    }

    /// Notes that the last `entered` entries are new. They are one pane's, the best last.
    pub(super) fn enter(&mut self, entries: &VecDeque<Entry>, entered: usize, k: usize) {
        let rank = |number: u32| entries[(number - self.gone) as usize].rank();
        let end = self.gone + entries.len() as u32;
        let pane = (end - entered as u32..end).rev();
        if self.since.len() < k || compare_ranks(rank(end - 1), rank(self.since[k - 1])).is_lt() {
            self.since = merge_ranked(self.since.iter().copied(), pane, k, rank);
        }
    }

    /// Notes that the `left` oldest entries have left; `entries` are those that stay. Returns false when all entries of the
    /// survey and later ones have left: the index is then useless.
    pub(super) fn leave(&mut self, left: usize, entries: &VecDeque<Entry>) -> bool {
        let gone = self.gone as usize + left;
        if gone > self.pushed_out.len() {
            return false;
        }
        let left = std::mem::replace(&mut self.gone, gone as u32) as usize..gone;
        let rank = |number: u32| entries[number as usize - gone].rank();
        self.surveyed.retain(|&number| number as usize >= gone);
        for &number in &self.pushed_out[left] {
            if number != NONE && number as usize >= gone {
                self.surveyed.insert(rank_in(&self.surveyed, rank(number), rank), number);
            }
        }
        true
    }

    /// Returns the best of all entries, the best first.
    pub(super) fn best<'a>(&self, entries: &'a VecDeque<Entry>, k: usize) -> Vec<&'a Entry> {
        let entry = |&number: &u32| &entries[(number - self.gone) as usize];
        merge_ranked(self.surveyed.iter().map(entry), self.since.iter().map(entry), k, |entry: &Entry| {
            entry.rank()
        })
    }

    /// Returns whether an entry of this rank is certainly not among the best k.
    pub(super) fn is_beyond(&self, entries: &VecDeque<Entry>, k: usize, rank: (i64, &str)) -> bool {
        let is_full_above = |list: &Vec<u32>| match list.get(k - 1) {
            Some(&last) => compare_ranks(entries[(last - self.gone) as usize].rank(), rank).is_lt(),
            None => false,
        };
        is_full_above(&self.surveyed) || is_full_above(&self.since)
    }

    /// Returns the memory held, in bytes, including the index itself.
    pub(super) fn bytes(&self) -> usize {
        let numbers = self.pushed_out.len() + self.surveyed.capacity() + self.since.capacity();
        size_of::<Self>() + numbers * size_of::<u32>()
    }
}
