//! The header of a block: 64 bytes that describe the body, and the group that the block belongs to.
//!
//! Blocks start at multiples of 64, so that a header never spans two sectors of the disk: a torn write leaves the whole header
//! or nothing of it.

/// Length of a header, and the alignment of blocks.
pub(super) const HEADER_BYTES: usize = 64;

const MAGIC: [u8; 4] = *b"FLbk";
/// The block version that is written.
pub(super) const VERSION: u8 = 2;
/// The version whose blocks do not name their owner. It is read, but no longer written.
pub(super) const UNMARKED: u8 = 1;
/// The last byte of header and padding. It differs from zero in several bits: a torn write leaves zeros, a flipped bit does
/// not.
pub(super) const END: u8 = 0xE7;

/// The properties of a block. A block with an unknown flag is refused.
pub(super) mod flags {
    /// The body is compressed with zstd.
    pub(in super::super) const ZSTD: u8 = 1;
    /// The block's group touched several files: it counts only once the commits file says so.
    pub(in super::super) const SPANNING: u8 = 2;
    /// The last block of its group in this file.
    pub(in super::super) const GROUP_END: u8 = 4;
    /// The block's records are punctuations: each has a time, and neither key nor value.
    pub(in super::super) const PUNCTUATIONS: u8 = 8;
    /// Each of the block's records has an id: the id of a relay's message, or the mark of a topic of changes.
    pub(in super::super) const IDS: u8 = 16;
    pub(super) const ALL: u8 = ZSTD | SPANNING | GROUP_END | PUNCTUATIONS | IDS;
}

/// A block's header.
///
/// ```text
///  0 magic "FLbk"   4 version   5 flags   6 zero (2)
///  8 base offset   16 append time, ms   24 group   32 group start / 64   36 owner
/// 40 records   44 raw length   48 body length   52 crc32c of body and padding
/// 56 crc32c of bytes 0..56   60 zero (3)   63 END
/// ```
///
/// All numbers are little-endian. Version 1 has the group's start undivided, in eight bytes, and no owner. Later versions keep
/// magic, version and the header's checksum at the same places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct BlockHeader {
    /// The version that was read. Headers are always written in the newest version.
    pub(super) version: u8,
    pub(super) flags: u8,
    /// The offset of the first record.
    pub(super) base_offset: u64,
    /// When the block was committed, in milliseconds.
    pub(super) append_time_ms: i64,
    /// The number of the group. It rises with every group of the log.
    pub(super) group: u64,
    /// The file position of the group's first block in this file: everything before it was synced earlier.
    pub(super) group_start: u64,
    /// The mark of the partition, topic and log that the block was written for; 0 in version 1.
    pub(super) owner: u32,
    /// Number of records. 0 in a seal: a block without a body, written after a pause only to prove that everything before it
    /// was synced.
    pub(super) records: u32,
    /// Length of the body once decompressed.
    pub(super) raw_bytes: u32,
    /// Length of the body in the file.
    pub(super) body_bytes: u32,
    /// crc32c of the body and its padding.
    pub(super) body_crc: u32,
}

/// Why 64 bytes are not the header of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum HeaderFault {
    /// Nothing was written here, or the write was torn.
    Missing,
    /// Something was written here, and has changed since.
    Damaged,
    /// A newer Foldline wrote it.
    Newer(String),
}

impl BlockHeader {
    /// Returns the header's bytes.
    pub(super) fn encode(&self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        bytes[..4].copy_from_slice(&MAGIC);
        bytes[4] = VERSION;
        bytes[5] = self.flags;
        bytes[8..16].copy_from_slice(&self.base_offset.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.append_time_ms.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.group.to_le_bytes());
        bytes[32..36].copy_from_slice(&in_blocks(self.group_start).to_le_bytes());
        bytes[36..40].copy_from_slice(&self.owner.to_le_bytes());
        bytes[40..44].copy_from_slice(&self.records.to_le_bytes());
        bytes[44..48].copy_from_slice(&self.raw_bytes.to_le_bytes());
        bytes[48..52].copy_from_slice(&self.body_bytes.to_le_bytes());
        bytes[52..56].copy_from_slice(&self.body_crc.to_le_bytes());
        let crc = crc32c::crc32c(&bytes[..56]);
        bytes[56..60].copy_from_slice(&crc.to_le_bytes());
        bytes[63] = END;
        bytes
    }

