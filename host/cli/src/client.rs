//! A client of a host's HTTP API.

use std::io::{BufRead as _, BufReader, Read as _};
use std::time::Duration;

use foldline_core::position::Position;
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{self, HeaderValue};
use hyper::{Method, Request as HttpRequest, StatusCode};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::DeserializeOwned;

use super::address::Address;
use super::http::{Answer, Failure, Http};
use foldline_api::{PartlyAppended, Problem};
use foldline_base::error::{Error, ErrorKind, Result, ResultExt as _};
use foldline_base::partly::Partly;
use foldline_base::secret::Secret;

/// 60 s: an append waits for a disk sync, a fingerprint for a scan of the state.
const CALL_TIMEOUT: Duration = Duration::from_secs(60);

/// 256 MiB: a page of 1,000 documents of the largest size that a module may write.
const ANSWER_BYTES_MAX: usize = 256 << 20;

/// 16 MiB: the list of which of a million lines are in the log can be that long; nothing else is.
const PROBLEM_BYTES_MAX: u64 = 16 << 20;

/// Characters that need no escape in a path segment (RFC 3986, unreserved).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

const USER_AGENT: &str = concat!("foldline/", env!("CARGO_PKG_VERSION"));

const NO_HOST: &str = "is it a foldline host of the same version?";

/// A host's API.
pub(super) struct Client {
    http: Http,
    host: Address,
    token: Option<Secret>,
}

/// A path below `/api/v1`, as segments, with its query.
pub(super) struct Request<'a> {
    path: &'a [&'a str],
    query: Vec<(&'a str, String)>,
    patience: Duration,
}

impl<'a> Request<'a> {
    /// Returns a request for a path; the segments are percent-encoded.
    pub(super) fn to(path: &'a [&'a str]) -> Self {
        Self { path, query: Vec::new(), patience: Duration::ZERO }
    }

    /// Adds a parameter.
    pub(super) fn query(mut self, key: &'a str, value: impl ToString) -> Self {
        self.query.push((key, value.to_string()));
        self
    }

    /// Adds a parameter, if there is a value.
    pub(super) fn query_some(self, key: &'a str, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.query(key, value),
            None => self,
        }
    }

    /// Adds a flag parameter if `yes` is true.
    pub(super) fn query_if(self, key: &'a str, yes: bool) -> Self {
        self.query_some(key, yes.then_some(true))
    }

    /// Sets how long the host may wait before it answers, in addition to the usual duration of a call.
    pub(super) fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }
}

impl Client {
    /// Returns a client of the host at `host`, without connecting yet.
    ///
    /// # Errors
    /// `Unavailable` when the system has no more threads or file descriptors.
    pub(super) fn new(host: Address, token: Option<Secret>) -> Result<Self> {
        let token = token.filter(|token| !token.expose().is_empty());
        let http = Http::to(&host).kind(ErrorKind::Unavailable, "preparing requests")?;
        Ok(Self { http, host, token })
    }

    /// Gets a JSON answer.
    ///
    /// # Errors
    /// `Unavailable` when no host answers, `TimedOut` when it takes too long, else the host's error.
    pub(super) fn get<T: DeserializeOwned>(&self, request: Request<'_>) -> Result<T> {
        let bytes = self.get_bytes(request)?;
        self.parse(&bytes)
    }

