//! Records that a projection skips: ranges of offsets, by decision of an operator.
//!
//! State is a function of a log's prefix *without* the skipped records. So a position records which of the records before it were
//! skipped ([`Position::skipped`]), which reveals state or documents that were made under other skips.

use std::collections::BTreeMap;
use std::ops::Range;

pub use crate::offset_ranges::OffsetRanges;
use crate::position::Position;

/// What a projection skips, by topic and partition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Skips(BTreeMap<String, BTreeMap<u32, OffsetRanges>>);

/// A range that was folded and is now skipped, or the reverse.
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

impl Skips {
    /// Returns the skips that a position records.
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

    /// Stops skipping offsets of a partition.
    pub fn restore(&mut self, topic: &str, partition: u32, offsets: Range<u64>) {
        if let Some(ranges) = self.0.get_mut(topic).and_then(|partitions| partitions.get_mut(&partition)) {
            ranges.remove(offsets);
        }
    }

    /// Returns what is skipped of a partition; `None` = nothing.
    pub fn of(&self, topic: &str, partition: u32) -> Option<&OffsetRanges> {
        self.0.get(topic)?.get(&partition).filter(|ranges| !ranges.is_empty())
    }

    /// As [`Skips::disagreement`], for the first of several positions that disagrees.
    pub fn first_disagreement<'a>(
        &self,
        positions: impl IntoIterator<Item = &'a Position>,
    ) -> Option<Disagreement> {
        positions.into_iter().find_map(|position| self.disagreement(position))
    }

    /// Returns the first range before a position that the position and these skips treat differently.
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
    use crate::trials;

    proptest! {
        #![proptest_config(trials::usual())]

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
