//! Tells readers that something was committed.

use std::time::Instant;

use parking_lot::{Condvar, Mutex};

/// Counts commits.
#[derive(Debug, Default)]
pub(super) struct Arrivals {
    count: Mutex<u64>,
    changed: Condvar,
}

impl Arrivals {
    /// Wakes all readers.
    pub(super) fn announce(&self) {
        *self.count.lock() += 1;
        self.changed.notify_all();
    }

    /// Returns what to hand to [`Arrivals::wait`]: taken before looking, so that nothing slips in between.
    pub(super) fn seen(&self) -> u64 {
        *self.count.lock()
    }

    /// Waits until something was committed since `seen`; returns whether it was, before the deadline (`None` = never).
    pub(super) fn wait(&self, seen: u64, deadline: Option<Instant>) -> bool {
        let mut count = self.count.lock();
        while *count == seen {
            match deadline {
                None => self.changed.wait(&mut count),
                Some(deadline) => {
                    if self.changed.wait_until(&mut count, deadline).timed_out() {
                        return *count != seen;
                    }
                }
            }
        }
        true
    }
}
