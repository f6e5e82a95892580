//! The log inside the host: topics as folders, partitions as segment files of checksummed, compressed blocks.
//!
//! It is the only data that cannot be rebuilt, hence its promises: an acknowledged append is never lost, half an append or an
//! unsynced one is never visible, and a flipped bit is noticed.
//!
//! ```text
//! log/commits                                  which log this is; which groups over several files count
//! log/TOPIC/topic.json                         which topic of which log this is; how many partitions
//! log/TOPIC/PARTITION/00000000000000000000.seg blocks of about 1,000 records, each of which says whose it is
//! log/TOPIC/PARTITION/end                      how far the partition reached once
//! ```
//!
//! An append is encoded by its caller and queued; one thread, the committer, writes everything that is queued as one
//! group, syncs it, and only then acknowledges it and shows it to readers.

mod owner;
mod header;
mod block;
mod topic_file;
mod segment;
mod recovery;
pub mod disk;
mod end_mark;
mod chain;
mod watched;
mod writer;
mod partition;
mod topic;
mod commits;
mod queue;
mod shared;
mod committer;
mod reader;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Instant;

use foldline_core::position::Position;
use parking_lot::{Mutex, RwLock};

use self::block::{BLOCK_BYTES_MAX, BLOCK_RECORDS_MAX, BlockEncoder};
use self::commits::Commits;
use self::committer::Committer;
use self::disk::{Disk, RealDisk, sync_dir};
use self::owner::Id;
use self::partition::Partition;
use self::queue::{AppendRequest, PartitionAppend, Piece, Queue};
use self::reader::EmbeddedReader;
use self::shared::{Shared, Tuning};
use self::topic::Topic;
use crate::{Log, LogReader, NewRecord, Start};
use foldline_base::clock::RisingClock;
use foldline_base::error::{Error, ErrorKind, Result, ResultExt};
use foldline_base::partly::Partly;

/// Maximum size of an append, whose records are held in memory until they are synced.
const APPEND_BYTES_MAX: usize = 256 << 20;
/// Up to this many records, of up to `PIECE_BYTES_MAX` bytes, are left to the committer, which puts those of several appends
/// into one block.
const PIECE_RECORDS_MAX: usize = 100;
const PIECE_BYTES_MAX: usize = 16 << 10;

/// A clock that is less behind is not reported: synchronizing clocks over a network is no more exact.
const CLOCK_BEHIND_MIN_MS: u64 = 1_000;

/// Options of the embedded log.
#[derive(Clone)]
pub struct EmbeddedOptions {
    /// Number of partitions of new topics that `partitions_of` does not name.
    pub partitions: u32,
    /// Number of partitions of single topics, when they are created.
    pub partitions_of: BTreeMap<String, u32>,
    /// Maximum bytes of a record (key and value).
    pub record_bytes_max: usize,
    /// The wall clock: the time in milliseconds since the Unix epoch. It may jump; append times never go back.
    pub clock: Arc<dyn Fn() -> i64 + Send + Sync>,
}

impl fmt::Debug for EmbeddedOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmbeddedOptions")
            .field("partitions", &self.partitions)
            .field("partitions_of", &self.partitions_of)
            .field("record_bytes_max", &self.record_bytes_max)
            .finish_non_exhaustive()
    }
}

/// A log in a folder on this machine. Dropping it closes it.
pub struct EmbeddedLog {
    id: Id,
    shared: Arc<Shared>,
    options: EmbeddedOptions,
    topics: RwLock<BTreeMap<String, Arc<Topic>>>,
    /// Held while a topic is created, so that it is created only once.
    creating: Mutex<()>,
    encoders: Mutex<Vec<BlockEncoder>>,
    committer: Mutex<Option<JoinHandle<()>>>,
}

impl EmbeddedLog {
    /// Opens the log in a folder, which is created if it is missing. Checks the end of every partition.
    ///
    /// # Errors
    /// `Config` for invalid options or a folder in use, `Unavailable` when the folder cannot be read or written, `Corrupt`
    /// when acknowledged data is damaged.
    pub fn open(dir: &Path, options: EmbeddedOptions) -> Result<Self> {
        Self::open_on(dir, options, Box::new(RealDisk))
    }

    /// As [`EmbeddedLog::open`], on a disk of the caller's, such as one that fails.
    ///
    /// # Errors
    /// As [`EmbeddedLog::open`].
    pub fn open_on(dir: &Path, options: EmbeddedOptions, disk: Box<dyn Disk>) -> Result<Self> {
        Self::open_with(dir, options, Tuning::default(), disk)
    }

