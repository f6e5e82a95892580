//! Versions that run on one embedded log, without a host around them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use foldline_core::description::OutputField;
use parking_lot::Mutex;
use serde_json::{Value, json};

use super::*;
use foldline_config::{CheckpointConfig, Config};
use foldline_core::status::Phase;
use foldline_log::embedded::{EmbeddedLog, EmbeddedOptions};
use foldline_log::{Log, NewRecord};
use foldline_module::Digest;
use foldline_sink::SharedBackend;
use foldline_sink_sqlite::SqliteReader;
use foldline_testkit::canned::{Body, Canned};

/// How long anything may take. Only failing tests reach it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A log, and a folder for what its versions write.
pub(crate) struct World {
    log: Arc<EmbeddedLog>,
    folder: tempfile::TempDir,
    partitions: u32,
    next: AtomicU64,
    /// Memory budget of versions that start from now on, in bytes.
    pub(crate) memory_max: AtomicUsize,
    document: Mutex<Vec<OutputField>>,
    /// The runs of each started version.
    runs: Mutex<BTreeMap<String, Arc<Runs>>>,
}

impl World {
    pub(crate) fn new(partitions: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = EmbeddedOptions {
            partitions,
            partitions_of: BTreeMap::new(),
            record_bytes_max: 1 << 20,
            clock: Arc::new(|| 1 << 40),
        };
        let log = Arc::new(EmbeddedLog::open(&folder.path().join("log"), options).unwrap());
        Self {
            log,
            folder,
            partitions,
            next: AtomicU64::new(0),
            memory_max: AtomicUsize::new(64 << 20),
            document: Mutex::default(),
            runs: Mutex::default(),
        }
    }

    /// Returns new feeds. Versions that share them read the log once.
    pub(crate) fn feeds(&self) -> Arc<Feeds> {
        let threads = threads(Some(2)).unwrap();
        Arc::new(Feeds::new(Arc::clone(&self.log) as Arc<dyn Log>, threads, 1 << 20))
    }

    /// Returns the log, wrapped by `around`.
    pub(crate) fn log_as<L>(&self, around: impl FnOnce(Arc<EmbeddedLog>) -> L) -> Arc<L> {
        Arc::new(around(Arc::clone(&self.log)))
    }

    /// Appends likes of some posts to a topic, with a punctuation now and then.
    pub(crate) fn append(&self, topic: &str, count: u64) {
        let first = self.next.fetch_add(count, Ordering::Relaxed);
        let record = |at: u64| {
            if at % 41 == 40 {
                return NewRecord::punctuation(
                    Some((at % 3) as u32 % self.partitions),
                    at as i64 * 16 + 1_000,
                );
            }
            let (post, user) = (at * 7 % 50, at % 977);
            let value =
                json!({"post_id": format!("p{post}"), "user_id": format!("u{user}"), "timestamp": at * 16});
            NewRecord {
                key: Some(format!("k{}", at % 31).into_bytes()),
                value: Some(value.to_string().into_bytes()),
                ..NewRecord::default()
            }
        };
        self.log.append(topic, (first..first + count).map(record).collect()).unwrap();
    }

    /// Appends likes of posts without likes.
    pub(crate) fn append_new(&self, topic: &str, count: u64) {
        let first = self.next.fetch_add(count, Ordering::Relaxed);
        let record = |at: u64| {
            let value =
                json!({"post_id": format!("n{at}"), "user_id": format!("u{at}"), "timestamp": at * 16});
            let (key, value) = (format!("n{at}").into_bytes(), value.to_string().into_bytes());
            NewRecord { key: Some(key), value: Some(value), ..NewRecord::default() }
        };
        self.log.append(topic, (first..first + count).map(record).collect()).unwrap();
    }

    /// Appends likes of posts that [`World::append_new`] appended.
    pub(crate) fn append_again(&self, topic: &str, posts: std::ops::Range<u64>) {
        let record = |at: u64| {
            let value = json!({"post_id": format!("n{at}"), "user_id": "again", "timestamp": at * 16});
            let (key, value) = (format!("n{at}").into_bytes(), value.to_string().into_bytes());
            NewRecord { key: Some(key), value: Some(value), ..NewRecord::default() }
        };
        self.log.append(topic, posts.map(record).collect()).unwrap();
    }

    /// Returns feeds of a log that reports its first seven records as removed.
    pub(crate) fn feeds_without_beginning(&self) -> Arc<Feeds> {
        let log = Arc::new(WithoutBeginning(Arc::clone(&self.log)));
        Arc::new(Feeds::new(log, threads(Some(2)).unwrap(), 1 << 20))
    }

    /// Returns a reader of a started version's documents, once it shows any.
    pub(crate) fn reader_of(&self, version: &str) -> SqliteReader {
        let file = self.runs.lock()[version].documents().clone();
        let document = self.document.lock().clone();
        let deadline = Instant::now() + PATIENCE;
        loop {
            match SqliteReader::follow(&file, &document) {
                Ok(reader) => return reader,
                Err(error) => assert!(Instant::now() < deadline, "{error}"),
            }
            std::thread::yield_now();
        }
    }

    /// Returns where the state of a version is.
    pub(crate) fn state_of(&self, version: &str) -> PathBuf {
        self.documents_of(version).0.with_file_name("state")
    }

