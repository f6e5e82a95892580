//! The commits file: the log's id, and the number up to which groups over several files are committed.
//!
//! The number is written to two slots in turn, each in a separate page: while one is written, the other still holds the
//! previous number. The log's id follows, also in a separate page.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::disk::{Disk, Failure, is_full};
use super::owner::Id;
use super::watched::Watched;
use foldline_base::error::{Error, ErrorKind, Result, ResultExt};

const MAGIC: [u8; 4] = *b"FLcm";
const SLOT_BYTES: usize = 16;
/// The slots are a page apart, so that a write of one cannot tear the other.
const SLOT_EVERY_BYTES: u64 = 4096;
const ID_MAGIC: [u8; 4] = *b"FLid";
const ID_AT: u64 = 2 * SLOT_EVERY_BYTES;
const ID_BYTES: usize = 24;

/// The commits file, locked for this process.
#[derive(Debug)]
pub(super) struct Commits {
    file: File,
    path: PathBuf,
    watched: Option<Watched>,
    /// The number in each slot. The slot with the lower number is written next.
    slots: [u64; 2],
    /// Logs before block version 2 have none.
    id: Option<Id>,
}

impl Commits {
    /// Opens the file and takes its lock, until the process ends or the log is dropped. Only a log without topics may lack the
    /// file: without it, acknowledged groups would be cut off.
    ///
    /// # Errors
    /// `Config` when another process holds the lock, `Unavailable` when the folder cannot be used, `Corrupt` when the file is
    /// missing or damaged.
    pub(super) fn open(path: &Path, may_be_new: bool) -> Result<Self> {
        let place = path.display();
        let open = OpenOptions::new().read(true).write(true).create(may_be_new).truncate(false).open(path);
        let file = match open {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(corrupt(format!("the log has topics, but its file `{place}` is missing")));
            }
            open => open.kind(ErrorKind::Unavailable, format!("cannot open `{place}`"))?,
        };
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Error::new(
                    ErrorKind::Config,
                    format!("the log of `{place}` is in use by another process"),
                )
                .with_hint("stop the other host, or give this one a data folder of its own"));
            }
            Err(TryLockError::Error(error)) => {
                return Err(error).kind(ErrorKind::Unavailable, format!("cannot lock `{place}`"));
            }
        }
        let (slots, id) = read(&file, path)?;
        // The file's contents may be in memory only, after a kill between write and sync.
        file.sync_all().kind(ErrorKind::Unavailable, format!("cannot sync `{place}`"))?;
        let watched = Watched::file(&file).ok();
        Ok(Self { file, path: path.to_owned(), watched, slots, id })
    }

    /// Returns whether the file at the path is still the one that was last written. A group that is committed to a file that
    /// is gone would not count after a restart.
    ///
    /// # Errors
    /// `Unavailable` when the file system does not answer for now.
    pub(super) fn is_in_place(&mut self) -> Result<bool> {
        let Some(now) = Watched::at(&self.path)? else { return Ok(false) };
        if Some(now) == self.watched {
            return Ok(true);
        }
        let own = Watched::file(&self.file);
        let own = own.kind(ErrorKind::Unavailable, format!("cannot access `{}`", self.path.display()))?;
        if !now.is_same_file(&own) {
            return Ok(false);
        }
        match read(&self.file, &self.path) {
            Err(error) if error.kind() == ErrorKind::Unavailable => return Err(error),
            held if held.as_ref().ok() != Some(&(self.slots, self.id)) => return Ok(false),
            _ => self.watched = Some(now),
        }
        Ok(true)
    }

    /// Returns the log's id.
    pub(super) fn id(&self) -> Option<Id> {
        self.id
    }

    /// Gives the log an id, durably.
    pub(super) fn set_id(&mut self, id: Id) -> io::Result<()> {
        assert!(self.id.is_none(), "a log keeps its id");
        self.file.write_all_at(&encode_id(id), ID_AT)?;
        self.file.sync_all()?;
        self.watched = Watched::file(&self.file).ok();
        self.id = Some(id);
        Ok(())
    }

    /// Returns the last number written.
    pub(super) fn committed(&self) -> u64 {
        self.slots[0].max(self.slots[1])
    }

    /// Commits a group over several files.
    ///
    /// # Errors
    /// `Refused` when there was no room for the number, so that the group is not committed; `Undecided` after any other error.
    pub(super) fn commit(&mut self, disk: &dyn Disk, group: u64) -> Result<(), Failure> {
        assert!(group > self.committed(), "group {group} after {}", self.committed());
        let slot = usize::from(self.slots[1] < self.slots[0]);
        // A slot lies within one page: either it is written completely, or there is no room for the page and nothing is
        // written.
        let written = disk.write(&self.file, &encode(group), slot as u64 * SLOT_EVERY_BYTES);
        written.map_err(
            |error| if is_full(&error) { Failure::Refused(error) } else { Failure::Undecided(error) },
        )?;
        disk.sync(&self.file).map_err(Failure::Undecided)?;
        self.slots[slot] = group;
        self.watched = Watched::file(&self.file).ok();
        Ok(())
    }
}

