//! The mapping between numbers and buckets: which bucket a number falls into, and which number represents a bucket.
//!
//! Buckets divide the positive numbers where L, an approximation of the logarithm, reaches multiples of 1/K. For a number
//! 2^e · (1 + s), 0 ≤ s < 1, L = e + s · (4 − s) / 3. It is continuous, rises, and is computed in integers, so that
//! no machine's library can disagree (DDSketch's "quadratically interpolated" mapping: Masson, Rim, Lee, "DDSketch",
//! VLDB 2019, §2.2 and the authors' `sketches-java`).
//!
//! **Error.** dL / d ln x = P′(s) · (1 + s) = ⅔ (2 − s)(1 + s), which is 4/3 at both ends of 0..1 and more in between. So in
//! a bucket, ln x covers at most 1/K · ¾, and with K = 3 / (8 α), a bucket's ends differ by a factor of at most e^(2 α). The
//! harmonic mean 2 · low · high / (low + high) of both ends is then off by at most (e^2α − 1) / (e^2α + 1) = tanh α from any
//! number between them. That is α³/3 less than α, 3 · 10^-10 for the smallest α, which leaves room for rounding: L is truncated
//! to 51 fractional bits, and the rest is at most a few steps of a float.
//!
//! The exact logarithm would need ½ / α buckets for a factor of e. L needs 8 % more, 0.54 / α: for a factor of 2, that is 37.5
//! at 1 %, and 375 at 0.1 %.

/// Fractional bits of L, times 3.
const POINT: u32 = 51;

/// Fractional bits of K, divided by 3: the most for which 125,000 · 2^46 is below 2^63.
const K_POINT: u32 = 46;

/// Added to exponents, so that those of subnormals, down to −1074, become positive: 1023 + 52.
const BIAS: u32 = 1_075;

const MANTISSA_BITS: u32 = 52;

/// The mapping for one relative error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// K / 3, rounded up, with [`K_POINT`] fractional bits.
    third_k: u64,
}

/// A bucket: numbers that a sketch cannot tell apart. Buckets are ordered as their numbers are.
///
/// Positive numbers have buckets from 1 on. The bucket of a negative number is the negated one of its opposite. Bucket 0 is zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bucket(pub(super) i32);

impl Mapping {
    /// Returns the mapping for a relative error in millionths.
    pub(super) fn new(millionths: u32) -> Self {
        // K / 3 = 1 / (8 α) = 125,000 / millionths.
        Self { third_k: (125_000u64 << K_POINT).div_ceil(millionths.into()) }
    }

    /// Returns the bucket of a finite number.
    #[inline]
    pub fn bucket(self, value: f64) -> Bucket {
        debug_assert!(value.is_finite(), "{value} has no bucket");
        let size = value.abs();
        if size == 0.0 {
            return Bucket(0);
        }
        let index = 1 + self.index(triple_log(size));
        Bucket(if value < 0.0 { -index } else { index })
    }

    /// Returns the number that represents a bucket: off from every number in it by at most the relative error.
    ///
    /// Subnormal numbers are further apart than the error; for them it is the nearest float.
    pub fn value(self, bucket: Bucket) -> f64 {
        let Bucket(index) = bucket;
        if index == 0 {
            return 0.0;
        }
        let above = u128::from(index.unsigned_abs());
        let (low_exponent, low) = self.start(above - 1);
        let (high_exponent, high) = self.start(above);
        // Relative to the power of two of the lower end, because that of the higher end could be infinite.
        let high = high * power_of_two(high_exponent as i32 - low_exponent as i32);
        let mean = 2.0 * low * high / (low + high);
        let size = scaled(mean, low_exponent as i32 - BIAS as i32).min(f64::MAX);
        if index < 0 { -size } else { size }
    }

    /// Returns the largest index of any bucket.
    pub(super) fn index_max(self) -> i32 {
        1 + self.index(triple_log(f64::MAX))
    }

    #[inline]
    fn index(self, triple_log: u64) -> i32 {
        ((u128::from(triple_log) * u128::from(self.third_k)) >> (POINT + K_POINT)) as i32
    }

    /// Returns the smallest number with at least this index, as a biased exponent and 1 + s.
    fn start(self, index: u128) -> (u64, f64) {
        let triple_log = (index << (POINT + K_POINT)).div_ceil(self.third_k.into()) as u64;
        let (exponent, rest) = (triple_log / (3 << POINT), triple_log % (3 << POINT));
        // s · (4 − s) = rest, solved for s.
        let rest = rest as f64 / (1u64 << POINT) as f64;
        (exponent, 3.0 - (4.0 - rest).sqrt())
    }
}

/// Returns 3 · (L + [`BIAS`]) of a positive number, with [`POINT`] fractional bits.
#[inline]
fn triple_log(size: f64) -> u64 {
    let bits = size.to_bits();
    let (exponent, mantissa) = match bits >> MANTISSA_BITS {
        0 => {
            let shift = bits.leading_zeros() - (63 - MANTISSA_BITS);
            (u64::from(1 + MANTISSA_BITS - shift), bits << shift)
        }
        exponent => (exponent + u64::from(MANTISSA_BITS), bits),
    };
    let s = mantissa & ((1 << MANTISSA_BITS) - 1);
    let parabola = u128::from(s) * u128::from((4 << MANTISSA_BITS) - s);
    ((3 * exponent) << POINT) + (parabola >> (2 * MANTISSA_BITS - POINT)) as u64
}

