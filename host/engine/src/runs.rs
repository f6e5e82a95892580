//! The folder of a version: each run of it, with its own state and documents, has a folder of its own.
//!
//! ```text
//! versions/NAME@VERSION-DIGEST/current  the number of the run that is served
//! versions/NAME@VERSION-DIGEST/RUN/     state/ and documents.sqlite
//! ```
//!
//! If state must be rebuilt, a run with a higher number is built alongside the one that is served, and takes its place by one
//! rename once it shows as much. A version that is given up loses its `current` first: a later version of the same name begins
//! a new run, while the files of the previous one are being deleted.

use std::ffi::OsString;
use std::io::{ErrorKind as IoErrorKind, Write};
use std::path::{Path, PathBuf};

use parking_lot::Mutex;

use foldline_base::error::{Error, ErrorKind, Result, ResultExt};
use foldline_base::planted::{Bug, is_planted};
use foldline_sink_sqlite::DocumentsFile;

/// File that holds the number of the run that is served.
const CURRENT: &str = "current";

/// The contents of a run's folder.
const STATE: &str = "state";
const DOCUMENTS: &str = "documents.sqlite";

/// The folder of one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunFolder {
    number: u64,
    path: PathBuf,
}

/// The run that is served, and the run that folds. They are the same unless a rebuild is under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunPair {
    /// The run that readers read.
    pub served: RunFolder,
    /// The run that folds.
    pub own: RunFolder,
}

/// The folder of a version, from the start of its worker in this process until the process or the version ends.
pub struct Runs {
    folder: PathBuf,
    inner: Mutex<Inner>,
    documents: DocumentsFile,
}

#[derive(Default)]
struct Inner {
    /// The version was given up: it owns nothing in the folder any more.
    closed: bool,
    /// Rebuilds begun because of damage since the last one that was finished.
    rebuilds: usize,
    /// Why state is rebuilt.
    reason: Option<String>,
}

impl RunFolder {
    /// Returns the folder of the run's state store.
    pub fn state(&self) -> PathBuf {
        self.path.join(STATE)
    }

    /// Returns the file of the run's embedded documents.
    pub fn documents(&self) -> PathBuf {
        self.path.join(DOCUMENTS)
    }

    /// Returns the run's folder.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl RunPair {
    /// Returns whether a run is built alongside the one that is served.
    pub fn is_rebuild(&self) -> bool {
        self.served != self.own
    }
}

impl Runs {
    /// Returns the runs in a version's folder. It does not touch the folder yet.
    pub fn of(folder: PathBuf) -> Self {
        let documents = DocumentsFile::at(&folder.join(DOCUMENTS));
        Self { folder, inner: Mutex::default(), documents }
    }

    /// Returns the folder of the version.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the file that readers read. It follows the run that is served.
    pub fn documents(&self) -> &DocumentsFile {
        &self.documents
    }

    /// Finds the runs, or begins the first one. The contents of a folder of an older host, without runs, become its first run.
    ///
    /// # Errors
    /// `Unavailable` when the folder cannot be read or written for now; `Refused` when the version was given up.
    pub fn open(&self) -> Result<RunPair> {
        let inner = self.inner.lock();
        self.check(&inner)?;
        let doing = || format!("folder `{}`", self.folder.display());
        std::fs::create_dir_all(&self.folder).kind(ErrorKind::Unavailable, doing())?;
        self.adopt().kind(ErrorKind::Unavailable, doing())?;
        let served = current(&self.folder).kind(ErrorKind::Unavailable, doing())?;
        let pair = match served {
            None => {
                let first = self.make_next().kind(ErrorKind::Unavailable, doing())?;
                self.point_to(&first).kind(ErrorKind::Unavailable, doing())?;
                RunPair { served: first.clone(), own: first }
            }
            Some(served) => {
                let served = self.run(served);
                // An operator may have deleted it to have it rebuilt.
                std::fs::create_dir_all(&served.path).kind(ErrorKind::Unavailable, doing())?;
                let newest = numbers(&self.folder).kind(ErrorKind::Unavailable, doing())?.last().copied();
                let own = newest.filter(|newest| *newest > served.number).map(|newest| self.run(newest));
                RunPair { own: own.unwrap_or_else(|| served.clone()), served }
            }
        };
        self.documents.move_to(&pair.served.documents());
        Ok(pair)
    }

