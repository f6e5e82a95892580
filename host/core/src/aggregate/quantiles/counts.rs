//! The number of values in each bucket, by rising bucket: in one list while there are few buckets, in pages beyond.
//!
//! A new bucket is inserted among the others. A list of a million would have to be moved for each.

use super::mapping::Bucket;
use crate::work;

/// The most counts of a page, and of the one list before there are pages: 6 KiB, which move in a tenth of a microsecond. Tests
/// use few, so that they reach pages.
const PAGE_LEN: usize = if cfg!(test) { 16 } else { 512 };

/// How full pages are when they are created from a list: the rest is room for new buckets.
const FILLED_LEN: usize = PAGE_LEN / 4 * 3;

/// If one side has this many times fewer counts, they are looked up one by one instead of merging both lists.
const FAR_FEWER: usize = 16;

/// Counts by rising bucket, none of which is 0.
#[derive(Clone, Debug)]
pub(super) enum Counts {
    Few(Vec<Counted>),
    Many(Box<Pages>),
}

/// Pages that are never empty, and never longer than [`PAGE_LEN`].
#[derive(Clone, Debug)]
pub(super) struct Pages {
    pages: Vec<Vec<Counted>>,
    len: usize,
}

/// A bucket's count, in 12 bytes. With a 64-bit number it would take 16.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counted {
    pub(super) bucket: Bucket,
    low: u32,
    high: u32,
}

impl Counted {
    pub(super) fn new(bucket: Bucket, count: u64) -> Self {
        Self { bucket, low: count as u32, high: (count >> 32) as u32 }
    }

    pub(super) fn count(self) -> u64 {
        u64::from(self.high) << 32 | u64::from(self.low)
    }
}

impl Counts {
    /// Returns no counts.
    pub(super) fn new() -> Self {
        Self::Few(Vec::new())
    }

    /// Returns the counts of a list, which is sorted and has no 0.
    pub(super) fn of(counts: Vec<Counted>) -> Self {
        if counts.len() <= PAGE_LEN { Self::Few(counts) } else { Self::Many(Box::new(Pages::of(&counts))) }
    }

    /// Returns how many buckets count something.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Few(counts) => counts.len(),
            Self::Many(pages) => pages.len,
        }
    }

    /// Iterates over all counts.
    pub(super) fn iter(&self) -> impl Iterator<Item = Counted> + '_ {
        let (few, pages) = match self {
            Self::Few(counts) => (counts.as_slice(), [].as_slice()),
            Self::Many(many) => ([].as_slice(), many.pages.as_slice()),
        };
        few.iter().chain(pages.iter().flatten()).copied()
    }

    /// Changes the count of one bucket.
    #[inline]
    pub(super) fn change(&mut self, bucket: Bucket, change: impl FnOnce(u64) -> u64) {
        match self {
            Self::Few(counts) if counts.len() < PAGE_LEN || search(counts, bucket).is_ok() => {
                change_in(counts, bucket, change);
            }
            Self::Few(counts) => {
                let mut pages = Box::new(Pages::of(counts));
                pages.change(bucket, change);
                *self = Self::Many(pages);
            }
            Self::Many(pages) => pages.change(bucket, change),
        }
    }

    /// Combines each count with that of the same bucket in `other`.
    pub(super) fn combine(&mut self, other: &Self, operate: fn(u64, u64) -> u64) {
        let (len, other_len) = (self.len(), other.len());
        match (&mut *self, other) {
            (Self::Few(ours), Self::Few(theirs)) if len + other_len <= PAGE_LEN => {
                combine_few(ours, theirs, operate);
            }
            _ if other_len * FAR_FEWER < len => {
                for theirs in other.iter() {
                    self.change(theirs.bucket, |ours| operate(ours, theirs.count()));
                }
            }
            _ => {
                let theirs =
                    other.iter().map(|theirs| Counted::new(theirs.bucket, operate(0, theirs.count())));
                // `operate` is addition or subtraction modulo 2^64. Subtracting a count is adding `operate(0, count)`.
                let mut all = merged(self.iter(), theirs, len + other_len, u64::wrapping_add);
                all.retain(|counted| counted.count() != 0);
                *self = Self::of(all);
            }
        }
    }

    /// Releases memory that was needed for more counts.
    pub(super) fn shrink(&mut self) {
        match self {
            Self::Few(counts) if counts.len() <= counts.capacity() / 2 => counts.shrink_to_fit(),
            Self::Few(_) => {}
            Self::Many(many) if many.len * 4 < many.pages.len() * PAGE_LEN => {
                *self = Self::of(self.iter().collect());
            }
            Self::Many(_) => {}
        }
    }

    /// Returns the memory held, in bytes.
    pub(super) fn heap_bytes(&self) -> usize {
        match self {
            Self::Few(counts) => counts.capacity() * size_of::<Counted>(),
            Self::Many(many) => {
                let pages = many.pages.len() * PAGE_LEN * size_of::<Counted>();
                size_of::<Pages>() + many.pages.capacity() * size_of::<Vec<Counted>>() + pages
            }
        }
    }
}

