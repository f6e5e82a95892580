//! Recovers the last segment of a partition at start: how far it counts, and whether its end was torn or damaged.
//!
//! A crash can leave the last group half written, with its sectors in any order. That group was not acknowledged, so it is cut
//! off. Damage to anything older must not be mistaken for this. Three facts tell them apart (and a fourth, the end mark,
//! exposes a file that was truncated by something else):
//!
//! - A group is written only after everything before it was synced. A block whose group started after the bad place proves
//!   that the bad place was once intact. (After a pause, and when the log is closed, a *seal* gives that proof for the last
//!   data too.)
//! - A sector that a torn write leaves out is zeros, since the file was extended with zeros before; and every block ends with
//!   a byte that is not zero. A bad block with all its sectors present was changed after it was written.
//! - A group over several files counts once the commits file says so; from then on no part of it may be missing.

use super::header::{BlockHeader, HEADER_BYTES, HeaderFault};
use super::segment::{SegmentReader, SparseIndex, is_whole};
use foldline_base::error::Result;

/// The unit that a disk writes completely or not at all.
const SECTOR_BYTES: u64 = 512;

/// The part of a segment that counts.
#[derive(Debug)]
pub(super) struct Recovered {
    /// The length up to the end of the last complete, committed group.
    pub(super) len: u64,
    /// The offset after it.
    pub(super) next_offset: u64,
    /// The highest group number seen, including those of cut blocks, so that none is used twice.
    pub(super) last_group: u64,
    /// The latest append time seen, in milliseconds; `i64::MIN` if there is none.
    pub(super) appended_ms: i64,
    /// Whether the last block is a seal.
    pub(super) sealed: bool,
    /// Why the data after `len` has to be cut off.
    pub(super) torn: Option<&'static str>,
    /// The offset after the committed records, if the file ends before it: something else has truncated the file.
    pub(super) committed_end: Option<u64>,
    pub(super) index: SparseIndex,
}

/// Recovers the last segment of a partition. Groups over several files count up to number `committed`.
///
/// # Errors
/// `Corrupt` naming file, byte and offset when data is damaged that was once durable.
pub(super) fn recover(segment: &mut SegmentReader, base_offset: u64, committed: u64) -> Result<Recovered> {
    let file_bytes = segment.file_bytes()?;
    let mut found = Recovered {
        len: 0,
        next_offset: base_offset,
        last_group: 0,
        appended_ms: i64::MIN,
        sealed: false,
        torn: None,
        committed_end: None,
        index: SparseIndex::default(),
    };
    let (mut position, mut next_offset) = (0, base_offset);
    let mut group_start = 0;
    while position < file_bytes {
        let header = match BlockHeader::decode(segment.bytes(position, HEADER_BYTES, file_bytes)?) {
            Ok(header) => header,
            Err(HeaderFault::Newer(what)) => return Err(segment.newer(position, &what)),
            Err(fault) => {
                let search_from = position + HEADER_BYTES as u64;
                prove_torn(segment, position, next_offset, search_from, file_bytes)?;
                if fault == HeaderFault::Damaged {
                    return Err(segment.damaged(
                        position,
                        next_offset,
                        "its header does not match its checksum",
                    ));
                }
                found.torn =
                    something_behind(segment, found.len, file_bytes)?.then_some("a block is missing");
                return Ok(found);
            }
        };
        let starts_group = position == found.len;
        if starts_group {
            group_start = position;
        }
        segment.check_owner(position, &header)?;
        // A header that matches its checksum is out of place only if files were mixed up or blocks removed.
        if header.base_offset != next_offset {
            let what = format!("it holds offset {} instead", header.base_offset);
            return Err(segment.damaged(position, next_offset, &what));
        }
        let continues = match starts_group {
            true => header.group > found.last_group,
            false => header.group == found.last_group,
        };
        if header.group_start != group_start || !continues {
            let what =
                format!("it is of group {}, which does not follow group {}", header.group, found.last_group);
            return Err(segment.damaged(position, next_offset, &what));
        }
        let end = position + header.block_bytes();
        let padded = segment.bytes(position + HEADER_BYTES as u64, header.padded_bytes(), file_bytes)?;
        if !is_whole(&header, padded) {
            let absent = lacks_a_sector(padded, position + HEADER_BYTES as u64, header.padded_bytes());
            prove_torn(segment, position, next_offset, end, file_bytes)?;
            let is_committed = header.is_spanning() && header.group <= committed;
            found.committed_end = (is_committed && end > file_bytes).then(|| header.next_offset());
            if !absent || (is_committed && found.committed_end.is_none()) {
                return Err(segment.damaged(position, next_offset, "its body does not match its checksum"));
            }
            found.last_group = header.group;
            found.torn = Some("a block was written in part");
            return Ok(found);
        }
        found.last_group = header.group;
        if header.is_spanning() && header.group > committed {
            if let Some(later) = block_after(segment, position, end, file_bytes)? {
                return Err(segment.uncounted(position, header.group, committed, later));
            }
            found.torn = Some("a group over several files was not committed");
            return Ok(found);
        }
        found.index.note(header.base_offset, position);
        found.appended_ms = found.appended_ms.max(header.append_time_ms);
        position = end;
        next_offset = header.next_offset();
        if header.ends_group() {
            (found.len, found.next_offset) = (position, next_offset);
            found.sealed = header.records == 0;
        }
    }
    if found.len < file_bytes {
        found.torn = Some("a group was written in part");
    }
    Ok(found)
}

/// Fails when a later group proves that the bad block at `position` was once synced.
fn prove_torn(
    segment: &mut SegmentReader,
    position: u64,
    offset: u64,
    search_from: u64,
    file_bytes: u64,
) -> Result<()> {
    match block_after(segment, position, search_from, file_bytes)? {
        None => Ok(()),
        Some(at) => {
            let what =
                format!("it cannot be read, though the block at byte {at} was written after it was synced");
            Err(segment.damaged(position, offset, &what))
        }
    }
}

/// Returns the position of a block that was written after the one at `position` was synced.
fn block_after(
    segment: &mut SegmentReader,
    position: u64,
    search_from: u64,
    file_bytes: u64,
) -> Result<Option<u64>> {
    let mut at = search_from;
    while at < file_bytes {
        if let Ok(later) = BlockHeader::decode(segment.bytes(at, HEADER_BYTES, file_bytes)?)
            && later.group_start > position
            && later.group_start <= at
        {
            return Ok(Some(at));
        }
        at += HEADER_BYTES as u64;
    }
    Ok(None)
}

/// Returns whether the block looks like a torn write: a sector of it is all zeros, or its end is missing.
fn lacks_a_sector(padded: &[u8], position: u64, padded_bytes: usize) -> bool {
    if padded.len() < padded_bytes || padded.last() == Some(&0) {
        return true;
    }
    let (first, rest) = padded.split_at(padded.len().min((SECTOR_BYTES - position % SECTOR_BYTES) as usize));
    std::iter::once(first)
        .chain(rest.chunks(SECTOR_BYTES as usize))
        .any(|part| part.iter().all(|&byte| byte == 0))
}

/// Returns whether there is a byte other than zero from a position on.
fn something_behind(segment: &mut SegmentReader, position: u64, file_bytes: u64) -> Result<bool> {
    let mut at = position;
    while at < file_bytes {
        let bytes = segment.bytes(at, 64 << 10, file_bytes)?;
        if bytes.iter().any(|&byte| byte != 0) {
            return Ok(true);
        }
        at += bytes.len().max(1) as u64;
    }
    Ok(false)
}