    /// As [`Runs::replace`], because of damage; counts the rebuild.
    ///
    /// # Errors
    /// As [`Runs::open`].
    pub fn rebuild(&self, pair: &RunPair, reason: String) -> Result<()> {
        self.replace(pair, reason)?;
        self.inner.lock().rebuilds += 1;
        Ok(())
    }

    /// Begins a run alongside the one that is served, and replaces a rebuild that was not finished.
    ///
    /// # Errors
    /// As [`Runs::open`].
    pub fn replace(&self, pair: &RunPair, reason: String) -> Result<()> {
        let mut inner = self.inner.lock();
        self.check(&inner)?;
        let begun = || -> std::io::Result<()> {
            self.make_next()?;
            if pair.is_rebuild() { remove(&pair.own.path) } else { Ok(()) }
        };
        begun().kind(ErrorKind::Unavailable, format_args!("folder `{}`", self.folder.display()))?;
        inner.reason = Some(reason);
        Ok(())
    }

    /// Returns how many rebuilds were begun because of damage since the last one that was finished.
    pub fn rebuilds(&self) -> usize {
        self.inner.lock().rebuilds
    }

    /// Resets the count of rebuilds, because an operator asked for another try.
    pub fn forget_rebuilds(&self) {
        self.inner.lock().rebuilds = 0;
    }

    /// Returns why state is rebuilt; `None` if this process does not know.
    pub fn reason(&self) -> Option<String> {
        self.inner.lock().reason.clone()
    }

    /// Makes a rebuilt run the one that is served, durably. Readers that begin from now on read it.
    ///
    /// # Errors
    /// As [`Runs::open`].
    pub fn switch_to(&self, own: &RunFolder) -> Result<()> {
        let mut inner = self.inner.lock();
        self.check(&inner)?;
        self.point_to(own)
            .kind(ErrorKind::Unavailable, format_args!("folder `{}`", self.folder.display()))?;
        self.documents.move_to(&own.documents());
        *inner = Inner::default();
        Ok(())
    }

    /// Gives the version up; returns the paths to delete once its worker has ended. A version that is started later under the
    /// same name finds none of it, whenever the paths are deleted.
    pub fn close(&self) -> Vec<PathBuf> {
        let mut inner = self.inner.lock();
        inner.closed = true;
        let forgotten = match std::fs::remove_file(self.folder.join(CURRENT)) {
            Err(error) if error.kind() != IoErrorKind::NotFound => Err(error),
            _ => sync(&self.folder),
        };
        let given_up = forgotten.and_then(|()| numbers(&self.folder));
        match given_up {
            Ok(numbers) => numbers.into_iter().map(|number| self.run(number).path).collect(),
            Err(error) if error.kind() == IoErrorKind::NotFound => Vec::new(),
            // The next version of this name continues with the files that are there.
            Err(error) => {
                tracing::warn!(folder = %self.folder.display(), %error, "cannot give a version's folder up");
                Vec::new()
            }
        }
    }

    fn check(&self, inner: &Inner) -> Result<()> {
        if inner.closed {
            let message = format!("`{}` was given up", self.folder.display());
            return Err(Error::new(ErrorKind::Refused, message));
        }
        Ok(())
    }

    fn run(&self, number: u64) -> RunFolder {
        RunFolder { number, path: self.folder.join(number.to_string()) }
    }