impl Pages {
    fn of(counts: &[Counted]) -> Self {
        Self { pages: counts.chunks(FILLED_LEN).map(page).collect(), len: counts.len() }
    }

    fn change(&mut self, bucket: Bucket, change: impl FnOnce(u64) -> u64) {
        let at = self.pages.partition_point(|page| page[0].bucket <= bucket).saturating_sub(1);
        if self.pages[at].len() == PAGE_LEN && search(&self.pages[at], bucket).is_err() {
            return self.add_to_full(at, Counted::new(bucket, change(0)));
        }
        let before = self.pages[at].len();
        change_in(&mut self.pages[at], bucket, change);
        self.len = self.len + self.pages[at].len() - before;
        if self.pages[at].is_empty() {
            self.pages.remove(at);
        }
    }

    /// Splits a full page. If the new bucket follows the last page, it begins another one instead, so that buckets that arrive in
    /// order fill their pages.
    #[cold]
    fn add_to_full(&mut self, at: usize, counted: Counted) {
        let is_next = at + 1 == self.pages.len() && self.pages[at][PAGE_LEN - 1].bucket < counted.bucket;
        let mut upper = if is_next { page(&[]) } else { page(&self.pages[at].split_off(PAGE_LEN / 2)) };
        let is_upper = is_next || upper[0].bucket < counted.bucket;
        let half = if is_upper { &mut upper } else { &mut self.pages[at] };
        change_in(half, counted.bucket, |_| counted.count());
        self.len += 1;
        work::steps(upper.len() + self.pages.len() - at);
        self.pages.insert(at + 1, upper);
    }
}

/// Returns a page with some counts, and room for [`PAGE_LEN`].
fn page(counts: &[Counted]) -> Vec<Counted> {
    let mut page = Vec::with_capacity(PAGE_LEN);
    page.extend_from_slice(counts);
    page
}

fn search(counts: &[Counted], bucket: Bucket) -> Result<usize, usize> {
    counts.binary_search_by_key(&bucket, |counted| counted.bucket)
}

/// Changes the count of one bucket in a list.
fn change_in(counts: &mut Vec<Counted>, bucket: Bucket, change: impl FnOnce(u64) -> u64) {
    match search(counts, bucket) {
        Ok(at) => {
            let count = change(counts[at].count());
            counts[at] = Counted::new(bucket, count);
            if count == 0 {
                counts.remove(at);
            }
        }
        Err(at) => {
            work::steps(counts.len() - at);
            if counts.len() == counts.capacity() {
                counts.reserve_exact((counts.len() / 2).max(1));
            }
            counts.insert(at, Counted::new(bucket, change(0)));
        }
    }
}

/// Combines a list with another, in place if it already has all buckets of the other.
fn combine_few(counts: &mut Vec<Counted>, other: &[Counted], operate: fn(u64, u64) -> u64) {
    let mut emptied = false;
    let (mut missing, mut at) = (0, 0);
    for theirs in other {
        at += lower_len(&counts[at..], theirs.bucket);
        match counts.get_mut(at) {
            Some(ours) if ours.bucket == theirs.bucket => {
                *ours = Counted::new(ours.bucket, operate(ours.count(), theirs.count()));
                emptied |= ours.count() == 0;
            }
            _ => missing += 1,
        }
    }
    if missing > 0 {
        // Counts in buckets that both lists have were combined above.
        let theirs = other.iter().map(|theirs| Counted::new(theirs.bucket, operate(0, theirs.count())));
        *counts = merged(counts.iter().copied(), theirs, counts.len() + missing, |ours, _| ours);
    }
    if emptied {
        counts.retain(|counted| counted.count() != 0);
    }
}

/// Merges two lists into one. If both have a bucket, `both` combines the counts.
fn merged(
    ours: impl Iterator<Item = Counted>,
    theirs: impl Iterator<Item = Counted>,
    room: usize,
    both: impl Fn(u64, u64) -> u64,
) -> Vec<Counted> {
    let mut all = Vec::with_capacity(room);
    let mut ours = ours.peekable();
    for theirs in theirs {
        while let Some(lower) = ours.next_if(|ours| ours.bucket < theirs.bucket) {
            all.push(lower);
        }
        let shared = ours.next_if(|ours| ours.bucket == theirs.bucket);
        let count = shared.map_or(theirs.count(), |ours| both(ours.count(), theirs.count()));
        all.push(Counted::new(theirs.bucket, count));
    }
    all.extend(ours);
    all
}

/// Returns how many counts are of lower buckets, by galloping search: the fewer, the faster.
fn lower_len(counts: &[Counted], bucket: Bucket) -> usize {
    let mut end = 1;
    while counts.get(end - 1).is_some_and(|counted| counted.bucket < bucket) {
        end *= 2;
    }
    let start = end / 2;
    start + counts[start..counts.len().min(end)].partition_point(|counted| counted.bucket < bucket)
}
