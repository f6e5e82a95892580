//! Partly failed appends: which records are in the log, and which are not.
//!
//! The embedded log takes all or none. Kafka may take a part of an append that is not a transaction. A caller that retries must
//! know which part, or those records end up in the log twice.

use std::ops::Range;

use foldline_core::position::Position;

/// What became of the records of a failed append. Records are numbered from 0 within the append; those in neither `missing` nor
/// `unknown` are in the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Partly {
    /// The number of records that are in the log.
    pub written: u64,
    /// The next offsets after the records that are in the log.
    pub token: Position,
    /// The records that are not in the log, and never will be.
    pub missing: Vec<Range<u64>>,
    /// The records whose outcome is unknown, because the log failed while taking them.
    pub unknown: Vec<Range<u64>>,
}

impl Partly {
    /// Returns a value in which the outcome of every record is unknown.
    pub fn undecided() -> Self {
        Self { unknown: std::iter::once(0..u64::MAX).collect(), ..Self::default() }
    }

    /// Combines parts into whole records: `parts[i]` is the number of consecutive parts that make up record `i`. A record is
    /// in the log when all its parts are.
    #[must_use]
    pub fn of_whole(self, parts: &[u64]) -> Self {
        const MISSING: u8 = 1;
        const UNKNOWN: u8 = 2;
        let mut fates = vec![0; parts.iter().sum::<u64>() as usize];
        for (ranges, fate) in [(&self.missing, MISSING), (&self.unknown, UNKNOWN)] {
            for range in ranges {
                let end = fates.len().min(range.end as usize);
                fates[range.start as usize..end].fill(fate);
            }
        }
        let mut fates = fates.into_iter();
        let whole: Vec<u8> = parts
            .iter()
            .map(|&parts| fates.by_ref().take(parts as usize).max().unwrap_or_default())
            .collect();
        let of = |fate: u8| {
            let numbered = (0..).zip(&whole);
            ranges(numbered.filter(|(_, of)| **of == fate).map(|(number, _)| number))
        };
        let written = whole.iter().filter(|fate| **fate == 0).count() as u64;
        Self { written, missing: of(MISSING), unknown: of(UNKNOWN), token: self.token }
    }

    /// Returns whether certainly nothing is in the log, so that the append may be repeated unchanged.
    pub fn is_nothing(&self) -> bool {
        self.written == 0 && self.unknown.is_empty()
    }
}

/// Collects rising numbers into ranges.
pub fn ranges(numbers: impl IntoIterator<Item = u64>) -> Vec<Range<u64>> {
    let mut ranges: Vec<Range<u64>> = Vec::new();
    for number in numbers {
        match ranges.last_mut() {
            Some(last) if last.end == number => last.end += 1,
            Some(last) if last.end > number => {}
            _ => ranges.push(number..number + 1),
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_of_several_parts_is_there_when_all_of_them_are() {
        let parts = Partly { written: 5, missing: ranges([3]), unknown: ranges([6]), ..Partly::default() };
        // One record, a punctuation for three partitions, two records, and another punctuation.
        let whole = parts.of_whole(&[1, 3, 1, 1, 3]);
        assert_eq!((whole.written, whole.missing, whole.unknown), (3, ranges([1]), ranges([4])));
    }

    #[test]
    fn numbers_that_follow_each_other_are_one_range() {
        assert_eq!(ranges([]), []);
        assert_eq!(ranges([0, 1, 1, 2, 5, 7, 8]), [0..3, 5..6, 7..9]);
    }
}
