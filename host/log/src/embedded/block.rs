//! The body of a block: about 1,000 records of one partition as columns, compressed.
//!
//! ```text
//! times (8 bytes each: difference to the previous one) · key lengths · value lengths (4 bytes each: length + 1, 0 = none)
//! · all keys · all values
//! ```
//!
//! A block of punctuations has the same body, without keys and values. A block of records with ids has one more column, the
//! lengths of the ids (4 bytes each), after the other lengths, and all ids after all values.
//!
//! A decompressed body is already the buffer that a [`RecordBatch`] refers to: reading copies no record.

use zstd::bulk::{Compressor, Decompressor};

use super::header::{BlockHeader, END, HEADER_BYTES, VERSION, flags, padded};
use crate::{AppendTime, NewRecord, Punctuation, RecordBatch, Stamp};
use foldline_base::error::{ErrorKind, Result, ResultExt};

/// Maximum number of records in a block. A read that starts in the middle of a block decodes up to this many in vain.
pub(super) const BLOCK_RECORDS_MAX: usize = 1_000;
/// A block with this many bytes of keys and values takes no further record.
pub(super) const BLOCK_BYTES_MAX: usize = 256 << 10;
/// Shorter bodies are not compressed: starting the compressor would cost more than it saves.
const RAW_BYTES_BELOW: usize = 192;
const COLUMN_BYTES: usize = 16;
const ID_COLUMN_BYTES: usize = 4;
/// Level 1: higher levels cost more CPU per append than the disk space is worth.
const ZSTD_LEVEL: i32 = 1;

/// Makes blocks of records.
pub(super) struct BlockEncoder {
    times: Vec<u8>,
    key_lengths: Vec<u8>,
    value_lengths: Vec<u8>,
    id_lengths: Vec<u8>,
    keys: Vec<u8>,
    values: Vec<u8>,
    ids: Vec<u8>,
    records: u32,
    /// The kind of the pushed records: (are they punctuations, do they have ids).
    kind: (bool, bool),
    last_time_ms: i64,
    raw: Vec<u8>,
    compressed: Vec<u8>,
    compressor: Compressor<'static>,
}

/// A block without its place in the log, which the committer assigns.
pub(super) struct EncodedBlock {
    flags: u8,
    pub(super) records: u32,
    raw_bytes: u32,
    body_bytes: u32,
    body_crc: u32,
    /// Body and padding.
    padded_body: Vec<u8>,
}

impl BlockEncoder {
    /// Returns an encoder with no records.
    ///
    /// # Errors
    /// `Internal` when there is no memory for a compressor.
    pub(super) fn new() -> Result<Self> {
        let compressor = Compressor::new(ZSTD_LEVEL).kind(ErrorKind::Internal, "cannot start zstd")?;
        Ok(Self {
            times: Vec::new(),
            key_lengths: Vec::new(),
            value_lengths: Vec::new(),
            id_lengths: Vec::new(),
            keys: Vec::new(),
            values: Vec::new(),
            ids: Vec::new(),
            records: 0,
            kind: (false, false),
            last_time_ms: 0,
            raw: Vec::new(),
            compressed: Vec::new(),
            compressor,
        })
    }

    /// Returns whether the block takes this record too. Records, messages with ids, and punctuations are never in one block.
    pub(super) fn takes(&self, record: &NewRecord) -> bool {
        self.is_empty() || (!self.is_full() && self.kind == record.kind())
    }

    /// Adds a record. The caller sets its time first, since a record without one gets 0.
    ///
    /// # Panics
    /// Panics for a punctuation among records, for a record with an id among those without, and the other way round.
    pub(super) fn push(&mut self, record: &NewRecord) {
        assert!(self.is_empty() || self.kind == record.kind(), "a block of one kind");
        self.kind = record.kind();
        let time_ms = record.time_ms.unwrap_or(0);
        self.times.extend_from_slice(&time_ms.wrapping_sub(self.last_time_ms).to_le_bytes());
        self.last_time_ms = time_ms;
        push_column(&mut self.key_lengths, &mut self.keys, record.key.as_deref());
        push_column(&mut self.value_lengths, &mut self.values, record.value.as_deref());
        if let Some(id) = &record.id {
            push_column(&mut self.id_lengths, &mut self.ids, Some(id.as_bytes()));
        }
        self.records += 1;
    }

