//! The thread that turns module files and operators' wishes into decisions: judge, register, promote, give up.
//!
//! What was decided becomes what runs in `rollout`. What is between two decisions is derived, so a crash at any point resumes
//! here by comparing what is decided with what runs.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use foldline_core::description::Description;
use foldline_core::lifecycle::VersionState;
use notify::Watcher;
use semver::Version;
use tracing::{debug, info, warn};

use super::added_partitions::added_partitions;
use super::catalog::{Catalog, RegistrationCheck};
use super::completion::Other;
use super::decisions::{Decision, Decisions};
use super::folder::{Folder, FolderEvent};
use super::garbage_collection::{GarbageCollection, sinks_of};
use super::history::{HistoryLookup, require_whole};
use super::judge::Judge;
use super::module_store::ModuleStore;
use super::operator_requests::{OperatorRequests, REQUESTS_MAX, SupervisorEvent};
use super::pending_drops::PendingDrops;
use super::registry::Registry;
use super::relays::Relays;
use super::rollback_windows::RollbackWindows;
use super::versions::Projection;
use foldline_api::{ModuleReport, Verdict};
use foldline_base::artifact::without_length;
use foldline_base::code::Code;
use foldline_base::error::{Error, ErrorKind, Result, ResultExt};
use foldline_base::failpoints::{Failpoint, reach};
use foldline_config::Config;
use foldline_engine::Worker;
use foldline_log::embedded::EmbeddedLog;
use foldline_log::lineage::Unproven;
use foldline_module::{Digest, ModuleEngine, ValidatedModule};
use foldline_relay::RelayTarget;
use foldline_sink::SharedBackend;
use foldline_sink_changes::ReadTopics;
use foldline_source::added_partitions::AddedPartitions;
use foldline_source::feed::Feeds;
use foldline_source::idle_partitions::IdlePartitions;
use foldline_source::skipping::SkipBook;

/// How often versions are looked at: a candidate that has caught up goes live this much later at most.
const TICK: Duration = Duration::from_millis(20);
/// How often the folder is looked at while files may still change.
const LOOK_SOON: Duration = Duration::from_millis(200);
/// How often the folder is looked at without being told that it changed: notices can be lost.
const LOOK_ANYWAY: Duration = Duration::from_secs(2);

/// What the supervisor works with.
pub struct SupervisorConfig {
    /// The host's configuration.
    pub config: Config,
    /// The log that reducers read.
    pub feeds: Arc<Feeds>,
    /// The log that holds decisions.
    pub internal_log: Arc<EmbeddedLog>,
    /// Where relays send.
    pub target: Arc<dyn RelayTarget>,
    /// Servers that documents are served from.
    pub sinks: Vec<SharedBackend>,
    /// What versions read: topics of changes are none of it.
    pub inputs: Arc<ReadTopics>,
    /// The nonce of this process.
    pub owner: String,
}

/// The supervisor's thread; dropping it stops every version and waits.
pub struct Supervisor {
    stop: Arc<AtomicBool>,
    requests: OperatorRequests,
    thread: Option<JoinHandle<()>>,
}

impl Supervisor {
    /// Reads decisions, resumes versions, and starts to look at the modules folder.
    ///
    /// # Errors
    /// `Config` when a folder cannot be used, `Corrupt` when decisions cannot be read.
    pub fn start(config: SupervisorConfig, registry: Arc<Registry>) -> Result<Self> {
        let (wake, wakes) = sync_channel(REQUESTS_MAX);
        let mut state = SupervisorState::open(config, registry, wake.clone())?;
        let watcher = watch(&state.folder, wake.clone());
        let stop = Arc::new(AtomicBool::new(false));
        let thread = std::thread::Builder::new()
            .name("lifecycle".to_owned())
            .spawn({
                let stop = Arc::clone(&stop);
                move || {
                    state.run(&wakes, &stop);
                    drop(watcher);
                }
            })
            .kind(ErrorKind::Internal, "starting the lifecycle thread")?;
        Ok(Self { stop, requests: OperatorRequests(wake), thread: Some(thread) })
    }

    /// Returns what asks it for changes.
    pub fn requests(&self) -> OperatorRequests {
        self.requests.clone()
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            // The thread's own panic has already been reported by the panic hook.
            let _ = thread.join();
        }
    }
}