    /// Reads a header. Fewer than 64 bytes count as a missing header.
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, HeaderFault> {
        let Some(bytes) = bytes.first_chunk::<HEADER_BYTES>() else { return Err(HeaderFault::Missing) };
        if bytes[63] == 0 {
            return Err(HeaderFault::Missing);
        }
        let whole = bytes[..4] == MAGIC
            && u32_at(bytes, 56) == crc32c::crc32c(&bytes[..56])
            && bytes[60..] == [0, 0, 0, END];
        if !whole {
            return Err(HeaderFault::Damaged);
        }
        let version = bytes[4];
        let (group_start, owner) = match version {
            UNMARKED => (u64_at(bytes, 32), 0),
            VERSION => (u64::from(u32_at(bytes, 32)) * HEADER_BYTES as u64, u32_at(bytes, 36)),
            _ => return Err(HeaderFault::Newer(format!("block version {version}"))),
        };
        if bytes[5] & !flags::ALL != 0 {
            return Err(HeaderFault::Newer(format!("block flags {:#010b}", bytes[5])));
        }
        Ok(Self {
            version,
            flags: bytes[5],
            base_offset: u64_at(bytes, 8),
            append_time_ms: u64_at(bytes, 16) as i64,
            group: u64_at(bytes, 24),
            group_start,
            owner,
            records: u32_at(bytes, 40),
            raw_bytes: u32_at(bytes, 44),
            body_bytes: u32_at(bytes, 48),
            body_crc: u32_at(bytes, 52),
        })
    }

    /// Returns whether the block's group has blocks in other files.
    pub(super) fn is_spanning(&self) -> bool {
        self.flags & flags::SPANNING != 0
    }

    /// Returns whether the block holds punctuations instead of records.
    pub(super) fn is_punctuations(&self) -> bool {
        self.flags & flags::PUNCTUATIONS != 0
    }

    /// Returns whether the block ends its group in this file.
    pub(super) fn ends_group(&self) -> bool {
        self.flags & flags::GROUP_END != 0
    }

    /// Returns the offset after the last record.
    pub(super) fn next_offset(&self) -> u64 {
        self.base_offset + u64::from(self.records)
    }

    /// Returns the length of body and padding.
    pub(super) fn padded_bytes(&self) -> usize {
        padded(self.body_bytes as usize)
    }

    /// Returns the length of the whole block.
    pub(super) fn block_bytes(&self) -> u64 {
        (HEADER_BYTES + self.padded_bytes()) as u64
    }
}

/// Returns the length of a body with its padding: 1 to 64 bytes of [`END`], none after an empty body.
pub(super) fn padded(body_bytes: usize) -> usize {
    if body_bytes == 0 { 0 } else { (body_bytes / HEADER_BYTES + 1) * HEADER_BYTES }
}

/// Blocks start at multiples of 64, and a segment is far shorter than 256 GiB.
fn in_blocks(position: u64) -> u32 {
    u32::try_from(position / HEADER_BYTES as u64).expect("a segment takes no group beyond its length")
}

fn u32_at(bytes: &[u8; HEADER_BYTES], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
}

fn u64_at(bytes: &[u8; HEADER_BYTES], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> BlockHeader {
        BlockHeader {
            version: VERSION,
            flags: flags::ZSTD | flags::GROUP_END,
            base_offset: 1 << 40,
            append_time_ms: -5,
            group: 7,
            group_start: 4096,
            owner: 0x0BAD_CAFE,
            records: 1000,
            raw_bytes: 82_000,
            body_bytes: 9_000,
            body_crc: 0xDEAD_BEEF,
        }
    }

    #[test]
    fn a_header_round_trips() {
        assert_eq!(BlockHeader::decode(&header().encode()), Ok(header()));
    }

    #[test]
    fn a_header_of_version_1_is_read_and_has_no_owner() {
        let mut bytes = header().encode();
        bytes[4] = UNMARKED;
        bytes[32..40].copy_from_slice(&4096_u64.to_le_bytes());
        let crc = crc32c::crc32c(&bytes[..56]);
        bytes[56..60].copy_from_slice(&crc.to_le_bytes());
        let expected = BlockHeader { version: UNMARKED, owner: 0, ..header() };
        assert_eq!(BlockHeader::decode(&bytes), Ok(expected));
    }

    #[test]
    fn every_flipped_bit_of_a_header_is_damage_and_not_a_torn_write() {
        for bit in 0..HEADER_BYTES * 8 {
            let mut bytes = header().encode();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(BlockHeader::decode(&bytes), Err(HeaderFault::Damaged), "bit {bit}");
        }
    }

    #[test]
    fn a_header_without_its_end_is_missing() {
        for len in 0..HEADER_BYTES {
            let mut bytes = header().encode();
            assert_eq!(BlockHeader::decode(&bytes[..len]), Err(HeaderFault::Missing), "{len} bytes");
            bytes[len..].fill(0);
            assert_eq!(BlockHeader::decode(&bytes), Err(HeaderFault::Missing), "zeros from {len}");
        }
    }

    #[test]
    fn an_unknown_flag_and_version_are_named() {
        let resealed = |at: usize, value: u8| {
            let mut bytes = header().encode();
            bytes[at] = value;
            let crc = crc32c::crc32c(&bytes[..56]);
            bytes[56..60].copy_from_slice(&crc.to_le_bytes());
            BlockHeader::decode(&bytes)
        };
        assert_eq!(resealed(4, 3), Err(HeaderFault::Newer("block version 3".into())));
        assert_eq!(resealed(5, 0x80), Err(HeaderFault::Newer("block flags 0b10000000".into())));
    }
}
