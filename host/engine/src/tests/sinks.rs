//! Several sinks of one version: each at its own pace, none delays another.

use std::collections::BTreeMap;

use foldline_core::position::Position;
use parking_lot::Mutex;

use super::versions::{World, wait, wait_caught_up, windowed};
use super::*;
use foldline_base::error::{Error, ErrorKind};
use foldline_config::EMBEDDED;
use foldline_core::status::{Phase, SinkPhase};
use foldline_sink::{
    DocumentChunks, Documents, FlushHead, Interrupt, SharedBackend, Sink, SinkBackend, SinkProgress,
    SinkVersion,
};
use foldline_sink_sqlite::{ListQuery, SqliteReader};
use foldline_testkit::canned::{Canned, echo};

/// A sink in memory that answers as the test tells it to.
#[derive(Default)]
struct Shelf(Mutex<Held>);

#[derive(Default)]
struct Held {
    documents: BTreeMap<String, String>,
    progress: SinkProgress,
    /// The error that each call returns from now on.
    answer: Option<ErrorKind>,
    /// Whether the next call panics.
    panics: bool,
    /// The calls so far, in order.
    done: Vec<&'static str>,
    pointed: Option<String>,
}

struct Shelved {
    shelf: Arc<Shelf>,
    version: String,
    found: SinkProgress,
}

impl Shelf {
    fn answer(&self, kind: Option<ErrorKind>) {
        self.0.lock().answer = kind;
    }

    fn documents(&self) -> BTreeMap<String, String> {
        self.0.lock().documents.clone()
    }

    fn done(&self) -> Vec<&'static str> {
        self.0.lock().done.clone()
    }
}

impl Held {
    fn call(&mut self, what: &'static str) -> Result<()> {
        assert!(!std::mem::take(&mut self.panics), "the shelf falls over");
        match self.answer {
            None => {
                self.done.push(what);
                Ok(())
            }
            Some(kind) => {
                if kind == ErrorKind::Lost {
                    self.answer = None;
                }
                Err(Error::new(kind, "the shelf does as it is told"))
            }
        }
    }

    fn put(&mut self, chunk: &Documents) {
        for change in &chunk.changes {
            match &change.body {
                Some(body) => drop(self.documents.insert(change.id.clone(), body.clone())),
                None => drop(self.documents.remove(&change.id)),
            }
        }
    }
}

/// A shelf as a backend.
struct Shelves(Arc<Shelf>);

impl SinkBackend for Shelves {
    fn open(&self, version: &SinkVersion, _: &str, from_empty: bool) -> Result<Box<dyn Sink>> {
        let mut held = self.0.0.lock();
        held.call(if from_empty { "open from empty" } else { "open" })?;
        if from_empty {
            held.documents.clear();
            held.progress.lo = None;
        }
        let found = held.progress.clone();
        Ok(Box::new(Shelved { shelf: Arc::clone(&self.0), version: version.version.clone(), found }))
    }

    fn disown(&self, _: &SinkVersion) -> Result<()> {
        let mut held = self.0.0.lock();
        held.call("disown")?;
        held.progress = SinkProgress::default();
        Ok(())
    }

    fn keep_only(&self, _: &str, _: &[SinkVersion]) -> Result<()> {
        Ok(())
    }
}

impl Sink for Shelved {
    fn progress(&self) -> &SinkProgress {
        &self.found
    }

    fn interrupt(&self) -> Interrupt {
        Box::new(|| {})
    }

    fn load(&mut self, documents: &Documents) -> Result<()> {
        let mut held = self.shelf.0.lock();
        held.call("load")?;
        held.put(documents);
        Ok(())
    }

    fn flush(&mut self, head: &FlushHead, chunks: &mut dyn DocumentChunks) -> Result<()> {
        let mut held = self.shelf.0.lock();
        held.call("flush")?;
        assert!(head.position.covers(&held.progress.hi), "{} goes back", head.position);
        while let Some(chunk) = chunks.next()? {
            held.put(chunk);
        }
        held.progress =
            SinkProgress { seq: head.seq, hi: head.position.clone(), lo: Some(head.position.clone()) };
        Ok(())
    }

    fn point(&mut self) -> Result<()> {
        let mut held = self.shelf.0.lock();
        held.call("point")?;
        held.pointed = Some(self.version.clone());
        Ok(())
    }
}

