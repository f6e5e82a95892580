//! Calls a cluster, and waits for the answer.

use std::error::Error as _;
use std::fs;
use std::sync::Arc;
use std::time::Duration;

use elasticsearch::auth::Credentials;
use elasticsearch::cert::{Certificate, CertificateValidation};
use elasticsearch::http::headers::{ACCEPT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue};
use elasticsearch::http::transport::{MultiNodeConnectionPool, Transport, TransportBuilder};
use elasticsearch::http::{Method, Url};
use hyper::body::Bytes;
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Notify;
use tokio::task::AbortHandle;

use super::answer::Answer;
use foldline_base::error::{Error, ErrorKind, Result, ResultExt};
use foldline_base::panics;
use foldline_config::ElasticsearchConfig;

/// 60 s: a bulk request of a few megabytes is answered far sooner; a slower server is as good as unreachable.
const TIMEOUT: Duration = Duration::from_secs(60);

/// 64 MiB: if every document of a bulk request is refused, the answer has a few megabytes.
const ANSWER_BYTES_MAX: u64 = 64 << 20;

/// A connection for one user of a cluster, with its own interrupt.
#[derive(Clone)]
pub(super) struct Client {
    sink: Arc<str>,
    transport: Transport,
    nodes: usize,
    threads: Arc<Threads>,
    interrupt: Arc<Notify>,
}

/// A request to the cluster.
pub(super) struct Request<'a> {
    method: Method,
    path: String,
    query: &'a [(&'a str, &'a str)],
    body: Option<(Bytes, &'static str)>,
}

impl<'a> Request<'a> {
    pub(super) fn get(path: String) -> Self {
        Self::new(Method::Get, path)
    }

    pub(super) fn put(path: String) -> Self {
        Self::new(Method::Put, path)
    }

    pub(super) fn post(path: String) -> Self {
        Self::new(Method::Post, path)
    }

    pub(super) fn delete(path: String) -> Self {
        Self::new(Method::Delete, path)
    }

    pub(super) fn query(self, query: &'a [(&'a str, &'a str)]) -> Self {
        Self { query, ..self }
    }

    pub(super) fn json(self, body: &Value) -> Self {
        Self { body: Some((body.to_string().into(), "application/json")), ..self }
    }

    pub(super) fn lines(self, body: Bytes) -> Self {
        Self { body: Some((body, "application/x-ndjson")), ..self }
    }

    fn new(method: Method, path: String) -> Self {
        Self { method, path, query: &[], body: None }
    }
}

impl Client {
    /// Prepares a client without calling the cluster. `sink` is the name in messages.
    pub(super) fn new(sink: &str, config: &ElasticsearchConfig) -> Result<Self> {
        let wrong = |what: String| Error::new(ErrorKind::Config, format!("sink `{sink}`: {what}"));
        let mut urls = Vec::new();
        for url in &config.urls {
            urls.push(Url::parse(url).map_err(|error| wrong(format!("url `{url}`: {error}")))?);
        }
        let nodes = urls.len();
        // The addresses are the cluster's own; a proxy from the environment is meant for outbound traffic.
        let mut transport = TransportBuilder::new(MultiNodeConnectionPool::round_robin(urls, None))
            .disable_proxy()
            .header(ACCEPT_ENCODING, HeaderValue::from_static("identity"))
            .timeout(TIMEOUT);
        if let Some(key) = &config.api_key {
            transport = transport.auth(Credentials::EncodedApiKey(key.expose().to_owned()));
        } else if let (Some(username), Some(password)) = (&config.username, &config.password) {
            transport = transport.auth(Credentials::Basic(username.clone(), password.expose().to_owned()));
        }
        if let Some(path) = &config.ca_file {
            let pem =
                fs::read(path).map_err(|error| wrong(format!("ca_file {}: {error}", path.display())))?;
            let authority = Certificate::from_pem(&pem)
                .map_err(|error| wrong(format!("ca_file {}: {error}", path.display())))?;
            transport = transport.cert_validation(CertificateValidation::Full(authority));
        }
        Ok(Self {
            sink: sink.into(),
            transport: transport.build().map_err(|error| wrong(error.to_string()))?,
            nodes,
            threads: Arc::new(Threads::start()?),
            interrupt: Arc::default(),
        })
    }

