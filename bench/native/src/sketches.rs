//! HyperLogLogs with a byte per register, all in one array.

/// Index bits.
const P: u32 = 14;
/// 16,384 registers: a relative standard error of 0.81 %.
const REGISTERS: usize = 1 << P;
/// Hash bits that remain for the rank.
const Q: usize = 64 - P as usize;

/// Sets whose sizes can be estimated, numbered from 0.
#[derive(Default)]
pub struct Sketches {
    /// One array: the set's number gives the location of its registers, without a pointer to follow.
    registers: Vec<u8>,
}

impl Sketches {
    /// Adds an empty set; returns its number.
    pub fn push(&mut self) -> u32 {
        let number = self.registers.len() / REGISTERS;
        self.registers.resize(self.registers.len() + REGISTERS, 0);
        u32::try_from(number).expect("memory ends before four billion sketches do")
    }

    /// Adds an item, by its hash, to a set.
    pub fn add(&mut self, number: u32, hash: u64) {
        let register = &mut self.registers[((number as usize) << P) | (hash >> Q) as usize];
        // The bit below the index bits limits the count to Q + 1.
        let rank = (((hash << P) | (1 << (P - 1))).leading_zeros() + 1) as u8;
        if rank > *register {
            *register = rank;
        }
    }

    /// Returns the estimated number of different items in a set (O. Ertl, "New cardinality estimation algorithms for HyperLogLog
    /// sketches", the improved raw estimator).
    pub fn estimate(&self, number: u32) -> u64 {
        let mut histogram = [0_u32; Q + 2];
        for &rank in &self.registers[(number as usize) << P..][..REGISTERS] {
            histogram[usize::from(rank)] += 1;
        }
        let m = REGISTERS as f64;
        let mut z = m * tau(1.0 - f64::from(histogram[Q + 1]) / m);
        for &count in histogram[1..=Q].iter().rev() {
            z = 0.5 * (z + f64::from(count));
        }
        z += m * sigma(f64::from(histogram[0]) / m);
        let alpha = 0.5 / std::f64::consts::LN_2;
        (alpha * m * m / z).round() as u64
    }
}

fn sigma(mut x: f64) -> f64 {
    if x == 1.0 {
        return f64::INFINITY;
    }
    let (mut y, mut z) = (1.0, x);
    loop {
        x *= x;
        let before = z;
        z += x * y;
        y += y;
        if z == before {
            return z;
        }
    }
}

fn tau(mut x: f64) -> f64 {
    if x == 0.0 || x == 1.0 {
        return 0.0;
    }
    let (mut y, mut z) = (1.0, 1.0 - x);
    loop {
        x = x.sqrt();
        let before = z;
        y *= 0.5;
        z -= (1.0 - x) * (1.0 - x) * y;
        if z == before {
            return z / 3.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Sketches;
    use crate::posts::Posts;

    #[test]
    fn estimates_stay_within_four_standard_errors() {
        for items in [0_u64, 1, 10, 1_000, 20_000, 60_000, 1_000_000] {
            let mut sketches = Sketches::default();
            let (other, set) = (sketches.push(), sketches.push());
            for item in 0..items {
                sketches.add(set, Posts::hash(&format!("u{item}")));
            }
            let error = sketches.estimate(set).abs_diff(items) as f64;
            assert!(error <= (4.0 * 0.0081 * items as f64).max(1.0), "{items}: {}", sketches.estimate(set));
            assert_eq!(sketches.estimate(other), 0);
        }
    }
}
