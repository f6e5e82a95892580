//! A topic of changes in the log: who wrote its records, and which of its ids no longer have a document.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use foldline_base::error::{Error, ErrorKind, Result};
use foldline_log::{Log, NewRecord, RecordRef, Start};

/// Bytes per poll when a topic is read.
const READ_BYTES: usize = 4 << 20;

/// How long a reader waits for records that exist.
const READ_WAIT: Duration = Duration::from_secs(10);

/// Approximate memory per id in a set, in addition to the id itself.
const ID_OVERHEAD_BYTES: usize = 48;

/// The topic of a projection.
#[derive(Clone)]
pub(super) struct Topic {
    log: Arc<dyn Log>,
    name: String,
    projection: String,
}

/// Offsets, by partition.
pub(super) type Offsets = Vec<u64>;

/// The writer of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose<'a> {
    /// A version of the projection wrote it, in the flush of this number; 0 is the first load.
    Ours { label: &'a str, seq: u64 },
    /// Another writer wrote it.
    Foreign,
}

impl Topic {
    pub(super) fn new(log: Arc<dyn Log>, name: String, projection: String) -> Self {
        Self { log, name, projection }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn projection(&self) -> &str {
        &self.projection
    }

    pub(super) fn log(&self) -> &dyn Log {
        self.log.as_ref()
    }

    pub(super) fn ends(&self) -> Result<Offsets> {
        self.log.ends(&self.name)
    }

    /// Returns the mark of a record. A record without one does not count as a document.
    pub(super) fn mark(&self, label: &str, seq: u64) -> String {
        format!("changes:{}:{label}:{seq}", self.projection)
    }

    /// Returns the writer of a record, by its mark.
    pub(super) fn whose<'a>(&self, mark: Option<&'a [u8]>) -> Whose<'a> {
        let parsed = mark.and_then(|mark| {
            let ours = std::str::from_utf8(mark).ok()?.strip_prefix("changes:")?;
            let ours = ours.strip_prefix(self.projection.as_str())?.strip_prefix(':')?;
            let (label, seq) = ours.rsplit_once(':')?;
            Some(Whose::Ours { label, seq: seq.parse().ok()? })
        });
        parsed.unwrap_or(Whose::Foreign)
    }

    /// Refuses a topic that holds a record of another writer: the topic serves another purpose.
    pub(super) fn refuse_foreign(&self) -> Result<()> {
        self.look_at(&[], &self.ends()?, |partition, record, mark| match self.whose(mark) {
            Whose::Ours { .. } => Ok(()),
            Whose::Foreign => Err(self.foreign(partition, record.offset)),
        })
    }

    /// Returns the error that a record is another writer's.
    pub(super) fn foreign(&self, partition: u32, offset: u64) -> Error {
        let Self { name, projection, .. } = self;
        let message = format!(
            "topic `{name}` holds a record at offset {offset} of partition {partition} that is no change of `{projection}`"
        );
        Error::new(ErrorKind::Refused, message).with_hint(format!(
            "changes of `{projection}` need a topic of their own: name another `topic` of the sink, or delete this one if \
             nobody needs it"
        ))
    }

    /// Visits the records from the offsets `from` up to `until`. Partitions that `from` does not contain are read from their
    /// beginning.
    pub(super) fn look_at(
        &self,
        from: &[u64],
        until: &[u64],
        mut each: impl FnMut(u32, RecordRef<'_>, Option<&[u8]>) -> Result<()>,
    ) -> Result<()> {
        let starts = self.log.starts(&self.name)?;
        for (at, (&first, &end)) in starts.iter().zip(until).enumerate() {
            let next_offset = first.max(from.get(at).copied().unwrap_or(0));
            if next_offset >= end {
                continue;
            }
            let partition = at as u32;
            let start = Start { topic: self.name.clone(), partition, next_offset };
            let mut reader = self.log.marked_reader(&[start])?;
            let mut reached = next_offset;
            while reached < end {
                let batches = reader.poll(READ_BYTES, READ_WAIT)?;
                if batches.is_empty() {
                    let message = format!(
                        "topic `{}` does not answer at offset {reached} of partition {partition}",
                        self.name
                    );
                    return Err(Error::new(ErrorKind::Unavailable, message));
                }
                for batch in &batches {
                    for (row, record) in batch.iter().enumerate() {
                        if record.offset < end {
                            each(partition, record, batch.id(row))?;
                        }
                    }
                    reached = batch.next_offset();
                }
            }
        }
        Ok(())
    }

    /// Passes on the ids that no longer have a document: their last record before `since` is ours and has a value, and no later
    /// record concerns them. Works in chunks: at most about `bytes_max` bytes of ids are held at once, and the topic is read
    /// again for each chunk.
    pub(super) fn superfluous(
        &self,
        since: &[u64],
        until: &[u64],
        bytes_max: usize,
        mut end: impl FnMut(BTreeSet<Vec<u8>>) -> Result<()>,
    ) -> Result<()> {
        let mut low = Vec::new();
        loop {
            let mut held = Held { low, high: None, ids: BTreeSet::new(), bytes: 0, bytes_max };
            self.look_at(&[], since, |_, record, mark| {
                let Some(key) = record.key else { return Ok(()) };
                match record.value {
                    Some(_) if self.whose(mark) != Whose::Foreign => held.add(key),
                    _ => held.remove(key),
                }
                Ok(())
            })?;
            if !held.ids.is_empty() {
                self.look_at(since, until, |_, record, _| {
                    record.key.into_iter().for_each(|key| held.remove(key));
                    Ok(())
                })?;
            }
            let Held { high, ids, .. } = held;
            end(ids)?;
            match high {
                Some(high) => low = high,
                None => return Ok(()),
            }
        }
    }

    /// Returns the record that ends an id.
    pub(super) fn tombstone(id: Vec<u8>, mark: &str) -> NewRecord {
        NewRecord { key: Some(id), id: Some(mark.to_owned()), ..NewRecord::default() }
    }
}