    /// Returns the same connection for another user, with its own interrupt.
    pub(super) fn with_own_interrupt(&self) -> Self {
        Self { interrupt: Arc::default(), ..self.clone() }
    }

    /// Returns what interrupts the current call, or else the next one.
    pub(super) fn interrupt(&self) -> Arc<Notify> {
        Arc::clone(&self.interrupt)
    }

    /// Returns the sink's name.
    pub(super) fn sink(&self) -> &str {
        &self.sink
    }

    /// Sends a request to one node after the other until one answers. Every request may be sent twice.
    ///
    /// # Errors
    /// `Unavailable` when no node answers. The caller judges what an answer means.
    pub(super) fn call(&self, request: &Request<'_>) -> Result<Answer> {
        let mut trouble = String::new();
        for _ in 0..self.nodes {
            match self.wait(self.send(request))? {
                Ok(answer) => return Ok(answer),
                Err(reason) => trouble = reason,
            }
        }
        Err(self.unavailable(format!("elasticsearch does not answer: {trouble}")))
    }

    /// Waits for some time.
    ///
    /// # Errors
    /// `Unavailable` when interrupted.
    pub(super) fn pause(&self, time: Duration) -> Result<()> {
        self.wait(async { tokio::time::sleep(time).await })
    }

    /// Spawns a task that runs in parallel with calls, until it is aborted.
    pub(super) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) -> AbortHandle {
        self.threads.get().spawn(work).abort_handle()
    }

    /// Returns an error that is worth a retry.
    pub(super) fn unavailable(&self, message: String) -> Error {
        Error::new(ErrorKind::Unavailable, format!("sink `{}`: {message}", self.sink))
    }

    fn wait<T>(&self, work: impl Future<Output = T>) -> Result<T> {
        let interrupted = self.interrupt.notified();
        self.threads.get().block_on(async {
            tokio::select! {
                done = work => Ok(done),
                () = interrupted => Err(self.unavailable("interrupted".to_owned())),
            }
        })
    }

    /// Sends a request to the next node; the error says why it does not answer.
    pub(super) async fn send(&self, request: &Request<'_>) -> Result<Answer, String> {
        let mut headers = HeaderMap::new();
        let body = request.body.as_ref().map(|(body, kind)| {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
            body.clone()
        });
        let sent =
            self.transport.send(request.method, &request.path, headers, Some(request.query), body, None);
        let response = sent.await.map_err(|error| chain(&error))?;
        let status = response.status_code().as_u16();
        if response.content_length().is_some_and(|length| length > ANSWER_BYTES_MAX) {
            return Err(format!("an answer of more than {ANSWER_BYTES_MAX} bytes"));
        }
        let body = response.bytes().await.map_err(|error| chain(&error))?;
        Ok(Answer { status, body })
    }
}

/// The runtime, which must not be dropped by an asynchronous thread: that would panic.
struct Threads(Option<Runtime>);

impl Threads {
    fn start() -> Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .on_thread_start(panics::contain_thread)
            .thread_name("elasticsearch")
            .enable_all()
            .build()
            .kind(ErrorKind::Unavailable, "start a thread for elasticsearch")?;
        Ok(Self(Some(runtime)))
    }

    fn get(&self) -> &Runtime {
        self.0.as_ref().expect("it is taken by drop only")
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// Returns an error with its causes: the outermost only says that something failed.
fn chain(error: &elasticsearch::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let inner = error.to_string();
        if !text.contains(&inner) {
            text = format!("{text}: {inner}");
        }
        cause = error.source();
    }
    text
}