/// Returns a normal power of two.
fn power_of_two(exponent: i32) -> f64 {
    f64::from_bits(((exponent + 1_023) as u64) << MANTISSA_BITS)
}

/// Returns `value`, which is in 1..4, times a power of two. A subnormal result is rounded only once.
fn scaled(value: f64, exponent: i32) -> f64 {
    const NORMAL_MIN: i32 = -1_022;
    let normal = exponent.max(NORMAL_MIN);
    value * power_of_two(normal) * power_of_two(exponent - normal)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::aggregate::quantiles::{MILLIONTHS_MAX, MILLIONTHS_MIN};
    use crate::trials;

    /// All finite floats with equal probability, including subnormals, and those next to a power of two.
    fn any_finite() -> impl Strategy<Value = f64> {
        prop_oneof![
            any::<f64>().prop_filter("finite", |value| value.is_finite()),
            (0u64..0x7ff0_0000_0000_0000, any::<bool>()).prop_map(|(bits, negative)| {
                let size = f64::from_bits(bits);
                if negative { -size } else { size }
            }),
            (0u64..1 << 52).prop_map(f64::from_bits),
            (0u64..52, 0u64..8).prop_map(|(shift, more)| f64::from_bits((1 << shift) + more)),
            (1u64..2047, -4i64..4).prop_map(|(exponent, away)| {
                f64::from_bits((exponent << 52).wrapping_add_signed(away).min(f64::MAX.to_bits()))
            }),
        ]
    }

    fn any_error() -> impl Strategy<Value = u32> {
        prop_oneof![Just(MILLIONTHS_MIN), Just(10_000), Just(MILLIONTHS_MAX), MILLIONTHS_MIN..=MILLIONTHS_MAX]
    }

    /// Checks in floats what is promised in exact arithmetic: no tolerance but the last bit of the comparison itself, and half a
    /// step of subnormals.
    fn holds(value: f64, stands: f64, millionths: u32) -> bool {
        const STEP: f64 = 5e-324;
        let allowed = value.abs() * (f64::from(millionths) / 1e6);
        let away = (value - stands).abs();
        away <= allowed || value.abs() < f64::MIN_POSITIVE * 1.2 && away <= allowed + STEP
    }

    proptest! {
        #![proptest_config(trials::cases(20_000, 100))]

        #[test]
        fn the_error_is_as_promised(value in any_finite(), millionths in any_error()) {
            let mapping = Mapping::new(millionths);
            let stands = mapping.value(mapping.bucket(value));
            prop_assert!(stands.is_finite());
            prop_assert!(holds(value, stands, millionths), "{} stands for {}", stands, value);
        }

        #[test]
        fn buckets_rank_as_numbers_do(a in any_finite(), b in any_finite(), millionths in any_error()) {
            let mapping = Mapping::new(millionths);
            let (low, high) = if a <= b { (a, b) } else { (b, a) };
            prop_assert!(mapping.bucket(low) <= mapping.bucket(high));
            let next = low.next_up().min(f64::MAX);
            prop_assert!(mapping.bucket(low) <= mapping.bucket(next));
        }

        #[test]
        fn every_bucket_has_its_number(millionths in any_error(), at: prop::sample::Index) {
            let mapping = Mapping::new(millionths);
            let bucket = Bucket(1 + at.index(mapping.index_max() as usize) as i32);
            let value = mapping.value(bucket);
            prop_assert_eq!(mapping.value(Bucket(-bucket.0)), -value);
            // Below some size, not every bucket contains a float. Above it, the representing number is one of the bucket's.
            if value > f64::MIN_POSITIVE && bucket.0 != mapping.index_max() {
                prop_assert_eq!(mapping.bucket(value), bucket);
            }
        }
    }

    #[test]
    fn the_error_is_as_promised_at_the_ends_of_many_buckets() {
        for millionths in [MILLIONTHS_MIN, 3_333, 10_000, MILLIONTHS_MAX] {
            let mapping = Mapping::new(millionths);
            let step = (mapping.index_max() / 5_000).max(1);
            for index in (0..mapping.index_max()).step_by(step as usize) {
                let (exponent, mantissa) = mapping.start(index as u128);
                if exponent == 0 {
                    continue;
                }
                let start = scaled(mantissa, exponent as i32 - BIAS as i32);
                for value in [start.next_down(), start, start.next_up()] {
                    if value > 0.0 && value.is_finite() {
                        let stands = mapping.value(mapping.bucket(value));
                        assert!(holds(value, stands, millionths), "{stands} stands for {value}");
                    }
                }
            }
        }
    }

    /// Pinned: sketches from other machines and later builds must agree on every bucket. Computed separately, in fractions.
    #[test]
    fn buckets_never_change() {
        let mapping = Mapping::new(10_000);
        for (value, index) in [
            (5e-324, 38),
            (f64::MIN_POSITIVE, 1_988),
            (0.001, 39_939),
            (1.0, 40_313),
            (1.5, 40_335),
            (2.0, 40_351),
            (1e6, 41_061),
            (f64::MAX, 78_713),
        ] {
            assert_eq!(mapping.bucket(value), Bucket(index), "{value}");
            assert_eq!(mapping.bucket(-value), Bucket(-index), "{value}");
        }
        assert_eq!(mapping.bucket(0.0), Bucket(0));
        assert_eq!(mapping.bucket(-0.0), Bucket(0));
    }
}
