//! A segment file: `BASEOFFSET.seg`, blocks one after the other, read in large pieces and checked block by block.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::header::{BlockHeader, END, HEADER_BYTES, HeaderFault, UNMARKED};
use super::owner::Owner;
use super::topic_file;
use foldline_base::error::{Error, ErrorKind, Result, ResultExt};

/// Size of read-ahead: large enough that system calls cost little, small enough for one buffer per partition.
const READ_AHEAD_BYTES: usize = 512 << 10;
/// The index has about one entry per so many bytes, so that a search for an offset walks no more than this.
const INDEX_EVERY_BYTES: u64 = 1 << 20;

/// Returns the path of the segment that starts at an offset.
pub(super) fn segment_path(partition_dir: &Path, base_offset: u64) -> PathBuf {
    partition_dir.join(format!("{base_offset:020}.seg"))
}

/// Returns the base offset that a file's name gives; `None` for a file that is no segment.
pub(super) fn base_offset_of(path: &Path) -> Option<u64> {
    let name = path.file_name()?.to_str()?.strip_suffix(".seg")?;
    (name.len() == 20 && name.bytes().all(|byte| byte.is_ascii_digit())).then(|| name.parse().ok())?
}

/// Positions of some blocks of a segment, in order. It grows as the segment is written or read.
#[derive(Debug, Default)]
pub(super) struct SparseIndex(Vec<(u64, u64)>);

impl SparseIndex {
    /// Adds a block if it is far enough after the last entry.
    pub(super) fn note(&mut self, base_offset: u64, position: u64) {
        if position >= self.0.last().map_or(0, |&(_, last)| last) + INDEX_EVERY_BYTES {
            self.0.push((base_offset, position));
        }
    }

    /// Returns (offset, position) of the last indexed block that starts at or before an offset.
    pub(super) fn floor(&self, offset: u64) -> Option<(u64, u64)> {
        let after = self.0.partition_point(|&(base_offset, _)| base_offset <= offset);
        self.0.get(after.checked_sub(1)?).copied()
    }
}

/// Reads blocks of a segment file.
pub(super) struct SegmentReader {
    file: File,
    path: PathBuf,
    owner: Owner,
    buffer: Vec<u8>,
    /// The file position of the buffer's first byte.
    buffer_at: u64,
    filled: usize,
}

impl SegmentReader {
    /// Opens a segment for reading. `owner` is the partition that its blocks must belong to.
    ///
    /// # Errors
    /// `Unavailable` when the file cannot be opened.
    pub(super) fn open(path: PathBuf, owner: Owner) -> Result<Self> {
        let file =
            File::open(&path).kind(ErrorKind::Unavailable, format!("cannot open `{}`", path.display()))?;
        Ok(Self { file, path, owner, buffer: Vec::new(), buffer_at: 0, filled: 0 })
    }

    /// Returns where the file is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the length of the file.
    ///
    /// # Errors
    /// `Unavailable` when the file system does not tell.
    pub(super) fn file_bytes(&self) -> Result<u64> {
        let metadata = self.file.metadata();
        Ok(metadata.kind(ErrorKind::Unavailable, format!("cannot access `{}`", self.path.display()))?.len())
    }

    /// Returns up to `len` bytes at a position; fewer at the end of the file, or at `limit`, up to which it may be read.
    ///
    /// # Errors
    /// `Unavailable` when the file cannot be read.
    pub(super) fn bytes(&mut self, position: u64, len: usize, limit: u64) -> Result<&[u8]> {
        let len = len.min(usize::try_from(limit.saturating_sub(position)).unwrap_or(usize::MAX));
        if self.buffered(position, len).is_none() {
            self.fill(position, len, limit)?;
        }
        let start = (position - self.buffer_at) as usize;
        Ok(&self.buffer[start..self.filled.min(start + len)])
    }

    /// Returns bytes that are in the buffer already; `None` if they are not.
    pub(super) fn buffered(&self, position: u64, len: usize) -> Option<&[u8]> {
        let start = usize::try_from(position.checked_sub(self.buffer_at)?).ok()?;
        self.buffer[..self.filled].get(start..start.checked_add(len)?)
    }

    fn fill(&mut self, position: u64, len: usize, limit: u64) -> Result<()> {
        let wanted = (limit - position).min(len.max(READ_AHEAD_BYTES) as u64) as usize;
        if self.buffer.len() < wanted {
            self.buffer.resize(wanted, 0);
        }
        (self.buffer_at, self.filled) = (position, 0);
        while self.filled < wanted {
            let at = position + self.filled as u64;
            match self.file.read_at(&mut self.buffer[self.filled..wanted], at) {
                Ok(0) => break,
                Ok(read) => self.filled += read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => {
                    let place = format!("cannot read `{}` at byte {at}", self.path.display());
                    return Err(error).kind(ErrorKind::Unavailable, place);
                }
            }
        }
        Ok(())
    }