    /// Gets an answer as bytes.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub(super) fn get_bytes(&self, request: Request<'_>) -> Result<Vec<u8>> {
        let answer = self.call(request)?;
        self.body(answer)
    }

    /// Gets an answer as bytes, and the position that it shows.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub(super) fn get_at_position(&self, request: Request<'_>) -> Result<(Vec<u8>, Position)> {
        let answer = self.call(request)?;
        let header = answer.headers().get("foldline-position").and_then(|position| position.to_str().ok());
        let position = header.and_then(|position| position.parse().ok());
        let bytes = self.body(answer)?;
        let position = position.ok_or_else(|| {
            let message = format!("`{}` answered without a Foldline-Position", self.host);
            Error::new(ErrorKind::Unavailable, message).with_hint(NO_HOST)
        })?;
        Ok((bytes, position))
    }

    /// Gets an answer of JSON lines, and passes on each line as it arrives.
    ///
    /// # Errors
    /// As [`Client::get`]; also `Unavailable` when the answer breaks off.
    pub(super) fn get_lines<T: DeserializeOwned>(
        &self,
        request: Request<'_>,
        mut line: impl FnMut(T) -> Result<()>,
    ) -> Result<()> {
        let answer = self.call(request)?;
        if !answer.status().is_success() {
            return Err(self.refusal(answer));
        }
        for text in BufReader::new(answer).lines() {
            let text = text.map_err(|error| {
                let message = format!("the answer of `{}` ended early: {error}", self.host);
                Error::new(ErrorKind::Unavailable, message)
            })?;
            line(self.parse(text.as_bytes())?)?;
        }
        Ok(())
    }

    /// Returns the error that a host's problem describes.
    pub(super) fn refused(&self, problem: Problem) -> Error {
        let kind = StatusCode::from_u16(problem.status).map_or(ErrorKind::Unavailable, kind_of);
        let reached = problem.position.map(|position| format!(" (reached {position})")).unwrap_or_default();
        let mut error = Error::new(kind, format!("{}{reached}", problem.detail));
        match problem.partly {
            Some(partly) => error = error.with_partly(of_lines(partly)),
            // The host failed and does not say which lines are in the log.
            None if problem.status == StatusCode::INTERNAL_SERVER_ERROR => {
                error = error.with_partly(Partly::undecided());
            }
            None => {}
        }
        match problem.hint {
            Some(hint) => error.with_hint(hint),
            None => error,
        }
    }

    fn call(&self, request: Request<'_>) -> Result<Answer<'_>> {
        self.send(Method::GET, &request, None)
    }

    /// Posts a body and returns the JSON answer.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub(super) fn post<T: DeserializeOwned>(
        &self,
        request: Request<'_>,
        content_type: &str,
        body: &[u8],
    ) -> Result<T> {
        let answer = self.send(Method::POST, &request, Some((content_type, body)))?;
        let bytes = self.body(answer)?;
        self.parse(&bytes)
    }

    /// Sends a request, with a body and its content type if there is one.
    fn send(&self, method: Method, request: &Request<'_>, body: Option<(&str, &[u8])>) -> Result<Answer<'_>> {
        let mut head = HttpRequest::builder()
            .method(method)
            .uri(self.url(request))
            .header(header::USER_AGENT, USER_AGENT);
        if let Some(token) = &self.token {
            let bearer = HeaderValue::try_from(format!("Bearer {}", token.expose())).map_err(|_| {
                Error::new(
                    ErrorKind::Usage,
                    "the token cannot be sent: HTTP does not allow a character in it",
                )
                .with_hint(
                    "is there a line break at the end of FOLDLINE_TOKEN, or of `token` in foldline.toml?",
                )
            })?;
            head = head.header(header::AUTHORIZATION, bearer);
        }
        if let Some((content_type, bytes)) = body {
            head =
                head.header(header::CONTENT_TYPE, content_type).header(header::CONTENT_LENGTH, bytes.len());
        }
        let bytes = body.map(|(_, bytes)| Bytes::copy_from_slice(bytes)).unwrap_or_default();
        let sent = head.body(Full::new(bytes)).map_err(|error| {
            Error::new(ErrorKind::Usage, format!("the request to `{}` cannot be written: {error}", self.host))
        })?;
        let timeout = CALL_TIMEOUT + request.patience;
        self.http.send(sent, timeout).map_err(|failure| self.unanswered(failure, timeout))
    }

    fn url(&self, request: &Request<'_>) -> String {
        let mut url = format!("{}/api/v1", self.host.url());
        for segment in request.path {
            url.push('/');
            url.extend(utf8_percent_encode(segment, SEGMENT));
        }
        for (at, (key, value)) in request.query.iter().enumerate() {
            url.push(if at == 0 { '?' } else { '&' });
            url.push_str(key);
            url.push('=');
            url.extend(utf8_percent_encode(value, SEGMENT));
        }
        url
    }

    fn body(&self, answer: Answer<'_>) -> Result<Vec<u8>> {
        if !answer.status().is_success() {
            return Err(self.refusal(answer));
        }
        let timeout = answer.within();
        answer.bytes(ANSWER_BYTES_MAX).map_err(|failure| self.unanswered(failure, timeout))
    }

    /// Reads a JSON answer.
    ///
    /// # Errors
    /// `Unavailable` for an answer that does not parse.
    pub(super) fn parse<T: DeserializeOwned>(&self, bytes: &[u8]) -> Result<T> {
        serde_json::from_slice(bytes).map_err(|error| {
            let message = format!("cannot understand the answer of `{}`: {error}", self.host);
            Error::new(ErrorKind::Unavailable, message).with_hint(NO_HOST)
        })
    }

    /// Turns a refusal into an error of the kind that its status means.
    fn refusal(&self, answer: Answer<'_>) -> Error {
        let status = answer.status();
        let mut bytes = Vec::new();
        // A partly read body is good enough: the status alone says enough.
        let _ = answer.take(PROBLEM_BYTES_MAX).read_to_end(&mut bytes);
        let kind = kind_of(status);
        let Ok(problem) = serde_json::from_slice::<Problem>(&bytes) else {
            let text = String::from_utf8_lossy(&bytes);
            let text: String = text.chars().filter(|c| !c.is_control()).take(200).collect();
            let error = Error::new(kind, format!("`{}` answered {status}: {text}", self.host));
            // The answer of a proxy in between, which may have lost the host's own answer.
            return if status.is_server_error() { error.with_partly(Partly::undecided()) } else { error };
        };
        match self.refused(Problem { status: status.as_u16(), ..problem }) {
            error if error.hint().is_none() && status == StatusCode::UNAUTHORIZED => {
                error.with_hint("set FOLDLINE_TOKEN")
            }
            error => error,
        }
    }

    /// Returns the error that no answer came. The request may have been carried out, unless no connection was established.
    fn unanswered(&self, failure: Failure, timeout: Duration) -> Error {
        let was_sent = !matches!(failure, Failure::Unconnected(_));
        let error = match failure {
            Failure::TimedOut => {
                let seconds = timeout.as_secs();
                Error::new(ErrorKind::TimedOut, format!("no answer from `{}` within {seconds} s", self.host))
            }
            Failure::Unconnected(why) => {
                Error::new(ErrorKind::Unavailable, format!("cannot reach a host at `{}`: {why}", self.host))
                    .with_hint("start one with `foldline run`, or name another with --host")
            }
            Failure::Broken(why) => {
                Error::new(ErrorKind::Unavailable, format!("no whole answer from `{}`: {why}", self.host))
                    .with_hint("is the host still running? its log says more")
            }
        };
        if was_sent { error.with_partly(Partly::undecided()) } else { error }
    }
}

