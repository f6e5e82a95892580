//! A host with a log in memory and a real store, and a router over it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use foldline_core::description::{OutputField, ValueType};
use foldline_core::position::Position;
use http_body_util::BodyExt;
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::watch;
use tower::ServiceExt;

use super::super::ServerOptions;
use super::super::app::App;
use super::super::capacity::Capacity;
use super::super::guard::Rules;
use super::super::host_api::{HostApi, Waiting};
use super::super::router::router;
use foldline_api as api;
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_base::partly::Partly;
use foldline_base::partly::ranges;
use foldline_engine::VersionHandle;
use foldline_inspect::compare::Tolerances;
use foldline_lifecycle::OperatorRequest;
use foldline_log::{Log, LogReader, NewRecord, Punctuation, RecordBatch, RecordRef, Start};
use foldline_module::Digest;
use foldline_runtime::{Serving, WaitScope};
use foldline_sink::{DocumentChange, Documents, FlushHead, ReadyChunks, Sink};
use foldline_sink_sqlite::{SqliteReader, SqliteSink};

/// One topic `likes` with one partition, in memory.
#[derive(Default)]
pub(super) struct MemoryLog(pub(super) Mutex<Vec<NewRecord>>);

impl MemoryLog {
    fn check(&self, topic: &str) -> Result<()> {
        match topic {
            "likes" => Ok(()),
            _ => Err(Error::new(ErrorKind::NotFound, format!("topic `{topic}` does not exist"))),
        }
    }
}

impl Log for MemoryLog {
    fn topics(&self) -> Result<Vec<String>> {
        Ok(vec!["likes".into()])
    }
    fn partitions(&self, topic: &str) -> Result<Option<u32>> {
        Ok((topic == "likes").then_some(1))
    }
    fn ensure_topic(&self, topic: &str) -> Result<bool> {
        Ok(topic == "likes")
    }
    fn starts(&self, topic: &str) -> Result<Vec<u64>> {
        self.check(topic).map(|()| vec![0])
    }
    fn ends(&self, topic: &str) -> Result<Vec<u64>> {
        self.check(topic).map(|()| vec![self.0.lock().unwrap().len() as u64])
    }
    fn append(&self, topic: &str, records: Vec<NewRecord>) -> Result<Position> {
        self.check(topic)?;
        for record in &records {
            record.punctuation_ms()?;
        }
        let mut held = self.0.lock().unwrap();
        held.extend(records);
        let mut end = Position::default();
        end.set(topic, 0, held.len() as u64);
        Ok(end)
    }
    fn reader(&self, starts: &[Start]) -> Result<Box<dyn LogReader>> {
        Ok(Box::new(MemoryReader(self.0.lock().unwrap().clone(), starts[0].next_offset as usize)))
    }
}

struct MemoryReader(Vec<NewRecord>, usize);

impl LogReader for MemoryReader {
    fn poll(&mut self, _: usize, _: Duration) -> Result<Vec<RecordBatch>> {
        let mut batch = RecordBatch::with_capacity("likes".into(), 0, self.1 as u64, 0, 0);
        for (offset, record) in self.0.iter().enumerate().skip(self.1) {
            let (key, value) = (record.key.as_deref(), record.value.as_deref());
            let (offset, time_ms) = (offset as u64, record.time_ms.unwrap_or(0));
            match record.punctuation {
                true => batch.push_punctuation(Punctuation { offset, time_ms, append_time: None }),
                false => batch.push(RecordRef { offset, time_ms: Some(time_ms), key, value }),
            }
        }
        let any = self.1 < self.0.len();
        self.1 = self.0.len();
        Ok(if any { vec![batch] } else { vec![] })
    }
}

struct FakeHost {
    log: Arc<MemoryLog>,
    live: Arc<Mutex<Vec<Arc<Serving>>>>,
    /// Whether the projection answers yet.
    answers: Arc<AtomicBool>,
    ready: bool,
    /// The `status` to return; `None` for an error.
    status: Arc<Mutex<Option<api::Status>>>,
    changes: Arc<watch::Sender<u64>>,
}