    /// Returns whether there are no records.
    pub(super) fn is_empty(&self) -> bool {
        self.records == 0
    }

    fn is_full(&self) -> bool {
        self.records as usize >= BLOCK_RECORDS_MAX || self.keys.len() + self.values.len() >= BLOCK_BYTES_MAX
    }

    /// Returns the block of all records pushed since the last one.
    ///
    /// # Errors
    /// `Internal` when zstd fails, which happens only when memory runs out.
    pub(super) fn finish(&mut self) -> Result<EncodedBlock> {
        self.raw.clear();
        let columns = [
            &mut self.times,
            &mut self.key_lengths,
            &mut self.value_lengths,
            &mut self.id_lengths,
            &mut self.keys,
            &mut self.values,
            &mut self.ids,
        ];
        for column in columns {
            self.raw.extend_from_slice(column);
            column.clear();
        }
        let records = std::mem::take(&mut self.records);
        self.last_time_ms = 0;

        let (punctuations, ids) = self.kind;
        let mut flags = if punctuations { flags::PUNCTUATIONS } else { 0 };
        flags |= if ids { flags::IDS } else { 0 };
        let mut body = &self.raw;
        if self.raw.len() >= RAW_BYTES_BELOW {
            self.compressed.clear();
            self.compressed.reserve(zstd::zstd_safe::compress_bound(self.raw.len()));
            self.compressor
                .compress_to_buffer(&self.raw, &mut self.compressed)
                .kind(ErrorKind::Internal, "cannot compress a block")?;
            if self.compressed.len() < self.raw.len() {
                flags |= flags::ZSTD;
                body = &self.compressed;
            }
        }
        let mut padded_body = Vec::with_capacity(padded(body.len()));
        padded_body.extend_from_slice(body);
        padded_body.resize(padded(body.len()), END);
        Ok(EncodedBlock {
            flags,
            records,
            raw_bytes: small(self.raw.len()),
            body_bytes: small(body.len()),
            body_crc: crc32c::crc32c(&padded_body),
            padded_body,
        })
    }
}

impl EncodedBlock {
    /// Returns a seal: a block without records.
    pub(super) fn seal() -> Self {
        Self {
            flags: 0,
            records: 0,
            raw_bytes: 0,
            body_bytes: 0,
            body_crc: crc32c::crc32c(&[]),
            padded_body: Vec::new(),
        }
    }

    /// Returns the length of the whole block.
    pub(super) fn block_bytes(&self) -> u64 {
        (HEADER_BYTES + self.padded_body.len()) as u64
    }

    /// Appends the block to `out`, with the place `place` in its header.
    pub(super) fn write(&self, place: &BlockPlace, out: &mut Vec<u8>) {
        let header = BlockHeader {
            version: VERSION,
            flags: self.flags | place.flags,
            base_offset: place.base_offset,
            append_time_ms: place.append_time_ms,
            group: place.group,
            group_start: place.group_start,
            owner: place.owner,
            records: self.records,
            raw_bytes: self.raw_bytes,
            body_bytes: self.body_bytes,
            body_crc: self.body_crc,
        };
        out.extend_from_slice(&header.encode());
        out.extend_from_slice(&self.padded_body);
    }
}

/// The place of a block in the log; see [`BlockHeader`].
pub(super) struct BlockPlace {
    pub(super) flags: u8,
    pub(super) base_offset: u64,
    pub(super) append_time_ms: i64,
    pub(super) group: u64,
    pub(super) group_start: u64,
    pub(super) owner: u32,
}

