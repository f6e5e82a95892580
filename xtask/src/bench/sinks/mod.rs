//! Sinks with real servers: first loads compared with bare clients, and how soon a like is visible while many others arrive.

mod server;
mod redis;
mod elasticsearch;
mod live;
mod report;

use std::process::Command;

use anyhow::Result;

use super::measured::{Measured, Round, Subject, self_measured};
use super::tools::{Tools, answer};
use crate::say::say;
use elasticsearch::Elasticsearch;
use live::Pace;
use redis::Redis;
pub use report::{ROWS, text};
use server::Server;

/// A server and its measurements. Dropping it stops the server.
pub struct Sink {
    server: Box<dyn Server>,
    documents: u64,
    pace: Pace,
    subjects: Subjects,
}

struct Subjects {
    load: Subject,
    bare_load: Subject,
    live: Subject,
    bare_live: Subject,
}

impl Sink {
    /// Starts a Redis server, and warms it up with a load that does not count.
    pub fn redis(tools: &Tools, documents: u64, is_quick: bool) -> Result<Self> {
        let subjects = Subjects {
            load: Subject::RedisLoad,
            bare_load: Subject::RedisBareLoad,
            live: Subject::RedisLive,
            bare_live: Subject::RedisBareLive,
        };
        let server = Box::new(Redis::start()?);
        Self::warmed(Self { server, documents, pace: Pace::of_redis(is_quick), subjects }, tools)
    }

    /// Starts an Elasticsearch server, and warms it up with a load that does not count.
    pub fn elasticsearch(tools: &Tools, documents: u64, is_quick: bool) -> Result<Self> {
        let subjects = Subjects {
            load: Subject::ElasticsearchLoad,
            bare_load: Subject::ElasticsearchBareLoad,
            live: Subject::ElasticsearchLive,
            bare_live: Subject::ElasticsearchBareLive,
        };
        let server = Box::new(Elasticsearch::start()?);
        Self::warmed(Self { server, documents, pace: Pace::of_elasticsearch(is_quick), subjects }, tools)
    }

    fn warmed(sink: Self, tools: &Tools) -> Result<Self> {
        say!("warming {} up", sink.server.name());
        for who in ["sink", "bare"] {
            sink.load(tools, who)?;
        }
        Ok(sink)
    }

    /// Measures everything once.
    pub fn measure(&mut self, tools: &Tools, round: &mut Round) -> Result<()> {
        round.add(self.subjects.load, self.load(tools, "sink")?);
        round.add(self.subjects.bare_load, self.load(tools, "bare")?);
        let (sink, bare) = live::measure(tools, &mut *self.server, &self.pace)?;
        round.add(self.subjects.live, sink);
        round.add(self.subjects.bare_live, bare);
        Ok(())
    }

    fn load(&self, tools: &Tools, who: &str) -> Result<Measured> {
        let mut load = Command::new(&tools.sinks);
        load.args([self.server.name(), who, &self.server.url(), &self.documents.to_string()]);
        self_measured(&answer(&mut load)?)
    }
}
