//! Consecutive records of one partition, handled together: one buffer for all bytes, and the ranges of each record in it.
//!
//! A batch also holds the partition's punctuations: times that move the watermark and do nothing else. Their offsets lie
//! between those of the records.

use std::ops::Range;
use std::sync::Arc;

/// One record of a batch, borrowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordRef<'a> {
    /// The record's offset.
    pub offset: u64,
    /// The record's own time in milliseconds; `None` when it has none (Kafka's timestamp −1).
    pub time_ms: Option<i64>,
    /// The key.
    pub key: Option<&'a [u8]>,
    /// The value.
    pub value: Option<&'a [u8]>,
}

/// When a record was appended, and by whose clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppendTime {
    /// By the log's clock, in milliseconds. An event cannot be later than this.
    Log(i64),
    /// By the producer's clock (Kafka's `CreateTime`), in milliseconds. A producer whose event times are wrong may get this
    /// wrong too.
    Producer(i64),
}

impl AppendTime {
    /// Returns the time in milliseconds.
    pub fn ms(self) -> i64 {
        match self {
            Self::Log(ms) | Self::Producer(ms) => ms,
        }
    }
}

/// Where the append times of some consecutive records come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stamp {
    /// They have none.
    Unknown,
    /// All were appended at this time, in milliseconds by the log's clock.
    At(i64),
    /// Each was appended at its own time, by the log's clock. A record without a time has no append time.
    OwnByLog,
    /// Each was appended at its own time, by its producer's clock. A record without a time has no append time.
    OwnByProducer,
}

/// An entry that holds a time and nothing else. It moves the watermark of its partition as an event of that time would.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Punctuation {
    /// Its offset. No record has the same one.
    pub offset: u64,
    /// Its time in milliseconds.
    pub time_ms: i64,
    /// When it was appended, if known.
    pub append_time: Option<AppendTime>,
}

/// The entry at an offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogEntry<'a> {
    /// A record.
    Record(RecordRef<'a>),
    /// A punctuation.
    Punctuation(Punctuation),
}

/// Consecutive records of one partition. Offsets ascend, but may have gaps (transactions, compaction, punctuations).
#[derive(Clone, Debug)]
pub struct RecordBatch {
    topic: Arc<str>,
    partition: u32,
    next_offset: u64,
    data: Vec<u8>,
    records: Vec<Entry>,
    /// By offset.
    punctuations: Vec<Punctuation>,
    /// (first row, stamp): each stamp holds from its row on. Rows before the first one have none.
    stamps: Vec<(u32, Stamp)>,
    /// The rows of records without a time. Most topics have no such records.
    timeless: Vec<u32>,
    /// The ids of relays' messages and the marks of changes, by row. Most topics have none.
    ids: Vec<(u32, Span)>,
}

