//! `Sum` over a window: by subtraction.

use std::borrow::Cow;

use super::Sum;
use crate::aggregate::sliding::form::Group;
use crate::aggregate::sliding::subtracted::Subtracted;

/// A sum over a window: 32 bytes for each pane whose sum is not 0.
pub type SlidingSum = Subtracted<Sum>;

impl SlidingSum {
    /// Returns the sum as text: see [`Sum::result`].
    pub fn result(&self, scale: u8) -> String {
        self.total().copied().unwrap_or_default().result(scale)
    }
}

impl Group for Sum {
    type Kept = Self;

    fn keep(self) -> Self {
        self
    }

    fn kept(kept: &Self) -> Cow<'_, Self> {
        Cow::Borrowed(kept)
    }

    fn is_empty(&self) -> bool {
        Sum::is_empty(*self)
    }

    fn subtract(&mut self, other: &Self) {
        Sum::subtract(self, *other);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::aggregate::sliding::laws::{self, any_run};
    use crate::trials;

    proptest! {
        #![proptest_config(trials::usual())]

        #[test]
        fn a_window_holds_what_its_panes_hold(
            run in any_run(prop_oneof![-2i128..3, any::<i128>()]),
            scale in 0u8..4,
        ) {
            let pane = |_: i64, units: &[i128]| {
                let mut sum = Sum::default();
                units.iter().for_each(|units| sum.add(*units));
                sum
            };
            laws::check(SlidingSum::default(), &run, pane, |sum| sum.result(scale), |sum| sum.result(scale));
        }
    }
}
