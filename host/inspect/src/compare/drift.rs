//! By how much a number differs from what it was.

use serde_json::{Number, Value};

use foldline_api::DriftBucket;

/// Upper bounds of all buckets but the last, in percent of drift.
pub(super) const BOUNDS_PERCENT: [f64; 4] = [0.1, 1.0, 10.0, 100.0];

/// How a number changed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Drift {
    /// New less old; not 0.
    difference: f64,
    /// The old number.
    old: f64,
}

/// The outcome of comparing two values of a field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Compared {
    Same,
    /// Two different numbers.
    Number(Drift),
    Different,
}

/// Compares two values: numbers by value, everything else by equality. An absent field is not `null`.
pub(super) fn compare_values(old: Option<&Value>, new: Option<&Value>) -> Compared {
    match (old, new) {
        (Some(Value::Number(old)), Some(Value::Number(new))) => {
            Drift::of(old, new).map_or(Compared::Same, Compared::Number)
        }
        (old, new) if old == new => Compared::Same,
        _ => Compared::Different,
    }
}

impl Drift {
    /// Returns the drift between two numbers; `None` when they are equal.
    fn of(old: &Number, new: &Number) -> Option<Self> {
        let float = |number: &Number| number.as_f64().unwrap_or(f64::NAN);
        let difference = match (old.as_i128(), new.as_i128()) {
            // Computed exactly: neighbouring integers beyond 2^53 are different.
            (Some(old), Some(new)) => (new - old) as f64,
            _ => float(new) - float(old),
        };
        (difference != 0.0).then(|| Self { difference, old: float(old) })
    }

    /// Returns whether the drift is at most this percentage of the old number.
    pub(super) fn is_within(self, percent: f64) -> bool {
        // Multiplying instead of dividing keeps this exact: 57 % of 100 is 57.
        self.difference.abs() * 100.0 <= percent * self.old.abs()
    }

    pub(super) fn rose(self) -> bool {
        self.difference > 0.0
    }

    /// Returns the number of the bucket that the drift belongs to.
    pub(super) fn bucket(self) -> usize {
        BOUNDS_PERCENT.iter().position(|&bound| self.is_within(bound)).unwrap_or(BOUNDS_PERCENT.len())
    }
}

/// Returns buckets without documents.
pub(super) fn empty_buckets() -> Vec<DriftBucket> {
    let bounds = BOUNDS_PERCENT.into_iter().map(Some).chain([None]);
    bounds.map(|up_to_percent| DriftBucket { up_to_percent, documents: 0 }).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn compare(old: Value, new: Value) -> Compared {
        compare_values(Some(&old), Some(&new))
    }

    fn drift(old: Value, new: Value) -> Drift {
        match compare(old, new) {
            Compared::Number(drift) => drift,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn numbers_are_what_they_are_worth_and_all_else_is_what_it_is() {
        assert_eq!(compare(json!(1), json!(1.0)), Compared::Same);
        assert_eq!(compare(json!({"a": [1]}), json!({"a": [1]})), Compared::Same);
        assert_eq!(compare(json!({"a": [1]}), json!({"a": [2]})), Compared::Different);
        assert_eq!(compare(json!("1"), json!(1)), Compared::Different);
        assert_eq!(compare_values(None, Some(&json!(null))), Compared::Different);
        assert_eq!(compare_values(None, None), Compared::Same);
        let large = i64::MAX - 1;
        assert!(drift(json!(large), json!(i64::MAX)).rose());
        assert!(!drift(json!(u64::MAX), json!(u64::MAX - 1)).rose());
    }

    #[test]
    fn a_tolerance_ends_exactly_where_it_says() {
        for percent in 1..=200 {
            let number = |drift: i64| json!(100 + drift);
            assert!(drift(json!(100), number(percent)).is_within(percent as f64), "{percent}");
            assert!(drift(json!(-100), json!(-100 - percent)).is_within(percent as f64), "{percent}");
            assert!(!drift(json!(100), number(percent)).is_within(percent as f64 - 0.001), "{percent}");
        }
        assert!(!drift(json!(0), json!(1)).is_within(1e9), "nothing is a share of 0");
    }

    #[test]
    fn drifts_fall_into_buckets_either_way() {
        for (new, bucket) in [(1_001, 0), (999, 0), (1_002, 1), (1_010, 1), (980, 2), (0, 3), (2_001, 4)] {
            assert_eq!(drift(json!(1_000), json!(new)).bucket(), bucket, "{new}");
        }
        assert_eq!(drift(json!(0), json!(-1)).bucket(), 4);
    }
}
