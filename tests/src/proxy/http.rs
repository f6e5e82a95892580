//! A proxy between a client of Elasticsearch and the server that falsifies answers on purpose.
//!
//! It opens one connection to the server per request, and holds whole bodies in memory. Random numbers come from a seed.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use serde_json::{Value, json};

use super::entrance::Entrance;

/// A client that is silent for this long counts as gone.
const SILENT_MAX: Duration = Duration::from_secs(120);

/// How often a stalled request checks whether it may continue.
const STALL_CHECK: Duration = Duration::from_millis(5);

/// The faults to inject. Shares are from 0 to 1.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// Only requests whose path contains this text are affected.
    pub only: &'static str,
    /// The share of requests that are not executed and get an HTML page with this status as answer.
    pub page: Option<(u16, f64)>,
    /// The shares of items in bulk requests that are not executed and get this status as answer.
    pub items: Vec<(u16, f64)>,
    /// The share of answers whose body ends early, although its length says otherwise.
    pub cut: f64,
    /// The share of bulk requests whose last item is neither executed nor answered.
    pub miscount: f64,
    /// The share of requests that are executed without the answer ever arriving.
    pub drop_reply: f64,
    /// Longer requests get a 413.
    pub body_bytes_max: Option<usize>,
    /// Requests are kept for [`HttpProxy::deliver_held`], and their connections are closed.
    pub hold: bool,
    /// Requests wait, neither answered nor executed, until the faults change.
    pub stall: bool,
}

/// A running proxy. Dropping it ends it.
pub struct HttpProxy {
    entrance: Entrance,
    shared: Arc<Shared>,
}

struct Shared {
    upstream: String,
    faults: Mutex<Faults>,
    rng: Mutex<u64>,
    held: Mutex<Vec<Request>>,
    seen: Mutex<Seen>,
    ended: AtomicBool,
}

/// The traffic so far.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Requests of any kind.
    pub requests: u64,
    /// The longest body.
    pub body_bytes_max: usize,
    /// The last `Authorization` header.
    pub authorization: Option<String>,
}

#[derive(Clone)]
struct Request {
    line: String,
    headers: Vec<String>,
    body: Vec<u8>,
}

struct Answer {
    status: u16,
    body: Vec<u8>,
    kind: &'static str,
}

impl HttpProxy {
    /// Starts a proxy in front of the server at `HOST:PORT`, without faults.
    ///
    /// # Panics
    /// Panics when no port is free.
    pub fn start(upstream: &str, seed: u64) -> Self {
        let shared = Arc::new(Shared {
            upstream: upstream.to_owned(),
            faults: Mutex::default(),
            rng: Mutex::new(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1),
            held: Mutex::default(),
            seen: Mutex::default(),
            ended: AtomicBool::new(false),
        });
        let accepting = Arc::clone(&shared);
        let entrance = Entrance::open(move |client| {
            let shared = Arc::clone(&accepting);
            std::thread::spawn(move || {
                // A client that disconnects during a request is no error of the proxy.
                let _ = shared.serve(&client);
            });
        });
        Self { entrance, shared }
    }

    /// Returns `http://HOST:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.entrance.address())
    }

    /// Sets the faults from now on.
    pub fn set(&self, faults: Faults) {
        *locked(&self.shared.faults) = faults;
    }

    /// Returns the traffic so far.
    pub fn seen(&self) -> Seen {
        locked(&self.shared.seen).clone()
    }

    /// Sends the held requests to the server, in order. Returns the answers.
    ///
    /// # Panics
    /// Panics when the server does not answer with JSON.
    pub fn deliver_held(&self) -> Vec<Value> {
        let held = std::mem::take(&mut *locked(&self.shared.held));
        let deliver = |request: Request| {
            let answer = self.shared.forward(&request).expect("the server answers");
            serde_json::from_slice(&answer.body).expect("the answer is JSON")
        };
        held.into_iter().map(deliver).collect()
    }
}

impl Drop for HttpProxy {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::Release);
    }
}

