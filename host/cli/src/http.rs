//! Blocking HTTP requests to one host.
//!
//! Built on hyper itself. reqwest, which fetches Kafka's tokens, does not let its connections be replaced, and loses answers that
//! come early (see `stream`).
//! answers that come early (see `stream`).

use std::error::Error;
use std::fmt::{self, Display};
use std::io::{self, Read};
use std::time::{Duration, Instant};

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::{HeaderMap, Request, Response, StatusCode};
use hyper_util::client::legacy::{Client, Error as SendError};
use hyper_util::rt::TokioExecutor;
use tokio::runtime::Runtime;

use super::address::Address;
use super::stream::Connector;
use foldline_base::error::innermost_cause;

/// 15 s: less than the default time after which a host closes an idle connection.
const IDLE_MAX: Duration = Duration::from_secs(15);

/// Turns of the runtime: one to poll the system, one for the connection, one to be sure.
const SEEN_AFTER: usize = 3;

/// Sends requests, and keeps the connection for the next one.
pub(super) struct Http {
    client: Client<Connector, Full<Bytes>>,
    /// `None` only while this is dropped.
    runtime: Option<Runtime>,
}

/// The head of an answer, and its body to read.
pub(super) struct Answer<'a> {
    response: Response<Incoming>,
    /// Bytes of the body that have arrived and are not read yet.
    bytes: Bytes,
    /// The time limit of the whole answer, as a duration and as a deadline.
    within: Duration,
    deadline: Instant,
    runtime: &'a Runtime,
}

/// Why an answer is missing or incomplete.
#[derive(Debug)]
pub(super) enum Failure {
    /// No connection was established, so nothing was sent.
    Unconnected(String),
    /// The connection broke off.
    Broken(String),
    /// The time limit was reached.
    TimedOut,
}

impl Http {
    /// Returns a sender of requests to `address`, without connecting yet.
    ///
    /// # Errors
    /// An error of the system when it has no more threads or file descriptors.
    pub(super) fn to(address: &Address) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let client = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(IDLE_MAX)
            .pool_max_idle_per_host(1)
            .build(Connector::to(address));
        Ok(Self { client, runtime: Some(runtime) })
    }

    /// Sends a request and waits for the head of the answer. `within` limits the whole answer.
    ///
    /// # Errors
    /// See [`Failure`]; an error status counts as an answer.
    pub(super) fn send(
        &self,
        request: Request<Full<Bytes>>,
        within: Duration,
    ) -> Result<Answer<'_>, Failure> {
        let runtime = self.runtime.as_ref().expect("there is one until this is dropped");
        let deadline = Instant::now() + within;
        let sent = runtime.block_on(async {
            // Nothing ran since the last call. First poll the system for what happened, then let the connection react: a
            // connection that the host has closed is not used again.
            for _ in 0..SEEN_AFTER {
                tokio::task::yield_now().await;
            }
            tokio::time::timeout_at(deadline.into(), self.client.request(request)).await
        });
        let response = sent.map_err(|_| Failure::TimedOut)?.map_err(|error| Failure::of(&error))?;
        Ok(Answer { response, bytes: Bytes::new(), within, deadline, runtime })
    }
}

impl Drop for Http {
    fn drop(&mut self) {
        // Does not wait for a pending name lookup.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Answer<'_> {
    pub(super) fn status(&self) -> StatusCode {
        self.response.status()
    }

    pub(super) fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// Returns the time limit of the whole answer.
    pub(super) fn within(&self) -> Duration {
        self.within
    }

    /// Returns the whole body.
    ///
    /// # Errors
    /// See [`Failure`]; `Broken` for a body longer than `bytes_max`.
    pub(super) fn bytes(mut self, bytes_max: usize) -> Result<Vec<u8>, Failure> {
        let mut bytes = Vec::new();
        while let Some(next) = self.next()? {
            if bytes.len() + next.len() > bytes_max {
                return Err(Failure::Broken(format!("its answer is longer than {bytes_max} bytes")));
            }
            bytes.extend_from_slice(&next);
        }
        Ok(bytes)
    }

    /// Waits for the next bytes of the body; `None` at its end.
    fn next(&mut self) -> Result<Option<Bytes>, Failure> {
        loop {
            let frame = self.runtime.block_on(async {
                tokio::time::timeout_at(self.deadline.into(), self.response.body_mut().frame()).await
            });
            match frame.map_err(|_| Failure::TimedOut)? {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(bytes) if !bytes.is_empty() => return Ok(Some(bytes)),
                    _ => {}
                },
                Some(Err(error)) => return Err(Failure::Broken(innermost_cause(&error))),
                None => return Ok(None),
            }
        }
    }
}

