//! Reads the log once more, from its beginning up to a position, for a fold outside the engine.

use std::time::{Duration, Instant};

use foldline_core::position::Position;

use foldline_base::error::{Error, ErrorKind, Result};
use foldline_log::{Log, LogReader, RecordBatch, Start};

/// Bytes of records per step, as in the engine.
const STEP_BYTES: usize = 2 << 20;
/// How long one poll waits. All records are already in the log.
const POLL_WAIT: Duration = Duration::from_millis(250);
/// How long a log may return nothing while records are expected.
const SILENCE_MAX: Duration = Duration::from_secs(30);

/// The records before a position, in the order in which the log hands them out.
pub struct Replay {
    /// `None` when there are none.
    reader: Option<Box<dyn LogReader>>,
    end: Position,
    position: Position,
    /// When the last records arrived.
    heard: Instant,
}

impl Replay {
    /// Returns the records of each partition from offset 0 up to `end`.
    ///
    /// # Errors
    /// As [`Log::reader`]: `Corrupt` when the beginning is gone.
    pub fn open(log: &dyn Log, end: Position) -> Result<Self> {
        let starts: Vec<Start> = end
            .iter()
            .filter(|(.., next_offset)| *next_offset > 0)
            .map(|(topic, partition, _)| Start { topic: topic.to_owned(), partition, next_offset: 0 })
            .collect();
        let reader = if starts.is_empty() { None } else { Some(log.reader(&starts)?) };
        Ok(Self { reader, end, position: Position::default(), heard: Instant::now() })
    }

    /// Returns the next batches, possibly none yet; `None` at the end.
    ///
    /// # Errors
    /// `Unavailable` when the log returns nothing for 30 s, else as [`LogReader::poll`].
    pub fn next_batches(&mut self) -> Result<Option<Vec<RecordBatch>>> {
        let Some(reader) = self.reader.as_deref_mut().filter(|_| !self.position.covers(&self.end)) else {
            return Ok(None);
        };
        let mut batches = match reader.poll(STEP_BYTES, POLL_WAIT) {
            Ok(batches) if batches.is_empty() && self.heard.elapsed() > SILENCE_MAX => {
                let message = "the log has no more records where some are expected";
                return Err(Error::new(ErrorKind::Unavailable, message));
            }
            Err(error) if error.kind() == ErrorKind::Unavailable && self.heard.elapsed() <= SILENCE_MAX => {
                std::thread::park_timeout(POLL_WAIT);
                Vec::new()
            }
            polled => polled?,
        };
        if !batches.is_empty() {
            self.heard = Instant::now();
        }
        for batch in &mut batches {
            batch.cut(self.end.next_offset(batch.topic(), batch.partition()));
            self.position.set(batch.topic(), batch.partition(), batch.next_offset());
        }
        Ok(Some(batches))
    }

    /// Returns where the replay ends.
    pub fn end(&self) -> &Position {
        &self.end
    }

    /// Returns how many records were handed out.
    pub fn read(&self) -> u64 {
        self.position.records()
    }

    /// Returns how many records there are in all.
    pub fn total(&self) -> u64 {
        self.end.records()
    }
}
