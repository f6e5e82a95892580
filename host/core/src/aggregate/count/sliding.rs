//! `Count` over a window: by subtraction.

use std::borrow::Cow;

use super::Count;
use crate::aggregate::sliding::form::Group;
use crate::aggregate::sliding::subtracted::Subtracted;

/// A count over a window: 16 bytes for each pane that counted something.
pub type SlidingCount = Subtracted<Count>;

impl SlidingCount {
    /// Returns the count as a result: see [`Count::result`].
    pub fn result(&self) -> i64 {
        self.total().copied().unwrap_or_default().result()
    }
}

impl Group for Count {
    type Kept = Self;

    fn keep(self) -> Self {
        self
    }

    fn kept(kept: &Self) -> Cow<'_, Self> {
        Cow::Borrowed(kept)
    }

    fn is_empty(&self) -> bool {
        Count::is_empty(*self)
    }

    fn subtract(&mut self, other: &Self) {
        Count::subtract(self, *other);
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
        fn a_window_holds_what_its_panes_hold(run in any_run(any::<i8>())) {
            let pane = |_: i64, increments: &[i8]| {
                let mut count = Count::default();
                increments.iter().for_each(|increment| count.add(i64::from(*increment) as u64));
                count
            };
            laws::check(SlidingCount::default(), &run, pane, SlidingCount::result, |count| count.result());
        }
    }
}
