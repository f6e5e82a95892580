//! Removes from servers what retired versions and crashes left behind. It runs in the background, because a server may not answer
//! for hours.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tracing::warn;

use super::registry::Registry;
use foldline_base::panics::spawn_contained;
use foldline_config::Config;
use foldline_sink::{SharedBackend, SinkVersion};

/// How long to wait before asking a server again that did not answer.
const AGAIN_AFTER: Duration = Duration::from_secs(30);

/// The projections that may have garbage on servers.
#[derive(Default)]
pub(super) struct GarbageCollection {
    requested: Arc<Mutex<BTreeSet<String>>>,
    /// The collection under way. It returns the projections that it could not finish.
    running: Option<JoinHandle<BTreeSet<String>>>,
    not_before: Option<Instant>,
}

impl GarbageCollection {
    /// Returns a function that requests the collection of a projection's garbage, from any thread.
    pub(super) fn requester(&self, projection: &str) -> impl FnOnce() + Send + 'static {
        let (requested, projection) = (Arc::clone(&self.requested), projection.to_owned());
        move || {
            requested.lock().insert(projection);
        }
    }

    /// Takes in the result of a finished collection, and starts the next one if requested.
    pub(super) fn tend(
        &mut self,
        config: &Config,
        sinks: &[SharedBackend],
        registry: &Arc<Registry>,
        now: Instant,
    ) {
        if let Some(done) = self.running.take_if(|running| running.is_finished()) {
            // Its own panic has already been reported by the panic hook.
            let left = done.join().unwrap_or_default();
            if !left.is_empty() {
                self.not_before = Some(now + AGAIN_AFTER);
                self.requested.lock().extend(left);
            }
        }
        if self.running.is_some() || self.not_before.is_some_and(|at| now < at) {
            return;
        }
        let mut requested = std::mem::take(&mut *self.requested.lock());
        requested.retain(|name| !registry.look_at_catalog(|catalog| catalog.keeps_documents(name)));
        let work: Vec<(String, SharedBackend)> = requested
            .into_iter()
            .flat_map(|name| {
                let of = sinks_of(config, sinks, &name);
                of.into_iter().map(move |sink| (name.clone(), sink)).collect::<Vec<_>>()
            })
            .collect();
        if work.is_empty() {
            return;
        }
        let registry = Arc::clone(registry);
        let collect = move || {
            let undone = |(projection, sink): &(String, SharedBackend)| {
                sink.keep_only(projection, || kept(&registry, projection))
                    .inspect_err(|error| {
                        warn!(projection, sink = sink.name(), %error, "cannot remove what retired versions left, trying again");
                    })
                    .is_err()
            };
            work.iter().filter(|of| undone(of)).map(|(projection, _)| projection.clone()).collect()
        };
        match spawn_contained("collect garbage", collect) {
            Ok(thread) => self.running = Some(thread),
            Err(error) => warn!(%error, "cannot remove what retired versions left; the next start does"),
        }
    }
}

/// Returns the sinks that a projection is served from.
pub(super) fn sinks_of(config: &Config, sinks: &[SharedBackend], projection: &str) -> Vec<SharedBackend> {
    let chosen = &config.projection(projection).sinks;
    chosen.iter().filter_map(|name| sinks.iter().find(|sink| sink.name() == name)).cloned().collect()
}

/// Returns the versions of a projection whose documents must be kept.
fn kept(registry: &Registry, projection: &str) -> Vec<SinkVersion> {
    let catalog = registry.catalog();
    let of = catalog.folding(projection).filter_map(|(version, _)| {
        let build = catalog.build(projection, version)?;
        Some(SinkVersion {
            projection: projection.to_owned(),
            version: build.release.to_string(),
            digest: build.digest().short(),
            document: Vec::new(),
        })
    });
    of.collect()
}
