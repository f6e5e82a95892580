//! Which quantiles a table asks for, and the names of their results.

use serde::{Deserialize, Serialize};

use super::mapping::{Bucket, Mapping};

/// The smallest relative error, 0.1 %: 375 buckets for a factor of two.
pub const MILLIONTHS_MIN: u32 = 1_000;

/// The largest relative error, 10 %: beyond it, a quantile says little.
pub const MILLIONTHS_MAX: u32 = 100_000;

/// The most quantiles of one aggregate: more would be a histogram.
pub const AT_MAX: usize = 16;

/// The declaration of a `Quantiles` aggregate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QuantileSpec {
    /// Relative error, in millionths.
    pub relative_error_millionths: u32,
    /// The quantiles to report, each in 0..=1.
    pub at: Vec<f64>,
}

/// Checked quantiles, the smallest first, and the mapping of their buckets.
#[derive(Clone, Debug, PartialEq)]
pub struct RequestedQuantiles {
    millionths: u32,
    mapping: Mapping,
    at: Box<[(f64, Box<str>)]>,
}

impl RequestedQuantiles {
    /// Checks a declaration.
    ///
    /// # Errors
    /// Names what exceeds the limits: the relative error, the number of quantiles, a quantile outside 0..=1, or one asked for
    /// twice.
    pub fn new(spec: &QuantileSpec) -> Result<Self, String> {
        let millionths = spec.relative_error_millionths;
        if !(MILLIONTHS_MIN..=MILLIONTHS_MAX).contains(&millionths) {
            return Err(format!(
                "a Quantiles has a relative error of {MILLIONTHS_MIN} to {MILLIONTHS_MAX} millionths, not {millionths}"
            ));
        }
        if !(1..=AT_MAX).contains(&spec.at.len()) {
            return Err(format!("a Quantiles asks for 1 to {AT_MAX} quantiles, not {}", spec.at.len()));
        }
        let mut at = spec.at.clone();
        if let Some(outside) = at.iter().find(|at| !(0.0..=1.0).contains(*at)) {
            return Err(format!("a Quantiles asks for the quantile {outside}, which is not within 0 and 1"));
        }
        at.sort_by(f64::total_cmp);
        if let Some(twice) = at.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(format!("a Quantiles asks for the quantile {} twice", twice[1]));
        }
        let at = at.into_iter().map(|at| (at, name(at).into())).collect();
        Ok(Self { millionths, mapping: Mapping::new(millionths), at })
    }

    /// Returns the relative error, in millionths.
    pub fn millionths(&self) -> u32 {
        self.millionths
    }

    /// Returns the bucket of a finite number.
    #[inline]
    pub fn bucket(&self, value: f64) -> Bucket {
        self.mapping.bucket(value)
    }

    /// Returns the number that represents a bucket.
    pub(super) fn value(&self, bucket: Bucket) -> f64 {
        self.mapping.value(bucket)
    }

    /// Returns the quantiles with their names, the smallest first.
    pub(super) fn at(&self) -> impl Iterator<Item = (f64, &str)> {
        self.at.iter().map(|(at, name)| (*at, &**name))
    }
}

/// Returns the name of a quantile, `p` and the percentage: `p50` for 0.5, `p99.9` for 0.999.
///
/// The decimal point is moved in the text, because 0.07 · 100 is 7.000000000000001 in floats.
fn name(at: f64) -> String {
    let text = at.abs().to_string();
    let (whole, places) = text.split_once('.').unwrap_or((&text, ""));
    let digits = format!("{whole}{places:0<2}");
    let (percent, rest) = digits.split_at(whole.len() + 2);
    let percent = percent.trim_start_matches('0');
    let percent = if percent.is_empty() { "0" } else { percent };
    let point = if rest.is_empty() { "" } else { "." };
    format!("p{percent}{point}{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_named_in_percent() {
        for (at, want) in [
            (0.0, "p0"),
            (-0.0, "p0"),
            (0.5, "p50"),
            (0.07, "p7"),
            (0.25, "p25"),
            (0.999, "p99.9"),
            (0.9999, "p99.99"),
            (0.001, "p0.1"),
            (1e-7, "p0.00001"),
            (1.0, "p100"),
        ] {
            assert_eq!(name(at), want);
        }
    }

    #[test]
    fn what_is_beyond_the_limits_is_named() {
        let requested = |relative_error_millionths, at: &[f64]| {
            RequestedQuantiles::new(&QuantileSpec { relative_error_millionths, at: at.to_vec() })
        };
        let names: Vec<_> =
            requested(1_000, &[0.99, 0.0, 0.5]).unwrap().at().map(|(_, name)| name.to_owned()).collect();
        assert_eq!(names, ["p0", "p50", "p99"]);
        for (millionths, at, want) in [
            (999, &[0.5][..], "a Quantiles has a relative error of 1000 to 100000 millionths, not 999"),
            (100_001, &[0.5], "a Quantiles has a relative error of 1000 to 100000 millionths, not 100001"),
            (1_000, &[], "a Quantiles asks for 1 to 16 quantiles, not 0"),
            (1_000, &[0.5; 17], "a Quantiles asks for 1 to 16 quantiles, not 17"),
            (1_000, &[1.5], "a Quantiles asks for the quantile 1.5, which is not within 0 and 1"),
            (1_000, &[0.5, f64::NAN], "a Quantiles asks for the quantile NaN, which is not within 0 and 1"),
            (1_000, &[0.5, 0.1, 0.5], "a Quantiles asks for the quantile 0.5 twice"),
            (1_000, &[-0.0, 0.0], "a Quantiles asks for the quantile 0 twice"),
        ] {
            assert_eq!(requested(millionths, at).unwrap_err(), want);
        }
    }
}
