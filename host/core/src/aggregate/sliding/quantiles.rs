//! `Quantiles` over a window: by subtraction.

use super::Group;
use super::subtracted::Subtracted;
use crate::aggregate::Quantiles;
use crate::aggregate::quantiles::Asked;

/// A histogram over a window: 12 bytes for each bucket of each pane, and for each bucket of the total.
pub type SlidingQuantiles = Subtracted<Quantiles>;

impl SlidingQuantiles {
    /// Returns number and quantiles as JSON: see [`Quantiles::result`].
    pub fn result(&self, asked: &Asked) -> String {
        match self.total() {
            Some(total) => total.result(asked),
            None => Quantiles::new(asked.millionths()).result(asked),
        }
    }
}

impl Group for Quantiles {
    fn is_empty(&self) -> bool {
        Quantiles::is_empty(self)
    }

    fn subtract(&mut self, other: &Self) {
        Quantiles::subtract(self, other);
    }

    fn settle(&mut self) {
        Quantiles::settle(self);
    }

    fn is_like(&self, other: &Self) -> bool {
        self.millionths() == other.millionths()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::aggregate::quantiles::tests::{asked, histogram};
    use crate::aggregate::sliding::laws::{self, any_life};

    proptest! {
        #[test]
        fn a_window_holds_what_its_panes_hold(
            life in any_life(prop_oneof![(-9i32..9).prop_map(f64::from), -1e6f64..1e6]),
        ) {
            let asked = asked(30_000, &[0.0, 0.25, 0.99, 1.0]);
            let pane = |_: i64, values: &[f64]| histogram(&asked, values);
            let window = SlidingQuantiles::default();
            laws::check(window, &life, pane, |window| window.result(&asked), |plain| plain.result(&asked));
        }
    }

    #[test]
    fn a_window_of_two_errors_is_refused() {
        use crate::aggregate::sliding::Sliding;
        let mut bytes = Vec::new();
        let mut window = SlidingQuantiles::default();
        let (one, other) = (asked(10_000, &[0.5]), asked(20_000, &[0.5]));
        window.seal(1, histogram(&one, &[1.0]));
        window.seal(2, histogram(&one, &[1.0]));
        window.encode(&mut bytes);
        assert!(SlidingQuantiles::decode(&bytes).is_ok());
        // The last pane, as one of the other error.
        let mut pane = Vec::new();
        crate::aggregate::Aggregate::encode(&histogram(&other, &[1.0]), &mut pane);
        bytes.truncate(bytes.len() - pane.len());
        bytes.extend_from_slice(&pane);
        assert!(SlidingQuantiles::decode(&bytes).unwrap_err().contains("two kinds"));
    }
}
