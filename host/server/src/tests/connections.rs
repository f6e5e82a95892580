//! Connections over real sockets: kept alive and drained, each client limited to its share, operators separate from readers.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::fake_host::Server;
use crate::connection::ConnectionTimeouts;
use crate::listener::{Listener, OPERATORS_SOCKET, Socket};
use crate::{ServerOptions, serve};
use foldline_base::error::Result;
use foldline_config::ServerConfig;

/// A server that listens for readers, and for operators at an address and a socket.
struct Listening {
    readers: SocketAddr,
    operators: SocketAddr,
    socket: PathBuf,
    stop: oneshot::Sender<()>,
    running: JoinHandle<Result<()>>,
    _data: TempDir,
    _server: Server,
}

impl Listening {
    async fn with(limits: ServerConfig) -> Self {
        let server = Server::new();
        let status = r#"{"version":"0.1.0","log":"embedded","projections":[]}"#;
        *server.status.lock().unwrap() = Some(serde_json::from_str(status).unwrap());
        let data = tempfile::tempdir().unwrap();
        let bind = async || TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (for_readers, for_operators) = (bind().await, bind().await);
        let (readers, operators) = (for_readers.local_addr().unwrap(), for_operators.local_addr().unwrap());
        let socket = data.path().join(OPERATORS_SOCKET);
        let for_all =
            vec![Listener::Tcp(for_operators), Listener::Socket(Socket::open(data.path()).unwrap())];
        let timeouts = ConnectionTimeouts { head: limits.head_timeout, idle: limits.idle_timeout };
        let options = ServerOptions { limits, ..ServerOptions::for_tests() };
        let (host, stopping) = (server.app.host.clone(), server.stop.subscribe());
        let endpoints =
            serve::endpoints(host, Listener::Tcp(for_readers), for_all, &options, &stopping).unwrap();
        let (stop, shutdown) = oneshot::channel();
        let flag = server.stop.clone();
        let running = tokio::spawn(serve::run(endpoints, timeouts, flag, async {
            let _ = shutdown.await;
        }));
        Self { readers, operators, socket, stop, running, _data: data, _server: server }
    }
}

fn limits(connections_max: usize, connections_per_peer_max: usize) -> ServerConfig {
    ServerConfig { connections_max, connections_per_peer_max, ..ServerConfig::default() }
}

