//! A passing fault costs some time, but no state and no restart of the host.

use std::sync::atomic::Ordering;

use super::versions::{World, wait, wait_caught_up};
use super::*;
use foldline_testkit::canned::echo;

/// Waits until a version shows everything that was appended.
#[track_caller]
fn wait_shown(world: &World, handle: &VersionHandle) {
    let end = world.ends("likes")[0];
    wait("everything shown", handle, |progress| {
        progress.shown.as_ref().is_some_and(|shown| shown.next_offset("likes", 0) == end)
    });
}

/// Starts a version whose rows exceed its memory budget; returns the folder of its state.
fn large(world: &World) -> (Arc<VersionHandle>, Worker, std::path::PathBuf) {
    world.memory_max.store(256 << 10, Ordering::Relaxed);
    world.append_new("likes", 20_000);
    let feeds = world.feeds();
    let (handle, worker) = world.start("1", &feeds, &echo("g", "timestamp"));
    wait_caught_up(&handle);
    wait_shown(world, &handle);
    (handle, worker, world.state_of("1"))
}

#[test]
fn state_that_cannot_be_read_for_a_moment_is_kept_and_read_again() {
    let world = World::new(1);
    let (handle, _worker, state) = large(&world);
    handle.store().unwrap().faults().unreadable.store(true, Ordering::Relaxed);
    // The first rows are evicted by now.
    world.append_again("likes", 0..2_000);
    wait("the trouble to be said", &handle, |progress| {
        progress.troubles.text().is_some_and(|text| text.contains("reading a row of state"))
    });
    wait_shown(&world, &handle);
    wait("the trouble to be over", &handle, |progress| progress.troubles.text().is_none());
    wait("all to be folded again", &handle, |progress| progress.events == 22_000);
    assert_eq!(world.state_of("1"), state, "the state was given up");
}

#[test]
fn a_disk_that_refuses_checkpoints_is_waited_for_and_the_store_is_opened_again() {
    let world = World::new(1);
    let (handle, _worker, state) = large(&world);
    let store = handle.store().unwrap();
    store.faults().refusing.store(true, Ordering::Relaxed);
    store.set_broken();
    drop(store);
    world.append_new("likes", 500);
    wait("the trouble to be said", &handle, |progress| {
        progress.troubles.text().is_some_and(|text| text.contains("the disk is full, says a test"))
    });
    wait_shown(&world, &handle);
    wait("the trouble to be over", &handle, |progress| progress.troubles.text().is_none());
    wait("all to be folded again", &handle, |progress| progress.events == 20_500);
    assert_eq!(world.state_of("1"), state, "the state was given up");
    let scan = handle.scan().unwrap();
    assert_eq!((scan.row_count(), scan.checkpointed().events), (20_500, 20_500));
}
