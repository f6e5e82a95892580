//! Writes topics of changes, one a projection.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use foldline_core::position::Position;
use parking_lot::Mutex;

use super::standing::Standing;
use crate::config::ChangesConfig;
use crate::error::{Error, ErrorKind, Result, ResultExt};
use crate::log::{Log, NewRecord, Start};
use crate::sink::{
    Backend, DocumentChange, Documents, FlushHead, Interrupt, Portions, Sink, SinkProgress, SinkVersion,
};

/// Records of an append: a few megabytes of documents.
const APPEND_RECORDS: usize = 10_000;

/// Bytes of records taken at once when a topic is read.
const READ_BYTES: usize = 4 << 20;

/// How long a reader waits for records that are there.
const READ_WAIT: Duration = Duration::from_secs(10);

/// The topics of one `[sinks.NAME.changes]`.
pub struct ChangesBackend {
    shared: Arc<Shared>,
}

struct Shared {
    log: Arc<dyn Log>,
    topic: String,
    /// Where the standings are.
    folder: PathBuf,
    writers: Mutex<BTreeMap<String, Arc<Writer>>>,
}

/// Which version writes a projection's topic. Held while it writes, so that nothing of its predecessor comes later.
type Writer = Mutex<Option<String>>;

impl ChangesBackend {
    /// Returns the sink that is called `name`, for a log; what it notes goes into `folder`.
    pub fn new(name: &str, config: &ChangesConfig, log: Arc<dyn Log>, folder: &std::path::Path) -> Self {
        let folder = folder.join(name);
        let (topic, writers) = (config.topic.clone(), Mutex::default());
        Self { shared: Arc::new(Shared { log, topic, folder, writers }) }
    }
}

impl Shared {
    fn topic_of(&self, projection: &str) -> String {
        self.topic.replace("{projection}", projection)
    }

    fn path_of(&self, projection: &str) -> PathBuf {
        self.folder.join(format!("{projection}.json"))
    }

    fn writer_of(&self, projection: &str) -> Arc<Writer> {
        Arc::clone(self.writers.lock().entry(projection.to_owned()).or_default())
    }

    /// Returns the ids whose last record has a value.
    fn ids(&self, topic: &str) -> Result<BTreeSet<Vec<u8>>> {
        let (starts, ends) = (self.log.starts(topic)?, self.log.ends(topic)?);
        let mut ids = BTreeSet::new();
        for ((partition, next_offset), end) in (0..).zip(starts).zip(ends) {
            if next_offset >= end {
                continue;
            }
            let start = Start { topic: topic.to_owned(), partition, next_offset };
            let mut reader = self.log.reader(&[start])?;
            let mut reached = next_offset;
            while reached < end {
                let batches = reader.poll(READ_BYTES, READ_WAIT)?;
                if batches.is_empty() {
                    let message =
                        format!("topic `{topic}` does not answer at offset {reached} of {partition}");
                    return Err(Error::new(ErrorKind::Unavailable, message));
                }
                for batch in &batches {
                    for record in batch.iter() {
                        let Some(key) = record.key else { continue };
                        match record.value {
                            Some(_) => drop(ids.insert(key.to_vec())),
                            None => drop(ids.remove(key)),
                        }
                    }
                    reached = batch.next_offset();
                }
            }
        }
        Ok(ids)
    }
}

impl Backend for ChangesBackend {
    fn open(&self, version: &SinkVersion, _: &str, anew: bool) -> Result<Box<dyn Sink>> {
        let shared = Arc::clone(&self.shared);
        std::fs::create_dir_all(&shared.folder)
            .kind(ErrorKind::Unavailable, format!("folder `{}`", shared.folder.display()))?;
        let topic = shared.topic_of(&version.projection);
        if !shared.log.ensure_topic(&topic)? {
            return Err(Error::new(ErrorKind::Unavailable, format!("there is no topic `{topic}`")).with_hint(
                format!("create it with cleanup.policy=compact, or let the host do it: [topics.{topic}] create = true"),
            ));
        }
        let label = format!("{}-{}", version.version, version.digest);
        let standing = Standing::read(&shared.path_of(&version.projection)).unwrap_or_default();
        let resumes = !anew && standing.version == label && standing.lo.is_some();
        let writer = shared.writer_of(&version.projection);
        let mut holder = writer.lock();
        if resumes {
            *holder = Some(label.clone());
        }
        let writes = holder.as_ref() == Some(&label);
        drop(holder);
        let found = SinkProgress {
            seq: if resumes { standing.seq } else { 0 },
            hi: if writes { standing.hi } else { Default::default() },
            lo: standing.lo.filter(|_| resumes),
        };
        let superfluous = if writes && !resumes { Some(shared.ids(&topic)?) } else { None };
        let path = shared.path_of(&version.projection);
        let lo = found.lo.clone();
        Ok(Box::new(ChangesSink { shared, writer, path, topic, label, found, lo, writes, superfluous }))
    }

