//! `Quantiles` over a window: by subtraction.
//!
//! A pane that entered is needed only once more, when it leaves. Until then it is kept encoded.

use std::borrow::Cow;

use super::Quantiles;
use super::requested::RequestedQuantiles;
use crate::aggregate::sliding::encoded::Encoded;
use crate::aggregate::sliding::form::Group;
use crate::aggregate::sliding::subtracted::Subtracted;

/// A histogram over a window: for each pane, 24 bytes and 1 to 2 for each of its buckets; and 12 for each bucket of the total.
pub type SlidingQuantiles = Subtracted<Quantiles>;

impl SlidingQuantiles {
    /// Returns the number of values and the quantiles as JSON: see [`Quantiles::result`].
    pub fn result(&self, requested: &RequestedQuantiles) -> String {
        match self.total() {
            Some(total) => total.result(requested),
            None => Quantiles::new(requested.millionths()).result(requested),
        }
    }
}

impl Group for Quantiles {
    type Kept = Encoded<Self>;

    fn keep(self) -> Encoded<Self> {
        Encoded::new(&self)
    }

    fn kept(kept: &Encoded<Self>) -> Cow<'_, Self> {
        Cow::Owned(kept.get())
    }

    fn is_empty(&self) -> bool {
        Quantiles::is_empty(self)
    }

    fn subtract(&mut self, other: &Self) {
        Quantiles::subtract(self, other);
    }

    fn is_like(&self, other: &Self) -> bool {
        self.millionths() == other.millionths()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::aggregate::contract::Codec;
    use crate::aggregate::quantiles::tests::{histogram, requested};
    use crate::aggregate::sliding::form::Sliding;
    use crate::aggregate::sliding::laws::{self, any_run};
    use crate::trials;

    proptest! {
        #![proptest_config(trials::usual())]

        #[test]
        fn a_window_holds_what_its_panes_hold(
            run in any_run(prop_oneof![(-9i32..9).prop_map(f64::from), -1e6f64..1e6]),
        ) {
            let requested = requested(30_000, &[0.0, 0.25, 0.99, 1.0]);
            let pane = |_: i64, values: &[f64]| histogram(&requested, values);
            let window = SlidingQuantiles::default();
            laws::check(window, &run, pane, |window| window.result(&requested), |plain| plain.result(&requested));
        }
    }

    /// 1,000 values over three decades, as is typical for waits or prices.
    #[test]
    fn a_busy_pane_takes_little_more_than_a_byte_a_bucket() {
        let requested = requested(10_000, &[0.5]);
        let values: Vec<f64> = (0..1_000).map(|nth| 1.007f64.powi(nth)).collect();
        let pane = histogram(&requested, &values);
        let buckets = pane.heap_bytes() / 12;
        let mut window = SlidingQuantiles::default();
        (0..100).for_each(|number| window.seal(number, pane.clone()));
        let a_pane = (window.heap_bytes() - window.total().unwrap().heap_bytes()) / 100;
        assert!(a_pane < buckets * 5 / 4 + 48, "{a_pane} bytes of {buckets} buckets");
    }

    #[test]
    fn a_window_of_two_errors_is_refused() {
        let mut bytes = Vec::new();
        let mut window = SlidingQuantiles::default();
        let (one, other) = (requested(10_000, &[0.5]), requested(20_000, &[0.5]));
        window.seal(1, histogram(&one, &[1.0]));
        window.seal(2, histogram(&one, &[1.0]));
        window.encode(&mut bytes);
        assert!(SlidingQuantiles::decode(&bytes).is_ok());
        // The last pane, as one with another relative error.
        let mut pane = Vec::new();
        histogram(&other, &[1.0]).encode(&mut pane);
        bytes.truncate(bytes.len() - pane.len());
        bytes.extend_from_slice(&pane);
        assert!(SlidingQuantiles::decode(&bytes).unwrap_err().contains("two kinds"));
    }
}