/// Puts blocks of one partition together into one batch, in one buffer of known size.
pub(super) struct BatchBuilder {
    data: Vec<u8>,
    /// The header of each block, and where its bytes start in `data`.
    blocks: Vec<(BlockHeader, usize)>,
    columns: Vec<u8>,
    decompressor: Decompressor<'static>,
}

impl BatchBuilder {
    /// Returns a builder without blocks.
    ///
    /// # Errors
    /// `Internal` when there is no memory for a decompressor.
    pub(super) fn new() -> Result<Self> {
        let decompressor = Decompressor::new().kind(ErrorKind::Internal, "cannot start zstd")?;
        Ok(Self { data: Vec::new(), blocks: Vec::new(), columns: Vec::new(), decompressor })
    }

    /// Starts a batch of `raw_bytes` bytes in all.
    pub(super) fn start(&mut self, raw_bytes: usize) {
        self.data = Vec::with_capacity(raw_bytes);
        self.blocks.clear();
    }

    /// Adds the checked body of a block, without its padding.
    ///
    /// # Errors
    /// A text that says what is wrong with a body whose checksum is right.
    pub(super) fn push(&mut self, header: &BlockHeader, body: &[u8]) -> Result<(), String> {
        let start = self.data.len();
        let raw_bytes = header.raw_bytes as usize;
        self.data.reserve(raw_bytes);
        if header.flags & flags::ZSTD == 0 {
            self.data.extend_from_slice(body);
        } else {
            // The cursor makes zstd write after the blocks that are already there.
            let mut cursor = std::io::Cursor::new(std::mem::take(&mut self.data));
            cursor.set_position(start as u64);
            let unpacked = self.decompressor.decompress_to_buffer(body, &mut cursor);
            self.data = cursor.into_inner();
            unpacked.map_err(|error| format!("its body cannot be decompressed ({error})"))?;
        }
        if self.data.len() - start != raw_bytes {
            return Err(format!("its body has {} bytes instead of {raw_bytes}", self.data.len() - start));
        }
        let columns_end = header.records as usize * column_bytes(header);
        let payload = raw_bytes.checked_sub(columns_end);
        let lengths = self.data[start..].get(header.records as usize * 8..columns_end);
        let sum = lengths.map(|lengths| {
            lengths.chunks_exact(4).map(|length| u64::from(u32_of(length).saturating_sub(1))).sum::<u64>()
        });
        if sum.is_none() || sum != payload.map(|bytes| bytes as u64) {
            return Err("its lengths do not add up".to_owned());
        }
        if header.is_punctuations()
            && self.data[start..][header.records as usize * 8..].iter().any(|&byte| byte != 0)
        {
            return Err("its punctuations have keys or values".to_owned());
        }
        self.blocks.push((header.clone(), start));
        Ok(())
    }

