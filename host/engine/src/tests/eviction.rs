//! Which rows may be evicted: those whose last change is in a durable checkpoint, and no others.

use std::time::Duration;

use super::super::memory::MemoryBudget;
use super::checkpoints::World;
use super::*;

const NEVER: Duration = Duration::from_secs(1_000_000);

/// The fingerprint of a fold that never evicts, after the same posts.
fn undisturbed(parts: &[std::ops::Range<u64>]) -> String {
    let mut world = World::new(NEVER, usize::MAX);
    parts.iter().for_each(|part| world.fold(part.clone()));
    world.fold.fingerprint()
}

fn held(fold: &Fold) -> usize {
    fold.shards().iter().flat_map(|shard| shard.tables()).map(|table| table.len()).sum()
}

#[test]
fn rows_that_changed_since_the_last_checkpoint_stay() {
    let mut world = World::new(NEVER, usize::MAX);
    world.fold(0..100);
    world.cut().unwrap();
    world.fold(50..150);
    // No sink holds rows back here: flush marks are off.
    let marks = foldline_core::table::Mark::Flush(0);
    for shard in world.fold.shards_mut() {
        shard.tables_mut().iter_mut().for_each(|table| table.track_dirty(marks, false));
    }
    assert_eq!(world.fold.evict(0), 50, "the durable half goes");
    assert_eq!(held(&world.fold), 100);
    // Evicted rows come back with their values.
    world.fold(25..75);
    let scan = world.cut().unwrap();
    assert_eq!(scan.row_count(), 150);
    assert_eq!(scan.fingerprint().unwrap(), undisturbed(&[0..100, 50..150, 25..75]));
}

#[test]
fn nothing_goes_while_a_checkpoint_is_on_its_way() {
    let mut world = World::new(NEVER, usize::MAX);
    world.fold(0..1_000);
    let marks = foldline_core::table::Mark::Flush(0);
    for shard in world.fold.shards_mut() {
        shard.tables_mut().iter_mut().for_each(|table| table.track_dirty(marks, false));
    }
    let mut memory = MemoryBudget::new(1_024);
    let now = std::time::Instant::now();
    world.checkpointer.cut(&mut world.fold, None, now);
    assert!(!memory.evict(&mut world.fold, world.checkpointer.in_flight()));
    assert_eq!(held(&world.fold), 1_000, "what is being written is not durable yet");
    world.checkpointer.poll(&mut world.fold, Duration::from_secs(60), now).unwrap().unwrap();
    memory.note_durable();
    memory.evict(&mut world.fold, world.checkpointer.in_flight());
    assert!(held(&world.fold) < 1_000);
}

#[test]
fn a_cold_row_that_cannot_be_read_for_now_is_not_damaged() {
    let mut world = World::new(NEVER, usize::MAX);
    world.fold(0..100);
    world.cut().unwrap();
    let marks = foldline_core::table::Mark::Flush(0);
    for shard in world.fold.shards_mut() {
        shard.tables_mut().iter_mut().for_each(|table| table.track_dirty(marks, false));
    }
    assert_eq!(world.fold.evict(0), 100);
    world.store.faults().unreadable.store(true, std::sync::atomic::Ordering::Relaxed);
    let error = world.fold.fold(likes(100, [("p5".to_owned(), 7, 16)]), &mut Vec::new()).unwrap_err();
    assert_eq!(error.kind(), foldline_base::error::ErrorKind::Unavailable, "{error}");
    assert!(error.message().contains("reading a row of state"), "{error}");
}

#[test]
fn a_step_takes_less_where_its_records_may_bring_much() {
    let mut world = World::new(NEVER, usize::MAX);
    let mut memory = MemoryBudget::new(8 << 20);
    world.fold(0..150_000);
    assert_eq!(memory.step_rows(&world.fold), usize::MAX, "nothing is known of pressure");
    assert!(!memory.evict(&mut world.fold, true));
    assert!(memory.step_rows(&world.fold) < 150_000, "new rows take memory as well");
    let marks = foldline_core::table::Mark::Flush(0);
    for shard in world.fold.shards_mut() {
        shard.tables_mut().iter_mut().for_each(|table| table.track_dirty(marks, false));
    }
    world.cut().unwrap();
    memory.evict(&mut world.fold, false);
    let rows = memory.step_rows(&world.fold);
    let row_bytes = world.fold.heap_bytes() / held(&world.fold);
    assert!(rows * row_bytes <= 2 << 20, "{rows} records may bring rows of {row_bytes} bytes");
    // A step takes whole calls of the module.
    assert_eq!(rows % 4_096, 0);
}
