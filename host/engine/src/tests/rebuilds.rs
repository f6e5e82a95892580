//! A damaged state is rebuilt alongside what is served, or stays as it is if that is not possible.

use super::super::command::Command;
use super::super::damage;
use super::versions::{World, wait, wait_caught_up};
use super::*;
use foldline_base::error::Error;
use foldline_sink_sqlite::{ListQuery, SqliteReader};
use foldline_testkit::canned::echo;

/// Waits until a version shows everything that was appended.
#[track_caller]
fn wait_shown(world: &World, handle: &VersionHandle) {
    let end = world.ends("likes")[0];
    wait("everything shown", handle, |progress| {
        progress.shown.as_ref().is_some_and(|shown| shown.next_offset("likes", 0) == end)
    });
}

/// Flips a bit in the middle of the largest file of a state.
fn damage(state: &std::path::Path) {
    let mut files = Vec::new();
    let mut folders = vec![state.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    let written = |path: &std::path::PathBuf| {
        std::fs::read(path).unwrap().iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1)
    };
    let largest = files.iter().max_by_key(|path| written(path)).unwrap();
    let mut bytes = std::fs::read(largest).unwrap();
    let at = written(largest) / 2;
    bytes[at] ^= 1;
    std::fs::write(largest, bytes).unwrap();
}

fn count(reader: &SqliteReader) -> u64 {
    reader.count().unwrap().value
}

#[test]
fn a_damaged_state_is_rebuilt_alongside_the_documents_that_are_served() {
    let world = World::new(1);
    let feeds = world.feeds();
    let guest = echo("g", "timestamp");
    world.append_new("likes", 5_000);
    let (handle, worker) = world.start("1", &feeds, &guest);
    wait_caught_up(&handle);
    wait_shown(&world, &handle);
    drop(worker);
    handle.close_store();
    let (before, _) = world.documents_of("1");
    damage(&world.state_of("1"));

    // A reader from before the damage was found, and one that waits for new documents.
    let (handle, worker) = world.start("1", &feeds, &guest);
    let reader = world.reader_of("1");
    let shown = handle.shown();
    assert_eq!(count(&reader), 5_000, "what was shown is served at once");
    world.append_new("likes", 500);
    wait("the reason", &handle, |progress| {
        // The rebuild may be over already.
        let text = progress.troubles.text().unwrap_or_default();
        text.contains("rebuilt from the log") || progress.events == 5_500
    });
    wait_shown(&world, &handle);
    // A caller that knows the shown position reads the documents, on the same reader.
    assert!(shown.borrow().next_offset("likes", 0) == 5_500);
    assert_eq!(count(&reader), 5_500);
    wait("nothing more to be said", &handle, |progress| progress.troubles.text().is_none());
    let (after, _) = world.documents_of("1");
    assert_ne!(after, before, "a run of its own");
    let list = reader.list(&ListQuery { limit: 1_000, ..ListQuery::default() }).unwrap();
    assert_eq!(list.value.documents.len(), 1_000);
    wait("the damaged run to go", &handle, |_| !before.exists());
    drop(worker);
    handle.close_store();
    // The next start continues with the rebuilt run.
    let (handle, _worker) = world.start("1", &feeds, &guest);
    wait("the state to be there", &handle, |progress| progress.events == 5_500);
    assert_eq!(world.documents_of("1").0, after);
}

#[test]
fn without_whole_history_a_damaged_state_stays_and_what_it_showed_is_served() {
    let world = World::new(1);
    let guest = echo("g", "timestamp");
    world.append_new("likes", 5_000);
    let (handle, worker) = world.start("1", &world.feeds(), &guest);
    wait_caught_up(&handle);
    wait_shown(&world, &handle);
    drop(worker);
    handle.close_store();
    damage(&world.state_of("1"));
    let kept = world.state_of("1").join("kept");
    std::fs::write(&kept, "").unwrap();

    let (handle, _worker) = world.start("1", &world.feeds_without_beginning(), &guest);
    wait("the halt", &handle, |progress| progress.halt.is_some());
    let reason = handle.progress().halt.unwrap().reason;
    assert!(reason.contains("state is damaged"), "{reason}");
    assert!(reason.contains("begins at offset 7"), "{reason}");
    assert!(kept.exists(), "nothing is deleted");
    assert_eq!(count(&world.reader_of("1")), 5_000);
    assert_eq!(handle.progress().shown.unwrap().next_offset("likes", 0), 5_000);
}

