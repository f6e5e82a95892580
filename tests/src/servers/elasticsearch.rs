//! A real Elasticsearch for tests. A test process shares it; each test uses its own projections.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use super::{certificates, free_ports, left_out, services, started, unique};
use crate::http;

/// A server that listens may still have to elect itself as master.
const READY_WITHIN: Duration = Duration::from_secs(60);

/// A running server.
pub struct Elasticsearch {
    url: String,
    /// The ports, if this process started the server.
    started: Option<Ports>,
    secured: Option<Secured>,
}

/// The credentials and certificates of a server with security.
struct Secured {
    password: String,
    /// The folder of the certificates.
    folder: TempDir,
}

#[derive(Clone, Copy)]
struct Ports {
    http: u16,
    transport: u16,
}

impl Elasticsearch {
    /// Returns the server that all tests of this process share: the one at `FOLDLINE_ELASTICSEARCH` (its address), or one started
    /// now, which ends with this process.
    ///
    /// Returns `None` only when `FOLDLINE_NO_SERVICES=1` asks for tests without servers; reports that on stderr.
    ///
    /// # Panics
    /// Panics, with what is missing, when the server does not start.
    pub fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Elasticsearch> = OnceLock::new();
        if left_out("elasticsearch") {
            return None;
        }
        Some(SHARED.get_or_init(|| match std::env::var("FOLDLINE_ELASTICSEARCH") {
            Ok(url) if !url.is_empty() => Self { url, started: None, secured: None },
            _ => Self::start_new(None),
        }))
    }

    /// Starts a server for one test with TLS only, on which the user `elastic` has this password. It listens, but may not answer
    /// yet. Dropping it stops it.
    ///
    /// # Panics
    /// As [`Elasticsearch::shared`].
    pub fn secured(password: &str) -> Option<Self> {
        (!left_out("elasticsearch")).then(|| Self::start_new(Some(password)))
    }

    /// Returns the certificate of the authority that signed a secured server's certificate.
    ///
    /// # Panics
    /// Panics when the server is not secured.
    pub fn ca_file(&self) -> PathBuf {
        self.secured.as_ref().expect("the server speaks TLS").folder.path().join("ca.crt")
    }

    /// Returns `http://HOST:PORT`, or `https://`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns `HOST:PORT`.
    pub fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// Sends a request as another client would. Returns the status and the answer.
    ///
    /// # Panics
    /// Panics when the server does not answer with JSON.
    pub fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        let url = format!("{}/{}", self.url, path.replace('+', "%2B"));
        let answer = http::json(method, &url, body.map(Value::to_string).unwrap_or_default());
        let answer = answer.unwrap_or_else(|error| panic!("{method} {url}: {error:?}"));
        (answer.status, if answer.body.is_empty() { Value::Null } else { answer.value() })
    }

    /// Sends a request that must succeed. Returns the answer.
    ///
    /// # Panics
    /// Panics when it does not.
    pub fn done(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        let (status, answer) = self.ask(method, path, body);
        assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
        answer
    }

    fn start_new(password: Option<&str>) -> Self {
        let server = started(|| {
            let [http, transport] = free_ports();
            let secured = password.map(|password| {
                let folder = tempfile::tempdir().expect("a folder");
                certificates::make(folder.path());
                Secured { password: password.to_owned(), folder }
            });
            let scheme = if secured.is_some() { "https" } else { "http" };
            let url = format!("{scheme}://127.0.0.1:{http}");
            let server = Self { url, started: Some(Ports { http, transport }), secured };
            let output = server.script("elasticsearch-up.sh").output().expect("bash runs");
            (server, output)
        });
        if server.secured.is_none() {
            server.wait_until_ready();
        }
        server
    }

    fn wait_until_ready(&self) {
        let deadline = Instant::now() + READY_WITHIN;
        loop {
            let health = format!("{}/_cluster/health?wait_for_status=yellow&timeout=5s", self.url);
            match http::get(&health) {
                Ok(answer) if answer.status == 200 => return,
                answer => assert!(Instant::now() < deadline, "{health}: {answer:?}"),
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn script(&self, script: &str) -> Command {
        let ports = self.started.expect("only a server of this process can be stopped");
        let mut command = Command::new("bash");
        command
            .arg(services().join(script))
            .env("ES_PORT", ports.http.to_string())
            .env("ES_TRANSPORT_PORT", ports.transport.to_string())
            .env("ES_OWNER", std::process::id().to_string())
            .stdin(Stdio::null());
        if let Some(Secured { password, folder }) = &self.secured {
            command.env("ES_PASSWORD", password).env("ES_CERTIFICATES", folder.path());
        }
        command
    }
}

impl Drop for Elasticsearch {
    fn drop(&mut self) {
        if self.started.is_some() {
            // If this fails, the server's watcher stops it once this process has ended.
            let _ = self.script("elasticsearch-down.sh").env("WIPE", "1").output();
        }
    }
}

/// Returns a unique projection name, even among other processes that use the same server.
pub fn unique_projection(prefix: &str) -> String {
    unique(prefix)
}
