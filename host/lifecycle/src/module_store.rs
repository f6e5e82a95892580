//! Keeps the bytes of every accepted module, by digest: removing a file from the folder never stops a projection.

use std::io::Write;
use std::path::{Path, PathBuf};

use foldline_base::error::{Error, ErrorKind, Result, ResultExt};
use foldline_module::Digest;

/// A folder of modules, each named by its digest.
pub struct ModuleStore {
    folder: PathBuf,
}

impl ModuleStore {
    /// Opens the store, creating its folder.
    ///
    /// # Errors
    /// `Unavailable` when the folder cannot be created.
    pub fn open(folder: &Path) -> Result<Self> {
        std::fs::create_dir_all(folder)
            .kind(ErrorKind::Unavailable, format_args!("module store `{}`", folder.display()))?;
        Ok(Self { folder: folder.to_owned() })
    }

    /// Stores a module durably. Does nothing if its bytes are already stored.
    ///
    /// # Errors
    /// `Unavailable` when the disk refuses the write.
    pub fn put(&self, digest: &Digest, bytes: &[u8]) -> Result<()> {
        if self.get(digest).is_ok() {
            return Ok(());
        }
        let path = self.path(digest);
        let write = || -> std::io::Result<()> {
            let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
            file.write_all(bytes)?;
            file.as_file().sync_all()?;
            file.persist(&path)?;
            std::fs::File::open(&self.folder)?.sync_all()
        };
        write().kind(ErrorKind::Unavailable, format_args!("keeping module `{}`", path.display()))
    }

    /// Returns a module's bytes.
    ///
    /// # Errors
    /// `NotFound` when they are missing, `Corrupt` when they do not match the digest, `Unavailable` when they cannot be read for
    /// now.
    pub fn get(&self, digest: &Digest) -> Result<Vec<u8>> {
        let path = self.path(digest);
        let bytes = std::fs::read(&path).map_err(|error| {
            let gone = error.kind() == std::io::ErrorKind::NotFound;
            let kind = if gone { ErrorKind::NotFound } else { ErrorKind::Unavailable };
            Error::new(kind, format!("module `{}`: {error}", path.display()))
        })?;
        if Digest::of(&bytes) != *digest {
            return Err(Error::new(
                ErrorKind::Corrupt,
                format!("module `{}` has other bytes", path.display()),
            ));
        }
        Ok(bytes)
    }

    fn path(&self, digest: &Digest) -> PathBuf {
        self.folder.join(format!("{digest}.wasm"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changed_bytes_are_noticed_and_put_right() {
        let root = tempfile::tempdir().unwrap();
        let store = ModuleStore::open(root.path()).unwrap();
        let digest = Digest::of(b"module");
        assert_eq!(store.get(&digest).unwrap_err().kind(), ErrorKind::NotFound);
        store.put(&digest, b"module").unwrap();
        std::fs::write(root.path().join(format!("{digest}.wasm")), b"mangled").unwrap();
        assert_eq!(store.get(&digest).unwrap_err().kind(), ErrorKind::Corrupt);
        store.put(&digest, b"module").unwrap();
        assert_eq!(store.get(&digest).unwrap(), b"module");
    }

    #[test]
    fn a_module_that_cannot_be_read_for_now_is_not_gone() {
        let root = tempfile::tempdir().unwrap();
        let store = ModuleStore::open(root.path()).unwrap();
        let digest = Digest::of(b"module");
        std::fs::create_dir(root.path().join(format!("{digest}.wasm"))).unwrap();
        assert_eq!(store.get(&digest).unwrap_err().kind(), ErrorKind::Unavailable);
    }
}