#[test]
fn damage_that_somebody_else_reads_is_built_again_like_any_other() {
    let world = World::new(1);
    let feeds = world.feeds();
    world.append_new("likes", 1_000);
    let (handle, _worker) = world.start("1", &feeds, &echo("g", "timestamp"));
    wait_caught_up(&handle);
    wait_shown(&world, &handle);
    let log = feeds.log().as_ref();
    let elsewhere = Error::new(ErrorKind::Corrupt, "a block of the log is damaged");
    assert_eq!(damage::report(elsewhere.clone(), &handle, log).to_string(), elsewhere.to_string());
    let (before, _) = world.documents_of("1");

    handle.store().unwrap().tear_row().unwrap();
    let damaged = handle.store().unwrap();
    let error = handle.fingerprint().unwrap_err();
    let found = damage::report(error.clone(), &handle, log);
    assert_eq!(found.kind(), ErrorKind::Corrupt);
    assert!(found.message().contains("the state of g@1 is damaged"), "{found}");
    assert!(found.hint().unwrap().contains("rebuilt from the log"), "{found}");
    wait("another run", &handle, |_| world.documents_of("1").0 != before);
    wait_shown(&world, &handle);
    handle.fingerprint().unwrap();
    // A second report of the same damage changes nothing.
    let (rebuilt, _) = world.documents_of("1");
    handle.tell(Command::Damaged(damaged, error)).unwrap();
    handle.fingerprint().unwrap();
    assert_eq!(world.documents_of("1").0, rebuilt);
}

#[test]
fn without_whole_history_a_version_goes_on_despite_damage_that_somebody_else_read() {
    let world = World::new(1);
    world.append_new("likes", 1_000);
    let guest = echo("g", "timestamp");
    let (handle, worker) = world.start("1", &world.feeds(), &guest);
    wait_caught_up(&handle);
    wait_shown(&world, &handle);
    drop(worker);
    handle.close_store();
    let feeds = world.feeds_without_beginning();
    let (handle, _worker) = world.start("1", &feeds, &guest);
    wait_caught_up(&handle);
    handle.store().unwrap().tear_row().unwrap();
    let found = damage::report(handle.fingerprint().unwrap_err(), &handle, feeds.log().as_ref());
    assert!(found.hint().unwrap().contains("cannot be rebuilt from the log"), "{found}");
    world.append_new("likes", 10);
    wait_shown(&world, &handle);
    assert!(handle.progress().halt.is_none());
}

#[test]
fn rebuilds_that_follow_each_other_are_counted_and_a_success_in_between_starts_over() {
    let world = World::new(1);
    let feeds = world.feeds();
    let guest = echo("g", "timestamp");
    world.append_new("likes", 1_000);
    let (handle, worker) = world.start("1", &feeds, &guest);
    wait_caught_up(&handle);
    wait_shown(&world, &handle);
    for round in 1..=5 {
        let (before, _) = world.documents_of("1");
        // Damage that a cold read finds, in a version that runs.
        handle.store().unwrap().faults().damaged.store(true, std::sync::atomic::Ordering::Relaxed);
        world.append_new("likes", 10);
        wait("another run", &handle, |_| world.documents_of("1").0 != before);
        wait_shown(&world, &handle);
        wait("all to be folded again", &handle, |progress| progress.events == 1_000 + 10 * round);
    }
    drop(worker);
}
