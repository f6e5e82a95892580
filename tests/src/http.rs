//! Requests to servers. Error statuses count as answers, redirects are not followed, and proxies of the environment are ignored.

use std::sync::LazyLock;

use reqwest::Method;
use reqwest::blocking::{Client, ClientBuilder, RequestBuilder, Response};
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::redirect::Policy;
use serde_json::Value;

pub use reqwest::{Error, blocking::Body};

/// Record lines.
pub const LINES: &str = "application/x-ndjson";
/// Values of records, one per line.
pub const VALUES: &str = "application/octet-stream";

/// A client that keeps its connections open for further requests.
pub struct Http(Client);

/// An answer that was read completely.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: String,
    headers: HeaderMap,
}

/// Gets an answer over a new connection.
///
/// # Errors
/// Fails when no complete answer comes.
pub fn get(url: &str) -> Result<Answer, Error> {
    alone().get(url)
}

/// Posts to a URL over a new connection.
///
/// # Errors
/// As [`get`].
pub fn post(url: &str, content_type: &str, body: impl Into<Body>) -> Result<Answer, Error> {
    alone().post(url, content_type, body)
}

/// Sends JSON, possibly empty, over a new connection.
///
/// # Errors
/// As [`get`].
pub fn json(method: &str, url: &str, body: impl Into<Body>) -> Result<Answer, Error> {
    alone().json(method, url, body)
}

/// Appends record lines to a topic of the host at `host`, over a new connection.
///
/// # Errors
/// As [`get`].
pub fn append(host: &str, topic: &str, lines: impl Into<Body>) -> Result<Answer, Error> {
    post(&records(host, topic), LINES, lines)
}

/// Returns the URL to append and read records of a topic.
pub fn records(host: &str, topic: &str) -> String {
    format!("{host}/api/v1/topics/{topic}/records")
}

fn alone() -> &'static Http {
    // No connection is kept: between two requests, a host may be killed and another one started in its place.
    static ALONE: LazyLock<Http> = LazyLock::new(|| Http::of(Client::builder().pool_max_idle_per_host(0)));
    &ALONE
}

impl Default for Http {
    fn default() -> Self {
        Self::of(Client::builder())
    }
}

impl Http {
    fn of(client: ClientBuilder) -> Self {
        // Callers that wait for a condition have their own time limit.
        let client = client.timeout(None).redirect(Policy::none()).no_proxy();
        Self(client.build().expect("the system has a thread left"))
    }

    /// Gets an answer.
    ///
    /// # Errors
    /// Fails when no complete answer comes.
    pub fn get(&self, url: &str) -> Result<Answer, Error> {
        Answer::to(self.0.get(url))
    }

    /// Gets an answer; encodes the parameters.
    ///
    /// # Errors
    /// As [`Http::get`].
    pub fn query(&self, url: &str, parameters: &[(&str, &str)]) -> Result<Answer, Error> {
        Answer::to(self.0.get(url).query(parameters))
    }

    /// Posts a body.
    ///
    /// # Errors
    /// As [`Http::get`].
    pub fn post(&self, url: &str, content_type: &str, body: impl Into<Body>) -> Result<Answer, Error> {
        Answer::to(self.0.post(url).header(CONTENT_TYPE, content_type).body(body))
    }

    /// Sends JSON, possibly empty.
    ///
    /// # Errors
    /// As [`Http::get`].
    ///
    /// # Panics
    /// Panics for an invalid method.
    pub fn json(&self, method: &str, url: &str, body: impl Into<Body>) -> Result<Answer, Error> {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        Answer::to(self.0.request(method, url).header(CONTENT_TYPE, "application/json").body(body))
    }
}

impl Answer {
    fn to(request: RequestBuilder) -> Result<Self, Error> {
        let response: Response = request.send()?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(Self { status, headers, body: response.text()? })
    }

    /// Returns whether the status is a success.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Returns the answer, which must be a success.
    ///
    /// # Panics
    /// Panics when it is not.
    #[track_caller]
    pub fn accepted(self) -> Self {
        assert!(self.is_success(), "{} {}", self.status, self.body);
        self
    }

    /// Returns a header; empty if it is missing.
    ///
    /// # Panics
    /// Panics when it is not text.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("a text"))
    }

    /// Reads the body as JSON.
    ///
    /// # Panics
    /// Panics when it is not JSON.
    #[track_caller]
    pub fn value(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}