/// The lowest ids of a range, as many as memory allows.
struct Held {
    /// Ids before this one were handled in earlier chunks.
    low: Vec<u8>,
    /// Ids from this one on are handled in later chunks.
    high: Option<Vec<u8>>,
    ids: BTreeSet<Vec<u8>>,
    bytes: usize,
    bytes_max: usize,
}

impl Held {
    fn is_in_range(&self, id: &[u8]) -> bool {
        id >= self.low.as_slice() && self.high.as_ref().is_none_or(|high| id < high.as_slice())
    }

    fn add(&mut self, id: &[u8]) {
        if !self.is_in_range(id) || self.ids.contains(id) {
            return;
        }
        self.bytes += id.len() + ID_OVERHEAD_BYTES;
        self.ids.insert(id.to_vec());
        // At least one, or a chunk would make no progress.
        while self.bytes > self.bytes_max && self.ids.len() > 1 {
            let Some(last) = self.ids.pop_last() else { break };
            self.bytes -= last.len() + ID_OVERHEAD_BYTES;
            self.high = Some(last);
        }
    }

    fn remove(&mut self, id: &[u8]) {
        if self.is_in_range(id) && self.ids.remove(id) {
            self.bytes -= id.len() + ID_OVERHEAD_BYTES;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_ids_are_held_than_there_is_room_for_and_each_has_its_turn() {
        let ids: Vec<Vec<u8>> = (0..100).map(|at| format!("id{:02}", at * 37 % 100).into_bytes()).collect();
        let mut turns: Vec<Vec<u8>> = Vec::new();
        let mut low = Vec::new();
        loop {
            let mut held = Held { low, high: None, ids: BTreeSet::new(), bytes: 0, bytes_max: 1_000 };
            for id in &ids {
                held.add(id);
                assert!(held.bytes <= 1_000);
            }
            turns.extend(held.ids);
            match held.high {
                Some(high) => low = high,
                None => break,
            }
        }
        let mut sorted = ids.clone();
        sorted.sort();
        assert_eq!(turns, sorted);
    }
}
