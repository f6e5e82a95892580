//! The host as one thing: the log, the versions that fold it, and what can be asked of them.
//!
//! Every method that is not `async` may block: the server calls it on a blocking thread.

use std::sync::Arc;
use std::time::Duration;

use foldline_core::position::Position;

use crate::api;
use crate::config::Config;
use crate::error::Result;
use crate::log::{Log, NewRecord};
use crate::sink::sqlite::SqliteReader;

/// A running host.
pub struct Host {}

/// A version that is served: what a read needs.
pub struct Serving {
    /// NAME@VERSION, the header `Foldline-Version`.
    pub version: String,
    /// Reads the embedded store.
    pub reader: SqliteReader,
    /// What the embedded store shows; changes with each flush.
    pub shown: tokio::sync::watch::Receiver<Position>,
}

impl Host {
    /// Locks the data folder, opens the log, resumes every version, looks at the modules folder and watches it.
    ///
    /// # Errors
    /// `Config` when the folder is taken or unusable, `Unavailable` when the log cannot be reached.
    pub fn start(config: Config) -> Result<Arc<Self>> {
        let _ = config;
        unimplemented!()
    }

    /// Returns the log, for appends and `tail`.
    pub fn log(&self) -> &Arc<dyn Log> {
        unimplemented!()
    }

    /// Appends records to a topic, all or none, and returns once they are durable.
    ///
    /// # Errors
    /// As [`Log::append`].
    pub fn append(&self, topic: &str, records: Vec<NewRecord>) -> Result<api::Appended> {
        let _ = (topic, records);
        unimplemented!()
    }

    /// Returns the live version of a projection.
    pub fn serving(&self, name: &str) -> Option<Arc<Serving>> {
        let _ = name;
        unimplemented!()
    }

    /// Returns the verdict of every file in the modules folder.
    pub fn modules(&self) -> Vec<api::ModuleReport> {
        unimplemented!()
    }

    /// Returns where every version stands.
    ///
    /// # Errors
    /// `Unavailable` when the log cannot be asked for its ends.
    pub fn status(&self) -> Result<api::Status> {
        unimplemented!()
    }

    /// Returns dead letters of the served versions, or of one projection.
    ///
    /// # Errors
    /// `NotFound` for an unknown projection, `Data` for a cursor that is none.
    pub fn dead_letters(
        &self,
        projection: Option<&str>,
        limit: usize,
        cursor: Option<&str>,
    ) -> Result<api::DeadLetterPage> {
        let _ = (projection, limit, cursor);
        unimplemented!()
    }

    /// Returns the fingerprint of the live version.
    ///
    /// # Errors
    /// `NotFound` for an unknown projection.
    pub fn fingerprint(&self, name: &str) -> Result<api::FingerprintAnswer> {
        let _ = name;
        unimplemented!()
    }

    /// Returns once everything in the log at the time of the call is folded and shown by every sink: of the live
    /// version, or of the given one. Also waits for a projection that is not there yet.
    ///
    /// # Errors
    /// `TimedOut` with the position reached.
    pub async fn wait(
        self: &Arc<Self>,
        name: &str,
        version: Option<&str>,
        timeout: Duration,
    ) -> Result<api::Waited> {
        let _ = (name, version, timeout);
        unimplemented!()
    }

    /// Returns why the host is not ready: a live projection that does not serve yet.
    ///
    /// # Errors
    /// The text for `/readyz`.
    pub fn ready(&self) -> Result<(), String> {
        unimplemented!()
    }

    /// Stops every version after a last flush and checkpoint, then the log. Called once.
    pub fn stop(&self) {
        unimplemented!()
    }
}
