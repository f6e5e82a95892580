//! Random runs of a version: the engine with the real log, module, state store and sink is run, stopped and crashed.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use foldline_config::{CheckpointConfig, Limits};
use foldline_core::position::Position;
use foldline_core::status::Phase;
use foldline_engine::{FoldOptions, Progress, Runs, VersionConfig, VersionHandle, Worker};
use foldline_log::embedded::{EmbeddedLog, EmbeddedOptions};
use foldline_log::{Log, NewRecord};
use foldline_module::{ModuleEngine, ValidatedModule};
use foldline_source::feed::Feeds;
use foldline_source::idle_partitions::IdlePartitions;
use foldline_source::threads;
use serde_json::Value;

use crate::host::{PATIENCE, module};
use crate::world::{Placed, Rng};

/// Returns the seeds of the worlds of a test: ten, or those in `FOLDLINE_WORLDS`, a number or a range such as `17..18`.
pub fn worlds() -> Range<u64> {
    let said = std::env::var("FOLDLINE_WORLDS").unwrap_or_default();
    match said.split_once("..") {
        Some((first, end)) => first.parse().unwrap_or(0)..end.parse().unwrap_or(0),
        None => 0..said.parse().unwrap_or(10),
    }
}

/// A log, with the modules that fold it: the one under test, and its neighbours, which read the same topics.
pub struct World {
    folder: tempfile::TempDir,
    log: Arc<EmbeddedLog>,
    module: ValidatedModule,
    neighbours: Vec<ValidatedModule>,
    topics: &'static [&'static str],
    next_offsets: BTreeMap<(usize, u32), u64>,
    starts: u64,
}

/// How a version runs between two crashes. None of this may affect the result.
#[derive(Clone, Copy, Debug)]
pub struct RunSettings {
    shards: usize,
    batch_rows: usize,
    memory_max: usize,
    flush_keys_max: usize,
    checkpoint_ms: u64,
}

impl RunSettings {
    /// A run without disturbances.
    pub const QUIET: Self = Self {
        shards: 1,
        batch_rows: 4_096,
        memory_max: 1 << 30,
        flush_keys_max: 1 << 20,
        checkpoint_ms: 5_000,
    };

    /// Room for a few rows: all others are cold. Few changed keys are tracked.
    pub const SMALLEST: Self =
        Self { shards: 2, batch_rows: 4_096, memory_max: 8 << 10, flush_keys_max: 3, checkpoint_ms: 10 };

    /// Returns random settings.
    pub fn any(rng: &mut Rng) -> Self {
        Self {
            shards: rng.of(&[1, 2, 4]),
            batch_rows: rng.of(&[1, 7, 4_096]),
            // Room for a few rows, some hundred, or all.
            memory_max: rng.of(&[8 << 10, 200 << 10, 1 << 30]),
            flush_keys_max: rng.of(&[3, 1 << 20]),
            checkpoint_ms: rng.of(&[10, 10, 1_000]),
        }
    }
}

/// A running version, possibly alongside its neighbours.
pub struct Running {
    /// The version's handle.
    pub handle: Arc<VersionHandle>,
    /// The neighbours' handles, in order.
    pub neighbours: Vec<Arc<VersionHandle>>,
    workers: Vec<Worker>,
    feeds: Arc<Feeds>,
}

