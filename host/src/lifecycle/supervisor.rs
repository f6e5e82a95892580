//! The thread that turns module files into versions: judge, register, start, take over, retire.
//!
//! The new version is built completely aside; the decision is made durable; then one assignment makes it live. What is
//! between two decisions is derived, so a crash at any point resumes here by comparing what is decided with what runs.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use foldline_core::position::Position;
use notify::Watcher;
use semver::Version;
use tracing::{error, info, warn};

use super::catalog::{Catalog, Ruling};
use super::decisions::{Decision, Decisions};
use super::folder::{Folder, Sighting};
use super::module_store::ModuleStore;
use super::registry::Registry;
use super::versions::{Projection, Running};
use crate::api::{ModuleReport, Phase, Verdict};
use crate::config::Config;
use crate::decode::DecodeLimits;
use crate::engine::{Feeds, FoldOptions, Sleepers, VersionConfig, VersionHandle, Worker};
use crate::error::{Error, ErrorKind, Result, ResultExt};
use crate::log::embedded::EmbeddedLog;
use crate::module::{Digest, ModuleEngine, ValidatedModule};

/// How often versions are looked at: a candidate that has caught up goes live this much later at most.
const TICK: Duration = Duration::from_millis(20);
/// How long a file must stay the same before it is read.
const SETTLE: Duration = Duration::from_millis(200);
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
    /// The nonce of this process.
    pub owner: String,
}

