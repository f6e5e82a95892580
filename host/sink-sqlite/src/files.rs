//! The files of a version's documents: the file that readers use, its successor while that is filled, and the marker of damage.

use std::fs;
use std::io::ErrorKind as IoErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::{RwLock, RwLockReadGuard};
use tracing::error;

use super::sums::Known;
use foldline_base::error::{Error, ErrorKind, Result, ResultExt};

/// Held for writing while a file replaces another: in between, the write-ahead log at the path belongs to the other file.
static PLACES: RwLock<()> = RwLock::new(());

/// Raised whenever a file is removed or replaced, so that holders of connections to it open new ones.
static GENERATION: AtomicU64 = AtomicU64::new(0);

/// Returns a number that changes whenever a file is removed or replaced.
pub(super) fn generation() -> u64 {
    GENERATION.load(Ordering::Acquire)
}

/// Prevents the replacement of files as long as the guard lives.
pub(super) fn stand_still() -> RwLockReadGuard<'static, ()> {
    PLACES.read()
}

/// The extent of damage of a file that must be rebuilt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Damage {
    /// Some pages are damaged, and detected as such; the rest may be read.
    OfPages,
    /// It is not the file that was written; nothing in it may be read.
    OfTheWhole,
}

/// The prefix of the marker if the whole file is damaged.
const WHOLE: &str = "whole: ";

/// Marks a file as damaged, so that its owner rebuilds it. Logs it the first time.
pub(super) fn mark(path: &Path, damage: Damage, why: &str) {
    let marker = marker_of(path);
    if matches!(marked(path), Ok(Some(marked)) if marked == damage || marked == Damage::OfTheWhole) {
        return;
    }
    error!(path = %path.display(), why, "documents are damaged, they are projected again from their rows");
    let whole = if damage == Damage::OfTheWhole { WHOLE } else { "" };
    // If this fails as well, the next read finds the damage again.
    let _ = fs::write(marker, format!("{whole}{why}"));
}

/// Returns whether a file is marked as damaged, and the extent.
///
/// # Errors
/// `Unavailable` when that cannot be determined now, such as without file descriptors.
pub(super) fn marked(path: &Path) -> Result<Option<Damage>> {
    let marker = marker_of(path);
    match fs::read(&marker) {
        Err(error) if error.kind() == IoErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).kind(ErrorKind::Unavailable, format!("read {}", marker.display())),
        Ok(why) if why.starts_with(WHOLE.as_bytes()) => Ok(Some(Damage::OfTheWhole)),
        Ok(_) => Ok(Some(Damage::OfPages)),
    }
}

/// Returns whether readers may use a file: it is not marked as damaged as a whole.
pub fn may_be_read(path: &Path) -> bool {
    matches!(marked(path), Ok(None | Some(Damage::OfPages)))
}

/// Returns the path of a file's successor while that is filled.
pub(super) fn successor_of(path: &Path) -> PathBuf {
    with_suffix(path, "-new")
}

/// Deletes a file with all files that belong to it.
pub(super) fn delete(path: &Path) -> Result<()> {
    let _alone = PLACES.write();
    delete_alone(path)
}

/// Replaces a file by its successor. The writers of both have closed them.
pub(super) fn put_in_place(path: &Path) -> Result<()> {
    let _alone = PLACES.write();
    let successor = successor_of(path);
    let doing = || format!("put {} in place", path.display());
    // A crash in between leaves the marker, so that the next start rebuilds everything.
    fs::write(marker_of(path), "it was being replaced").kind(ErrorKind::Unavailable, doing())?;
    for file in [path.to_owned(), with_suffix(path, "-wal"), with_suffix(path, "-shm")] {
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
    let files = std::iter::once(path.to_owned()).chain(suffixes.map(|suffix| with_suffix(path, suffix)));
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

/// Returns a file's path in the form that SQLite uses.
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

/// Marks a file as damaged, and returns the error for its reader.
pub(super) fn damaged(path: &Path, damage: Damage, why: String) -> Error {
    mark(path, damage, &why);
    Error::new(ErrorKind::Lost, why)
        .with_hint("nothing damaged is served; the host projects the documents again from their rows")
}

fn marker_of(path: &Path) -> PathBuf {
    with_suffix(path, "-damaged")
}

pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
