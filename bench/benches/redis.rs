//! What a bulk load of the Redis sink costs beside a bare pipelined client that runs the same script, in the same run.
//!
//! `cargo bench -p foldline-bench --bench redis`: a million documents, a real server of this process. The two take turns on an
//! empty server. The bare client has all requests ready before its time runs, sends them on one connection as fast as the server
//! reads, and looks at nothing in the answers but their number.

mod loads;

use std::io::{BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use foldline::config::RedisConfig;
use foldline::sink::redis::RedisBackend;
use foldline::sink::{Backend as _, Documents, FlushHead, Ready, SinkVersion};
use foldline_core::position::Position;

use loads::{DOCUMENTS, Result, compare, is_wanted, portions};

/// As many as the sink writes with one script.
const SCRIPT_DOCUMENTS: usize = 512;
/// What each script answers.
const OK: &[u8] = b"*1\r\n$2\r\nOK\r\n";

fn main() -> Result<()> {
    if !is_wanted() {
        return Ok(());
    }
    let server = Server::start()?;
    let portions = portions(|number| format!(r#"{{"post_id":"post-{number}","count":{}}}"#, number % 1_013));
    compare(|_| load_sink(&server, &portions), |_| load_bare(&server, &portions))
}

/// Loads by the sink, and returns the seconds.
fn load_sink(server: &Server, portions: &[Documents]) -> Result<f64> {
    server.connect()?.ask(&[b"FLUSHALL"])?;
    let config =
        RedisConfig { urls: vec![format!("redis://{}", server.address())], ..RedisConfig::default() };
    let version = SinkVersion {
        projection: "bench".into(),
        version: "1.0.0".into(),
        digest: "0123456789ab".into(),
        document: Vec::new(),
    };
    let backend = RedisBackend::new(&config)?;
    let mut sink = backend.open(&version, "bench", false)?;
    let began = Instant::now();
    for portion in portions {
        sink.load(portion)?;
    }
    sink.flush(&FlushHead { seq: 1, position: Position::default() }, &mut Ready::new(&[]))?;
    Ok(began.elapsed().as_secs_f64())
}

/// Loads the same by the same script, and returns the seconds.
fn load_bare(server: &Server, portions: &[Documents]) -> Result<f64> {
    let mut connection = server.connect()?;
    connection.ask(&[b"FLUSHALL"])?;
    let script =
        std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../host/src/sink/redis/write.lua"))?;
    let hash = connection.ask(&[b"SCRIPT", b"LOAD", &script])?;
    let hash = hash.split(|&byte| byte == b'\n').nth(1).ok_or("no hash")?.trim_ascii_end().to_vec();
    let (control, prefix, none) = (b"bare:control", b"bare:", b"0000000000000000");
    connection.ask(&[b"HSET", control, b"owner", b"bench", b"term", b"1", b"link", b"1", b"seq", none])?;
    let mut requests = Vec::new();
    let mut scripts = 0;
    for changes in portions.iter().flat_map(|portion| portion.changes.chunks(SCRIPT_DOCUMENTS)) {
        let head: [&[u8]; 12] =
            [b"EVALSHA", &hash, b"1", control, prefix, b"bench", b"1", b"1", b"", none, b"", b""];
        let mut arguments: Vec<&[u8]> = head.to_vec();
        for change in changes {
            let body = change.body.as_deref().unwrap_or_default();
            arguments.extend([change.id.as_bytes(), body.as_bytes(), b"0"]);
        }
        command(&mut requests, &arguments);
        scripts += 1;
    }
    let began = Instant::now();
    let mut writer = connection.0.get_ref().try_clone()?;
    let sending = std::thread::spawn(move || writer.write_all(&requests));
    for _ in 0..scripts {
        let mut answer = [0; OK.len()];
        connection.0.read_exact(&mut answer)?;
        assert_eq!(answer, OK, "{}", String::from_utf8_lossy(&answer));
    }
    let seconds = began.elapsed().as_secs_f64();
    sending.join().map_err(|_| "the sender panicked")??;
    let size = connection.ask(&[b"DBSIZE"])?;
    assert_eq!(size.trim_ascii_end(), format!(":{}", DOCUMENTS + 1).as_bytes(), "all and the control");
    Ok(seconds)
}

fn command(out: &mut Vec<u8>, arguments: &[&[u8]]) {
    out.extend(format!("*{}\r\n", arguments.len()).into_bytes());
    for argument in arguments {
        out.extend(format!("${}\r\n", argument.len()).into_bytes());
        out.extend_from_slice(argument);
        out.extend_from_slice(b"\r\n");
    }
}

struct Connection(BufReader<TcpStream>);

impl Connection {
    /// Asks for something whose answer comes in one piece.
    fn ask(&mut self, arguments: &[&[u8]]) -> Result<Vec<u8>> {
        let mut request = Vec::new();
        command(&mut request, arguments);
        self.0.get_mut().write_all(&request)?;
        let mut answer = vec![0; 4_096];
        let length = self.0.read(&mut answer)?;
        answer.truncate(length);
        if answer.first() == Some(&b'-') {
            return Err(String::from_utf8_lossy(&answer).into());
        }
        Ok(answer)
    }
}

/// A server of this process; it goes with the value.
struct Server {
    process: Child,
    port: u16,
}

impl Server {
    fn start() -> Result<Self> {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let settings = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--loglevel", "warning"];
        let process = Command::new("redis-server")
            .args(["--port", &port.to_string()])
            .args(settings)
            .stdout(Stdio::null())
            .spawn()
            .map_err(|error| format!("redis-server: {error}; `apt-get install redis-server` has it"))?;
        let server = Self { process, port };
        let until = Instant::now() + Duration::from_secs(10);
        while server.connect().is_err() {
            if Instant::now() > until {
                return Err("redis-server does not listen".into());
            }
            std::thread::yield_now();
        }
        Ok(server)
    }

    fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    fn connect(&self) -> Result<Connection> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        stream.set_nodelay(true)?;
        Ok(Connection(BufReader::new(stream)))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
