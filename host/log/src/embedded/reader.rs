//! Reads batches from partitions, never beyond what was synced.
//!
//! Batches come roughly in the order of their append times. A replay then meets records as they came, and no partition runs
//! days ahead of the others, which windows would have to keep open. If times are equal, partitions take turns.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::block::BatchBuilder;
use super::header::{BlockHeader, HEADER_BYTES};
use super::partition::{Partition, SegmentLocation};
use super::segment::SegmentReader;
use crate::{LogReader, RecordBatch};
use foldline_base::error::Result;
use foldline_base::notifier::Notifier;

/// Blocks are joined into batches of up to this many records, about what one call of a module takes, even if the log was
/// written record by record.
const BATCH_RECORDS_MAX: u64 = 4_096;
/// … and up to this many bytes, so that partitions take turns.
const BATCH_BYTES_MAX: usize = 1 << 20;

/// Reads some partitions.
pub(super) struct EmbeddedReader {
    appended: Arc<Notifier>,
    partitions: Vec<PartitionReader>,
    /// Index of the partition whose turn it is.
    turn: usize,
    builder: BatchBuilder,
}

struct PartitionReader {
    partition: Arc<Partition>,
    next_offset: u64,
    /// The append time of the last entry that was read, in milliseconds.
    reached_ms: i64,
    open: Option<OpenSegment>,
}

struct OpenSegment {
    reader: SegmentReader,
    base_offset: u64,
    /// The file position of the next block.
    position: u64,
    /// The offset that the next block starts with.
    block_offset: u64,
}

impl EmbeddedReader {
    /// Returns a reader of partitions, each from an offset on.
    ///
    /// # Errors
    /// `Internal` when there is no memory for a decompressor.
    pub(super) fn new(appended: Arc<Notifier>, starts: Vec<(Arc<Partition>, u64)>) -> Result<Self> {
        let reader = |(partition, next_offset)| PartitionReader {
            partition,
            next_offset,
            reached_ms: i64::MIN,
            open: None,
        };
        let partitions = starts.into_iter().map(reader).collect();
        Ok(Self { appended, partitions, turn: 0, builder: BatchBuilder::new()? })
    }

    fn read(&mut self, bytes_max: usize) -> Result<Vec<RecordBatch>> {
        let mut batches = Vec::new();
        let mut bytes = 0;
        let partitions = self.partitions.len();
        let mut waiting: Vec<usize> = (0..partitions).map(|step| (self.turn + step) % partitions).collect();
        while bytes < bytes_max {
            let earliest = waiting.iter().enumerate().min_by_key(|(_, at)| self.partitions[**at].reached_ms);
            let Some((nth, at)) = earliest.map(|(nth, &at)| (nth, at)) else { break };
            let read = self.partitions[at].read(&mut self.builder, (bytes_max - bytes).min(BATCH_BYTES_MAX));
            waiting.remove(nth);
            match read {
                // Return what was read so far. The next call meets the damage again.
                Err(_) if !batches.is_empty() => break,
                Err(error) => return Err(error),
                Ok(Some(batch)) => {
                    bytes += batch.bytes();
                    batches.push(batch);
                    waiting.push(at);
                    self.turn = (at + 1) % partitions;
                }
                Ok(None) => {}
            }
        }
        Ok(batches)
    }
}

impl LogReader for EmbeddedReader {
    fn poll(&mut self, bytes_max: usize, wait: Duration) -> Result<Vec<RecordBatch>> {
        let deadline = Instant::now().checked_add(wait);
        loop {
            let seen = self.appended.seen();
            let batches = self.read(bytes_max.max(1))?;
            if !batches.is_empty() || !self.appended.wait_until(seen, deadline) {
                return Ok(batches);
            }
        }
    }
}

impl PartitionReader {
    /// Returns the next batch, if there is one.
    fn read(&mut self, builder: &mut BatchBuilder, bytes_max: usize) -> Result<Option<RecordBatch>> {
        let Some(location) = self.partition.locate(self.next_offset) else { return Ok(None) };
        let open = match self.open.take() {
            Some(open) if open.base_offset == location.segment => self.open.insert(open),
            _ => {
                let reader =
                    SegmentReader::open(self.partition.segment_path(location.segment), self.partition.owner)?;
                let (block_offset, position) = self.partition.known_block(location.segment, self.next_offset);
                self.open.insert(OpenSegment {
                    reader,
                    base_offset: location.segment,
                    position,
                    block_offset,
                })
            }
        };
        let blocks = open.find_blocks(&self.partition, self.next_offset, &location, bytes_max)?;
        builder.start(blocks.iter().map(|(header, _)| header.raw_bytes as usize).sum());
        let mut read = 0;
        for (header, position) in &blocks {
            match open.read_block(builder, header, *position, location.len) {
                Err(_) if read > 0 => break,
                Err(error) => return Err(error),
                Ok(()) => read += 1,
            }
        }
        let (last, position) = &blocks[read - 1];
        (open.position, open.block_offset) = (position + last.block_bytes(), last.next_offset());
        let partition = &self.partition;
        let batch = builder.finish(partition.topic.clone(), partition.number, self.next_offset);
        self.next_offset = batch.next_offset();
        self.reached_ms = last.append_time_ms;
        Ok(Some(batch))
    }
}

impl OpenSegment {
    /// Returns headers and positions of the next blocks for one batch: at least one, and only blocks that were read ahead.
    fn find_blocks(
        &mut self,
        partition: &Partition,
        next_offset: u64,
        location: &SegmentLocation,
        bytes_max: usize,
    ) -> Result<Vec<(BlockHeader, u64)>> {
        let mut blocks: Vec<(BlockHeader, u64)> = Vec::new();
        let (mut position, mut block_offset) = (self.position, self.block_offset);
        let (mut records, mut bytes) = (0, 0);
        while position < location.len {
            if !blocks.is_empty() && self.reader.buffered(position, HEADER_BYTES).is_none() {
                break;
            }
            let header = match self.reader.synced_header(position, block_offset, location.len) {
                Err(_) if !blocks.is_empty() => break,
                header => header?,
            };
            let here = position;
            if header.next_offset() > next_offset && header.records > 0 {
                records += u64::from(header.records);
                bytes += header.raw_bytes as usize;
                let more = records <= BATCH_RECORDS_MAX
                    && bytes <= bytes_max
                    && self.reader.buffered(here, header.block_bytes() as usize).is_some();
                if !blocks.is_empty() && !more {
                    break;
                }
                partition.note(location.segment, header.base_offset, here);
                (position, block_offset) = (here + header.block_bytes(), header.next_offset());
                blocks.push((header, here));
            } else {
                partition.note(location.segment, header.base_offset, here);
                (position, block_offset) = (here + header.block_bytes(), header.next_offset());
            }
        }
        if blocks.is_empty() {
            let what = match location.next_segment {
                Some(next) => {
                    format!("the file ends before the offsets up to {next}, where the next one starts")
                }
                None => "the file ends before it".to_owned(),
            };
            return Err(self.reader.damaged(position, next_offset, &what));
        }
        Ok(blocks)
    }

    fn read_block(
        &mut self,
        builder: &mut BatchBuilder,
        header: &BlockHeader,
        position: u64,
        limit: u64,
    ) -> Result<()> {
        let body = self.reader.synced_body(position, header, limit)?;
        let unpacked = builder.push(header, body);
        unpacked.map_err(|what| self.reader.damaged(position, header.base_offset, &what))
    }
}