    /// Makes the folder of a new run, under a number that was never used.
    fn make_next(&self) -> std::io::Result<RunFolder> {
        if is_planted(Bug::RunShared) {
            let shared = self.run(1);
            std::fs::create_dir_all(&shared.path)?;
            return Ok(shared);
        }
        let mut number = numbers(&self.folder)?.last().map_or(1, |last| last + 1);
        loop {
            let run = self.run(number);
            match std::fs::create_dir(&run.path) {
                Ok(()) => return sync(&self.folder).map(|()| run),
                Err(error) if error.kind() == IoErrorKind::AlreadyExists => number += 1,
                // The thread that deleted the previous run found the version's folder empty, and deleted it too.
                Err(error) if error.kind() == IoErrorKind::NotFound => std::fs::create_dir_all(&self.folder)?,
                Err(error) => return Err(error),
            }
        }
    }

    fn point_to(&self, run: &RunFolder) -> std::io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        file.write_all(run.number.to_string().as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(self.folder.join(CURRENT))?;
        sync(&self.folder)
    }

    /// Moves the files of a host without runs into a run. It may be interrupted anywhere and called again.
    fn adopt(&self) -> std::io::Result<()> {
        let mut left = without_run(&self.folder)?;
        if left.is_empty() {
            return Ok(());
        }
        // The documents last: their write-ahead log and their marker of damage are of no use without them.
        left.sort_by_key(|name| *name == *DOCUMENTS);
        let first = self.run(1);
        match std::fs::create_dir(&first.path) {
            Err(error) if error.kind() != IoErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        // First: if the host is killed on the way, the next start continues here.
        self.point_to(&first)?;
        for name in left {
            std::fs::rename(self.folder.join(&name), first.path.join(&name))?;
        }
        sync(&first.path)?;
        sync(&self.folder)
    }
}

/// Returns the runs in a version's folder that are no longer needed: those older than the one that is served, or all if none
/// is served.
///
/// # Errors
/// Says why the folder cannot be read.
pub fn leftovers(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let served = current(folder)?;
    // The files of a host without runs are still to be moved, perhaps into a run that exists already.
    let is_adopted = served.is_some() || without_run(folder)?.is_empty();
    let is_left = |number: &u64| is_adopted && served.is_none_or(|served| *number < served);
    let left = numbers(folder)?.into_iter().filter(is_left);
    let mut left: Vec<PathBuf> = left.map(|number| folder.join(number.to_string())).collect();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        // Temporary files of a host that was killed while writing.
        if entry.file_name().to_str().is_some_and(|name| name.starts_with(".tmp")) {
            left.push(entry.path());
        }
    }
    Ok(left)
}

/// Deletes a folder with all that is in it, or a file.
///
/// # Errors
/// Returns the error of the file system.
pub fn remove(path: &Path) -> std::io::Result<()> {
    let removed = if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
    match removed {
        Err(error) if error.kind() != IoErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Returns the number of the run that is served.
fn current(folder: &Path) -> std::io::Result<Option<u64>> {
    match std::fs::read_to_string(folder.join(CURRENT)) {
        Err(error) if error.kind() == IoErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
        // The file is written by a rename, so a text that is not a number was not written by the host. Any run will do: take
        // the highest.
        Ok(text) => match text.trim().parse() {
            Ok(number) => Ok(Some(number)),
            Err(_) => Ok(numbers(folder)?.last().copied()),
        },
    }
}

/// Returns the names of the files that a host without runs left.
fn without_run(folder: &Path) -> std::io::Result<Vec<OsString>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name();
        let is_left = name.to_str().is_some_and(|name| name == STATE || name.starts_with(DOCUMENTS));
        names.extend(is_left.then_some(name));
    }
    Ok(names)
}

