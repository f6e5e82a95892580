//! Which partitions a version reads: opens readers, notices new partitions, tells when the end is reached.

use std::sync::Arc;
use std::time::{Duration, Instant};

use foldline_core::position::Position;

use crate::error::{Error, ErrorKind, Result};
use crate::log::{Log, LogReader, RecordBatch, Start};

/// How often topics that are missing are looked for.
const LOOK_FOR_MISSING: Duration = Duration::from_secs(1);
/// How often new partitions are looked for.
const LOOK_FOR_PARTITIONS: Duration = Duration::from_secs(10);
/// How long a topic that was there must stay away before its log counts as replaced: brokers that have just started may
/// not know it yet.
const VANISHED_MAX: Duration = Duration::from_secs(10);
/// A replay that reaches an end read this recently has caught up, even while records keep coming.
const FRESH_END: Duration = Duration::from_secs(1);

/// The partitions of a version's inputs.
pub struct Assignment {
    log: Arc<dyn Log>,
    topics: Vec<String>,
    reader: Option<Box<dyn LogReader>>,
    partitions: Vec<(String, u32)>,
    missing: Vec<String>,
    looked: Instant,
    vanished: Option<Instant>,
    end: Option<(Position, Instant)>,
}

impl Assignment {
    /// Returns the assignment of all partitions of these topics; nothing is opened yet.
    pub fn new(log: Arc<dyn Log>, topics: Vec<String>) -> Self {
        Self {
            log,
            topics,
            reader: None,
            partitions: Vec::new(),
            missing: Vec::new(),
            looked: Instant::now(),
            vanished: None,
            end: None,
        }
    }

    /// Opens readers at `position`, after checking that the log still holds what is needed and still reaches what
    /// state or sinks have already seen (`passed`).
    ///
    /// # Errors
    /// `Corrupt` when history is missing or the log was replaced; `Unavailable` when the log does not answer.
    pub fn open(&mut self, position: &Position, passed: &Position) -> Result<()> {
        let mut starts = Vec::new();
        let mut found = Vec::new();
        let mut missing = Vec::new();
        self.looked = Instant::now();
        for topic in &self.topics {
            let mut partitions = self.log.partitions(topic)?;
            if partitions.is_none() {
                let known = passed.of_topics([topic.as_str()]);
                if let Some((_, partition, next_offset)) =
                    known.iter().find(|(.., next_offset)| *next_offset > 0)
                {
                    let since = self.vanished.get_or_insert_with(Instant::now);
                    if since.elapsed() < VANISHED_MAX {
                        return Err(Error::new(ErrorKind::Unavailable, format!("topic `{topic}` is gone")));
                    }
                    return Err(replaced(topic, partition, next_offset, 0));
                }
                if self.log.ensure_topic(topic)? {
                    partitions = self.log.partitions(topic)?;
                }
            }
            let Some(partitions) = partitions else {
                missing.push(topic.clone());
                continue;
            };
            let (first, ends) = (self.log.starts(topic)?, self.log.ends(topic)?);
            for partition in 0..partitions {
                let next_offset = position.next_offset(topic, partition);
                let held = |offsets: &[u64]| offsets.get(partition as usize).copied().unwrap_or(0);
                if held(&first) > next_offset {
                    return Err(history_missing(topic, partition, next_offset, held(&first)));
                }
                if held(&ends) < passed.next_offset(topic, partition) {
                    let passed = passed.next_offset(topic, partition);
                    return Err(replaced(topic, partition, passed, held(&ends)));
                }
                starts.push(Start { topic: topic.clone(), partition, next_offset });
            }
            found.push((topic.clone(), partitions));
        }
        self.reader = if starts.is_empty() { None } else { Some(self.log.reader(&starts)?) };
        (self.partitions, self.missing, self.vanished) = (found, missing, None);
        Ok(())
    }

    /// Returns batches of about `bytes_max` bytes in all, waiting up to `wait` for the first.
    ///
    /// # Errors
    /// As [`Assignment::open`] and [`LogReader::poll`].
    pub fn poll(
        &mut self,
        position: &Position,
        bytes_max: usize,
        wait: Duration,
    ) -> Result<Vec<RecordBatch>> {
        let pause = if self.missing.is_empty() { LOOK_FOR_PARTITIONS } else { LOOK_FOR_MISSING };
        if self.looked.elapsed() >= pause {
            self.looked = Instant::now();
            if self.has_grown()? {
                self.open(position, position)?;
            }
        }
        match &mut self.reader {
            Some(reader) => reader.poll(bytes_max, wait),
            None => {
                std::thread::park_timeout(wait);
                Ok(Vec::new())
            }
        }
    }

    /// Returns whether there are more partitions than are read. Fewer say nothing: a broker that has just started may not
    /// know them yet, and what is really gone the reader reports.
    fn has_grown(&self) -> Result<bool> {
        for topic in &self.topics {
            let read = self
                .partitions
                .iter()
                .find(|(name, _)| name == topic)
                .map_or(0, |(_, partitions)| *partitions);
            if self.log.partitions(topic)?.is_some_and(|partitions| partitions > read) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Returns the inputs that do not exist in the log.
    pub fn missing(&self) -> &[String] {
        &self.missing
    }

    /// Returns whether `position` has reached the log's end, as read not long ago.
    ///
    /// # Errors
    /// `Unavailable` when the log does not answer.
    pub fn caught_up(&mut self, position: &Position) -> Result<bool> {
        let fresh = match &self.end {
            Some((end, _)) if !position.covers(end) => return Ok(false),
            Some((_, read)) => read.elapsed() < FRESH_END,
            None => false,
        };
        if fresh {
            return Ok(true);
        }
        let read = Instant::now();
        let end = log_end(self.log.as_ref(), &self.topics)?;
        let reached = position.covers(&end);
        self.end = Some((end, read));
        Ok(reached)
    }
}

/// Returns the end of every partition of some topics; topics that do not exist are left out.
///
/// # Errors
/// `Unavailable` when the log does not answer.
pub fn log_end(log: &dyn Log, topics: &[String]) -> Result<Position> {
    let mut end = Position::default();
    for topic in topics {
        if log.partitions(topic)?.is_none() {
            continue;
        }
        for (partition, next_offset) in log.ends(topic)?.into_iter().enumerate() {
            end.set(topic, partition as u32, next_offset);
        }
    }
    Ok(end)
}

fn history_missing(topic: &str, partition: u32, next_offset: u64, first: u64) -> Error {
    Error::new(
        ErrorKind::Corrupt,
        format!(
            "history is missing: partition {partition} of topic `{topic}` begins at offset {first}, but offset \
             {next_offset} is due"
        ),
    )
    .with_hint("restore the topic's beginning; half a log is never replayed")
}

fn replaced(topic: &str, partition: u32, passed: u64, end: u64) -> Error {
    Error::new(
        ErrorKind::Corrupt,
        format!(
            "partition {partition} of topic `{topic}` ends at offset {end}, but offset {passed} was already folded or \
             shown: the log was replaced"
        ),
    )
    .with_hint("give the host the log it knew, or a new data folder")
}