impl World {
    /// Returns an empty log of these topics, and a built reducer that reads them.
    ///
    /// # Panics
    /// Panics when the module is not built.
    pub fn new(reducer: &str, topics: &'static [&'static str], partitions: u32) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let options = EmbeddedOptions {
            partitions,
            partitions_of: BTreeMap::new(),
            record_bytes_max: 1 << 20,
            // Later than all event times, so that none is in the future.
            clock: Arc::new(|| 1_800_000_000_000),
        };
        let log = Arc::new(EmbeddedLog::open(&folder.path().join("log"), options).expect("a log"));
        let engine = ModuleEngine::new((&Limits::default()).into(), None).expect("an engine");
        let wasm = std::fs::read(module(reducer)).expect("the module is built");
        let module = engine.validate(None, &wasm).expect("a valid module");
        Self { folder, log, module, neighbours: Vec::new(), topics, next_offsets: BTreeMap::new(), starts: 0 }
    }

    /// Adds modules that read the same topics with other declarations. Each becomes a version alongside the one under test, and
    /// receives the same batches.
    #[must_use]
    pub fn alongside(self, neighbours: Vec<ValidatedModule>) -> Self {
        Self { neighbours, ..self }
    }

    /// Appends records topic by topic, in their order within each partition.
    ///
    /// # Panics
    /// Panics when the log refuses them.
    pub fn append(&mut self, some: &[Placed]) {
        for (topic, name) in self.topics.iter().enumerate() {
            let of_topic: Vec<NewRecord> = some
                .iter()
                .filter(|record| record.topic == topic)
                .map(|record| match record.punctuation_ms {
                    Some(time_ms) => NewRecord::punctuation(Some(record.partition), time_ms),
                    None => NewRecord {
                        value: Some(record.value.clone()),
                        partition: Some(record.partition),
                        ..NewRecord::default()
                    },
                })
                .collect();
            if !of_topic.is_empty() {
                self.log.append(name, of_topic).expect("appended");
            }
        }
        for record in some {
            *self.next_offsets.entry((record.topic, record.partition)).or_default() += 1;
        }
    }

    /// Starts a version in the folder of this name, alone.
    ///
    /// # Panics
    /// Panics when it does not start.
    pub fn start(&mut self, name: &str, settings: RunSettings) -> Running {
        self.start_alongside(name, settings, &[])
    }

    /// Starts a version alongside all its neighbours, each with its own settings.
    ///
    /// # Panics
    /// Panics when one does not start.
    pub fn start_all(&mut self, rng: &mut Rng, name: &str) -> (Running, RunSettings) {
        let settings = RunSettings::any(rng);
        let others: Vec<RunSettings> = self.neighbours.iter().map(|_| RunSettings::any(rng)).collect();
        (self.start_alongside(name, settings, &others), settings)
    }

    fn start_alongside(&mut self, name: &str, settings: RunSettings, others: &[RunSettings]) -> Running {
        self.starts += 1;
        let threads = threads(Some(2)).expect("threads");
        let log = Arc::clone(&self.log) as Arc<dyn Log>;
        let feeds = Arc::new(Feeds::new(log, Arc::clone(&threads), 1 << 20));
        let (handle, worker) = self.start_one(&self.module, name, settings, &feeds);
        let mut workers = vec![worker];
        let mut neighbours = Vec::new();
        for (at, (module, settings)) in self.neighbours.iter().zip(others).enumerate() {
            let (handle, worker) = self.start_one(module, &neighbour_name(name, at), *settings, &feeds);
            neighbours.push(handle);
            workers.push(worker);
        }
        Running { handle, neighbours, workers, feeds }
    }

    fn start_one(
        &self,
        module: &ValidatedModule,
        name: &str,
        settings: RunSettings,
        feeds: &Arc<Feeds>,
    ) -> (Arc<VersionHandle>, Worker) {
        let folder = self.folder.path().join(name);
        let topics = self.topics.iter().map(|topic| (*topic).to_owned()).collect();
        let (reducer, digest) = (&module.description().name, *module.digest());
        let handle = VersionHandle::new(reducer, "0.1.0", digest, topics, Phase::Replaying, Arc::default());
        let handle = Arc::new(handle);
        let config = VersionConfig {
            module: module.clone(),
            feeds: Arc::clone(feeds),
            runs: Arc::new(Runs::of(folder)),
            sinks: Vec::new(),
            owner: format!("start {}", self.starts),
            skips: Arc::default(),
            fold: FoldOptions {
                shards: settings.shards,
                batch_rows: settings.batch_rows,
                ..FoldOptions::new(Arc::clone(feeds.threads()), 1 << 20)
            },
            memory_max: settings.memory_max,
            flush_keys_max: settings.flush_keys_max,
            checkpoint: CheckpointConfig {
                every: Duration::from_millis(settings.checkpoint_ms),
                bytes: 256 << 20,
            },
            idle_partitions: Arc::new(IdlePartitions::default()),
        };
        let worker = Worker::start(config, Arc::clone(&handle)).expect("a worker");
        (handle, worker)
    }

    /// Appends the parts one after the other, each during a separate run that ends in a stop, or in a crash at any moment.
    /// Returns the settings of the runs.
    ///
    /// # Panics
    /// Panics when a version halts.
    pub fn random_runs(&mut self, rng: &mut Rng, name: &str, parts: &[Vec<Placed>]) -> Vec<RunSettings> {
        self.random_runs_seen(rng, name, parts, |_, _| {})
    }

    /// As [`World::random_runs`]; `look` is called after each append, and before the end of each run. Nothing is appended while
    /// it looks.
    ///
    /// # Panics
    /// As [`World::random_runs`].
    pub fn random_runs_seen(
        &mut self,
        rng: &mut Rng,
        name: &str,
        parts: &[Vec<Placed>],
        mut look: impl FnMut(&Self, &Running),
    ) -> Vec<RunSettings> {
        let mut runs = Vec::new();
        for some in parts {
            // Half of it exists at the start, the rest arrives during the run.
            let (before, after) = some.split_at(some.len() / 2);
            self.append(before);
            let (running, settings) = self.start_all(rng, name);
            runs.push(settings);
            for part in after.chunks(1 + rng.below(4_000) as usize) {
                self.append(part);
                look(self, &running);
            }
            match rng.below(3) {
                0 => running.stop(),
                1 => {
                    // At any moment: during restore, replay, load, flush or checkpoint.
                    let moment = Instant::now() + Duration::from_millis(rng.below(120));
                    running.wait("a moment", |_| Instant::now() >= moment);
                    look(self, &running);
                    running.crash();
                }
                _ => {
                    running.wait_shown(&self.end());
                    look(self, &running);
                    running.crash();
                }
            }
        }
        runs
    }

    /// Returns the position after everything appended.
    pub fn end(&self) -> Position {
        let mut end = Position::default();
        for (&(topic, partition), &next_offset) in &self.next_offsets {
            end.set(self.topics[topic], partition, next_offset);
        }
        end
    }

    /// Returns the log.
    pub fn log(&self) -> &EmbeddedLog {
        &self.log
    }

    /// Returns the module.
    pub fn module(&self) -> &ValidatedModule {
        &self.module
    }

    /// Returns the documents of a version that is not running.
    pub fn documents(&self, name: &str) -> BTreeMap<String, Value> {
        self.documents_of(&self.module, name)
    }

    /// Returns the members of a set of a version that is not running, with their scores.
    pub fn members(&self, name: &str, set: &str) -> BTreeMap<String, f64> {
        let pair = Runs::of(self.folder.path().join(name)).open().expect("runs");
        crate::documents::members(&pair.served.documents(), &self.module, set)
    }

    /// Returns the documents of its neighbours, in order.
    pub fn documents_of_neighbours(&self, name: &str) -> Vec<BTreeMap<String, Value>> {
        let of =
            |(at, module): (usize, &ValidatedModule)| self.documents_of(module, &neighbour_name(name, at));
        self.neighbours.iter().enumerate().map(of).collect()
    }

    fn documents_of(&self, module: &ValidatedModule, name: &str) -> BTreeMap<String, Value> {
        let pair = Runs::of(self.folder.path().join(name)).open().expect("runs");
        crate::documents::all(&pair.served.documents(), module)
    }
}

