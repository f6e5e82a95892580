//! The end of a partition as the committer writes it: the last segment's file, the space allocated ahead, and its last
//! metadata.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

use super::disk::{Disk, Failure};
use super::segment::segment_path;
use super::watched::Watched;

/// A file is extended ahead of the writes, by its present length within these bounds (minimum, maximum). A sync then need not
/// write a new length each time, and a topic with few records stays small.
const LENGTHEN_BYTES: (u64, u64) = (64 << 10, 16 << 20);

/// The end of a partition that the committer writes to.
#[derive(Debug, Default)]
pub(super) struct PartitionWriter {
    /// The base offset of the last segment.
    pub(super) segment: Option<u64>,
    /// Closed between a seal and the next group, so that idle partitions hold no file.
    pub(super) file: Option<File>,
    /// The committed length.
    pub(super) len: u64,
    /// The length of the file, space ahead included.
    pub(super) allocated: u64,
    pub(super) next_offset: u64,
    /// Whether the last block is a seal, or there is no block.
    pub(super) sealed: bool,
    /// The file's metadata when it was last written; `None` before that is known.
    pub(super) watched: Option<Watched>,
    /// Whether the file at the segment's path is another one, which must not be touched.
    pub(super) was_replaced: bool,
}

impl PartitionWriter {
    /// Opens the last segment, unless it is open.
    pub(super) fn open(&mut self, dir: &Path) -> io::Result<()> {
        if self.file.is_none() {
            let base_offset = self.segment.ok_or_else(|| io::Error::other("there is no segment yet"))?;
            self.file = Some(OpenOptions::new().write(true).open(segment_path(dir, base_offset))?);
        }
        Ok(())
    }

    pub(super) fn file(&self) -> io::Result<&File> {
        self.file.as_ref().ok_or_else(|| io::Error::other("the segment is not open"))
    }

    /// Writes blocks after the committed length.
    pub(super) fn write(&mut self, disk: &dyn Disk, blocks: &[u8]) -> io::Result<()> {
        let end = self.len + blocks.len() as u64;
        if end > self.allocated {
            let longer = end + end.clamp(LENGTHEN_BYTES.0, LENGTHEN_BYTES.1);
            disk.set_len(self.file()?, longer)?;
            self.allocated = longer;
        }
        disk.write(self.file()?, blocks, self.len)
    }

    /// Makes what was written durable.
    pub(super) fn sync(&self, disk: &dyn Disk) -> Result<(), Failure> {
        disk.sync(self.file()?).map_err(Failure::of_sync)
    }

    /// Takes back what was written after the committed length, durably.
    pub(super) fn undo(&mut self, disk: &dyn Disk) -> io::Result<()> {
        if let Some(file) = &self.file {
            disk.set_len(file, self.len)?;
            self.allocated = self.len;
            disk.sync(file)?;
        }
        Ok(())
    }

    /// Gives back the space ahead, and closes the file.
    pub(super) fn close(&mut self, disk: &dyn Disk) -> io::Result<()> {
        if let Some(file) = self.file.take() {
            disk.set_len(&file, self.len)?;
            self.allocated = self.len;
            self.watched = Watched::file(&file).ok();
        }
        Ok(())
    }

    /// Returns whether the file is closed until the next group.
    #[cfg(test)]
    pub(super) fn is_closed(&self) -> bool {
        self.file.is_none()
    }

    /// Stores the file's metadata after a write.
    pub(super) fn watch(&mut self) {
        if let Some(file) = &self.file {
            self.watched = Watched::file(file).ok();
        }
    }
}