impl HostApi for FakeHost {
    fn log(&self) -> Arc<dyn Log> {
        self.log.clone()
    }
    fn append(&self, topic: &str, records: Vec<NewRecord>) -> Result<api::Appended> {
        let appended = records.len() as u64;
        if topic == "half" {
            let token = position("half:0:7");
            let partly = Partly {
                written: 1,
                token,
                missing: ranges([1, 2]),
                unknown: std::iter::once(3..u64::MAX).collect(),
            };
            return Err(Error::new(ErrorKind::Unavailable, "the broker is away").with_partly(partly));
        }
        Ok(api::Appended { token: self.log.append(topic, records)?, appended, punctuations: 0 })
    }
    fn punctuate(
        &self,
        topic: &str,
        partition: Option<u32>,
        time_ms: Option<i64>,
    ) -> Result<api::Punctuated> {
        let time_ms = time_ms.unwrap_or(1_767_225_600_000);
        let token = self.log.punctuate(topic, partition.as_ref().map(std::slice::from_ref), time_ms)?;
        Ok(api::Punctuated { token, time_ms })
    }
    fn serving(&self, name: &str) -> Result<Arc<Serving>> {
        match name {
            "like-count" if self.answers.load(Ordering::Acquire) => {
                let mut live = self.live.lock().unwrap();
                Ok(if live.len() > 1 { live.remove(0) } else { live[0].clone() })
            }
            "like-count" => Err(Error::new(ErrorKind::Unavailable, "projection `like-count` is starting")),
            _ => Err(Error::new(ErrorKind::NotFound, format!("projection `{name}` does not exist"))),
        }
    }
    fn modules(&self) -> Vec<api::ModuleReport> {
        panic!("a bug in the host")
    }
    fn plan(&self, file: Option<&str>, bytes: &[u8]) -> Result<api::Plan> {
        Ok(api::Plan {
            outcome: api::Outcome::Rejected,
            message: format!("{file:?} of {} bytes", bytes.len()),
            hint: None,
            code: None,
            digest: Digest::of(bytes).to_string(),
            module: None,
        })
    }
    fn status(&self) -> Result<api::Status> {
        let status = self.status.lock().unwrap().clone();
        status.ok_or_else(|| Error::new(ErrorKind::Unavailable, "the broker is away").with_hint("wait"))
    }
    fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }
    fn dead_letters(
        &self,
        projection: Option<&str>,
        limit: usize,
        cursor: Option<&str>,
        with_records: bool,
    ) -> Result<api::DeadLetterPage> {
        let reason = format!("limit {limit}, cursor {cursor:?}, records {with_records}");
        let letter = api::DeadLetter {
            projection: projection.unwrap_or("all").into(),
            topic: "likes".into(),
            partition: 0,
            offset: 0,
            reason,
            record: None,
        };
        Ok(api::DeadLetterPage { dead_letters: vec![letter], cursor: None })
    }
    fn fingerprint(&self, name: &str) -> Result<api::FingerprintAnswer> {
        Err(Error::new(ErrorKind::NotFound, format!("no projection `{name}`")))
    }
    fn verify(&self, name: &str, progress: &mut dyn FnMut(u64, u64) -> bool) -> Result<api::Verified> {
        if name != "like-count" {
            return Err(Error::new(ErrorKind::NotFound, format!("no projection `{name}`")));
        }
        assert!(progress(3, 9) && progress(4, 9));
        Err(Error::new(ErrorKind::Corrupt, "the log is damaged").with_hint("restore it"))
    }
    fn adopt_log(&self, topic: &str, from_start: bool) -> Result<String> {
        Ok(format!("{topic} {from_start}"))
    }

    fn resync(&self, name: &str, sink: &str, version: Option<&str>) -> Result<String> {
        Ok(format!("{name} {sink} {version:?}"))
    }

    fn adopt(&self, name: &str, sink: &str) -> Result<String> {
        Ok(format!("{name} {sink} is ours"))
    }

    fn request(&self, name: &str, request: OperatorRequest) -> Result<String> {
        match request {
            OperatorRequest::Rollback { .. } => {
                Err(Error::new(ErrorKind::Refused, format!("`{name}` has no old version")))
            }
            request => Ok(format!("{name}: {request:?}")),
        }
    }

    fn trace(
        &self,
        name: &str,
        version: Option<&str>,
        id: &str,
        limit: u64,
        tell: &mut dyn FnMut(api::TraceLine) -> bool,
    ) -> Result<api::Traced> {
        if name == "endless" {
            while tell(api::TraceLine::Progress { read: 0, of: 1 }) {
                std::thread::yield_now();
            }
            ENDED.store(true, Ordering::Release);
        }
        if name != "like-count" {
            return Err(Error::new(ErrorKind::NotFound, format!("no projection `{name}`")));
        }
        assert!(tell(api::TraceLine::Progress { read: 3, of: 9 }));
        assert!(tell(api::TraceLine::Time(api::TracedTime {
            time_ms: limit as i64,
            id: id.into(),
            before: None,
            after: None,
            sets_before: Vec::new(),
            sets_after: Vec::new(),
            failed: version.map(str::to_owned),
        })));
        Err(Error::new(ErrorKind::Corrupt, "the log is damaged").with_hint("restore it"))
    }
    fn why(
        &self,
        name: &str,
        id: &str,
        versions: [Option<&str>; 2],
        progress: &mut dyn FnMut(u64, u64) -> bool,
    ) -> Result<api::Why> {
        if name != "like-count" {
            return Err(Error::new(ErrorKind::NotFound, format!("no projection `{name}`")));
        }
        assert!(progress(3, 9) && progress(4, 9));
        let [old, new] = versions.map(|version| version.unwrap_or("-").to_owned());
        let (only_old, only_new) = (vec![id.to_owned()], Vec::new());
        Ok(api::Why {
            old,
            new,
            position: position("likes:0:9"),
            events: 0,
            only_old,
            only_new,
            parting: None,
        })
    }

    fn diff(
        &self,
        _: &str,
        old: Option<&str>,
        new: Option<&str>,
        tolerances: &Tolerances,
        _: &mut dyn FnMut(u64, u64) -> bool,
    ) -> Result<api::Comparison> {
        Err(Error::new(ErrorKind::Data, format!("{old:?} {new:?} {tolerances:?}")))
    }
    fn wait<'a>(
        self: Arc<Self>,
        _: &'a str,
        _: Option<&'a str>,
        who: WaitScope,
        timeout: Duration,
    ) -> Waiting<'a, Result<api::Waited>> {
        let error = Error::new(ErrorKind::TimedOut, format!("{who:?}: not within {timeout:?}"));
        Box::pin(async move { if timeout.is_zero() { Err(error) } else { std::future::pending().await } })
    }
    fn ready(&self) -> Result<(), String> {
        if self.ready { Ok(()) } else { Err("projection `like-count` does not serve yet".into()) }
    }
}

