//! A disk that fails, at each of its calls.

use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{OnceLock, Weak};

use parking_lot::Mutex;

use super::*;
use crate::embedded::disk::DyingDisk;

/// A disk that fails as the test tells it to.
#[derive(Clone, Default)]
struct FaultyDisk(Arc<Faults>);

#[derive(Default)]
struct Faults {
    no_space: AtomicBool,
    /// Only writes as short as a slot of the commits file find no space.
    no_space_for_commits: AtomicBool,
    sync_fails: AtomicBool,
    /// The number of syncs that find no space.
    full_syncs: AtomicUsize,
}

impl Disk for FaultyDisk {
    fn write(&self, file: &File, bytes: &[u8], position: u64) -> io::Result<()> {
        if self.0.no_space.load(Ordering::Relaxed) {
            RealDisk.write(file, &bytes[..bytes.len() / 2], position)?;
            return Err(io::ErrorKind::StorageFull.into());
        }
        if self.0.no_space_for_commits.load(Ordering::Relaxed) && bytes.len() <= 16 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        RealDisk.write(file, bytes, position)
    }

    fn sync(&self, file: &File) -> io::Result<()> {
        let one_less = |left: usize| left.checked_sub(1);
        if self.0.full_syncs.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less).is_ok() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        if self.0.sync_fails.load(Ordering::Relaxed) {
            return Err(io::Error::from_raw_os_error(libc::EIO));
        }
        RealDisk.sync(file)
    }
}

/// Reads the whole log before each sync.
#[derive(Clone, Default)]
struct WatchedDisk {
    log: Arc<OnceLock<Weak<EmbeddedLog>>>,
    seen: Arc<Mutex<Vec<Vec<Vec<String>>>>>,
}

impl Disk for WatchedDisk {
    fn sync(&self, file: &File) -> io::Result<()> {
        if let Some(log) = self.log.get().and_then(Weak::upgrade) {
            self.seen.lock().push(values(&log, "t").unwrap());
        }
        RealDisk.sync(file)
    }
}

#[test]
fn nothing_is_read_before_it_is_synced() {
    let dir = tempfile::tempdir().unwrap();
    let disk = WatchedDisk::default();
    let log =
        Arc::new(EmbeddedLog::open_with(dir.path(), options(2), crashing(), Box::new(disk.clone())).unwrap());
    log.append("t", vec![in_partition(0, "a"), in_partition(1, "a")]).unwrap();
    disk.log.set(Arc::downgrade(&log)).unwrap();
    // One file, then two, which count only once the commits file is synced as well.
    for records in [vec![in_partition(0, "b")], vec![in_partition(0, "c"), in_partition(1, "c")]] {
        let before = values(&log, "t").unwrap();
        disk.seen.lock().clear();
        log.append("t", records).unwrap();
        let seen = std::mem::take(&mut *disk.seen.lock());
        assert!(!seen.is_empty() && seen.iter().all(|seen| *seen == before), "{seen:?} before a sync");
        assert_ne!(values(&log, "t").unwrap(), before);
    }
}

#[test]
fn after_a_death_at_any_call_each_append_is_there_whole_or_not_at_all() {
    let workload = |log: &EmbeddedLog| -> Vec<usize> {
        let append = |n: usize| {
            let value = n.to_string();
            match n % 3 {
                0 => log.append("t", vec![in_partition(0, value.clone()), in_partition(0, value)]),
                1 => log.append("t", vec![in_partition(0, value.clone()), in_partition(1, value)]),
                _ => log.append_all(vec![
                    ("t".to_owned(), vec![in_partition(1, value.clone())]),
                    ("u".to_owned(), vec![in_partition(0, value)]),
                ]),
            }
        };
        (0..9).filter(|&n| append(n).is_ok()).collect()
    };
    let tuning = || Tuning { segment_bytes: 300, ..crashing() };
    for dies_at in 0.. {
        let dir = tempfile::tempdir().unwrap();
        let calls = Arc::new(AtomicUsize::new(0));
        let disk = DyingDisk::new(calls.clone(), dies_at);
        let log = EmbeddedLog::open_with(dir.path(), options(2), tuning(), Box::new(disk)).unwrap();
        let acknowledged = workload(&log);
        drop(log);

        let log = open(dir.path(), 2, tuning()).unwrap();
        let mut found: BTreeMap<usize, usize> = BTreeMap::new();
        for topic in log.topics().unwrap() {
            for values in values(&log, &topic).unwrap() {
                let numbers: Vec<usize> = values.iter().map(|value| value.parse().unwrap()).collect();
                assert!(numbers.is_sorted());
                numbers.into_iter().for_each(|number| *found.entry(number).or_default() += 1);
            }
        }
        assert!(
            found.values().all(|&records| records == 2),
            "death at call {dies_at}: half an append in {found:?}"
        );
        assert!(acknowledged.iter().all(|number| found.contains_key(number)), "death at call {dies_at}");
        assert!(found.len() <= acknowledged.len() + 1, "death at call {dies_at}");
        log.append("t", vec![in_partition(0, "9"), in_partition(1, "9")]).unwrap();
        if calls.load(Ordering::Relaxed) <= dies_at {
            assert!(dies_at > 40, "the workload reaches the disk");
            return;
        }
    }
}

