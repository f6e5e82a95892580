//! A partition of a topic: its segments as readers see them, and the end as the committer writes it.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard};

use super::chain;
use super::disk::{Disk, Failure};
use super::end_mark::{self, EndMark};
use super::owner::Owner;
use super::recovery::{Recovered, recover};
use super::segment::{SegmentReader, SparseIndex, base_offset_of, segment_path};
use super::watched::Watched;
use super::writer::PartitionWriter;
use foldline_base::error::{Error, ErrorKind, Result, ResultExt};
use foldline_base::planted::{Bug, is_planted};

/// A partition.
#[derive(Debug)]
pub(super) struct Partition {
    pub(super) topic: Arc<str>,
    pub(super) number: u32,
    pub(super) owner: Owner,
    /// The latest append time when the partition was opened, in milliseconds.
    pub(super) appended_ms: i64,
    dir: PathBuf,
    /// Why nothing is appended: acknowledged records are missing, and no operator has decided to continue without them.
    loss: Mutex<Option<Error>>,
    committed: Mutex<Committed>,
    /// Locked by the committer only.
    writer: Mutex<PartitionWriter>,
}

/// What is synced, and therefore visible to readers.
#[derive(Debug)]
struct Committed {
    /// In order. Only the last one grows.
    segments: Vec<Segment>,
    next_offset: u64,
}

#[derive(Debug)]
struct Segment {
    base_offset: u64,
    len: u64,
    index: SparseIndex,
}

/// The location of an offset.
#[derive(Clone, Copy, Debug)]
pub(super) struct SegmentLocation {
    /// The segment's base offset.
    pub(super) segment: u64,
    /// Its synced length.
    pub(super) len: u64,
    /// The offset at which the next segment starts, if there is one.
    pub(super) next_segment: Option<u64>,
}

impl Partition {
    /// Opens a partition from its folder; groups over several files count up to `committed`.
    ///
    /// Also returns the highest group number seen. A partition that ends before its end mark is opened, but takes no appends
    /// (see [`Partition::loss`]).
    ///
    /// # Errors
    /// `Corrupt` when durable data is damaged, missing or another partition's; `Unavailable` when the folder cannot be read or
    /// written.
    pub(super) fn open(
        topic: Arc<str>,
        number: u32,
        dir: PathBuf,
        committed: u64,
        owner: Owner,
    ) -> Result<(Self, u64)> {
        let mut segments = list_segments(&dir)?;
        let bases: Vec<u64> = segments.iter().map(|segment| segment.base_offset).collect();
        let unreadable = || format!("cannot read the end mark in `{}`", dir.display());
        let mark = EndMark::read(&dir, owner.mark).kind(ErrorKind::Unavailable, unreadable())?;
        let mark = mark.filter(|_| !is_planted(Bug::EndMarkNotRead));
        check_first(&dir, bases.first().copied(), mark)?;
        chain::check(&dir, &bases, owner)?;
        let mut writer = PartitionWriter { sealed: true, ..PartitionWriter::default() };
        let mut last_group = 0;
        let mut loss = lost(&topic, &dir, writer.next_offset, bases.last().copied(), mark);
        let mut appended_ms = i64::MIN;
        if let Some(last) = segments.last_mut() {
            let mut segment = SegmentReader::open(segment_path(&dir, last.base_offset), owner)?;
            let recovered = recover(&mut segment, last.base_offset, committed)?;
            loss = lost(&topic, &dir, recovered.next_offset, Some(last.base_offset), mark).or_else(|| {
                let end = recovered.committed_end?;
                Some(loss_of(&topic, recovered.next_offset, end, &segment_path(&dir, last.base_offset), CUT))
            });
            // With a loss, the rest of the file is kept: it may help to restore the records.
            if loss.is_none() {
                settle(&segment, &recovered)?;
            }
            last_group = recovered.last_group;
            appended_ms = recovered.appended_ms;
            last.len = recovered.len;
            last.index = recovered.index;
            writer = PartitionWriter {
                segment: Some(last.base_offset),
                file: None,
                len: recovered.len,
                allocated: recovered.len,
                next_offset: recovered.next_offset,
                sealed: recovered.sealed || recovered.len == 0,
                watched: Watched::at(segment.path()).ok().flatten(),
                was_replaced: false,
            };
        }
        if let Some(loss) = &loss {
            tracing::error!(%loss, hint = loss.hint(), "the log has lost records; its topic takes no appends");
        }
        let committed = Mutex::new(Committed { segments, next_offset: writer.next_offset });
        let writer = Mutex::new(writer);
        Ok((
            Self { topic, number, owner, appended_ms, dir, loss: Mutex::new(loss), committed, writer },
            last_group,
        ))
    }

