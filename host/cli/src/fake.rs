//! A host with scripted answers, for tests of the commands.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::body::{Body, Bytes, to_bytes};
use axum::http::{Request, Response, header};

use super::address::Address;
use super::client::Client;
use super::output::Output;

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    /// Method, path and query, below `/api/v1`.
    pub(super) line: String,
    /// The header `Authorization`.
    pub(super) token: Option<String>,
    /// The header `Content-Type`.
    pub(super) content_type: Option<String>,
    /// The body as text.
    pub(super) body: String,
}

/// A listening host, which lives as long as the test's process.
pub(super) struct FakeHost {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl FakeHost {
    /// Starts a host that answers each request with the status and body from `answer`.
    pub(super) fn start(answer: impl Fn(&Seen) -> (u16, String) + Send + Sync + 'static) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (answer, log) = (Arc::new(answer), Arc::clone(&seen));
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                let handler = move |request: Request<Body>| {
                    let (answer, log) = (Arc::clone(&answer), Arc::clone(&log));
                    async move {
                        let request = read(request).await;
                        let (status, body) = answer(&request);
                        log.lock().unwrap().push(request);
                        // A first line `position: P` becomes the header.
                        let (position, body) = match body.strip_prefix("position: ") {
                            Some(rest) => rest.split_once('\n').unwrap(),
                            None => ("-", body.as_str()),
                        };
                        let answer = Response::builder().status(status).header("foldline-position", position);
                        answer.body(Body::from(body.to_owned())).unwrap()
                    }
                };
                axum::serve(listener, axum::Router::new().fallback(handler)).await.unwrap();
            });
        });
        Self { address, seen }
    }

    /// Returns its URL.
    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns a client of it.
    pub(super) fn client(&self) -> Client {
        Client::new(Address::Url(self.url()), None).unwrap()
    }

    /// Returns the requests received so far.
    pub(super) fn requests(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

/// Returns an answer that refuses.
pub(super) fn problem(status: u16, detail: &str, hint: Option<&str>) -> (u16, String) {
    let problem = foldline_api::Problem {
        title: "test".to_owned(),
        status,
        detail: detail.to_owned(),
        hint: hint.map(str::to_owned),
        position: None,
        partly: None,
    };
    (status, serde_json::to_string(&problem).unwrap())
}

/// Runs `command` with an output and returns what it printed.
pub(super) fn printed<T>(command: impl FnOnce(&mut Output) -> T) -> (T, String) {
    let bytes = Shared::default();
    let result = command(&mut Output::to(bytes.clone()));
    let text = String::from_utf8(bytes.0.lock().unwrap().clone()).unwrap();
    (result, text)
}

#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

async fn read(request: Request<Body>) -> Seen {
    let (parts, body) = request.into_parts();
    let text = |name| parts.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    let body: Bytes = to_bytes(body, usize::MAX).await.unwrap();
    let path = parts.uri.path_and_query().unwrap().as_str();
    Seen {
        line: format!("{} {}", parts.method, path.strip_prefix("/api/v1").unwrap_or(path)),
        token: text(header::AUTHORIZATION),
        content_type: text(header::CONTENT_TYPE),
        body: String::from_utf8(body.to_vec()).unwrap(),
    }
}
