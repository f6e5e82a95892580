//! A reader of the topic ends up with the documents of the version that readers were pointed to.

mod conformance;
mod foreign;
mod restored;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use foldline_core::position::Position;

use super::{ChangesBackend, ReadTopics};
use foldline_base::error::ErrorKind;
use foldline_config::ChangesConfig;
use foldline_log::embedded::{EmbeddedLog, EmbeddedOptions};
use foldline_log::{Log, Start};
use foldline_sink::{DocumentChange, Documents, FlushHead, ReadyChunks, Sink, SinkBackend, SinkVersion};

const TOPIC: &str = "posts-changes";

struct World {
    folder: tempfile::TempDir,
    log: Arc<EmbeddedLog>,
    inputs: Arc<ReadTopics>,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let log = Arc::new(EmbeddedLog::open(&folder.path().join("log"), Self::options()).unwrap());
        Self { folder, log, inputs: Arc::default() }
    }

    fn options() -> EmbeddedOptions {
        EmbeddedOptions {
            partitions: 3,
            partitions_of: BTreeMap::new(),
            record_bytes_max: 1 << 20,
            clock: Arc::new(|| 1 << 40),
        }
    }

    /// Returns the backend of a process that has just started.
    fn backend(&self) -> ChangesBackend {
        let log = Arc::clone(&self.log) as Arc<dyn Log>;
        let inputs = Arc::clone(&self.inputs);
        ChangesBackend::new("out", &ChangesConfig::default(), log, inputs, self.folder.path())
    }

    /// Returns the records of each key, in order.
    fn records(&self) -> BTreeMap<String, Vec<Option<String>>> {
        let mut records: BTreeMap<String, Vec<Option<String>>> = BTreeMap::new();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        for (partition, end) in (0..).zip(self.log.ends(TOPIC).unwrap()) {
            let start = Start { topic: TOPIC.to_owned(), partition, next_offset: 0 };
            let mut reader = self.log.reader(&[start]).unwrap();
            let mut reached = 0;
            while reached < end {
                for batch in reader.poll(1 << 20, Duration::from_secs(10)).unwrap() {
                    for record in batch.iter() {
                        let of = records.entry(text(record.key.unwrap())).or_default();
                        of.push(record.value.map(text));
                    }
                    reached = batch.next_offset();
                }
            }
        }
        records
    }

    /// Returns what a reader of the whole topic ends up with.
    fn shown(&self) -> BTreeMap<String, String> {
        let last = self.records().into_iter().filter_map(|(id, mut values)| Some((id, values.pop()??)));
        last.collect()
    }
}

fn version(version: &str) -> SinkVersion {
    SinkVersion {
        projection: "posts".to_owned(),
        version: version.to_owned(),
        digest: "0123456789ab".to_owned(),
        document: Vec::new(),
    }
}

fn head(seq: u64) -> FlushHead {
    let mut position = Position::default();
    position.set("t", 0, seq * 10);
    FlushHead { seq, position }
}

fn documents(bodies: &[(&str, Option<&str>)]) -> Documents {
    let change = |(id, body): &(&str, Option<&str>)| DocumentChange {
        body: body.map(str::to_owned),
        ..DocumentChange::removed((*id).to_owned())
    };
    Documents { changes: bodies.iter().map(change).collect(), failed: Vec::new() }
}

fn flush(sink: &mut dyn Sink, seq: u64, bodies: &[(&str, Option<&str>)]) {
    sink.flush(&head(seq), &mut ReadyChunks::new(&[documents(bodies)])).unwrap();
}

fn shown(of: &[(&str, &str)]) -> BTreeMap<String, String> {
    of.iter().map(|(id, body)| ((*id).to_owned(), (*body).to_owned())).collect()
}

/// Makes a version the writer, as the engine does: the sink reports that it must be refilled, and is refilled.
fn take_over(backend: &ChangesBackend, number: &str, bodies: &[(&str, Option<&str>)]) -> Box<dyn Sink> {
    let mut before = backend.open(&version(number), "me", false).unwrap();
    before.load(&documents(bodies)).unwrap();
    flush(&mut *before, 1, &[]);
    assert_eq!(before.point().unwrap_err().kind(), ErrorKind::Lost);
    let mut sink = backend.open(&version(number), "me", true).unwrap();
    assert_eq!(sink.progress().lo, None);
    sink.load(&documents(bodies)).unwrap();
    flush(&mut *sink, 1, &[]);
    sink.point().unwrap();
    sink
}

#[test]
fn a_version_that_takes_over_writes_all_it_has_and_ends_what_it_does_not_have() {
    let world = World::new();
    let backend = world.backend();
    let mut old = take_over(&backend, "0.1.0", &[("a", Some("1")), ("b", Some("1")), ("gone", Some("1"))]);
    flush(&mut *old, 2, &[("gone", None)]);
    let mut new = take_over(&backend, "0.2.0", &[("a", Some("x")), ("c", Some("x"))]);
    assert_eq!(world.shown(), shown(&[("a", "x"), ("c", "x")]));
    assert_eq!(world.records()["gone"].len(), 2, "what was ended is not ended again");
    // A late flush of the old version changes nothing.
    flush(&mut *old, 3, &[("a", Some("old"))]);
    flush(&mut *new, 2, &[("c", Some("y"))]);
    assert_eq!(world.shown(), shown(&[("a", "x"), ("c", "y")]));
    // And back again.
    take_over(&backend, "0.1.0", &[("a", Some("3"))]);
    assert_eq!(world.shown(), shown(&[("a", "3")]));
}

#[test]
fn after_a_restart_the_version_that_wrote_goes_on_where_it_was() {
    let world = World::new();
    let mut live = take_over(&world.backend(), "0.1.0", &[("a", Some("1"))]);
    flush(&mut *live, 2, &[("a", Some("2"))]);
    let backend = world.backend();
    let mut draining = backend.open(&version("0.0.9"), "me", false).unwrap();
    assert_eq!(draining.progress().lo, None);
    flush(&mut *draining, 1, &[("a", Some("old"))]);
    let mut live = backend.open(&version("0.1.0"), "me", false).unwrap();
    assert_eq!((live.progress().seq, live.progress().lo.clone()), (2, Some(head(2).position)));
    live.point().unwrap();
    flush(&mut *live, 3, &[("a", Some("3"))]);
    assert_eq!(world.shown(), shown(&[("a", "3")]));
    let written: Vec<_> = world.records()["a"].iter().flatten().cloned().collect();
    assert_eq!(written, ["1", "2", "3"]);
}

#[test]
fn what_the_topic_may_show_is_known_after_a_crash_in_the_middle_of_a_flush() {
    struct Dies;
    impl foldline_sink::DocumentChunks for Dies {
        fn next(&mut self) -> foldline_base::error::Result<Option<&Documents>> {
            Err(foldline_base::error::Error::new(ErrorKind::Unavailable, "the process died"))
        }
    }
    let world = World::new();
    let mut live = take_over(&world.backend(), "0.1.0", &[("a", Some("1"))]);
    live.flush(&head(2), &mut Dies).unwrap_err();
    let live = world.backend().open(&version("0.1.0"), "me", false).unwrap();
    assert_eq!(live.progress().hi, head(2).position);
    assert_eq!(live.progress().lo, Some(head(1).position));
}
