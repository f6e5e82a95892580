//! Records that a projection passes over: ranges of offsets, by decision of an operator.
//!
//! State is a function of a log's prefix *without* the skipped records. So a position says which of the records before it were
//! skipped ([`Position::skipped`]), and state or documents that were made under other skips are told by it.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use crate::position::Position;

/// Offsets of one partition: half-open ranges, in rising order, that neither overlap nor touch.
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

/// What a projection skips, by topic and partition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Skips(BTreeMap<String, BTreeMap<u32, OffsetRanges>>);

/// A range that was folded and is skipped now, or the other way round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disagreement {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: u32,
    /// The offsets.
    pub offsets: Range<u64>,
    /// Whether they are skipped now.
    pub is_skipped: bool,
}

impl OffsetRanges {
    /// Adds offsets.
    pub fn insert(&mut self, added: Range<u64>) {
        self.replace(added.clone(), (!added.is_empty()).then_some(added));
    }

    /// Takes offsets out.
    pub fn remove(&mut self, removed: Range<u64>) {
        self.replace(removed, None);
    }

    /// Takes `cut` out and puts `put` in.
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

    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns whether an offset is one of them.
    pub fn contains(&self, offset: u64) -> bool {
        let after = self.0.partition_point(|range| range.start <= offset);
        after > 0 && offset < self.0[after - 1].end
    }

    /// Returns the next offset from `offset` on where these begin or end; `None` where they do not any more.
    pub fn next_border(&self, offset: u64) -> Option<u64> {
        let at = self.0.partition_point(|range| range.end <= offset);
        let range = self.0.get(at)?;
        Some(if offset < range.start { range.start } else { range.end })
    }

    /// Returns those below an offset.
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

    /// Returns the first offsets that are in one of both alone, and whether they are in this one.
    fn first_difference(&self, other: &Self) -> Option<(Range<u64>, bool)> {
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

impl Skips {
    /// Returns what is skipped of the records before a position.
    pub fn before(position: &Position) -> Self {
        let mut skips = Self::default();
        for (topic, partition, _) in position.iter() {
            if let Some(skipped) = position.skipped(topic, partition) {
                skips.0.entry(topic.to_owned()).or_default().insert(partition, skipped.clone());
            }
        }
        skips
    }

    /// Skips offsets of a partition.
    pub fn skip(&mut self, topic: &str, partition: u32, offsets: Range<u64>) {
        self.0.entry(topic.to_owned()).or_default().entry(partition).or_default().insert(offsets);
    }

    /// Skips offsets of a partition no longer.
    pub fn restore(&mut self, topic: &str, partition: u32, offsets: Range<u64>) {
        if let Some(ranges) = self.0.get_mut(topic).and_then(|partitions| partitions.get_mut(&partition)) {
            ranges.remove(offsets);
        }
    }

    /// Returns what is skipped of a partition, if anything is.
    pub fn of(&self, topic: &str, partition: u32) -> Option<&OffsetRanges> {
        self.0.get(topic)?.get(&partition).filter(|ranges| !ranges.is_empty())
    }

    /// As [`Skips::disagreement`], of the first of some positions that disagrees.
    pub fn first_disagreement<'a>(
        &self,
        positions: impl IntoIterator<Item = &'a Position>,
    ) -> Option<Disagreement> {
        positions.into_iter().find_map(|position| self.disagreement(position))
    }

    /// Returns what is not as these skips say among the records before a position.
    ///
    /// ```
    /// use foldline_core::position::Position;
    /// use foldline_core::skips::Skips;
    /// let mut skips = Skips::default();
    /// skips.skip("likes", 0, 30..50);
    /// let position = |text: &str| text.parse::<Position>().unwrap();
    /// assert_eq!(skips.disagreement(&position("likes:0:30")), None, "none of them was folded");
    /// assert_eq!(skips.disagreement(&position("likes:0:60!30-50")), None, "they were skipped");
    /// assert_eq!(skips.disagreement(&position("likes:0:40")).unwrap().offsets, 30..40);
    /// ```
    pub fn disagreement(&self, position: &Position) -> Option<Disagreement> {
        let none = OffsetRanges::default();
        position.iter().find_map(|(topic, partition, next_offset)| {
            let decided = self.of(topic, partition).unwrap_or(&none).below(next_offset);
            let made = position.skipped(topic, partition).unwrap_or(&none);
            let (offsets, is_skipped) = decided.first_difference(made)?;
            Some(Disagreement { topic: topic.to_owned(), partition, offsets, is_skipped })
        })
    }
}

impl std::fmt::Display for Disagreement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { topic, partition, offsets: Range { start, end }, is_skipped } = self;
        let (was, is) = if *is_skipped { ("folded", "skipped") } else { ("skipped", "not skipped") };
        write!(
            f,
            "offsets {start} to {end} of partition {partition} of topic `{topic}` were {was}, and are {is} now"
        )
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn model(ranges: &OffsetRanges) -> Vec<bool> {
        (0..64).map(|offset| ranges.contains(offset)).collect()
    }

    proptest! {
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

        #[test]
        fn a_position_agrees_with_skips_exactly_where_it_was_made_under_them(
            decided in proptest::collection::vec((0..40_u64, 1..9_u64), 0..4),
            made in proptest::collection::vec((0..40_u64, 1..9_u64), 0..4),
            next_offset in 1..50_u64,
        ) {
            let all = |ranges: &[(u64, u64)]| {
                let mut skips = Skips::default();
                ranges.iter().for_each(|&(start, len)| skips.skip("a", 3, start..start + len));
                skips
            };
            let (decided, made) = (all(&decided), all(&made));
            let mut position = Position::default();
            position.set("a", 3, next_offset);
            position.note_skipped("a", 3, made.of("a", 3));
            let is_in = |skips: &Skips, offset| skips.of("a", 3).is_some_and(|ranges| ranges.contains(offset));
            let differs = (0..next_offset).find(|&offset| is_in(&decided, offset) != is_in(&made, offset));
            let found = decided.disagreement(&position);
            prop_assert_eq!(found.as_ref().map(|found| found.offsets.start), differs);
            if let Some(found) = found {
                prop_assert_eq!(found.is_skipped, is_in(&decided, found.offsets.start));
            }
            let kept: Position = position.kept().to_string().parse().unwrap();
            prop_assert_eq!(Skips::before(&kept), Skips::before(&position));
            prop_assert_eq!(Skips::before(&position).disagreement(&position), None);
        }
    }

    #[test]
    fn a_disagreement_says_what_was_and_what_is() {
        let mut skips = Skips::default();
        skips.skip("likes", 0, 30..50);
        let of = |position: &str| skips.disagreement(&position.parse().unwrap()).unwrap().to_string();
        assert_eq!(
            of("likes:0:60"),
            "offsets 30 to 50 of partition 0 of topic `likes` were folded, and are skipped now"
        );
        assert_eq!(
            of("likes:0:60!30-55"),
            "offsets 50 to 55 of partition 0 of topic `likes` were skipped, and are not skipped now"
        );
    }
}
