//! Redis servers: plain, with TLS, with a password.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use foldline_config::RedisConfig;
use redis::{Client, Connection, ConnectionLike};
use serde_json::Value;
use tempfile::TempDir;

use super::{certificates, free_ports, left_out};

/// A server starts within milliseconds; a busy machine may need more.
pub(super) const START_MAX: Duration = Duration::from_secs(30);
pub(super) const LOOK_EVERY: Duration = Duration::from_millis(5);
/// Another process may take a free port before it is used.
const TRIES: usize = 3;

/// A running server. It ends when this is dropped, and with this process.
pub struct RedisServer {
    folder: TempDir,
    port: u16,
    password: Option<String>,
    is_tls: bool,
    /// A shell that runs the server and ends it at the end of the shell's input.
    process: Option<Child>,
}

/// The settings of a server.
#[derive(Clone, Debug, Default)]
pub struct RedisOptions {
    /// For `requirepass`.
    pub password: Option<String>,
    /// Whether it listens with TLS only, with a certificate of its own authority.
    pub tls: bool,
    /// Additional lines of `redis.conf`.
    pub lines: Vec<String>,
}

impl RedisServer {
    /// Starts a server that stores nothing on disk by itself. `None` only with `FOLDLINE_NO_SERVICES=1`, which is reported.
    ///
    /// # Panics
    /// Panics, with what is missing, when it does not start.
    pub fn start() -> Option<Self> {
        Self::start_with(&RedisOptions::default())
    }

    /// Starts a server with options.
    ///
    /// # Panics
    /// As [`RedisServer::start`].
    pub fn start_with(options: &RedisOptions) -> Option<Self> {
        (!left_out("redis")).then(|| Self::new(options))
    }

    pub(super) fn new(options: &RedisOptions) -> Self {
        for attempt in 1.. {
            let folder = TempDir::new().expect("a folder");
            let [port] = free_ports();
            let mut server =
                Self { folder, port, password: options.password.clone(), is_tls: options.tls, process: None };
            std::fs::write(server.path("redis.conf"), server.configuration(options)).expect("written");
            match server.run() {
                Ok(()) => return server,
                Err(problem) => assert!(attempt < TRIES, "{problem}"),
            }
        }
        unreachable!("the last try failed")
    }

    /// Returns the address, `host:port`.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// Returns a sink's configuration for this server.
    pub fn config(&self) -> RedisConfig {
        self.config_through(&self.address())
    }

    /// Returns a sink's configuration for this server at another address, such as a proxy's.
    pub fn config_through(&self, address: &str) -> RedisConfig {
        let scheme = if self.is_tls { "rediss" } else { "redis" };
        RedisConfig {
            urls: vec![format!("{scheme}://{address}")],
            password: self.password.as_deref().map(Into::into),
            ca_file: self.is_tls.then(|| self.path("ca.crt")),
            ..RedisConfig::default()
        }
    }

    /// Returns a new connection for the test.
    ///
    /// # Panics
    /// Panics when the server does not answer.
    pub fn connection(&self) -> Connection {
        self.connect().expect("the server answers")
    }

    /// Returns the prefix that readers of a projection are pointed to, if there is one.
    ///
    /// # Panics
    /// Panics when the server does not answer.
    pub fn live_prefix(&self, projection: &str) -> Option<String> {
        let pointer = format!("foldline:{projection}:live");
        redis::cmd("GET").arg(pointer).query(&mut self.connection()).expect("a pointer, or none")
    }

    /// Reads all documents of a projection as an application does, through the pointer; none if there is no pointer.
    ///
    /// # Panics
    /// As [`RedisServer::live_prefix`].
    pub fn documents(&self, projection: &str) -> BTreeMap<String, Value> {
        let Some(prefix) = self.live_prefix(projection) else { return BTreeMap::new() };
        let mut connection = self.connection();
        let pattern = format!("{}doc:*", prefix.replace('[', "\\["));
        let keys: Vec<String> = redis::cmd("KEYS").arg(pattern).query(&mut connection).expect("keys");
        let mut documents = BTreeMap::new();
        for keys in keys.chunks(10_000) {
            let texts: Vec<String> = redis::cmd("MGET").arg(keys).query(&mut connection).expect("documents");
            documents.extend(keys.iter().zip(&texts).map(|(key, text)| {
                let id = key.strip_prefix(&format!("{prefix}doc:")).expect("the prefix").to_owned();
                (id, serde_json::from_str(text).expect("JSON"))
            }));
        }
        documents
    }

