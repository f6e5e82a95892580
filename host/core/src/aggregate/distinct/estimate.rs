//! The estimators: how many items a sketch has seen.
//!
//! They use only +, ×, ÷ and √ on doubles, which IEEE 754 rounds identically everywhere, so every machine reads the same number
//! from the same sketch. (A logarithm is not rounded identically.)

use super::tally::Tally;

/// Returns how many items it takes to set `len` of 2^precision places, where `len` is less than 1/500 of them.
///
/// Linear counting, m · -ln(1 - len/m): K.-Y. Whang, B. Vander-Zanden, H. Taylor, "A linear-time probabilistic counting
/// algorithm for database applications" (1990). The logarithm is computed as a series, to the last bit of a double.
pub(super) fn linear(len: usize, precision: u8) -> f64 {
    let x = len as f64 / f64::from(1u32 << precision);
    len as f64 * (1.0 + x * (1.0 / 2.0 + x * (1.0 / 3.0 + x * (1.0 / 4.0 + x * (1.0 / 5.0 + x / 6.0)))))
}

/// Returns the estimated number of items behind 2^precision registers.
///
/// The improved raw estimator: O. Ertl, "New cardinality estimation algorithms for HyperLogLog sketches" (2017), §4.
/// Unbiased from one item to far beyond 10^9, without tables of empirical corrections.
pub(super) fn raw(tally: &Tally, precision: u8) -> f64 {
    /// The limit of the bias correction for many registers: 1 / (2 ln 2).
    const ALPHA: f64 = 0.721_347_520_444_481_7;
    let m = f64::from(1u32 << precision);
    let scale = 2f64.powi(i32::from(precision) - 64);
    let inner = tally.weight as f64 * scale
        + m * tau(1.0 - f64::from(tally.saturated) / m) * scale
        + m * sigma(f64::from(tally.empty) / m);
    // An empty sketch divides by infinity, and estimates zero; a wholly saturated one divides by zero, and estimates infinity.
    ALPHA * m * m / inner
}

/// The weight of the empty registers: σ(x) = x + Σ x^(2^k) 2^(k-1).
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

/// The weight of the saturated registers: τ(x) = (1 - x - Σ (1 - x^(2^-k))² 2^-k) / 3.
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
    use super::*;

    #[test]
    fn nothing_counts_nothing() {
        for precision in [4, 14, 18] {
            assert_eq!(raw(&Tally::new(precision), precision), 0.0);
            assert_eq!(linear(0, precision), 0.0);
        }
    }

    #[test]
    fn linear_counting_is_the_logarithm() {
        let m = f64::from(1u32 << 25);
        for len in [1usize, 2, 100, 3_072, 49_152] {
            let exact = -m * (-(len as f64) / m).ln_1p();
            assert!((linear(len, 25) / exact - 1.0).abs() < 4.0 * f64::EPSILON, "{len}");
        }
    }

    /// Windows that are compared by the number of their indexes rely on this.
    #[test]
    fn one_more_place_is_another_rounded_estimate() {
        let rounded = |len| linear(len, 25).round() as u64;
        assert!((0..50_000).all(|len| rounded(len) < rounded(len + 1)));
    }

    #[test]
    fn registers_that_are_all_saturated_count_without_end() {
        let full = Tally { weight: 0, empty: 0, saturated: 1 << 14 };
        assert_eq!(raw(&full, 14), f64::INFINITY);
    }

    #[test]
    fn the_series_match_the_paper_where_they_are_known() {
        assert_eq!(sigma(0.0), 0.0);
        assert_eq!(sigma(1.0), f64::INFINITY);
        assert_eq!((tau(0.0), tau(1.0)), (0.0, 0.0));
        // 0.5 + 0.25·1 + 0.0625·2 + 0.00390625·4 + 2^-16·8 + 2^-32·16 + …
        assert!((sigma(0.5) - 0.890_747_074_037_790_3).abs() < 1e-12);
    }
}