    /// Returns this partition, without blocks of version 1 beyond its present end.
    pub(super) fn marked_from_here(self) -> Self {
        let owner = self.owner.without_unmarked(self.end());
        Self { owner, ..self }
    }

    /// Returns why the partition takes no appends: it once reached further.
    pub(super) fn loss(&self) -> Option<Error> {
        self.loss.lock().clone()
    }

    /// Checks that the last segment is still the file that was written. If not, the file is read as at a start: if it holds
    /// exactly what was written, the partition continues with it, else the partition takes no more appends.
    ///
    /// # Errors
    /// The loss; `Unavailable` when the file cannot be read for now.
    pub(super) fn check(&self, writer: &mut PartitionWriter) -> Result<()> {
        if let Some(loss) = self.loss().filter(|_| writer.was_replaced) {
            return Err(loss);
        }
        let (Some(base_offset), Some(watched)) = (writer.segment, writer.watched) else { return Ok(()) };
        let path = self.segment_path(base_offset);
        let held = match Watched::at(&path)? {
            Some(now) if now == watched || is_planted(Bug::SegmentNotWatched) => return Ok(()),
            Some(_) => self.looked_through(base_offset)?,
            None => None,
        };
        if held == Some((writer.next_offset, writer.len)) {
            writer.file = None;
            writer.allocated = writer.len;
            writer.watched = None;
            return Ok(());
        }
        let message = format!(
            "topic `{}` takes no appends: `{}` was replaced while the host ran, and is not the file that was written",
            self.topic,
            path.display()
        );
        let hint = "stop the host, restore that file, and start it again; a start says what is missing";
        let loss = Error::new(ErrorKind::Replaced, message).with_hint(hint);
        tracing::error!(%loss, "appends are refused");
        *self.loss.lock() = Some(loss.clone());
        writer.file = None;
        writer.was_replaced = true;
        Err(loss)
    }

    /// Recovers a segment; returns the offset after its records, and its length; `None` if it is damaged or another
    /// partition's.
    fn looked_through(&self, base_offset: u64) -> Result<Option<(u64, u64)>> {
        let mut segment = SegmentReader::open(self.segment_path(base_offset), self.owner)?;
        // Failed groups were taken back, so every group in the file counts.
        match recover(&mut segment, base_offset, u64::MAX) {
            Ok(recovered) => Ok(Some((recovered.next_offset, recovered.len))),
            Err(error) if error.kind() == ErrorKind::Unavailable => Err(error),
            Err(_) => Ok(None),
        }
    }

    /// Checks whether the partition can be adopted as it is.
    ///
    /// # Errors
    /// `Refused` if a file was replaced while the host ran: a restart must check it first.
    pub(super) fn may_be_adopted(&self) -> Result<()> {
        if !self.writer().was_replaced {
            return Ok(());
        }
        let message = format!("topic `{}` has a file that was replaced while the host ran", self.topic);
        Err(Error::new(ErrorKind::Refused, message)
            .with_hint("restart the host: a start says what is missing"))
    }

    /// Accepts the partition as it is, without the lost records.
    ///
    /// # Errors
    /// `Unavailable` when the folder cannot be written. The loss then stays.
    pub(super) fn adopt(&self) -> Result<()> {
        // The same order of locks as in `check`.
        let mut writer = self.writer();
        let mut loss = self.loss.lock();
        if loss.is_none() {
            return Ok(());
        }
        let adopt = || -> io::Result<()> {
            if let Some(base_offset) = writer.segment {
                let file = OpenOptions::new().write(true).open(self.segment_path(base_offset))?;
                file.set_len(writer.len)?;
                file.sync_all()?;
            }
            EndMark::remove(&self.dir)
        };
        adopt().kind(ErrorKind::Unavailable, format!("cannot change `{}`", self.dir.display()))?;
        let path = writer.segment.map(|base_offset| self.segment_path(base_offset));
        writer.watched = path.and_then(|path| Watched::at(&path).ok().flatten());
        *loss = None;
        Ok(())
    }

    /// Writes the end mark for `next_offset`, up to which the partition is synced. A failure loses only the proof.
    pub(super) fn mark_end(&self, next_offset: u64, disk: &dyn Disk) {
        let (first, last) = {
            let committed = self.committed.lock();
            (
                committed.segments.first().map(|first| first.base_offset),
                committed.segments.last().map(|last| last.base_offset),
            )
        };
        let (Some(first_segment), Some(last_segment)) = (first, last) else { return };
        let mark = EndMark { owner: self.owner.mark, first_segment, last_segment, next_offset };
        if let Err(error) = mark.write(&self.dir, disk) {
            tracing::debug!(partition = %self.dir.display(), %error, "cannot write the end mark");
        }
    }

