//! Whether the file at a segment's path is still the one that was written. If a segment is replaced under a running host,
//! appends would go into the wrong file, or into one that no path leads to any more.

use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use foldline_base::error::{ErrorKind, Result, ResultExt};

/// The metadata of a file when it was last written. A change within the same tick of the file system's clock is not noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Watched {
    device: u64,
    inode: u64,
    bytes: u64,
    changed: (i64, i64),
}

impl Watched {
    /// Returns the metadata of the file at a path; `None` if there is none.
    ///
    /// # Errors
    /// `Unavailable` when the file system does not answer for now.
    pub(super) fn at(path: &Path) -> Result<Option<Self>> {
        match std::fs::metadata(path) {
            Ok(metadata) => Ok(Some(Self::of(&metadata))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => {
                Err(error).kind(ErrorKind::Unavailable, format!("cannot access `{}`", path.display()))
            }
        }
    }

    pub(super) fn file(file: &File) -> io::Result<Self> {
        file.metadata().map(|metadata| Self::of(&metadata))
    }

    /// Returns whether both are of the same file, whatever it holds.
    pub(super) fn is_same_file(&self, other: &Self) -> bool {
        (self.device, self.inode) == (other.device, other.inode)
    }

    fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            bytes: metadata.len(),
            changed: (metadata.mtime(), metadata.mtime_nsec()),
        }
    }
}