#[test]
fn a_full_disk_refuses_appends_until_there_is_room_and_keeps_nothing_of_them() {
    let dir = tempfile::tempdir().unwrap();
    let disk = FaultyDisk::default();
    let log = EmbeddedLog::open_with(dir.path(), options(2), crashing(), Box::new(disk.clone())).unwrap();
    let both = |value: &str| vec![in_partition(0, value), in_partition(1, value)];
    log.append("t", both("a")).unwrap();
    disk.0.no_space.store(true, Ordering::Relaxed);
    for _ in 0..3 {
        let error = log.append("t", both("lost")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert!(error.hint().unwrap().contains("make room"), "{error}");
        assert_eq!(values(&log, "t").unwrap(), [["a"], ["a"]]);
    }
    disk.0.no_space.store(false, Ordering::Relaxed);
    log.append("t", both("b")).unwrap();
    log.append("t", vec![in_partition(0, "c")]).unwrap();
    drop(log);
    let log = open(dir.path(), 2, crashing()).unwrap();
    assert_eq!(values(&log, "t").unwrap(), [vec!["a", "b", "c"], vec!["a", "b"]]);
}

#[test]
fn a_disk_that_says_at_a_sync_or_a_commit_that_it_is_full_goes_on_when_there_is_room() {
    let both = |value: &str| vec![in_partition(0, value), in_partition(1, value)];
    for at_sync in [true, false] {
        let dir = tempfile::tempdir().unwrap();
        let disk = FaultyDisk::default();
        let log = EmbeddedLog::open_with(dir.path(), options(2), crashing(), Box::new(disk.clone())).unwrap();
        log.append("t", both("a")).unwrap();
        disk.0.full_syncs.store(usize::from(at_sync), Ordering::Relaxed);
        disk.0.no_space_for_commits.store(!at_sync, Ordering::Relaxed);
        let error = log.append("t", both("lost")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert!(error.hint().unwrap().contains("make room"), "{error}");
        assert_eq!(values(&log, "t").unwrap(), [["a"], ["a"]]);
        disk.0.no_space_for_commits.store(false, Ordering::Relaxed);
        log.append("t", both("b")).unwrap();
        drop(log);
        let log = open(dir.path(), 2, crashing()).unwrap();
        assert_eq!(values(&log, "t").unwrap(), [["a", "b"], ["a", "b"]], "full at a sync: {at_sync}");
    }
}

#[test]
fn after_a_failed_sync_nothing_is_appended_until_a_restart() {
    for both in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        let disk = FaultyDisk::default();
        let log = EmbeddedLog::open_with(dir.path(), options(2), crashing(), Box::new(disk.clone())).unwrap();
        let records = |value: &str| (0..=u32::from(both)).map(|at| in_partition(at, value)).collect();
        log.append("t", records("a")).unwrap();
        disk.0.sync_fails.store(true, Ordering::Relaxed);
        assert_eq!(log.append("t", records("b")).unwrap_err().kind(), ErrorKind::Unavailable);
        // The disk claims to work again, but it is unknown what it dropped meanwhile.
        disk.0.sync_fails.store(false, Ordering::Relaxed);
        let error = log.append("t", records("c")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert!(error.hint().unwrap().contains("restart"), "{error}");
        assert_eq!(values(&log, "t").unwrap()[0], ["a"], "reading goes on");
        drop(log);
        let log = open(dir.path(), 2, crashing()).unwrap();
        assert_eq!(values(&log, "t").unwrap()[0], ["a"]);
        log.append("t", records("d")).unwrap();
        assert_eq!(values(&log, "t").unwrap()[0], ["a", "d"]);
    }
}