/// Returns the numbers of all runs, in ascending order.
fn numbers(folder: &Path) -> std::io::Result<Vec<u64>> {
    let mut numbers = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        numbers.extend(entry?.file_name().to_str().and_then(|name| name.parse::<u64>().ok()));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

fn sync(folder: &Path) -> std::io::Result<()> {
    std::fs::File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(root: &tempfile::TempDir) -> Runs {
        Runs::of(root.path().join("like-count@0.1.0-abc"))
    }

    #[test]
    fn a_run_is_built_alongside_the_one_that_is_served_and_takes_its_place_durably() {
        let root = tempfile::tempdir().unwrap();
        let runs = of(&root);
        let first = runs.open().unwrap();
        assert!(!first.is_rebuild());
        assert_eq!(of(&root).open().unwrap(), first, "it is found again");
        runs.rebuild(&first, "damaged".to_owned()).unwrap();
        let rebuilt = runs.open().unwrap();
        assert_eq!(rebuilt.served, first.served);
        assert!(rebuilt.is_rebuild());
        // The rebuild is damaged before it is finished.
        runs.rebuild(&rebuilt, "damaged again".to_owned()).unwrap();
        assert_eq!(runs.rebuilds(), 2);
        let again = of(&root).open().unwrap();
        assert_eq!(again.served, first.served);
        assert_ne!(again.own, rebuilt.own);
        assert!(!rebuilt.own.path().exists());
        assert!(leftovers(runs.folder()).unwrap().is_empty());
        runs.switch_to(&again.own).unwrap();
        assert_eq!((runs.rebuilds(), runs.reason()), (0, None));
        assert_eq!(*runs.documents().path(), *again.own.documents());
        let settled = of(&root).open().unwrap();
        assert_eq!((&settled.served, &settled.own), (&again.own, &again.own));
        assert_eq!(leftovers(runs.folder()).unwrap(), [first.served.path()]);
    }

    #[test]
    fn a_version_that_is_given_up_leaves_the_next_one_alone() {
        let root = tempfile::tempdir().unwrap();
        let before = of(&root);
        let pair = before.open().unwrap();
        let given_up = before.close();
        assert_eq!(given_up, [pair.own.path()]);
        assert_eq!(leftovers(before.folder()).unwrap(), given_up, "also after a crash");
        let next = of(&root);
        let pair = next.open().unwrap();
        assert!(!given_up.contains(&pair.own.path().to_owned()));
        for refused in [before.switch_to(&pair.own), before.rebuild(&pair, String::new())] {
            assert_eq!(refused.unwrap_err().kind(), ErrorKind::Refused);
        }
        assert_eq!(before.open().unwrap_err().kind(), ErrorKind::Refused);
        given_up.iter().for_each(|path| remove(path).unwrap());
        assert_eq!(of(&root).open().unwrap(), pair);
    }

    #[test]
    fn what_a_host_without_runs_left_is_taken_over_wherever_that_ended() {
        for moved in 0..4 {
            let root = tempfile::tempdir().unwrap();
            let runs = of(&root);
            std::fs::create_dir_all(runs.folder().join("state")).unwrap();
            let names = ["state/rows", "documents.sqlite-wal", "documents.sqlite"];
            names.iter().for_each(|name| std::fs::write(runs.folder().join(name), name).unwrap());
            // A host was killed on the way.
            for name in ["state", "documents.sqlite-wal", "documents.sqlite"].iter().take(moved) {
                std::fs::create_dir_all(runs.folder().join("1")).unwrap();
                std::fs::write(runs.folder().join("current"), "1").unwrap();
                std::fs::rename(runs.folder().join(name), runs.folder().join("1").join(name)).unwrap();
            }
            let pair = runs.open().unwrap();
            assert_eq!(pair.own.path(), runs.folder().join("1"));
            for name in names {
                assert_eq!(
                    std::fs::read_to_string(pair.own.path().join(name)).unwrap(),
                    name,
                    "{moved} moved"
                );
            }
            assert_eq!(of(&root).open().unwrap(), pair);
        }
    }
}
