//! Retires versions: deletes what they wrote into the data folder, in the background or at the next start.

use std::path::{Path, PathBuf};

use semver::Version;
use tracing::{info, warn};

use super::supervisor_state::SupervisorState;
use super::versions::Running;
use foldline_base::failpoints::{Failpoint, reach};
use foldline_base::panics::spawn_contained;
use foldline_base::planted::{Bug, is_planted};
use foldline_engine::runs;

impl SupervisorState {
    /// Stops a version and deletes what it wrote, in the background.
    pub(super) fn retire(&mut self, running: Running) {
        let collect = self.garbage.requester(running.handle.name());
        let Running { worker, runs, handle, .. } = running;
        // Closed at once: a version that is started under the same name from now on gets its own folder.
        let given_up = runs.close();
        self.added_partitions.forget(&handle.state_key());
        let retire = move || {
            drop(worker);
            collect();
            handle.close_store();
            reach(Failpoint::BeforeDelete);
            given_up.iter().for_each(|folder| delete(folder));
            // The next version under the same name keeps its run there.
            let _ = std::fs::remove_dir(runs.folder());
            reach(Failpoint::Deleted);
            info!(version = handle.label(), "retired");
        };
        match spawn_contained("retire", retire) {
            Ok(thread) => self.retiring.push(thread),
            Err(error) => warn!(%error, "cannot retire a version now; the next start does"),
        }
    }

    /// Returns what retired versions and runs left behind because the host ended before it deleted it. Called before anything
    /// runs. Folders that no decision mentions stay: the decisions may have been lost, and these folders may be all that is left.
    pub(super) fn leftovers(&self) -> Vec<PathBuf> {
        let Ok(entries) = std::fs::read_dir(self.config.data.join("versions")) else { return Vec::new() };
        let mut leftovers = Vec::new();
        for folder in entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()) {
            let name = folder.file_name().unwrap_or_default().to_string_lossy();
            match self.whose(&folder, &name) {
                Owner::Folds => match runs::leftovers(&folder) {
                    Ok(left) => leftovers.extend(left),
                    Err(error) => warn!(folder = %folder.display(), %error, "cannot look for leftovers"),
                },
                Owner::Gone => leftovers.push(folder),
                Owner::Unknown => {
                    warn!(folder = %folder.display(), "no decision mentions this version: its folder is left unchanged");
                }
            }
        }
        leftovers
    }

    fn whose(&self, folder: &Path, name: &str) -> Owner {
        let of = |projection: &str, version: &Version| {
            Some(self.catalog.build(projection, version)?.folder(&self.config.data, projection))
        };
        let folds = self.catalog.names().any(|projection| {
            self.catalog
                .folding(projection)
                .any(|(version, _)| of(projection, version).as_deref() == Some(folder))
        });
        let is_known = || {
            self.catalog.names().any(|projection| {
                let known = |version: &Version| {
                    let build = self.catalog.build(projection, version);
                    build.is_some_and(|build| name.starts_with(&format!("{projection}@{}-", build.release)))
                };
                self.catalog.versions(projection).any(known)
            })
        };
        match () {
            () if folds => Owner::Folds,
            () if is_known() || is_planted(Bug::UnknownDeleted) => Owner::Gone,
            () => Owner::Unknown,
        }
    }

    /// Deletes folders in the background.
    pub(super) fn delete_in_background(&mut self, folders: Vec<PathBuf>) {
        if folders.is_empty() {
            return;
        }
        let delete = move || folders.iter().for_each(|folder| delete(folder));
        match spawn_contained("leftovers", delete) {
            Ok(thread) => self.retiring.push(thread),
            Err(error) => warn!(%error, "cannot delete what retired versions left; the next start does"),
        }
    }
}

/// The owner of a folder of versions.
enum Owner {
    /// A version that folds.
    Folds,
    /// A discarded or retired version, or bytes that another file replaced.
    Gone,
    /// No version that the decisions mention.
    Unknown,
}

fn delete(folder: &Path) {
    if let Err(error) = runs::remove(folder) {
        warn!(folder = %folder.display(), %error, "cannot delete what a retired version left; the next start does");
    }
}
