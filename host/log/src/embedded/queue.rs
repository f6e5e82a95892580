//! The queue of appends for the committer, bounded in number and bytes. Callers wait while it is full.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::Duration;

use foldline_core::position::Position;
use parking_lot::{Condvar, Mutex};

use super::block::EncodedBlock;
use super::partition::Partition;
use crate::NewRecord;
use foldline_base::error::{Error, ErrorKind, Result};

/// One append.
pub(super) struct AppendRequest {
    pub(super) parts: Vec<PartitionAppend>,
    /// Bytes of keys and values.
    pub(super) bytes: usize,
    pub(super) answer: SyncSender<Result<Position>>,
}

/// The records of an append for one partition.
pub(super) struct PartitionAppend {
    pub(super) partition: Arc<Partition>,
    pub(super) pieces: Vec<Piece>,
}

/// Consecutive records.
pub(super) enum Piece {
    /// Enough for a block: encoded by the caller, so that several callers encode at once.
    Block(EncodedBlock),
    /// Too few for a block: the committer joins those of several callers.
    Records(Vec<NewRecord>),
}

impl Piece {
    /// Returns the number of records.
    pub(super) fn records(&self) -> u64 {
        match self {
            Self::Block(block) => u64::from(block.records),
            Self::Records(records) => records.len() as u64,
        }
    }
}

/// What the committer does next.
pub(super) enum Work {
    /// Appends to commit together.
    Group(Vec<AppendRequest>),
    /// No append came for a while.
    Pause,
    /// The log was closed, and all earlier appends are done.
    End,
}

/// The queue.
pub(super) struct Queue {
    state: Mutex<QueueState>,
    filled: Condvar,
    drained: Condvar,
    requests_max: usize,
    bytes_max: usize,
}

#[derive(Default)]
struct QueueState {
    requests: VecDeque<AppendRequest>,
    bytes: usize,
    closed: bool,
}

impl Queue {
    pub(super) fn new(requests_max: usize, bytes_max: usize) -> Self {
        Self {
            state: Mutex::default(),
            filled: Condvar::new(),
            drained: Condvar::new(),
            requests_max,
            bytes_max,
        }
    }

    /// Adds an append; waits while the queue is full. An append larger than the whole queue waits until the queue is empty.
    ///
    /// # Errors
    /// `Unavailable` when the log is closed.
    pub(super) fn push(&self, request: AppendRequest) -> Result<()> {
        let mut state = self.state.lock();
        while !state.closed
            && (state.requests.len() >= self.requests_max
                || (!state.requests.is_empty() && state.bytes + request.bytes > self.bytes_max))
        {
            self.drained.wait(&mut state);
        }
        if state.closed {
            return Err(Error::new(ErrorKind::Unavailable, "the log is closed"));
        }
        state.bytes += request.bytes;
        state.requests.push_back(request);
        self.filled.notify_one();
        Ok(())
    }

    /// Waits for appends, at most `pause`; returns all that are queued.
    pub(super) fn take(&self, pause: Option<Duration>) -> Work {
        let mut state = self.state.lock();
        while state.requests.is_empty() {
            if state.closed {
                return Work::End;
            }
            match pause {
                None => self.filled.wait(&mut state),
                Some(pause) => {
                    if self.filled.wait_for(&mut state, pause).timed_out() && state.requests.is_empty() {
                        return if state.closed { Work::End } else { Work::Pause };
                    }
                }
            }
        }
        state.bytes = 0;
        self.drained.notify_all();
        Work::Group(state.requests.drain(..).collect())
    }

    /// Refuses further appends; those already in the queue are still committed.
    pub(super) fn close(&self) {
        self.state.lock().closed = true;
        self.filled.notify_all();
        self.drained.notify_all();
    }

    /// Refuses further appends, and drops those in the queue, because the committer is gone.
    pub(super) fn abandon(&self) {
        self.close();
        self.state.lock().requests.clear();
    }
}