/// The supervisor's thread; dropping it stops every version and waits.
pub struct Supervisor {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// Something changed in the modules folder.
struct FolderChanged;

impl Supervisor {
    /// Reads decisions, resumes versions, and starts to look at the modules folder.
    ///
    /// # Errors
    /// `Config` when a folder cannot be used, `Corrupt` when decisions cannot be read.
    pub fn start(config: SupervisorConfig, registry: Arc<Registry>) -> Result<Self> {
        let (wake, wakes) = sync_channel(1);
        let mut state = State::open(config, registry)?;
        let watcher = watch(&state.folder, wake);
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
        Ok(Self { stop, thread: Some(thread) })
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
fn watch(folder: &Folder, wake: SyncSender<FolderChanged>) -> Option<notify::RecommendedWatcher> {
    let told = move |event: notify::Result<notify::Event>| {
        // Our own looking is an access too.
        if event.is_ok_and(|event| event.kind.is_access()) {
            return;
        }
        // Full: the supervisor has been told and has not looked yet.
        let _ = wake.try_send(FolderChanged);
    };
    let watching = notify::recommended_watcher(told).and_then(|mut watcher| {
        watcher.watch(folder.path(), notify::RecursiveMode::NonRecursive)?;
        Ok(watcher)
    });
    watching
        .inspect_err(
            |error| warn!(%error, "cannot watch the modules folder, looking at it every two seconds"),
        )
        .ok()
}

struct State {
    config: Config,
    feeds: Arc<Feeds>,
    sleepers: Arc<Sleepers>,
    owner: String,
    registry: Arc<Registry>,
    catalog: Catalog,
    decisions: Decisions,
    engine: ModuleEngine,
    modules: ModuleStore,
    folder: Folder,
    projections: BTreeMap<String, Projection>,
    retiring: Vec<JoinHandle<()>>,
}

impl State {
    fn open(config: SupervisorConfig, registry: Arc<Registry>) -> Result<Self> {
        let SupervisorConfig { config, feeds, internal_log, owner } = config;
        let (decisions, decided) = Decisions::open(internal_log)?;
        let mut catalog = Catalog::default();
        for decision in &decided {
            catalog.apply(decision);
        }
        let engine = ModuleEngine::new((&config.limits).into(), Some(config.data.join("cache")))?;
        let modules = ModuleStore::open(&config.data.join("modules"))?;
        let folder = Folder::open(&config.modules, config.limits.module_bytes_max)?;
        let mut state = Self {
            sleepers: Arc::new(Sleepers::new(config.clone())),
            config,
            feeds,
            owner,
            registry,
            catalog,
            decisions,
            engine,
            modules,
            folder,
            projections: BTreeMap::new(),
            retiring: Vec::new(),
        };
        state.reconcile();
        state.remove_leftovers();
        Ok(state)
    }

    fn run(&mut self, wakes: &Receiver<FolderChanged>, stop: &AtomicBool) {
        let mut look_at = Some(Instant::now());
        while !stop.load(Ordering::Acquire) {
            if look_at.is_some_and(|at| at <= Instant::now()) {
                self.look();
                look_at = None;
                if !self.folder.is_unsettled() {
                    self.registry.set_settled();
                }
            }
            self.serve_and_take_over();
            self.retiring.retain(|thread| !thread.is_finished());
            let pause = if self.folder.is_unsettled() { SETTLE } else { LOOK_ANYWAY };
            let next_look = *look_at.get_or_insert_with(|| Instant::now() + pause);
            match wakes.recv_timeout(TICK) {
                // A notice comes in the middle of a copy: look soon, not at once.
                Ok(FolderChanged) => look_at = Some(next_look.min(Instant::now() + SETTLE / 4)),
                Err(RecvTimeoutError::Timeout) => {}
                // The system refused a watcher: nobody wakes us.
                Err(RecvTimeoutError::Disconnected) => std::thread::park_timeout(TICK),
            }
        }
        self.stop();
    }

    fn stop(&mut self) {
        let projections = std::mem::take(&mut self.projections);
        let running =
            projections.into_values().flat_map(|projection| [projection.live, projection.candidate]);
        let (workers, handles): (Vec<_>, Vec<_>) =
            running.flatten().map(|running| (running.worker, running.handle)).unzip();
        // Together: each takes a last flush and a last checkpoint.
        workers.iter().flatten().for_each(Worker::request_stop);
        drop(workers);
        handles.iter().for_each(|handle| handle.close_store());
        for thread in self.retiring.drain(..) {
            // Its own panic has already been reported by the panic hook.
            let _ = thread.join();
        }
    }

    fn look(&mut self) {
        let sightings = match self.folder.look() {
            Ok(sightings) => sightings,
            Err(error) => {
                warn!(%error, "cannot look at the modules folder");
                return;
            }
        };
        for sighting in sightings {
            match sighting {
                Sighting::Gone { file } => self.registry.forget_report(&file),
                Sighting::Refused { file, reason } => {
                    warn!(file, reason, "module refused");
                    self.registry.report(refused(file, None, format!("it {reason}")));
                }
                Sighting::Module { file, bytes } => {
                    let report = self.judge(file, &bytes);
                    match &report.reason {
                        Some(reason) => warn!(file = report.file, reason, "module refused"),
                        None => info!(file = report.file, verdict = ?report.verdict, "module accepted"),
                    }
                    self.registry.report(report);
                }
            }
        }
        self.reconcile();
    }

    fn judge(&mut self, file: String, bytes: &[u8]) -> ModuleReport {
        let digest = Digest::of(bytes);
        let module = match self.engine.validate(Some(&file), bytes) {
            Ok(module) => module,
            Err(error) => return refused(file, Some(digest), error.to_string()),
        };
        let description = module.description();
        let (name, version) = (description.name.clone(), description.version.clone());
        let verdict = match self.register(&module, bytes) {
            Ok(verdict) => verdict,
            Err(error) => {
                let report = refused(file, Some(digest), error.to_string());
                return ModuleReport { name: Some(name), version: Some(version), ..report };
            }
        };
        ModuleReport {
            file,
            name: Some(name),
            version: Some(version),
            digest: Some(digest.to_string()),
            verdict,
            reason: None,
        }
    }

    fn register(&mut self, module: &ValidatedModule, bytes: &[u8]) -> Result<Verdict> {
        let name = &module.description().name;
        let version = parse_version(&module.description().version)?;
        let digest = *module.digest();
        match self.catalog.rule(name, &version, &digest) {
            // Bytes that were lost from the store come back with the file.
            Ruling::Known => self.modules.put(&digest, bytes)?,
            Ruling::Conflict(known) => {
                return Err(Error::new(
                    ErrorKind::Module,
                    format!("{name}@{version} is registered with digest {known}, this file has {digest}"),
                )
                .with_hint("raise the version in the reducer's Cargo.toml and build again"));
            }
            Ruling::New => {
                self.modules.put(&digest, bytes)?;
                let decision = Decision::Registered { name: name.clone(), version: version.clone(), digest };
                self.decisions.record(&decision)?;
                self.catalog.apply(&decision);
            }
        }
        let runs =
            self.catalog.live(name) == Some(&version) || self.catalog.candidate(name) == Some(&version);
        Ok(if runs { Verdict::Accepted } else { Verdict::Registered })
    }

    /// Makes what runs agree with what is decided.
    fn reconcile(&mut self) {
        let names: Vec<String> = self.catalog.names().map(str::to_owned).collect();
        for name in names {
            let live = self.catalog.live(&name).cloned();
            if live.is_some() {
                self.registry.expect(&name);
            }
            let candidate = self.catalog.candidate(&name).cloned();
            let mut projection = self.projections.remove(&name).unwrap_or_default();
            let mut changed = false;
            if projection.live.as_ref().is_none_or(|running| running.can_start_after_all(&self.modules))
                && let Some(version) = live
            {
                projection.live = self.start(&name, version, Phase::Live);
                changed = true;
            }
            if projection.candidate.as_ref().map(|running| &running.version) != candidate.as_ref()
                || projection
                    .candidate
                    .as_ref()
                    .is_some_and(|running| running.can_start_after_all(&self.modules))
            {
                projection.thaw();
                if let Some(superseded) = projection.candidate.take() {
                    info!(version = superseded.handle.label(), "superseded before it went live");
                    self.retire(superseded);
                }
                projection.candidate =
                    candidate.and_then(|version| self.start(&name, version, Phase::Replaying));
                changed = true;
            }
            if changed {
                self.registry.set_versions(&name, projection.handles());
            }
            self.projections.insert(name, projection);
        }
    }

    fn start(&self, name: &str, version: Version, phase: Phase) -> Option<Running> {
        let digest = *self.catalog.digest(name, &version)?;
        let folder = self.version_folder(name, &version, &digest);
        let changes = self.registry.changes_sender();
        let text = version.to_string();
        let bytes = self.modules.get(&digest);
        let lost = bytes.is_err();
        let validated = bytes.and_then(|bytes| self.engine.validate(None, &bytes));
        let topics = match &validated {
            Ok(module) => module.description().inputs.iter().map(|input| input.topic.clone()).collect(),
            Err(_) => Vec::new(),
        };
        let handle = Arc::new(VersionHandle::new(name, &text, digest, topics, phase, changes));
        let started = validated.and_then(|module| {
            let config = VersionConfig {
                module: module.clone(),
                feeds: Arc::clone(&self.feeds),
                state: folder.join("state"),
                documents: folder.join("documents.sqlite"),
                owner: self.owner.clone(),
                fold: FoldOptions {
                    dead_letters_max: self.config.limits.dead_letters_max,
                    ..FoldOptions::new(Arc::clone(self.feeds.threads()), DecodeLimits::of(&self.config))
                },
                memory_max: self.config.engine.memory_max,
                flush_keys_max: VersionConfig::FLUSH_KEYS_MAX,
                checkpoint: self.config.checkpoint.clone(),
                sleepers: Arc::clone(&self.sleepers),
            };
            std::fs::create_dir_all(&folder)
                .kind(ErrorKind::Unavailable, format_args!("folder `{}`", folder.display()))?;
            Ok((module, Worker::start(config, Arc::clone(&handle))?))
        });
        let (module, worker) = match started {
            Ok((module, worker)) => (Some(module), Some(worker)),
            Err(error) => {
                let error = error.context(format_args!("{name}@{version} cannot run"));
                let hint = format!("put {name}@{version}.wasm into the modules folder again");
                let error = if error.hint().is_some() { error } else { error.with_hint(hint) };
                error!(%error, "projection halted");
                handle.halt(error.to_string());
                (None, None)
            }
        };
        Some(Running { version, digest, handle, module, lost, worker, folder })
    }

    fn serve_and_take_over(&mut self) {
        let names: Vec<String> = self.projections.keys().cloned().collect();
        for name in names {
            let Some(mut projection) = self.projections.remove(&name) else { continue };
            let problem = self.advance(&name, &mut projection).err().map(|error| error.to_string());
            if problem.is_some() && problem != projection.problem {
                warn!(projection = name, problem, "cannot serve or switch yet, trying again");
            }
            projection.problem = problem;
            self.projections.insert(name, projection);
        }
    }

    fn advance(&mut self, name: &str, projection: &mut Projection) -> Result<()> {
        // What the live version cannot do must not keep a candidate from replacing it.
        let served = self.serve_live(name, projection);
        if projection.is_frozen_in_vain() {
            projection.thaw();
        }
        match projection.may_take_over() {
            None => served,
            Some(shown) => {
                let taken_over = self.take_over(name, projection, shown);
                if taken_over.is_err() {
                    projection.thaw();
                }
                taken_over
            }
        }
    }

    /// Serves the live version as soon as its sink shows anything.
    fn serve_live(&self, name: &str, projection: &Projection) -> Result<()> {
        let Some(live) = &projection.live else { return Ok(()) };
        let is_served =
            || self.registry.serving(name).is_some_and(|serving| Arc::ptr_eq(&serving.handle, &live.handle));
        if live.handle.progress().shown.is_none() || is_served() {
            return Ok(());
        }
        self.registry.serve(name, live.serving()?);
        live.handle.publish(|progress| {
            if progress.phase != Phase::Halted {
                progress.phase = Phase::Live;
            }
        });
        Ok(())
    }

    fn take_over(&mut self, name: &str, projection: &mut Projection, shown: Position) -> Result<()> {
        let Some(candidate) = &projection.candidate else { return Ok(()) };
        // Everything that can fail comes before the decision; after it, only assignments.
        let serving = candidate.serving()?;
        let decision = Decision::Live {
            name: name.to_owned(),
            version: candidate.version.clone(),
            digest: candidate.digest,
            position: shown,
        };
        self.decisions.record(&decision)?;
        self.catalog.apply(&decision);
        self.registry.expect(name);
        self.registry.serve(name, serving);
        candidate.handle.publish(|progress| {
            if progress.phase != Phase::Halted {
                progress.phase = Phase::Live;
            }
        });
        info!(version = candidate.handle.label(), "live");
        let retired = std::mem::replace(&mut projection.live, projection.candidate.take());
        projection.frozen = None;
        self.registry.set_versions(name, projection.handles());
        if let Some(retired) = retired {
            // Whoever waits for the old version asks the new one.
            retired.handle.close_shown();
            self.retire(retired);
        }
        Ok(())
    }

    /// Stops a version and deletes what it wrote, beside everything else.
    fn retire(&mut self, running: Running) {
        let Running { worker, folder, handle, .. } = running;
        let retire = move || {
            drop(worker);
            handle.close_store();
            if let Err(error) = std::fs::remove_dir_all(&folder) {
                warn!(folder = %folder.display(), %error, "cannot delete a retired version");
            }
            info!(version = handle.label(), "retired");
        };
        match std::thread::Builder::new().name("retire".to_owned()).spawn(retire) {
            Ok(thread) => self.retiring.push(thread),
            Err(error) => warn!(%error, "cannot retire a version now; the next start does"),
        }
    }

    /// Deletes what retired versions left behind when the host ended before it could.
    fn remove_leftovers(&self) {
        let wanted: Vec<&PathBuf> = self
            .projections
            .values()
            .flat_map(|projection| [&projection.live, &projection.candidate])
            .flatten()
            .map(|running| &running.folder)
            .collect();
        let Ok(entries) = std::fs::read_dir(self.config.data.join("versions")) else { return };
        for path in entries.flatten().map(|entry| entry.path()).filter(|path| !wanted.contains(&path)) {
            if let Err(error) = std::fs::remove_dir_all(&path) {
                warn!(folder = %path.display(), %error, "cannot delete a retired version");
            }
        }
    }

    fn version_folder(&self, name: &str, version: &Version, digest: &Digest) -> PathBuf {
        let digest = digest.to_string();
        self.config.data.join("versions").join(format!("{name}@{version}-{}", &digest[..12]))
    }
}

fn parse_version(version: &str) -> Result<Version> {
    version.parse().kind(ErrorKind::Module, format_args!("version `{version}`"))
}

fn refused(file: String, digest: Option<Digest>, reason: String) -> ModuleReport {
    ModuleReport {
        file,
        name: None,
        version: None,
        digest: digest.map(|digest| digest.to_string()),
        verdict: Verdict::Rejected,
        reason: Some(reason),
    }
}