/// Whether the trace of the projection `endless` has ended.
pub(super) static ENDED: AtomicBool = AtomicBool::new(false);

/// A router over a fake host, which shows two documents at `likes:0:10`.
pub(super) struct Server {
    pub(super) router: Router,
    pub(super) app: App,
    pub(super) status: Arc<Mutex<Option<api::Status>>>,
    pub(super) changes: Arc<watch::Sender<u64>>,
    pub(super) log: Arc<MemoryLog>,
    pub(super) answers: Arc<AtomicBool>,
    pub(super) shows: watch::Sender<Position>,
    pub(super) stop: watch::Sender<bool>,
    pub(super) sink: SqliteSink,
    /// What is served, version by version. Each but the last is replaced as soon as a request has asked for it.
    pub(super) live: Arc<Mutex<Vec<Arc<Serving>>>>,
    _folder: TempDir,
}

pub(super) fn position(text: &str) -> Position {
    text.parse().unwrap()
}

pub(super) fn change(id: &str, body: &str) -> DocumentChange {
    DocumentChange { id: id.into(), body: Some(body.into()), memberships: Vec::new() }
}

pub(super) fn flush(sink: &mut SqliteSink, seq: u64, at: &str, changes: Vec<DocumentChange>) {
    let documents = [Documents { changes, failed: vec![] }];
    sink.flush(&FlushHead { seq, position: position(at) }, &mut ReadyChunks::new(&documents)).unwrap();
}

