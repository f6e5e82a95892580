//! Writes one version's documents into its projection's topic, and only after records that it wrote itself.

use std::path::PathBuf;
use std::sync::Arc;

use foldline_core::position::Position;
use parking_lot::Mutex;

use super::inputs::ReadTopics;
use super::progress_note::ProgressNote;
use super::topic::{Offsets, Topic, Whose};
use foldline_base::error::{Error, ErrorKind, Result};
use foldline_base::planted::{Bug, is_planted};
use foldline_log::NewRecord;
use foldline_sink::{DocumentChange, DocumentChunks, Documents, FlushHead, Interrupt, Sink, SinkProgress};

/// Records per append: a few megabytes of documents.
const APPEND_RECORDS: usize = 10_000;

/// Which version writes a projection's topic. Held during a write, so that no write of its predecessor comes later.
pub(super) type WriterLock = Mutex<Option<String>>;

pub(super) struct ChangesSink {
    pub(super) topic: Topic,
    pub(super) topic_id: Option<String>,
    pub(super) inputs: Arc<ReadTopics>,
    pub(super) writer: Arc<WriterLock>,
    /// The path of the progress note.
    pub(super) path: PathBuf,
    /// VERSION-DIGEST.
    pub(super) label: String,
    pub(super) found: SinkProgress,
    pub(super) lo: Option<Position>,
    /// The ends of the topic's partitions, as far as this version wrote it.
    pub(super) ends: Offsets,
    /// Whether this version was the writer when the sink was opened.
    pub(super) writes: bool,
    /// While all documents are being written: the earlier ends of the topic.
    pub(super) whole_since: Option<Offsets>,
    pub(super) ended_bytes_max: usize,
}

impl ChangesSink {
    /// Runs `write` if this version writes the topic. No other version can take the topic over meanwhile.
    fn if_writer(&mut self, write: impl FnOnce(&mut Self) -> Result<()>) -> Option<Result<()>> {
        let writer = Arc::clone(&self.writer);
        let holder = writer.lock();
        let writes = self.writes && holder.as_ref() == Some(&self.label);
        writes.then(|| {
            self.inputs.refuse(self.topic.name(), self.topic.projection())?;
            write(&mut *self)
        })
    }

    fn write(&mut self, seq: u64, changes: &[DocumentChange]) -> Result<()> {
        let mark = self.topic.mark(&self.label, seq);
        let record = |change: &DocumentChange| NewRecord {
            key: Some(change.id.clone().into_bytes()),
            value: change.body.clone().map(String::into_bytes),
            id: Some(mark.clone()),
            ..NewRecord::default()
        };
        self.append(seq, changes.iter().map(record))
    }

    /// Appends records, and proves that the records before them are this version's.
    fn append(&mut self, seq: u64, records: impl Iterator<Item = NewRecord>) -> Result<()> {
        let mut records = records.peekable();
        while records.peek().is_some() {
            let chunk: Vec<NewRecord> = records.by_ref().take(APPEND_RECORDS).collect();
            let expected = chunk.len() as u64;
            let after = self.topic.log().append(self.topic.name(), chunk)?;
            let before = self.ends.clone();
            let mut grown = 0;
            for (_, partition, next_offset) in after.iter() {
                let at = partition as usize;
                if self.ends.len() <= at {
                    self.ends.resize(at + 1, 0);
                }
                if next_offset <= self.ends[at] && !is_planted(Bug::StandingTrusted) {
                    let message = format!(
                        "partition {partition} of topic `{}` ends at offset {next_offset}, and ended at {} before",
                        self.topic.name(),
                        self.ends[at]
                    );
                    return Err(Error::new(ErrorKind::Lost, message));
                }
                grown += next_offset.saturating_sub(self.ends[at]);
                self.ends[at] = next_offset;
            }
            if grown != expected {
                self.look_between(seq, &before)?;
            }
        }
        Ok(())
    }

    /// Examines records that appeared besides those appended: the rest of an append that failed halfway, or a punctuation.
    fn look_between(&self, last: u64, before: &[u64]) -> Result<()> {
        let Self { topic, label: own, .. } = self;
        topic.look_at(before, &self.ends, |partition, record, mark| match topic.whose(mark) {
            Whose::Ours { label, seq } if label == own && seq <= last => Ok(()),
            _ => Err(topic.foreign(partition, record.offset)),
        })
    }

    /// Writes tombstones for ids in the topic that this version does not have.
    fn end_superfluous(&mut self, seq: u64) -> Result<()> {
        let Some(since) = self.whole_since.clone() else { return Ok(()) };
        let mark = self.topic.mark(&self.label, seq);
        let (topic, until) = (self.topic.clone(), self.ends.clone());
        topic.superfluous(&since, &until, self.ended_bytes_max, |ids| {
            self.append(seq, ids.into_iter().map(|id| Topic::tombstone(id, &mark)))
        })?;
        self.whole_since = None;
        Ok(())
    }

    pub(super) fn note(&self, seq: u64, hi: Position) -> Result<()> {
        let Self { label, lo, topic_id, ends, path, .. } = self;
        let (version, lo, topic_id, ends) = (label.clone(), lo.clone(), topic_id.clone(), ends.clone());
        ProgressNote { version, seq, lo, hi, topic_id, ends }.write(path)
    }
}

impl Sink for ChangesSink {
    fn progress(&self) -> &SinkProgress {
        &self.found
    }

    /// Needs to do nothing: the log's own calls end within seconds.
    fn interrupt(&self) -> Interrupt {
        Box::new(|| {})
    }

    fn load(&mut self, documents: &Documents) -> Result<()> {
        self.if_writer(|sink| sink.write(0, &documents.changes)).unwrap_or(Ok(()))
    }

    fn flush(&mut self, head: &FlushHead, chunks: &mut dyn DocumentChunks) -> Result<()> {
        let flushed = self.if_writer(|sink| {
            // First note what the topic may show: after a crash nothing older is written.
            sink.note(head.seq, head.position.clone())?;
            while let Some(chunk) = chunks.next()? {
                sink.write(head.seq, &chunk.changes)?;
            }
            sink.end_superfluous(head.seq)?;
            sink.lo = Some(head.position.clone());
            sink.note(head.seq, head.position.clone())
        });
        flushed.unwrap_or(Ok(()))
    }

    /// A version that was not the writer writes everything first.
    fn point(&mut self) -> Result<()> {
        let mut holder = self.writer.lock();
        if self.writes && holder.as_ref() == Some(&self.label) {
            return Ok(());
        }
        *holder = Some(self.label.clone());
        let message =
            format!("topic `{}` does not hold the documents of this version yet", self.topic.name());
        Err(Error::new(ErrorKind::Lost, message))
    }

    /// A topic that was re-created, or that has gone back, is written as a whole.
    fn examine(&mut self, _: bool) -> Result<()> {
        let examined = self.if_writer(|sink| {
            let name = sink.topic.name();
            let found = sink.topic.log().topic_id(name)?;
            if let (Some(known), Some(found)) = (&sink.topic_id, &found)
                && known != found
            {
                return Err(Error::new(ErrorKind::Lost, format!("topic `{name}` was re-created")));
            }
            let ends = sink.topic.ends()?;
            for (partition, &known) in sink.ends.iter().enumerate() {
                let end = ends.get(partition).copied().unwrap_or(0);
                if end < known {
                    let message =
                        format!("partition {partition} of topic `{name}` ends at offset {end}, and ended at {known} before");
                    return Err(Error::new(ErrorKind::Lost, message));
                }
            }
            Ok(())
        });
        examined.unwrap_or(Ok(()))
    }
}
