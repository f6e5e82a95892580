//! A configured sink, shared by the versions that are served from it.

use std::sync::Arc;

use parking_lot::Mutex;

use super::{Reading, Sink, SinkBackend, SinkVersion};
use foldline_base::error::Result;

/// A [`SinkBackend`] under its configured name. Opening and garbage collection take turns, so that what is being created does not
/// look left behind.
#[derive(Clone)]
pub struct SharedBackend {
    name: Arc<str>,
    backend: Arc<dyn SinkBackend>,
    turn: Arc<Mutex<()>>,
}

impl SharedBackend {
    /// Returns a backend under the name that the configuration gives it.
    pub fn new(name: &str, backend: Arc<dyn SinkBackend>) -> Self {
        Self { name: name.into(), backend, turn: Arc::default() }
    }

    /// Returns its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// As [`SinkBackend::open`].
    ///
    /// # Errors
    /// As [`SinkBackend::open`].
    pub fn open(&self, version: &SinkVersion, owner: &str, from_empty: bool) -> Result<Box<dyn Sink>> {
        let _turn = self.turn.lock();
        self.backend.open(version, owner, from_empty)
    }

    /// As [`SinkBackend::read_back`].
    ///
    /// # Errors
    /// As [`SinkBackend::read_back`].
    pub fn read_back(&self, version: &SinkVersion) -> Result<Option<Box<dyn Reading>>> {
        self.backend.read_back(version)
    }

    /// As [`SinkBackend::keep_only`]. `kept` is called once it is this call's turn.
    ///
    /// # Errors
    /// As [`SinkBackend::keep_only`].
    pub fn keep_only(&self, projection: &str, kept: impl FnOnce() -> Vec<SinkVersion>) -> Result<()> {
        let _turn = self.turn.lock();
        self.backend.keep_only(projection, &kept())
    }

    /// As [`SinkBackend::disown`].
    ///
    /// # Errors
    /// As [`SinkBackend::disown`].
    pub fn disown(&self, version: &SinkVersion) -> Result<()> {
        let _turn = self.turn.lock();
        self.backend.disown(version)
    }

    /// As [`SinkBackend::adopt`].
    ///
    /// # Errors
    /// As [`SinkBackend::adopt`].
    pub fn adopt(&self, projection: &str) -> Result<bool> {
        let _turn = self.turn.lock();
        self.backend.adopt(projection)
    }
}