    /// A topic outlives versions: there is nothing to delete.
    fn keep_only(&self, _: &str, _: &[SinkVersion]) -> Result<()> {
        Ok(())
    }
}

struct ChangesSink {
    shared: Arc<Shared>,
    writer: Arc<Writer>,
    /// Where the standing is.
    path: PathBuf,
    topic: String,
    label: String,
    found: SinkProgress,
    lo: Option<Position>,
    /// Whether this version was the one that writes when the sink was opened.
    writes: bool,
    /// While the whole is written: ids of the topic that were not among it yet.
    superfluous: Option<BTreeSet<Vec<u8>>>,
}

impl ChangesSink {
    /// Runs `write` if this version writes the topic: another one may have taken it over, and none can meanwhile.
    fn if_writer(&mut self, write: impl FnOnce(&mut Self) -> Result<()>) -> Option<Result<()>> {
        let writer = Arc::clone(&self.writer);
        let holder = writer.lock();
        (self.writes && holder.as_ref() == Some(&self.label)).then(|| write(self))
    }

    fn write(&mut self, changes: &[DocumentChange]) -> Result<()> {
        if let Some(superfluous) = &mut self.superfluous {
            for change in changes.iter().filter(|change| change.body.is_some()) {
                superfluous.remove(change.id.as_bytes());
            }
        }
        let record = |change: &DocumentChange| NewRecord {
            key: Some(change.id.clone().into_bytes()),
            value: change.body.clone().map(String::into_bytes),
            ..NewRecord::default()
        };
        self.append(changes.iter().map(record))
    }

    fn append(&self, records: impl Iterator<Item = NewRecord>) -> Result<()> {
        let mut records = records.peekable();
        while records.peek().is_some() {
            let portion: Vec<NewRecord> = records.by_ref().take(APPEND_RECORDS).collect();
            self.shared.log.append(&self.topic, portion)?;
        }
        Ok(())
    }

    fn note(&self, head: &FlushHead) -> Result<()> {
        let (version, lo) = (self.label.clone(), self.lo.clone());
        Standing { version, seq: head.seq, lo, hi: head.position.clone() }.write(&self.path)
    }
}

impl Sink for ChangesSink {
    fn progress(&self) -> &SinkProgress {
        &self.found
    }

    /// The log's own calls end within seconds.
    fn interrupt(&self) -> Interrupt {
        Box::new(|| {})
    }

    fn load(&mut self, documents: &Documents) -> Result<()> {
        self.if_writer(|sink| sink.write(&documents.changes)).unwrap_or(Ok(()))
    }

    fn flush(&mut self, head: &FlushHead, portions: &mut dyn Portions) -> Result<()> {
        let flushed = self.if_writer(|sink| {
            // What the topic may show is noted first: after a crash nothing older is written.
            sink.note(head)?;
            while let Some(portion) = portions.next()? {
                sink.write(&portion.changes)?;
            }
            if let Some(superfluous) = &sink.superfluous {
                let tombstone = |id: &Vec<u8>| NewRecord { key: Some(id.clone()), ..NewRecord::default() };
                sink.append(superfluous.iter().map(tombstone))?;
                sink.superfluous = None;
            }
            sink.lo = Some(head.position.clone());
            sink.note(head)
        });
        flushed.unwrap_or(Ok(()))
    }

    /// A version that did not write so far writes everything first.
    fn point(&mut self) -> Result<()> {
        let mut holder = self.writer.lock();
        if self.writes && holder.as_ref() == Some(&self.label) {
            return Ok(());
        }
        *holder = Some(self.label.clone());
        let message = format!("topic `{}` does not hold the documents of this version yet", self.topic);
        Err(Error::new(ErrorKind::Lost, message))
    }
}