impl Read for Answer<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.bytes.is_empty() {
            self.bytes = self.next().map_err(io::Error::other)?.unwrap_or_default();
        }
        let taken = self.bytes.split_to(self.bytes.len().min(buffer.len()));
        buffer[..taken.len()].copy_from_slice(&taken);
        Ok(taken.len())
    }
}

impl Failure {
    fn of(error: &SendError) -> Self {
        match error.is_connect() {
            true => Self::Unconnected(innermost_cause(error)),
            false => Self::Broken(innermost_cause(error)),
        }
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unconnected(why) | Self::Broken(why) => f.write_str(why),
            Self::TimedOut => f.write_str("it takes too long"),
        }
    }
}

impl Error for Failure {}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::net::TcpListener;
    use std::os::unix::net::UnixListener;

    use super::*;

    /// The answer of a host that has no room for another connection.
    const REFUSAL: &[u8] =
        b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 4\r\n\r\nfull";

    fn post(http: &Http, address: &Address, bytes: usize) -> (StatusCode, Vec<u8>) {
        let request = Request::post(format!("{}/x", address.url()));
        let request = request.body(Full::new(vec![b'x'; bytes].into())).unwrap();
        let answer = http.send(request, Duration::from_secs(60)).unwrap();
        (answer.status(), answer.bytes(100).unwrap())
    }

    /// Checks that each of many requests gets the refusal, whether it came before the request was written or in the middle of it.
    fn check_refused(address: &Address) {
        for attempt in 0..300 {
            let http = Http::to(address).unwrap();
            let bytes = [0, 1, 1 << 20][attempt % 3];
            assert_eq!(post(&http, address, bytes), (StatusCode::SERVICE_UNAVAILABLE, b"full".to_vec()));
        }
    }

    #[test]
    fn a_host_that_refuses_before_it_reads_is_heard() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s");
        let listener = UnixListener::bind(&path).unwrap();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let _ = stream.unwrap().write_all(REFUSAL);
            }
        });
        check_refused(&Address::Socket(path));
    }

    #[test]
    fn a_host_at_an_address_that_refuses_before_it_reads_is_heard() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = Address::Url(format!("http://{}", listener.local_addr().unwrap()));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let _ = stream.unwrap().write_all(REFUSAL);
            }
        });
        check_refused(&address);
    }

    #[test]
    fn an_answer_that_is_longer_than_it_may_be_is_not_read() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = Address::Url(format!("http://{}", listener.local_addr().unwrap()));
        std::thread::spawn(move || listener.accept().unwrap().0.write_all(REFUSAL));
        let http = Http::to(&address).unwrap();
        let request = Request::get(address.url()).body(Full::default()).unwrap();
        let answer = http.send(request, Duration::from_secs(60)).unwrap();
        assert!(matches!(answer.bytes(3), Err(Failure::Broken(why)) if why.contains("3 bytes")));
    }

    #[test]
    fn a_host_that_says_nothing_is_not_waited_for_longer_than_said() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = Address::Url(format!("http://{}", listener.local_addr().unwrap()));
        let http = Http::to(&address).unwrap();
        let request = Request::get(address.url()).body(Full::default()).unwrap();
        let answer = http.send(request, Duration::from_millis(50));
        assert!(matches!(answer, Err(Failure::TimedOut)));
    }

    #[test]
    fn requests_one_after_the_other_share_a_connection_and_one_that_was_closed_is_replaced() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = Address::Url(format!("http://{}", listener.local_addr().unwrap()));
        let (closed, is_closed) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                // Two requests per connection.
                for _ in 0..2 {
                    let mut head = Vec::new();
                    while !head.ends_with(b"\r\n\r\n") {
                        let mut byte = [0];
                        stream.read_exact(&mut byte).unwrap();
                        head.push(byte[0]);
                    }
                    let number = stream.peer_addr().unwrap().port().to_string();
                    write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{number}", number.len())
                        .unwrap();
                }
                drop(stream);
                closed.send(()).unwrap();
            }
        });
        let http = Http::to(&address).unwrap();
        let mut ports = Vec::new();
        for _ in 0..20 {
            for _ in 0..2 {
                ports.push(post(&http, &address, 0).1);
            }
            is_closed.recv().unwrap();
        }
        let (pairs, _) = ports.as_chunks::<2>();
        assert!(pairs.iter().all(|[first, second]| first == second), "{ports:?}");
        assert!(pairs.windows(2).all(|pairs| pairs[0] != pairs[1]), "{ports:?}");
    }
}