impl Shared {
    fn serve(&self, client: &TcpStream) -> io::Result<()> {
        client.set_read_timeout(Some(SILENT_MAX))?;
        let mut reader = BufReader::new(client);
        while let Some(request) = read_request(&mut reader)? {
            self.note(&request);
            let faults = locked(&self.faults).clone();
            let faults = if request.line.contains(faults.only) { faults } else { Faults::default() };
            while faults.stall && locked(&self.faults).stall && !self.ended.load(Ordering::Acquire) {
                std::thread::sleep(STALL_CHECK);
            }
            let Some(answer) = self.answer(request, &faults)? else { return Ok(()) };
            let cut = self.happens(faults.cut);
            let sent = if cut { &answer.body[..answer.body.len() / 2] } else { &answer.body };
            let mut writer = client;
            write!(
                writer,
                "HTTP/1.1 {} X\r\ncontent-type: {}\r\ncontent-length: {}\r\n\r\n",
                answer.status,
                answer.kind,
                // Half of the cut answers are complete as far as HTTP can tell.
                if cut && self.happens(0.5) { sent.len() } else { answer.body.len() }
            )?;
            writer.write_all(sent)?;
            if cut {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Returns the answer for the client; `None` = it never gets one.
    fn answer(&self, request: Request, faults: &Faults) -> io::Result<Option<Answer>> {
        if faults.hold {
            locked(&self.held).push(request);
            return Ok(None);
        }
        if let Some((status, share)) = faults.page
            && self.happens(share)
        {
            let body = format!("<html><body><h1>{status}</h1></body></html>").into_bytes();
            return Ok(Some(Answer { status, body, kind: "text/html" }));
        }
        if faults.body_bytes_max.is_some_and(|most| request.body.len() > most) {
            return Ok(Some(Answer { status: 413, body: Vec::new(), kind: "text/plain" }));
        }
        let is_bulk = request.line.contains("/_bulk");
        let answer = if is_bulk && self.happens(faults.miscount) {
            self.forward_short(&request)?
        } else if is_bulk && !faults.items.is_empty() {
            self.forward_some(&request, &faults.items)?
        } else {
            self.forward(&request)?
        };
        Ok((!self.happens(faults.drop_reply)).then_some(answer))
    }

    /// Executes a bulk request without the items that should fail.
    fn forward_some(&self, request: &Request, failing: &[(u16, f64)]) -> io::Result<Answer> {
        let lines: Vec<&[u8]> = request.body.split_inclusive(|byte| *byte == b'\n').collect();
        let mut passed = Request { body: Vec::new(), ..request.clone() };
        let mut verdicts = Vec::new();
        for item in lines.chunks(2) {
            let verdict = failing.iter().find(|(_, share)| self.happens(*share)).map(|(status, _)| *status);
            if verdict.is_none() {
                passed.body.extend(item.concat());
            }
            verdicts.push(verdict);
        }
        let mut answer = Answer { status: 200, body: br#"{"items":[]}"#.to_vec(), kind: "application/json" };
        if !passed.body.is_empty() {
            answer = self.forward(&passed)?;
        }
        let mut body: Value = serde_json::from_slice(&answer.body)?;
        let Some(items) = body["items"].as_array() else { return Ok(answer) };
        let mut executed = items.iter();
        let item = |verdict: &Option<u16>| match verdict {
            Some(status) => item_error(*status),
            None => executed.next().cloned().unwrap_or_default(),
        };
        body["items"] = verdicts.iter().map(item).collect();
        body["errors"] = true.into();
        answer.body = body.to_string().into_bytes();
        Ok(answer)
    }

    /// Executes a bulk request without its last item, and omits that item from the answer.
    fn forward_short(&self, request: &Request) -> io::Result<Answer> {
        let lines: Vec<&[u8]> = request.body.split_inclusive(|byte| *byte == b'\n').collect();
        let body = lines[..lines.len().saturating_sub(2)].concat();
        if body.is_empty() {
            let body = br#"{"items":[]}"#.to_vec();
            return Ok(Answer { status: 200, body, kind: "application/json" });
        }
        self.forward(&Request { body, ..request.clone() })
    }

    fn forward(&self, request: &Request) -> io::Result<Answer> {
        let mut server = TcpStream::connect(&self.upstream)?;
        server.set_read_timeout(Some(SILENT_MAX))?;
        server.set_nodelay(true)?;
        let mut head = request.line.clone();
        for header in &request.headers {
            head.push_str(header);
        }
        head.push_str(&format!("connection: close\r\ncontent-length: {}\r\n\r\n", request.body.len()));
        server.write_all(head.as_bytes())?;
        server.write_all(&request.body)?;
        let mut reader = BufReader::new(server);
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.ok_or_else(|| io::Error::other(format!("`{line}` is no answer")))?;
        let (headers, length) = read_headers(&mut reader)?;
        let is_chunked = headers
            .iter()
            .any(|header| header.to_ascii_lowercase().starts_with("transfer-encoding: chunked"));
        let mut body = vec![0; length.unwrap_or(0)];
        if is_chunked {
            body = read_chunks(&mut reader)?;
        } else {
            reader.read_exact(&mut body)?;
        }
        Ok(Answer { status, body, kind: "application/json" })
    }

    fn note(&self, request: &Request) {
        let mut seen = locked(&self.seen);
        seen.requests += 1;
        seen.body_bytes_max = seen.body_bytes_max.max(request.body.len());
        let authorization =
            request.headers.iter().find(|header| header.to_ascii_lowercase().starts_with("authorization:"));
        if let Some(header) = authorization {
            seen.authorization = header.split_once(':').map(|(_, value)| value.trim().to_owned());
        }
    }

    fn happens(&self, share: f64) -> bool {
        if share <= 0.0 {
            return false;
        }
        let mut rng = locked(&self.rng);
        *rng ^= *rng << 13;
        *rng ^= *rng >> 7;
        *rng ^= *rng << 17;
        ((*rng % 1_000_000) as f64) < share * 1_000_000.0
    }
}

fn item_error(status: u16) -> Value {
    let kind = match status {
        400 => "document_parsing_exception",
        404 => "index_not_found_exception",
        409 => "version_conflict_engine_exception",
        429 => "es_rejected_execution_exception",
        _ => "unavailable_shards_exception",
    };
    json!({"index": {"status": status, "error": {"type": kind, "reason": "injected"}}})
}

fn read_request(reader: &mut impl BufRead) -> io::Result<Option<Request>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let (headers, length) = read_headers(reader)?;
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body)?;
    Ok(Some(Request { line, headers, body }))
}

fn read_chunks(reader: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut size = String::new();
        reader.read_line(&mut size)?;
        let size = usize::from_str_radix(size.trim(), 16).map_err(io::Error::other)?;
        let start = body.len();
        // The chunk and its line ending.
        body.resize(start + size + 2, 0);
        reader.read_exact(&mut body[start..])?;
        body.truncate(start + size);
        if size == 0 {
            return Ok(body);
        }
    }
}

/// Reads headers up to the empty line. Leaves out those that a proxy must set itself.
fn read_headers(reader: &mut impl BufRead) -> io::Result<(Vec<String>, Option<usize>)> {
    let (mut headers, mut length) = (Vec::new(), None);
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let lower = header.trim().to_ascii_lowercase();
        if lower.is_empty() {
            return Ok((headers, length));
        }
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().ok();
        } else if !lower.starts_with("connection:") {
            headers.push(header);
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no thread panics while it holds the lock")
}