/// A version with the embedded store and a shelf.
struct SinkBench {
    world: World,
    shelf: Arc<Shelf>,
    feeds: Arc<Feeds>,
    running: Option<(Arc<VersionHandle>, Worker)>,
    flush_keys_max: usize,
    guest: Canned,
}

impl SinkBench {
    fn new(flush_keys_max: usize) -> Self {
        Self::of(flush_keys_max, echo("g", "timestamp"))
    }

    fn of(flush_keys_max: usize, guest: Canned) -> Self {
        let world = World::new(3);
        world.append("likes", 500);
        let (shelf, feeds) = (Arc::default(), world.feeds());
        let mut bench = Self { world, shelf, feeds, running: None, flush_keys_max, guest };
        bench.start();
        bench
    }

    fn start(&mut self) {
        let sinks = vec![SharedBackend::new("shelf", Arc::new(Shelves(Arc::clone(&self.shelf))))];
        let started = self.world.start_with("1.0.0", &self.feeds, &self.guest, sinks, self.flush_keys_max);
        self.running = Some(started);
    }

    fn crash(&mut self) {
        let (_, worker) = self.running.take().unwrap();
        worker.abandon();
    }

    fn handle(&self) -> &Arc<VersionHandle> {
        &self.running.as_ref().unwrap().0
    }

    fn end(&self) -> Position {
        let mut end = Position::default();
        for (partition, next_offset) in (0..).zip(self.world.ends("likes")) {
            end.set("likes", partition, next_offset);
        }
        end
    }

    /// Appends likes of posts without likes.
    fn append(&self, count: u64) {
        self.world.append_new("likes", count);
    }

    #[track_caller]
    fn await_embedded(&self) {
        let end = self.end();
        wait("the embedded store", self.handle(), |progress| {
            progress.shown.as_ref().is_some_and(|shown| shown.covers(&end))
        });
    }

    #[track_caller]
    fn await_shelf(&self) {
        let end = self.end();
        wait("the shelf", self.handle(), |progress| {
            progress.sinks["shelf"].shown.as_ref().is_some_and(|shown| shown.covers(&end))
        });
    }

    #[track_caller]
    fn await_sink(&self, until: impl Fn(&SinkState) -> bool) {
        wait("the sink", self.handle(), |progress| until(&progress.sinks["shelf"]));
    }

    fn embedded(&self) -> BTreeMap<String, String> {
        let (path, document) = self.world.documents_of("1.0.0");
        let reader = SqliteReader::open(&path, &document).unwrap();
        let query = ListQuery { limit: 1_000, ..ListQuery::default() };
        reader.list(&query).unwrap().value.documents.into_iter().collect()
    }

    #[track_caller]
    fn same(&self) {
        self.await_embedded();
        self.await_shelf();
        assert_eq!(self.shelf.documents(), self.embedded());
        assert!(!self.shelf.documents().is_empty());
    }
}

#[test]
fn a_sink_that_is_down_delays_neither_the_log_nor_other_sinks_and_catches_up_by_itself() {
    let bench = SinkBench::new(VersionConfig::FLUSH_KEYS_MAX);
    bench.same();
    bench.shelf.answer(Some(ErrorKind::Unavailable));
    for _ in 0..5 {
        bench.append(100);
        bench.await_embedded();
    }
    bench.await_sink(|sink| sink.trouble.is_some());
    assert_ne!(bench.shelf.documents(), bench.embedded());
    bench.shelf.answer(None);
    bench.same();
    bench.await_sink(|sink| sink.trouble.is_none() && sink.phase == SinkPhase::Following);
}

#[test]
fn a_sink_that_does_not_answer_when_the_version_starts_is_loaded_later() {
    let mut bench = SinkBench::new(VersionConfig::FLUSH_KEYS_MAX);
    bench.same();
    bench.crash();
    bench.shelf.answer(Some(ErrorKind::Unavailable));
    bench.append(100);
    bench.start();
    bench.await_embedded();
    bench.append(100);
    bench.await_embedded();
    bench.await_sink(|sink| sink.phase == SinkPhase::Opening && sink.trouble.is_some());
    bench.shelf.answer(None);
    bench.same();
}

