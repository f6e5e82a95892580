//! Sets of offsets, as ranges.

use std::ops::Range;
use std::sync::Arc;

/// Offsets of one partition: half-open ranges in rising order that neither overlap nor touch.
///
/// ```
/// use foldline_core::skips::OffsetRanges;
/// let mut ranges = OffsetRanges::default();
/// ranges.insert(30..50);
/// ranges.insert(50..60);
/// assert!(ranges.contains(55) && !ranges.contains(60));
/// assert_eq!(ranges.below(40).iter().collect::<Vec<_>>(), [30..40]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OffsetRanges(Arc<[Range<u64>]>);

impl OffsetRanges {
    /// Adds offsets.
    pub fn insert(&mut self, added: Range<u64>) {
        self.replace(added.clone(), (!added.is_empty()).then_some(added));
    }

    /// Removes offsets.
    pub fn remove(&mut self, removed: Range<u64>) {
        self.replace(removed, None);
    }

    /// Removes `cut` and adds `put`.
    fn replace(&mut self, cut: Range<u64>, put: Option<Range<u64>>) {
        let left = self.iter().map(|range| range.start..range.end.min(cut.start));
        let right = self.iter().map(|range| range.start.max(cut.end)..range.end);
        let mut all: Vec<Range<u64>> =
            left.chain(right).filter(|range| !range.is_empty()).chain(put).collect();
        all.sort_by_key(|range| range.start);
        let mut merged: Vec<Range<u64>> = Vec::with_capacity(all.len());
        for range in all {
            match merged.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => merged.push(range),
            }
        }
        self.0 = merged.into();
    }

    /// Returns the ranges, in rising order.
    pub fn iter(&self) -> impl Iterator<Item = Range<u64>> {
        self.0.iter().cloned()
    }

    /// Returns whether the set is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns whether an offset is in the set.
    pub fn contains(&self, offset: u64) -> bool {
        let after = self.0.partition_point(|range| range.start <= offset);
        after > 0 && offset < self.0[after - 1].end
    }

    /// Returns where the next range begins or ends after `offset`; `None` if none does.
    pub fn next_border(&self, offset: u64) -> Option<u64> {
        let at = self.0.partition_point(|range| range.end <= offset);
        let range = self.0.get(at)?;
        Some(if offset < range.start { range.start } else { range.end })
    }

    /// Returns the offsets of the set that are below `offset`.
    #[must_use]
    pub fn below(&self, offset: u64) -> Self {
        match self.0.last() {
            Some(last) if last.end > offset => {
                let clipped = self.iter().map(|range| range.start..range.end.min(offset));
                Self(clipped.filter(|range| !range.is_empty()).collect())
            }
            _ => self.clone(),
        }
    }

    /// Returns the first range of offsets that is in only one of the two sets, and whether it is in this one.
    pub(crate) fn first_difference(&self, other: &Self) -> Option<(Range<u64>, bool)> {
        let mut offset = 0;
        loop {
            let end = [self, other].iter().filter_map(|ranges| ranges.next_border(offset)).min()?;
            if self.contains(offset) != other.contains(offset) {
                return Some((offset..end, self.contains(offset)));
            }
            offset = end;
        }
    }
}

impl FromIterator<Range<u64>> for OffsetRanges {
    fn from_iter<I: IntoIterator<Item = Range<u64>>>(ranges: I) -> Self {
        let mut all = Self::default();
        ranges.into_iter().for_each(|range| all.insert(range));
        all
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::trials;

    fn model(ranges: &OffsetRanges) -> Vec<bool> {
        (0..64).map(|offset| ranges.contains(offset)).collect()
    }

    proptest! {
        #![proptest_config(trials::usual())]

        #[test]
        fn ranges_are_the_set_of_their_offsets(
            changes in proptest::collection::vec((any::<bool>(), 0..60_u64, 0..12_u64), 0..12),
            below in 0..64_u64,
        ) {
            let (mut ranges, mut set) = (OffsetRanges::default(), vec![false; 64]);
            for (inserts, start, len) in changes {
                let end = (start + len).min(64);
                if inserts { ranges.insert(start..end) } else { ranges.remove(start..end) }
                (start..end).for_each(|offset| set[offset as usize] = inserts);
            }
            prop_assert_eq!(model(&ranges), set.clone());
            let apart = ranges.iter().zip(ranges.iter().skip(1)).all(|(one, next)| one.end < next.start);
            prop_assert!(apart && ranges.iter().all(|range| !range.is_empty()), "{:?}", ranges);
            let clipped: Vec<bool> = set.iter().zip(0..).map(|(&is, offset)| is && offset < below).collect();
            prop_assert_eq!(model(&ranges.below(below)), clipped);
            let borders = (below + 1..64).find(|&offset| set[offset as usize] != set[offset as usize - 1]);
            let end = set[63].then_some(64);
            prop_assert_eq!(ranges.next_border(below), borders.or(end));
        }
    }
}
