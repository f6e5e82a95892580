//! A log on another machine, for tests: it answers late, or never.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use foldline_core::position::Position;
use parking_lot::{Condvar, Mutex};

use super::{Log, LogReader, NewRecord, RecordBatch, Start};
use foldline_base::error::{Error, ErrorKind, Result};

/// A log of one topic. It answers requests for ends only once told how, and its readers never get a record.
#[derive(Default)]
pub struct RemoteLog {
    answer: Mutex<Option<Result<u64>>>,
    told: Condvar,
    /// The longest wait that its readers accept; `None` = it opens no readers.
    wait_max: Option<Duration>,
    /// Number of requests for ends.
    pub asked: AtomicUsize,
    /// Number of readers that were requested.
    pub opened: AtomicUsize,
}

/// A reader without records, whose wait must not exceed this.
struct Silent(Duration);

impl RemoteLog {
    /// Returns a log whose readers accept waits up to `wait_max`.
    pub fn with_readers(wait_max: Duration) -> Self {
        Self { wait_max: Some(wait_max), ..Self::default() }
    }

    /// Sets the answer to requests for ends from now on.
    pub fn says(&self, answer: Result<u64>) {
        *self.answer.lock() = Some(answer);
        self.told.notify_all();
    }

    /// Stops answering requests for ends.
    pub fn says_nothing(&self) {
        *self.answer.lock() = None;
    }
}

impl Log for RemoteLog {
    fn topics(&self) -> Result<Vec<String>> {
        Ok(vec!["likes".to_owned()])
    }

    fn partitions(&self, _: &str) -> Result<Option<u32>> {
        Ok(Some(1))
    }

    fn ensure_topic(&self, _: &str) -> Result<bool> {
        Ok(true)
    }

    fn starts(&self, _: &str) -> Result<Vec<u64>> {
        Ok(vec![0])
    }

    fn ends(&self, _: &str) -> Result<Vec<u64>> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let mut answer = self.answer.lock();
        loop {
            if let Some(answer) = &*answer {
                return answer.clone().map(|end| vec![end]);
            }
            self.told.wait(&mut answer);
        }
    }

    fn is_remote(&self) -> bool {
        true
    }

    fn append(&self, _: &str, _: Vec<NewRecord>) -> Result<Position> {
        Err(away())
    }

    fn reader(&self, _: &[Start]) -> Result<Box<dyn LogReader>> {
        self.opened.fetch_add(1, Ordering::Relaxed);
        Ok(Box::new(Silent(self.wait_max.ok_or_else(away)?)))
    }
}

impl LogReader for Silent {
    fn poll(&mut self, _: usize, wait: Duration) -> Result<Vec<RecordBatch>> {
        assert!(wait <= self.0, "{wait:?}");
        Ok(Vec::new())
    }
}

/// The error of a log that is away.
pub fn away() -> Error {
    Error::new(ErrorKind::Unavailable, "the broker is away")
}