    /// Returns the batch of all blocks since the start, without the records before `next_offset`.
    pub(super) fn finish(
        &mut self,
        topic: std::sync::Arc<str>,
        partition: u32,
        next_offset: u64,
    ) -> RecordBatch {
        // The batch takes the buffer, so the columns (a fifth of it) are copied out first.
        self.columns.clear();
        for (header, start) in &self.blocks {
            let end = start + header.records as usize * column_bytes(header);
            self.columns.extend_from_slice(&self.data[*start..end]);
        }
        let records = self.blocks.iter().map(|(header, _)| header.records as usize).sum();
        let mut batch =
            RecordBatch::over(topic, partition, next_offset, records, std::mem::take(&mut self.data));
        let mut columns = self.columns.as_slice();
        for (header, start) in &self.blocks {
            let records = header.records as usize;
            let (times, rest) = columns.split_at(records * 8);
            let (key_lengths, rest) = rest.split_at(records * 4);
            let (value_lengths, rest) = rest.split_at(records * 4);
            let (id_lengths, rest) = rest.split_at(records * (column_bytes(header) - COLUMN_BYTES));
            columns = rest;
            batch.stamp(Stamp::At(header.append_time_ms));

            let mut key_at = start + records * column_bytes(header);
            let mut value_at = key_at + key_lengths.chunks_exact(4).map(present).sum::<usize>();
            let mut id_at = value_at + value_lengths.chunks_exact(4).map(present).sum::<usize>();
            let mut id_lengths = id_lengths.chunks_exact(4);
            let mut time_ms = 0_i64;
            let rows =
                times.chunks_exact(8).zip(key_lengths.chunks_exact(4).zip(value_lengths.chunks_exact(4)));
            for (offset, (time, (key, value))) in (header.base_offset..).zip(rows) {
                time_ms = time_ms.wrapping_add(i64_of(time));
                let (key_end, value_end) = (key_at + present(key), value_at + present(value));
                let id = id_lengths.next().map(|length| id_at..id_at + present(length));
                if offset >= next_offset && header.is_punctuations() {
                    let append_time = Some(AppendTime::Log(header.append_time_ms));
                    batch.push_punctuation(Punctuation { offset, time_ms, append_time });
                } else if offset >= next_offset {
                    let key = (u32_of(key) != 0).then_some(key_at..key_end);
                    let value = (u32_of(value) != 0).then_some(value_at..value_end);
                    batch.push_spans(offset, time_ms, key, value);
                    if let Some(id) = id.clone() {
                        batch.note_id(id);
                    }
                }
                (key_at, value_at) = (key_end, value_end);
                id_at = id.map_or(id_at, |id| id.end);
            }
        }
        batch
    }
}

fn column_bytes(header: &BlockHeader) -> usize {
    COLUMN_BYTES + if header.flags & flags::IDS == 0 { 0 } else { ID_COLUMN_BYTES }
}

fn push_column(lengths: &mut Vec<u8>, data: &mut Vec<u8>, value: Option<&[u8]>) {
    let length = value.map_or(0, |value| small(value.len()) + 1);
    lengths.extend_from_slice(&length.to_le_bytes());
    data.extend_from_slice(value.unwrap_or_default());
}

fn present(length: &[u8]) -> usize {
    u32_of(length).saturating_sub(1) as usize
}

fn u32_of(bytes: &[u8]) -> u32 {
    u32::from_le_bytes(bytes.try_into().expect("chunks of four bytes"))
}

fn i64_of(bytes: &[u8]) -> i64 {
    i64::from_le_bytes(bytes.try_into().expect("chunks of eight bytes"))
}