    /// Returns the first offset held.
    pub(super) fn start(&self) -> u64 {
        self.committed.lock().segments.first().map_or(0, |first| first.base_offset)
    }

    /// Returns the next offset that will be readable.
    pub(super) fn end(&self) -> u64 {
        self.committed.lock().next_offset
    }

    /// Returns the synced bytes of all segments.
    pub(super) fn bytes(&self) -> u64 {
        self.committed.lock().segments.iter().map(|segment| segment.len).sum()
    }

    /// Returns the path of a segment.
    pub(super) fn segment_path(&self, base_offset: u64) -> PathBuf {
        segment_path(&self.dir, base_offset)
    }

    /// Returns the location of an offset; `None` if it is not readable yet.
    pub(super) fn locate(&self, offset: u64) -> Option<SegmentLocation> {
        let committed = self.committed.lock();
        if offset >= committed.next_offset {
            return None;
        }
        let after = committed.segments.partition_point(|segment| segment.base_offset <= offset);
        let segment = committed.segments.get(after.checked_sub(1)?)?;
        let next_segment = committed.segments.get(after).map(|next| next.base_offset);
        Some(SegmentLocation { segment: segment.base_offset, len: segment.len, next_segment })
    }

    /// Returns (offset, position) of a known block at or before an offset of a segment.
    pub(super) fn known_block(&self, segment: u64, offset: u64) -> (u64, u64) {
        let committed = self.committed.lock();
        let found = committed.segments.binary_search_by_key(&segment, |segment| segment.base_offset);
        found.ok().and_then(|at| committed.segments[at].index.floor(offset)).unwrap_or((segment, 0))
    }

    /// Adds the location of a block to the index.
    pub(super) fn note(&self, segment: u64, base_offset: u64, position: u64) {
        let mut committed = self.committed.lock();
        if let Ok(at) = committed.segments.binary_search_by_key(&segment, |segment| segment.base_offset) {
            committed.segments[at].index.note(base_offset, position);
        }
    }

    /// Returns the writing end. Only the committer locks it, so this never waits.
    pub(super) fn writer(&self) -> MutexGuard<'_, PartitionWriter> {
        self.writer.lock()
    }

    /// Prepares a group of `bytes` bytes: opens the last segment, or starts a new one if that is full.
    pub(super) fn prepare(
        &self,
        writer: &mut PartitionWriter,
        bytes: u64,
        segment_bytes: u64,
        disk: &dyn Disk,
    ) -> Result<(), Failure> {
        // A segment that holds only a seal begins with the next offset: a new segment would have the same name.
        let holds_records = writer.segment.is_some_and(|base_offset| base_offset < writer.next_offset);
        let full = holds_records && writer.len + bytes > segment_bytes;
        if full {
            // From here on this segment consists of its blocks and nothing else. Only the last segment may have a tail.
            writer.open(&self.dir)?;
            disk.set_len(writer.file()?, writer.len)?;
            writer.sync(disk)?;
            writer.allocated = writer.len;
        }
        if full || writer.segment.is_none() {
            let base_offset = writer.next_offset;
            let path = self.segment_path(base_offset);
            // Before anything is created: a process without file descriptors fails here, with a known outcome.
            let folder = File::open(&self.dir)?;
            let file = OpenOptions::new().write(true).create(true).truncate(false).open(&path)?;
            // A file left over from a failed start is empty.
            if file.metadata()?.len() != 0 {
                return Err(io::Error::other(format!("`{}` is already there", path.display())).into());
            }
            folder.sync_all().map_err(Failure::of_sync)?;
            *writer = PartitionWriter {
                segment: Some(base_offset),
                file: Some(file),
                len: 0,
                allocated: 0,
                next_offset: base_offset,
                sealed: true,
                ..PartitionWriter::default()
            };
            let mut committed = self.committed.lock();
            committed.segments.push(Segment { base_offset, len: 0, index: SparseIndex::default() });
            drop(committed);
            self.mark_end(base_offset, disk);
        }
        Ok(writer.open(&self.dir)?)
    }

    /// Makes what was synced visible to readers; `blocks` are (offset, position).
    pub(super) fn publish(
        &self,
        writer: &mut PartitionWriter,
        bytes: u64,
        next_offset: u64,
        blocks: &[(u64, u64)],
    ) {
        writer.len += bytes;
        writer.next_offset = next_offset;
        let mut committed = self.committed.lock();
        committed.next_offset = next_offset;
        let last = committed.segments.last_mut().expect("a group is written to a segment");
        last.len = writer.len;
        for &(base_offset, position) in blocks {
            last.index.note(base_offset, position);
        }
    }
}

