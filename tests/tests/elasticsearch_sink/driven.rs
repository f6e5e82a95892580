//! A sink driven as the engine drives it, with a map of what it should hold.

use std::collections::BTreeMap;

use foldline_base::error::{Error, ErrorKind, Result};
use foldline_config::ElasticsearchConfig;
use foldline_core::description::{OutputField, TimeUnit, ValueType};
use foldline_sink::{DocumentChange, Documents, FlushHead, ReadyChunks, Sink, SinkBackend, SinkVersion};
use foldline_sink_elasticsearch::ElasticsearchBackend;
pub use foldline_sink_testkit::position;
use foldline_tests::servers::elasticsearch::{Elasticsearch, unique_projection};
use serde_json::{Value, json};

/// Even a server that fails every second request answers after this many tries.
const TRIES_MAX: u32 = 500;

/// A projection on a server, with the contents that its index should have.
pub struct Driven {
    pub server: &'static Elasticsearch,
    pub backend: ElasticsearchBackend,
    pub version: SinkVersion,
    pub sink: Box<dyn Sink>,
    pub model: BTreeMap<String, Value>,
    pub seq: u64,
    pub offset: u64,
    owners: u32,
}

impl Driven {
    /// Opens a sink of a new projection on the server at `url`.
    pub fn open_at(server: &'static Elasticsearch, url: &str, name: &str) -> Self {
        Self::open_with(server, backend(url), name)
    }

    /// Opens a sink of a new projection with a backend.
    pub fn open_with(server: &'static Elasticsearch, backend: ElasticsearchBackend, name: &str) -> Self {
        let version = version(&unique_projection(name), "1.0.0");
        let sink = opened(&backend, &version, "owner-0", false);
        let (model, seq) = (BTreeMap::new(), sink.progress().seq);
        Self { server, backend, version, sink, model, seq, offset: 0, owners: 0 }
    }

    /// Opens a sink of a new projection and loads it with these documents.
    pub fn loaded(server: &'static Elasticsearch, name: &str, documents: &[(&str, Value)]) -> Self {
        let mut driven = Self::open_at(server, server.url(), name);
        driven.load(documents);
        driven.flush(&[]);
        driven
    }

    /// Adds documents of the first load.
    pub fn load(&mut self, documents: &[(&str, Value)]) {
        let changes: Vec<_> = documents.iter().map(|(id, body)| (*id, Some(body.clone()))).collect();
        let documents = changed(&changes);
        let sink = &mut self.sink;
        persistently(|| sink.load(&documents)).expect("a load that may be repeated ends");
        self.remember(&changes);
    }

    /// Writes a flush, retrying as often as necessary.
    pub fn flush(&mut self, changes: &[(&str, Option<Value>)]) {
        self.try_flush(changes).expect("a flush that may be repeated ends");
    }

    /// Writes a flush, retrying while the server is unavailable.
    pub fn try_flush(&mut self, changes: &[(&str, Option<Value>)]) -> Result<()> {
        let head = self.next_head();
        let chunks: Vec<Documents> = changes.chunks(100).map(changed).collect();
        let sink = &mut self.sink;
        persistently(|| sink.flush(&head, &mut ReadyChunks::new(&chunks)))?;
        (self.seq, self.offset) = (head.seq, self.offset + 1);
        self.remember(changes);
        Ok(())
    }

    /// Writes a flush once.
    pub fn flush_once(&mut self, changes: &[(&str, Option<Value>)]) -> Result<()> {
        let head = self.next_head();
        self.sink.flush(&head, &mut ReadyChunks::new(&[changed(changes)]))?;
        (self.seq, self.offset) = (head.seq, self.offset + 1);
        self.remember(changes);
        Ok(())
    }

    /// Returns the head of the next flush.
    pub fn next_head(&self) -> FlushHead {
        FlushHead { seq: self.seq + 1, position: position(self.offset + 1) }
    }

    /// Opens the sink as another process would, without this sink's knowledge.
    pub fn reopen(&mut self, from_empty: bool) {
        self.owners += 1;
        let owner = format!("owner-{}", self.owners);
        self.sink = opened(&self.backend, &self.version, &owner, from_empty);
        self.seq = self.sink.progress().seq;
    }

    /// Returns the name of the version's newest index.
    pub fn index(&self) -> String {
        self.indexes().pop().expect("the version has an index")
    }

