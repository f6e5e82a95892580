//! The suite against the embedded log.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, Weak};

use foldline_log::embedded::disk::{Disk, RealDisk};
use foldline_log::embedded::{EmbeddedLog, EmbeddedOptions};
use foldline_log::{Log, NewRecord};
use foldline_log_testkit::{Capabilities, Claim, FailingAppend, LogKind, Seen, read_now, record};
use tempfile::TempDir;

foldline_log_testkit::conformance!(start);

const RECORD_BYTES_MAX: usize = 1 << 20;

fn start() -> Option<Embedded> {
    let folder = tempfile::tempdir().expect("a folder");
    let (disk, partitions_of) = (WatchedDisk::default(), Mutex::default());
    let log = open(&folder, &BTreeMap::new(), &disk);
    Some(Embedded { folder, disk, log: Mutex::new(Some(log)), partitions_of, topics: AtomicU32::new(0) })
}

fn open(folder: &TempDir, partitions_of: &BTreeMap<String, u32>, disk: &WatchedDisk) -> Arc<EmbeddedLog> {
    let options = EmbeddedOptions {
        partitions: 2,
        partitions_of: partitions_of.clone(),
        record_bytes_max: RECORD_BYTES_MAX,
        clock: Arc::new(|| 1_800_000_000_000),
    };
    Arc::new(EmbeddedLog::open_on(folder.path(), options, Box::new(disk.clone())).expect("the log opens"))
}

struct Embedded {
    folder: TempDir,
    disk: WatchedDisk,
    log: Mutex<Option<Arc<EmbeddedLog>>>,
    partitions_of: Mutex<BTreeMap<String, u32>>,
    topics: AtomicU32,
}

/// The topic of a log that a disk reads before each sync.
type Watched = (Weak<EmbeddedLog>, String);

/// A disk that reads the log before each sync, and may be full.
#[derive(Clone, Default)]
struct WatchedDisk {
    watched: Arc<Mutex<Option<Watched>>>,
    found: Arc<Mutex<Vec<Vec<Seen>>>>,
    is_full: Arc<AtomicBool>,
}

impl Disk for WatchedDisk {
    fn write(&self, file: &File, bytes: &[u8], position: u64) -> io::Result<()> {
        if self.is_full.load(Ordering::Relaxed) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        RealDisk.write(file, bytes, position)
    }

    fn sync(&self, file: &File) -> io::Result<()> {
        if let Some((log, topic)) = &*self.watched.lock().expect("no test panics here")
            && let Some(log) = log.upgrade()
        {
            let found = read_now(log.as_ref(), topic).expect("reading goes on");
            self.found.lock().expect("no test panics here").push(found);
        }
        RealDisk.sync(file)
    }
}

impl Embedded {
    fn embedded(&self) -> Arc<EmbeddedLog> {
        self.log.lock().expect("no test panics here").clone().expect("it is open")
    }
}

impl LogKind for Embedded {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            record_bytes_max: Ok(RECORD_BYTES_MAX),
            has_ids: Claim::Holds,
            keeps_record_ids: Claim::Holds,
            outlives_its_process: Claim::Holds,
            writes_before_it_is_durable: Claim::Holds,
            can_fail_midway: Claim::Holds,
            appends_all_or_nothing: Claim::Holds,
        }
    }

    fn log(&self) -> Arc<dyn Log> {
        self.embedded()
    }

    fn topic(&self, partitions: u32) -> String {
        let name = format!("topic-{}", self.topics.fetch_add(1, Ordering::Relaxed));
        self.partitions_of.lock().expect("no test panics here").insert(name.clone(), partitions);
        // The numbers of partitions are options of an open log.
        self.restart().ensure_topic(&name).expect("the topic is made");
        name
    }

    fn unknown_topic(&self) -> String {
        "unknown".to_owned()
    }

    fn restart(&self) -> Arc<dyn Log> {
        let mut log = self.log.lock().expect("no test panics here");
        // Closed first: only one log can use a folder.
        let former = log.take().map(|former| Arc::into_inner(former).expect("nobody else has it"));
        drop(former);
        let partitions_of = self.partitions_of.lock().expect("no test panics here");
        let opened = open(&self.folder, &partitions_of, &self.disk);
        Arc::clone(log.insert(opened)) as Arc<dyn Log>
    }

    fn read_before_durable(&self, topic: &str, records: Vec<NewRecord>) -> Vec<Vec<Seen>> {
        let log = self.embedded();
        let watched = (Arc::downgrade(&log), topic.to_owned());
        *self.disk.watched.lock().expect("no test panics here") = Some(watched);
        log.append(topic, records).expect("it is appended");
        *self.disk.watched.lock().expect("no test panics here") = None;
        std::mem::take(&mut *self.disk.found.lock().expect("no test panics here"))
    }

    /// An append to a full disk.
    fn failing_append(&self) -> FailingAppend {
        let topic = self.topic(2);
        let is_full = Arc::clone(&self.disk.is_full);
        is_full.store(true, Ordering::Relaxed);
        FailingAppend {
            log: self.log(),
            topic,
            records: vec![record(0, "a"), record(1, "b"), record(0, "c")],
            repair: Some(Box::new(move || is_full.store(false, Ordering::Relaxed))),
        }
    }
}
