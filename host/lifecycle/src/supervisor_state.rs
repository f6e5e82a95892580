//! The supervisor's state: one value, which only its thread changes.
//!
//! This file opens it from the decisions so far and adds further decisions; other files contain the work on it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use foldline_core::description::Description;

use super::catalog::Catalog;
use super::decisions::{Decision, Decisions};
use super::folder::Folder;
use super::garbage_collection::{GarbageCollection, sinks_of};
use super::history::{HistoryLookup, require_whole};
use super::judge::Judge;
use super::module_store::ModuleStore;
use super::operator_requests::SupervisorEvent;
use super::pending_drops::PendingDrops;
use super::registry::Registry;
use super::relays::Relays;
use super::rollback_windows::RollbackWindows;
use super::versions::{Projection, Running};
use foldline_base::error::{Error, ErrorKind, Result, ResultExt};
use foldline_config::Config;
use foldline_engine::VersionHandle;
use foldline_log::embedded::EmbeddedLog;
use foldline_log::lineage::Unproven;
use foldline_module::{ModuleEngine, ValidatedModule};
use foldline_relay::RelayTarget;
use foldline_sink::SharedBackend;
use foldline_sink_changes::ReadTopics;
use foldline_source::added_partitions::AddedPartitions;
use foldline_source::feed::Feeds;
use foldline_source::idle_partitions::IdlePartitions;
use foldline_source::skipping::SkipBook;

/// How long to wait before the next decision after the log refused one.
pub(super) const DECIDE_PAUSE: Duration = Duration::from_secs(1);

/// The settings and resources of the supervisor.
pub struct SupervisorConfig {
    /// The host's configuration.
    pub config: Config,
    /// The log that reducers read.
    pub feeds: Arc<Feeds>,
    /// The log that holds decisions.
    pub internal_log: Arc<EmbeddedLog>,
    /// Where relays send.
    pub target: Arc<dyn RelayTarget>,
    /// The configured sinks.
    pub sinks: Vec<SharedBackend>,
    /// What versions read: no topic of changes may be written into these topics.
    pub inputs: Arc<ReadTopics>,
    /// The nonce of this process.
    pub owner: String,
}

/// The decisions, what runs, and what is needed to change either.
pub(super) struct SupervisorState {
    pub(super) config: Config,
    /// The configuration as last read. Only its dead-letter limits are used.
    pub(super) newest_config: Config,
    pub(super) feeds: Arc<Feeds>,
    pub(super) idle_partitions: Arc<IdlePartitions>,
    pub(super) owner: String,
    pub(super) registry: Arc<Registry>,
    pub(super) catalog: Catalog,
    pub(super) decisions: Decisions,
    pub(super) judge: Judge,
    pub(super) modules: ModuleStore,
    pub(super) folder: Folder,
    pub(super) history: HistoryLookup,
    pub(super) pending_drops: PendingDrops,
    pub(super) projections: BTreeMap<String, Projection>,
    pub(super) relays: Relays,
    pub(super) retiring: Vec<JoinHandle<()>>,
    pub(super) sinks: Vec<SharedBackend>,
    /// What versions read: no topic of changes may be written into these topics.
    pub(super) inputs: Arc<ReadTopics>,
    pub(super) garbage: GarbageCollection,
    pub(super) rollback_windows: RollbackWindows,
    pub(super) added_partitions: Arc<AddedPartitions>,
    pub(super) skips: Arc<SkipBook>,
    /// Holds up all appends until everything decided before this start has been compared with the log.
    pub(super) unproven: Option<Unproven>,
    /// When the supervisor may decide again by itself after the log refused.
    pub(super) decide_at: Option<Instant>,
}

