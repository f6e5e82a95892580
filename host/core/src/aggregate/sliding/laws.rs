//! What every sliding form must do, checked over random runs of a window.

use std::collections::BTreeMap;
use std::fmt::Debug;

use proptest::prelude::*;

use super::form::Sliding;
use crate::aggregate::contract::Aggregate;
use crate::aggregate::laws::{self, encoded};

/// Contributions to some panes, and a window's length.
#[derive(Clone, Debug)]
pub(crate) struct Run<C> {
    panes: BTreeMap<i64, Vec<C>>,
    window: i64,
    /// The boundary after which the window is encoded and decoded.
    restart: i64,
    damage: (usize, u8),
}

/// Panes with gaps, before and after the epoch, some without contributions.
pub(crate) fn any_run<C: Clone + Debug + 'static>(
    contribution: impl Strategy<Value = C> + 'static,
) -> impl Strategy<Value = Run<C>> {
    let pane = proptest::collection::vec(contribution, 0..5);
    let gap = prop_oneof![6 => Just(1i64), 2 => 2i64..5, 1 => 15i64..30];
    let panes = proptest::collection::vec((gap, pane), 0..25);
    (panes, 1i64..=20, -10i64..=50, any::<usize>(), 1u8..).prop_map(|(panes, window, restart, at, flip)| {
        let mut number = -10;
        let mut numbered = BTreeMap::new();
        for (gap, pane) in panes {
            number += gap;
            numbered.insert(number, pane);
        }
        Run { panes: numbered, window, restart, damage: (at, flip) }
    })
}

/// Checks all laws, first of all that at every boundary the window's result is that of all contributions to its panes.
pub(crate) fn check<S, C, R>(
    empty: S,
    run: &Run<C>,
    pane: impl Fn(i64, &[C]) -> S::Pane,
    result: impl Fn(&S) -> R,
    plain: impl Fn(&S::Pane) -> R,
) where
    S: Sliding + Clone,
    R: PartialEq + Debug,
{
    let n = run.window;
    let ends = run.panes.keys().next().zip(run.panes.keys().next_back());
    let (oldest, newest) = ends.map_or((0, 0), |(oldest, newest)| (*oldest, *newest));
    let mut window = empty.clone();
    let mut untouched = empty;
    for boundary in oldest..=newest + n + 2 {
        let first = boundary - n;
        // A form that is not called while nothing enters or leaves.
        let enters = run.panes.get(&(boundary - 1));
        if enters.is_some() || untouched.oldest().is_some_and(|oldest| oldest < first) {
            untouched.expire(first);
        }
        window.expire(first);
        if let Some(contributions) = enters {
            window.seal(boundary - 1, pane(boundary - 1, contributions));
            untouched.seal(boundary - 1, pane(boundary - 1, contributions));
        }

        let mut whole = pane(boundary - 1, &[]);
        for (&number, contributions) in run.panes.range(first..boundary) {
            whole.merge(&pane(number, contributions));
        }
        assert_eq!(result(&window), plain(&whole), "at boundary {boundary}");
        let bytes = encoded(&window);
        assert_eq!(bytes, encoded(&untouched), "at boundary {boundary}");
        assert_eq!(bytes.len(), window.encoded_len());

        // Equal windows have equal bytes, whatever their earlier history.
        let mut fresh = S::decode(&bytes).expect("what was encoded decodes");
        assert_eq!(encoded(&fresh), bytes);
        fresh.expire(i64::MAX);
        assert_eq!((fresh.oldest(), fresh.heap_bytes()), (None, 0), "nothing is kept of nothing");
        for (&number, contributions) in run.panes.range(first..boundary) {
            fresh.seal(number, pane(number, contributions));
        }
        assert_eq!(encoded(&fresh), bytes, "at boundary {boundary}");

        if let Some(oldest) = window.oldest() {
            assert!((first..boundary).contains(&oldest));
            let mut expired = window.clone();
            expired.expire(oldest);
            assert_eq!(encoded(&expired), bytes, "until the oldest pane leaves nothing changes");
        }
        if boundary == run.restart {
            window = S::decode(&bytes).expect("what was encoded decodes");
        }
        laws::check_damaged_bytes(bytes, run.damage.0, run.damage.1, |bytes| {
            S::decode(bytes).map(|window| encoded(&window))
        });
    }
    assert_eq!((window.oldest(), window.heap_bytes()), (None, 0), "nothing is kept of nothing");
}
