//! A Redis server of this process.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use super::super::likes::PROJECTION;
use super::super::services::free_ports;
use super::server::Server;

/// A server starts within milliseconds; a busy machine may need more.
const START_MAX: Duration = Duration::from_secs(30);

/// A running server. Dropping it stops the server.
pub struct Redis {
    /// A shell that runs the server and ends it at the end of the shell's input.
    process: Child,
    port: u16,
    connection: Option<BufReader<TcpStream>>,
}

impl Redis {
    /// Starts a server that keeps nothing on disk.
    pub fn start() -> Result<Self> {
        let [port] = free_ports()?;
        let settings = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--loglevel", "warning"];
        let is_there = Command::new("redis-server").arg("--version").output().is_ok();
        ensure!(is_there, "redis-server is missing\nhint: apt-get install redis-server");
        // The pipe closes when this process ends, however it ends.
        let script =
            "redis-server \"$@\" > /dev/null & server=$!; cat > /dev/null; kill $server; wait $server";
        let process = Command::new("sh")
            .args(["-c", script, "sh", "--port", &port.to_string()])
            .args(settings)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .context("cannot start sh")?;
        let mut redis = Self { process, port, connection: None };
        let until = Instant::now() + START_MAX;
        while let Err(error) = redis.connect() {
            ensure!(Instant::now() < until, "redis-server does not listen within {START_MAX:?}: {error:#}");
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(redis)
    }

    fn connect(&mut self) -> Result<()> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        stream.set_nodelay(true)?;
        self.connection = Some(BufReader::new(stream));
        Ok(())
    }

    /// Runs a command with a single value as its answer. Words contain no spaces.
    fn ask(&mut self, words: &[&str]) -> Result<String> {
        let connection = self.connection.as_mut().context("not connected")?;
        let request = words.join(" ") + "\r\n";
        connection.get_mut().write_all(request.as_bytes()).context("asking redis")?;
        let mut line = String::new();
        connection.read_line(&mut line).context("redis' answer")?;
        let (kind, value) = line.trim_end().split_at_checked(1).context("redis has hung up")?;
        match kind {
            "+" | ":" => Ok(value.to_owned()),
            "$" if value == "-1" => Ok(String::new()),
            "$" => {
                // Includes the line ending.
                let mut text = vec![0; value.parse::<usize>().context("a length")? + 2];
                connection.read_exact(&mut text).context("redis' answer")?;
                Ok(String::from_utf8(text).context("redis' answer")?.trim_end().to_owned())
            }
            _ => bail!("redis answers `{request}` with `{line}`"),
        }
    }

    /// Returns the key of a document of the live version.
    fn key(&mut self, id: &str) -> Result<Option<String>> {
        let prefix = self.ask(&["GET", &format!("foldline:{PROJECTION}:live")])?;
        Ok(Some(prefix).filter(|prefix| !prefix.is_empty()).map(|prefix| format!("{prefix}doc:{id}")))
    }
}

impl Server for Redis {
    fn name(&self) -> &'static str {
        "redis"
    }

    fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    fn settings(&self) -> &'static str {
        ""
    }

    fn clear(&mut self) -> Result<()> {
        self.ask(&["FLUSHALL"]).map(drop)
    }

    fn write(&mut self, id: &str) -> Result<()> {
        let key = self.key(id)?.context("the projection is not live in redis")?;
        self.ask(&["SET", &key, &format!(r#"'{{"post_id":"{id}","count":1}}'"#)]).map(drop)
    }

    fn seen(&mut self, ids: &[&str]) -> Result<Vec<bool>> {
        let mut seen = Vec::with_capacity(ids.len());
        for id in ids {
            let key = self.key(id)?;
            seen.push(key.map_or(Ok(false), |key| self.ask(&["EXISTS", &key]).map(|answer| answer == "1"))?);
        }
        Ok(seen)
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}