/// Watches the folder where the system can; where it cannot, looking every few seconds is enough.
fn watch(folder: &Folder, wake: SyncSender<SupervisorEvent>) -> Option<notify::RecommendedWatcher> {
    let told = move |event: notify::Result<notify::Event>| {
        // Our own looking is an access too.
        if event.is_ok_and(|event| event.kind.is_access()) {
            return;
        }
        // Full: the supervisor has been told and has not looked yet.
        let _ = wake.try_send(SupervisorEvent::FolderChanged);
    };
    let watching = notify::recommended_watcher(told).and_then(|mut watcher| {
        watcher.watch(folder.path(), notify::RecursiveMode::NonRecursive)?;
        Ok(watcher)
    });
    watching
        .inspect_err(|error| warn!(%error, "cannot watch the modules folder, checking it every two seconds"))
        .ok()
}

pub(super) struct SupervisorState {
    pub(super) config: Config,
    /// As it was read last: it says how many dead letters stop a version, and nothing else.
    pub(super) newest_config: Config,
    pub(super) feeds: Arc<Feeds>,
    pub(super) idle_partitions: Arc<IdlePartitions>,
    pub(super) owner: String,
    pub(super) registry: Arc<Registry>,
    pub(super) catalog: Catalog,
    pub(super) decisions: Decisions,
    pub(super) judge: Judge,
    pub(super) modules: ModuleStore,
    folder: Folder,
    history: HistoryLookup,
    pub(super) pending_drops: PendingDrops,
    pub(super) projections: BTreeMap<String, Projection>,
    pub(super) relays: Relays,
    pub(super) retiring: Vec<JoinHandle<()>>,
    sinks: Vec<SharedBackend>,
    /// What versions read: topics of changes are none of it.
    pub(super) inputs: Arc<ReadTopics>,
    pub(super) garbage: GarbageCollection,
    pub(super) rollback_windows: RollbackWindows,
    pub(super) added_partitions: Arc<AddedPartitions>,
    pub(super) skips: Arc<SkipBook>,
    /// Holds up all appends until what was decided before this start compares the log with what it made of it.
    unproven: Option<Unproven>,
    /// When it may be decided again by itself, after the log refused.
    pub(super) decide_at: Option<Instant>,
}

impl SupervisorState {
    fn open(
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
        // Full: the supervisor has been told and has not looked yet.
        let judge = Judge::new(engine, move || drop(wake.try_send(SupervisorEvent::FolderChanged)));
        let modules = ModuleStore::open(&config.data.join("modules"))?;
        let folder = Folder::open(&config.modules, config.limits.module_bytes_max)?;
        let unproven = Some(feeds.lineage().expect_any());
        let mut state = Self {
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
        };
        state.open_skips();
        let leftovers = state.leftovers();
        state.reconcile();
        // Before anything can be appended: relays compare the log with their frontiers, too.
        state.tend_relays();
        state.admit_appends();
        state.delete_beside(leftovers);
        let names: Vec<String> = state.catalog.names().map(str::to_owned).collect();
        names.iter().for_each(|name| state.garbage.requester(name)());
        Ok(state)
    }

    /// Lets records be appended once each version and relay has been started, and holds up appends itself until it has compared
    /// its topics. One that halted, or cannot start for now, is not waited for: what it compares later still halts it.
    fn admit_appends(&mut self) {
        if self.unproven.is_some() && !self.projections.values().any(Projection::is_being_judged) {
            self.unproven = None;
        }
    }

    fn run(&mut self, wakes: &Receiver<SupervisorEvent>, stop: &AtomicBool) {
        let mut look_at = Some(Instant::now());
        while !stop.load(Ordering::Acquire) {
            // What folds is judged first: appends wait for it.
            if self.unproven.is_none() && look_at.is_some_and(|at| at <= Instant::now()) {
                self.look();
                look_at = None;
                if !self.folder.is_unsettled() {
                    self.registry.set_settled();
                    self.name_unmatched();
                }
            }
            self.tend();
            self.admit_appends();
            self.add_partitions(Instant::now());
            self.garbage.tend(&self.config, &self.sinks, &self.registry, Instant::now());
            self.retiring.retain(|thread| !thread.is_finished());
            let pause = if self.folder.is_unsettled() { LOOK_SOON } else { LOOK_ANYWAY };
            let next_look = *look_at.get_or_insert_with(|| Instant::now() + pause);
            match wakes.recv_timeout(TICK) {
                // A notice comes in the middle of a copy: look soon, not at once.
                Ok(SupervisorEvent::FolderChanged) => {
                    look_at = Some(next_look.min(Instant::now() + LOOK_SOON / 4))
                }
                Ok(SupervisorEvent::Requested(request)) => self.answer(request),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => std::thread::park_timeout(TICK),
            }
        }
        self.stop();
    }

