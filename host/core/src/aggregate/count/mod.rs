//! `Count`: how many.

pub mod sliding;
pub(crate) mod column;

use super::bytes::Bytes;
use super::contract::{Aggregate, Codec};

const VERSION: u8 = 1;

/// A count. It wraps at 2^64, because a saturating addition would depend on order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count(u64);

impl Count {
    /// Adds `increment`.
    pub fn add(&mut self, increment: u64) {
        self.0 = self.0.wrapping_add(increment);
    }

    /// Returns whether nothing was counted.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Subtracts `other`, which was merged before.
    pub fn subtract(&mut self, other: Self) {
        self.0 = self.0.wrapping_sub(other.0);
    }

    /// Returns the count as a result, `i64::MAX` at most.
    pub fn result(self) -> i64 {
        i64::try_from(self.0).unwrap_or(i64::MAX)
    }
}

impl Codec for Count {
    fn encode(&self, out: &mut Vec<u8>) {
        out.push(VERSION);
        out.extend_from_slice(&self.0.to_le_bytes());
    }

    fn encoded_len(&self) -> usize {
        1 + size_of::<u64>()
    }

    fn decode(bytes: &[u8]) -> Result<Self, String> {
        let mut bytes = Bytes::versioned(bytes, VERSION, "a count")?;
        let count = Self(u64::from_le_bytes(bytes.array()?));
        bytes.end()?;
        Ok(count)
    }
}

impl Aggregate for Count {
    fn merge(&mut self, other: &Self) {
        self.add(other.0);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::aggregate::laws;
    use crate::trials;

    proptest! {
        #![proptest_config(trials::usual())]

        #[test]
        fn merge_and_encoding_keep_the_laws(a: u64, b: u64, c: u64, at: usize, flip in 1u8..) {
            laws::check(&Count(a), &Count(b), &Count(c));
            laws::check_damaged(&Count(a), at, flip);
        }
    }

    #[test]
    fn a_count_beyond_what_results_carry_is_shown_as_the_largest() {
        let mut count = Count::default();
        count.add(i64::MAX as u64);
        assert_eq!(count.result(), i64::MAX);
        count.add(7);
        assert_eq!(count.result(), i64::MAX);
    }
}
