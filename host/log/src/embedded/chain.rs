//! Checks a partition's segments at start: each must begin with the offset in its name, and end where the next one begins.
//!
//! A closed segment consists of its blocks and nothing else, so only its end is read: the last header is searched backwards.
//! If it does not lead to the expected offset, the whole chain of headers is walked before an error is reported.

use std::path::Path;

use super::header::{BlockHeader, HEADER_BYTES, HeaderFault};
use super::owner::Owner;
use super::segment::{SegmentReader, segment_path};
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_base::planted::{Bug, is_planted};

/// Bytes searched for the last header. Longer blocks are rare, and their segments are walked.
const TAIL_BYTES: u64 = 512 << 10;

/// Checks a partition's segments, by base offset.
///
/// # Errors
/// `Corrupt` naming the segment that is missing, cut, renamed or another partition's. Damage within a segment is not searched
/// for: it is noticed when the segment is read.
pub(super) fn check(dir: &Path, segments: &[u64], owner: Owner) -> Result<()> {
    if is_planted(Bug::ChainNotLookedAt) {
        return Ok(());
    }
    let open = |base| SegmentReader::open(segment_path(dir, base), owner);
    // Names first: otherwise a renamed file would be reported as other files missing.
    for &base in segments {
        check_name(&mut open(base)?, base)?;
    }
    for pair in segments.windows(2) {
        let (base, next) = (pair[0], pair[1]);
        let mut segment = open(base)?;
        if tail_end(&mut segment)? == Some(next) {
            continue;
        }
        let Some(end) = walked_end(&mut segment, base)? else { continue };
        if end != next {
            return Err(broken(&segment, end, &segment_path(dir, next), next));
        }
    }
    Ok(())
}

/// Fails when a segment's first block belongs to another segment or partition.
fn check_name(segment: &mut SegmentReader, base: u64) -> Result<()> {
    match BlockHeader::decode(segment.bytes(0, HEADER_BYTES, HEADER_BYTES as u64)?) {
        Ok(header) if !segment.owns(&header) => segment.check_owner(0, &header),
        Ok(header) if header.base_offset != base => {
            Err(segment.damaged(0, base, &format!("it holds offset {} instead", header.base_offset)))
        }
        // A damaged or missing block is reported by the reader.
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Returns the offset after the block that ends at the end of the file, if one is found.
fn tail_end(segment: &mut SegmentReader) -> Result<Option<u64>> {
    let file_bytes = segment.file_bytes()?;
    if file_bytes == 0 || file_bytes % HEADER_BYTES as u64 != 0 {
        return Ok(None);
    }
    let from = file_bytes.saturating_sub(TAIL_BYTES);
    let tail = segment.bytes(from, TAIL_BYTES as usize, file_bytes)?.to_vec();
    for (at, bytes) in tail.chunks_exact(HEADER_BYTES).enumerate().rev() {
        let left = (tail.len() - at * HEADER_BYTES) as u64;
        if let Ok(header) = BlockHeader::decode(bytes)
            && header.block_bytes() == left
            && segment.owns(&header)
        {
            return Ok(Some(header.next_offset()));
        }
    }
    Ok(None)
}

/// Walks from header to header and returns the offset after the last block; `None` if a header is damaged.
fn walked_end(segment: &mut SegmentReader, base: u64) -> Result<Option<u64>> {
    let file_bytes = segment.file_bytes()?;
    let (mut position, mut next_offset) = (0, base);
    while position < file_bytes {
        match BlockHeader::decode(segment.bytes(position, HEADER_BYTES, file_bytes)?) {
            Ok(header) if header.base_offset != next_offset => return Ok(None),
            Ok(header) => {
                segment.check_owner(position, &header)?;
                if header.block_bytes() > file_bytes - position {
                    break;
                }
                (position, next_offset) = (position + header.block_bytes(), header.next_offset());
            }
            // The file ends within a header.
            Err(HeaderFault::Missing) if file_bytes - position < HEADER_BYTES as u64 => break,
            Err(_) => return Ok(None),
        }
    }
    Ok(Some(next_offset))
}

fn broken(segment: &SegmentReader, end: u64, next: &Path, next_base: u64) -> Error {
    let (place, next) = (segment.path().display(), next.display());
    let (message, hint) = if end < next_base {
        (
            format!(
                "the log lacks offsets {end} to {}: `{place}` ends before them, and `{next}` begins behind them",
                next_base - 1
            ),
            "stop the host and restore what is missing, the files between the two or the end of the first, from a backup; \
             the log cannot be rebuilt from anything else",
        )
    } else {
        (
            format!("`{place}` holds offsets up to {}, though `{next}` begins with {next_base}", end - 1),
            "one of the two does not belong here: stop the host and move it out of the log's folder",
        )
    };
    Error::new(ErrorKind::Corrupt, message).with_hint(hint)
}