/// Converts line numbers, which count from 1, to indexes from 0.
fn of_lines(partly: PartlyAppended) -> Partly {
    let PartlyAppended { appended: written, token, missing, unknown } = partly;
    let ranges =
        |lines: Vec<[u64; 2]>| lines.into_iter().map(|[first, last]| first.saturating_sub(1)..last).collect();
    Partly { written, token, missing: ranges(missing), unknown: ranges(unknown) }
}

/// Returns the error kind of a status: what an operator should do about it.
fn kind_of(status: StatusCode) -> ErrorKind {
    match status.as_u16() {
        401 | 403 => ErrorKind::Config,
        404 => ErrorKind::NotFound,
        409 => ErrorKind::Refused,
        408 | 504 => ErrorKind::TimedOut,
        429 | 500.. => ErrorKind::Unavailable,
        _ => ErrorKind::Data,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::{FakeHost, problem};

    #[test]
    fn segments_and_queries_are_percent_encoded() {
        let client = Client::new(Address::parse("http://h:1/").unwrap(), None).unwrap();
        let request = Request::to(&["projections", "p", "documents", "a/b c?ä"])
            .query("where", "f:x&y")
            .query_some("cursor", None::<&str>)
            .query("limit", 5);
        assert_eq!(
            client.url(&request),
            "http://h:1/api/v1/projections/p/documents/a%2Fb%20c%3F%C3%A4?where=f%3Ax%26y&limit=5"
        );
    }

    #[test]
    fn a_host_that_is_not_there_is_unavailable_and_the_hint_says_how_to_start_one() {
        // Bound and dropped: a port on which certainly nothing listens.
        let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let client = Client::new(Address::Url(format!("http://{address}")), None).unwrap();
        let error = client.get::<()>(Request::to(&["status"])).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert!(
            error.message().starts_with(&format!("cannot reach a host at `http://{address}`")),
            "{error}"
        );
        assert!(error.hint().unwrap().contains("foldline run"));
    }

    #[test]
    fn a_refusal_keeps_the_hosts_words_and_gets_the_kind_of_its_status() {
        for (status, kind) in [
            (400, ErrorKind::Data),
            (401, ErrorKind::Config),
            (404, ErrorKind::NotFound),
            (413, ErrorKind::Data),
            (503, ErrorKind::Unavailable),
            (504, ErrorKind::TimedOut),
        ] {
            let host = FakeHost::start(move |_| problem(status, "it is wrong", Some("do it right")));
            let error = host.client().get::<()>(Request::to(&["status"])).unwrap_err();
            assert_eq!(
                (error.kind(), error.message(), error.hint()),
                (kind, "it is wrong", Some("do it right"))
            );
        }
    }

    #[test]
    fn a_token_with_a_line_break_is_named_as_what_cannot_be_sent() {
        let client = Client::new(Address::parse("http://h:1").unwrap(), Some("s3cret\n".into())).unwrap();
        let error = client.get::<()>(Request::to(&["status"])).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
        assert!(error.message().starts_with("the token cannot be sent"), "{error}");
        assert!(error.hint().unwrap().contains("FOLDLINE_TOKEN"), "{error}");
    }

    #[test]
    fn the_token_goes_with_every_request() {
        let host = FakeHost::start(|_| (200, "{}".to_owned()));
        let client = Client::new(Address::Url(host.url()), Some("s3cret".into())).unwrap();
        let _: serde_json::Value = client.get(Request::to(&["status"])).unwrap();
        let _: serde_json::Value = client.post(Request::to(&["x"]), "text/plain", b"y").unwrap();
        for request in host.requests() {
            assert_eq!(request.token.as_deref(), Some("Bearer s3cret"));
        }
    }

    #[test]
    fn what_is_no_foldline_host_is_said_so() {
        let host = FakeHost::start(|_| (200, "<html>".to_owned()));
        let error = host.client().get::<foldline_api::Status>(Request::to(&["status"])).unwrap_err();
        assert!(error.message().contains("cannot understand the answer"), "{error}");
        let host = FakeHost::start(|_| (502, "<html>bad gateway".to_owned()));
        let error = host.client().get::<foldline_api::Status>(Request::to(&["status"])).unwrap_err();
        assert!(error.message().contains("answered 502 Bad Gateway: <html>bad gateway"), "{error}");
    }
}
