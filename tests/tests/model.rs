//! Goal: a projection is a pure function of the log. Whatever the batches, the shards, the memory, the interleaving of
//! partitions, the crashes: the documents are the model's, and the fingerprint is that of one undisturbed run.
//! Method: the engine with the real log, module, state store and sink; random records, random lives. `FOLDLINE_WORLDS`
//! says how many worlds (10; `cargo xtask soak` asks for hundreds).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use foldline::api::Phase;
use foldline::config::{CheckpointConfig, Limits};
use foldline::engine::{Feeds, FoldOptions, VersionConfig, VersionHandle, Worker, threads};
use foldline::log::embedded::{EmbeddedLog, EmbeddedOptions};
use foldline::log::{Log, NewRecord};
use foldline::module::{ModuleEngine, ValidatedModule};
use foldline_core::position::Position;
use foldline_tests::host::{PATIENCE, module};
use foldline_tests::world::{Chance, Model, Placed, TOPICS, records};
use serde_json::Value;

const PARTITIONS: u32 = 3;

struct World {
    folder: tempfile::TempDir,
    log: Arc<EmbeddedLog>,
    module: ValidatedModule,
    model: Model,
    starts: u64,
}

/// How a version runs between two crashes; nothing of it may show.
#[derive(Clone, Copy, Debug)]
struct Life {
    shards: usize,
    batch_rows: usize,
    memory_max: usize,
    flush_keys_max: usize,
    checkpoint_ms: u64,
}

impl Life {
    const QUIET: Self = Self {
        shards: 1,
        batch_rows: 4_096,
        memory_max: 1 << 30,
        flush_keys_max: 1 << 20,
        checkpoint_ms: 5_000,
    };

    fn any(chance: &mut Chance) -> Self {
        Self {
            shards: chance.of(&[1, 2, 4]),
            batch_rows: chance.of(&[1, 7, 4_096]),
            // A few rows fit, or some hundred, or all.
            memory_max: chance.of(&[8 << 10, 200 << 10, 1 << 30]),
            flush_keys_max: chance.of(&[3, 1 << 20]),
            checkpoint_ms: chance.of(&[10, 10, 1_000]),
        }
    }
}

struct Running {
    handle: Arc<VersionHandle>,
    worker: Worker,
    feeds: Arc<Feeds>,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let options = EmbeddedOptions {
            partitions: PARTITIONS,
            partitions_of: BTreeMap::new(),
            record_bytes_max: 1 << 20,
            clock: Arc::new(|| 1_700_000_000_000),
        };
        let log = Arc::new(EmbeddedLog::open(&folder.path().join("log"), options).expect("a log"));
        let engine = ModuleEngine::new((&Limits::default()).into(), None).expect("an engine");
        let wasm = std::fs::read(module("post-stats")).expect("the module is built");
        let module = engine.validate(None, &wasm).expect("a valid module");
        Self { folder, log, module, model: Model::default(), starts: 0 }
    }

    /// Appends records in their order within each partition, topic by topic.
    fn append(&mut self, some: &[Placed]) {
        for (topic, name) in TOPICS.into_iter().enumerate() {
            let of_topic: Vec<NewRecord> = some
                .iter()
                .filter(|record| record.topic == topic)
                .map(|record| NewRecord {
                    key: None,
                    value: Some(record.value.clone()),
                    time_ms: None,
                    partition: Some(record.partition),
                })
                .collect();
            if !of_topic.is_empty() {
                self.log.append(name, of_topic).expect("appended");
            }
        }
        some.iter().for_each(|record| self.model.add(record));
    }

    fn start(&mut self, name: &str, life: Life) -> Running {
        self.starts += 1;
        let folder = self.folder.path().join(name);
        std::fs::create_dir_all(&folder).expect("a folder");
        let threads = threads(Some(2)).expect("threads");
        let log = Arc::clone(&self.log) as Arc<dyn Log>;
        let feeds = Arc::new(Feeds::new(log, Arc::clone(&threads), 1 << 20));
        let topics = TOPICS.map(str::to_owned).to_vec();
        let changes = Arc::default();
        let digest = *self.module.digest();
        let handle =
            Arc::new(VersionHandle::new("post-stats", "0.1.0", digest, topics, Phase::Replaying, changes));
        let config = VersionConfig {
            module: self.module.clone(),
            feeds: Arc::clone(&feeds),
            state: folder.join("state"),
            documents: folder.join("documents.sqlite"),
            owner: format!("start {}", self.starts),
            fold: FoldOptions {
                shards: life.shards,
                batch_rows: life.batch_rows,
                ..FoldOptions::new(threads, 1 << 20)
            },
            memory_max: life.memory_max,
            flush_keys_max: life.flush_keys_max,
            checkpoint: CheckpointConfig {
                every: Duration::from_millis(life.checkpoint_ms),
                bytes: 256 << 20,
            },
        };
        let worker = Worker::start(config, Arc::clone(&handle)).expect("a worker");
        Running { handle, worker, feeds }
    }

    fn end(&self) -> Position {
        let mut end = Position::default();
        self.model.ends().for_each(|(topic, partition, next)| end.set(topic, partition, next));
        end
    }

    fn documents(&self, name: &str) -> BTreeMap<String, Value> {
        let path = self.folder.path().join(name).join("documents.sqlite");
        foldline_tests::documents::all(&path, &self.module)
    }
}

