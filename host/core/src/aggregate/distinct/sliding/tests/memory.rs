//! The memory of a window: in proportion to what it holds, and released with it.

use super::*;

#[test]
fn memory_follows_what_is_held_up_and_down() {
    let mut window = SlidingDistinct::new(14);
    let mut pane = 0;
    let mut most = 0;
    // The number of items in a window of 50 panes, and the most bytes.
    for (items, bytes_max) in
        [(1u64, 32), (50, 50 * 32), (3_000, 3_000 * 32), (200_000, 1 << 20), (50_000, 1 << 20)]
    {
        for _ in 0..trials::all_or(150, 60) {
            window.expire(pane - 49);
            let first = pane as u64 * 1_000_000;
            window.seal(pane, sketch(14, (0..items.div_ceil(50)).map(|n| item(1, first + n * 7))));
            pane += if items == 1 { 50 } else { 1 };
        }
        assert!(window.heap_bytes() <= bytes_max, "{} bytes for {items} items", window.heap_bytes());
        check_memory(&window);
        most = most.max(window.heap_bytes());
    }
    // A dense window stays dense, but releases its lists.
    for _ in 0..60 {
        window.expire(pane - 49);
        window.seal(pane, sketch(14, [item(2, pane as u64)]));
        pane += 1;
    }
    assert!(window.heap_bytes() < (8 << 14) + (10 << 10), "{} bytes", window.heap_bytes());
    assert!(window.heap_bytes() < most);
    window.expire(pane);
    assert_eq!(window.heap_bytes(), 0);
}

/// Checks that the memory reported is the sum of the pieces.
pub(super) fn check_memory(window: &SlidingDistinct) {
    match &window.form {
        Form::Sparse(held) => held.check(),
        Form::Dense(held) => held.check(),
    }
}