#[test]
fn more_changed_keys_than_are_noted_are_found_by_a_scan() {
    let bench = SinkBench::new(10);
    bench.same();
    bench.shelf.answer(Some(ErrorKind::Unavailable));
    for _ in 0..3 {
        bench.append(100);
        bench.await_embedded();
    }
    bench.shelf.answer(None);
    bench.same();
}

#[test]
fn a_sink_that_lost_what_it_held_is_filled_again() {
    let bench = SinkBench::new(VersionConfig::FLUSH_KEYS_MAX);
    bench.same();
    {
        let mut held = bench.shelf.0.lock();
        held.documents.clear();
        held.answer = Some(ErrorKind::Lost);
    }
    bench.append(100);
    bench.same();
    assert!(bench.shelf.done().contains(&"open from empty"));
}

#[test]
fn a_sink_is_refilled_once_the_engine_has_passed_what_it_showed() {
    let mut fold = Fold::new(module(), options(1, 4_096), None).unwrap();
    fold.fold(likes(0, (0..5).map(|user| ("p1".to_owned(), user, 16))), &mut Vec::new()).unwrap();
    let mut flush_state = super::super::flush_state::FlushState::new(&mut fold, 1, 1_000);
    let mut hi = Position::default();
    hi.set("likes", 0, 8);
    flush_state.opened(&SinkProgress { seq: 0, hi, lo: None }, &mut fold);
    flush_state.caught_up();
    assert!(!flush_state.wants_scan(fold.position()), "what it replaces shows more");
    fold.fold(likes(5, (0..5).map(|user| ("p1".to_owned(), user, 16))), &mut Vec::new()).unwrap();
    assert!(flush_state.wants_scan(fold.position()));
}

#[test]
fn a_sink_that_fails_for_good_halts_alone_until_an_operator_resyncs_it() {
    let bench = SinkBench::new(VersionConfig::FLUSH_KEYS_MAX);
    bench.same();
    bench.shelf.answer(Some(ErrorKind::Refused));
    bench.append(100);
    bench.await_sink(|sink| {
        sink.phase == SinkPhase::Halted
            && sink.reason.as_ref().is_some_and(|reason| reason.contains("does as it is told"))
    });
    bench.append(100);
    bench.await_embedded();
    bench.shelf.answer(None);
    bench.handle().resync("shelf").unwrap();
    bench.same();
    bench.await_sink(|sink| sink.phase == SinkPhase::Following && sink.reason.is_none());
}

#[test]
fn rows_that_are_deleted_are_not_remembered_for_a_sink_that_is_halted() {
    let bench = SinkBench::of(VersionConfig::FLUSH_KEYS_MAX, windowed("likes"));
    bench.await_shelf();
    bench.shelf.answer(Some(ErrorKind::Refused));
    bench.append(100);
    bench.await_sink(|sink| sink.phase == SinkPhase::Halted);
    for _ in 0..4 {
        // Event time advances beyond the windows of the earlier records.
        bench.append(1_000);
        bench.await_embedded();
        bench.handle().scan().unwrap();
    }
    assert_ne!(bench.handle().store().unwrap().forgotten(), Position::default());
    bench.shelf.answer(None);
    bench.handle().resync("shelf").unwrap();
    bench.same();
}

#[test]
fn a_sink_that_panics_halts_alone_and_is_opened_again_where_an_operator_resyncs_it() {
    let bench = SinkBench::new(VersionConfig::FLUSH_KEYS_MAX);
    bench.same();
    bench.shelf.0.lock().panics = true;
    bench.append(100);
    bench.await_sink(|sink| {
        sink.phase == SinkPhase::Halted
            && sink.reason.as_ref().is_some_and(|reason| reason.contains("foldline panicked"))
    });
    bench.append(100);
    bench.await_embedded();
    bench.handle().resync("shelf").unwrap();
    bench.same();
    bench.await_sink(|sink| sink.phase == SinkPhase::Following && sink.reason.is_none());
}