fn small(bytes: usize) -> u32 {
    u32::try_from(bytes).expect("a record, and so a block, is bounded far below 4 GiB")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{LogEntry, RecordRef};

    fn records() -> impl Strategy<Value = Vec<NewRecord>> {
        let bytes = || prop::option::of(prop::collection::vec(any::<u8>(), 0..40));
        let record = (bytes(), bytes(), any::<i64>()).prop_map(|(key, value, time_ms)| NewRecord {
            key,
            value,
            time_ms: Some(time_ms),
            ..NewRecord::default()
        });
        let punctuation = any::<i64>().prop_map(|time_ms| NewRecord::punctuation(None, time_ms));
        let message =
            (record.clone(), "[a-z0-9/]{0,20}").prop_map(|(record, id)| NewRecord { id: Some(id), ..record });
        prop_oneof![
            prop::collection::vec(record, 1..50),
            prop::collection::vec(message, 1..50),
            prop::collection::vec(punctuation, 1..50),
        ]
    }

    fn read_back(builder: &mut BatchBuilder, block: &EncodedBlock, base_offset: u64) -> Result<(), String> {
        let mut bytes = Vec::new();
        let place = BlockPlace {
            flags: flags::GROUP_END,
            base_offset,
            append_time_ms: 1,
            group: 1,
            group_start: 0,
            owner: 7,
        };
        block.write(&place, &mut bytes);
        let header = BlockHeader::decode(&bytes).unwrap();
        assert_eq!(header.block_bytes(), bytes.len() as u64);
        assert_eq!(bytes.len() % HEADER_BYTES, 0);
        builder.push(&header, &bytes[HEADER_BYTES..HEADER_BYTES + header.body_bytes as usize])
    }

    #[test]
    fn a_punctuation_that_holds_bytes_is_damage() {
        let mut encoder = BlockEncoder::new().unwrap();
        for (key, damaged) in [(None, false), (Some(b"".to_vec()), true), (Some(b"k".to_vec()), true)] {
            encoder.push(&NewRecord { key, time_ms: Some(5), ..NewRecord::default() });
            let mut block = encoder.finish().unwrap();
            block.flags |= flags::PUNCTUATIONS;
            let mut builder = BatchBuilder::new().unwrap();
            builder.start(0);
            assert_eq!(read_back(&mut builder, &block, 0).is_err(), damaged);
        }
    }

    proptest! {
        #[test]
        fn blocks_give_their_records_back_from_any_offset(
            blocks in prop::collection::vec(records(), 1..4),
            skip in 0_u64..200,
        ) {
            let mut encoder = BlockEncoder::new().unwrap();
            let mut builder = BatchBuilder::new().unwrap();
            builder.start(0);
            let mut base_offset = 100;
            for records in &blocks {
                records.iter().for_each(|record| encoder.push(record));
                read_back(&mut builder, &encoder.finish().unwrap(), base_offset).unwrap();
                base_offset += records.len() as u64;
            }
            let next_offset = 100 + skip % (base_offset - 100);
            let batch = builder.finish("t".into(), 3, next_offset);
            let expected = blocks.concat();
            prop_assert_eq!(batch.next_offset(), base_offset);
            prop_assert_eq!((0..batch.len()).all(|row| batch.append_time(row) == Some(AppendTime::Log(1))), true);
            prop_assert_eq!(batch.entries().count() as u64, base_offset - next_offset);
            for (offset, entry) in (next_offset..).zip(batch.entries()) {
                let wanted = &expected[(offset - 100) as usize];
                let (key, value) = (wanted.key.as_deref(), wanted.value.as_deref());
                let time_ms = wanted.time_ms.unwrap();
                let append_time = Some(AppendTime::Log(1));
                prop_assert_eq!(entry, match wanted.punctuation {
                    true => LogEntry::Punctuation(Punctuation { offset, time_ms, append_time }),
                    false => LogEntry::Record(RecordRef { offset, time_ms: Some(time_ms), key, value }),
                });
                let row = batch.row_of(offset);
                let id = row.and_then(|row| batch.id(row));
                prop_assert_eq!(id, wanted.id.as_ref().map(String::as_bytes));
            }
        }

        #[test]
        fn a_body_of_any_bytes_is_refused_or_read_but_never_a_panic(
            body in prop::collection::vec(any::<u8>(), 0..200),
            records in 0_u32..20,
            flags in prop::sample::select((0..32_u8).filter(|flags| flags & !(flags::ZSTD | flags::PUNCTUATIONS | flags::IDS) == 0).collect::<Vec<_>>()),
        ) {
            let header = BlockHeader {
                version: VERSION,
                flags,
                base_offset: 0,
                append_time_ms: 0,
                group: 1,
                group_start: 0,
                owner: 7,
                records,
                raw_bytes: body.len() as u32,
                body_bytes: body.len() as u32,
                body_crc: 0,
            };
            let mut builder = BatchBuilder::new().unwrap();
            builder.start(0);
            if builder.push(&header, &body).is_ok() {
                let batch = builder.finish("t".into(), 0, 0);
                let (held, other) = (batch.len(), batch.punctuations().len());
                let (held, other) = if header.is_punctuations() { (other, held) } else { (held, other) };
                prop_assert_eq!((held, other), (records as usize, 0));
            }
        }
    }
}
