//! The files of a version's documents: the one that readers read, the one that is filled to take its place, and the marker of
//! damage.

use std::fs;
use std::io::ErrorKind as IoErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::{RwLock, RwLockReadGuard};
use tracing::error;

use super::sums::Known;
use foldline_base::error::{Error, ErrorKind, Result, ResultExt};

/// Held for writing while a file takes another one's place: in between, its write-ahead log is that of the other one.
static PLACES: RwLock<()> = RwLock::new(());

/// Raised whenever any file goes: holders of connections to the previous one open new ones.
static GENERATION: AtomicU64 = AtomicU64::new(0);

/// Returns what changes whenever some file takes another one's place.
pub(super) fn generation() -> u64 {
    GENERATION.load(Ordering::Acquire)
}

/// Keeps files in their places for as long as the guard lives.
pub(super) fn stand_still() -> RwLockReadGuard<'static, ()> {
    PLACES.read()
}

/// What is known of a file that must be built again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Damage {
    /// Pages of it are damaged, and known to be: what else is in it may be read.
    OfPages,
    /// It is not the file that was written: nothing in it may be read.
    OfTheWhole,
}

/// What the marker of damage to the whole begins with.
const WHOLE: &str = "whole: ";

/// Marks a file as damaged, so that its owner rebuilds it; says so in the log the first time.
pub(super) fn mark(path: &Path, damage: Damage, why: &str) {
    let marker = marker_of(path);
    if matches!(marked(path), Ok(Some(marked)) if marked == damage || marked == Damage::OfTheWhole) {
        return;
    }
    error!(path = %path.display(), why, "documents are damaged, they are projected again from their rows");
    let whole = if damage == Damage::OfTheWhole { WHOLE } else { "" };
    // Where even that fails, the next read meets the damage again.
    let _ = fs::write(marker, format!("{whole}{why}"));
}

/// Returns whether a file is marked as damaged, and how far.
///
/// # Errors
/// `Unavailable` when it cannot be told for the moment, such as without file descriptors.
pub(super) fn marked(path: &Path) -> Result<Option<Damage>> {
    let marker = marker_of(path);
    match fs::read(&marker) {
        Err(error) if error.kind() == IoErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).kind(ErrorKind::Unavailable, format!("read {}", marker.display())),
        Ok(why) if why.starts_with(WHOLE.as_bytes()) => Ok(Some(Damage::OfTheWhole)),
        Ok(_) => Ok(Some(Damage::OfPages)),
    }
}

/// Returns whether a file is known to hold nothing that may not be read.
pub fn may_be_read(path: &Path) -> bool {
    matches!(marked(path), Ok(None | Some(Damage::OfPages)))
}

/// Returns the file that is filled to take a file's place.
pub(super) fn successor_of(path: &Path) -> PathBuf {
    beside(path, "-new")
}

/// Deletes a file with everything next to it.
pub(super) fn delete(path: &Path) -> Result<()> {
    let _alone = PLACES.write();
    delete_alone(path)
}

/// Puts the successor in a file's place; both are closed by their writers.
pub(super) fn put_in_place(path: &Path) -> Result<()> {
    let _alone = PLACES.write();
    let successor = successor_of(path);
    let doing = || format!("put {} in place", path.display());
    // A crash in between leaves the marker, and the next start builds everything again.
    fs::write(marker_of(path), "it was being replaced").kind(ErrorKind::Unavailable, doing())?;
    for file in [path.to_owned(), beside(path, "-wal"), beside(path, "-shm")] {
        remove(&file)?;
    }
    fs::rename(&successor, path).kind(ErrorKind::Unavailable, doing())?;
    forget(path);
    if let Some(folder) = path.parent() {
        fs::File::open(folder).and_then(|folder| folder.sync_all()).kind(ErrorKind::Unavailable, doing())?;
    }
    remove(&marker_of(path))
}

fn delete_alone(path: &Path) -> Result<()> {
    // The marker goes last: a crash in between must not revive the rest.
    let suffixes = ["-wal", "-shm", "-journal"];
    let files = std::iter::once(path.to_owned()).chain(suffixes.map(|suffix| beside(path, suffix)));
    for file in files.chain([marker_of(path)]) {
        remove(&file)?;
    }
    forget(path);
    Ok(())
}

fn forget(path: &Path) {
    GENERATION.fetch_add(1, Ordering::AcqRel);
    if let Some(path) = absolute(path) {
        Known::forget(&path);
    }
}

/// Returns a file's name as SQLite has it.
pub(super) fn absolute(path: &Path) -> Option<PathBuf> {
    Some(path.parent()?.canonicalize().ok()?.join(path.file_name()?))
}

fn remove(file: &Path) -> Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != IoErrorKind::NotFound => {
            Err(error).kind(ErrorKind::Unavailable, format!("delete {}", file.display()))
        }
        _ => Ok(()),
    }
}

/// Marks a file as damaged, and returns what its reader is told.
pub(super) fn damaged(path: &Path, damage: Damage, why: String) -> Error {
    mark(path, damage, &why);
    Error::new(ErrorKind::Lost, why)
        .with_hint("nothing damaged is served; the host projects the documents again from their rows")
}

fn marker_of(path: &Path) -> PathBuf {
    beside(path, "-damaged")
}

pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
