//! The end mark of a partition: how far it once reached, durably, in a file apart from the log itself.
//!
//! A torn end and a truncated file look the same, and an older copy of a file has no damage. Everything before an end mark was
//! synced before the mark was written, so a log that ends before its mark has lost records. The mark is written when one more
//! write costs nothing: after a pause, when the log is closed, and with each new segment. After a kill, the log may reach
//! further.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use super::disk::Disk;

const FILE: &str = "end";
const MAGIC: [u8; 4] = *b"FLen";
/// Less than a sector of the disk, which is written completely or not at all.
const BYTES: usize = 40;

/// How far a partition reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct EndMark {
    /// The mark of the owner, as in the partition's blocks.
    pub(super) owner: u32,
    /// The base offset of the first segment.
    pub(super) first_segment: u64,
    /// The base offset of the last one.
    pub(super) last_segment: u64,
    /// The offset after the last record.
    pub(super) next_offset: u64,
}

impl EndMark {
    /// Returns the mark of a partition's folder; `None` if there is none, or it is invalid: the mark only adds proof.
    pub(super) fn read(dir: &Path, owner: u32) -> io::Result<Option<Self>> {
        let path = path(dir);
        let bytes = match std::fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            bytes => bytes?,
        };
        let mark = bytes.first_chunk().and_then(Self::decode).filter(|mark| mark.owner == owner);
        if mark.is_none() {
            tracing::warn!(path = %path.display(), "the end mark of a partition cannot be read; it is written again");
        }
        Ok(mark)
    }

    /// Writes the mark. It is not synced: an older mark says less, and is still true.
    pub(super) fn write(&self, dir: &Path, disk: &dyn Disk) -> io::Result<()> {
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(path(dir))?;
        disk.write(&file, &self.encode(), 0)
    }

    /// Removes the mark, durably.
    pub(super) fn remove(dir: &Path) -> io::Result<()> {
        match std::fs::remove_file(path(dir)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed.and_then(|()| File::open(dir)?.sync_all()),
        }
    }

    fn encode(&self) -> [u8; BYTES] {
        let mut bytes = [0; BYTES];
        bytes[..4].copy_from_slice(&MAGIC);
        bytes[4..8].copy_from_slice(&self.owner.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.first_segment.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.last_segment.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.next_offset.to_le_bytes());
        let crc = crc32c::crc32c(&bytes[..36]);
        bytes[36..].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    fn decode(bytes: &[u8; BYTES]) -> Option<Self> {
        let u64_at = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"));
        let mark = Self {
            owner: u32::from_le_bytes(bytes[4..8].try_into().expect("four bytes")),
            first_segment: u64_at(8),
            last_segment: u64_at(16),
            next_offset: u64_at(24),
        };
        (mark.encode() == *bytes).then_some(mark)
    }
}

/// Returns the file of a partition's end mark.
pub(super) fn path(dir: &Path) -> PathBuf {
    dir.join(FILE)
}

#[cfg(test)]
mod tests {
    use super::super::disk::RealDisk;
    use super::*;

    #[test]
    fn a_mark_comes_back_and_one_that_is_damaged_or_anothers_is_none() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(EndMark::read(dir.path(), 7).unwrap(), None);
        let mark = EndMark { owner: 7, first_segment: 3, last_segment: 500, next_offset: 777 };
        mark.write(dir.path(), &RealDisk).unwrap();
        assert_eq!(EndMark::read(dir.path(), 7).unwrap(), Some(mark));
        assert_eq!(EndMark::read(dir.path(), 8).unwrap(), None);
        let good = std::fs::read(path(dir.path())).unwrap();
        for bit in 0..good.len() * 8 {
            let mut bytes = good.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            std::fs::write(path(dir.path()), bytes).unwrap();
            assert_eq!(EndMark::read(dir.path(), 7).unwrap(), None, "bit {bit}");
        }
        EndMark::remove(dir.path()).unwrap();
        EndMark::remove(dir.path()).unwrap();
        assert_eq!(EndMark::read(dir.path(), 7).unwrap(), None);
    }
}
