//! How replays protect the latency of live versions: live versions report theirs, and replays pause.

use std::time::{Duration, Instant};

use super::run::Run;
use foldline_core::status::Phase;
use foldline_source::feed::Taken;

impl Run<'_> {
    /// Notes what a step has folded and how long it worked. A replay then pauses for as long as the throttle asks.
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

    /// Reports how long the oldest record of the finished flush took to be shown.
    pub(super) fn note_shown(&mut self) {
        let Some(read_at) = self.unshown.sent.take() else { return };
        if self.handle.look(|progress| progress.phase == Phase::Live) {
            let now = Instant::now();
            self.assignment.throttle().note_shown(now.duration_since(read_at), now);
        }
    }
}
