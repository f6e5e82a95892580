//! Rows with many open cells: the cost of an event does not grow with them. Steps are counted, not time.

use super::windows::{Event, Run};
use super::*;
use crate::work;

/// The most steps per event: a few cells along the way, and building a row's index a few times.
const STEPS_MAX: u64 = 16;

fn spec_of(window: Window) -> TableSpec {
    TableSpec { window, ..spec(ValueType::Text, &[("events", AggregateKind::Count)]) }
}

/// The number of windows: so many that walks along all of them would be noticed.
fn windows() -> i64 {
    trials::all_or(5_000, 1_000)
}

/// Events of one key, each in a window of its own. All windows stay open.
fn events(order: impl Fn(i64) -> i64) -> Vec<Event> {
    (0..windows()).map(|nth| (0, 0, order(nth) * 100)).collect()
}

/// A bound that keeps all windows open, whatever the order.
const BOUND_MS: u64 = 10_000_000;

#[test]
fn the_cost_of_an_event_does_not_grow_with_the_open_windows_of_its_key() {
    for window in
        [Window::Session(10), Window::Tumbling(100), Window::Sliding { size_ms: 200, slide_ms: 100 }]
    {
        let spec = spec_of(window);
        let rising = events(|nth| nth);
        let falling = events(|nth| windows() - nth);
        let mixed = events(|nth| nth * 2_003 % windows());
        let steps_max = STEPS_MAX * windows() as u64;
        for events in [rising, falling, mixed] {
            let mut run = Run::new(&spec, BOUND_MS);
            let steps = work::of(|| events.chunks(100).for_each(|some| run.add(some)));
            assert!(steps < steps_max, "{steps} steps in {window:?}");
            let steps = work::of(|| events.chunks(100).for_each(|some| run.add(some)));
            assert!(steps < steps_max, "{steps} steps in {window:?} that are open");
            let row = rows(&run.table).remove(0);
            let mut again = Table::new(&spec).unwrap();
            let steps = work::of(|| again.restore_row(&row.0, &row.1).unwrap());
            assert!(steps < steps_max, "{steps} steps to restore {window:?}");
            assert_eq!(rows(&again), [row]);
        }
    }
}

#[test]
fn closing_one_of_many_open_windows_does_not_look_at_the_others() {
    for window in [Window::Session(10), Window::Tumbling(100)] {
        let mut run = Run::new(&spec_of(window), BOUND_MS);
        run.add(&events(|nth| nth));
        let over = windows() * 4 / 5;
        let steps = work::of(|| {
            // One window after another closes; the last ones stay open.
            (0..over).for_each(|nth| run.add(&[(0, 0, nth * 100 + BOUND_MS as i64)]));
        });
        assert!(steps < STEPS_MAX * over as u64, "{steps} steps to close {over} of {window:?}");
    }
}
