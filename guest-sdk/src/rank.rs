//! Ranks: scores by which sets and lists are ordered, made of votes and time.
//!
//! A rank that falls as time passes would change without an event. These ranks do not change with the time of reading: what is
//! newer starts higher instead.

use crate::value::Time;

/// 12.5 hours: ten times the votes outweigh this much time.
const TENFOLD_MS: f64 = 45_000_000.0;

/// The number of steps of a quarter of an octave in a factor of ten: 4 × log2(10).
const QUARTERS_PER_TENFOLD: f64 = 13.287_712_379_549_449;

/// The votes that make up for a later time: `votes` weigh as many orders of magnitude as they have, and 12.5 hours weigh as much
/// as a factor of ten.
///
/// It is the hot ranking that [Reddit published](https://github.com/reddit-archive/reddit/blob/master/r2/r2/lib/db/_sorts.pyx)
/// (`_hot`: `log10(max(|score|, 1)) + seconds / 45000`), with the logarithm rounded down to quarters of an octave. So a post does
/// not move with every vote but when it has gained about a fifth, and a document is written that much less often: 100 votes and
/// 107 rank alike. No votes rank as one does. There are no votes against a post here.
///
/// ```
/// use foldline_sdk::prelude::*;
///
/// let monday = Time::from_ms(1_767_571_200_000);
/// let evening = Time::from_ms(monday.ms() + 45_000_000);
/// assert!(rank::hot(200, monday) > rank::hot(100, monday));
/// // Ten times the votes, or 12.5 hours.
/// assert!(rank::hot(1_000, monday) > rank::hot(90, evening));
/// assert!(rank::hot(1_000, monday) < rank::hot(120, evening));
/// // It stays while few votes come.
/// assert_eq!(rank::hot(100, monday), rank::hot(107, monday));
/// ```
pub fn hot(votes: u64, created: Time) -> f64 {
    // One division each of numbers that floats hold exactly: the same in every host.
    f64::from(quarter_octaves(votes)) / QUARTERS_PER_TENFOLD + created.ms() as f64 / TENFOLD_MS
}

/// Returns four times the binary logarithm, rounded down; of nothing it is 0.
///
/// In integers, because the logarithms of floats differ in their last bits from one library to another.
fn quarter_octaves(votes: u64) -> u32 {
    let votes = votes.max(1);
    let octave = votes.ilog2();
    // votes ≥ 2^(octave + n/4) means votes^4 ≥ 2^(4 octave + n); the power needs 256 bits, so the mantissa is cut to 32 first.
    let mantissa = u128::from(if octave > 31 { votes >> (octave - 31) } else { votes << (31 - octave) });
    let power = mantissa * mantissa * mantissa * mantissa;
    4 * octave + (power.ilog2() - 4 * 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quarters_of_an_octave_are_four_times_the_logarithm_rounded_down() {
        for votes in (0..5_000).chain((1..64).flat_map(|bit| [(1 << bit) - 1, 1 << bit, 3 << (bit - 1)])) {
            let exact = 4.0 * (votes.max(1) as f64).log2();
            let quarters = f64::from(quarter_octaves(votes));
            assert!(
                quarters <= exact + 1e-9 && exact < quarters + 1.0 + 1e-9,
                "{votes}: {quarters}, {exact}"
            );
        }
        assert_eq!(quarter_octaves(u64::MAX), 255);
    }

    #[test]
    fn more_votes_never_rank_lower() {
        let ranks: Vec<u32> = (0..100_000).map(quarter_octaves).collect();
        assert!(ranks.is_sorted());
    }

    #[test]
    fn twelve_and_a_half_hours_weigh_as_much_as_ten_times_the_votes() {
        let (now, later) = (Time::from_ms(1_767_225_600_000), Time::from_ms(1_767_225_600_000 + 45_000_000));
        let tenfold = hot(1, later) - hot(1, now);
        assert!((tenfold - 1.0).abs() < 1e-9, "{tenfold}");
        let gained = hot(10_000, now) - hot(1_000, now);
        assert!((gained - 1.0).abs() < 0.1, "{gained}");
    }
}