impl Running {
    /// Waits until the sink shows everything, or something else is true.
    fn wait(&self, what: &str, mut until: impl FnMut(&foldline::engine::Progress) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let progress = self.handle.progress();
            assert_eq!(progress.halt, None, "{what}");
            if until(&progress) {
                return;
            }
            assert!(Instant::now() < deadline, "{what}: {progress:?}");
            std::thread::yield_now();
        }
    }

    fn wait_shown(&self, end: &Position) {
        // A sink may show what the engine has yet to fold again.
        self.wait("everything folded and shown", |progress| {
            progress.position.covers(end) && progress.shown.as_ref().is_some_and(|shown| shown.covers(end))
        });
    }

    /// Ends as a crash would: no last flush, no last checkpoint.
    fn crash(self) {
        self.worker.abandon();
        drop(self.feeds);
    }

    fn stop(self) {
        drop(self.worker);
        drop(self.feeds);
    }
}

fn worlds() -> u64 {
    std::env::var("FOLDLINE_WORLDS").ok().and_then(|worlds| worlds.parse().ok()).unwrap_or(10)
}

#[test]
fn documents_are_the_models_whatever_happens_on_the_way() {
    for seed in 0..worlds() {
        let mut chance = Chance::new(seed);
        let mut world = World::new();
        // More posts than fit into the smallest memory, or few that all change all the time.
        let posts = chance.of(&[7, 200, 3_000]);
        let mut lives = Vec::new();
        for _ in 0..1 + chance.below(5) {
            let count = chance.of(&[1, 50, 3_000, 12_000]);
            let some = records(&mut chance, count, posts, PARTITIONS);
            let life = Life::any(&mut chance);
            lives.push(life);
            // Half of it is there at the start, the rest comes while it runs.
            let (before, after) = some.split_at(some.len() / 2);
            world.append(before);
            let running = world.start("random", life);
            for part in after.chunks(1 + chance.below(4_000) as usize) {
                world.append(part);
            }
            match chance.below(3) {
                0 => running.stop(),
                1 => {
                    // At any moment: while it restores, replays, loads, flushes or checkpoints.
                    let moment = Instant::now() + Duration::from_millis(chance.below(120));
                    running.wait("a moment", |_| Instant::now() >= moment);
                    running.crash();
                }
                _ => {
                    running.wait_shown(&world.end());
                    running.crash();
                }
            }
        }
        let running = world.start("random", Life::any(&mut chance));
        running.wait_shown(&world.end());
        let (fingerprint, position) = running.handle.fingerprint().expect("a fingerprint");
        let progress = running.handle.progress();
        running.stop();

        let due = world.model.documents();
        let got = world.documents("random");
        assert!(got == due, "seed {seed}, {lives:?}: {:?}", first_difference(&due, &got));
        assert_eq!(
            (progress.events, progress.dead_letters, progress.rows),
            (world.model.events, world.model.dead_letters, due.len() as u64),
            "seed {seed}, {lives:?}"
        );

        let quiet = world.start("quiet", Life::QUIET);
        quiet.wait_shown(&world.end());
        let undisturbed = quiet.handle.fingerprint().expect("a fingerprint");
        quiet.stop();
        assert_eq!(undisturbed, (fingerprint, position), "seed {seed}, {lives:?}");
    }
}

/// A row that differs says more than two maps.
fn first_difference<'a>(
    due: &'a BTreeMap<String, Value>,
    got: &'a BTreeMap<String, Value>,
) -> Option<(&'a String, Option<&'a Value>, Option<&'a Value>)> {
    let keys = due.keys().chain(got.keys());
    keys.map(|key| (key, due.get(key), got.get(key))).find(|(_, due, got)| due != got)
}
