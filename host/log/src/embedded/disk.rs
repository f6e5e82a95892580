//! The calls by which the committer changes files, behind a trait so that a test can make each of them fail.

use std::cmp::Ordering;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{self, AtomicUsize};

/// Why a group could not be written.
#[derive(Debug)]
pub(super) enum Failure {
    /// The disk refused, and its contents are known.
    Refused(io::Error),
    /// A sync failed: it is unknown what the disk holds of the group.
    Doubtful(io::Error),
    /// Writing the commits file failed after all data was synced: the next start finds the whole group, or nothing of it.
    Undecided(io::Error),
}

impl Failure {
    /// Classifies a failed sync. A full disk has lost nothing that was synced before: the new data is cut off. After any other
    /// failure the contents are undefined.
    pub(super) fn of_sync(error: io::Error) -> Self {
        if is_full(&error) { Self::Refused(error) } else { Self::Doubtful(error) }
    }
}

/// Returns whether an error says that there is no room: on the disk, within a quota, or within a limit of the process.
pub(super) fn is_full(error: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(error.kind(), FileTooLarge | QuotaExceeded | StorageFull)
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Refused(error)
    }
}

/// Changes files. The default methods do so on the real disk.
pub trait Disk: Send + Sync {
    /// Writes all bytes at a position.
    fn write(&self, file: &File, bytes: &[u8], position: u64) -> io::Result<()> {
        file.write_all_at(bytes, position)
    }

    /// Makes content and length durable. After a failure the contents are undefined: the kernel may have dropped the pages.
    fn sync(&self, file: &File) -> io::Result<()> {
        file.sync_data()
    }

    /// Truncates the file, or extends it with zeros.
    fn set_len(&self, file: &File, len: u64) -> io::Result<()> {
        file.set_len(len)
    }
}

/// The real disk.
pub struct RealDisk;

impl Disk for RealDisk {}

/// For tests: a disk that dies at a given call. That call is done by half, later ones not at all.
pub struct DyingDisk {
    calls: Arc<AtomicUsize>,
    dies_at: usize,
}

impl DyingDisk {
    /// Returns a disk that dies at call `dies_at`, from 0 on; `calls` counts them.
    pub fn new(calls: Arc<AtomicUsize>, dies_at: usize) -> Self {
        Self { calls, dies_at }
    }

    fn call(&self) -> Ordering {
        self.calls.fetch_add(1, atomic::Ordering::Relaxed).cmp(&self.dies_at)
    }

    fn unless_dead(&self, call: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        if self.call() == Ordering::Less { call() } else { Err(io::Error::other("dead")) }
    }
}

impl Disk for DyingDisk {
    fn write(&self, file: &File, bytes: &[u8], position: u64) -> io::Result<()> {
        match self.call() {
            Ordering::Less => RealDisk.write(file, bytes, position),
            // Shorter writes are slots of the commits file: they fit into a sector, which is written completely or not at all.
            Ordering::Equal if bytes.len() > 16 => {
                RealDisk.write(file, &bytes[..bytes.len() / 2], position)?;
                Err(io::Error::other("dead"))
            }
            _ => Err(io::Error::other("dead")),
        }
    }

    fn sync(&self, file: &File) -> io::Result<()> {
        self.unless_dead(|| RealDisk.sync(file))
    }

    fn set_len(&self, file: &File, len: u64) -> io::Result<()> {
        self.unless_dead(|| RealDisk.set_len(file, len))
    }
}

/// Makes the names in a folder durable.
pub(super) fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}