#[test]
fn readers_are_pointed_to_a_live_version_before_it_flushes_on() {
    let bench = SinkBench::new(VersionConfig::FLUSH_KEYS_MAX);
    bench.same();
    assert_eq!(bench.shelf.0.lock().pointed, None, "no reader reads a candidate");
    bench.handle().publish(|progress| progress.phase = Phase::Live);
    bench.append(100);
    bench.same();
    bench.await_sink(|sink| sink.pointed);
    let done = bench.shelf.done();
    let pointed = done.iter().position(|&what| what == "point").unwrap();
    assert_eq!(bench.shelf.0.lock().pointed.as_deref(), Some("0.1.0"));
    assert!(done[pointed..].contains(&"flush"), "{done:?}");
}

#[test]
fn a_version_that_steps_down_writes_no_sink_before_it_is_thawed_there() {
    let mut bench = SinkBench::new(VersionConfig::FLUSH_KEYS_MAX);
    bench.same();
    bench.crash();
    let before = bench.shelf.documents();
    let sinks = vec![SharedBackend::new("shelf", Arc::new(Shelves(Arc::clone(&bench.shelf))))];
    let guest = echo("g", "timestamp");
    let started = bench.world.start_as("1.0.0", &bench.feeds, &guest, sinks, 1_000, Phase::Draining);
    bench.running = Some(started);
    bench.append(100);
    bench.await_embedded();
    bench.await_sink(|sink| sink.phase == SinkPhase::Following);
    assert_eq!(bench.shelf.documents(), before);
    bench.handle().set_frozen("shelf", false);
    bench.same();
    assert!(bench.handle().freeze().contains_key(EMBEDDED));
}

/// Waits until a version with windows shows everything in both sinks; returns what the embedded store shows.
#[track_caller]
fn await_both(world: &World, handle: &VersionHandle) -> BTreeMap<String, String> {
    let end: u64 = world.ends("likes").iter().sum();
    wait("both", handle, |progress| {
        let shows = |shown: &Option<Position>| {
            shown.as_ref().is_some_and(|shown| shown.iter().map(|(.., next)| next).sum::<u64>() == end)
        };
        shows(&progress.shown) && shows(&progress.sinks["shelf"].shown)
    });
    let (path, document) = world.documents_of("1.0.0");
    let query = ListQuery { limit: 1_000, ..ListQuery::default() };
    let reader = SqliteReader::open(&path, &document).unwrap();
    reader.list(&query).unwrap().value.documents.into_iter().collect()
}

#[test]
fn windows_reach_every_sink() {
    let world = World::new(3);
    world.append("likes", 2_000);
    let shelf: Arc<Shelf> = Arc::default();
    let sinks = vec![SharedBackend::new("shelf", Arc::new(Shelves(Arc::clone(&shelf))))];
    let (handle, _worker) = world.start_with("1.0.0", &world.feeds(), &windowed("likes"), sinks, 1_000);
    wait_caught_up(&handle);
    wait("the shelf", &handle, |progress| progress.sinks["shelf"].phase == SinkPhase::Following);
    for _ in 0..4 {
        world.append("likes", 500);
        let embedded = await_both(&world, &handle);
        assert_eq!(shelf.documents(), embedded);
    }
}

#[test]
fn a_sink_that_was_set_back_while_the_host_was_down_keeps_no_document_of_a_row_that_is_gone() {
    let world = World::new(3);
    let (shelf, feeds) = (Arc::<Shelf>::default(), world.feeds());
    let sinks = || vec![SharedBackend::new("shelf", Arc::new(Shelves(Arc::clone(&shelf))))];
    // New keys: the windows and rows of the first appends are gone long before the end.
    world.append_new("likes", 200);
    let (handle, worker) = world.start_with("1.0.0", &feeds, &windowed("likes"), sinks(), 1_000);
    world.append_new("likes", 300);
    await_both(&world, &handle);
    let (documents, progress) = {
        let held = shelf.0.lock();
        (held.documents.clone(), held.progress.clone())
    };
    assert!(!documents.is_empty());
    for _ in 0..5 {
        world.append_new("likes", 400);
        await_both(&world, &handle);
        handle.scan().unwrap();
    }
    drop((worker, handle));
    {
        let mut held = shelf.0.lock();
        (held.documents, held.progress) = (documents, progress);
    }
    world.append_new("likes", 100);
    let (handle, _worker) = world.start_with("1.0.0", &feeds, &windowed("likes"), sinks(), 1_000);
    let embedded = await_both(&world, &handle);
    assert_eq!(shelf.documents(), embedded);
}
