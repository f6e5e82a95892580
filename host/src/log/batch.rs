//! Consecutive records of one partition, handled together: one buffer, and for each record where its bytes are.

use std::ops::Range;
use std::sync::Arc;

/// One record of a batch, borrowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordRef<'a> {
    /// The record's offset.
    pub offset: u64,
    /// The record's own time in milliseconds.
    pub time_ms: i64,
    /// The key.
    pub key: Option<&'a [u8]>,
    /// The value.
    pub value: Option<&'a [u8]>,
}

/// Consecutive records of one partition. Offsets rise but may have gaps (transactions, compaction).
#[derive(Clone, Debug)]
pub struct RecordBatch {
    topic: Arc<str>,
    partition: u32,
    next_offset: u64,
    data: Vec<u8>,
    records: Vec<Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    offset: u64,
    time_ms: i64,
    key: Span,
    value: Span,
}

/// A range of `data`; `start == NULL` = no bytes at all, which differs from an empty range.
#[derive(Clone, Copy, Debug)]
struct Span {
    start: u32,
    len: u32,
}

const NULL: u32 = u32::MAX;

impl RecordBatch {
    /// Returns an empty batch that stands at `next_offset`, with room for `records` records of `bytes` bytes in all.
    pub fn with_capacity(
        topic: Arc<str>,
        partition: u32,
        next_offset: u64,
        records: usize,
        bytes: usize,
    ) -> Self {
        Self {
            topic,
            partition,
            next_offset,
            data: Vec::with_capacity(bytes),
            records: Vec::with_capacity(records),
        }
    }

    /// Returns a batch over a buffer that already holds all bytes; records follow by [`RecordBatch::push_spans`].
    pub fn over(topic: Arc<str>, partition: u32, next_offset: u64, records: usize, data: Vec<u8>) -> Self {
        Self { topic, partition, next_offset, data, records: Vec::with_capacity(records) }
    }

    /// Appends a record, copying its bytes.
    ///
    /// # Panics
    /// Panics when the offset does not rise, and beyond 4 GiB: batches are bounded far below.
    pub fn push(&mut self, record: RecordRef<'_>) {
        let key = self.copy(record.key);
        let value = self.copy(record.value);
        self.push_entry(Entry { offset: record.offset, time_ms: record.time_ms, key, value });
    }

    /// Appends a record whose key and value are ranges of the buffer.
    ///
    /// # Panics
    /// As [`RecordBatch::push`], and for a range outside of the buffer.
    pub fn push_spans(
        &mut self,
        offset: u64,
        time_ms: i64,
        key: Option<Range<usize>>,
        value: Option<Range<usize>>,
    ) {
        let span = |range: Option<Range<usize>>| match range {
            None => Span { start: NULL, len: 0 },
            Some(range) => {
                assert!(
                    range.start <= range.end && range.end <= self.data.len(),
                    "a record outside of its batch"
                );
                Span { start: small(range.start), len: small(range.end - range.start) }
            }
        };
        let (key, value) = (span(key), span(value));
        self.push_entry(Entry { offset, time_ms, key, value });
    }

    fn push_entry(&mut self, entry: Entry) {
        assert!(entry.offset >= self.next_offset, "offset {} after {}", entry.offset, self.next_offset);
        self.next_offset = entry.offset + 1;
        self.records.push(entry);
    }

    fn copy(&mut self, bytes: Option<&[u8]>) -> Span {
        let Some(bytes) = bytes else { return Span { start: NULL, len: 0 } };
        let start = small(self.data.len());
        self.data.extend_from_slice(bytes);
        small(self.data.len());
        Span { start, len: small(bytes.len()) }
    }

    /// Moves the position past offsets that hold no record (control records, compacted ones).
    pub fn advance_to(&mut self, next_offset: u64) {
        self.next_offset = self.next_offset.max(next_offset);
    }

    /// Returns the logical topic.
    pub fn topic(&self) -> &Arc<str> {
        &self.topic
    }

    /// Returns the partition.
    pub fn partition(&self) -> u32 {
        self.partition
    }

    /// Returns the offset to read next, after this batch.
    pub fn next_offset(&self) -> u64 {
        self.next_offset
    }

    /// Returns the number of records.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Returns whether the batch only moves the position.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Returns the number of bytes held.
    pub fn bytes(&self) -> usize {
        self.data.len()
    }

    /// Returns record `row`.
    pub fn get(&self, row: usize) -> RecordRef<'_> {
        let entry = &self.records[row];
        RecordRef {
            offset: entry.offset,
            time_ms: entry.time_ms,
            key: self.bytes_of(entry.key),
            value: self.bytes_of(entry.value),
        }
    }

    /// Returns the records in order.
    pub fn iter(&self) -> impl Iterator<Item = RecordRef<'_>> {
        (0..self.len()).map(|row| self.get(row))
    }

    fn bytes_of(&self, span: Span) -> Option<&[u8]> {
        (span.start != NULL).then(|| &self.data[span.start as usize..(span.start + span.len) as usize])
    }
}

fn small(bytes: usize) -> u32 {
    u32::try_from(bytes).ok().filter(|&bytes| bytes != NULL).expect("a batch is bounded far below 4 GiB")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_value_is_not_a_missing_one() {
        let mut batch = RecordBatch::with_capacity("t".into(), 0, 5, 2, 0);
        batch.push(RecordRef { offset: 5, time_ms: 1, key: None, value: Some(b"") });
        batch.push(RecordRef { offset: 9, time_ms: 2, key: Some(b"k"), value: None });
        assert_eq!(batch.get(0).value, Some(&b""[..]));
        assert_eq!(batch.get(1).value, None);
        assert_eq!(batch.get(1).key, Some(&b"k"[..]));
        assert_eq!(batch.next_offset(), 10);
    }
}
