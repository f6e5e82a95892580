//! How long records have been waiting to be shown.

use std::time::Instant;

use foldline_source::feed::Taken;

/// When the oldest records that are not shown yet were read.
#[derive(Default)]
pub(super) struct Unshown {
    /// When the oldest record that is in no flush yet was read.
    folded: Option<Instant>,
    /// When the oldest record of the flush in flight was read.
    pub(super) sent: Option<Instant>,
}

impl Unshown {
    /// Notes what was folded.
    pub(super) fn add(&mut self, batches: &[Taken]) {
        let oldest = batches.iter().map(|taken| taken.batch.read_at).min();
        self.folded = [self.folded, oldest].into_iter().flatten().min();
    }

    /// Notes that everything folded is on its way to the sink.
    pub(super) fn send(&mut self) {
        self.sent = self.folded.take();
    }
}