impl SupervisorState {
    /// Reads the decisions; nothing runs yet.
    pub(super) fn open(
        config: SupervisorConfig,
        registry: Arc<Registry>,
        wake: SyncSender<SupervisorEvent>,
    ) -> Result<Self> {
        let SupervisorConfig { config, feeds, internal_log, target, sinks, inputs, owner } = config;
        let (decisions, decided) = Decisions::open(internal_log, Arc::clone(feeds.lineage()), &config.data)?;
        let mut catalog = Catalog::default();
        for decision in &decided {
            catalog.apply(decision).kind(ErrorKind::Corrupt, "the log of decisions")?;
        }
        registry.set_catalog(&catalog);
        for (topic, adoption) in catalog.adopted() {
            feeds.lineage().adopt(topic, adoption.clone());
        }
        decisions.prove()?;
        let engine = ModuleEngine::new((&config.limits).into(), Some(config.data.join("cache")))?;
        // Full: the supervisor has been notified and has not scanned yet.
        let judge = Judge::new(engine, move || drop(wake.try_send(SupervisorEvent::LookAgain)));
        let modules = ModuleStore::open(&config.data.join("modules"))?;
        let folder = Folder::open(&config.modules, config.limits.module_bytes_max)?;
        let unproven = Some(feeds.lineage().expect_any());
        Ok(Self {
            unproven,
            sinks,
            inputs,
            garbage: GarbageCollection::default(),
            rollback_windows: RollbackWindows::open(&config.data, Instant::now()),
            added_partitions: Arc::new(added_partitions(&decided, &catalog, &config.data)),
            skips: Arc::default(),
            decide_at: None,
            idle_partitions: Arc::new(IdlePartitions::new(config.clone())),
            newest_config: config.clone(),
            config,
            feeds,
            owner,
            registry,
            catalog,
            decisions,
            judge,
            modules,
            folder,
            history: HistoryLookup::default(),
            pending_drops: PendingDrops::default(),
            projections: BTreeMap::new(),
            relays: Relays::new(target),
            retiring: Vec::new(),
        })
    }

    /// Makes a decision durable, then applies it. A decision that does not fit is not made.
    pub(super) fn decide(&mut self, decision: &Decision) -> Result<()> {
        let mut after = self.catalog.clone();
        after.apply(decision).map_err(|invalid| Error::new(ErrorKind::Refused, invalid))?;
        self.decisions.record(decision)?;
        self.catalog = after;
        self.registry.set_catalog(&self.catalog);
        Ok(())
    }

    /// Rejects a module that would replay an incomplete log. A module that only relays replays nothing.
    pub(super) fn require_history(&mut self, module: &ValidatedModule) -> Result<()> {
        let Description { name, inputs, .. } = &**module.description();
        if !module.description().reduces() {
            return Ok(());
        }
        let histories = self.history.ask(*module.build(), self.feeds.log(), inputs)?;
        let live = self.catalog.live(name).map(|live| format!("{name}@{live}"));
        require_whole(&histories, &self.config, live.as_deref())
    }

    /// Returns the sinks that a projection is served from, besides the embedded store.
    pub(super) fn sinks_of(&self, projection: &str) -> Vec<SharedBackend> {
        sinks_of(&self.config, &self.sinks, projection)
    }

    /// Returns the versions of a projection that run.
    pub(super) fn running(&self, name: &str) -> impl Iterator<Item = &Running> {
        self.projections.get(name).into_iter().flat_map(|projection| projection.running.values())
    }

    /// Records what a version reads, so that no topic of changes is written into it.
    pub(super) fn note_inputs(&self, handle: &Arc<VersionHandle>, module: &ValidatedModule) {
        let (label, version) = (handle.label(), Arc::clone(handle));
        self.inputs.note(version, &label, handle.name(), &module.description().inputs);
    }
}

/// Returns the decided partitions, and the versions with a state, which still have to report how far event time had come.
fn added_partitions(decided: &[Decision], catalog: &Catalog, data: &Path) -> AddedPartitions {
    let added = decided.iter().filter_map(|decision| match decision {
        Decision::PartitionAdded { topic, partition, event_time } => {
            Some((topic.clone(), *partition, *event_time))
        }
        _ => None,
    });
    let mut expected = BTreeSet::new();
    for name in catalog.names() {
        for (version, _) in catalog.folding(name) {
            if let Some(build) = catalog.build(name, version)
                && build.folder(data, name).is_dir()
            {
                expected.insert(build.state_key(name));
            }
        }
    }
    AddedPartitions::decided(added, expected)
}

/// Returns the error that nothing was ever registered under a name.
pub(super) fn no_projection(name: &str) -> Error {
    Error::new(ErrorKind::NotFound, format!("there is no projection `{name}`"))
        .with_hint("`foldline status` names them")
}
