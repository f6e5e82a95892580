//! A configured sink, shared by the versions that are served from it.

use std::sync::Arc;

use parking_lot::Mutex;

use super::changes::{ChangesBackend, ReadTopics};
use super::elasticsearch::ElasticsearchBackend;
use super::installation::Installation;
use super::redis::RedisBackend;
use super::{Backend, Reading, Sink, SinkVersion};
use crate::config::{Config, SinkConfig};
use crate::error::Result;
use crate::log::Log;

/// A [`Backend`] under its configured name. Opening and tidying take turns: what is being created must not look left behind.
#[derive(Clone)]
pub struct SharedBackend {
    name: Arc<str>,
    backend: Arc<dyn Backend>,
    turn: Arc<Mutex<()>>,
}

impl SharedBackend {
    /// Returns a backend under the name that the configuration gives it.
    pub fn new(name: &str, backend: Arc<dyn Backend>) -> Self {
        Self { name: name.into(), backend, turn: Arc::default() }
    }

    /// Returns its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// As [`Backend::open`].
    ///
    /// # Errors
    /// As [`Backend::open`].
    pub fn open(&self, version: &SinkVersion, owner: &str, anew: bool) -> Result<Box<dyn Sink>> {
        let _turn = self.turn.lock();
        self.backend.open(version, owner, anew)
    }

    /// As [`Backend::read_back`].
    ///
    /// # Errors
    /// As [`Backend::read_back`].
    pub fn read_back(&self, version: &SinkVersion) -> Result<Option<Box<dyn Reading>>> {
        self.backend.read_back(version)
    }

    /// As [`Backend::keep_only`], of what `kept` says when it is this call's turn.
    ///
    /// # Errors
    /// As [`Backend::keep_only`].
    pub fn keep_only(&self, projection: &str, kept: impl FnOnce() -> Vec<SinkVersion>) -> Result<()> {
        let _turn = self.turn.lock();
        self.backend.keep_only(projection, &kept())
    }

    /// As [`Backend::disown`].
    ///
    /// # Errors
    /// As [`Backend::disown`].
    pub fn disown(&self, version: &SinkVersion) -> Result<()> {
        let _turn = self.turn.lock();
        self.backend.disown(version)
    }

    /// As [`Backend::adopt`].
    ///
    /// # Errors
    /// As [`Backend::adopt`].
    pub fn adopt(&self, projection: &str) -> Result<bool> {
        let _turn = self.turn.lock();
        self.backend.adopt(projection)
    }
}

/// Returns the sinks that are configured, none of them asked anything yet. Topics of changes go into `log`, unless reducers
/// read them (`inputs`); what is noted of them, into the data folder.
///
/// # Errors
/// `Config` for settings that cannot be, each named.
pub fn backends(config: &Config, log: &Arc<dyn Log>, inputs: &Arc<ReadTopics>) -> Result<Vec<SharedBackend>> {
    let installation = Installation::of(config, log);
    let backend = |(name, sink): (&String, &SinkConfig)| -> Result<SharedBackend> {
        let backend: Arc<dyn Backend> = match sink {
            SinkConfig::Elasticsearch(config) => {
                Arc::new(ElasticsearchBackend::new(name, config)?.of(installation.clone()))
            }
            SinkConfig::Redis(config) => Arc::new(RedisBackend::new(config)?.of(name, installation.clone())),
            SinkConfig::Changes(changes) => {
                let folder = config.data.join("changes");
                Arc::new(ChangesBackend::new(name, changes, Arc::clone(log), Arc::clone(inputs), &folder))
            }
        };
        Ok(SharedBackend::new(name, backend))
    };
    config.sinks.iter().map(backend).collect()
}
