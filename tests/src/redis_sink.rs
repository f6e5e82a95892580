//! A Redis sink driven by a test through the host's traits, with a model of what it should hold.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use foldline_base::error::{ErrorKind, Result};
use foldline_sink::{Documents, FlushHead, ReadyChunks, Sink, SinkBackend, SinkVersion};
use redis::{Commands, Connection};

pub use foldline_sink_testkit::{fails, position};

use crate::served::{Contents, Model};

/// Longer than any fault lasts, even on a busy machine.
const TRY_MAX: Duration = Duration::from_secs(60);
const TRY_EVERY: Duration = Duration::from_millis(20);

/// Returns a version of a projection called `feed`.
pub fn version(version: &str) -> SinkVersion {
    SinkVersion {
        projection: "feed".to_owned(),
        version: version.to_owned(),
        digest: "0123456789ab".to_owned(),
        document: Vec::new(),
    }
}

/// A sink with its model.
pub struct Driven {
    /// The sink.
    pub sink: Box<dyn Sink>,
    /// What it should hold.
    pub model: Model,
    /// The last flush.
    pub seq: u64,
    /// Records before the last flush.
    pub records: u64,
}

impl Driven {
    /// Opens a version that did not exist before, and loads nothing yet.
    ///
    /// # Panics
    /// Panics when it cannot be opened, or existed.
    pub fn open(backend: &dyn SinkBackend, version: &SinkVersion, owner: &str) -> Self {
        let sink = backend.open(version, owner, false).expect("it opens");
        assert_eq!((sink.progress().seq, &sink.progress().lo), (0, &None));
        Self { sink, model: Model::default(), seq: 0, records: 0 }
    }

    /// Reopens it, as the engine does, and fills it if necessary.
    ///
    /// # Panics
    /// Panics when it cannot be opened.
    pub fn reopen(&mut self, backend: &dyn SinkBackend, version: &SinkVersion, owner: &str) {
        let deadline = Instant::now() + TRY_MAX;
        self.sink = until_done(deadline, || backend.open(version, owner, false));
        let progress = self.sink.progress().clone();
        self.seq = progress.seq;
        assert!(position(self.records).covers(&progress.hi), "the log ends at {}", self.records);
        if progress.lo.is_none() {
            let documents = Documents { changes: self.model.load(), failed: Vec::new() };
            until_done(deadline, || self.sink.load(&documents));
        }
        self.flush(&[]);
    }

    /// Writes changes as the next flush, repeatedly until the server accepts it.
    ///
    /// # Panics
    /// Panics for an error that is not worth a retry.
    pub fn flush(&mut self, chunks: &[Documents]) {
        self.begin(chunks);
        let head = self.head();
        until_done(Instant::now() + TRY_MAX, || self.sink.flush(&head, &mut ReadyChunks::new(chunks)));
    }

    /// Writes changes as the next flush, once.
    ///
    /// # Errors
    /// Errors of the sink.
    pub fn try_flush(&mut self, chunks: &[Documents]) -> Result<()> {
        self.begin(chunks);
        self.again(chunks)
    }

    /// Sends the last flush once more.
    ///
    /// # Errors
    /// Errors of the sink.
    pub fn again(&mut self, chunks: &[Documents]) -> Result<()> {
        self.sink.flush(&self.head(), &mut ReadyChunks::new(chunks))
    }

    fn begin(&mut self, chunks: &[Documents]) {
        for chunk in chunks {
            self.model.apply(&chunk.changes);
        }
        self.seq += 1;
        self.records += 10;
    }

    fn head(&self) -> FlushHead {
        FlushHead { seq: self.seq, position: position(self.records) }
    }
}

/// Repeats an attempt until the server accepts it. Returns its result.
///
/// # Panics
/// Panics for an error that is not worth a retry, and after the deadline.
pub fn until_done<T>(deadline: Instant, mut attempt: impl FnMut() -> Result<T>) -> T {
    loop {
        match attempt() {
            Ok(done) => return done,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
                assert!(Instant::now() < deadline, "not within a minute: {error}");
                std::thread::sleep(TRY_EVERY);
            }
        }
    }
}

/// Returns the prefix that readers are pointed to.
pub fn pointed(connection: &mut Connection) -> Option<String> {
    connection.get("foldline:feed:live").expect("GET")
}

/// Returns all prefixes of the projection.
pub fn prefixes(connection: &mut Connection) -> Vec<String> {
    let mut prefixes: Vec<String> = connection.smembers("foldline:feed:prefixes").expect("SMEMBERS");
    prefixes.sort();
    prefixes
}

/// Returns the contents of a server under a prefix.
///
/// # Panics
/// Panics when the server does not answer.
pub fn contents(connection: &mut Connection, prefix: &str) -> Contents {
    let mut contents = Contents::default();
    let keys: Vec<String> = connection.keys(format!("{prefix}*")).expect("KEYS");
    for key in keys {
        let name = key.strip_prefix(prefix).expect("it matched");
        if let Some(id) = name.strip_prefix("doc:") {
            contents.documents.insert(id.to_owned(), connection.get(&key).expect("GET"));
        } else if let Some(set) = name.strip_prefix("set:") {
            let members: BTreeMap<String, f64> =
                connection.zrange_withscores(&key, 0, -1).map(pairs).expect("ZRANGE");
            contents.sets.insert(set.to_owned(), members);
        } else {
            assert!(name == "control" || name.starts_with("row:"), "what is `{key}`?");
        }
    }
    contents
}

fn pairs(pairs: Vec<(String, f64)>) -> BTreeMap<String, f64> {
    pairs.into_iter().collect()
}

/// Returns the number of keys under a prefix.
///
/// # Panics
/// Panics when the server does not answer.
pub fn keys_under(connection: &mut Connection, prefix: &str) -> usize {
    connection.keys::<_, Vec<String>>(format!("{prefix}*")).expect("KEYS").len()
}
