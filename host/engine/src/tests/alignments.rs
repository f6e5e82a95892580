//! Two versions are aligned while records keep coming, and a version that does not reach the position delays no other.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use foldline_core::position::Position;

use super::super::aligned_scans::align;
use super::super::alignment::{Alignment, ParticipantSpec};
use super::super::command::Command;
use super::super::progress::Progress;
use super::versions::{PATIENCE, World, wait, wait_caught_up, windowed, with_topic};
use foldline_base::error::ErrorKind;
use foldline_core::status::Phase;

/// Ends the threads that poll the flag, even if the test fails.
struct SetOnDrop<'a>(&'a AtomicBool);

impl Drop for SetOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn two_versions_stand_at_one_position_whatever_comes_meanwhile() {
    let world = World::new(3);
    world.append("likes", 1_000);
    // Separate feeds read the partitions in different orders.
    let guest = windowed("likes");
    let (old, _old) = world.start("1.0.0", &world.feeds(), &guest);
    let (new, _new) = world.start("2.0.0", &world.feeds(), &guest);
    wait_caught_up(&old);
    wait_caught_up(&new);
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let _end = SetOnDrop(&over);
        scope.spawn(|| {
            for count in (1..400).cycle() {
                if over.load(Ordering::Relaxed) {
                    return;
                }
                world.append("likes", count);
            }
        });
        let (mut moved, mut last) = (0, Position::default());
        let deadline = Instant::now() + PATIENCE;
        while moved < 30 {
            assert!(Instant::now() < deadline, "records came between only {moved} of the meetings");
            let [of_old, of_new] = align(&old, &new).unwrap();
            let (of_old, of_new) = (&of_old, &of_new);
            assert_eq!(of_old.checkpointed(), of_new.checkpointed());
            assert_eq!(of_old.fingerprint().unwrap(), of_new.fingerprint().unwrap());
            let position = of_old.checkpointed().position.clone();
            assert!(position.covers(&last));
            moved += usize::from(position != last);
            last = position;
        }
    });
}

#[test]
fn a_topic_that_one_alone_reads_ends_where_that_one_stood() {
    let world = World::new(2);
    world.append("likes", 500);
    world.append("more", 300);
    let feeds = world.feeds();
    let (old, _old) = world.start("1.0.0", &feeds, &windowed("likes"));
    let (new, _new) = world.start("2.0.0", &feeds, &with_topic(windowed("likes"), "more"));
    wait_caught_up(&old);
    wait_caught_up(&new);
    world.append("likes", 10);
    let [of_old, of_new] = align(&old, &new).unwrap();
    let (of_old, of_new) = (&of_old.checkpointed().position, &of_new.checkpointed().position);
    assert_eq!(of_new.of_topics(["likes"]), of_old.of_topics(["likes"]));
    assert_eq!(of_new.of_topics(["more"]).records(), 300);
}

#[test]
fn one_who_dies_releases_the_other() {
    let world = World::new(1);
    world.append("likes", 100);
    let feeds = world.feeds();
    let (live, _live) = world.start("1.0.0", &feeds, &windowed("likes"));
    let (other, _other) = world.start("2.0.0", &feeds, &windowed("likes"));
    wait_caught_up(&live);
    wait_caught_up(&other);
    let spec = || ParticipantSpec { topics: vec!["likes".to_owned()], notifier: Arc::clone(live.notifier()) };
    let (alignment, [one, two]) = Alignment::arrange([spec(), spec()], Instant::now() + 10 * PATIENCE);
    let answer = live.send(|reply| Command::Align(one, reply)).unwrap();
    assert!(alignment.await_position(0));
    let stood = live.progress().position;
    world.append("likes", 100);
    let end = world.ends("likes")[0];
    let at_end = |progress: &Progress| progress.position.next_offset("likes", 0) == end;
    wait("what another one reads", &other, at_end);
    // More requests than the queue holds: the version takes them round after round, and reads nothing meanwhile.
    let mut asked = Vec::new();
    let deadline = Instant::now() + PATIENCE;
    while asked.len() < 50 {
        assert!(Instant::now() < deadline, "only {} requests were taken", asked.len());
        asked.extend(live.send(Command::Scan));
    }
    assert_eq!(live.progress().position, stood, "it reads while it waits");
    drop(two);
    assert!(answer.wait().is_err());
    wait("reading on", &live, at_end);
    asked.into_iter().for_each(|scan| drop(scan.wait().unwrap()));
}

#[test]
fn one_who_is_late_is_not_waited_for_beyond_the_deadline() {
    let world = World::new(1);
    world.append("likes", 100);
    let (live, _live) = world.start("1.0.0", &world.feeds(), &windowed("likes"));
    wait_caught_up(&live);
    let spec = || ParticipantSpec { topics: vec!["likes".to_owned()], notifier: Arc::clone(live.notifier()) };
    let deadline = Instant::now() + Duration::from_millis(300);
    let (_alignment, [one, two]) = Alignment::arrange([spec(), spec()], deadline);
    let answer = live.send(|reply| Command::Align(one, reply)).unwrap();
    assert!(answer.wait().is_err());
    world.append("likes", 100);
    let end = world.ends("likes")[0];
    wait("reading on", &live, |progress| progress.position.next_offset("likes", 0) == end);
    drop(two);
}

#[test]
fn a_version_that_replays_or_is_gone_is_not_met() {
    let world = World::new(1);
    world.append("likes", 100);
    let feeds = world.feeds();
    let (live, _live) = world.start("1.0.0", &feeds, &windowed("likes"));
    let (gone, worker) = world.start("2.0.0", &feeds, &windowed("likes"));
    wait_caught_up(&live);
    wait_caught_up(&gone);
    gone.publish(|progress| progress.phase = Phase::Replaying);
    let error = align(&live, &gone).err().unwrap();
    assert!(error.message().starts_with("g@2.0.0 has not caught up"), "{error}");
    gone.publish(|progress| progress.phase = Phase::CaughtUp);
    drop(worker);
    for (old, new) in [(&live, &gone), (&gone, &live)] {
        let error = align(old, new).err().unwrap();
        assert_eq!((error.kind(), error.message()), (ErrorKind::Unavailable, "g@2.0.0 does not run"));
    }
    world.append("likes", 100);
    let end = world.ends("likes")[0];
    wait("reading on", &live, |progress| progress.position.next_offset("likes", 0) == end);
}
