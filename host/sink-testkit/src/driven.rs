//! A version in a sink, driven as the engine drives it, with a model of what it must serve.

use std::rc::Rc;
use std::time::{Duration, Instant};

use foldline_base::error::{Error, ErrorKind, Result};
use foldline_core::description::{OutputField, ValueType};
use foldline_core::position::Position;
use foldline_sink::{
    DocumentChange, DocumentChunks, Documents, FlushHead, Membership, ReadyChunks, Sink, SinkBackend,
    SinkVersion,
};

use crate::kind::{Readers, SinkKind};
use crate::model::{Contents, Model};

/// Far longer than a server takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
const RETRY_EVERY: Duration = Duration::from_millis(20);

/// Records per flush.
const RECORDS_OF_FLUSH: u64 = 10;

/// A version in a sink, with its model.
pub struct Driven<'a> {
    kind: &'a dyn SinkKind,
    /// All versions of one process share it.
    pub backend: Rc<dyn SinkBackend>,
    /// The version.
    pub version: SinkVersion,
    sink: Option<Box<dyn Sink>>,
    /// What the sink must serve, by the model.
    pub model: Model,
    /// The last flush.
    pub seq: u64,
    /// Records before the last flush.
    pub records: u64,
    owners: u32,
}

impl<'a> Driven<'a> {
    /// Opens a version in a new process.
    ///
    /// # Panics
    /// Panics if it cannot be opened, or if the sink holds anything of it.
    pub fn open(kind: &'a dyn SinkKind, number: &str) -> Self {
        Self::open_in(kind, kind.backend().into(), number)
    }

    /// Opens a version in the process of this backend.
    ///
    /// # Panics
    /// As [`Driven::open`].
    pub fn open_in(kind: &'a dyn SinkKind, backend: Rc<dyn SinkBackend>, number: &str) -> Self {
        let version = version(&kind.projection(), number);
        let sink = patiently(|| backend.open(&version, "owner 0", false));
        assert_eq!((sink.progress().seq, &sink.progress().lo), (0, &None), "nothing is there yet");
        let sink = Some(sink);
        Self { kind, backend, version, sink, model: Model::default(), seq: 0, records: 0, owners: 0 }
    }

    /// Opens a version, loads documents and serves it.
    ///
    /// # Panics
    /// Panics if any of it fails.
    pub fn served(kind: &'a dyn SinkKind, number: &str, documents: Vec<DocumentChange>) -> Self {
        let mut driven = Self::open(kind, number);
        driven.load(documents);
        driven.flush(Vec::new());
        driven.serve();
        driven
    }

    /// Returns the sink.
    ///
    /// # Panics
    /// Panics if the process has ended.
    pub fn sink(&mut self) -> &mut dyn Sink {
        self.sink.as_mut().expect("the process runs").as_mut()
    }

    /// Adds documents of the first load.
    ///
    /// # Panics
    /// Panics if the sink does not accept them.
    pub fn load(&mut self, documents: Vec<DocumentChange>) {
        self.model.apply(&documents);
        let documents = Documents { changes: documents, failed: Vec::new() };
        patiently(|| self.sink().load(&documents));
    }

    /// Writes changes as the next flush.
    ///
    /// # Panics
    /// Panics if the sink does not accept it.
    pub fn flush(&mut self, changes: Vec<DocumentChange>) {
        self.flush_chunks(&[Documents { changes, failed: Vec::new() }]);
    }

    /// Writes the next flush, in several chunks.
    ///
    /// # Panics
    /// As [`Driven::flush`].
    pub fn flush_chunks(&mut self, chunks: &[Documents]) {
        let head = self.next_head();
        patiently(|| self.sink().flush(&head, &mut ReadyChunks::new(chunks)));
        self.flushed(&head, chunks);
    }

    /// Records in the model that a flush was written.
    pub fn flushed(&mut self, head: &FlushHead, chunks: &[Documents]) {
        self.seq = head.seq;
        self.records = head.position.next_offset("likes", 0);
        chunks.iter().for_each(|chunk| self.model.apply(&chunk.changes));
    }

    /// Returns the head of the next flush.
    pub fn next_head(&self) -> FlushHead {
        FlushHead { seq: self.seq + 1, position: position(self.records + RECORDS_OF_FLUSH) }
    }

    /// Writes a flush once.
    ///
    /// # Errors
    /// Errors of the sink.
    pub fn try_flush(&mut self, head: &FlushHead, changes: Vec<DocumentChange>) -> Result<()> {
        self.sink().flush(head, &mut ReadyChunks::new(&[Documents { changes, failed: Vec::new() }]))
    }

    /// Points the projection's readers to this version, as the engine does; after a reported loss it is refilled.
    ///
    /// # Panics
    /// Panics if it cannot be.
    pub fn serve(&mut self) {
        match self.sink().point() {
            Err(error) if error.kind() == ErrorKind::Lost => self.fill_again(),
            pointed => pointed.expect("it is loaded"),
        }
    }

