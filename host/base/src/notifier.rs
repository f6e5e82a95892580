//! Wakes waiting threads: records were appended, work was finished, a command was sent.

use std::time::Instant;

use parking_lot::{Condvar, Mutex};

/// Counts events, so that an event between looking and waiting is not missed.
#[derive(Debug, Default)]
pub struct Notifier {
    count: Mutex<u64>,
    changed: Condvar,
}

impl Notifier {
    /// Counts an event, and wakes all waiting threads.
    pub fn notify(&self) {
        *self.count.lock() += 1;
        self.changed.notify_all();
    }

    /// Returns how many events there were. Read this before looking at what they may have changed.
    pub fn seen(&self) -> u64 {
        *self.count.lock()
    }

    /// Waits for more events than `seen`, at most until `deadline` (`None` = for ever). Returns whether there were more.
    pub fn wait_until(&self, seen: u64, deadline: impl Into<Option<Instant>>) -> bool {
        let deadline = deadline.into();
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_happened_before_the_wait_ends_it_at_once() {
        let notifier = Notifier::default();
        let seen = notifier.seen();
        notifier.notify();
        assert!(notifier.wait_until(seen, Instant::now() + Duration::from_secs(60)));
        assert!(notifier.wait_until(seen, None));
        assert!(!notifier.wait_until(notifier.seen(), Instant::now()));
    }
}
