//! When a checkpoint is cut, and that a checkpoint refused by the disk loses nothing.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::super::checkpoint::Checkpointer;
use super::*;
use foldline_base::notifier::Notifier;
use foldline_config::CheckpointConfig;
use foldline_state::StateStore;

const PATIENCE: Duration = Duration::from_secs(60);

pub(super) struct World {
    pub(super) store: StateStore,
    pub(super) fold: Fold,
    pub(super) checkpointer: Checkpointer,
    _folder: tempfile::TempDir,
}

impl World {
    pub(super) fn new(every: Duration, bytes: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (store, _) = StateStore::open(folder.path(), "abc", 1 << 20).unwrap();
        let config = CheckpointConfig { every, bytes };
        let notifier = Arc::new(Notifier::default());
        Self {
            fold: Fold::new(module(), options(2, 4_096), Some(store.clone())).unwrap(),
            checkpointer: Checkpointer::start("test", store.clone(), config, None, notifier).unwrap(),
            store,
            _folder: folder,
        }
    }

    /// Likes posts, each by a new user.
    pub(super) fn fold(&mut self, posts: std::ops::Range<u64>) {
        let first = self.fold.position().next_offset("likes", 0);
        let records = likes(first, posts.map(|post| (format!("p{post}"), first, 16)));
        self.fold.fold(records, &mut Vec::new()).unwrap();
    }

    pub(super) fn cut(&mut self) -> foldline_base::error::Result<foldline_state::Scan> {
        let now = Instant::now();
        self.checkpointer.cut(&mut self.fold, None, now);
        let durable = self.checkpointer.poll(&mut self.fold, PATIENCE, now).unwrap();
        durable.map(|durable| durable.scan)
    }
}

#[test]
fn a_checkpoint_is_cut_after_its_time() {
    let mut world = World::new(Duration::from_secs(100), usize::MAX);
    let soon = Instant::now() + Duration::from_secs(50);
    let later = Instant::now() + Duration::from_secs(101);
    assert!(!world.checkpointer.should_cut(&world.fold, soon));
    world.fold(0..10);
    assert!(!world.checkpointer.should_cut(&world.fold, soon));
    assert!(world.checkpointer.should_cut(&world.fold, later));
    world.cut().unwrap();
    let much_later = later + Duration::from_secs(1_000);
    assert!(!world.checkpointer.should_cut(&world.fold, much_later), "nothing came since");
}

#[test]
fn a_checkpoint_is_cut_after_its_volume() {
    let mut world = World::new(Duration::from_secs(1_000_000), 64 << 10);
    let now = Instant::now();
    world.fold(0..10);
    assert!(!world.checkpointer.should_cut(&world.fold, now));
    world.fold(10..20_000);
    assert!(world.checkpointer.should_cut(&world.fold, now));
    world.cut().unwrap();
    world.fold(20_000..20_010);
    assert!(!world.checkpointer.should_cut(&world.fold, now), "only what changed since counts");
}

/// The rows that change often are also the largest: a hundred times the average row.
#[test]
fn the_volume_of_a_checkpoint_is_that_of_the_rows_that_changed() {
    let mut world = World::new(Duration::from_secs(1_000_000), 256 << 10);
    let now = Instant::now();
    for some in 0..40 {
        world.fold(some * 1_000..(some + 1) * 1_000);
        world.cut().unwrap();
    }
    let first = world.fold.position().next_offset("likes", 0);
    let hot = (0..100_000).map(|user| (format!("p{}", user % 20), user, 16));
    world.fold.fold(likes(first, hot), &mut Vec::new()).unwrap();
    assert!(world.checkpointer.should_cut(&world.fold, now), "twenty sketches of 16 KiB");
}

#[test]
fn the_rows_of_a_refused_checkpoint_join_the_next_one() {
    let mut world = World::new(Duration::from_secs(1_000_000), usize::MAX);
    world.fold(0..100);
    world.cut().unwrap();
    world.fold(50..150);
    world.store.faults().refusing.store(true, Ordering::Relaxed);
    assert!(world.cut().is_err());
    assert!(world.checkpointer.is_behind(world.fold.position()), "the same position is cut again");
    world.store.faults().refusing.store(false, Ordering::Relaxed);
    world.fold(140..160);
    let scan = world.cut().unwrap();
    assert_eq!(scan.fingerprint().unwrap(), world.fold.fingerprint());
    assert_eq!(scan.row_count(), 160);
}