/// Returns the folder of a neighbour.
fn neighbour_name(name: &str, at: usize) -> String {
    format!("{name}, neighbour {at}")
}

impl Running {
    /// Waits until a condition holds for the version.
    ///
    /// # Panics
    /// Panics when the version or a neighbour halts, or when the condition is not fulfilled.
    pub fn wait(&self, what: &str, until: impl FnMut(&Progress) -> bool) {
        self.wait_for(&self.handle, what, until);
    }

    fn wait_for(&self, handle: &VersionHandle, what: &str, mut until: impl FnMut(&Progress) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            for neighbour in &self.neighbours {
                assert_eq!(neighbour.progress().halt, None, "{what}");
            }
            let progress = handle.progress();
            assert_eq!(progress.halt, None, "{what}");
            if until(&progress) {
                return;
            }
            assert!(Instant::now() < deadline, "{what}: {progress:?}");
            std::thread::yield_now();
        }
    }

    /// Waits until the sinks of the version and its neighbours show everything before a position.
    ///
    /// # Panics
    /// As [`Running::wait`].
    pub fn wait_shown(&self, end: &Position) {
        for handle in std::iter::once(&self.handle).chain(&self.neighbours) {
            // A sink may already show what the engine has yet to fold again.
            self.wait_for(handle, "everything folded and shown", |progress| {
                progress.position.covers(end)
                    && progress.shown.as_ref().is_some_and(|shown| shown.covers(end))
            });
        }
    }

    /// Ends as in a crash: no last flush, no last checkpoint.
    pub fn crash(self) {
        self.workers.into_iter().for_each(Worker::abandon);
        drop(self.feeds);
    }

    /// Stops as on request.
    pub fn stop(self) {
        drop(self.workers);
        drop(self.feeds);
    }
}
