//! How a version's thread is told to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The flags that the thread checks.
#[derive(Default)]
pub(super) struct Stop {
    pub(super) requested: Arc<AtomicBool>,
    /// Stop without a last flush and checkpoint.
    pub(super) abandoned: AtomicBool,
}

impl Stop {
    pub(super) fn is_requested(&self) -> bool {
        self.requested.load(Ordering::Acquire)
    }
}