#[derive(Clone, Debug)]
struct Entry {
    offset: u64,
    /// 0 if the record has none.
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
    /// Returns an empty batch at position `next_offset`, with room for `records` records of `bytes` bytes in all.
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
            punctuations: Vec::new(),
            stamps: Vec::new(),
            timeless: Vec::new(),
            ids: Vec::new(),
        }
    }

    /// Returns a batch over a buffer that already holds all bytes; records follow by [`RecordBatch::push_spans`].
    pub fn over(topic: Arc<str>, partition: u32, next_offset: u64, records: usize, data: Vec<u8>) -> Self {
        let empty = Self::with_capacity(topic, partition, next_offset, records, 0);
        Self { data, ..empty }
    }

    /// Sets the stamp of the records pushed from now on.
    pub fn stamp(&mut self, stamp: Stamp) {
        let row = small(self.records.len());
        match self.stamps.last_mut() {
            Some((_, last)) if *last == stamp => {}
            // No record has the previous stamp.
            Some((from, last)) if *from == row => *last = stamp,
            None if stamp == Stamp::Unknown => {}
            _ => self.stamps.push((row, stamp)),
        }
    }

    /// Appends a punctuation after everything pushed so far.
    ///
    /// # Panics
    /// Panics when the offset is not above all earlier ones.
    pub fn push_punctuation(&mut self, punctuation: Punctuation) {
        self.advance_past(punctuation.offset);
        self.punctuations.push(punctuation);
    }

    /// Appends a record, copying its bytes.
    ///
    /// # Panics
    /// Panics when the offset is not above all earlier ones, and beyond 4 GiB: batches are bounded far below that.
    pub fn push(&mut self, record: RecordRef<'_>) {
        let key = self.copy(record.key);
        let value = self.copy(record.value);
        if record.time_ms.is_none() {
            self.timeless.push(small(self.records.len()));
        }
        self.push_entry(Entry { offset: record.offset, time_ms: record.time_ms.unwrap_or(0), key, value });
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
        self.advance_past(entry.offset);
        self.records.push(entry);
    }

    fn advance_past(&mut self, offset: u64) {
        assert!(offset >= self.next_offset, "offset {offset} after {}", self.next_offset);
        self.next_offset = offset + 1;
    }

    fn copy(&mut self, bytes: Option<&[u8]>) -> Span {
        let Some(bytes) = bytes else { return Span { start: NULL, len: 0 } };
        let start = small(self.data.len());
        self.data.extend_from_slice(bytes);
        small(self.data.len());
        Span { start, len: small(bytes.len()) }
    }

    /// Moves the position past offsets without a record (control records, compacted ones).
    pub fn advance_to(&mut self, next_offset: u64) {
        self.next_offset = self.next_offset.max(next_offset);
    }

    /// Drops everything from an offset on. The batch then ends at that offset, if it reached that far.
    pub fn cut(&mut self, next_offset: u64) {
        if next_offset >= self.next_offset {
            return;
        }
        self.next_offset = next_offset;
        self.records.truncate(self.records.partition_point(|record| record.offset < next_offset));
        self.punctuations.truncate(self.punctuations.partition_point(|other| other.offset < next_offset));
        let rows = self.records.len();
        self.stamps.retain(|&(row, _)| (row as usize) < rows);
        self.timeless.retain(|&row| (row as usize) < rows);
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

    /// Returns the number of records, without punctuations.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Returns whether there are no records. The batch then only moves the position, perhaps past punctuations.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Returns the number of bytes held.
    pub fn bytes(&self) -> usize {
        self.data.len() + size_of_val(self.punctuations.as_slice())
    }

    /// Returns the punctuations, by offset.
    pub fn punctuations(&self) -> &[Punctuation] {
        &self.punctuations
    }

    /// Returns the punctuations from an offset on.
    pub fn punctuations_from(&self, offset: u64) -> &[Punctuation] {
        &self.punctuations[self.punctuations.partition_point(|punctuation| punctuation.offset < offset)..]
    }

    /// Returns when record `row` was appended, if known.
    pub fn append_time(&self, row: usize) -> Option<AppendTime> {
        let after = self.stamps.partition_point(|&(from, _)| from as usize <= row);
        match self.stamps.get(after.checked_sub(1)?)?.1 {
            Stamp::Unknown => None,
            Stamp::At(ms) => Some(AppendTime::Log(ms)),
            Stamp::OwnByLog => self.time_ms(row).map(AppendTime::Log),
            Stamp::OwnByProducer => self.time_ms(row).map(AppendTime::Producer),
        }
    }

    /// Returns the record's own time of row `row`, in milliseconds, if it has one.
    pub fn time_ms(&self, row: usize) -> Option<i64> {
        // The empty case first: it is almost always so, and this is called for every record.
        let is_timeless = !self.timeless.is_empty() && self.timeless.binary_search(&(row as u32)).is_ok();
        (!is_timeless).then(|| self.records[row].time_ms)
    }

    /// Returns whether a record in `rows` has no time of its own.
    pub fn has_timeless(&self, rows: Range<usize>) -> bool {
        let next = self.timeless.partition_point(|&row| (row as usize) < rows.start);
        self.timeless.get(next).is_some_and(|&row| (row as usize) < rows.end)
    }

    /// Gives the record pushed last an id, which is a range of the buffer.
    ///
    /// # Panics
    /// Panics without a record, and for a range outside of the buffer.
    pub fn note_id(&mut self, id: Range<usize>) {
        assert!(!self.records.is_empty() && id.end <= self.data.len(), "an id of a record in the buffer");
        self.ids.push((small(self.records.len() - 1), Span { start: small(id.start), len: small(id.len()) }));
    }

    /// Gives the record pushed last an id, copying it.
    ///
    /// # Panics
    /// Panics without a record.
    pub fn add_id(&mut self, id: &[u8]) {
        let start = self.data.len();
        self.data.extend_from_slice(id);
        self.note_id(start..self.data.len());
    }

    /// Returns the id of record `row`, if it has one: the id of a relay's message, or the mark of a topic of changes.
    pub fn id(&self, row: usize) -> Option<&[u8]> {
        let at = self.ids.binary_search_by_key(&row, |&(row, _)| row as usize).ok()?;
        let Span { start, len } = self.ids[at].1;
        self.data.get(start as usize..(start + len) as usize)
    }

    /// Returns the earliest append time of rows `rows`, in milliseconds; `None` when no row has one.
    ///
    /// # Panics
    /// Panics when `rows` is not within the batch.
    pub fn earliest_append_ms(&self, rows: Range<usize>) -> Option<i64> {
        let mut earliest = None;
        for (at, &(from, stamp)) in self.stamps.iter().enumerate() {
            let until = self.stamps.get(at + 1).map_or(self.records.len(), |&(next, _)| next as usize);
            let (from, until) = (rows.start.max(from as usize), rows.end.min(until));
            if from >= until {
                continue;
            }
            let of_run = match stamp {
                Stamp::Unknown => None,
                Stamp::At(ms) => Some(ms),
                Stamp::OwnByLog | Stamp::OwnByProducer if self.timeless.is_empty() => {
                    self.records[from..until].iter().map(|record| record.time_ms).min()
                }
                Stamp::OwnByLog | Stamp::OwnByProducer => {
                    (from..until).filter_map(|row| self.time_ms(row)).min()
                }
            };
            earliest = earliest.into_iter().chain(of_run).min();
        }
        earliest
    }

    /// Returns record `row`.
    pub fn get(&self, row: usize) -> RecordRef<'_> {
        let entry = &self.records[row];
        RecordRef {
            offset: entry.offset,
            time_ms: self.time_ms(row),
            key: self.bytes_of(entry.key),
            value: self.bytes_of(entry.value),
        }
    }

    /// Returns the row of the record at an offset.
    pub fn row_of(&self, offset: u64) -> Option<usize> {
        self.records.binary_search_by_key(&offset, |record| record.offset).ok()
    }

    /// Returns the records in order.
    pub fn iter(&self) -> impl Iterator<Item = RecordRef<'_>> {
        (0..self.len()).map(|row| self.get(row))
    }

    /// Returns records and punctuations together, by offset.
    pub fn entries(&self) -> impl Iterator<Item = LogEntry<'_>> {
        let mut punctuations = self.punctuations.iter().peekable();
        let mut rows = 0..self.len();
        std::iter::from_fn(move || {
            let record = self.records.get(rows.start);
            let first =
                |punctuation: &&Punctuation| record.is_none_or(|record| punctuation.offset < record.offset);
            match punctuations.next_if(first) {
                Some(punctuation) => Some(LogEntry::Punctuation(*punctuation)),
                None => rows.next().map(|row| LogEntry::Record(self.get(row))),
            }
        })
    }

    /// Returns the last record or punctuation; `None` for a batch that only moves the position past control records or
    /// compacted ones.
    pub fn last_entry(&self) -> Option<LogEntry<'_>> {
        self.last_entry_before(self.next_offset)
    }

    /// Returns the last record or punctuation before an offset.
    pub fn last_entry_before(&self, next_offset: u64) -> Option<LogEntry<'_>> {
        let row = self.records.partition_point(|record| record.offset < next_offset).checked_sub(1);
        let at = self.punctuations.partition_point(|other| other.offset < next_offset).checked_sub(1);
        match (row, at.map(|at| self.punctuations[at])) {
            (Some(row), Some(punctuation)) if punctuation.offset < self.records[row].offset => {
                Some(LogEntry::Record(self.get(row)))
            }
            (_, Some(punctuation)) => Some(LogEntry::Punctuation(punctuation)),
            (row, None) => row.map(|row| LogEntry::Record(self.get(row))),
        }
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
        batch.push(RecordRef { offset: 5, time_ms: Some(1), key: None, value: Some(b"") });
        batch.push(RecordRef { offset: 9, time_ms: Some(2), key: Some(b"k"), value: None });
        assert_eq!(batch.get(0).value, Some(&b""[..]));
        assert_eq!(batch.get(1).value, None);
        assert_eq!(batch.get(1).key, Some(&b"k"[..]));
        assert_eq!(batch.next_offset(), 10);
    }

    /// Records at 5, 9, 11, 12, punctuations at 6, 7, 20.
    fn interleaved() -> RecordBatch {
        let mut batch = RecordBatch::with_capacity("t".into(), 0, 5, 4, 0);
        let push = |batch: &mut RecordBatch, offset| {
            batch.push(RecordRef { offset, time_ms: Some(offset as i64 * 10), key: None, value: Some(b"v") });
        };
        let punctuation = |offset| Punctuation { offset, time_ms: 1, append_time: None };
        push(&mut batch, 5);
        batch.push_punctuation(punctuation(6));
        batch.push_punctuation(punctuation(7));
        batch.stamp(Stamp::At(3));
        batch.stamp(Stamp::At(1_000));
        push(&mut batch, 9);
        batch.stamp(Stamp::OwnByLog);
        push(&mut batch, 11);
        batch.stamp(Stamp::OwnByProducer);
        push(&mut batch, 12);
        batch.push_punctuation(punctuation(20));
        batch
    }

    fn offsets(batch: &RecordBatch) -> Vec<(u64, bool)> {
        let offset = |entry| match entry {
            LogEntry::Record(record) => (record.offset, false),
            LogEntry::Punctuation(punctuation) => (punctuation.offset, true),
        };
        batch.entries().map(offset).collect()
    }

    #[test]
    fn punctuations_stand_between_records_and_are_none() {
        let batch = interleaved();
        assert_eq!((batch.len(), batch.next_offset()), (4, 21));
        let all = [(5, false), (6, true), (7, true), (9, false), (11, false), (12, false), (20, true)];
        assert_eq!(offsets(&batch), all);
        assert_eq!(batch.punctuations_from(7).len(), 2);
        for end in 5..=22 {
            let mut batch = interleaved();
            batch.cut(end);
            let before: Vec<_> = all.into_iter().filter(|(offset, _)| *offset < end).collect();
            assert_eq!((offsets(&batch), batch.next_offset()), (before, end.min(21)));
        }
    }

    #[test]
    fn each_record_knows_when_it_was_appended() {
        let mut batch = interleaved();
        let times =
            [None, Some(AppendTime::Log(1_000)), Some(AppendTime::Log(110)), Some(AppendTime::Producer(120))];
        assert_eq!((0..4).map(|row| batch.append_time(row)).collect::<Vec<_>>(), times);
        for start in 0..4 {
            for end in start..=4 {
                let earliest = times[start..end].iter().flatten().map(|time| time.ms()).min();
                assert_eq!(batch.earliest_append_ms(start..end), earliest, "{start}..{end}");
            }
        }
        batch.cut(10);
        assert_eq!((batch.append_time(0), batch.append_time(1)), (times[0], times[1]));
    }

    #[test]
    fn a_record_without_a_time_has_neither_its_own_nor_one_of_its_append() {
        let mut batch = RecordBatch::with_capacity("t".into(), 0, 0, 4, 0);
        batch.stamp(Stamp::OwnByProducer);
        let times = [Some(50), None, Some(0), None, Some(40)];
        for (offset, time_ms) in (0..).zip(times) {
            batch.push(RecordRef { offset, time_ms, key: None, value: None });
        }
        assert_eq!(batch.iter().map(|record| record.time_ms).collect::<Vec<_>>(), times);
        let appends = times.map(|time_ms| time_ms.map(AppendTime::Producer));
        assert_eq!((0..5).map(|row| batch.append_time(row)).collect::<Vec<_>>(), appends);
        for start in 0..5 {
            for end in start..=5 {
                let some = &times[start..end];
                assert_eq!(batch.earliest_append_ms(start..end), some.iter().flatten().copied().min());
                assert_eq!(batch.has_timeless(start..end), some.contains(&None));
            }
        }
        batch.cut(3);
        assert!(!batch.has_timeless(2..3) && batch.has_timeless(0..3));
        batch.push(RecordRef { offset: 9, time_ms: Some(7), key: None, value: None });
        assert_eq!(batch.time_ms(3), Some(7), "what was cut off is forgotten");
    }
}