    /// Ends the server as in a crash. Its data on disk stays.
    ///
    /// # Panics
    /// Panics when it does not end.
    pub fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            drop(process.stdin.take());
            process.wait().expect("the shell ends");
        }
    }

    /// Starts it again on the same port.
    ///
    /// # Panics
    /// Panics when it does not start.
    pub fn start_again(&mut self) {
        self.run().expect("it starts again");
    }

    /// Suspends the server's process, or resumes it.
    ///
    /// # Panics
    /// Panics when `kill` fails.
    pub fn freeze(&self, frozen: bool) {
        let process = std::fs::read_to_string(self.path("redis.pid")).expect("it runs");
        let signal = if frozen { "-STOP" } else { "-CONT" };
        let status = Command::new("kill").args([signal, process.trim()]).status().expect("kill runs");
        assert!(status.success());
    }

    /// Returns all data of the server at one moment, in the format of `DUMP`.
    ///
    /// # Panics
    /// Panics when the server does not answer.
    pub fn dump(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        const ALL: &str = "local all = {} \
            for _, key in ipairs(redis.call('KEYS', '*')) do \
                table.insert(all, key) \
                table.insert(all, redis.call('DUMP', key)) \
            end \
            return all";
        let all: Vec<Vec<u8>> =
            redis::cmd("EVAL").arg(ALL).arg(0).query(&mut self.connection()).expect("EVAL");
        all.chunks(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect()
    }

    /// Replaces all data of the server by an earlier dump, in one step.
    ///
    /// # Panics
    /// Panics when the server does not answer.
    pub fn restore(&self, dump: &[(Vec<u8>, Vec<u8>)]) {
        const ALL: &str = "redis.call('FLUSHALL') \
            for at = 1, #ARGV, 2 do redis.call('RESTORE', ARGV[at], 0, ARGV[at + 1]) end";
        let mut command = redis::cmd("EVAL");
        command.arg(ALL).arg(0);
        for (key, value) in dump {
            command.arg(key).arg(value);
        }
        command.exec(&mut self.connection()).expect("EVAL");
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn connect(&self) -> redis::RedisResult<Connection> {
        let config = self.config();
        let mut client = Client::open(config.urls[0].as_str())?;
        if let Some(authority) = &config.ca_file {
            let root_cert = Some(std::fs::read(authority).expect("the certificate is there"));
            let certificates = redis::TlsCertificates { client_tls: None, root_cert };
            client = Client::build_with_tls(config.urls[0].as_str(), certificates)?;
        }
        let mut connection = client.get_connection_with_timeout(START_MAX)?;
        connection.set_read_timeout(Some(START_MAX))?;
        if let Some(password) = &self.password {
            redis::cmd("AUTH").arg(password).exec(&mut connection)?;
        }
        Ok(connection)
    }

    fn configuration(&self, options: &RedisOptions) -> String {
        let (folder, port) = (self.folder.path().display(), self.port);
        let mut lines = vec![
            "bind 127.0.0.1".to_owned(),
            format!("dir {folder}"),
            format!("pidfile {folder}/redis.pid"),
            "daemonize no".to_owned(),
            "save \"\"".to_owned(),
            "enable-debug-command yes".to_owned(),
        ];
        if options.tls {
            certificates::make(self.folder.path());
            lines.extend([
                "port 0".to_owned(),
                format!("tls-port {port}"),
                format!("tls-cert-file {folder}/server.crt"),
                format!("tls-key-file {folder}/server.key"),
                format!("tls-ca-cert-file {folder}/ca.crt"),
                "tls-auth-clients no".to_owned(),
            ]);
        } else {
            lines.push(format!("port {port}"));
        }
        if let Some(password) = &options.password {
            lines.push(format!("requirepass {password}"));
        }
        lines.extend_from_slice(&options.lines);
        lines.join("\n") + "\n"
    }

    fn run(&mut self) -> Result<(), String> {
        let is_there = Command::new("redis-server").arg("--version").output().is_ok();
        assert!(
            is_there,
            "redis-server not found: this test runs against a real Redis 7\n\
             hint: RUNLEVEL=1 apt-get install redis-server (with RUNLEVEL=1 Debian starts no service of its own), \
             or set FOLDLINE_NO_SERVICES=1 to leave such tests out"
        );
        // The pipe closes when this process ends, however it ends.
        let script = "redis-server \"$0\" >> \"$1\" 2>&1 & server=$!; cat > /dev/null; \
                      kill -9 $server; wait $server 2> /dev/null; rm -f \"$2\"";
        let (log, pid) = (self.path("server.log"), self.path("redis.pid"));
        let process = Command::new("sh")
            .args(["-c", script])
            .args([&self.path("redis.conf"), &log, &pid])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("sh runs");
        self.process = Some(process);
        let deadline = Instant::now() + START_MAX;
        loop {
            // Another server may use the port; ours writes its process id once it listens.
            if pid.exists() && self.connect().is_ok_and(|mut connection| connection.check_connection()) {
                return Ok(());
            }
            let text = std::fs::read_to_string(&log).unwrap_or_default();
            if Instant::now() > deadline || text.contains("Address already in use") {
                self.stop();
                return Err(format!("redis-server did not start:\n{text}"));
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.stop();
    }
}