fn list_segments(dir: &Path) -> Result<Vec<Segment>> {
    let unreadable = || format!("cannot read the folder `{}`", dir.display());
    let mut bases = Vec::new();
    for entry in std::fs::read_dir(dir).kind(ErrorKind::Unavailable, unreadable())? {
        let path = entry.kind(ErrorKind::Unavailable, unreadable())?.path();
        if path.extension().is_some_and(|extension| extension == "seg") {
            let base = base_offset_of(&path).ok_or_else(|| {
                Error::new(
                    ErrorKind::Corrupt,
                    format!("`{}` is not the name of a log segment", path.display()),
                )
                .with_hint("move the file out of the log folder")
            })?;
            let metadata = std::fs::metadata(&path);
            let len =
                metadata.kind(ErrorKind::Unavailable, format!("cannot access `{}`", path.display()))?.len();
            bases.push(Segment { base_offset: base, len, index: SparseIndex::default() });
        }
    }
    bases.sort_unstable_by_key(|segment| segment.base_offset);
    Ok(bases)
}

/// Fails when the first segment is missing, according to the end mark.
fn check_first(dir: &Path, first: Option<u64>, mark: Option<EndMark>) -> Result<()> {
    let Some(mark) = mark.filter(|mark| first.is_some_and(|first| first > mark.first_segment)) else {
        return Ok(());
    };
    let missing = segment_path(dir, mark.first_segment);
    let message = format!(
        "the log lacks offsets {} to {}: `{}` is missing",
        mark.first_segment,
        first.unwrap_or_default().saturating_sub(1),
        missing.display()
    );
    Err(Error::new(ErrorKind::Corrupt, message).with_hint(format!(
        "stop the host and restore it from a backup; to go on without its records for good, delete `{}`",
        end_mark::path(dir).display()
    )))
}

/// Returns what is missing at the end of a partition, if it once reached further.
fn lost(
    topic: &str,
    dir: &Path,
    next_offset: u64,
    last: Option<u64>,
    mark: Option<EndMark>,
) -> Option<Error> {
    let mark = mark.filter(|mark| next_offset < mark.next_offset)?;
    let (name, place) = match last {
        Some(last) if last >= mark.last_segment => (segment_path(dir, last), CUT),
        _ => (segment_path(dir, mark.last_segment), "is missing"),
    };
    Some(loss_of(topic, next_offset, mark.next_offset, &name, place))
}

/// The words of the message for a file that ends too soon.
const CUT: &str = "was cut off, or is an older copy";

/// Returns the error that names the missing offsets, and the file that should hold them.
fn loss_of(topic: &str, next_offset: u64, end: u64, file: &Path, what: &str) -> Error {
    let message = format!(
        "topic `{topic}` lacks offsets {next_offset} to {}, which were acknowledged: `{}` {what}",
        end - 1,
        file.display()
    );
    Error::new(ErrorKind::Replaced, message).with_hint(format!(
        "stop the host and restore that file from a backup; to go on without these records for good: foldline adopt-log {topic}"
    ))
}

/// Cuts off what recovery rejected, and makes the rest durable.
fn settle(segment: &SegmentReader, recovered: &Recovered) -> Result<()> {
    let path = segment.path();
    let place = path.display();
    let file_bytes = segment.file_bytes()?;
    let file = OpenOptions::new()
        .write(true)
        .open(path)
        .kind(ErrorKind::Unavailable, format!("cannot open `{place}` for writing"))?;
    if let Some(reason) = recovered.torn {
        tracing::warn!(
            segment = %place,
            next_offset = recovered.next_offset,
            bytes = file_bytes - recovered.len,
            reason,
            "cut off the end of the log, which is not whole: a crash leaves that of an append that was not confirmed, and so \
             does whatever shortens the file"
        );
    }
    if recovered.len < file_bytes {
        file.set_len(recovered.len).kind(ErrorKind::Unavailable, format!("cannot cut `{place}`"))?;
    }
    // What was read may be in memory only (after a kill between write and sync), and readers will see it.
    file.sync_all().kind(ErrorKind::Unavailable, format!("cannot sync `{place}`"))?;
    Ok(())
}