impl Server {
    pub(super) fn new() -> Self {
        Self::with(ServerOptions::for_tests(), true)
    }

    pub(super) fn with(options: ServerOptions, loopback: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("likes.sqlite");
        let fields = [OutputField { name: "count".into(), ty: ValueType::Int, sortable: true }];
        let mut sink = SqliteSink::open(&path, "a", &fields).unwrap();
        let changes = vec![change("p/1 é", r#"{"count": 1}"#), change("p2", r#"{"count": 2}"#)];
        flush(&mut sink, 1, "likes:0:10", changes);
        let (shows, shown) = watch::channel(position("likes:0:10"));
        let reader = SqliteReader::open(&path, &fields).unwrap();
        let changes = Arc::new(watch::Sender::new(0));
        let (digest, topics) = (Digest::of(b"module"), vec!["likes".to_owned()]);
        let handle = Arc::new(VersionHandle::new(
            "like-count",
            "1.0.0",
            digest,
            topics,
            api::Phase::Live,
            changes.clone(),
        ));
        let serving = Serving { version: handle.label(), reader, shown, handle };
        let live = Arc::new(Mutex::new(vec![Arc::new(serving)]));
        let log = Arc::new(MemoryLog::default());
        let (status, ready) = (Arc::default(), loopback);
        let answers = Arc::new(AtomicBool::new(true));
        let host = FakeHost {
            log: log.clone(),
            live: Arc::clone(&live),
            answers: Arc::clone(&answers),
            ready,
            status: Arc::clone(&status),
            changes: Arc::clone(&changes),
        };
        let (stop, stopping) = watch::channel(false);
        let capacity = Capacity::of_readers(options.limits.memory_max);
        let rules = Arc::new(Rules::of(&options, loopback));
        let (options, admissions) = (Arc::new(options), Arc::default());
        let app = App { host: Arc::new(host), options, rules, stopping, capacity, admissions };
        let router = router(app.clone());
        Self { router, app, status, changes, log, answers, shows, stop, sink, live, _folder: folder }
    }

    pub(super) async fn send(&self, request: Request<Body>) -> (StatusCode, HeaderMap, String) {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        (parts.status, parts.headers, String::from_utf8(body.to_vec()).unwrap())
    }

    pub(super) async fn get(&self, path: &str) -> (StatusCode, HeaderMap, String) {
        self.send(request("GET", path).body(Body::empty()).unwrap()).await
    }

    pub(super) async fn post(&self, content_type: &str, body: impl Into<Body>) -> (StatusCode, Value) {
        let request = request("POST", "/api/v1/topics/likes/records").header("content-type", content_type);
        let (status, _, body) = self.send(request.body(body.into()).unwrap()).await;
        (status, serde_json::from_str(&body).unwrap())
    }
}

pub(super) fn request(method: &str, path: &str) -> axum::http::request::Builder {
    Request::builder().method(method).uri(path).header("host", "localhost:7070")
}

pub(super) fn problem(status: u16, answer: &(StatusCode, HeaderMap, String)) -> api::Problem {
    assert_eq!(answer.0.as_u16(), status, "{}", answer.2);
    assert_eq!(answer.1["content-type"], "application/problem+json");
    let problem: api::Problem = serde_json::from_str(&answer.2).unwrap();
    assert_eq!(problem.status, status);
    problem
}
