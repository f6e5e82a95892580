//! Wakes a version's thread: something arrived, finished, or was asked.

use std::time::Instant;

use parking_lot::{Condvar, Mutex};

/// Counts what happened, so that nothing is missed between looking and waiting.
#[derive(Default)]
pub struct Signal {
    count: Mutex<u64>,
    changed: Condvar,
}

impl Signal {
    /// Says that something happened.
    pub fn notify(&self) {
        *self.count.lock() += 1;
        self.changed.notify_all();
    }

    /// Returns how often something happened; to be read before looking at what could have happened.
    pub fn seen(&self) -> u64 {
        *self.count.lock()
    }

    /// Waits until more has happened than `seen`, at most until `deadline`; returns whether it has.
    pub fn wait_until(&self, seen: u64, deadline: Instant) -> bool {
        let mut count = self.count.lock();
        while *count == seen {
            if self.changed.wait_until(&mut count, deadline).timed_out() {
                return *count != seen;
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_happened_before_the_wait_ends_it_at_once() {
        let signal = Signal::default();
        let seen = signal.seen();
        signal.notify();
        assert!(signal.wait_until(seen, Instant::now() + Duration::from_secs(60)));
        assert!(!signal.wait_until(signal.seen(), Instant::now()));
    }
}
