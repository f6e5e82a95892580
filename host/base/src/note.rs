//! Notes: small JSON files of the data folder that say how far something was. They are replaced atomically and not synced. A
//! note that is old, damaged or lost says less, but what it says is still true.

use std::io::{ErrorKind as IoErrorKind, Write as _};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tracing::warn;

use crate::error::{ErrorKind, Result, ResultExt};

/// Reads a note; `None` if there is none, or if it is damaged, which is logged.
///
/// # Errors
/// `Unavailable` when the note exists but cannot be read for now.
pub fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if matches!(error.kind(), IoErrorKind::NotFound | IoErrorKind::IsADirectory) => {
            return Ok(None);
        }
        Err(error) => {
            return Err(error).kind(ErrorKind::Unavailable, format_args!("read {}", path.display()));
        }
    };
    let read = serde_json::from_slice(&bytes).inspect_err(
        |error| warn!(file = %path.display(), %error, "a note cannot be read, continuing without it"),
    );
    Ok(read.ok())
}

/// Replaces a note, and creates its folder if necessary.
///
/// # Errors
/// `Unavailable` when writing fails; the previous note remains.
pub fn write(path: &Path, note: &impl Serialize) -> Result<()> {
    let written = || -> std::io::Result<()> {
        let folder = path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder)?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(&serde_json::to_vec(note)?)?;
        file.persist(path)?;
        Ok(())
    };
    written().kind(ErrorKind::Unavailable, format_args!("write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_the_last_one_written_and_a_damaged_one_says_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("folder/note.json");
        assert_eq!(read::<u64>(&path).unwrap(), None);
        write(&path, &1).unwrap();
        write(&path, &2).unwrap();
        assert_eq!(read::<u64>(&path).unwrap(), Some(2));
        std::fs::write(&path, "").unwrap();
        assert_eq!(read::<u64>(&path).unwrap(), None);
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        assert_eq!(write(&path, &3).unwrap_err().kind(), ErrorKind::Unavailable);
        assert_eq!(read::<u64>(&path).unwrap(), None);
        let beyond_a_file = dir.path().join("file/note.json");
        std::fs::write(dir.path().join("file"), "").unwrap();
        assert_eq!(read::<u64>(&beyond_a_file).unwrap_err().kind(), ErrorKind::Unavailable, "it is not gone");
    }
}