    fn stop(&mut self) {
        self.judge.stop();
        self.rollback_windows.write(Instant::now());
        self.relays.stop();
        let projections = std::mem::take(&mut self.projections);
        let running = projections.into_values().flat_map(|projection| projection.running.into_values());
        let (workers, handles): (Vec<_>, Vec<_>) =
            running.map(|running| (running.worker, running.handle)).unzip();
        // Together: each takes a last flush and a last checkpoint.
        workers.iter().flatten().for_each(Worker::request_stop);
        drop(workers);
        handles.iter().for_each(|handle| handle.close_store());
        for thread in self.retiring.drain(..) {
            // Its own panic has already been reported by the panic hook.
            let _ = thread.join();
        }
    }

    /// Returns the sinks that a projection is served from, besides the embedded store.
    pub(super) fn sinks_of(&self, projection: &str) -> Vec<SharedBackend> {
        sinks_of(&self.config, &self.sinks, projection)
    }

    /// Makes a decision durable, then takes it in; one that does not fit is not made.
    pub(super) fn decide(&mut self, decision: &Decision) -> Result<()> {
        let mut after = self.catalog.clone();
        after.apply(decision).map_err(|invalid| Error::new(ErrorKind::Refused, invalid))?;
        self.decisions.record(decision)?;
        self.catalog = after;
        self.registry.set_catalog(&self.catalog);
        Ok(())
    }

    fn look(&mut self) {
        let catalog = &self.catalog;
        let events = match self.folder.look(Instant::now(), &|bytes| catalog.knows(&Digest::of(bytes))) {
            Ok(events) => events,
            Err(error) => {
                warn!(%error, "cannot read the modules folder");
                return;
            }
        };
        for event in events {
            let report = match event {
                FolderEvent::Gone { file } => {
                    self.pending_drops.forget(&file);
                    self.registry.forget_report(&file);
                    continue;
                }
                FolderEvent::Refused { file, code, reason } => {
                    told(file, Verdict::Rejected, code, format!("it {reason}"))
                }
                FolderEvent::Waits { file, reason } => {
                    told(file, Verdict::Waiting, Code::Unsettled, format!("it {reason}"))
                }
                FolderEvent::Ignored { file, code, reason } => {
                    told(file, Verdict::Ignored, code, format!("it {reason}"))
                }
                FolderEvent::Module { file, bytes } => {
                    let report = self.judge(file, &bytes);
                    if report.verdict == Verdict::Waiting {
                        self.folder.postpone(&report.file, Instant::now());
                    }
                    self.pending_drops.note(&report);
                    self.tell(report);
                    continue;
                }
            };
            // What was asked about it was asked of other bytes.
            self.pending_drops.forget(&report.file);
            self.tell(report);
        }
        for report in self.pending_drops.settled() {
            self.tell(self.settled(report));
        }
        self.reconcile();
        // Last: what was judged in this look stays unknown until it runs.
        self.registry.set_unsettled(self.folder.unsettled().collect());
    }

    fn tell(&self, report: ModuleReport) {
        if !self.registry.report(report.clone()) {
            return;
        }
        let ModuleReport { file, verdict, reason, .. } = report;
        match verdict {
            Verdict::Accepted | Verdict::Registered => info!(file, ?verdict, "module accepted"),
            Verdict::Rejected => warn!(file, reason, "module refused"),
            Verdict::Waiting => warn!(file, reason, "module waits to be judged"),
            Verdict::Ignored => debug!(file, reason, "entry of the modules folder ignored"),
        }
    }

    fn judge(&mut self, file: String, bytes: &[u8]) -> ModuleReport {
        let mut report = ModuleReport {
            file,
            name: None,
            version: None,
            digest: Some(Digest::of(bytes).to_string()),
            verdict: Verdict::Accepted,
            code: None,
            reason: None,
        };
        let judged = self.judge.ask(Some(&report.file), bytes).and_then(|module| {
            let description = module.description();
            report.name = Some(description.name.clone());
            report.version = Some(description.version.clone());
            self.register(&module, bytes)
        });
        match judged {
            Ok(verdict) => report.verdict = verdict,
            Err(error) => {
                // What is away comes back; everything else stays as it is until the file changes.
                let waits = error.kind() == ErrorKind::Unavailable;
                report.verdict = if waits { Verdict::Waiting } else { Verdict::Rejected };
                report.code = Some(code_of(&error).to_string());
                report.reason = Some(error.to_string());
            }
        }
        report
    }