    /// Reads the header at a position of the synced part of the segment.
    ///
    /// # Errors
    /// `Corrupt` when the header is missing or damaged, or of another partition, topic or log: synced data must be intact.
    /// `Config` when a newer Foldline wrote it.
    pub(super) fn synced_header(
        &mut self,
        position: u64,
        next_offset: u64,
        limit: u64,
    ) -> Result<BlockHeader> {
        match BlockHeader::decode(self.bytes(position, HEADER_BYTES, limit)?) {
            Ok(header) if !self.owns(&header) => Err(self.foreign(position, &header)),
            Ok(header) if header.base_offset != next_offset => {
                let what = format!("it holds offset {} instead", header.base_offset);
                Err(self.damaged(position, next_offset, &what))
            }
            Ok(header) if header.block_bytes() > limit - position => {
                Err(self.damaged(position, next_offset, "it ends behind the file"))
            }
            Ok(header) => Ok(header),
            Err(HeaderFault::Newer(what)) => Err(self.newer(position, &what)),
            Err(HeaderFault::Missing) => Err(self.damaged(position, next_offset, "its header is missing")),
            Err(HeaderFault::Damaged) => {
                Err(self.damaged(position, next_offset, "its header does not match its checksum"))
            }
        }
    }

    /// Reads and checks the body of a block, without its padding.
    ///
    /// # Errors
    /// `Corrupt` when it does not match its checksum.
    pub(super) fn synced_body(&mut self, position: u64, header: &BlockHeader, limit: u64) -> Result<&[u8]> {
        let padded = self.bytes(position + HEADER_BYTES as u64, header.padded_bytes(), limit)?;
        if !is_whole(header, padded) {
            return Err(self.damaged(position, header.base_offset, "its body does not match its checksum"));
        }
        // Taken from the buffer a second time, because the error above needs `self` as well.
        Ok(&self.bytes(position + HEADER_BYTES as u64, header.padded_bytes(), limit)?
            [..header.body_bytes as usize])
    }

    /// Returns whether a block was written for this partition.
    pub(super) fn owns(&self, header: &BlockHeader) -> bool {
        self.owner.owns(header)
    }

    /// Fails when a block was written for another partition, topic or log.
    pub(super) fn check_owner(&self, position: u64, header: &BlockHeader) -> Result<()> {
        if self.owns(header) { Ok(()) } else { Err(self.foreign(position, header)) }
    }

    fn foreign(&self, position: u64, header: &BlockHeader) -> Error {
        let place = self.path.display();
        let log_dir = self.path.ancestors().nth(3);
        let whose = match header.version {
            UNMARKED => "of an older format, which is not written here any more".to_owned(),
            _ => log_dir
                .and_then(|dir| topic_file::name_of(dir, header.owner))
                .unwrap_or_else(|| "of another log, or of a topic that is no longer there".to_owned()),
        };
        let message =
            format!("`{place}` holds another partition's records: the block at byte {position} is {whose}");
        Error::new(ErrorKind::Corrupt, message).with_hint(
            "a file was copied over this one: stop the host, move it out of the log's folder, and restore this partition's \
             own file from a backup",
        )
    }

    /// Returns the error for a damaged block.
    pub(super) fn damaged(&self, position: u64, offset: u64, what: &str) -> Error {
        damaged(&self.path, position, offset, what)
    }

    /// Returns the error for a group over several files that the commits file does not count, though later ones were written.
    pub(super) fn uncounted(&self, position: u64, group: u64, committed: u64, later: u64) -> Error {
        let place = self.path.display();
        Error::new(
            ErrorKind::Corrupt,
            format!(
                "the log's file `commits` counts groups up to {committed}, but `{place}` holds group {group} at byte {position}, and the \
                 block at byte {later} was written after that counted"
            ),
        )
        .with_hint("stop the host and restore `commits`, which is an older one, or the whole log folder from one backup")
    }

    /// Returns the error for a block that a newer Foldline wrote.
    pub(super) fn newer(&self, position: u64, what: &str) -> Error {
        let place = self.path.display();
        Error::new(
            ErrorKind::Config,
            format!("`{place}` has {what} at byte {position}, which this version does not know"),
        )
        .with_hint("run the newer foldline that wrote this log")
    }
}

/// Returns whether body and padding match their checksum.
pub(super) fn is_whole(header: &BlockHeader, padded: &[u8]) -> bool {
    padded.len() == header.padded_bytes()
        && padded.last().is_none_or(|&end| end == END)
        && crc32c::crc32c(padded) == header.body_crc
}

/// Returns the error for a damaged block.
pub(super) fn damaged(path: &Path, position: u64, offset: u64, what: &str) -> Error {
    let place = path.display();
    Error::new(
        ErrorKind::Corrupt,
        format!(
            "the log is damaged in `{place}` at byte {position}, in the block of offset {offset}: {what}"
        ),
    )
    .with_hint(
        "stop the host and restore this file from a backup; the log cannot be rebuilt from anything else",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segments_name_is_its_base_offset() {
        let path = segment_path(Path::new("likes/0"), 1234);
        assert_eq!(path, Path::new("likes/0/00000000000000001234.seg"));
        assert_eq!(base_offset_of(&path), Some(1234));
        for other in
            ["1234.seg", "00000000000000001234.tmp", "+0000000000000001234.seg", "99999999999999999999.seg"]
        {
            assert_eq!(base_offset_of(Path::new(other)), None, "{other}");
        }
    }

    #[test]
    fn the_index_finds_the_last_noted_block_before_an_offset() {
        let mut index = SparseIndex::default();
        for block in 0..100_u64 {
            index.note(block * 10, block * (INDEX_EVERY_BYTES / 4));
        }
        assert_eq!(index.0.len(), 24);
        assert_eq!(index.floor(39), None);
        assert_eq!(index.floor(40), Some((40, INDEX_EVERY_BYTES)));
        assert_eq!(index.floor(79), Some((40, INDEX_EVERY_BYTES)));
        assert_eq!(index.floor(80), Some((80, 2 * INDEX_EVERY_BYTES)));
    }
}
