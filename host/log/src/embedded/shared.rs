//! What the log's callers and its committer share.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::disk::Disk;
use super::queue::Queue;
use foldline_base::clock::RisingClock;
use foldline_base::notifier::Notifier;
use foldline_base::planted::{Bug, is_planted};

/// What the log's callers and its committer share.
pub(super) struct Shared {
    pub(super) dir: PathBuf,
    pub(super) queue: Queue,
    pub(super) appended: Arc<Notifier>,
    pub(super) disk: Box<dyn Disk>,
    pub(super) wall_clock: Arc<dyn Fn() -> i64 + Send + Sync>,
    pub(super) clock: Mutex<RisingClock>,
    pub(super) tuning: Tuning,
}

impl Shared {
    /// Returns the append time for an append now, in milliseconds. It never goes back: otherwise a clock that is set back
    /// would put every event that comes then beyond `max_ahead`, forever.
    pub(super) fn now_ms(&self) -> i64 {
        let wall_ms = (self.wall_clock)();
        match is_planted(Bug::AppendsGoBack) {
            true => wall_ms,
            false => self.clock.lock().read(wall_ms, Instant::now()),
        }
    }
}

/// Settings that only tests change.
#[derive(Clone, Debug)]
pub(super) struct Tuning {
    /// A segment takes no further group beyond this length.
    pub(super) segment_bytes: u64,
    /// The last data is sealed after a pause of this length.
    pub(super) seal_after: Duration,
    /// Whether the last data is also sealed when the log is closed.
    pub(super) seal_at_end: bool,
    /// Number of appends that may wait: about as many as an HTTP server serves at once.
    pub(super) queue_requests: usize,
    /// Bytes that may wait, which bounds the size of a group.
    pub(super) queue_bytes: usize,
}

impl Default for Tuning {
    fn default() -> Self {
        Self {
            segment_bytes: 256 << 20,
            seal_after: Duration::from_millis(200),
            seal_at_end: true,
            queue_requests: 1_024,
            queue_bytes: 64 << 20,
        }
    }
}
