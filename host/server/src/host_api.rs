//! What handlers need from the host, as a trait, so that tests need no logs and modules.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use foldline_api as api;
use foldline_base::error::Result;
use foldline_inspect::compare::Tolerances;
use foldline_lifecycle::OperatorRequest;
use foldline_log::{Log, NewRecord};
use foldline_runtime::{Host, Serving, WaitScope};

/// A future that a trait object can return.
pub(super) type Waiting<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// [`Host`] as handlers see it. Each method calls the one of the same name.
pub(super) trait HostApi: Send + Sync + 'static {
    fn log(&self) -> Arc<dyn Log>;
    fn append(&self, topic: &str, records: Vec<NewRecord>) -> Result<api::Appended>;
    fn punctuate(&self, topic: &str, partition: Option<u32>, time_ms: Option<i64>)
    -> Result<api::Punctuated>;
    fn serving(&self, name: &str) -> Result<Arc<Serving>>;
    fn modules(&self) -> Vec<api::ModuleReport>;
    fn plan(&self, file: Option<&str>, bytes: &[u8]) -> Result<api::Plan>;
    fn status(&self) -> Result<api::Status>;
    fn changes(&self) -> watch::Receiver<u64>;
    fn dead_letters(
        &self,
        projection: Option<&str>,
        limit: usize,
        cursor: Option<&str>,
        with_records: bool,
    ) -> Result<api::DeadLetterPage>;
    fn fingerprint(&self, name: &str) -> Result<api::FingerprintAnswer>;
    fn verify(&self, name: &str, progress: &mut dyn FnMut(u64, u64) -> bool) -> Result<api::Verified>;
    fn request(&self, name: &str, request: OperatorRequest) -> Result<String>;

    /// See [`Host::adopt_log`].
    fn adopt_log(&self, topic: &str, from_start: bool) -> Result<String>;

    /// See [`Host::resync`].
    fn resync(&self, name: &str, sink: &str, version: Option<&str>) -> Result<String>;

    /// See [`Host::adopt`].
    fn adopt(&self, name: &str, sink: &str) -> Result<String>;
    fn trace(
        &self,
        name: &str,
        version: Option<&str>,
        id: &str,
        limit: u64,
        tell: &mut dyn FnMut(api::TraceLine) -> bool,
    ) -> Result<api::Traced>;
    fn why(
        &self,
        name: &str,
        id: &str,
        versions: [Option<&str>; 2],
        progress: &mut dyn FnMut(u64, u64) -> bool,
    ) -> Result<api::Why>;
    fn diff(
        &self,
        name: &str,
        old: Option<&str>,
        new: Option<&str>,
        tolerances: &Tolerances,
        progress: &mut dyn FnMut(u64, u64) -> bool,
    ) -> Result<api::Comparison>;
    fn wait<'a>(
        self: Arc<Self>,
        name: &'a str,
        version: Option<&'a str>,
        who: WaitScope,
        timeout: Duration,
    ) -> Waiting<'a, Result<api::Waited>>;
    fn ready(&self) -> Result<(), String>;
}

impl HostApi for Host {
    fn log(&self) -> Arc<dyn Log> {
        Host::log(self).clone()
    }

    fn append(&self, topic: &str, records: Vec<NewRecord>) -> Result<api::Appended> {
        Host::append(self, topic, records)
    }

    fn punctuate(
        &self,
        topic: &str,
        partition: Option<u32>,
        time_ms: Option<i64>,
    ) -> Result<api::Punctuated> {
        Host::punctuate(self, topic, partition, time_ms)
    }

    fn serving(&self, name: &str) -> Result<Arc<Serving>> {
        Host::serving(self, name)
    }

    fn modules(&self) -> Vec<api::ModuleReport> {
        Host::modules(self)
    }

    fn plan(&self, file: Option<&str>, bytes: &[u8]) -> Result<api::Plan> {
        Host::plan(self, file, bytes)
    }

    fn status(&self) -> Result<api::Status> {
        Host::status(self)
    }

    fn changes(&self) -> watch::Receiver<u64> {
        Host::changes(self)
    }

    fn dead_letters(
        &self,
        projection: Option<&str>,
        limit: usize,
        cursor: Option<&str>,
        with_records: bool,
    ) -> Result<api::DeadLetterPage> {
        Host::dead_letters(self, projection, limit, cursor, with_records)
    }

    fn fingerprint(&self, name: &str) -> Result<api::FingerprintAnswer> {
        Host::fingerprint(self, name)
    }

    fn verify(&self, name: &str, progress: &mut dyn FnMut(u64, u64) -> bool) -> Result<api::Verified> {
        Host::verify(self, name, progress)
    }

    fn request(&self, name: &str, request: OperatorRequest) -> Result<String> {
        Host::request(self, name, request)
    }

    fn adopt_log(&self, topic: &str, from_start: bool) -> Result<String> {
        Host::adopt_log(self, topic, from_start)
    }

    fn resync(&self, name: &str, sink: &str, version: Option<&str>) -> Result<String> {
        Host::resync(self, name, sink, version)
    }

    fn adopt(&self, name: &str, sink: &str) -> Result<String> {
        Host::adopt(self, name, sink)
    }

    fn trace(
        &self,
        name: &str,
        version: Option<&str>,
        id: &str,
        limit: u64,
        tell: &mut dyn FnMut(api::TraceLine) -> bool,
    ) -> Result<api::Traced> {
        Host::trace(self, name, version, id, limit, tell)
    }

    fn why(
        &self,
        name: &str,
        id: &str,
        versions: [Option<&str>; 2],
        progress: &mut dyn FnMut(u64, u64) -> bool,
    ) -> Result<api::Why> {
        Host::why(self, name, id, versions, progress)
    }

    fn diff(
        &self,
        name: &str,
        old: Option<&str>,
        new: Option<&str>,
        tolerances: &Tolerances,
        progress: &mut dyn FnMut(u64, u64) -> bool,
    ) -> Result<api::Comparison> {
        Host::diff(self, name, old, new, tolerances, progress)
    }

    fn wait<'a>(
        self: Arc<Self>,
        name: &'a str,
        version: Option<&'a str>,
        who: WaitScope,
        timeout: Duration,
    ) -> Waiting<'a, Result<api::Waited>> {
        Box::pin(async move { Host::wait(&self, name, version, who, timeout).await })
    }

    fn ready(&self) -> Result<(), String> {
        Host::ready(self)
    }
}