    pub(crate) fn ends(&self, topic: &str) -> Vec<u64> {
        self.log.ends(topic).unwrap()
    }

    /// Starts a version.
    pub(crate) fn start(
        &self,
        version: &str,
        feeds: &Arc<Feeds>,
        guest: &Canned,
    ) -> (Arc<VersionHandle>, Worker) {
        self.start_with(version, feeds, guest, Vec::new(), VersionConfig::FLUSH_KEYS_MAX)
    }

    /// Starts a version with more sinks than the embedded store.
    pub(crate) fn start_with(
        &self,
        version: &str,
        feeds: &Arc<Feeds>,
        guest: &Canned,
        sinks: Vec<SharedBackend>,
        flush_keys_max: usize,
    ) -> (Arc<VersionHandle>, Worker) {
        self.start_as(version, feeds, guest, sinks, flush_keys_max, Phase::Replaying)
    }

    /// As [`World::start_with`], in another phase.
    pub(crate) fn start_as(
        &self,
        version: &str,
        feeds: &Arc<Feeds>,
        guest: &Canned,
        sinks: Vec<SharedBackend>,
        flush_keys_max: usize,
        phase: Phase,
    ) -> (Arc<VersionHandle>, Worker) {
        let module = foldline_testkit::engine().validate(None, &guest.build()).unwrap();
        let topics = module.description().inputs.iter().map(|input| input.topic.clone()).collect();
        let changes = Arc::new(tokio::sync::watch::Sender::new(0));
        let handle = VersionHandle::new("g", version, Digest::from([0; 32]), topics, phase, changes);
        let handle = Arc::new(handle.with_sinks(&sinks));
        let folder = self.folder.path().join(version);
        let runs = Arc::new(Runs::of(folder));
        self.runs.lock().insert(version.to_owned(), Arc::clone(&runs));
        *self.document.lock() = module.description().document().to_vec();
        let config = VersionConfig {
            skips: Arc::default(),
            fold: FoldOptions { shards: 2, ..FoldOptions::new(Arc::clone(feeds.threads()), 1 << 20) },
            module,
            feeds: Arc::clone(feeds),
            runs: Arc::clone(&runs),
            sinks,
            owner: "me".to_owned(),
            memory_max: self.memory_max.load(Ordering::Relaxed),
            flush_keys_max,
            checkpoint: CheckpointConfig { every: Duration::from_millis(50), ..CheckpointConfig::default() },
            idle_partitions: Arc::new(IdlePartitions::new(Config::default())),
        };
        let worker = Worker::start(config, Arc::clone(&handle)).unwrap();
        (handle, worker)
    }

    /// Returns the path of a version's documents, and their declared fields.
    pub(crate) fn documents_of(&self, version: &str) -> (PathBuf, Vec<OutputField>) {
        (self.runs.lock()[version].documents().path().to_path_buf(), self.document.lock().clone())
    }
}

/// A log whose beginning retention has removed.
struct WithoutBeginning(Arc<EmbeddedLog>);

impl Log for WithoutBeginning {
    fn topics(&self) -> Result<Vec<String>> {
        self.0.topics()
    }

    fn partitions(&self, topic: &str) -> Result<Option<u32>> {
        self.0.partitions(topic)
    }

    fn ensure_topic(&self, topic: &str) -> Result<bool> {
        self.0.ensure_topic(topic)
    }

    fn starts(&self, topic: &str) -> Result<Vec<u64>> {
        Ok(self.0.starts(topic)?.iter().map(|_| 7).collect())
    }

    fn ends(&self, topic: &str) -> Result<Vec<u64>> {
        self.0.ends(topic)
    }

    fn append(&self, topic: &str, records: Vec<NewRecord>) -> Result<foldline_core::position::Position> {
        self.0.append(topic, records)
    }

    fn reader(&self, starts: &[foldline_log::Start]) -> Result<Box<dyn foldline_log::LogReader>> {
        self.0.reader(starts)
    }
}

/// A guest with windows: if only one of two versions counts a punctuation, their rows differ.
pub(crate) fn windowed(topic: &str) -> Canned {
    let mut guest = echo("g", "timestamp");
    let Body::Answer(description) = &mut guest.describe else { panic!("echo describes itself by an answer") };
    description["inputs"][0]["topic"] = json!(topic);
    description["inputs"][0]["out-of-orderness-ms"] = json!(100);
    description["tables"][0]["window"] = json!({"sliding": {"size-ms": 6_400, "slide-ms": 64}});
    guest
}

/// Adds another topic to a guest's inputs.
pub(crate) fn with_topic(mut guest: Canned, topic: &str) -> Canned {
    let Body::Answer(description) = &mut guest.describe else { panic!("echo describes itself by an answer") };
    let mut input: Value = description["inputs"][0].clone();
    input["topic"] = json!(topic);
    description["inputs"].as_array_mut().unwrap().push(input);
    guest
}

/// Waits until a version's progress fulfils `until`.
#[track_caller]
pub(crate) fn wait(what: &str, handle: &VersionHandle, until: impl Fn(&Progress) -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !handle.look(&until) {
        assert!(Instant::now() < deadline, "{what}: {:?}", handle.progress());
        std::thread::yield_now();
    }
}

/// Waits until a version has caught up.
pub(crate) fn wait_caught_up(handle: &VersionHandle) {
    wait("caught up", handle, |progress| progress.phase == Phase::CaughtUp);
}