    /// Returns the names of the version's indexes, from the oldest on.
    pub fn indexes(&self) -> Vec<String> {
        let SinkVersion { projection, version, digest, .. } = &self.version;
        indexes(self.server, &format!("foldline-{projection}-{version}-{digest}-*"))
    }

    /// Fails unless readers would see exactly the contents of the model.
    pub fn check(&self) {
        let index = self.index();
        self.server.done("POST", &format!("{index}/_refresh"), None);
        assert_eq!(contents(self.server, &index), self.model, "{index}");
    }

    fn remember(&mut self, changes: &[(&str, Option<Value>)]) {
        for (id, body) in changes {
            match body {
                Some(body) => drop(self.model.insert((*id).to_owned(), body.clone())),
                None => drop(self.model.remove(*id)),
            }
        }
    }
}

/// Loads a sink with documents up to an offset, and points readers to it.
pub fn fill(sink: &mut dyn Sink, documents: &[(&str, Value)], offset: u64) {
    let documents: Vec<_> = documents.iter().map(|(id, body)| (*id, Some(body.clone()))).collect();
    sink.load(&changed(&documents)).expect("the server is there");
    let head = FlushHead { seq: sink.progress().seq + 1, position: position(offset) };
    sink.flush(&head, &mut ReadyChunks::new(&[])).expect("the server is there");
    sink.point().expect("it is loaded");
}

/// Returns a backend without replicas, because there is only one node.
pub fn backend(url: &str) -> ElasticsearchBackend {
    let urls = vec![url.to_owned()];
    let config = ElasticsearchConfig { urls, replicas: 0, ..ElasticsearchConfig::default() };
    ElasticsearchBackend::new("search", &config).expect("the configuration is right")
}

/// Returns a version with a field of each type.
pub fn version(projection: &str, version: &str) -> SinkVersion {
    let field = |name: &str, ty| OutputField { name: name.to_owned(), ty, sortable: false };
    SinkVersion {
        projection: projection.to_owned(),
        version: version.to_owned(),
        digest: "0123456789ab".to_owned(),
        document: vec![
            field("count", ValueType::Int),
            field("title", ValueType::Text),
            field("share", ValueType::Float),
            field("open", ValueType::Boolean),
            field("at", ValueType::Time(TimeUnit::Milliseconds)),
        ],
    }
}

/// Opens a sink, retrying as often as necessary.
pub fn opened(
    backend: &dyn SinkBackend,
    version: &SinkVersion,
    owner: &str,
    from_empty: bool,
) -> Box<dyn Sink> {
    persistently(|| backend.open(version, owner, from_empty)).expect("the sink opens")
}

/// Repeats a call while the server is unavailable.
pub fn persistently<T>(mut call: impl FnMut() -> Result<T>) -> Result<T> {
    for _ in 0..TRIES_MAX {
        match call() {
            Err(error) if error.kind() == ErrorKind::Unavailable => {}
            done => return done,
        }
    }
    call()
}

/// Returns the changes of one flush.
pub fn changed(changes: &[(&str, Option<Value>)]) -> Documents {
    let change = |(id, body): &(&str, Option<Value>)| DocumentChange {
        id: (*id).to_owned(),
        body: body.as_ref().map(Value::to_string),
        memberships: Vec::new(),
    };
    Documents { changes: changes.iter().map(change).collect(), failed: Vec::new() }
}

/// Returns the indexes that match a pattern.
pub fn indexes(server: &Elasticsearch, pattern: &str) -> Vec<String> {
    let found = server.done("GET", &format!("{pattern}/_settings?expand_wildcards=all"), None);
    found.as_object().expect("an object").keys().cloned().collect()
}

/// Returns the result of searching an index or alias, without the host's own documents.
pub fn contents(server: &Elasticsearch, index: &str) -> BTreeMap<String, Value> {
    let query = json!({
        "size": 10_000,
        "query": {"bool": {"must_not": [{"exists": {"field": "_foldline.kind"}}]}},
    });
    hits(&server.done("POST", &format!("{index}/_search"), Some(&query)))
}

/// Returns the documents in the answer to a search.
pub fn hits(answer: &Value) -> BTreeMap<String, Value> {
    let hits = answer["hits"]["hits"].as_array().expect("hits");
    let hit = |hit: &Value| (hit["_id"].as_str().expect("an id").to_owned(), hit["_source"].clone());
    hits.iter().map(hit).collect()
}

/// Returns the error of a call that must fail.
pub fn refused<T>(result: Result<T>) -> Error {
    match result {
        Ok(_) => panic!("it succeeded"),
        Err(error) => error,
    }
}
