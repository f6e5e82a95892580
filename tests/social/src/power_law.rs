//! Ranks with a power law, computed in whole numbers: floats may differ in the last bit from machine to machine, and then the
//! bytes would, too.

use crate::rng::Rng;

/// Returns a rank below `bound`, in about inverse proportion to its place (Zipf, exponent 1): the octaves of ranks (0; 1 and 2;
/// 3 to 6; …) are equally likely.
///
/// # Panics
/// Panics when `bound` is 0.
pub fn rank(rng: &mut Rng, bound: u64) -> u64 {
    let octaves = u64::from(bound.ilog2()) + 1;
    loop {
        let first = 1 << rng.below(octaves);
        let rank = first - 1 + rng.below(first);
        // The last octave may be cut.
        if rank < bound {
            return rank;
        }
    }
}

/// Gives each rank a place of its own, so that a number does not reveal its popularity.
pub struct Scatter {
    bound: u64,
    stride: u64,
}

impl Scatter {
    /// Returns the places below `bound`, at most 2^32.
    ///
    /// # Panics
    /// Panics when `bound` is 0.
    pub fn of(bound: u64) -> Self {
        assert!(bound > 0, "there is a place");
        // Steps of the golden section leave no gaps for long.
        let mut stride = (bound * 618 / 1_000).max(1);
        while divisor(stride, bound) != 1 {
            stride += 1;
        }
        Self { bound, stride }
    }

    /// Returns a number below the bound, by the power law.
    pub fn draw(&self, rng: &mut Rng) -> u64 {
        self.place(rank(rng, self.bound))
    }

    fn place(&self, rank: u64) -> u64 {
        (rank * self.stride + self.bound / 3) % self.bound
    }
}

/// Returns the greatest common divisor.
fn divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { divisor(b, a % b) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_rank_is_drawn_in_inverse_proportion_to_its_place() {
        let mut rng = Rng::new(1);
        let mut drawn = vec![0_u64; 1_000];
        (0..1_000_000).for_each(|_| drawn[rank(&mut rng, 1_000) as usize] += 1);
        // 1,000 is in the tenth octave: 0 takes a tenth, or a little more, because the last octave is cut.
        for (place, count) in [(0, 100_000), (1, 50_000), (5, 25_000), (500, 390)] {
            assert!(drawn[place].abs_diff(count) * 5 < count, "{} times {place}", drawn[place]);
        }
        assert!(drawn.iter().all(|&count| count > 0));
    }

    #[test]
    fn every_rank_has_a_place_of_its_own() {
        for bound in [1, 2, 3, 7, 10, 64, 1_000, 99_991] {
            let scatter = Scatter::of(bound);
            let places: BTreeSet<u64> = (0..bound).map(|rank| scatter.place(rank)).collect();
            assert_eq!((places.len() as u64, places.last()), (bound, Some(&(bound - 1))));
            assert_eq!(rank(&mut Rng::new(1), 1), 0);
        }
    }
}