    fn open_with(dir: &Path, options: EmbeddedOptions, tuning: Tuning, disk: Box<dyn Disk>) -> Result<Self> {
        options.check()?;
        let place = dir.display();
        std::fs::create_dir_all(dir)
            .kind(ErrorKind::Unavailable, format!("cannot make the folder `{place}`"))?;
        let (names, unfinished) = topic_file::list(dir)?;
        let mut commits = Commits::open(&dir.join("commits"), names.is_empty())?;
        let id = identify(dir, &names, &mut commits)?;
        for path in unfinished {
            std::fs::remove_dir_all(&path)
                .kind(ErrorKind::Unavailable, format!("cannot remove `{}`", path.display()))?;
        }
        let mut topics: BTreeMap<String, Arc<Topic>> = BTreeMap::new();
        let mut last_group = commits.committed();
        for name in names {
            let (topic, group) = Topic::open(&dir.join(&name), id, &name, commits.committed())?;
            last_group = last_group.max(group);
            topics.insert(name, Arc::new(topic));
        }
        sync_dir(dir).kind(ErrorKind::Unavailable, format!("cannot sync the folder `{place}`"))?;
        let unsealed = topics
            .values()
            .flat_map(|topic| &topic.partitions)
            .filter(|partition| !partition.writer().sealed && partition.loss().is_none())
            .cloned()
            .collect();
        let partitions = topics.values().flat_map(|topic| &topic.partitions);
        let appended_ms = partitions.map(|partition| partition.appended_ms).max().unwrap_or(i64::MIN);
        let shared = Arc::new(Shared {
            dir: dir.to_owned(),
            queue: Queue::new(tuning.queue_requests, tuning.queue_bytes),
            appended: Arc::default(),
            disk,
            wall_clock: options.clock.clone(),
            clock: Mutex::new(RisingClock::from(appended_ms, Instant::now())),
            tuning,
        });
        let committer = Committer::new(shared.clone(), commits, last_group + 1, unsealed)?;
        let committer = std::thread::Builder::new()
            .name("log-committer".to_owned())
            .spawn(move || committer.run())
            .kind(ErrorKind::Unavailable, "cannot start the log's committer")?;
        Ok(Self {
            id,
            shared,
            options,
            topics: RwLock::new(topics),
            creating: Mutex::default(),
            encoders: Mutex::default(),
            committer: Mutex::new(Some(committer)),
        })
    }

    /// Appends records to several topics, all or none, and returns once they are durable. The answer is the next offset after
    /// them, for each touched partition. Internal topics (`foldline.…`) are allowed here.
    ///
    /// # Errors
    /// As [`Log::append`]; `Config` for a name that cannot be a topic.
    pub fn append_all(&self, appends: Vec<(String, Vec<NewRecord>)>) -> Result<Position> {
        let now_ms = self.shared.now_ms();
        let bytes = self.check(&appends)?;
        let mut parts = Vec::new();
        for (name, mut records) in appends {
            if records.is_empty() {
                continue;
            }
            for record in &mut records {
                record.time_ms.get_or_insert(now_ms);
            }
            let topic = self.topic(&name)?;
            if let Some(loss) = topic.loss() {
                return Err(loss);
            }
            let spread = topic.partitioner.spread(&name, records, topic.partitions.len() as u32)?;
            for (partition, records) in topic.partitions.iter().zip(spread) {
                if !records.is_empty() {
                    parts.push(PartitionAppend {
                        partition: partition.clone(),
                        pieces: self.encode(records)?,
                    });
                }
            }
        }
        if parts.is_empty() {
            return Ok(Position::default());
        }
        let (answer, answered) = mpsc::sync_channel(1);
        self.shared.queue.push(AppendRequest { parts, bytes, answer })?;
        answered.recv().unwrap_or_else(|_| {
            Err(Error::new(ErrorKind::Internal, "the log's committer ended before its work")
                .with_partly(Partly::undecided()))
        })
    }

    /// Commits what is queued, then refuses further appends. Records can still be read.
    pub fn close(&self) {
        self.shared.queue.close();
        if let Some(committer) = self.committer.lock().take()
            && committer.join().is_err()
        {
            tracing::error!(log = %self.shared.dir.display(), "the log's committer panicked");
        }
    }

