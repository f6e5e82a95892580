//! Troubles of a host that must affect only their victims: a slow module, a reducer that panics, an unreachable cache, idle
//! connections, a poisoned topic, a log without a reader.

use std::fmt::Write as _;
use std::io::PipeReader;
use std::net::TcpStream;

use crate::host::{Home, Host, module};
use crate::http;
use crate::servers::redis::RedisServer;
use crate::slow_module::with_dead_weight;
use crate::variants::variant_bytes;

/// The projection that must not be affected. It reads `likes`, and is served from the embedded store alone.
pub const SPARED: &str = "like-count";

/// Number of idle connections of one client.
const CONNECTIONS: usize = 2_000;

/// A trouble of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// A module is dropped that takes half a minute to judge.
    SlowModule,
    /// A version whose `extract` panics is dropped, of a projection that reads the same topic.
    PanickingReducer,
    /// The Redis server of another projection no longer answers.
    RedisStopped,
    /// One client opens two thousand connections and sends nothing.
    IdleConnections,
    /// A producer writes records that no reducer can decode into a topic of two other projections.
    PoisonedTopic,
    /// The host's log output no longer has a reader.
    StderrClosed,
}

/// A host that gets into trouble.
pub struct Stage {
    /// Its folders.
    pub home: Home,
    /// The host.
    pub host: Host,
    redis: RedisServer,
    log: Option<PipeReader>,
    connections: Vec<TcpStream>,
    panicking: Vec<u8>,
}

impl Trouble {
    /// Every trouble.
    pub const ALL: [Self; 6] = [
        Self::SlowModule,
        Self::PanickingReducer,
        Self::RedisStopped,
        Self::IdleConnections,
        Self::PoisonedTopic,
        Self::StderrClosed,
    ];
}

impl Stage {
    /// Starts a host with the spared projection and the victims; `None` if Redis is left out.
    ///
    /// # Panics
    /// Panics when something does not start.
    pub fn start() -> Option<Self> {
        let redis = RedisServer::start()?;
        let configuration = format!(
            "[sinks.cache.redis]\nurl = \"redis://{}\"\n[projections.post-stats]\nsinks = [\"cache\"]\n",
            redis.address()
        );
        let home = Home::new(&configuration)
            .with_module(SPARED)
            .with_module("post-stats")
            .with_module("sessions")
            .with_module("trending");
        let panicking = variant_bytes(
            "trending",
            &[(
                "        out.add(",
                "        panic!(\"a mistake\");\n        #[allow(unreachable_code)]\n        out.add(",
            )],
        );
        let (log, stderr) = std::io::pipe().expect("a pipe");
        let host = home.start_logging_to(stderr);
        Some(Self { home, host, redis, log: Some(log), connections: Vec::new(), panicking })
    }

    /// Makes a trouble, which lasts until the stage ends.
    ///
    /// # Panics
    /// Panics when it cannot be made.
    pub fn make(&mut self, trouble: Trouble) {
        match trouble {
            Trouble::SlowModule => {
                let bytes = std::fs::read(module("tribe-posts")).expect("a module");
                self.home.drop_file("tribe-posts@0.1.0.wasm", with_dead_weight(&bytes, 300, 4_000));
            }
            Trouble::PanickingReducer => self.home.drop_file("trending@0.2.0.wasm", &self.panicking),
            Trouble::RedisStopped => self.redis.freeze(true),
            Trouble::IdleConnections => {
                let address = self.host.url.trim_start_matches("http://").to_owned();
                // Some may be refused, which keeps the others free.
                self.connections.extend((0..CONNECTIONS).filter_map(|_| TcpStream::connect(&address).ok()));
            }
            Trouble::PoisonedTopic => {
                let mut lines = String::new();
                for number in 0..2_000 {
                    writeln!(lines, r#"{{"value":"no object {number}"}}"#)
                        .expect("writing to a text cannot fail");
                }
                http::append(&self.host.url, "views", lines).expect("the host answers").accepted();
            }
            Trouble::StderrClosed => drop(self.log.take()),
        }
    }

    /// Reads the host's log output, so that the host never blocks on it.
    ///
    /// # Panics
    /// Panics when the system refuses a thread.
    pub fn drain_log(&mut self) {
        if let Some(log) = &self.log {
            let mut log = log.try_clone().expect("another end of the pipe");
            std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // A frozen server would not end.
        self.redis.freeze(false);
    }
}