/// Sends a request on a connection. Returns the answer's head and the part of the body that came with it.
fn ask(client: &mut (impl Read + Write), path: &str) -> String {
    write!(client, "GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
    read_answer(client)
}

fn read_answer(client: &mut impl Read) -> String {
    let mut answer = vec![0; 16 << 10];
    let read = client.read(&mut answer).unwrap();
    String::from_utf8(answer[..read].to_vec()).unwrap()
}

fn connect(address: SocketAddr) -> TcpStream {
    let client = TcpStream::connect(address).unwrap();
    client.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    client
}

/// Opens a connection with an endless answer.
fn listen(address: SocketAddr) -> TcpStream {
    let mut client = connect(address);
    assert!(ask(&mut client, "/api/v1/events").starts_with("HTTP/1.1 200 OK"));
    client
}

/// Waits for data or the end of the connection; returns whether the other side has closed it.
fn is_closed(client: &mut TcpStream) -> bool {
    match client.read(&mut [0; 16]) {
        Ok(read) => read == 0,
        Err(error) => error.kind() == ErrorKind::ConnectionReset,
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}

#[tokio::test]
async fn connections_are_served_kept_alive_and_drained() {
    let server = Listening::with(ServerConfig::default()).await;
    let (address, socket) = (server.readers, server.socket.clone());
    let mut client = blocking(move || {
        let mut client = connect(address);
        for _ in 0..2 {
            assert!(ask(&mut client, "/livez").starts_with("HTTP/1.1 200 OK"));
        }
        client
    })
    .await;
    // The connection is kept alive and idle, so a stop closes it.
    server.stop.send(()).unwrap();
    server.running.await.unwrap().unwrap();
    assert_eq!(client.read(&mut [0; 16]).unwrap(), 0);
    assert!(TcpStream::connect(address).is_err());
    assert!(!socket.exists(), "the operators' socket goes with the server");
}

#[tokio::test]
async fn more_kept_alive_readers_than_there_are_connections_starve_nobody() {
    let server = Listening::with(limits(8, 8)).await;
    let address = server.readers;
    blocking(move || {
        let mut readers = Vec::new();
        for _ in 0..20 {
            let mut reader = connect(address);
            assert!(ask(&mut reader, "/livez").starts_with("HTTP/1.1 200 OK"));
            readers.push(reader);
        }
        // The newest connections are still open.
        assert!(ask(&mut readers[19], "/livez").starts_with("HTTP/1.1 200 OK"));
        assert!(is_closed(&mut readers[0]));
    })
    .await;
}

#[tokio::test]
async fn operators_and_probes_are_answered_while_readers_hold_every_connection() {
    let server = Listening::with(limits(4, 4)).await;
    let (readers, operators, socket) = (server.readers, server.operators, server.socket.clone());
    blocking(move || {
        let listening: Vec<TcpStream> = (0..4).map(|_| listen(readers)).collect();
        let refused = read_answer(&mut connect(readers));
        assert!(refused.starts_with("HTTP/1.1 503 "), "{refused}");
        assert!(refused.contains("all connections that your address may have are busy"), "{refused}");

        for path in ["/livez", "/readyz", "/api/v1/topics"] {
            assert!(ask(&mut connect(operators), path).starts_with("HTTP/1.1 200 OK"), "{path}");
            let mut local = UnixStream::connect(&socket).unwrap();
            assert!(ask(&mut local, path).starts_with("HTTP/1.1 200 OK"), "{path}");
        }
        drop(listening);
    })
    .await;
}

#[tokio::test]
async fn a_head_that_does_not_come_ends_its_connection_soon() {
    let head_timeout = Duration::from_millis(200);
    let server = Listening::with(ServerConfig { head_timeout, ..ServerConfig::default() }).await;
    let address = server.readers;
    blocking(move || {
        let began = Instant::now();
        let mut silent = connect(address);
        let mut slow = connect(address);
        slow.write_all(b"GET /livez HT").unwrap();
        let mut kept = connect(address);
        assert!(ask(&mut kept, "/livez").starts_with("HTTP/1.1 200 OK"));
        kept.write_all(b"GET /livez HT").unwrap();
        for client in [&mut silent, &mut slow, &mut kept] {
            assert!(is_closed(client));
        }
        assert!(began.elapsed() < ServerConfig::default().idle_timeout);
        // A client that already got an answer may take longer until its next request.
        let mut idle = connect(address);
        assert!(ask(&mut idle, "/livez").starts_with("HTTP/1.1 200 OK"));
        idle.set_read_timeout(Some(head_timeout * 3)).unwrap();
        assert_eq!(idle.read(&mut [0; 16]).unwrap_err().kind(), ErrorKind::WouldBlock);
        idle.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        assert!(ask(&mut idle, "/livez").starts_with("HTTP/1.1 200 OK"));
    })
    .await;
}

#[tokio::test]
async fn operators_meet_the_same_rules() {
    let server = Listening::with(ServerConfig::default()).await;
    let (operators, socket) = (server.operators, server.socket.clone());
    blocking(move || {
        let foreign = "GET /livez HTTP/1.1\r\nhost: evil.example\r\n\r\n";
        let mut at_address = connect(operators);
        at_address.write_all(foreign.as_bytes()).unwrap();
        assert!(read_answer(&mut at_address).starts_with("HTTP/1.1 421 "));
        let mut at_socket = UnixStream::connect(&socket).unwrap();
        at_socket.write_all(foreign.as_bytes()).unwrap();
        assert!(read_answer(&mut at_socket).starts_with("HTTP/1.1 421 "));
    })
    .await;
}

#[tokio::test]
async fn what_is_refused_is_counted() {
    let server = Listening::with(limits(1, 1)).await;
    let (readers, operators) = (server.readers, server.operators);
    blocking(move || {
        let _listening = listen(readers);
        assert!(read_answer(&mut connect(readers)).starts_with("HTTP/1.1 503 "));
        let metrics = ask(&mut connect(operators), "/metrics");
        let refused = metrics.lines().find(|line| {
            line.starts_with(r#"foldline_http_connections_refused_total{listener="readers",limit="peer"} "#)
        });
        assert!(refused.is_some_and(|line| line.ends_with(" 1")), "{metrics}");
        assert!(metrics.contains(r#"foldline_http_connections{listener="readers"} 1"#), "{metrics}");
    })
    .await;
}
