//! What the benchmarks share: seeded random numbers, and the distribution of likes over the posts of a feed.
#![allow(dead_code, reason = "no bench needs all of it")]

pub mod batch;

/// A seeded generator of random numbers (SplitMix64).
pub struct Rng(pub u64);

impl Rng {
    /// Returns the next number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// Returns a uniform number below `limit`.
    pub fn below(&mut self, limit: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(limit)) >> 64) as u64
    }

    /// Returns a uniform number in 0..1.
    pub fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// The Zipf distribution over ranks 0, 1, 2… with weights 1, 1/2, 1/3…
pub struct Zipf(Vec<f64>);

impl Zipf {
    /// Returns the distribution over `ranks` ranks.
    pub fn new(ranks: usize) -> Self {
        let mut total = 0.0;
        let sum = |rank| {
            total += 1.0 / (rank + 1) as f64;
            total
        };
        Self((0..ranks).map(sum).collect())
    }

    /// Draws a rank.
    pub fn draw(&self, rng: &mut Rng) -> usize {
        let total = self.0[self.0.len() - 1];
        let at = rng.share() * total;
        self.0.partition_point(|&sum| sum < at)
    }
}