    fn check(&self, appends: &[(String, Vec<NewRecord>)]) -> Result<usize> {
        let limit = self.options.record_bytes_max;
        let mut total = 0_usize;
        for (topic, records) in appends {
            for (index, record) in records.iter().enumerate() {
                record.punctuation_ms()?;
                let bytes = record.bytes();
                if bytes > limit {
                    return Err(Error::new(
                        ErrorKind::Data,
                        format!("record {index} for topic `{topic}` has {bytes} bytes, more than {limit}"),
                    )
                    .with_hint("make it smaller, or raise limits.record_bytes_max"));
                }
                total += bytes;
            }
        }
        if total > APPEND_BYTES_MAX {
            return Err(Error::new(
                ErrorKind::Data,
                format!("one append has {total} bytes, more than {APPEND_BYTES_MAX}"),
            )
            .with_hint("send it in several appends"));
        }
        Ok(total)
    }

    /// Encodes records into blocks. A small rest is left to the committer.
    fn encode(&self, mut records: Vec<NewRecord>) -> Result<Vec<Piece>> {
        let mut pieces = Vec::new();
        let (mut start, mut bytes) = (0, 0);
        let mut blocks = Vec::new();
        for (at, record) in records.iter().enumerate() {
            if at > start && record.kind() != records[at - 1].kind() {
                blocks.push(start..at);
                (start, bytes) = (at, 0);
            }
            bytes += record.bytes();
            if at + 1 - start >= BLOCK_RECORDS_MAX || bytes >= BLOCK_BYTES_MAX {
                blocks.push(start..at + 1);
                (start, bytes) = (at + 1, 0);
            }
        }
        if records.len() - start > PIECE_RECORDS_MAX || bytes > PIECE_BYTES_MAX {
            blocks.push(start..records.len());
            start = records.len();
        }
        if !blocks.is_empty() {
            let pooled = self.encoders.lock().pop();
            let mut encoder = pooled.map_or_else(BlockEncoder::new, Ok)?;
            for block in blocks {
                records[block].iter().for_each(|record| encoder.push(record));
                pieces.push(Piece::Block(encoder.finish()?));
            }
            self.encoders.lock().push(encoder);
        }
        if start < records.len() {
            records.drain(..start);
            pieces.push(Piece::Records(records));
        }
        Ok(pieces)
    }

    /// Returns a topic, and creates it first if it is missing.
    fn topic(&self, name: &str) -> Result<Arc<Topic>> {
        if let Some(topic) = self.topics.read().get(name) {
            return Ok(topic.clone());
        }
        topic_file::check_name(name)?;
        let _creating = self.creating.lock();
        if let Some(topic) = self.topics.read().get(name) {
            return Ok(topic.clone());
        }
        let partitions = match topic::is_internal(name) {
            true => 1,
            false => self.options.partitions_of.get(name).copied().unwrap_or(self.options.partitions),
        };
        let topic = Arc::new(Topic::create(&self.shared.dir, self.id, name, partitions)?);
        tracing::info!(topic = name, partitions, "created a topic");
        self.topics.write().insert(name.to_owned(), topic.clone());
        Ok(topic)
    }

    fn known_topic(&self, name: &str) -> Result<Arc<Topic>> {
        let topic = self.topics.read().get(name).cloned();
        topic.ok_or_else(|| Error::new(ErrorKind::NotFound, format!("there is no topic `{name}`")))
    }
}

/// Returns the log's id. A log without one, because it is new or of version 1, gets one.
fn identify(dir: &Path, topics: &[String], commits: &mut Commits) -> Result<Id> {
    if let Some(id) = commits.id() {
        return Ok(id);
    }
    for name in topics {
        if let Some(log) = topic_file::log_of(&dir.join(name))? {
            let message = format!(
                "topic `{name}` is of log {log}, and `{}` does not say so",
                dir.join("commits").display()
            );
            return Err(Error::new(ErrorKind::Corrupt, message)
                .with_hint("stop the host and restore the whole log folder from a backup"));
        }
    }
    let place = dir.display();
    let mut make = || Id::new().and_then(|id| commits.set_id(id).map(|()| id));
    make().kind(ErrorKind::Unavailable, format!("cannot give the log in `{place}` an id"))
}

impl Drop for EmbeddedLog {
    fn drop(&mut self) {
        self.close();
    }
}

impl Log for EmbeddedLog {
    fn topics(&self) -> Result<Vec<String>> {
        Ok(self.topics.read().keys().filter(|name| !topic::is_internal(name)).cloned().collect())
    }