    /// Refills the version from nothing, as the engine does after a loss, and points readers to it.
    ///
    /// # Panics
    /// Panics if it cannot be.
    pub fn fill_again(&mut self) {
        self.open_to_fill();
        self.load(self.model.load());
        self.flush(Vec::new());
        patiently(|| self.sink().point());
    }

    /// Reopens the version in the same process, to be refilled.
    ///
    /// # Panics
    /// Panics if it cannot be opened.
    pub fn open_to_fill(&mut self) {
        self.reopen(true);
        assert_eq!(self.sink().progress().lo, None, "everything is loaded again");
    }

    /// Ends this process and opens the version in another one. Loads nothing.
    ///
    /// # Panics
    /// Panics if it cannot be opened.
    pub fn restart(&mut self) {
        self.sink = None;
        self.backend = self.kind.backend().into();
        self.reopen(false);
    }

    /// Opens the version in another process while this one still runs. Returns the sink of this one.
    ///
    /// # Panics
    /// Panics if it cannot be opened.
    pub fn replace_owner(&mut self) -> Box<dyn Sink> {
        let former = self.sink.take().expect("the process runs");
        self.backend = self.kind.backend().into();
        self.reopen(false);
        former
    }

    /// Reopens the version in this process, as a new owner.
    ///
    /// # Panics
    /// Panics if it cannot be opened.
    pub fn reopen(&mut self, fill: bool) {
        self.sink = None;
        self.owners += 1;
        let owner = self.owner();
        let sink = patiently(|| self.backend.open(&self.version, &owner, fill));
        self.seq = sink.progress().seq;
        // As in the engine: nothing is written before it has passed what may be shown.
        self.records = self.records.max(sink.progress().hi.next_offset("likes", 0));
        self.sink = Some(sink);
    }

    /// Returns the name of the owner.
    pub fn owner(&self) -> String {
        format!("owner {}", self.owners)
    }

    /// Returns what readers find now.
    pub fn shown(&self) -> Contents {
        self.kind.shown(&self.version)
    }

    /// Returns what readers must find once they read this version.
    pub fn expected(&self) -> Contents {
        let mut contents = self.model.contents();
        if !self.kind.capabilities().serves_sets.holds() {
            contents.sets.clear();
        }
        contents
    }

    /// Checks that readers find what the model holds.
    ///
    /// # Panics
    /// Panics if they do not.
    pub fn check(&self) {
        let (shown, expected) = (self.shown(), self.expected());
        assert!(shown == expected, "{}: {shown:?}\nexpected {expected:?}", self.version.version);
    }

    /// Returns whether readers can be pointed to another place than the one that is written.
    pub fn has_places_of_their_own(&self) -> bool {
        self.kind.capabilities().readers != Readers::ReadOnePlace
    }
}

/// Returns a version of a projection, with a field of each common type.
pub fn version(projection: &str, number: &str) -> SinkVersion {
    let field = |name: &str, ty, sortable| OutputField { name: name.to_owned(), ty, sortable };
    SinkVersion {
        projection: projection.to_owned(),
        version: number.to_owned(),
        digest: "0123456789ab".to_owned(),
        document: vec![field("count", ValueType::Int, true), field("title", ValueType::Text, false)],
    }
}

/// Returns the position after this many records.
pub fn position(records: u64) -> Position {
    let mut position = Position::default();
    position.set("likes", 0, records);
    position
}

/// Returns a document with a count, and its row's memberships: set, member, score.
pub fn put(id: &str, count: i64, memberships: &[(&str, &str, f64)]) -> DocumentChange {
    let membership = |&(set, member, score): &(&str, &str, f64)| Membership {
        set: set.to_owned(),
        member: member.to_owned(),
        score,
    };
    DocumentChange {
        id: id.to_owned(),
        body: Some(format!("{{\"count\":{count}}}")),
        memberships: memberships.iter().map(membership).collect(),
    }
}

/// Returns the error of a call that must fail with this kind.
///
/// # Panics
/// Panics if it does not.
pub fn fails<T>(outcome: Result<T>, kind: ErrorKind) -> Error {
    let error = outcome.err().unwrap_or_else(|| panic!("it succeeded, and must fail as {kind:?}"));
    assert_eq!(error.kind(), kind, "{error}");
    error
}

/// Returns chunks that fail after the first one.
pub fn failing_after(first: Vec<DocumentChange>, error: Error) -> impl DocumentChunks {
    struct Failing {
        first: Documents,
        given: bool,
        error: Error,
    }
    impl DocumentChunks for Failing {
        fn next(&mut self) -> Result<Option<&Documents>> {
            if std::mem::replace(&mut self.given, true) {
                return Err(self.error.clone());
            }
            Ok(Some(&self.first))
        }
    }
    Failing { first: Documents { changes: first, failed: Vec::new() }, given: false, error }
}

/// Repeats a call while the store does not answer.
fn patiently<T>(mut call: impl FnMut() -> Result<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match call() {
            Ok(done) => return done,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
                assert!(Instant::now() < deadline, "not within a minute: {error}");
                std::thread::sleep(RETRY_EVERY);
            }
        }
    }
}
