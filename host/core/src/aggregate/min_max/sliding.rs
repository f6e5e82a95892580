//! `Min` and `Max` over a window. Of n panes in random order, about ln n are kept; n at worst.

use std::cmp::Ordering;

use super::Extreme;
use crate::aggregate::sliding::monotonic::{Monotonic, Pick};
use crate::aggregate::value::{Value, compare};

/// The smallest value in a window.
pub type SlidingMin = SlidingExtreme<false>;

/// The largest value in a window.
pub type SlidingMax = SlidingExtreme<true>;

/// The smallest or the largest value in a window.
pub type SlidingExtreme<const LARGEST: bool> = Monotonic<Extreme<LARGEST>>;

impl<const LARGEST: bool> Pick for Extreme<LARGEST> {
    const WINDOW: &'static str = if LARGEST { "a window's Max" } else { "a window's Min" };

    fn picked(&self) -> Option<&Value> {
        self.result()
    }

    /// An extreme counts until a newer pane has one that is at least as good.
    fn outlasts(&self, newer: &Self) -> bool {
        let beyond = if LARGEST { Ordering::Greater } else { Ordering::Less };
        let order = self
            .result()
            .zip(newer.result())
            .map(|(older, newer)| compare(older.borrowed(), newer.borrowed()));
        order == Some(beyond)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::aggregate::sliding::laws::{self, any_run};
    use crate::aggregate::value::tests::any_value;
    use crate::trials;

    fn extreme<const LARGEST: bool>(values: &[Value]) -> Extreme<LARGEST> {
        let mut extreme = Extreme::default();
        values.iter().for_each(|value| {
            extreme.add(value.borrowed());
        });
        extreme
    }

    proptest! {
        #![proptest_config(trials::usual())]

        #[test]
        fn a_window_holds_what_its_panes_hold(
            run in any_run(prop_oneof![(0i64..5).prop_map(Value::Int), any_value()]),
        ) {
            let result = |value: Option<&Value>| value.cloned();
            laws::check(
                SlidingMin::default(),
                &run,
                |_, values| extreme(values),
                |window| result(window.result()),
                |plain| result(plain.result()),
            );
            laws::check(
                SlidingMax::default(),
                &run,
                |_, values| extreme(values),
                |window| result(window.result()),
                |plain| result(plain.result()),
            );
        }
    }
}
