//! `Sum`: an exact sum of integers or of decimals with a declared number of places.

pub mod sliding;
pub(crate) mod column;

use super::bytes::Bytes;
use super::contract::{Aggregate, Codec};

const VERSION: u8 = 1;

/// The most decimal places. With 18, every 64-bit integer still fits 128 bits when scaled (2^63 × 10^18 < 2^127).
pub const SCALE_MAX: u8 = 18;

/// A sum in units of 10^-scale; the scale is the column's. It wraps at 128 bits, because floats, or a saturating addition,
/// would depend on order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum(i128);

impl Sum {
    /// Adds a number of units of 10^-scale.
    pub fn add(&mut self, units: i128) {
        self.0 = self.0.wrapping_add(units);
    }

    /// Returns whether the sum is 0, as if nothing had been added.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Subtracts `other`, which was merged before.
    pub fn subtract(&mut self, other: Self) {
        self.0 = self.0.wrapping_sub(other.0);
    }

    /// Returns the sum as text with exactly `scale` places: `-12.30`.
    pub fn result(self, scale: u8) -> String {
        let places = usize::from(scale);
        let sign = if self.0 < 0 { "-" } else { "" };
        let mut digits = format!("{:0width$}", self.0.unsigned_abs(), width = places + 1);
        if places > 0 {
            digits.insert(digits.len() - places, '.');
        }
        format!("{sign}{digits}")
    }
}

/// Converts an integer to units of 10^-scale.
pub fn units_of_int(value: i64, scale: u8) -> i128 {
    i128::from(value) * 10i128.pow(u32::from(scale))
}

/// Parses `[+-]DIGITS[.DIGITS]` with at most `scale` places into units of 10^-scale.
///
/// `None` for everything else, including exponents and numbers that exceed 128 bits.
pub fn units_of_text(text: &str, scale: u8) -> Option<i128> {
    let (negative, number) = match text.as_bytes() {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let (whole, places) = match number.iter().position(|&byte| byte == b'.') {
        Some(dot) => (&number[..dot], Some(&number[dot + 1..])),
        None => (number, None),
    };
    let places_len = places.map_or(0, <[u8]>::len);
    if whole.is_empty() || places == Some(&[]) || places_len > usize::from(scale) {
        return None;
    }
    // Counted downwards, because the smallest i128 has no positive counterpart.
    let mut units = 0i128;
    for &byte in whole.iter().chain(places.unwrap_or_default()) {
        if !byte.is_ascii_digit() {
            return None;
        }
        units = units.checked_mul(10)?.checked_sub(i128::from(byte - b'0'))?;
    }
    let missing = usize::from(scale) - places_len;
    for _ in 0..missing {
        units = units.checked_mul(10)?;
    }
    if negative { Some(units) } else { units.checked_neg() }
}

/// Returns a decimal with exactly `scale` places, of the forms that [`units_of_text`] parses.
pub fn decimal(text: &str, scale: u8) -> Option<String> {
    units_of_text(text, scale).map(|units| Sum(units).result(scale))
}

impl Codec for Sum {
    fn encode(&self, out: &mut Vec<u8>) {
        out.push(VERSION);
        out.extend_from_slice(&self.0.to_le_bytes());
    }

    fn encoded_len(&self) -> usize {
        1 + size_of::<i128>()
    }

    fn decode(bytes: &[u8]) -> Result<Self, String> {
        let mut bytes = Bytes::versioned(bytes, VERSION, "a sum")?;
        let sum = Self(i128::from_le_bytes(bytes.array()?));
        bytes.end()?;
        Ok(sum)
    }
}

impl Aggregate for Sum {
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
        fn merge_and_encoding_keep_the_laws(a: i128, b: i128, c: i128, at: usize, flip in 1u8..) {
            laws::check(&Sum(a), &Sum(b), &Sum(c));
            laws::check_damaged(&Sum(a), at, flip);
        }

        #[test]
        fn text_round_trips_at_every_scale(units: i128, scale in 0..=SCALE_MAX) {
            prop_assert_eq!(units_of_text(&Sum(units).result(scale), scale), Some(units));
        }
    }

    #[test]
    fn decimals_are_exact() {
        for (text, scale, units) in [
            ("0", 0, 0),
            ("-0.0", 1, 0),
            ("+7", 2, 700),
            ("12.3", 2, 1230),
            ("-0.05", 2, -5),
            ("007.10", 2, 710),
            ("170141183460469231731687303715884105727", 0, i128::MAX),
            ("-170141183460469231731687303715884105728", 0, i128::MIN),
        ] {
            assert_eq!(units_of_text(text, scale), Some(units), "{text}");
        }
        assert_eq!(Sum(-5).result(2), "-0.05");
        assert_eq!(Sum(-5).result(0), "-5");
        assert_eq!(units_of_int(i64::MIN, SCALE_MAX), -9_223_372_036_854_775_808_000_000_000_000_000_000);
    }

    #[test]
    fn what_is_no_decimal_of_the_scale_is_refused() {
        for text in
            ["", "-", "+", ".", "1.", ".5", "1.234", "1e3", "1,0", "--1", "0x1", " 1", "1 ", "NaN", "١"]
        {
            assert_eq!(units_of_text(text, 2), None, "{text}");
        }
        assert_eq!(units_of_text("170141183460469231731687303715884105728", 0), None);
        assert_eq!(units_of_text("9000000000000000000000000000000000000", 2), None);
        assert_eq!(units_of_text("1.0", 0), None);
    }
}
