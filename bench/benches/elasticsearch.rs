//! What a bulk load of the Elasticsearch sink costs beside a bare bulk client on the same server, in the same run.
//!
//! `cargo bench -p foldline-bench --bench elasticsearch`: a million documents, a real server (one node, started by
//! `tests/services`), indexes of the same mapping without replicas and refreshes; both loads end with a refresh. The two
//! take turns. The bare client writes each document under its id, five thousand a request, one request after the other on
//! one connection, as the sink does; it knows no versions, keeps no control document and does not look into answers.

mod loads;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use foldline::config::ElasticsearchConfig;
use foldline::sink::elasticsearch::ElasticsearchBackend;
use foldline::sink::{Backend as _, Documents, FlushHead, Ready, SinkVersion};
use foldline_core::description::{OutputField, TimeUnit, ValueType};
use foldline_core::position::Position;
use serde_json::{Value, json};

use loads::{DOCUMENTS, Result, compare, is_wanted, portions};

/// As many as the sink sends in one request.
const REQUEST_DOCUMENTS: usize = 5_000;

fn main() -> Result<()> {
    if !is_wanted() {
        return Ok(());
    }
    let server = Server::start()?;
    let portions = portions(|number| {
        format!(
            r#"{{"post_id":"post-{number}","count":{},"tribe":"tribe {}","window_end":{}}}"#,
            number % 1_013,
            number % 977,
            1_767_225_600_000 + number * 1_000
        )
    });
    compare(|turn| load_sink(&server, &portions, turn), |turn| load_bare(&server, &portions, turn))
}

fn version(turn: usize) -> SinkVersion {
    let field = |name: &str, ty| OutputField { name: name.into(), ty, sortable: false };
    SinkVersion {
        projection: format!("bench-{turn}"),
        version: "1.0.0".into(),
        digest: "0123456789ab".into(),
        document: vec![
            field("post_id", ValueType::Text),
            field("count", ValueType::Int),
            field("tribe", ValueType::Text),
            field("window_end", ValueType::Time(TimeUnit::Milliseconds)),
        ],
    }
}

/// Loads by the sink, and returns the seconds; leaves the index empty for nobody.
fn load_sink(server: &Server, portions: &[Documents], turn: usize) -> Result<f64> {
    let config =
        ElasticsearchConfig { urls: vec![server.url()], replicas: 0, ..ElasticsearchConfig::default() };
    let backend = ElasticsearchBackend::new("bench", &config)?;
    let mut sink = backend.open(&version(turn), "bench", false)?;
    let began = Instant::now();
    for portion in portions {
        sink.load(portion)?;
    }
    sink.flush(&FlushHead { seq: 1, position: Position::default() }, &mut Ready::new(&[]))?;
    Ok(began.elapsed().as_secs_f64())
}

/// Loads the same into an index of the same mapping, and returns the seconds. Deletes both.
fn load_bare(server: &Server, portions: &[Documents], turn: usize) -> Result<f64> {
    let mut connection = Connection::open(server)?;
    let sinks = format!("foldline-bench-{turn}-1.0.0-0123456789ab-000001");
    let mappings = connection.ask("GET", &format!("{sinks}/_mapping"), b"")?[&sinks]["mappings"].clone();
    let counted = connection.ask("GET", &format!("{sinks}/_count"), b"")?["count"].as_u64();
    // The control document is one, too.
    assert_eq!(counted, Some(DOCUMENTS + 1), "the sink loaded all");
    connection.ask("DELETE", &sinks, b"")?;
    let settings = json!({"number_of_shards": 1, "number_of_replicas": 0, "refresh_interval": "-1"});
    let index = json!({"settings": settings, "mappings": mappings}).to_string();
    connection.ask("PUT", "bare", index.as_bytes())?;
    let began = Instant::now();
    let mut body = Vec::new();
    for changes in portions.iter().flat_map(|portion| portion.changes.chunks(REQUEST_DOCUMENTS)) {
        body.clear();
        for change in changes {
            writeln!(body, r#"{{"index":{{"_id":"{}"}}}}"#, change.id)?;
            writeln!(body, "{}", change.body.as_deref().unwrap_or_default())?;
        }
        connection.send("POST", "bare/_bulk?filter_path=errors", &body)?;
    }
    connection.send("POST", "bare/_refresh", b"")?;
    let seconds = began.elapsed().as_secs_f64();
    let counted = connection.ask("GET", "bare/_count", b"")?["count"].as_u64();
    assert_eq!(counted, Some(DOCUMENTS), "the bare client loaded all");
    connection.ask("DELETE", "bare", b"")?;
    Ok(seconds)
}

/// One connection, one request after the other.
struct Connection {
    stream: TcpStream,
    reader: BufReader<TcpStream>,
}

impl Connection {
    fn open(server: &Server) -> Result<Self> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, server.http))?;
        stream.set_nodelay(true)?;
        Ok(Self { reader: BufReader::new(stream.try_clone()?), stream })
    }

    fn ask(&mut self, method: &str, path: &str, body: &[u8]) -> Result<Value> {
        Ok(serde_json::from_slice(&self.send(method, path, body)?)?)
    }

    fn send(&mut self, method: &str, path: &str, body: &[u8]) -> Result<Vec<u8>> {
        let length = body.len();
        write!(
            self.stream,
            "{method} /{path} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
        )?;
        self.stream.write_all(body)?;
        let mut status = String::new();
        self.reader.read_line(&mut status)?;
        let (mut length, mut is_chunked) = (0, false);
        loop {
            let line = self.line()?.to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse()?;
            }
            is_chunked |= line == "transfer-encoding: chunked";
        }
        let mut answer = vec![0; length];
        self.reader.read_exact(&mut answer)?;
        while is_chunked {
            let size = usize::from_str_radix(&self.line()?, 16)?;
            let mut chunk = vec![0; size + 2];
            self.reader.read_exact(&mut chunk)?;
            answer.extend(&chunk[..size]);
            is_chunked = size > 0;
        }
        if !status.contains(" 200 ") {
            return Err(format!("{method} {path}: {status}{}", String::from_utf8_lossy(&answer)).into());
        }
        Ok(answer)
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        self.reader.read_line(&mut line)?;
        Ok(line.trim().to_owned())
    }
}

/// A server of this process; it goes with the value.
struct Server {
    http: u16,
    transport: u16,
}

impl Server {
    fn start() -> Result<Self> {
        let free = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
        let (http, transport) = (free()?, free()?);
        let server = Self { http: http.local_addr()?.port(), transport: transport.local_addr()?.port() };
        drop((http, transport));
        if !server.script("elasticsearch-up.sh").stdout(std::io::stderr()).status()?.success() {
            return Err("elasticsearch does not start: see above".into());
        }
        let health = "_cluster/health?wait_for_status=yellow&timeout=60s";
        Connection::open(&server)?.ask("GET", health, b"")?;
        Ok(server)
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.http)
    }

    fn script(&self, script: &str) -> Command {
        let mut command = Command::new("bash");
        command
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/services").join(script))
            .env("ES_PORT", self.http.to_string())
            .env("ES_TRANSPORT_PORT", self.transport.to_string())
            .env("ES_OWNER", std::process::id().to_string())
            .env("ES_HEAP", "1g")
            .stdin(Stdio::null());
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.script("elasticsearch-down.sh").env("WIPE", "1").output();
    }
}
