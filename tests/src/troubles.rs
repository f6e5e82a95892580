//! What may be done to a host that must stop nothing but its victims: a slow module, a reducer that panics, a cache that is away,
//! idle connections, a poisoned topic, a log without a reader.

use std::fmt::Write as _;
use std::io::PipeReader;
use std::net::TcpStream;

use crate::host::{Home, Host, module};
use crate::http;
use crate::servers::redis::RedisServer;
use crate::slow_module::with_dead_weight;
use crate::variants::variant_bytes;

/// The projection to which nothing must happen: it reads `likes`, and is served from the embedded store alone.
pub const SPARED: &str = "like-count";

/// Idle connections of one client.
const CONNECTIONS: usize = 2_000;

/// Something that is done to a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// A module is dropped that takes half a minute to judge.
    SlowModule,
    /// A version is dropped whose `extract` panics, of a projection that reads the same topic.
    PanickingReducer,
    /// The Redis that another projection is served from does not answer any more.
    RedisStopped,
    /// One client holds two thousand connections and says nothing.
    IdleConnections,
    /// A producer writes what no reducer can decode into a topic of two other projections.
    PoisonedTopic,
    /// What the host logs has no reader any more.
    StderrClosed,
}

/// A host that troubles are made for.
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
    /// Starts a host with the spared projection and those that will be hurt; `None` where Redis is left out.
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

    /// Makes trouble; it lasts until the stage ends.
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
                // Some may be refused: that is how the others are kept free.
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

    /// Reads what the host logs, so that it is never kept from logging.
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
        // Frozen, it would not end.
        self.redis.freeze(false);
    }
}