    fn register(&mut self, module: &ValidatedModule, bytes: &[u8]) -> Result<Verdict> {
        let name = &module.description().name;
        let version = parse_version(&module.description().version)?;
        let digest = *module.digest();
        match self.catalog.rule(name, &version, &digest) {
            // Bytes that were lost from the store come back with the file.
            RegistrationCheck::Known => self.modules.put(&digest, bytes)?,
            RegistrationCheck::Conflict(known) => {
                match Other::of(bytes, name, &version, &known, &self.catalog, &self.modules) {
                    Other::Same => self.modules.put(&known, without_length(bytes))?,
                    Other::Completes => self.complete(module, &version, bytes)?,
                    Other::Conflicts => return Err(conflict(name, &version, &known, &digest)),
                }
            }
            RegistrationCheck::New => {
                self.require_history(module)?;
                reach(Failpoint::ModuleJudged);
                self.modules.put(&digest, bytes)?;
                reach(Failpoint::ModuleKept);
                self.decide(&Decision::Registered { name: name.clone(), version: version.clone(), digest })?;
                reach(Failpoint::VersionRegistered);
            }
        }
        Ok(self.verdict_on(name, &version))
    }

    /// Takes a whole module in the place of its beginning, which was registered and never served.
    fn complete(&mut self, module: &ValidatedModule, version: &Version, bytes: &[u8]) -> Result<()> {
        let (name, digest) = (&module.description().name, *module.digest());
        let handover = self.projections.get(name).and_then(|projection| projection.handover.as_ref());
        if handover.is_some_and(|handover| handover.version() == version) {
            let message =
                format!("{name}@{version} is taking over right now with the beginning of this file");
            return Err(Error::new(ErrorKind::Unavailable, message));
        }
        self.require_history(module)?;
        self.modules.put(&digest, bytes)?;
        self.decide(&Decision::Completed { name: name.clone(), version: version.clone(), digest })?;
        info!(version = format!("{name}@{version}"), "the whole module takes the place of its beginning");
        Ok(())
    }

    /// Refuses a module that would replay half a log; one that only relays replays nothing.
    pub(super) fn require_history(&mut self, module: &ValidatedModule) -> Result<()> {
        let Description { name, inputs, .. } = &**module.description();
        if !module.description().reduces() {
            return Ok(());
        }
        let histories = self.history.ask(*module.digest(), self.feeds.log(), inputs)?;
        let live = self.catalog.live(name).map(|live| format!("{name}@{live}"));
        require_whole(&histories, &self.config, live.as_deref())
    }

    fn verdict_on(&self, name: &str, version: &Version) -> Verdict {
        let folds = self.catalog.state_of(name, version).is_some_and(VersionState::folds);
        if folds { Verdict::Accepted } else { Verdict::Registered }
    }

    /// Returns a verdict as it is once everything that lay there has been judged: a module that another one displaced at the
    /// same look is never folded.
    fn settled(&self, mut report: ModuleReport) -> ModuleReport {
        if report.verdict == Verdict::Accepted
            && let (Some(name), Some(version)) = (&report.name, &report.version)
            && let Ok(version) = parse_version(version)
        {
            report.verdict = self.verdict_on(name, &version);
        }
        report
    }
}

pub(super) fn parse_version(version: &str) -> Result<Version> {
    version.parse().kind(ErrorKind::Module, format_args!("version `{version}`"))
}

/// Returns why a version cannot have other bytes than it was registered with.
pub(super) fn conflict(name: &str, version: &Version, known: &Digest, digest: &Digest) -> Error {
    let message = format!("{name}@{version} is registered with digest {known}, this file has {digest}");
    Error::new(ErrorKind::Module, message)
        .with_hint("raise the version in the reducer's Cargo.toml and build again")
        .with_code(Code::Conflict)
}

/// Returns the stable name of why a module is not folded.
pub(super) fn code_of(error: &Error) -> Code {
    error.code().unwrap_or(match error.kind() {
        ErrorKind::Module => Code::InvalidModule,
        ErrorKind::Unavailable => Code::HostUnavailable,
        _ => Code::HostFailed,
    })
}

fn told(file: String, verdict: Verdict, code: Code, reason: String) -> ModuleReport {
    let (code, reason) = (Some(code.to_string()), Some(reason));
    ModuleReport { file, name: None, version: None, digest: None, verdict, code, reason }
}
