//! How a version's thread is told to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What the thread is told.
#[derive(Default)]
pub(super) struct Stop {
    pub(super) requested: Arc<AtomicBool>,
    /// Without a last flush and checkpoint.
    pub(super) abandoned: AtomicBool,
}

impl Stop {
    pub(super) fn is_requested(&self) -> bool {
        self.requested.load(Ordering::Acquire)
    }
}