    fn partitions(&self, topic: &str) -> Result<Option<u32>> {
        Ok(self.topics.read().get(topic).map(|topic| topic.partitions.len() as u32))
    }

    fn ensure_topic(&self, topic: &str) -> Result<bool> {
        self.topic(topic).map(|_| true)
    }

    fn starts(&self, topic: &str) -> Result<Vec<u64>> {
        Ok(self.known_topic(topic)?.partitions.iter().map(|partition| partition.start()).collect())
    }

    fn ends(&self, topic: &str) -> Result<Vec<u64>> {
        Ok(self.known_topic(topic)?.partitions.iter().map(|partition| partition.end()).collect())
    }

    fn bytes(&self, topic: &str) -> Result<Option<u64>> {
        let topic = self.known_topic(topic)?;
        Ok(Some(topic.partitions.iter().map(|partition| partition.bytes()).sum()))
    }

    fn id(&self) -> Result<Option<String>> {
        Ok(Some(self.id.to_string()))
    }

    fn topic_id(&self, topic: &str) -> Result<Option<String>> {
        let id = self.topics.read().get(topic).map(|topic| topic.id);
        Ok(id.map(|id| format!("{}/{id}", self.id)))
    }

    fn losses(&self) -> Vec<Error> {
        self.topics.read().values().filter_map(|topic| topic.loss()).collect()
    }

    fn loss(&self, topic: &str) -> Result<Option<Error>> {
        Ok(self.topics.read().get(topic).and_then(|topic| topic.loss()))
    }

    fn adopt(&self, topic: &str) -> Result<()> {
        let topic = self.known_topic(topic)?;
        topic.partitions.iter().try_for_each(|partition| partition.may_be_adopted())?;
        topic.partitions.iter().try_for_each(|partition| partition.adopt())
    }

    fn now_ms(&self) -> i64 {
        self.shared.now_ms()
    }

    fn clock_behind_ms(&self) -> u64 {
        let behind_ms = self.shared.now_ms().saturating_sub((self.options.clock)());
        u64::try_from(behind_ms).ok().filter(|behind_ms| *behind_ms >= CLOCK_BEHIND_MIN_MS).unwrap_or(0)
    }

    fn append(&self, topic: &str, records: Vec<NewRecord>) -> Result<Position> {
        self.append_all(vec![(topic.to_owned(), records)])
    }

    fn reader(&self, starts: &[Start]) -> Result<Box<dyn LogReader>> {
        let mut partitions: Vec<(Arc<Partition>, u64)> = Vec::with_capacity(starts.len());
        for Start { topic: name, partition, next_offset } in starts {
            let topic = self.known_topic(name)?;
            let found = topic.partitions.get(*partition as usize).ok_or_else(|| {
                let count = topic.partitions.len();
                Error::new(
                    ErrorKind::NotFound,
                    format!("topic `{name}` has {count} partitions, no {partition}"),
                )
            })?;
            let held = found.start()..=found.end();
            if !held.contains(next_offset) {
                return Err(Error::new(
                    ErrorKind::Corrupt,
                    format!(
                        "offset {next_offset} of topic `{name}`, partition {partition}, is not in the log, which holds {} to {}",
                        held.start(),
                        held.end()
                    ),
                )
                .with_hint("the log was replaced, or its beginning removed, since this position was taken"));
            }
            partitions.push((found.clone(), *next_offset));
        }
        Ok(Box::new(EmbeddedReader::new(self.shared.appended.clone(), partitions)?))
    }
}

impl EmbeddedOptions {
    fn check(&self) -> Result<()> {
        let named = self
            .partitions_of
            .iter()
            .map(|(topic, &partitions)| (format!(" of topic `{topic}`"), partitions));
        for (of, partitions) in std::iter::once((String::new(), self.partitions)).chain(named) {
            if !(1..=topic::PARTITIONS_MAX).contains(&partitions) {
                let max = topic::PARTITIONS_MAX;
                return Err(Error::new(
                    ErrorKind::Config,
                    format!("the partitions{of} cannot be {partitions}: 1 to {max} are possible"),
                ));
            }
        }
        if self.record_bytes_max > APPEND_BYTES_MAX {
            return Err(Error::new(
                ErrorKind::Config,
                format!("limits.record_bytes_max is {}, more than {APPEND_BYTES_MAX}", self.record_bytes_max),
            ));
        }
        Ok(())
    }
}
