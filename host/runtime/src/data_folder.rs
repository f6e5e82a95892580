//! The data folder. One process at a time holds it, and a folder whose log is gone is never mistaken for a new one.

use std::fs::{File, Permissions};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use foldline_base::error::{Error, ErrorKind, Result, ResultExt};
use foldline_lifecycle::decisions::NOTE as DECIDED;
use foldline_relay::SENT_FOLDER as RELAYS;

/// The folder of temporary work, within the data folder.
pub const SCRATCH: &str = "scratch";

/// Only the host's user may enter: the folder holds facts, documents and decisions.
const MODE: u32 = 0o700;

/// Set on folders that several users share.
const STICKY: u32 = 0o1000;

/// Creates the data folder if it does not exist, for the user of this process alone. If it is a host's own folder and others may
/// enter it, closes it to them. A folder that holds other things stays as it is: `/tmp` belongs to everybody.
///
/// Everything inside is reached through this folder, so closing it is enough. `foldline run` also creates new files as private.
pub(super) fn make(data: &Path) -> Result<()> {
    let name = data.display();
    let unusable = |error: std::io::Error| {
        Error::new(ErrorKind::Config, format!("data folder `{name}` cannot be used: {error}"))
            .with_hint("choose another with --data DIR, or give this user the right to write there")
    };
    std::fs::DirBuilder::new().recursive(true).mode(MODE).create(data).map_err(unusable)?;
    let mode = data.metadata().map_err(unusable)?.permissions().mode() & 0o7777;
    let of_others = mode & 0o777 & !MODE;
    if of_others == 0 {
        return Ok(());
    }
    if mode & STICKY != 0 || !is_hosts(data).map_err(unusable)? {
        tracing::warn!(
            folder = %name, mode = %format_args!("{mode:o}"),
            "the data folder holds files that are not a host's, so it stays open to other users: choose a folder for the host alone"
        );
        return Ok(());
    }
    // A folder that belongs to another user is theirs to close.
    match std::fs::set_permissions(data, Permissions::from_mode(mode & !of_others)) {
        Ok(()) => {
            tracing::info!(folder = %name, before = %format_args!("{mode:o}"), "the data folder was closed to other users")
        }
        Err(error) => tracing::warn!(
            folder = %name, mode = %format_args!("{mode:o}"), %error,
            "other users may read the data folder, and it cannot be closed to them: chmod 700 it"
        ),
    }
    Ok(())
}

/// Returns whether a folder is a host's: empty, or used by a host before.
fn is_hosts(data: &Path) -> std::io::Result<bool> {
    let is_empty = std::fs::read_dir(data)?.next().is_none();
    Ok(is_empty || data.join("lock").exists() || data.join("log").exists())
}

/// Locks the data folder for this process. The system releases the lock when the process ends, however it ends.
pub(super) fn lock(data: &Path) -> Result<File> {
    let path = data.join("lock");
    let name = path.display();
    let mut file = File::options()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(&path)
        .kind(ErrorKind::Config, format_args!("lock file `{name}`"))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(std::fs::TryLockError::WouldBlock) => {
            let mut holder = String::new();
            // Read only for the message: the lock's holder may be about to write it.
            let _ = file.read_to_string(&mut holder);
            let data = data.display();
            return Err(Error::new(
                ErrorKind::Config,
                format!("data folder `{data}` is in use by another host (process {})", holder.trim()),
            )
            .with_hint("stop that host, or choose another folder with --data DIR"));
        }
        Err(std::fs::TryLockError::Error(error)) => {
            return Err(Error::new(ErrorKind::Config, format!("lock file `{name}`: {error}")));
        }
    }
    let write = |file: &mut File| -> std::io::Result<()> {
        file.set_len(0)?;
        file.rewind()?;
        write!(file, "{}", std::process::id())
    };
    // Only people read this number: a full disk must not keep the host from serving what it has.
    if let Err(error) = write(&mut file) {
        tracing::warn!(file = %name, %error, "cannot write the process id into the lock file");
    }
    Ok(file)
}

/// Deletes the temporary work of a host that was killed: it is of no use to the next one.
pub(super) fn clear_scratch(data: &Path) -> Result<()> {
    let path = data.join(SCRATCH);
    match std::fs::remove_dir_all(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).kind(ErrorKind::Config, format_args!("folder `{}`", path.display()))
        }
        _ => Ok(()),
    }
}

/// Refuses a folder with state and no log. That is a loss and not a new host; starting over would hide it.
pub(super) fn refuse_lost_log(data: &Path) -> Result<()> {
    // A folder that cannot be listed for the moment is not missing.
    let is_there = |name: &str| match std::fs::read_dir(data.join(name)) {
        Ok(mut entries) => Ok(entries.next().is_some()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => {
            Err(error).kind(ErrorKind::Unavailable, format_args!("folder `{name}` of the data folder"))
        }
    };
    let noted = data.join(DECIDED).exists();
    if is_there("log")? || !(is_there("versions")? || is_there(RELAYS)? || noted) {
        return Ok(());
    }
    let data = data.display();
    Err(Error::new(ErrorKind::Corrupt, format!("data folder `{data}` holds state, but its log is gone"))
        .with_hint(format!(
            "restore `{data}/log` from a backup, or delete `{data}/versions`, `{data}/{RELAYS}` and `{data}/{DECIDED}` to begin with \
             an empty log"
        )))
}

/// Returns a text that no other start of a process has: the owner in every sink that this host writes.
pub(super) fn owner_nonce() -> Result<String> {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .kind(ErrorKind::Config, "the system's clock is before 1970")?;
    Ok(format!("{:x}-{:x}", since.as_nanos(), std::process::id()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_data_folder_is_made_for_its_user_alone_and_one_that_is_open_is_closed() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("a/data");
        let mode = || data.metadata().unwrap().permissions().mode() & 0o777;
        make(&data).unwrap();
        assert_eq!(mode(), 0o700);
        std::fs::set_permissions(&data, Permissions::from_mode(0o755)).unwrap();
        make(&data).unwrap();
        assert_eq!(mode(), 0o700);
    }

    #[test]
    fn a_folder_of_others_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path();
        let mode = || data.metadata().unwrap().permissions().mode() & 0o7777;
        let open = |mode: u32| std::fs::set_permissions(data, Permissions::from_mode(mode)).unwrap();
        std::fs::write(data.join("letter"), "somebody's").unwrap();
        open(0o755);
        make(data).unwrap();
        assert_eq!(mode(), 0o755);
        // A lock file that an earlier host left behind.
        std::fs::write(data.join("lock"), "1").unwrap();
        open(0o1777);
        make(data).unwrap();
        assert_eq!(mode(), 0o1777);
        open(0o755);
        make(data).unwrap();
        assert_eq!(mode(), 0o700);
    }

    #[test]
    fn a_log_that_cannot_be_listed_for_now_is_not_lost() {
        let data = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(data.path().join("versions/like-count@0.1.0")).unwrap();
        assert_eq!(refuse_lost_log(data.path()).unwrap_err().kind(), ErrorKind::Corrupt);
        std::fs::write(data.path().join("log"), "no folder").unwrap();
        assert_eq!(refuse_lost_log(data.path()).unwrap_err().kind(), ErrorKind::Unavailable);
        std::fs::remove_file(data.path().join("log")).unwrap();
        std::fs::create_dir_all(data.path().join("log/likes")).unwrap();
        refuse_lost_log(data.path()).unwrap();
    }
}
