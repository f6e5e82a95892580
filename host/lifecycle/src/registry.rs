//! What runs and what is served, for everyone who only reads: server, status, waiting callers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use foldline_core::position::Position;
use parking_lot::{Mutex, MutexGuard, RwLock};
use tokio::sync::watch;

use super::catalog::Catalog;
use foldline_api::{ModuleReport, Verdict};
use foldline_engine::VersionHandle;
use foldline_relay::RelayHandle;
use foldline_sink_sqlite::SqliteReader;

/// A version that is served: what a read needs.
pub struct Serving {
    /// NAME@VERSION, the header `Foldline-Version`.
    pub version: String,
    /// Reads the embedded store.
    pub reader: SqliteReader,
    /// The position that the embedded store shows; changes with each flush.
    pub shown: watch::Receiver<Position>,
    /// The version's handle.
    pub handle: Arc<VersionHandle>,
}

/// Everything that runs or is served. Only the supervisor writes it.
pub struct Registry {
    running: RwLock<BTreeMap<String, Vec<Arc<VersionHandle>>>>,
    relays: RwLock<BTreeMap<String, Arc<RelayHandle>>>,
    serving: RwLock<BTreeMap<String, Arc<Serving>>>,
    reports: RwLock<BTreeMap<String, ModuleReport>>,
    /// All decisions.
    catalog: RwLock<Catalog>,
    /// Projections for which a version was decided to be live.
    expected: RwLock<BTreeSet<String>>,
    changes: Arc<watch::Sender<u64>>,
    folder_read: AtomicBool,
    /// Files of the modules folder that may still change; they are judged once they are stable.
    unsettled: RwLock<BTreeSet<String>>,
    /// Configuration tables that name nothing known, one sentence each.
    unmatched: RwLock<Vec<String>>,
    /// Held while states are verified or compared.
    examining: Mutex<()>,
}

impl Default for Registry {
    fn default() -> Self {
        Self {
            running: RwLock::default(),
            relays: RwLock::default(),
            serving: RwLock::default(),
            reports: RwLock::default(),
            catalog: RwLock::default(),
            expected: RwLock::default(),
            changes: Arc::new(watch::Sender::new(0)),
            folder_read: AtomicBool::new(false),
            unsettled: RwLock::default(),
            unmatched: RwLock::default(),
            examining: Mutex::default(),
        }
    }
}

impl Registry {
    /// Returns the versions that run or have halted, by name, then version.
    pub fn versions(&self) -> Vec<Arc<VersionHandle>> {
        self.running.read().values().flatten().cloned().collect()
    }

    /// Returns the versions of one projection, the live one first.
    pub fn versions_of(&self, name: &str) -> Vec<Arc<VersionHandle>> {
        self.running.read().get(name).cloned().unwrap_or_default()
    }

    /// Returns the relays that run or have halted, by name.
    pub fn relays(&self) -> Vec<Arc<RelayHandle>> {
        self.relays.read().values().cloned().collect()
    }

    /// Returns what is needed to read a projection.
    pub fn serving(&self, name: &str) -> Option<Arc<Serving>> {
        self.serving.read().get(name).cloned()
    }

    /// Stops serving a projection until it is served again: what it shows does not count.
    pub(super) fn withdraw(&self, name: &str) {
        self.serving.write().remove(name);
    }

    /// Returns the verdicts on the modules folder, by file.
    pub fn reports(&self) -> Vec<ModuleReport> {
        self.reports.read().values().cloned().collect()
    }

    /// Returns a copy of the catalog.
    pub fn catalog(&self) -> Catalog {
        self.catalog.read().clone()
    }

    /// Reads from the catalog without copying it.
    pub fn look_at_catalog<T>(&self, at: impl FnOnce(&Catalog) -> T) -> T {
        at(&self.catalog.read())
    }

    /// Returns whether the modules folder may contain a module of this name that was not judged yet.
    pub fn may_come(&self, name: &str) -> bool {
        let of_name = |file: &str| file.strip_prefix(name).is_some_and(|rest| rest.starts_with('@'));
        let waits = |report: &ModuleReport| report.verdict == Verdict::Waiting && of_name(&report.file);
        !self.is_folder_read()
            || self.unsettled.read().iter().any(|file| of_name(file))
            || self.reports.read().values().any(waits)
    }

    /// Returns a counter that grows with every change here, or of any version's progress.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Returns the projections that should be served but are not.
    pub fn not_served(&self) -> Vec<String> {
        let serving = self.serving.read();
        self.expected.read().iter().filter(|name| !serving.contains_key(*name)).cloned().collect()
    }

    /// Returns the configuration tables that name nothing known, one sentence each.
    pub fn unmatched(&self) -> Vec<String> {
        self.unmatched.read().clone()
    }

    /// Returns whether the modules folder was scanned completely once.
    pub fn is_folder_read(&self) -> bool {
        self.folder_read.load(Ordering::Acquire)
    }

    /// Returns the exclusive right to verify or compare states. Each uses as much memory as a version, so only one runs at a
    /// time.
    pub fn try_examine(&self) -> Option<MutexGuard<'_, ()>> {
        self.examining.try_lock()
    }

    pub(super) fn changes_sender(&self) -> Arc<watch::Sender<u64>> {
        Arc::clone(&self.changes)
    }

    pub(super) fn set_catalog(&self, catalog: &Catalog) {
        self.catalog.write().clone_from(catalog);
        self.changed();
    }

    pub(super) fn set_folder_read(&self) {
        if !self.folder_read.swap(true, Ordering::AcqRel) {
            self.changed();
        }
    }

    /// Records which files may still change.
    pub(super) fn set_unsettled(&self, files: BTreeSet<String>) {
        let mut unsettled = self.unsettled.write();
        if *unsettled != files {
            *unsettled = files;
            drop(unsettled);
            self.changed();
        }
    }

    pub(super) fn set_unmatched(&self, unmatched: Vec<String>) {
        *self.unmatched.write() = unmatched;
    }

    pub(super) fn expect(&self, name: &str) {
        self.expected.write().insert(name.to_owned());
        self.changed();
    }

    /// Stops serving and expecting a projection.
    pub(super) fn dismiss(&self, name: &str) {
        self.expected.write().remove(name);
        self.withdraw(name);
        self.changed();
    }

    pub(super) fn set_versions(&self, name: &str, versions: Vec<Arc<VersionHandle>>) {
        self.running.write().insert(name.to_owned(), versions);
        self.changed();
    }

    /// Records the relay of a name, or that it has none any more.
    pub(super) fn set_relay(&self, name: &str, relay: Option<Arc<RelayHandle>>) {
        match relay {
            Some(relay) => drop(self.relays.write().insert(name.to_owned(), relay)),
            None => drop(self.relays.write().remove(name)),
        }
        self.changed();
    }

    /// Moves the live pointer of the embedded store: from this assignment on, requests read `serving`.
    pub(super) fn serve(&self, name: &str, serving: Arc<Serving>) {
        self.serving.write().insert(name.to_owned(), serving);
        self.changed();
    }

    /// Records a verdict; returns whether it has changed.
    pub(super) fn report(&self, report: ModuleReport) -> bool {
        let before = self.reports.write().insert(report.file.clone(), report.clone());
        let has_changed = before.is_none_or(|before| before != report);
        if has_changed {
            self.changed();
        }
        has_changed
    }

    pub(super) fn forget_report(&self, file: &str) {
        self.reports.write().remove(file);
        self.changed();
    }

    fn changed(&self) {
        self.changes.send_modify(|generation| *generation += 1);
    }
}
