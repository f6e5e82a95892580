//! How a replay leaves live versions their latency: they tell theirs, it pauses.

use std::time::{Duration, Instant};

use super::run::Run;
use foldline_core::status::Phase;
use foldline_source::feed::Taken;

impl Run<'_> {
    /// Notes what a step has folded, which took so long; a replay pauses as long as live versions need it to.
    pub(super) fn pace(&mut self, batches: &[Taken], worked: Duration) {
        self.unshown.add(batches);
        if batches.is_empty() || self.handle.look(|progress| progress.phase != Phase::Replaying) {
            return;
        }
        let pause = self.assignment.throttle().pause_after(worked, Instant::now());
        if !pause.is_zero() {
            std::thread::park_timeout(pause);
        }
    }

    /// Tells how long the oldest record of the flush that ended took to be shown.
    pub(super) fn note_shown(&mut self) {
        let Some(read_at) = self.unshown.sent.take() else { return };
        if self.handle.look(|progress| progress.phase == Phase::Live) {
            let now = Instant::now();
            self.assignment.throttle().note_shown(now.duration_since(read_at), now);
        }
    }
}