impl Drop for Commits {
    fn drop(&mut self) {
        // Closing is not enough: a child process that is just starting keeps the file open until it runs its program.
        let _ = self.file.unlock();
    }
}

/// Returns the number in each slot, and the log's id.
fn read(file: &File, path: &Path) -> Result<([u64; 2], Option<Id>)> {
    let place = path.display();
    let mut slots = [0; 2];
    for (slot, group) in slots.iter_mut().enumerate() {
        let mut bytes = [0; SLOT_BYTES];
        let position = slot as u64 * SLOT_EVERY_BYTES;
        let read = read_up_to(file, &mut bytes, position);
        read.kind(ErrorKind::Unavailable, format!("cannot read `{place}`"))?;
        // A slot of zeros was never written. A damaged slot could be the newest one: guessing would show half a group or lose
        // one.
        if bytes != [0; SLOT_BYTES] {
            *group = decode(&bytes).ok_or_else(|| {
                corrupt(format!(
                    "the log is damaged in `{place}` at byte {position}: a slot does not match its checksum"
                ))
            })?;
        }
    }
    let mut bytes = [0; ID_BYTES];
    let read = read_up_to(file, &mut bytes, ID_AT);
    read.kind(ErrorKind::Unavailable, format!("cannot read `{place}`"))?;
    if bytes == [0; ID_BYTES] {
        return Ok((slots, None));
    }
    let id = decode_id(&bytes).ok_or_else(|| {
        corrupt(format!(
            "the log is damaged in `{place}` at byte {ID_AT}: its id does not match its checksum"
        ))
    })?;
    Ok((slots, Some(id)))
}

fn corrupt(message: String) -> Error {
    Error::new(ErrorKind::Corrupt, message)
        .with_hint("stop the host and restore the whole log folder from a backup")
}

fn encode(group: u64) -> [u8; SLOT_BYTES] {
    let mut bytes = [0; SLOT_BYTES];
    bytes[..4].copy_from_slice(&MAGIC);
    bytes[4..12].copy_from_slice(&group.to_le_bytes());
    let crc = crc32c::crc32c(&bytes[..12]);
    bytes[12..].copy_from_slice(&crc.to_le_bytes());
    bytes
}

fn decode(bytes: &[u8; SLOT_BYTES]) -> Option<u64> {
    let group = u64::from_le_bytes(bytes[4..12].try_into().expect("eight bytes"));
    (encode(group) == *bytes).then_some(group)
}

fn encode_id(id: Id) -> [u8; ID_BYTES] {
    let mut bytes = [0; ID_BYTES];
    bytes[..4].copy_from_slice(&ID_MAGIC);
    bytes[4..20].copy_from_slice(&id.0);
    let crc = crc32c::crc32c(&bytes[..20]);
    bytes[20..].copy_from_slice(&crc.to_le_bytes());
    bytes
}

fn decode_id(bytes: &[u8; ID_BYTES]) -> Option<Id> {
    let id = Id(bytes[4..20].try_into().expect("sixteen bytes"));
    (encode_id(id) == *bytes).then_some(id)
}

fn read_up_to(file: &File, bytes: &mut [u8], position: u64) -> io::Result<()> {
    match file.read_exact_at(bytes, position) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            bytes.fill(0);
            Ok(())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::super::disk::RealDisk;
    use super::*;

    #[test]
    fn the_last_commit_is_read_back_and_every_flipped_bit_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("commits");
        let mut commits = Commits::open(&path, true).unwrap();
        assert_eq!(commits.id(), None);
        commits.set_id(Id([3; 16])).unwrap();
        for group in [1, 2, 5, 7] {
            commits.commit(&RealDisk, group).unwrap();
        }
        drop(commits);
        let good = std::fs::read(&path).unwrap();
        let commits = Commits::open(&path, true).unwrap();
        assert_eq!((commits.committed(), commits.id()), (7, Some(Id([3; 16]))));
        drop(commits);
        for (at, len) in
            [(0, SLOT_BYTES), (SLOT_EVERY_BYTES as usize, SLOT_BYTES), (ID_AT as usize, ID_BYTES)]
        {
            for bit in at * 8..(at + len) * 8 {
                let mut bytes = good.clone();
                bytes[bit / 8] ^= 1 << (bit % 8);
                std::fs::write(&path, &bytes).unwrap();
                assert_eq!(Commits::open(&path, true).unwrap_err().kind(), ErrorKind::Corrupt, "bit {bit}");
            }
        }
    }

    #[test]
    fn a_log_with_topics_does_not_open_without_its_commits_file() {
        let dir = tempfile::tempdir().unwrap();
        let error = Commits::open(&dir.path().join("commits"), false).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt);
    }

    #[test]
    fn a_second_process_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("commits");
        let _first = Commits::open(&path, true).unwrap();
        let error = Commits::open(&path, true).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.message().contains("in use"), "{error}");
    }
}
