//! Nothing grows without bound when something is slow. The tests assert what is held in memory, never times.

use foldline_core::position::Position;
use foldline_core::table::Mark;

use super::super::flush_state::FlushState;
use super::*;
use foldline_sink::SinkProgress;

#[test]
fn changed_keys_that_no_sink_takes_are_noted_up_to_their_cap() {
    const KEYS_MAX: usize = 100;
    let mut fold = Fold::new(module(), options(2, 4_096), None).unwrap();
    let shown = SinkProgress { seq: 3, hi: Position::default(), lo: Some(Position::default()) };
    let mut flush_state = FlushState::new(&mut fold, 0, KEYS_MAX);
    flush_state.opened(&shown, &mut fold);
    let dirty =
        |fold: &Fold| fold.shards().iter().map(|shard| shard.changed_len(Mark::Flush(0))).sum::<usize>();
    for step in 0..50 {
        let first = fold.position().next_offset("likes", 0);
        let posts = (0..40).map(|post| (format!("p{}", step * 40 + post), 1, 16));
        fold.fold(likes(first, posts), &mut Vec::new()).unwrap();
        // The previous flush never ends: no dirty rows are taken.
        flush_state.cap(&mut fold, false);
        assert!(dirty(&fold) <= KEYS_MAX, "{} keys are tracked after step {step}", dirty(&fold));
    }
    assert!(!flush_state.wants_flush(fold.position()), "what is not tracked is not sent");
    assert!(flush_state.wants_scan(fold.position()), "a checkpoint says what changed");
}
